// The LLaMA line: RMSNorm, RoPE, SwiGLU, no biases (Touvron et al. 2023), and the three families that change one thing each: Mistral
// slides a window, Qwen2 has biases on query, key and value, Qwen3 normalises each head's queries and keys.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let llama = Family(
    modelTypes: ["llama", "mistral", "qwen2", "qwen3"],
    recipe: { c, file in
      let type = try c.string("model_type")
      let width = try c.int("hidden_size"), heads = try c.int("num_attention_heads", in: 1...65_536)
      let groups = try c.optionalInt("num_key_value_heads") ?? heads
      let layers = try c.int("num_hidden_layers", in: 1...10_000), vocabulary = try c.int("vocab_size")
      let hidden = try c.int("intermediate_size")
      let headWidth = try c.optionalInt("head_dim") ?? (type == "qwen3" ? 128 : width / heads)
      guard heads % groups == 0 else {
        throw ModelFailure.contradiction(
          file: c.file, "num_attention_heads \(heads) is not a multiple of num_key_value_heads \(groups)")
      }
      guard c.has("head_dim") || type == "qwen3" || width % heads == 0 else {
        throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into \(heads) heads, and there is no head_dim")
      }
      let epsilon = Float(try c.real("rms_norm_eps", default: 1e-6))
      let activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
      let rope = try RoPE.read(c, headWidth: headWidth)
      let bias = type == "qwen2" ? true : try c.bool("attention_bias", default: false)
      let feedForwardBias = try c.bool("mlp_bias", default: false)
      let windows = try windows(c, type: type, layers: layers)
      let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
      let body = Chain([
        Child("", Repeat("layers", layers) { index in
          Chain([
            Child("", Residual(
              "attention", norm: RMSNorm(width, epsilon: epsilon).from("rms_norm_eps"),
              Attention(
                width, heads: heads, groups: groups, headWidth: headWidth,
                mask: windows[index].map { .window($0) } ?? .causal, position: .rotary(rope), bias: bias,
                outputBias: type == "qwen2" ? false : bias, headNorm: type == "qwen3" ? epsilon : nil
              ).from("num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta"))),
            Child("", Residual(
              "feedForward", norm: RMSNorm(width, epsilon: epsilon).from("rms_norm_eps"),
              GatedFeedForward(width, hidden: hidden, activation: activation, bias: feedForwardBias)
                .from("intermediate_size", "hidden_act"))),
          ])
        }.from("num_hidden_layers")),
        Child("norm", RMSNorm(width, epsilon: epsilon).from("rms_norm_eps")),
      ])
      let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("lm_head.weight", "embed_tokens.weight")
      let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
      return Architecture(
        name: "", modelType: type, family: .decoder,
        context: try c.int("max_position_embeddings", default: type == "llama" ? 2048 : 32_768), embedding: embedding, body: body,
        head: head)
    },
    names: { c in
      var entries: [String: Source] = [
        "embedding.tokens": Source("embed_tokens.weight"), "norm.weight": Source("norm.weight"),
        "head.weight": Source("lm_head.weight"),
        "layers.*.attention.norm.weight": Source("layers.*.input_layernorm.weight"),
        "layers.*.feedForward.norm.weight": Source("layers.*.post_attention_layernorm.weight"),
        "layers.*.attention.queryNorm.weight": Source("layers.*.self_attn.q_norm.weight"),
        "layers.*.attention.keyNorm.weight": Source("layers.*.self_attn.k_norm.weight"),
      ]
      for kind in ["weight", "bias"] {
        for (ours, theirs) in [("query", "q"), ("key", "k"), ("value", "v"), ("output", "o")] {
          entries["layers.*.attention.\(ours).\(kind)"] = Source("layers.*.self_attn.\(theirs)_proj.\(kind)")
        }
        for part in ["gate", "up", "down"] {
          entries["layers.*.feedForward.\(part).\(kind)"] = Source("layers.*.mlp.\(part)_proj.\(kind)")
        }
      }
      return NameTable(
        entries, prefixes: ["model."], ignored: ["layers.*.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq", "lm_head.weight"])
    })

  /// The sliding window of each layer; nil: the layer sees all.
  private static func windows(_ c: Configuration, type: String, layers: Int) throws -> [Int?] {
    let size = c.json["sliding_window"] == nil ? 4096 : try c.optionalInt("sliding_window")
    switch type {
    case "mistral": return Array(repeating: size, count: layers)
    case "qwen2", "qwen3":
      guard try c.bool("use_sliding_window", default: false), let size else { return Array(repeating: nil, count: layers) }
      if let types = try c.strings("layer_types") {
        guard types.count == layers else {
          throw ModelFailure.contradiction(file: c.file, "layer_types names \(types.count) layers, num_hidden_layers is \(layers)")
        }
        return types.map { $0 == "sliding_attention" ? size : nil }
      }
      let first = try c.int("max_window_layers", in: 0...1 << 20, default: 28)
      return (0..<layers).map { $0 >= first ? size : nil }
    default: return Array(repeating: nil, count: layers)
    }
  }
}
