// What the decoders after LLaMA have in common: RMSNorm before each sub-layer, rotary positions, grouped queries, and a feed-forward that
// each family chooses for itself. One reading of their config.json, one table of their names.

import Blocks
import Checkpoints
import Tensors

/// The sizes of a decoder of the LLaMA line, as its config.json has them.
struct DecoderLine {
  let c: Configuration
  let type: String
  let width: Int, heads: Int, groups: Int, headWidth: Int, layers: Int, vocabulary: Int
  let epsilon: Float
  let activation: Unary.Function
  let rope: RoPE
  let bias: Bool
  /// The sliding window of each layer; nil: the layer sees all.
  let windows: [Int?]

  /// Tokens that the class makes its tables for, where the file is silent.
  let context: Int

  init(_ c: Configuration) throws {
    self.c = c
    type = try c.string("model_type")
    let usual = try Usual.of(type, c)
    width = try c.int("hidden_size")
    heads = try c.int("num_attention_heads", in: 1...65_536)
    groups = try c.optionalInt("num_key_value_heads", in: 1...65_536, default: usual.groups) ?? heads
    layers = try c.int("num_hidden_layers", in: 1...10_000)
    vocabulary = try c.int("vocab_size")
    let given = try c.optionalInt("head_dim", in: 1...65_536, default: usual.headWidth)
    headWidth = given ?? width / heads
    guard heads % groups == 0 else {
      throw ModelFailure.contradiction(file: c.file, "num_attention_heads \(heads) is not a multiple of num_key_value_heads \(groups)")
    }
    guard given != nil || width % heads == 0 else {
      throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into \(heads) heads, and there is no head_dim")
    }
    epsilon = Float(try c.real("rms_norm_eps", default: usual.epsilon))
    activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
    context = try c.int("max_position_embeddings", default: usual.context)
    rope = try RoPE.read(c, headWidth: headWidth, base: usual.theta, context: context, silent: usual.silent)
    bias = try usual.readsBias.map { try c.bool("attention_bias", default: $0) } ?? (type == "qwen2")
    // What the first LLaMA's files say twice.
    c.agrees("max_sequence_length", with: .int(context))
    windows = try DecoderLine.windows(c, type: type, layers: layers)
  }

  /// What the class of a type takes where a file is silent.
  private struct Usual {
    /// Heads of keys and values; nil: as many as of queries.
    var groups: Int?
    /// nil: the width, shared among the heads.
    var headWidth: Int?
    var epsilon = 1e-6, theta = 10_000.0, context = 32_768
    /// The default of `attention_bias`; nil: the class does not read it.
    var readsBias: Bool?
    var silent: RoPE.Scaling?

    static func of(_ type: String, _ c: Configuration) throws -> Usual {
      switch type {
      case "llama": return Usual(context: 2048, readsBias: false)
      case "mistral": return Usual(groups: 8, context: 131_072)
      case "qwen2": return Usual(groups: 32)
      case "qwen3": return Usual(groups: 32, headWidth: 128, readsBias: false)
      case "mixtral": return Usual(groups: 8, epsilon: 1e-5, theta: 1_000_000, context: 131_072)
      case "qwen3_moe": return Usual(groups: 4, readsBias: false)
      default:
        // Without a word about them, gpt-oss's positions are those of its published files: YaRN, 32 times 4096.
        let yarn = RoPE.Scaling.yarn(factor: 32, original: 4096, fast: 32, slow: 1, attention: nil, truncate: false)
        return Usual(groups: 8, headWidth: 64, epsilon: 1e-5, theta: 150_000, context: 131_072, readsBias: true, silent: yarn)
      }
    }
  }

  /// Qwen3's lines normalise the queries and keys of every head.
  private static func normalisesHeads(_ type: String) -> Bool { type == "qwen3" || type == "qwen3_moe" }

  /// The recipe, with the feed-forward of each layer.
  func architecture(
    _ family: Architecture.Family, _ file: Holdings, feedForward: (Int) throws -> any Block
  ) throws -> Architecture {
    let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
    func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon).from("rms_norm_eps") }
    let stack = try (0..<layers).map { index in
      Chain([
        Child("", Residual(
          "attention", norm: norm(),
          Attention(
            width, heads: heads, groups: groups, headWidth: headWidth, mask: windows[index].map { .window($0) } ?? .causal,
            position: .rotary(rope), bias: bias, outputBias: type == "qwen2" ? false : bias,
            headNorm: DecoderLine.normalisesHeads(type) ? epsilon : nil, sinks: type == "gpt_oss"
          ).from("num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta"))),
        Child("", Residual("feedForward", norm: norm(), try feedForward(index))),
      ])
    }
    let body = Chain([
      Child("", Repeat("layers", layers) { stack[$0] }.from("num_hidden_layers")), Child("norm", norm()),
    ])
    let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("lm_head.weight", "embed_tokens.weight")
    // A trunk saved alone has a head only if it is the embedding; a classifier has a head of its own.
    let published = try PublishedClass(c), score = published.score(width)
    let isHeadless = !score.isEmpty || published.isBare && !tied && file.has("lm_head.weight") != true
    let head = isHeadless ? nil
      : Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
    return Architecture(
      name: "", modelType: type, family: family, context: context, longest: rope.reach(from: context), embedding: embedding, body: body,
      head: head, extras: score)
  }

  /// The names of everything but the feed-forward.
  static var names: [String: Source] {
    var entries: [String: Source] = [
      "embedding.tokens": Source("embed_tokens.weight"), "norm.weight": Source("norm.weight"), "head.weight": Source("lm_head.weight"),
      "layers.*.attention.norm.weight": Source("layers.*.input_layernorm.weight"),
      "layers.*.feedForward.norm.weight": Source("layers.*.post_attention_layernorm.weight"),
      "layers.*.attention.queryNorm.weight": Source("layers.*.self_attn.q_norm.weight"),
      "layers.*.attention.keyNorm.weight": Source("layers.*.self_attn.k_norm.weight"),
    ]
    for kind in ["weight", "bias"] {
      for (ours, theirs) in [("query", "q"), ("key", "k"), ("value", "v"), ("output", "o")] {
        entries["layers.*.attention.\(ours).\(kind)"] = Source("layers.*.self_attn.\(theirs)_proj.\(kind)")
      }
    }
    return entries.merging(PublishedClass.scoreNames, uniquingKeysWith: { own, _ in own })
  }

  /// The window of every layer that its own list says, in the order of the stack.
  private static func listed(_ c: Configuration, size: Int, layers: Int) throws -> [Int?]? {
    guard let types = try c.strings("layer_types") else { return nil }
    guard types.count == layers else {
      throw ModelFailure.contradiction(file: c.file, "layer_types names \(types.count) layers, num_hidden_layers is \(layers)")
    }
    return types.map { $0 == "sliding_attention" ? size : nil }
  }

  /// Buffers that older files carry, and a head that a tied model does not need.
  static let ignored = ["layers.*.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq", "lm_head.weight"]

  private static func windows(_ c: Configuration, type: String, layers: Int) throws -> [Int?] {
    switch type {
    case "mistral", "mixtral":
      return Array(repeating: try c.optionalInt("sliding_window", default: type == "mistral" ? 4096 : nil), count: layers)
    case "qwen2", "qwen3", "qwen3_moe":
      let size = try c.optionalInt("sliding_window", default: 4096), slides = try c.bool("use_sliding_window", default: false)
      // Qwen3's experts slide in every layer where they slide at all.
      if type == "qwen3_moe" { return Array(repeating: slides ? size : nil, count: layers) }
      let first = try c.int("max_window_layers", in: 0...1 << 20, default: 28)
      let list = try listed(c, size: size ?? 0, layers: layers)
      guard slides, let size else { return Array(repeating: nil, count: layers) }
      return list ?? (0..<layers).map { $0 >= first ? size : nil }
    case "gpt_oss":
      let size = try c.int("sliding_window", default: 128)
      return try listed(c, size: size, layers: layers) ?? (0..<layers).map { $0 % 2 == 0 ? size : nil }
    default: return Array(repeating: nil, count: layers)
    }
  }
}
