// LLaDA: LLaMA's layers without a causal mask, trained to fill in masks (Nie et al. 2025, 2502.09992). The published files keep the names of
// OLMo, whose code they run on; `ff_out` is both a layer's down-projection and, outside of the layers, the head.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let llada = Family(
    modelTypes: ["llada"],
    recipe: { c, _ in
      let width = try c.int("d_model"), heads = try c.int("n_heads", in: 1...65_536)
      let groups = try c.optionalInt("n_kv_heads") ?? heads
      let layers = try c.int("n_layers", in: 1...10_000)
      // The embedding may have more rows than the vocabulary.
      let vocabulary = try c.optionalInt("embedding_size") ?? c.int("vocab_size")
      let hidden = try c.optionalInt("mlp_hidden_size") ?? width * c.int("mlp_ratio", default: 4)
      guard width % heads == 0 else { throw ModelFailure.contradiction(file: c.file, "d_model \(width) does not divide into \(heads) heads") }
      guard heads % groups == 0 else {
        throw ModelFailure.contradiction(file: c.file, "n_heads \(heads) is not a multiple of n_kv_heads \(groups)")
      }
      for (key, only) in [("block_type", "llama"), ("layer_norm_type", "rms")] {
        let value = try c.string(key, default: only)
        guard value == only else { throw ModelFailure.contradiction(file: c.file, "\(key) is '\(value)'; LLaDA's published models have '\(only)'") }
      }
      // The settings of OLMo's code, of which LLaDA has one value each.
      for key in ["rope", "layer_norm_with_affine"] { c.agrees(key, with: .bool(true)) }
      let off = ["alibi", "input_emb_norm", "scale_logits", "attention_layer_norm", "attention_layer_norm_with_affine", "bias_for_layer_norm", "multi_query_attention"]
      for key in off { c.agrees(key, with: .bool(false)) }
      c.agrees("hidden_size", with: .int(width))
      c.knows("alibi_bias_max", "block_group_size", "mlp_ratio", "vocab_size")
      let mask = try c.int("mask_token_id", in: 0...1 << 31)
      guard mask < vocabulary else {
        throw ModelFailure.contradiction(file: c.file, "mask_token_id \(mask) is outside of the vocabulary of \(vocabulary)")
      }
      let epsilon = Float(try c.real("rms_norm_eps", default: 1e-5))
      let activation = try Unary.Function.read(c.string("activation_type", default: "silu"), file: c.file)
      let bias = try c.bool("include_bias", default: false)
      let queryBias = try c.bool("include_qkv_bias", default: bias)
      let rope = try RoPE.read(c, headWidth: width / heads)
      let embedding = Embedding(vocabulary: vocabulary, width: width).from("embedding_size", "vocab_size", "d_model")
      let body = Chain([
        Child("", Repeat("layers", layers) { _ in
          Chain([
            Child("", Residual(
              "attention", norm: RMSNorm(width, epsilon: epsilon).from("rms_norm_eps"),
              Attention(
                width, heads: heads, groups: groups, mask: .bidirectional, position: .rotary(rope), bias: queryBias, outputBias: bias
              ).from("n_heads", "n_kv_heads", "rope_theta"))),
            Child("", Residual(
              "feedForward", norm: RMSNorm(width, epsilon: epsilon).from("rms_norm_eps"),
              GatedFeedForward(width, hidden: hidden, activation: activation, bias: bias).from("mlp_hidden_size", "activation_type"))),
          ])
        }.from("n_layers")),
        Child("norm", RMSNorm(width, epsilon: epsilon).from("rms_norm_eps")),
      ])
      let tied = try c.bool("weight_tying", default: false)
      return Architecture(
        name: "", modelType: "llada", family: .diffusion, context: try c.int("max_sequence_length", default: 4096), embedding: embedding,
        body: body, head: Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "weight_tying"),
        denoiser: Denoiser(.masked(mask: mask)).from("mask_token_id"))
    },
    names: { _ in
      var entries: [String: Source] = [
        "embedding.tokens": Source("transformer.wte.weight"), "norm.weight": Source("transformer.ln_f.weight"),
        "head.weight": Source("transformer.ff_out.weight"),
        "layers.*.attention.norm.weight": Source("transformer.blocks.*.attn_norm.weight"),
        "layers.*.feedForward.norm.weight": Source("transformer.blocks.*.ff_norm.weight"),
      ]
      let parts = [
        ("attention.query", "q_proj"), ("attention.key", "k_proj"), ("attention.value", "v_proj"), ("attention.output", "attn_out"),
        ("feedForward.gate", "ff_proj"), ("feedForward.up", "up_proj"), ("feedForward.down", "ff_out"),
      ]
      for (ours, theirs) in parts {
        for kind in ["weight", "bias"] { entries["layers.*.\(ours).\(kind)"] = Source("transformer.blocks.*.\(theirs).\(kind)") }
      }
      return NameTable(entries, prefixes: ["model."], ignored: ["transformer.blocks.*.rotary_emb.inv_freq"])
    })
}
