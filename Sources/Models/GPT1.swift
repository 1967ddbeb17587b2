// GPT-1 (Radford et al. 2018): post-norm decoder, learned positions, no norm behind the stack; matrices stored [in, out]. What its
// configurations call "gelu" is the tanh form.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let gpt1 = Family(
    modelTypes: ["openai-gpt"],
    recipe: { c, file in
      let width = try c.int("n_embd", "hidden_size"), heads = try c.int("n_head", "num_attention_heads", in: 1...65_536)
      let layers = try c.int("n_layer", "num_hidden_layers", in: 1...10_000)
      let vocabulary = try c.int("vocab_size"), context = try c.int("n_positions", "max_position_embeddings", default: 512)
      c.agrees("n_ctx", with: .int(context))
      let epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-5))
      let name = try c.string("afn", default: "gelu")
      let activation = name == "gelu" ? .geluTanh : try Unary.Function.read(name, file: c.file)
      guard width % heads == 0 else {
        throw ModelFailure.contradiction(file: c.file, "n_embd \(width) does not divide into n_head \(heads) heads")
      }
      func norm() -> LayerNorm { LayerNorm(width, epsilon: epsilon).from("layer_norm_epsilon") }
      let embedding = Embedding(vocabulary: vocabulary, width: width, positions: context).from("vocab_size", "n_embd", "n_positions")
      let body = Chain([
        Child("", Repeat("layers", layers) { _ in
          Chain([
            Child("", Residual("attention", .postNorm, norm: norm(), Attention(width, heads: heads, bias: true).from("n_embd", "n_head"))),
            Child("", Residual(
              "feedForward", .postNorm, norm: norm(), FeedForward(width, hidden: 4 * width, activation: activation).from("n_embd", "afn"))),
          ])
        }.from("n_layer"))
      ])
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("lm_head.weight", "tokens_embed.weight")
      let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
      return Architecture(
        name: "", modelType: "openai-gpt", family: .decoder, context: context, embedding: embedding, body: body, head: head)
    },
    names: { c in
      NameTable(
        try NameTable.conv1dLayers(width: c.int("n_embd", "hidden_size")).merging(
          [
            "embedding.tokens": Source("tokens_embed.weight"), "embedding.positions": Source("positions_embed.weight"),
            "head.weight": Source("lm_head.weight"),
          ], uniquingKeysWith: { _, new in new }),
        prefixes: ["transformer."], ignored: ["h.*.attn.bias", "position_ids", "lm_head.weight", "multiple_choice_head.*"])
    })
}

extension NameTable {
  /// Layers of GPT-1 and GPT-2: matrices stored [in, out], query, key and value in one of them.
  static func conv1dLayers(width: Int) -> [String: Source] {
    var entries: [String: Source] = [:]
    for kind in ["weight", "bias"] {
      func plain(_ name: String) -> Source { kind == "weight" ? Source("\(name).weight").transposed : Source("\(name).bias") }
      for (part, name) in ["query", "key", "value"].enumerated() {
        entries["layers.*.attention.\(name).\(kind)"] = plain("h.*.attn.c_attn").rows(part * width..<(part + 1) * width)
      }
      entries["layers.*.attention.norm.\(kind)"] = Source("h.*.ln_1.\(kind)")
      entries["layers.*.feedForward.norm.\(kind)"] = Source("h.*.ln_2.\(kind)")
      entries["layers.*.attention.output.\(kind)"] = plain("h.*.attn.c_proj")
      entries["layers.*.feedForward.up.\(kind)"] = plain("h.*.mlp.c_fc")
      entries["layers.*.feedForward.down.\(kind)"] = plain("h.*.mlp.c_proj")
    }
    return entries
  }
}
