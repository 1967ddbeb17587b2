import Blocks

extension Builder {
  static let norms: [Builder] = [
    Builder(
      "layerNorm", makes: .norm,
      [epsilon(1e-5), .labelled("bias", .boolean, default: .boolean(true), "a learned offset"), width],
      "(x − mean) / √(variance + ε) · gain + bias (Ba et al. 2016)", example: "layerNorm()"
    ) { a in
      let (epsilon, bias) = (Float(try a.number("epsilon")), try a.boolean("bias"))
      return BlockMaker("norm") { LayerNorm(a.optionalInteger("width") ?? $0.width, epsilon: epsilon, bias: bias) }
    },
    Builder(
      "rmsNorm", makes: .norm, [epsilon(1e-6), width], "x / √(mean x² + ε) · gain (Zhang & Sennrich 2019)", example: "rmsNorm()"
    ) { a in
      let epsilon = Float(try a.number("epsilon"))
      return BlockMaker("norm") { RMSNorm(a.optionalInteger("width") ?? $0.width, epsilon: epsilon) }
    },
  ]

  private static let width = BuilderParameter.optional("width", .size, "width that it reads; the stack's if left out")
  private static func epsilon(_ value: Double) -> BuilderParameter {
    .labelled("epsilon", .number(1e-20...1), default: .number(value), "what keeps the division from zero")
  }
}
