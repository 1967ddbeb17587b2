// Jamba (Lieber et al. 2024, 2403.19887): one layer in eight attends, the others are Mamba with normalised δ, B and C; every second
// feed-forward is a mixture of experts. No positions: the order comes from Mamba.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let jamba = Family(
    modelTypes: ["jamba"],
    recipe: { c, file in
      let width = try c.int("hidden_size"), layers = try c.int("num_hidden_layers", in: 1...10_000), vocabulary = try c.int("vocab_size")
      let heads = try c.int("num_attention_heads", in: 1...65_536), groups = try c.optionalInt("num_key_value_heads", in: 1...65_536, default: 8) ?? heads
      let hidden = try c.int("intermediate_size"), epsilon = Float(try c.real("rms_norm_eps", default: 1e-6))
      let given = try c.optionalInt("head_dim", in: 1...65_536)
      guard given != nil || width % heads == 0 else {
        throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into \(heads) heads")
      }
      guard heads % groups == 0 else {
        throw ModelFailure.contradiction(file: c.file, "num_attention_heads \(heads) is not a multiple of num_key_value_heads \(groups)")
      }
      let attends = try period(c, "attn_layer_period", 8, "attn_layer_offset", 4), mixes = try period(c, "expert_layer_period", 2, "expert_layer_offset", 1)
      let experts = try c.int("num_experts", "num_local_experts", in: 1...65_536, default: 16)
      let active = try c.int("num_experts_per_tok", in: 1...65_536, default: 2)
      guard active <= experts || experts == 1 else {
        throw ModelFailure.contradiction(file: c.file, "num_experts_per_tok \(active) is more than the \(experts) experts of num_experts")
      }
      try c.affordExperts(experts, layers: experts > 1 ? (0..<layers).count(where: mixes) : 0)
      let inner = try expanded(width, c, "mamba_expand"), rank = try stepRank(c, "mamba_dt_rank", width: width)
      let states = try c.int("mamba_d_state", in: 1...4096, default: 16), taps = try c.int("mamba_d_conv", in: 1...4096, default: 4)
      let bias = try c.bool("mamba_proj_bias", default: false), convolutionBias = try c.bool("mamba_conv_bias", default: true)
      let activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
      c.agrees("mamba_inner_layernorms", with: .bool(true))
      func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon).from("rms_norm_eps") }
      @Sendable func glu() -> GatedFeedForward { GatedFeedForward(width, hidden: hidden, activation: activation).from("intermediate_size", "hidden_act") }
      let body = Chain([
        Child("", Repeat("layers", layers) { index in
          let mixer: Residual
          if attends(index) {
            mixer = Residual(
              "attention", norm: norm(),
              Attention(width, heads: heads, groups: groups, headWidth: given).from("num_attention_heads", "num_key_value_heads", "attn_layer_period", "attn_layer_offset"))
          } else {
            mixer = Residual(
              "mixer", norm: norm(),
              Mamba(
                width, inner: inner, states: states, rank: rank, taps: taps, activation: activation, bias: bias, convolutionBias: convolutionBias,
                selectionNorm: .learned(epsilon: epsilon)
              ).from("mamba_expand", "mamba_d_state", "mamba_dt_rank", "mamba_d_conv"))
          }
          let feedForward: any Block = experts > 1 && mixes(index)
            ? Experts(router: Router(width, experts: experts, routing: Routing(active: active, renormalises: false)).from("num_experts_per_tok")) { glu() }
              .from("num_experts", "num_experts_per_tok", "expert_layer_period", "expert_layer_offset")
            : glu()
          return Chain([Child("", mixer), Child("", Residual("feedForward", norm: norm(), feedForward))])
        }.from("num_hidden_layers")),
        Child("norm", norm()),
      ])
      let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
      let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("lm_head.weight", "embed_tokens.weight")
      return Architecture(
        name: "", modelType: "jamba", family: .hybrid, context: try c.int("max_position_embeddings", default: 262_144), embedding: embedding,
        body: body, head: Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings"))
    },
    names: { c in
      let hidden = try c.int("intermediate_size")
      var entries: [String: Source] = [
        "embedding.tokens": Source("embed_tokens.weight"), "norm.weight": Source("final_layernorm.weight"), "head.weight": Source("lm_head.weight"),
        "layers.*.attention.norm.weight": Source("layers.*.input_layernorm.weight"),
        "layers.*.mixer.norm.weight": Source("layers.*.input_layernorm.weight"),
        "layers.*.feedForward.norm.weight": Source("layers.*.pre_ff_layernorm.weight"),
        "layers.*.feedForward.router.weight": Source("layers.*.feed_forward.router.weight"),
        "layers.*.mixer.decayLogarithm": Source("layers.*.mamba.A_log"), "layers.*.mixer.skip": Source("layers.*.mamba.D"),
      ]
      for (ours, theirs) in [("stepNorm", "dt"), ("inputNorm", "b"), ("readNorm", "c")] {
        entries["layers.*.mixer.\(ours).weight"] = Source("layers.*.mamba.\(theirs)_layernorm.weight")
      }
      for kind in ["weight", "bias"] {
        for (ours, theirs) in [("input", "in_proj"), ("output", "out_proj"), ("convolution", "conv1d"), ("selection", "x_proj"), ("step", "dt_proj")] {
          entries["layers.*.mixer.\(ours).\(kind)"] = Source("layers.*.mamba.\(theirs).\(kind)")
        }
      }
      for (ours, theirs) in [("query", "q"), ("key", "k"), ("value", "v"), ("output", "o")] {
        entries["layers.*.attention.\(ours).weight"] = Source("layers.*.self_attn.\(theirs)_proj.weight")
      }
      for part in ["gate", "up", "down"] {
        entries["layers.*.feedForward.\(part).weight"] = Source("layers.*.feed_forward.\(part)_proj.weight")
        let fused = Source("layers.*.feed_forward.experts.\(part == "down" ? "down_proj" : "gate_up_proj")")
        entries["layers.*.feedForward.experts.*.\(part).weight"] = Source("layers.*.feed_forward.experts.*.\(part)_proj.weight").or(
          part == "down" ? fused : fused.rows(part == "gate" ? 0..<hidden : hidden..<(2 * hidden)))
      }
      return NameTable(entries, prefixes: ["model."], ignored: ["lm_head.weight"])
    })

  /// Which layers a period and an offset name.
  private static func period(_ c: Configuration, _ key: String, _ usual: Int, _ offsetKey: String, _ usualOffset: Int) throws -> (Int) -> Bool {
    let period = try c.int(key, in: 1...10_000, default: usual), offset = try c.int(offsetKey, in: 0...10_000, default: usualOffset)
    guard offset < period else { throw ModelFailure.contradiction(file: c.file, "\(offsetKey) \(offset) is not below \(key) \(period)") }
    return { $0 % period == offset }
  }
}
