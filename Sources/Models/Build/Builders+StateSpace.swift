// Builders of the state-space mixers. They stand where attention stands: `decoder(layers: 4, width: 64, attention: mamba(), feedForward: none(), …)`.

import Blocks
import Tensors

extension Builder {
  static let stateSpaces: [Builder] = [
    Builder(
      "s4d", makes: .mixer,
      [
        .labelled("states", .integer(1...65_536), default: .integer(32), "complex states of each channel"),
        .labelled("start", .text(S4D.Start.allCases.map(\.rawValue)), default: .text("linear"), "where decays and frequencies start"),
        .labelled("method", .text(LongConvolution.Method.allCases.map(\.rawValue)), default: .text("fourier"), "how many tokens are convolved at once"),
      ], "a linear recurrence with fixed complex decays, which is a convolution as well (S4D, Gu et al. 2022)", example: "s4d(states: 16)"
    ) { a in
      let states = try a.integer("states"), start = S4D.Start(rawValue: try a.text("start")) ?? .linear
      let method = LongConvolution.Method(rawValue: try a.text("method")) ?? .fourier
      return BlockMaker("mixer") { S4D($0.width, states: states, start: start, method: method) }
    },
    Builder(
      "mamba", makes: .mixer,
      [
        .optional("inner", .size, "channels of the recurrence; twice the stack's width if left out"),
        .labelled("states", .integer(1...4096), default: .integer(16), "states of each channel"),
        .optional("rank", .size, "numbers that the step is made from; width / 16 if left out"),
        .labelled("taps", .integer(1...4096), default: .integer(4), "tokens that the convolution sees"),
        .labelled("norm", .text(["none", "plain", "learned"]), default: .text("none"), "of the chosen step, input and read-out: plain in Falcon-Mamba, learned in Jamba"),
        epsilon(1e-6), activation, bias, convolutionBias,
      ], "a recurrence whose step, input and read-out each token chooses (Mamba, Gu & Dao 2023)", example: "mamba(states: 8, norm: \"learned\", epsilon: 1e-6)"
    ) { a in
      let states = try a.integer("states"), taps = try a.integer("taps"), epsilon = Float(try a.number("epsilon")), norm: Mamba.SelectionNorm
      switch try a.text("norm") {
      case "plain": norm = .plain(epsilon: epsilon)
      case "learned": norm = .learned(epsilon: epsilon)
      default: norm = .none
      }
      let activation = try activation(a), bias = try a.boolean("bias"), convolutionBias = try a.boolean("convolutionBias")
      return BlockMaker("mixer") {
        Mamba(
          $0.width, inner: a.optionalInteger("inner"), states: states, rank: a.optionalInteger("rank"), taps: taps, activation: activation, bias: bias,
          convolutionBias: convolutionBias, selectionNorm: norm)
      }
    },
    Builder(
      "mamba2", makes: .mixer,
      [
        .labelled("heads", .heads, "heads, each with a decay of its own"),
        .optional("headWidth", .integer(1...65_536), "channels of a head; 2 · width / heads if left out"),
        .labelled("states", .integer(1...65_536), default: .integer(128), "rows of a head's state"),
        .labelled("groups", .heads, default: .integer(1), "groups of heads that share input and read-out"),
        .labelled("taps", .integer(1...4096), default: .integer(4), "tokens that the convolution sees"),
        .labelled(
          "gate", .text(["plain", "thenNorm", "afterNorm"]), default: .text("thenNorm"),
          "between the recurrence and the output: y·silu(z), its norm, or the norm of y times silu(z) (Falcon-H1 knows all three)"),
        epsilon(1e-5), activation, bias, .optional("outputBias", .boolean, "a bias of the output; as of the input if left out"), convolutionBias,
        .labelled("leastStep", .number(0...1e30), default: .number(0), "the step is at least this"),
        .optional("mostStep", .number(0...1e30), "the step is at most this; without end if left out"),
        inputFactor, .optional("sectionFactors", .list(of: .factor), "factors of gate, x, B, C and step as they leave the input's product (Falcon-H1)"), outputFactor,
      ], "linear attention under a decay that each token chooses (Mamba-2, Dao & Gu 2024)", example: "mamba2(heads: 4, states: 16, groups: 2, gate: \"afterNorm\")"
    ) { a in
      let heads = try a.integer("heads"), groups = try a.integer("groups"), states = try a.integer("states"), taps = try a.integer("taps")
      let epsilon = Float(try a.number("epsilon")), activation = try activation(a), bias = try a.boolean("bias"), convolutionBias = try a.boolean("convolutionBias")
      let gate: Mamba2.Gate = switch try a.text("gate") {
      case "plain": .plain
      case "afterNorm": .afterNorm(epsilon: epsilon)
      default: .thenNorm(epsilon: epsilon)
      }
      let least = Float(try a.number("leastStep")), most = a.optionalNumber("mostStep").map { Float($0) } ?? .infinity
      guard least <= most else { throw a.contradiction("leastStep \(least) is more than mostStep \(most)") }
      let sections = a.has("sectionFactors") ? a.numbers("sectionFactors").map { Float($0) } : Mamba2.Factors.none.sections
      guard sections.count == 5 else { throw a.contradiction("sectionFactors are five: of gate, x, B, C and step, not \(sections.count)") }
      // The factor of what comes in stands inside of the block, where the reference has it.
      let factors = Mamba2.Factors(input: Float(try a.number("inputFactor")), sections: sections), output = Float(try a.number("outputFactor"))
      return BlockMaker("mixer") { site in
        let headWidth = a.optionalInteger("headWidth") ?? max(1, 2 * site.width / heads)
        let block = Mamba2(
          site.width, heads: heads, headWidth: headWidth, states: states, groups: groups, taps: taps, activation: activation, bias: bias,
          convolutionBias: convolutionBias, outputBias: a.optionalBoolean("outputBias"), gate: gate, stepLimit: least...most, factors: factors)
        guard heads % groups == 0 else {
          return Unfit(block, "share among heads", expected: "\(heads) heads must be a multiple of \(groups) groups", sizes: [groups, heads])
        }
        guard a.optionalInteger("headWidth") != nil || 2 * site.width % heads == 0 else {
          return Unfit(
            block, "split into heads", expected: "twice the width \(site.width) must be a multiple of \(heads) heads (or give headWidth)",
            sizes: [heads, 2 * site.width / heads])
        }
        return output == 1 ? block : Scaled(block, by: output)
      }
    },
  ]

  private static let activation = BuilderParameter.labelled("activation", .text(activations), default: .text("silu"), "what the convolution goes through")
  private static let bias = BuilderParameter.labelled("bias", .boolean, default: .boolean(false), "biases of the products that come in and go out")
  private static let convolutionBias = BuilderParameter.labelled("convolutionBias", .boolean, default: .boolean(true), "a bias of the convolution")
  private static func activation(_ a: BuilderArguments) throws -> Unary.Function { Unary.Function(rawValue: try a.text("activation")) ?? .silu }
}
