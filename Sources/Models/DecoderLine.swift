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

  init(_ c: Configuration) throws {
    self.c = c
    type = try c.string("model_type")
    width = try c.int("hidden_size")
    heads = try c.int("num_attention_heads", in: 1...65_536)
    groups = try c.optionalInt("num_key_value_heads", in: 1...65_536) ?? heads
    layers = try c.int("num_hidden_layers", in: 1...10_000)
    vocabulary = try c.int("vocab_size")
    let normalisesHeads = DecoderLine.normalisesHeads(type)
    let given = try c.optionalInt("head_dim", in: 1...65_536)
    headWidth = given ?? (normalisesHeads ? 128 : type == "gpt_oss" && !c.has("head_dim") ? 64 : width / heads)
    guard heads % groups == 0 else {
      throw ModelFailure.contradiction(file: c.file, "num_attention_heads \(heads) is not a multiple of num_key_value_heads \(groups)")
    }
    guard given != nil || normalisesHeads || type == "gpt_oss" || width % heads == 0 else {
      throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into \(heads) heads, and there is no head_dim")
    }
    epsilon = Float(try c.real("rms_norm_eps", default: type == "mixtral" || type == "gpt_oss" ? 1e-5 : 1e-6))
    activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
    // Without a word about them, gpt-oss's positions are those of its published files: YaRN, 32 times 4096.
    let isSilent = try type == "gpt_oss" && c.section("rope_parameters") == nil && c.section("rope_scaling") == nil
    let scaling: RoPE.Scaling? = isSilent ? .yarn(factor: 32, original: 4096, fast: 32, slow: 1, attention: nil, truncate: false) : nil
    rope = try RoPE.read(c, headWidth: headWidth, base: type == "gpt_oss" ? 150_000 : 10_000, silent: scaling)
    bias = type == "qwen2" ? true : try c.bool("attention_bias", default: type == "gpt_oss")
    windows = try DecoderLine.windows(c, type: type, layers: layers)
  }

  /// Qwen3's lines normalise the queries and keys of every head.
  private static func normalisesHeads(_ type: String) -> Bool { type == "qwen3" || type == "qwen3_moe" }

  /// The recipe, with the feed-forward of each layer.
  func architecture(
    _ family: Architecture.Family, _ file: Holdings, context: Int, feedForward: (Int) throws -> any Block
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
    let longest = try c.int("max_position_embeddings", default: context)
    return Architecture(
      name: "", modelType: type, family: family, context: longest, longest: rope.reach(from: longest), embedding: embedding, body: body,
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
    let size = c.json["sliding_window"] == nil && type != "mixtral" ? 4096 : try c.optionalInt("sliding_window")
    switch type {
    case "mistral", "mixtral": return Array(repeating: size, count: layers)
    case "qwen2", "qwen3", "qwen3_moe":
      guard try c.bool("use_sliding_window", default: false), let size else { return Array(repeating: nil, count: layers) }
      // Qwen3's experts slide in every layer where they slide at all.
      if type == "qwen3_moe" { return Array(repeating: size, count: layers) }
      if let list = try listed(c, size: size, layers: layers) { return list }
      let first = try c.int("max_window_layers", in: 0...1 << 20, default: 28)
      return (0..<layers).map { $0 >= first ? size : nil }
    case "gpt_oss":
      let size = try c.optionalInt("sliding_window") ?? 128
      return try listed(c, size: size, layers: layers) ?? (0..<layers).map { $0 % 2 == 0 ? size : nil }
    default: return Array(repeating: nil, count: layers)
    }
  }
}
