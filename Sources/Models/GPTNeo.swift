// GPT-Neo (Black et al. 2021): GPT-2's block with scores that are not scaled, and layers that alternate between all of the text and
// the last `window_size` tokens: the banded pattern of GPT-3 in a released model.

import Blocks
import Checkpoints
import Files
import Tensors

extension Family {
  static let gptNeo = Family(
    modelTypes: ["gpt_neo"],
    recipe: { c, file in
      let width = try c.int("hidden_size"), heads = try c.int("num_heads", "num_attention_heads", in: 1...65_536)
      let layers = try c.int("num_layers", "num_hidden_layers", in: 1...10_000)
      let vocabulary = try c.int("vocab_size"), context = try c.int("max_position_embeddings", default: 2048)
      let hidden = try c.optionalInt("intermediate_size") ?? 4 * width
      let window = try c.int("window_size", default: 256)
      let epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-5))
      let activation = try Unary.Function.read(c.string("activation_function", default: "gelu_new"), file: c.file)
      guard width % heads == 0 else {
        throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into num_heads \(heads) heads")
      }
      c.knows("attention_types", "attention_layers")
      let isLocal = try localLayers(c, layers: layers)
      func norm() -> LayerNorm { LayerNorm(width, epsilon: epsilon).from("layer_norm_epsilon") }
      let embedding = Embedding(vocabulary: vocabulary, width: width, positions: context)
        .from("vocab_size", "hidden_size", "max_position_embeddings")
      let body = Chain([
        Child("", Repeat("layers", layers) { index in
          Chain([
            Child("", Residual(
              "attention", norm: norm(),
              Attention(width, heads: heads, scale: 1, mask: isLocal[index] ? .window(window) : .causal, outputBias: true)
                .from("hidden_size", "num_heads", "attention_types", "window_size"))),
            Child("", Residual(
              "feedForward", norm: norm(),
              FeedForward(width, hidden: hidden, activation: activation).from("intermediate_size", "activation_function"))),
          ])
        }.from("num_layers")),
        Child("norm", norm()),
      ])
      let tied = try c.bool("tie_word_embeddings", default: true) && !file.differ("lm_head.weight", "wte.weight")
      let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
      return Architecture(
        name: "", modelType: "gpt_neo", family: .decoder, context: context, embedding: embedding, body: body, head: head)
    },
    names: { _ in
      var entries: [String: Source] = [
        "embedding.tokens": Source("wte.weight"), "embedding.positions": Source("wpe.weight"), "head.weight": Source("lm_head.weight"),
      ]
      for kind in ["weight", "bias"] {
        entries["norm.\(kind)"] = Source("ln_f.\(kind)")
        for (part, name) in [
          ("attention.norm", "ln_1"), ("attention.query", "attn.attention.q_proj"), ("attention.key", "attn.attention.k_proj"),
          ("attention.value", "attn.attention.v_proj"), ("attention.output", "attn.attention.out_proj"), ("feedForward.norm", "ln_2"),
          ("feedForward.up", "mlp.c_fc"), ("feedForward.down", "mlp.c_proj"),
        ] { entries["layers.*.\(part).\(kind)"] = Source("h.*.\(name).\(kind)") }
      }
      return NameTable(
        entries, prefixes: ["transformer."], ignored: ["h.*.attn.attention.bias", "h.*.attn.attention.masked_bias", "lm_head.weight"])
    })

  /// `attention_types` spelled out: [[["global", "local"], 6]] is twelve layers.
  private static func localLayers(_ c: Configuration, layers: Int) throws -> [Bool] {
    var kinds: [String] = []
    // Saved files hold both, and then the longer form counts.
    if let listed = try c.strings("attention_layers") {
      kinds = listed
    } else if let groups = c.value(["attention_types"])?.array {
      for group in groups {
        guard let pair = group.array, pair.count == 2, let names = pair[0].array?.compactMap({ $0.string }), let times = pair[1].int,
          !names.isEmpty, (0...10_000).contains(times), names.count * times <= 10_000
        else { throw ModelFailure.contradiction(file: c.file, "attention_types must be a list of [[\"global\", \"local\"], times]") }
        kinds += (0..<times).flatMap { _ in names }
      }
    } else {
      kinds = (0..<12).flatMap { _ in ["global", "local"] }
    }
    guard kinds.count == layers else {
      throw ModelFailure.contradiction(
        file: c.file, "\(c.has("attention_layers") ? "attention_layers" : "attention_types") makes \(kinds.count) layers, but num_layers is \(layers)")
    }
    if let odd = kinds.first(where: { $0 != "global" && $0 != "local" }) {
      throw ModelFailure.contradiction(file: c.file, "the attention type '\(odd)' is unknown (known: global, local)")
    }
    return kinds.map { $0 == "local" }
  }
}
