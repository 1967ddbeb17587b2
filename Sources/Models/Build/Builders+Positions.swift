// Builders of positions. Where they work (in the embedding, in the heads, in the scores) is the scheme's.

import Blocks

extension Builder {
  static let positions: [Builder] = [
    Builder(
      "rope", makes: .position,
      [
        .labelled("base", .number(1.000001...1e12), default: .number(10_000), "θ: the slowest pair turns by about 1/θ a token"),
        .labelled("part", .number(0.001...1), default: .number(1), "the part of each head that turns"),
        .labelled("layout", .text(["half", "interleaved"]), default: .text("half"), "pairs (m, m + r/2) or (2m, 2m + 1)"),
        .labelled("planar", .boolean, default: .boolean(false), "half of each head turns by the place in the text, half by the place in a blank (ChatGLM-6B)"),
        .optional("stretch", .number(1...1e6), "divides every frequency: position interpolation"),
      ], "turns queries and keys by their positions (Su et al. 2021)", example: "rope(base: 10000)"
    ) { a in
      PositionScheme.rotary(
        .init(
          base: try a.number("base"), part: try a.number("part"), layout: RoPE.Layout(rawValue: try a.text("layout")) ?? .half,
          scaling: a.optionalNumber("stretch").map { .linear(factor: Float($0)) } ?? .none,
          isPlanar: try a.boolean("planar")))
    },
    Builder("learned", makes: .position, [], "a learned row for each position, added to the embedding", example: "learned()") { _ in PositionScheme.learned },
    Builder(
      "sinusoidal", makes: .position, [.labelled("base", .number(1.000001...1e12), default: .number(10_000), "the longest wave is about 2π·base")],
      "sine and cosine in turn, added to the embedding (Vaswani et al. 2017)", example: "sinusoidal()"
    ) { a in PositionScheme.sinusoidal(base: try a.number("base")) },
    Builder(
      "relative", makes: .position,
      [
        .labelled("buckets", .integer(4...4096), default: .integer(32), "how many distances have a number of their own"),
        .labelled("farthest", .integer(2...1 << 30), default: .integer(128), "where the last bucket ends"),
      ], "a learned number for each head and bucket of distances, added to the scores (T5)", example: "relative(buckets: 32)"
    ) { a in
      let (buckets, farthest) = (try a.integer("buckets"), try a.integer("farthest"))
      guard farthest > buckets / 2 else { throw a.contradiction("farthest \(farthest) must be larger than half of the \(buckets) buckets") }
      return PositionScheme.relative(buckets: buckets, farthest: farthest)
    },
    Builder("alibi", makes: .position, [], "a penalty on the scores that grows with the distance (Press et al. 2021)", example: "alibi()") { _ in PositionScheme.linear },
  ]
}
