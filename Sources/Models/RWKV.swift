// RWKV-4 (Peng et al. 2023, 2305.13048) as Hugging Face publishes it. With `rescale_every` the reference
// halves the stream every so many layers when it does not train, against overflow in float16. Nothing overflows in float32; what is left of it is
// that its norms' ε weighs more where the stream is smaller, and that the recipe reproduces.

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
      // How long the texts of training were: a recurrence has no end.
      c.knows("context_length", "max_position_embeddings")
      let every = try c.int("rescale_every", in: 0...10_000, default: 6)
      /// What the reference has divided the stream by before layer `index`.
      func halved(_ index: Int) -> Float { every == 0 ? 1 : exp2f(Float(min(60, index / every))) }
      func norm(_ index: Int = 0) -> LayerNorm { LayerNorm(width, epsilon: epsilon, scale: halved(index)).from("layer_norm_epsilon") }
      // The first block's extra norm stands behind the embedding.
      let embedding = Embedding(vocabulary: vocabulary, width: width, norm: norm()).from("vocab_size", "hidden_size")
      let body = Chain([
        Child("", Repeat("layers", layers) { index in
          Chain([
            Child("", Residual(
              "mixer", norm: norm(index),
              RWKV4TimeMix(width, inner: inner, layer: index, layers: layers).from("hidden_size", "attention_hidden_size"))),
            Child("", Residual(
              "feedForward", norm: norm(index),
              ChannelMix(width, hidden: hidden, layer: index, layers: layers).from("intermediate_size"))),
          ])
        }.from("num_hidden_layers")),
        // Its ε is PyTorch's own, whatever the configuration says.
        Child("norm", LayerNorm(width, scale: halved(layers))),
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

#if canImport(Glibc)
import Glibc
#endif
