// Mamba-2 (Dao & Gu 2024, 2405.21060) as Hugging Face's class stores it. The reference ignores `time_step_limit` when it decodes single tokens;
// here it always holds.

import Blocks
import Checkpoints
import Files
import Tensors

extension Family {
  static let mamba2 = Family(
    modelTypes: ["mamba2"],
    recipe: { c, file in
      let width = try c.int("hidden_size"), layers = try c.int("num_hidden_layers", in: 1...10_000), vocabulary = try c.int("vocab_size")
      let epsilon = Float(try c.real("layer_norm_epsilon", default: 1e-5))
      let heads = try c.int("num_heads", in: 1...65_536), headWidth = try c.int("head_dim", in: 1...65_536)
      let groups = try c.int("n_groups", in: 1...65_536, default: 8), inner = try expanded(width, c, "expand")
      guard inner == heads * headWidth else {
        throw ModelFailure.contradiction(
          file: c.file, "num_heads \(heads) of head_dim \(headWidth) make \(heads * headWidth) channels, but expand · hidden_size is \(inner)")
      }
      try checkGroups(c, heads: heads, groups: groups, headsKey: "num_heads", groupsKey: "n_groups")
      let states = try c.int("state_size", in: 1...65_536, default: 128), taps = try c.int("conv_kernel", in: 1...4096, default: 4)
      let bias = try c.bool("use_bias", default: false), convolutionBias = try c.bool("use_conv_bias", default: true)
      let activation = try Unary.Function.read(c.string("hidden_act", default: "silu"), file: c.file)
      let limit = try stepLimit(c)
      // Mamba-1's, which the class keeps and does not use.
      c.knows("time_step_rank")
      c.agrees("rms_norm", with: .bool(true))
      let body = Chain([
        Child("", Repeat("layers", layers) { _ in
          Chain([
            Child("", Residual(
              "mixer", norm: RMSNorm(width, epsilon: epsilon).from("layer_norm_epsilon"),
              Mamba2(
                width, heads: heads, headWidth: headWidth, states: states, groups: groups, taps: taps, activation: activation, bias: bias,
                convolutionBias: convolutionBias, gate: .thenNorm(epsilon: epsilon), stepLimit: limit
              ).from("num_heads", "head_dim", "state_size", "n_groups", "conv_kernel")))
          ])
        }.from("num_hidden_layers")),
        Child("norm", RMSNorm(width, epsilon: epsilon).from("layer_norm_epsilon")),
      ])
      return try stateSpaceModel(c, file, body, width: width, vocabulary: vocabulary, tied: false)
    },
    names: { _ in
      var entries = stateSpaceNames
      entries["layers.*.mixer.gatedNorm.weight"] = Source("layers.*.mixer.norm.weight")
      entries["layers.*.mixer.stepBias"] = Source("layers.*.mixer.dt_bias")
      return NameTable(entries, prefixes: ["backbone."], ignored: ["lm_head.weight"])
    })

  /// Heads share B and C in groups of equal size.
  static func checkGroups(_ c: Configuration, heads: Int, groups: Int, headsKey: String, groupsKey: String) throws {
    guard heads % groups == 0 else {
      throw ModelFailure.contradiction(file: c.file, "\(headsKey) \(heads) is not a multiple of \(groupsKey) \(groups)")
    }
  }

  /// Between which numbers Δ is kept. The upper end is infinity in every published file, written as a bare `Infinity`, as a text, or as
  /// `{"__float__": "Infinity"}`.
  static func stepLimit(_ c: Configuration) throws -> ClosedRange<Float> {
    guard let found = c.value(["time_step_limit"]) else { return 0...Float.infinity }
    func end(_ json: JSON) -> Double? { json.double ?? json.string.flatMap { Double($0) } ?? json["__float__"]?.string.flatMap { Double($0) } }
    guard let ends = found.array?.map(end), ends.count == 2, let low = ends[0], let high = ends[1], low >= 0, low <= high else {
      throw ModelFailure.contradiction(file: c.file, "time_step_limit must be two numbers, the smaller one first, but it is \(found.shown)")
    }
    return Float(low)...Float(high)
  }
}
