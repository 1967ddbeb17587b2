// T5 (Raffel et al. 2019) and T5 v1.1 / Flan-T5: pre-norm encoder–decoder without biases, relative position buckets, scores without
// 1/√d. v1.1 gates its feed-forward and unties its head.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let t5 = Family(
    modelTypes: ["t5"],
    recipe: { c, file in
      let width = try c.int("d_model"), heads = try c.int("num_heads"), headWidth = try c.int("d_kv")
      let hidden = try c.int("d_ff"), vocabulary = try c.int("vocab_size")
      let layers = try c.int("num_layers", in: 1...10_000)
      let decoderLayers = try c.optionalInt("num_decoder_layers", in: 1...10_000) ?? layers
      let epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-6))
      let form = try c.string("feed_forward_proj", default: "relu")
      let isGated = form.hasPrefix("gated-")
      let name = isGated ? String(form.dropFirst(6)) : form
      let activation = form == "gated-gelu" ? .geluTanh : try Unary.Function.read(name, file: c.file)
      let buckets = try c.int("relative_attention_num_buckets", in: 4...1 << 20, default: 32)
      let farthest = try c.int("relative_attention_max_distance", in: 2...1 << 30, default: 128)

      let shared = Embedding(vocabulary: vocabulary, width: width, deviation: 1).from("vocab_size", "d_model")
      func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon).from("layer_norm_epsilon") }
      func attention(_ mask: Mask, _ position: Position, _ source: Attention.Source = .own) -> Attention {
        Attention(width, heads: heads, headWidth: headWidth, scale: 1, mask: mask, position: position, source: source)
          .from("num_heads", "d_kv", "relative_attention_num_buckets")
      }
      func feedForward() -> any Block {
        isGated
          ? GatedFeedForward(width, hidden: hidden, activation: activation).from("d_ff", "feed_forward_proj")
          : FeedForward(width, hidden: hidden, activation: activation, bias: false).from("d_ff", "feed_forward_proj")
      }
      let both = RelativeBias(heads: heads, buckets: buckets, farthest: farthest, bothSides: true)
      let left = RelativeBias(heads: heads, buckets: buckets, farthest: farthest, bothSides: false)
      let encoder = Chain([
        Child("", Repeat("layers", layers) { _ in
          Chain([
            Child("", Residual("attention", norm: norm(), attention(.bidirectional, .relative(both)))),
            Child("", Residual("feedForward", norm: norm(), feedForward())),
          ])
        }.from("num_layers")),
        Child("norm", norm()),
      ])
      let decoder = Chain([
        Child("", Repeat("layers", decoderLayers) { _ in
          Chain([
            Child("", Residual("attention", norm: norm(), attention(.causal, .relative(left)))),
            Child("", Residual("crossAttention", norm: norm(), attention(.bidirectional, .none, .encoder))),
            Child("", Residual("feedForward", norm: norm(), feedForward())),
          ])
        }.from("num_decoder_layers")),
        Child("norm", norm()),
      ])
      // v1.0 ties its head and scales; v1.1 does neither. A file that has no head of its own is tied all the same.
      let isFirst = try c.bool("tie_word_embeddings", default: true)
      let tied = isFirst ? !file.differ("lm_head.weight", "shared.weight") : file.has("lm_head.weight") == false
      let head = Head(
        width, vocabulary: vocabulary, tied: tied ? shared.tokens : nil,
        // Files of the newest library tie by name and say the scaling by itself.
        scale: try c.bool("scale_decoder_outputs", default: isFirst) ? 1 / Float(width).squareRoot() : 1
      ).from("vocab_size", "tie_word_embeddings")
      return Architecture(
        name: "", modelType: "t5", family: .encoderDecoder, context: nil, embedding: shared, encoder: encoder, body: decoder,
        head: head)
    },
    names: { _ in
      var entries: [String: Source] = [
        "embedding.tokens": Source("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"),
        "head.weight": Source("lm_head.weight"),
      ]
      for (stack, last) in [("encoder", 1), ("decoder", 2)] {
        let block = "\(stack).block.*.layer"
        entries["\(stack).norm.weight"] = Source("\(stack).final_layer_norm.weight")
        entries["\(stack).layers.*.attention.norm.weight"] = Source("\(block).0.layer_norm.weight")
        entries["\(stack).layers.*.attention.relativeBias"] = Source("\(block).0.SelfAttention.relative_attention_bias.weight")
        entries["\(stack).layers.*.feedForward.norm.weight"] = Source("\(block).\(last).layer_norm.weight")
        for (ours, theirs) in [("query", "q"), ("key", "k"), ("value", "v"), ("output", "o")] {
          entries["\(stack).layers.*.attention.\(ours).weight"] = Source("\(block).0.SelfAttention.\(theirs).weight")
          entries["\(stack).layers.*.crossAttention.\(ours).weight"] = Source("\(block).1.EncDecAttention.\(theirs).weight")
        }
        entries["\(stack).layers.*.crossAttention.norm.weight"] = Source("\(block).1.layer_norm.weight")
        entries["\(stack).layers.*.feedForward.gate.weight"] = Source("\(block).\(last).DenseReluDense.wi_0.weight")
        entries["\(stack).layers.*.feedForward.up.weight"] = Source(
          "\(block).\(last).DenseReluDense.wi_1.weight", "\(block).\(last).DenseReluDense.wi.weight")
        entries["\(stack).layers.*.feedForward.down.weight"] = Source("\(block).\(last).DenseReluDense.wo.weight")
      }
      return NameTable(
        entries,
        ignored: [
          "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight",
          "decoder.block.*.layer.1.EncDecAttention.relative_attention_bias.weight",
        ])
    })
}
