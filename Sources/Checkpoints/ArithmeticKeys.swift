// Keys by which families that Orrery does not know change every number of a run. A file that has one under a known model_type (because somebody
// renamed the type) counts and draws, is told, and does not run.

import Files

/// A key that changes the arithmetic wherever it is read, and is read by no family here (or not by the one at hand).
struct ArithmeticKey: Sendable {
  let key: String
  /// What it does, in words.
  let what: String
  let neutral: Neutral

  /// Values that leave the arithmetic as it is.
  enum Neutral: Sendable {
    case none
    case oneOf([JSONTree])
    /// A list of nothing but this.
    case every(JSONTree)
    /// As much as another key of the file says.
    case sameAs(String)
  }

  init(_ key: String, _ what: String, neutral: Neutral = .none) { (self.key, self.what, self.neutral) = (key, what, neutral) }

  func isNeutral(_ value: JSON, _ c: Configuration) -> Bool {
    switch neutral {
    case .none: false
    case .oneOf(let values): values.contains { $0.equals(value) }
    case .every(let one): value.array?.allSatisfy { one.equals($0) } ?? false
    case .sameAs(let other): value.double != nil && c.json[ByteString(other)]?.double == value.double
    }
  }
}

enum ArithmeticKeys {
  static let all: [ArithmeticKey] = [
    ArithmeticKey("final_logit_softcapping", "a soft cap on the logits"),
    ArithmeticKey("attn_logit_softcapping", "a soft cap on the scores"),
    ArithmeticKey("query_pre_attn_scalar", "another scale of the scores", neutral: .sameAs("head_dim")),
    ArithmeticKey("attention_multiplier", "another scale of the scores"),
    ArithmeticKey("residual_multiplier", "a factor on what is added to the stream", neutral: .oneOf([.int(1)])),
    ArithmeticKey("embedding_multiplier", "a factor on the embedding", neutral: .oneOf([.int(1)])),
    ArithmeticKey("lm_head_multiplier", "a factor on the logits", neutral: .oneOf([.int(1)])),
    ArithmeticKey("logits_scaling", "a divisor of the logits", neutral: .oneOf([.int(1)])),
    ArithmeticKey("logit_scale", "a factor on the logits", neutral: .oneOf([.int(1)])),
    ArithmeticKey("scale_emb", "a factor on the embedding", neutral: .oneOf([.int(1)])),
    ArithmeticKey("no_rope_layers", "layers without positions", neutral: .every(.int(1))),
    ArithmeticKey("position_embedding_type", "positions of another kind", neutral: .oneOf([.string("absolute"), .string("rope"), .string("rotary")])),
    ArithmeticKey("rope_parameters.full_attention", "other positions for each kind of layer"),
    ArithmeticKey("rope_parameters.sliding_attention", "other positions for each kind of layer"),
    ArithmeticKey("alibi", "positions as biases of the scores", neutral: .oneOf([.bool(false)])),
    ArithmeticKey("use_alibi", "positions as biases of the scores", neutral: .oneOf([.bool(false)])),
    ArithmeticKey("clip_qkv", "a clamp on queries, keys and values"),
    ArithmeticKey("qk_norm", "norms of queries and keys", neutral: .oneOf([.bool(false)])),
    ArithmeticKey("use_qk_norm", "norms of queries and keys", neutral: .oneOf([.bool(false)])),
    ArithmeticKey("qk_layernorm", "norms of queries and keys", neutral: .oneOf([.bool(false)])),
    ArithmeticKey("use_parallel_residual", "attention and feed-forward side by side", neutral: .oneOf([.bool(false)])),
    ArithmeticKey("parallel_attn", "attention and feed-forward side by side", neutral: .oneOf([.bool(false)])),
  ]
}
