import Blocks

extension Builder {
  static let norms: [Builder] = [
    Builder(
      "layerNorm", makes: .norm,
      [
        epsilon(1e-5), .labelled("bias", .boolean, default: .boolean(true), "a learned offset"),
        .labelled("seenAs", .number(1...1e30), default: .number(1), "the reference sees the stream divided by this, so that ε weighs its square as much (RWKV-4)"),
        width,
      ], "(x − mean) / √(variance + ε) · gain + bias (Ba et al. 2016)", example: "layerNorm(epsilon: 1e-5)"
    ) { a in
      let epsilon = Float(try a.number("epsilon")), bias = try a.boolean("bias"), scale = Float(try a.number("seenAs"))
      return BlockMaker("norm") { LayerNorm(a.optionalInteger("width") ?? $0.width, epsilon: epsilon, bias: bias, scale: scale) }
    },
    Builder(
      "rmsNorm", makes: .norm,
      [
        epsilon(1e-6), .labelled("offset", .number(-1e3...1e3), default: .number(0), "added to the learned gain: 1 where it is stored as its distance from 1 (Gemma, Qwen3-Next)"), width,
      ], "x / √(mean x² + ε) · gain (Zhang & Sennrich 2019)", example: "rmsNorm(offset: 1)"
    ) { a in
      let epsilon = Float(try a.number("epsilon")), offset = Float(try a.number("offset"))
      return BlockMaker("norm") { RMSNorm(a.optionalInteger("width") ?? $0.width, epsilon: epsilon, offset: offset) }
    },
  ]

  private static let width = BuilderParameter.optional("width", .size, "width that it reads; the stack's if left out")
  static func epsilon(_ value: Double) -> BuilderParameter {
    .labelled("epsilon", .number(1e-30...1), default: .number(value), "what keeps the division from zero")
  }
}
