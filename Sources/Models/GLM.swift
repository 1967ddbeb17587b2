// GLM-4 (2406.12793) as Hugging Face has it: LLaMA's block with biases on query, key and value, rotary positions that turn pairs of
// neighbours in half of each head, and one matrix for gate and up. GLM-4-0414 (`glm4`) puts a second norm behind each sub-layer.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let glm = Family(
    modelTypes: ["glm", "glm4"],
    recipe: { c, file in
      let type = try c.string("model_type")
      let width = try c.int("hidden_size"), heads = try c.int("num_attention_heads", in: 1...65_536)
      let groups = try c.int("num_key_value_heads", in: 1...65_536, default: 2)
      let layers = try c.int("num_hidden_layers", in: 1...10_000), vocabulary = try c.int("vocab_size")
      let hidden = try c.int("intermediate_size")
      let headWidth = try c.int("head_dim", default: 128)
      guard heads % groups == 0 else {
        throw ModelFailure.contradiction(
          file: c.file, "num_attention_heads \(heads) is not a multiple of num_key_value_heads \(groups)")
      }
      let epsilon = Float(try c.real("rms_norm_eps", default: 1.5625e-7))
      let activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
      let context = try c.int("max_position_embeddings", default: 131_072)
      let rope = try RoPE.read(c, headWidth: headWidth, layout: .interleaved, partial: 0.5, context: context)
      let bias = try c.bool("attention_bias", default: true)
      let arrangement: Arrangement = type == "glm4" ? .sandwich : .preNorm
      func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon).from("rms_norm_eps") }
      func after() -> RMSNorm? { type == "glm4" ? norm() : nil }
      let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
      let body = Chain([
        Child("", Repeat("layers", layers) { _ in
          Chain([
            Child("", Residual(
              "attention", arrangement, norm: norm(), after: after(),
              Attention(
                width, heads: heads, groups: groups, headWidth: headWidth, position: .rotary(rope), bias: bias, outputBias: false
              ).from("num_attention_heads", "num_key_value_heads", "head_dim", "partial_rotary_factor", "attention_bias"))),
            Child("", Residual(
              "feedForward", arrangement, norm: norm(), after: after(),
              GatedFeedForward(width, hidden: hidden, activation: activation).from("intermediate_size", "hidden_act"))),
          ])
        }.from("num_hidden_layers")),
        Child("norm", norm()),
      ])
      let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("lm_head.weight", "embed_tokens.weight")
      let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
      return Architecture(
        name: "", modelType: type, family: .decoder, context: context, embedding: embedding,
        body: body, head: head)
    },
    names: { c in
      let hidden = try c.int("intermediate_size")
      var entries: [String: Source] = [
        "embedding.tokens": Source("embed_tokens.weight"), "norm.weight": Source("norm.weight"), "head.weight": Source("lm_head.weight"),
        "layers.*.feedForward.gate.weight": Source("layers.*.mlp.gate_up_proj.weight").rows(0..<hidden),
        "layers.*.feedForward.up.weight": Source("layers.*.mlp.gate_up_proj.weight").rows(hidden..<2 * hidden),
        "layers.*.feedForward.down.weight": Source("layers.*.mlp.down_proj.weight"),
        "layers.*.attention.norm.weight": Source("layers.*.input_layernorm.weight"),
        "layers.*.attention.normAfter.weight": Source("layers.*.post_self_attn_layernorm.weight"),
        "layers.*.feedForward.norm.weight": Source("layers.*.post_attention_layernorm.weight"),
        "layers.*.feedForward.normAfter.weight": Source("layers.*.post_mlp_layernorm.weight"),
      ]
      for kind in ["weight", "bias"] {
        for (part, name) in [("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"), ("output", "o_proj")] {
          entries["layers.*.attention.\(part).\(kind)"] = Source("layers.*.self_attn.\(name).\(kind)")
        }
      }
      return NameTable(entries, prefixes: ["model."], ignored: ["layers.*.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq", "lm_head.weight"])
    })
}
