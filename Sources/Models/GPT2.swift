// GPT-2 (Radford et al. 2019): pre-norm decoder, learned positions, one fused matrix for query, key and value, stored [in, out].

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let gpt2 = Family(
    modelTypes: ["gpt2"],
    recipe: { c, file in
      let width = try c.int("n_embd", "hidden_size"), heads = try c.int("n_head", "num_attention_heads", in: 1...65_536)
      let layers = try c.int("n_layer", "num_hidden_layers", in: 1...10_000)
      let vocabulary = try c.int("vocab_size"), context = try c.int("n_positions", "max_position_embeddings", default: 1024)
      let hidden = try c.optionalInt("n_inner") ?? 4 * width
      c.agrees("n_ctx", with: .int(context))
      let epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-5))
      let activation = try Unary.Function.read(c.string("activation_function", default: "gelu_new"), file: c.file)
      guard width % heads == 0 else {
        throw ModelFailure.contradiction(file: c.file, "n_embd \(width) does not divide into n_head \(heads) heads")
      }
      let scaled = try c.bool("scale_attn_weights", default: true)
      let byLayer = try c.bool("scale_attn_by_inverse_layer_idx", default: false)
      let embedding = Embedding(vocabulary: vocabulary, width: width, positions: context)
        .from("vocab_size", "n_embd", "n_positions")
      let body = Chain([
        Child("", Repeat("layers", layers) { index in
          let scale = (scaled ? 1 / Float(width / heads).squareRoot() : 1) / (byLayer ? Float(index + 1) : 1)
          return Chain([
            Child("", Residual(
              "attention", norm: LayerNorm(width, epsilon: epsilon).from("layer_norm_epsilon"),
              Attention(width, heads: heads, scale: scale, bias: true).from("n_embd", "n_head"))),
            Child("", Residual(
              "feedForward", norm: LayerNorm(width, epsilon: epsilon).from("layer_norm_epsilon"),
              FeedForward(width, hidden: hidden, activation: activation).from("n_inner", "activation_function"))),
          ])
        }.from("n_layer")),
        Child("norm", LayerNorm(width, epsilon: epsilon)),
      ])
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("lm_head.weight", "wte.weight")
      let score = try PublishedClass(c).score(width)
      let head = score.isEmpty
        ? Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings") : nil
      return Architecture(
        name: "", modelType: "gpt2", family: .decoder, context: context, embedding: embedding, body: body, head: head,
        extras: score)
    },
    names: { c in
      NameTable(
        try NameTable.conv1dLayers(width: c.int("n_embd", "hidden_size")).merging(
          [
            "embedding.tokens": Source("wte.weight"), "embedding.positions": Source("wpe.weight"),
            "norm.weight": Source("ln_f.weight"), "norm.bias": Source("ln_f.bias"), "head.weight": Source("lm_head.weight"),
          ].merging(PublishedClass.scoreNames, uniquingKeysWith: { own, _ in own }), uniquingKeysWith: { _, new in new }),
        prefixes: ["transformer."], ignored: ["h.*.attn.bias", "h.*.attn.masked_bias", "lm_head.weight"])
    })
}
