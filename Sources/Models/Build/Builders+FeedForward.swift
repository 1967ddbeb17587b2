// Builders of feed-forwards: one hidden layer, plain or gated.

import Blocks
import Tensors

extension Builder {
  static let feedForwards: [Builder] = [
    Builder(
      "feedForward", makes: .feedForward,
      [
        hidden, .labelled("activation", .text(activations), default: .text("gelu"), "what stands between the two products"),
        .labelled("bias", .boolean, default: .boolean(true), "biases of both products"), width,
      ], "W₂·act(W₁·x + b₁) + b₂ (Vaswani et al. 2017)", example: "feedForward(hidden: 256, activation: \"relu\")"
    ) { a in
      let hidden = try a.integer("hidden"), bias = try a.boolean("bias")
      let activation = Unary.Function(rawValue: try a.text("activation")) ?? .gelu
      return BlockMaker("feedForward") { FeedForward(a.optionalInteger("width") ?? $0.width, hidden: hidden, activation: activation, bias: bias) }
    },
    Builder(
      "clampedSwiglu", makes: .feedForward,
      [
        hidden, .labelled("alpha", .number(1e-6...1e6), default: .number(1.702), "factor of the gate inside its sigmoid"),
        .labelled("limit", .number(1e-6...1e6), default: .number(7), "what gate and up are kept within"),
        .labelled("bias", .boolean, default: .boolean(true), "biases of the products"), width,
      ], "W_down·((u + 1)·g·σ(α·g)), g and u clamped: gpt-oss's experts (2025)", example: "clampedSwiglu(hidden: 64, limit: 7)"
    ) { a in
      let hidden = try a.integer("hidden"), bias = try a.boolean("bias"), alpha = Float(try a.number("alpha")), limit = Float(try a.number("limit"))
      return BlockMaker("feedForward") { ClampedFeedForward(a.optionalInteger("width") ?? $0.width, hidden: hidden, alpha: alpha, limit: limit, bias: bias) }
    },
    gated("swiglu", .silu, "W_down·(silu(W_gate·x) ⊙ W_up·x) (Shazeer 2020)"),
    gated("geglu", .geluTanh, "W_down·(gelu(W_gate·x) ⊙ W_up·x) (Shazeer 2020)"),
    Builder("none", makes: .nothing, [], "leaves a part out: feedForward: none(), position: none(), layer(none(), …)", example: "none()") { _ in Nothing() },
  ]

  private static let hidden = BuilderParameter.labelled("hidden", .size, "width of the hidden layer")
  private static let width = BuilderParameter.optional("width", .size, "width that it reads and writes; the stack's if left out")
  static let activations = ["gelu", "geluTanh", "relu", "silu", "tanh", "sigmoid", "quickGelu", "reluSquared", "elu", "softplus"]

  private static func gated(_ name: String, _ activation: Unary.Function, _ about: String) -> Builder {
    Builder(
      name, makes: .feedForward,
      [
        hidden, .labelled("activation", .text(activations), default: .text(activation.rawValue), "what the gate goes through"),
        .labelled("bias", .boolean, default: .boolean(false), "biases of the products"),
        .labelled("gateFactor", .factor, default: .number(1), "what the gate is multiplied by before its activation (Falcon-H1)"), width, outputFactor,
      ],
      about, example: "\(name)(hidden: 172)"
    ) { a in
      let hidden = try a.integer("hidden"), bias = try a.boolean("bias")
      let activation = Unary.Function(rawValue: try a.text("activation")) ?? activation
      let gateFactor = Float(try a.number("gateFactor")), factors = try Factors(a)
      return BlockMaker("feedForward") {
        factors.around(GatedFeedForward(a.optionalInteger("width") ?? $0.width, hidden: hidden, activation: activation, bias: bias, gateFactor: gateFactor))
      }
    }
  }
}
