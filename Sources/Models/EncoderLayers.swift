// What BERT and its descendants have in common: a post-norm layer with biases everywhere, its sizes, and the names that most of them
// share. What differs (embedding, positions, heads, sharing of layers) is each family's own file.

import Blocks
import Checkpoints
import Tensors

/// Sizes of a BERT-like encoder, read under the names that the family's files use.
struct EncoderSizes {
  let width: Int, heads: Int, layers: Int, vocabulary: Int, hidden: Int, context: Int
  let epsilon: Float
  let activation: Unary.Function
  let mask: Mask
  /// The class that the file names; nil: none.
  let className: String?

  /// - Parameters:
  ///   - activation: the class's own, where a file is silent.
  ///   - mayDecode: whether the class reads `is_decoder`.
  init(_ c: Configuration, activation fallback: String = "gelu", mayDecode: Bool = true) throws {
    width = try c.int("hidden_size")
    heads = try c.int("num_attention_heads", in: 1...65_536)
    layers = try c.int("num_hidden_layers", in: 1...10_000)
    vocabulary = try c.int("vocab_size")
    hidden = try c.int("intermediate_size")
    context = try c.int("max_position_embeddings", default: 512)
    epsilon = Float(try c.real("layer_norm_eps", default: 1e-12))
    activation = try Unary.Function.read(c.string("hidden_act", default: fallback), file: c.file)
    mask = try mayDecode && c.bool("is_decoder", default: false) ? .causal : .bidirectional
    className = try c.strings("architectures")?.first
    try check(c)
    // Where a class has a head; and what older files say, which the classes have built in.
    c.knows("tie_word_embeddings")
    c.agrees("position_embedding_type", with: .string("absolute"))
  }

  /// DistilBERT's, which has names of its own for the same sizes.
  init(distilled c: Configuration) throws {
    width = try c.int("dim", "hidden_size")
    heads = try c.int("n_heads", "num_attention_heads", in: 1...65_536)
    layers = try c.int("n_layers", "num_hidden_layers", in: 1...10_000)
    vocabulary = try c.int("vocab_size")
    hidden = try c.int("hidden_dim")
    context = try c.int("max_position_embeddings", default: 512)
    epsilon = 1e-12
    activation = try Unary.Function.read(c.string("activation", default: "gelu"), file: c.file)
    mask = .bidirectional
    className = try c.strings("architectures")?.first
    c.knows("tie_word_embeddings")
    try check(c)
  }

  private func check(_ c: Configuration) throws {
    guard width % heads == 0 else {
      throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into \(heads) heads")
    }
  }

  func norm(_ width: Int? = nil) -> LayerNorm { LayerNorm(width ?? self.width, epsilon: epsilon).from("layer_norm_eps") }

  /// N(x + attention(x)), then N(x + feed-forward(x)).
  func layer() -> Chain {
    Chain([
      Child("", Residual(
        "attention", .postNorm, norm: norm(),
        Attention(width, heads: heads, mask: mask, bias: true).from("hidden_size", "num_attention_heads"))),
      Child("", Residual(
        "feedForward", .postNorm, norm: norm(),
        FeedForward(width, hidden: hidden, activation: activation).from("intermediate_size", "hidden_act"))),
    ])
  }

  /// The stack of layers that do not share anything.
  func stack() -> Chain { Chain([Child("", Repeat("layers", layers) { _ in layer() }.from("num_hidden_layers"))]) }

  /// Whether the class holds one of these heads; a file without a class is judged by what it holds.
  func holds(_ heads: String..., by tensor: String, in file: Holdings) -> Bool {
    className.map { name in heads.contains { name.contains($0) } } ?? file.has(tensor) ?? true
  }

  /// Untied, a head's class holds two biases, of which it adds the second: the other one, under its published name.
  func idleBias(_ name: String, of head: Head?, _ c: Configuration, in file: Holdings) throws -> [Child] {
    guard head != nil, try !c.bool("tie_word_embeddings", default: true), file.has(name) ?? true else { return [] }
    return [Child("unread", IdleBias(vocabulary).from("tie_word_embeddings"))]
  }

  /// Whether the class holds a pooler, and the file does.
  func hasPooler(_ tensor: String, in file: Holdings) -> Bool {
    let without = ["MaskedLM", "LMHead", "CausalLM", "TokenClass", "QuestionAnswering"]
    return className.map { name in !without.contains { name.contains($0) } } ?? true && file.has(tensor) ?? true
  }
}

extension NameTable {
  /// Names of a BERT-like trunk: embedding and layers. The first published files call a norm's numbers gamma and beta.
  static var encoderTrunk: [String: Source] {
    var entries: [String: Source] = [
      "embedding.tokens": Source("embeddings.word_embeddings.weight"),
      "embedding.positions": Source("embeddings.position_embeddings.weight"),
      "embedding.segments": Source("embeddings.token_type_embeddings.weight"),
    ]
    for kind in ["weight", "bias"] {
      entries["embedding.norm.\(kind)"] = norm("embeddings.LayerNorm", kind)
      entries["layers.*.attention.norm.\(kind)"] = norm("encoder.layer.*.attention.output.LayerNorm", kind)
      entries["layers.*.feedForward.norm.\(kind)"] = norm("encoder.layer.*.output.LayerNorm", kind)
      for part in ["query", "key", "value"] {
        entries["layers.*.attention.\(part).\(kind)"] = Source("encoder.layer.*.attention.self.\(part).\(kind)")
      }
      entries["layers.*.attention.output.\(kind)"] = Source("encoder.layer.*.attention.output.dense.\(kind)")
      entries["layers.*.feedForward.up.\(kind)"] = Source("encoder.layer.*.intermediate.dense.\(kind)")
      entries["layers.*.feedForward.down.\(kind)"] = Source("encoder.layer.*.output.dense.\(kind)")
      entries["pooler.dense.\(kind)"] = Source("pooler.dense.\(kind)")
    }
    return entries
  }

  static func norm(_ name: String, _ kind: String) -> Source {
    Source("\(name).\(kind)", "\(name).\(kind == "weight" ? "gamma" : "beta")")
  }

  /// Buffers and heads of other classes.
  static let ignoredByEncoders = [
    "embeddings.position_ids", "embeddings.token_type_ids", "pooler.*", "classifier.*", "qa_outputs.*", "pre_classifier.*",
    "qa_classifier.*",
  ]
}
