// RWKV-4 (Peng et al. 2023, 2305.13048) as Hugging Face publishes it. `rescale_every` halves activations against overflow in float16; in
// float32 nothing overflows, and the recipe leaves it out (the logits differ by about 1e-5 of the largest: LayerNorm's ε does not scale).

import Blocks
import Checkpoints

extension Family {
  static let rwkv = Family(
    modelTypes: ["rwkv"],
    recipe: { c, file in
      let width = try c.int("hidden_size"), layers = try c.int("num_hidden_layers", in: 1...10_000)
      let vocabulary = try c.int("vocab_size")
      let inner = try c.optionalInt("attention_hidden_size") ?? width, hidden = try c.optionalInt("intermediate_size") ?? 4 * width
      let epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-5))
      func norm() -> LayerNorm { LayerNorm(width, epsilon: epsilon).from("layer_norm_epsilon") }
      // The first block's extra norm stands behind the embedding.
      let embedding = Embedding(vocabulary: vocabulary, width: width, norm: norm()).from("vocab_size", "hidden_size")
      let body = Chain([
        Child("", Repeat("layers", layers) { index in
          Chain([
            Child("", Residual(
              "mixer", norm: norm(),
              RWKV4TimeMix(width, inner: inner, layer: index, layers: layers).from("hidden_size", "attention_hidden_size"))),
            Child("", Residual(
              "feedForward", norm: norm(),
              ChannelMix(width, hidden: hidden, layer: index, layers: layers).from("intermediate_size"))),
          ])
        }.from("num_hidden_layers")),
        // Its ε is PyTorch's own, whatever the configuration says.
        Child("norm", LayerNorm(width)),
      ])
      let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("head.weight", "embeddings.weight")
      let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
      return Architecture(
        name: "", modelType: "rwkv", family: .recurrent, context: nil, embedding: embedding, body: body, head: head)
    },
    names: { _ in
      var entries: [String: Source] = ["embedding.tokens": Source("embeddings.weight"), "head.weight": Source("head.weight")]
      for kind in ["weight", "bias"] {
        entries["embedding.norm.\(kind)"] = Source("blocks.0.pre_ln.\(kind)")
        entries["layers.*.mixer.norm.\(kind)"] = Source("blocks.*.ln1.\(kind)")
        entries["layers.*.feedForward.norm.\(kind)"] = Source("blocks.*.ln2.\(kind)")
        entries["norm.\(kind)"] = Source("ln_out.\(kind)")
      }
      let time = "blocks.*.attention.", channel = "blocks.*.feed_forward."
      for name in ["key", "value", "receptance", "output"] { entries["layers.*.mixer.\(name).weight"] = Source("\(time)\(name).weight") }
      for (ours, theirs) in ["decay": "decay", "bonus": "first", "keyMix": "mix_key", "valueMix": "mix_value", "receptanceMix": "mix_receptance"] {
        entries["layers.*.mixer.\(ours)"] = Source("\(time)time_\(theirs)")
      }
      for (ours, theirs) in ["up": "key", "down": "value", "receptance": "receptance"] {
        entries["layers.*.feedForward.\(ours).weight"] = Source("\(channel)\(theirs).weight")
      }
      entries["layers.*.feedForward.keyMix"] = Source("\(channel)time_mix_key")
      entries["layers.*.feedForward.receptanceMix"] = Source("\(channel)time_mix_receptance")
      return NameTable(entries, prefixes: ["rwkv."])
    })
}
