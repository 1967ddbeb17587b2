// Falcon-H1 (2025, 2507.22448): attention and Mamba-2 read the same normalised stream in every layer, and both are added to it. Fixed
// factors stand where µP would set learning rates.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let falconH1 = Family(
    modelTypes: ["falcon_h1"],
    recipe: { c, file in
      let width = try c.int("hidden_size"), layers = try c.int("num_hidden_layers", in: 1...10_000), vocabulary = try c.int("vocab_size")
      let heads = try c.int("num_attention_heads", in: 1...65_536), groups = try c.optionalInt("num_key_value_heads", in: 1...65_536, default: 8) ?? heads
      guard heads % groups == 0 else {
        throw ModelFailure.contradiction(file: c.file, "num_attention_heads \(heads) is not a multiple of num_key_value_heads \(groups)")
      }
      let given = try c.optionalInt("head_dim", in: 1...65_536)
      guard given != nil || width % heads == 0 else {
        throw ModelFailure.contradiction(file: c.file, "hidden_size \(width) does not divide into \(heads) heads, and there is no head_dim")
      }
      let headWidth = given ?? width / heads, hidden = try c.int("intermediate_size"), epsilon = Float(try c.real("rms_norm_eps", default: 1e-5))
      let activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
      let rope = try RoPE.read(c, headWidth: headWidth, context: c.int("max_position_embeddings", default: 8192))
      let bias = try c.bool("attention_bias", default: false), feedForwardBias = try c.bool("mlp_bias", default: false)
      let space = try mixer(c, width: width, epsilon: epsilon, activation: activation)
      let attentionIn = try factor(c, "attention_in_multiplier"), attentionOut = try factor(c, "attention_out_multiplier")
      let spaceOut = try factor(c, "ssm_out_multiplier"), key = try factor(c, "key_multiplier")
      let both = try factors(c, "mlp_multipliers", count: 2)
      func norm() -> RMSNorm { RMSNorm(width, epsilon: epsilon).from("rms_norm_eps") }
      let body = Chain([
        Child("", Repeat("layers", layers) { _ in
          // A factor of the keys is one of the scores.
          let attention = Attention(
            width, heads: heads, groups: groups, headWidth: headWidth, scale: key / Float(headWidth).squareRoot(), position: .rotary(rope), bias: bias
          ).from("num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta")
          return Chain([
            Child("", Parallel(norm: norm(), [
              Child("mixer", Scaled(space(), by: spaceOut).from("ssm_out_multiplier")),
              Child("attention", Scaled(attention, by: attentionOut, input: attentionIn).from("attention_in_multiplier", "attention_out_multiplier")),
            ])),
            Child("", Residual(
              "feedForward", norm: norm(),
              Scaled(
                GatedFeedForward(width, hidden: hidden, activation: activation, bias: feedForwardBias, gateFactor: both[0])
                  .from("intermediate_size", "hidden_act"), by: both[1]
              ).from("mlp_multipliers"))),
          ])
        }.from("num_hidden_layers")),
        Child("norm", norm()),
      ])
      let embedding = Embedding(vocabulary: vocabulary, width: width, scale: try factor(c, "embedding_multiplier"))
        .from("vocab_size", "hidden_size", "embedding_multiplier")
      let tied = try c.bool("tie_word_embeddings", default: false) && !file.differ("lm_head.weight", "embed_tokens.weight")
      let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil, scale: try factor(c, "lm_head_multiplier"))
        .from("vocab_size", "tie_word_embeddings", "lm_head_multiplier")
      return Architecture(
        name: "", modelType: "falcon_h1", family: .hybrid, context: try c.int("max_position_embeddings", default: 8192), embedding: embedding,
        body: body, head: head)
    },
    names: { _ in
      var entries: [String: Source] = [
        "embedding.tokens": Source("embed_tokens.weight"), "norm.weight": Source("final_layernorm.weight"), "head.weight": Source("lm_head.weight"),
        "layers.*.norm.weight": Source("layers.*.input_layernorm.weight"),
        "layers.*.feedForward.norm.weight": Source("layers.*.pre_ff_layernorm.weight"),
        "layers.*.mixer.decayLogarithm": Source("layers.*.mamba.A_log"), "layers.*.mixer.skip": Source("layers.*.mamba.D"),
        "layers.*.mixer.stepBias": Source("layers.*.mamba.dt_bias"), "layers.*.mixer.gatedNorm.weight": Source("layers.*.mamba.norm.weight"),
      ]
      for kind in ["weight", "bias"] {
        for (ours, theirs) in [("input", "in_proj"), ("output", "out_proj"), ("convolution", "conv1d")] {
          entries["layers.*.mixer.\(ours).\(kind)"] = Source("layers.*.mamba.\(theirs).\(kind)")
        }
        for (ours, theirs) in [("query", "q"), ("key", "k"), ("value", "v"), ("output", "o")] {
          entries["layers.*.attention.\(ours).\(kind)"] = Source("layers.*.self_attn.\(theirs)_proj.\(kind)")
        }
        for part in ["gate", "up", "down"] {
          entries["layers.*.feedForward.\(part).\(kind)"] = Source("layers.*.feed_forward.\(part)_proj.\(kind)")
        }
      }
      return NameTable(entries, prefixes: ["model."], ignored: ["lm_head.weight", "layers.*.mamba.mup_vector"])
    })

  /// The Mamba-2 half of a layer.
  private static func mixer(_ c: Configuration, width: Int, epsilon: Float, activation: Unary.Function) throws -> () -> Mamba2 {
    let inner = try c.optionalInt("mamba_d_ssm", default: 1024) ?? expanded(width, c, "mamba_expand"), heads = try c.int("mamba_n_heads", in: 1...65_536, default: 128)
    guard inner % heads == 0 else {
      throw ModelFailure.contradiction(file: c.file, "\(inner) channels of the state space do not divide into mamba_n_heads \(heads)")
    }
    let headWidth = try c.optionalInt(orAuto: "mamba_d_head", in: 1...65_536) ?? inner / heads
    guard headWidth * heads == inner else {
      throw ModelFailure.contradiction(file: c.file, "mamba_n_heads \(heads) of mamba_d_head \(headWidth) make \(heads * headWidth) channels, not \(inner)")
    }
    c.knows("mamba_expand", "mamba_norm_before_gate")
    c.agrees("mamba_use_mlp", with: .bool(true))
    let groups = try c.int("mamba_n_groups", in: 1...65_536, default: 1)
    try checkGroups(c, heads: heads, groups: groups, headsKey: "mamba_n_heads", groupsKey: "mamba_n_groups")
    let gate: Mamba2.Gate = try !c.bool("mamba_rms_norm", default: false) ? .plain
      : c.bool("mamba_norm_before_gate", default: true) ? .afterNorm(epsilon: epsilon) : .thenNorm(epsilon: epsilon)
    let states = try c.int("mamba_d_state", in: 1...65_536, default: 256), taps = try c.int("mamba_d_conv", in: 1...4096, default: 4)
    let bias = try c.bool("mamba_proj_bias", default: false), outputBias = try c.bool("projectors_bias", default: false)
    let convolutionBias = try c.bool("mamba_conv_bias", default: true), limit = try stepLimit(c)
    let factors = Mamba2.Factors(input: try factor(c, "ssm_in_multiplier"), sections: try factors(c, "ssm_multipliers", count: 5))
    return {
      Mamba2(
        width, heads: heads, headWidth: headWidth, states: states, groups: groups, taps: taps, activation: activation, bias: bias,
        convolutionBias: convolutionBias, outputBias: outputBias, gate: gate, stepLimit: limit, factors: factors
      ).from("mamba_n_heads", "mamba_d_head", "mamba_d_state", "mamba_n_groups", "mamba_d_conv", "ssm_multipliers")
    }
  }

  private static func factor(_ c: Configuration, _ key: String) throws -> Float { Float(try c.real(key, default: 1)) }

  /// A list of fixed factors; ones if it is missing.
  private static func factors(_ c: Configuration, _ key: String, count: Int) throws -> [Float] {
    guard let found = c.value([key]) else { return Array(repeating: 1, count: count) }
    guard let numbers = found.array?.map(\.double), numbers.count == count, numbers.allSatisfy({ $0?.isFinite == true }) else {
      throw ModelFailure.contradiction(file: c.file, "\(key) must be \(count) numbers, but it is \(found.shown)")
    }
    return numbers.map { Float($0!) }
  }
}
