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
    width = try c.int("d_model")
    heads = try c.int("num_heads")
    headWidth = try c.int("d_kv")
    hidden = try c.int("d_ff")
    vocabulary = try c.int("vocab_size")
    layers = try c.int("num_layers", in: 1...10_000)
    decoderLayers = try c.optionalInt("num_decoder_layers", in: 1...10_000) ?? layers
    epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-6))
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
    let shared = Embedding(vocabulary: vocabulary, width: width, deviation: 1).from("vocab_size", "d_model")
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
    let tied = isFirst ? !file.differ("lm_head.weight", "shared.weight") : file.has("lm_head.weight") == false
    let head = Head(
      width, vocabulary: vocabulary, tied: tied ? shared.tokens : nil,
      // Files of the newest library tie by name and say the scaling by itself.
      scale: try c.bool("scale_decoder_outputs", default: isFirst) ? 1 / Float(width).squareRoot() : 1
    ).from("vocab_size", "tie_word_embeddings")
    if try PublishedClass(c).isEncoderAlone {
      return Architecture(name: "", modelType: type, family: .encoder, context: nil, embedding: shared, body: encoder, head: nil)
    }
    return Architecture(
      name: "", modelType: type, family: .encoderDecoder, context: nil, embedding: shared, encoder: encoder, body: decoder, head: head)
  }

  /// The names of everything but the feed-forward.
  static func names(_ c: Configuration) throws -> [String: Source] {
    var entries: [String: Source] = [
      "embedding.tokens": Source("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"),
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
