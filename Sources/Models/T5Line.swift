// The T5 line: what T5, T5 v1.1 and Switch Transformers have in common. Everything but the feed-forward, which each chooses for itself.

import Blocks
import Checkpoints
import Tensors

/// The sizes of an encoder–decoder of the T5 line, as its config.json has them.
struct T5Line {
  let c: Configuration
  let width: Int, heads: Int, headWidth: Int, hidden: Int, vocabulary: Int, layers: Int, decoderLayers: Int
  let epsilon: Float
  let buckets: Int, farthest: Int

  init(_ c: Configuration) throws {
    self.c = c
    let isSwitch = try c.string("model_type") == "switch_transformers"
    width = try c.int("d_model", "hidden_size")
    heads = try c.int("num_heads", "num_attention_heads", in: 1...65_536)
    // Of the two classes T5's alone knows the other name.
    headWidth = try isSwitch ? c.int("d_kv", default: 64) : c.int("d_kv", "head_dim", default: 64)
    hidden = try c.int("d_ff")
    vocabulary = try c.int("vocab_size")
    layers = try c.int("num_layers", "num_hidden_layers", in: 1...10_000)
    // As deep as the encoder, by the key of its own: the other name is read later.
    decoderLayers = try c.optionalInt("num_decoder_layers", in: 1...10_000, default: isSwitch ? 12 : nil) ?? c.value(["num_layers"])?.int ?? layers
    epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-6))
    // How long the texts of training were: relative positions have no end.
    c.knows("n_positions")
    c.agrees("is_encoder_decoder", with: .bool(true), .bool(false))
    buckets = try c.int("relative_attention_num_buckets", in: 4...1 << 20, default: 32)
    farthest = try c.int("relative_attention_max_distance", in: 2...1 << 30, default: 128)
    // Up to half of the decoder's buckets a distance has its own; the rest share what lies between there and the farthest.
    guard farthest > buckets / 2 else {
      throw ModelFailure.contradiction(
        file: c.file, "relative_attention_max_distance \(farthest) must be more than half of relative_attention_num_buckets \(buckets)")
    }
  }

  /// The recipe, with the feed-forward of each layer of both stacks.
  func architecture(
    _ file: Holdings, type: String, encoderFeedForward: (Int) throws -> any Block, decoderFeedForward: (Int) throws -> any Block
  ) throws -> Architecture {
    func table() -> Embedding { Embedding(vocabulary: vocabulary, width: width, deviation: 1).from("vocab_size", "d_model") }
    let shared = table()
    func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon).from("layer_norm_epsilon") }
    func attention(_ mask: Mask, _ position: Position, _ source: Attention.Source = .own) -> Attention {
      Attention(width, heads: heads, headWidth: headWidth, scale: 1, mask: mask, position: position, source: source)
        .from("num_heads", "d_kv", "relative_attention_num_buckets")
    }
    let both = RelativeBias(heads: heads, buckets: buckets, farthest: farthest, bothSides: true)
    let left = RelativeBias(heads: heads, buckets: buckets, farthest: farthest, bothSides: false)
    let reading = try (0..<layers).map { index in
      Chain([
        Child("", Residual("attention", norm: norm(), attention(.bidirectional, .relative(both)))),
        Child("", Residual("feedForward", norm: norm(), try encoderFeedForward(index))),
      ])
    }
    let writing = try (0..<decoderLayers).map { index in
      Chain([
        Child("", Residual("attention", norm: norm(), attention(.causal, .relative(left)))),
        Child("", Residual("crossAttention", norm: norm(), attention(.bidirectional, .none, .encoder))),
        Child("", Residual("feedForward", norm: norm(), try decoderFeedForward(index))),
      ])
    }
    let encoder = Chain([
      Child("", Repeat("layers", layers) { reading[$0] }.from("num_layers")), Child("norm", norm()),
    ])
    let decoder = Chain([
      Child("", Repeat("layers", decoderLayers) { writing[$0] }.from("num_decoder_layers")), Child("norm", norm()),
    ])
    // v1.0 ties its head and scales; v1.1 does neither. A file that has no head of its own is tied all the same.
    let isFirst = try c.bool("tie_word_embeddings", default: true)
    // T5's class ties its tables in any case. Switch's, untied, has one for each side, and still holds the one that neither reads.
    let apart = try T5Line.hasTables(c) && file.has("decoder.embed_tokens.weight") ?? true
    let tied = isFirst ? !file.differ("lm_head.weight", "shared.weight") : file.has("lm_head.weight") == false
    let head = Head(
      width, vocabulary: vocabulary, tied: tied ? shared.tokens : nil,
      // Files of the newest library tie by name and say the scaling by itself.
      scale: try (type == "t5" ? c.bool("scale_decoder_outputs", default: isFirst) : isFirst) ? 1 / Float(width).squareRoot() : 1
    ).from("vocab_size", "tie_word_embeddings")
    if try PublishedClass(c).isEncoderAlone {
      return Architecture(name: "", modelType: type, family: .encoder, context: nil, embedding: shared, body: encoder, head: nil)
    }
    return Architecture(
      name: "", modelType: type, family: .encoderDecoder, context: nil, embedding: shared, sourceEmbedding: apart ? table() : nil, encoder: encoder, body: decoder,
      head: head, extras: apart ? [Child("unread", table())] : [])
  }

  /// T5's feed-forward: whether it is gated, and its activation. Saved files name both apart as well, and then these count.
  static func form(_ c: Configuration) throws -> (isGated: Bool, activation: String) {
    let form = try c.string("feed_forward_proj", default: "relu"), parts = form.split(separator: "-").map(String.init)
    return (
      try c.bool("is_gated_act", default: parts.first == "gated"),
      try c.string("dense_act_fn", default: form == "gated-gelu" ? "gelu_new" : parts.last ?? "")
    )
  }

  /// Whether encoder and decoder have tables of their own.
  private static func hasTables(_ c: Configuration) throws -> Bool {
    try c.string("model_type") == "switch_transformers" && !c.bool("tie_word_embeddings", default: true)
  }

  /// The names of everything but the feed-forward.
  static func names(_ c: Configuration) throws -> [String: Source] {
    var entries: [String: Source] = [
      "embedding.tokens": try hasTables(c) ? Source("decoder.embed_tokens.weight", "shared.weight")
        : Source("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"),
      "sourceEmbedding.tokens": Source("encoder.embed_tokens.weight"), "unread.tokens": Source("shared.weight"),
      "head.weight": Source("lm_head.weight"),
    ]
    for (path, stack, last) in try stacks(c) {
      let block = "\(stack).block.*.layer"
      entries["\(path)norm.weight"] = Source("\(stack).final_layer_norm.weight")
      entries["\(path)layers.*.attention.norm.weight"] = Source("\(block).0.layer_norm.weight")
      entries["\(path)layers.*.attention.relativeBias"] = Source("\(block).0.SelfAttention.relative_attention_bias.weight")
      entries["\(path)layers.*.feedForward.norm.weight"] = Source("\(block).\(last).layer_norm.weight")
      for (ours, theirs) in [("query", "q"), ("key", "k"), ("value", "v"), ("output", "o")] {
        entries["\(path)layers.*.attention.\(ours).weight"] = Source("\(block).0.SelfAttention.\(theirs).weight")
        entries["\(path)layers.*.crossAttention.\(ours).weight"] = Source("\(block).1.EncDecAttention.\(theirs).weight")
      }
      entries["\(path)layers.*.crossAttention.norm.weight"] = Source("\(block).1.layer_norm.weight")
    }
    return entries
  }

  /// The stacks: where their parts are in the recipe, what files call them, and which of a block's numbered layers is its feed-forward.
  /// An encoder saved alone is the whole of its model.
  static func stacks(_ c: Configuration) throws -> [(path: String, stack: String, last: Int)] {
    try PublishedClass(c).isEncoderAlone ? [("", "encoder", 1)] : [("encoder.", "encoder", 1), ("decoder.", "decoder", 2)]
  }

  /// Copies of the shared embedding, and a table that cross-attention does not read.
  static let ignored = [
    "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight",
    "decoder.block.*.layer.1.EncDecAttention.relative_attention_bias.weight",
  ]
}
