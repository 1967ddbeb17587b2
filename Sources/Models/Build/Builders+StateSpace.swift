// Builders of the state-space mixers. They stand where attention stands: `decoder(layers: 4, width: 64, attention: mamba(), feedForward: none, …)`.

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
      ], "a recurrence whose step, input and read-out each token chooses (Mamba, Gu & Dao 2023)", example: "mamba(states: 8)"
    ) { a in
      let states = try a.integer("states"), taps = try a.integer("taps"), norm: Mamba.SelectionNorm
      switch try a.text("norm") {
      case "plain": norm = .plain(epsilon: 1e-6)
      case "learned": norm = .learned(epsilon: 1e-6)
      default: norm = .none
      }
      return BlockMaker("mixer") {
        Mamba($0.width, inner: a.optionalInteger("inner"), states: states, rank: a.optionalInteger("rank"), taps: taps, selectionNorm: norm)
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
      ], "linear attention under a decay that each token chooses (Mamba-2, Dao & Gu 2024)", example: "mamba2(heads: 4, states: 16)"
    ) { a in
      let heads = try a.integer("heads"), groups = try a.integer("groups"), states = try a.integer("states"), taps = try a.integer("taps")
      return BlockMaker("mixer") { site in
        let headWidth = a.optionalInteger("headWidth") ?? max(1, 2 * site.width / heads)
        let block = Mamba2(site.width, heads: heads, headWidth: headWidth, states: states, groups: groups, taps: taps)
        guard heads % groups == 0 else {
          return Unfit(block, "share among heads", expected: "\(heads) heads must be a multiple of \(groups) groups", sizes: [groups, heads])
        }
        guard a.optionalInteger("headWidth") != nil || 2 * site.width % heads == 0 else {
          return Unfit(
            block, "split into heads", expected: "twice the width \(site.width) must be a multiple of \(heads) heads (or give headWidth)",
            sizes: [heads, 2 * site.width / heads])
        }
        return block
      }
    },
  ]
}
