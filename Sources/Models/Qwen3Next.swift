// Qwen3-Next (2025): three layers of gated DeltaNet to one of gated attention, many small experts and one shared expert with a gate, norms
// whose gains are stored as their distance from 1. The layers for further predictions (`mtp.`) that published files hold are left out.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let qwen3Next = Family(
    modelTypes: ["qwen3_next"],
    recipe: { c, file in
      let width = try c.int("hidden_size"), layers = try c.int("num_hidden_layers", in: 1...10_000), vocabulary = try c.int("vocab_size")
      let epsilon = Float(try c.real("rms_norm_eps", default: 1e-6))
      let activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
      func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon, offset: 1).from("rms_norm_eps") }
      let attends = try attends(c, layers)
      let makeAttention = try attention(c, width, epsilon), makeDelta = try deltaNet(c, width, epsilon, activation)
      let makeFeedForward = try feedForward(c, width, activation)
      let stack = try (0..<layers).map { index in
        Chain([
          Child("", attends[index] ? Residual("attention", norm: norm(), try makeAttention()) : Residual("mixer", norm: norm(), try makeDelta())),
          Child("", Residual("feedForward", norm: norm(), try makeFeedForward(index))),
        ])
      }
      let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
      let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("lm_head.weight", "embed_tokens.weight")
      return Architecture(
        name: "", modelType: "qwen3_next", family: .hybrid, context: try c.int("max_position_embeddings", default: 32_768),
        embedding: embedding, body: Chain([Child("", Repeat("layers", layers) { stack[$0] }.from("num_hidden_layers", "layer_types")), Child("norm", norm())]),
        head: Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings"))
    },
    names: { c in
      var entries = DecoderLine.names
      entries["layers.*.mixer.norm.weight"] = Source("layers.*.input_layernorm.weight")
      let delta = "layers.*.linear_attn."
      for (ours, theirs) in [
        "input.weight": "in_proj_qkvz.weight", "rates.weight": "in_proj_ba.weight", "output.weight": "out_proj.weight",
        "convolution.weight": "conv1d.weight", "decayLogarithm": "A_log", "decayBias": "dt_bias",
      ] { entries["layers.*.mixer.\(ours)"] = Source(delta + theirs) }
      // The block's own norm stands behind the state, the residual's before the block.
      entries["layers.*.mixer.headNorm.weight"] = Source(delta + "norm.weight")
      entries["layers.*.feedForward.router.weight"] = Source("layers.*.mlp.gate.weight")
      entries["layers.*.feedForward.sharedGate.weight"] = Source("layers.*.mlp.shared_expert_gate.weight")
      let hidden = try c.int("moe_intermediate_size", default: 512)
      for part in ["gate", "up", "down"] {
        let fused = Source("layers.*.mlp.experts.\(part == "down" ? "down_proj" : "gate_up_proj")")
        entries["layers.*.feedForward.experts.*.\(part).weight"] = Source("layers.*.mlp.experts.*.\(part)_proj.weight")
          .or(part == "down" ? fused : fused.rows(part == "gate" ? 0..<hidden : hidden..<(2 * hidden)))
        entries["layers.*.feedForward.shared.\(part).weight"] = Source("layers.*.mlp.shared_expert.\(part)_proj.weight")
        entries["layers.*.feedForward.\(part).weight"] = Source("layers.*.mlp.\(part)_proj.weight")
      }
      return NameTable(entries, prefixes: ["model."], ignored: DecoderLine.ignored + ["mtp.*"])
    })

  /// Which layers are attention: as listed, or every n-th.
  private static func attends(_ c: Configuration, _ layers: Int) throws -> [Bool] {
    c.knows("full_attention_interval")
    guard let types = try c.strings("layer_types") else {
      let every = try c.int("full_attention_interval", in: 1...10_000, default: 4)
      return (0..<layers).map { ($0 + 1) % every == 0 }
    }
    guard types.count == layers else {
      throw ModelFailure.contradiction(file: c.file, "layer_types names \(types.count) layers, num_hidden_layers is \(layers)")
    }
    return try types.map { type in
      guard ["linear_attention", "full_attention"].contains(type) else {
        throw ModelFailure.contradiction(file: c.file, "layer_types may hold 'linear_attention' and 'full_attention', not '\(type)'")
      }
      return type == "full_attention"
    }
  }

  private static func attention(_ c: Configuration, _ width: Int, _ epsilon: Float) throws -> () throws -> Attention {
    let heads = try c.int("num_attention_heads", in: 1...65_536, default: 16)
    let groups = try c.int("num_key_value_heads", in: 1...65_536, default: 2)
    let headWidth = try c.int("head_dim", in: 1...65_536, default: 256)
    guard heads % groups == 0 else {
      throw ModelFailure.contradiction(file: c.file, "num_attention_heads \(heads) is not a multiple of num_key_value_heads \(groups)")
    }
    let rope = try RoPE.read(c, headWidth: headWidth, partial: 0.25, context: c.int("max_position_embeddings", default: 32_768)), bias = try c.bool("attention_bias", default: false)
    return {
      Attention(
        width, heads: heads, groups: groups, headWidth: headWidth, position: .rotary(rope), bias: bias, headNorm: epsilon, headNormOffset: 1,
        isGated: true
      ).from("num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta", "partial_rotary_factor")
    }
  }

  private static func deltaNet(
    _ c: Configuration, _ width: Int, _ epsilon: Float, _ activation: Unary.Function
  ) throws -> () throws -> GroupedDeltaNet {
    let keyHeads = try c.int("linear_num_key_heads", in: 1...65_536, default: 16)
    let valueHeads = try c.int("linear_num_value_heads", in: 1...65_536, default: 32)
    let headWidth = try c.int("linear_key_head_dim", in: 1...65_536, default: 128)
    let valueWidth = try c.int("linear_value_head_dim", in: 1...65_536, default: 128)
    let taps = try c.int("linear_conv_kernel_dim", in: 1...1024, default: 4)
    guard valueHeads % keyHeads == 0 else {
      throw ModelFailure.contradiction(file: c.file, "linear_num_value_heads \(valueHeads) is not a multiple of linear_num_key_heads \(keyHeads)")
    }
    return {
      GroupedDeltaNet(
        width, keyHeads: keyHeads, valueHeads: valueHeads, headWidth: headWidth, valueWidth: valueWidth, taps: taps, epsilon: epsilon,
        activation: activation
      ).from("linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim", "linear_value_head_dim", "linear_conv_kernel_dim")
    }
  }

  private static func feedForward(_ c: Configuration, _ width: Int, _ activation: Unary.Function) throws -> (Int) throws -> any Block {
    let count = try c.int("num_experts", in: 0...65_536, default: 512), active = try c.int("num_experts_per_tok", in: 1...65_536, default: 10)
    guard count == 0 || active <= count else {
      throw ModelFailure.contradiction(file: c.file, "num_experts_per_tok \(active) is more than the \(count) experts of num_experts")
    }
    try c.affordExperts(count, layers: try c.int("num_hidden_layers", in: 1...10_000))
    let hidden = try c.int("moe_intermediate_size", default: 512), sharedHidden = try c.int("shared_expert_intermediate_size", default: 512)
    c.knows("intermediate_size")
    let step = try c.int("decoder_sparse_step", in: 1...10_000, default: 1), dense = Set(try c.ids("mlp_only_layers"))
    let routing = Routing(active: active, renormalises: try c.bool("norm_topk_prob", default: true))
    return { index in
      guard count > 0, !dense.contains(index), (index + 1) % step == 0 else {
        return GatedFeedForward(width, hidden: try c.int("intermediate_size", default: 5632), activation: activation)
          .from("intermediate_size", "mlp_only_layers")
      }
      return Experts(
        router: Router(width, experts: count, routing: routing).from("num_experts_per_tok"),
        shared: GatedFeedForward(width, hidden: sharedHidden, activation: activation).from("shared_expert_intermediate_size"),
        sharedGate: Projection(width, 1, role: .experts)
      ) { _ in GatedFeedForward(width, hidden: hidden, activation: activation).from("moe_intermediate_size", "hidden_act") }
        .from("num_experts", "num_experts_per_tok")
    }
  }
}
