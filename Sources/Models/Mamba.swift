// Mamba (Gu & Dao 2023, 2312.00752) and Falcon-Mamba (2410.05355) as Hugging Face publishes them. `expand` is not read where the inner
// size is given: Falcon-Mamba's file names an `expand` that its sizes do not follow. The keys of steps act when a model is made, never in a run.

import Blocks
import Checkpoints
import Tensors

extension Family {
  static let mamba = Family(
    modelTypes: ["mamba", "falcon_mamba"],
    recipe: { c, file in
      let type = try c.string("model_type"), width = try c.int("hidden_size"), layers = try c.int("num_hidden_layers", in: 1...10_000)
      let vocabulary = try c.int("vocab_size"), epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-5))
      let inner = try c.optionalInt("intermediate_size") ?? expanded(width, c, "expand")
      // A recurrence has no longest text.
      c.knows("expand", "max_position_embeddings")
      // What the authors' own files call the same.
      c.agrees("d_model", with: .int(width))
      c.agrees("d_inner", with: .int(inner))
      c.agrees("n_layer", with: .int(layers))
      c.agrees("rms_norm", with: .bool(true))
      c.agrees("ssm_cfg", with: .object([]))
      let states = try c.int("state_size", in: 1...4096, default: 16), taps = try c.int("conv_kernel", in: 1...4096, default: 4)
      let rank = try stepRank(c, "time_step_rank", width: width)
      let bias = try c.bool("use_bias", default: false), convolutionBias = try c.bool("use_conv_bias", default: true)
      let activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
      let norm: Mamba.SelectionNorm = type == "mamba" ? .none : .plain(epsilon: Float(try c.real("mixer_rms_eps", default: 1e-6)))
      let body = Chain([
        Child("", Repeat("layers", layers) { _ in
          Chain([
            Child("", Residual(
              "mixer", norm: RMSNorm(width, epsilon: epsilon).from("layer_norm_epsilon"),
              Mamba(
                width, inner: inner, states: states, rank: rank, taps: taps, activation: activation, bias: bias, convolutionBias: convolutionBias,
                selectionNorm: norm
              ).from("intermediate_size", "state_size", "time_step_rank", "conv_kernel")))
          ])
        }.from("num_hidden_layers")),
        Child("norm", RMSNorm(width, epsilon: epsilon).from("layer_norm_epsilon")),
      ])
      return try stateSpaceModel(c, file, body, width: width, vocabulary: vocabulary, tied: true)
    },
    names: { _ in
      var entries = stateSpaceNames
      entries["layers.*.mixer.selection.weight"] = Source("layers.*.mixer.x_proj.weight")
      entries["layers.*.mixer.step.weight"] = Source("layers.*.mixer.dt_proj.weight")
      entries["layers.*.mixer.step.bias"] = Source("layers.*.mixer.dt_proj.bias")
      return NameTable(entries, prefixes: ["backbone."], ignored: ["lm_head.weight"])
    })

  /// What Mamba and Mamba-2 call alike.
  static let stateSpaceNames: [String: Source] = {
    var entries: [String: Source] = [
      "embedding.tokens": Source("embeddings.weight", "embedding.weight"), "norm.weight": Source("norm_f.weight"),
      "head.weight": Source("lm_head.weight"), "layers.*.mixer.norm.weight": Source("layers.*.norm.weight"),
      "layers.*.mixer.decayLogarithm": Source("layers.*.mixer.A_log"), "layers.*.mixer.skip": Source("layers.*.mixer.D"),
    ]
    for kind in ["weight", "bias"] {
      entries["layers.*.mixer.input.\(kind)"] = Source("layers.*.mixer.in_proj.\(kind)")
      entries["layers.*.mixer.output.\(kind)"] = Source("layers.*.mixer.out_proj.\(kind)")
      entries["layers.*.mixer.convolution.\(kind)"] = Source("layers.*.mixer.conv1d.\(kind)")
    }
    return entries
  }()

  /// A stack of mixers between an embedding and a head.
  static func stateSpaceModel(
    _ c: Configuration, _ file: Holdings, _ body: Chain, width: Int, vocabulary: Int, tied: Bool
  ) throws -> Architecture {
    let embedding = Embedding(vocabulary: vocabulary, width: width).from("vocab_size", "hidden_size")
    let tied = try c.bool("tie_word_embeddings", default: tied) && !file.differ("lm_head.weight", "embeddings.weight")
    let head = Head(width, vocabulary: vocabulary, tied: tied ? embedding.tokens : nil).from("vocab_size", "tie_word_embeddings")
    return Architecture(
      name: "", modelType: try c.string("model_type"), family: .recurrent, context: nil, embedding: embedding, body: body, head: head)
  }

  /// The width times a factor that need not be whole.
  static func expanded(_ width: Int, _ c: Configuration, _ key: String) throws -> Int {
    let factor = try c.real(key, default: 2), inner = factor * Double(width)
    guard inner >= 1, inner <= Double(Configuration.sizes.upperBound) else {
      throw ModelFailure.contradiction(file: c.file, "\(key) \(factor) makes no inner size out of hidden_size \(width)")
    }
    return Int(inner)
  }

  /// A number, or "auto": width / 16, rounded up.
  static func stepRank(_ c: Configuration, _ key: String, width: Int) throws -> Int {
    try c.optionalInt(orAuto: key) ?? (width + 15) / 16
  }
}
