// Builders of positions, and of the ways in which rotary ones are stretched to longer texts. Where positions work (in the embedding, in the heads,
// in the scores) is the scheme's.

import Blocks

extension Builder {
  static let positions: [Builder] = [
    Builder(
      "rope", makes: .position,
      [
        base, .labelled("part", .number(0.001...1), default: .number(1), "the part of each head that turns"),
        .labelled("layout", .text(["half", "interleaved"]), default: .text("half"), "pairs (m, m + r/2) or (2m, 2m + 1)"),
        .labelled("planar", .boolean, default: .boolean(false), "half of each head turns by the place in the text, half by the place in a blank (ChatGLM-6B)"),
        .optional("scaling", .made(.scaling), "how the frequencies are stretched to longer texts; not at all if left out"),
        .optional("stretch", .number(1...1e6), "the same as scaling: linearScaling(factor: …)"),
      ], "turns queries and keys by their positions (Su et al. 2021)", example: "rope(base: 500000, scaling: llama3Scaling(factor: 8, original: 8192))"
    ) { a in
      let scaling: RoPE.Scaling? = a.optional("scaling"), stretch = a.optionalNumber("stretch")
      guard scaling == nil || stretch == nil else { throw a.contradiction("stretch and scaling are two words for one thing: give one of them") }
      return PositionScheme.rotary(
        .init(
          base: try a.number("base"), part: try a.number("part"), layout: RoPE.Layout(rawValue: try a.text("layout")) ?? .half,
          scaling: scaling ?? stretch.map { .linear(factor: Float($0)) } ?? .none, isPlanar: try a.boolean("planar")))
    },
    Builder(
      "learned", makes: .position,
      [
        .labelled("offset", .integer(0...1 << 24), default: .integer(0), "row of position 0; there are so many rows more than the context (RoBERTa and BART: 2)"),
        .optional("padding", .integer(0...1 << 24), "tokens of this id stand on the row before position 0 and are not counted (RoBERTa)"),
        .labelled("perStack", .boolean, default: .boolean(false), "a table in each stack, with the embedding's norm behind it, instead of one in the embedding (BART)"),
      ], "a learned row for each position, added to the embedding", example: "learned(offset: 2)"
    ) { a in
      let learned = PositionScheme.Learned(offset: try a.integer("offset"), padding: a.optionalInteger("padding"), isPerStack: try a.boolean("perStack"))
      guard learned.padding == nil || learned.offset > 0 else { throw a.contradiction("padding stands on the row before position 0: give an offset of at least 1") }
      guard learned.padding == nil || !learned.isPerStack else { throw a.contradiction("a table in each stack sees no ids: padding cannot be told apart there") }
      return PositionScheme.learned(learned)
    },
    Builder("sinusoidal", makes: .position, [base], "sine and cosine in turn, added to the embedding (Vaswani et al. 2017)", example: "sinusoidal()") { a in
      PositionScheme.sinusoidal(base: try a.number("base"))
    },
    Builder(
      "relative", makes: .position,
      [
        .labelled("buckets", .integer(4...1 << 20), default: .integer(32), "how many distances have a number of their own"),
        .labelled("farthest", .integer(2...1 << 30), default: .integer(128), "where the last bucket ends"),
      ], "a learned number for each head and bucket of distances, added to the scores (T5)", example: "relative(buckets: 32)"
    ) { a in
      let (buckets, farthest) = (try a.integer("buckets"), try a.integer("farthest"))
      guard farthest > buckets / 2 else { throw a.contradiction("farthest \(farthest) must be larger than half of the \(buckets) buckets") }
      return PositionScheme.relative(buckets: buckets, farthest: farthest)
    },
    Builder("alibi", makes: .position, [], "a penalty on the scores that grows with the distance (Press et al. 2021)", example: "alibi()") { _ in PositionScheme.linear },
  ]

  static let scalings: [Builder] = [
    Builder("linearScaling", makes: .scaling, [factor], "every frequency divided: position interpolation (Chen et al. 2023)", example: "linearScaling(factor: 4)") { a in
      RoPE.Scaling.linear(factor: Float(try a.number("factor")))
    },
    Builder(
      "dynamicScaling", makes: .scaling, [factor, original("beyond this length the base grows with the text")], "a base that grows with the text (NTK-aware)",
      example: "dynamicScaling(factor: 2, original: 2048)"
    ) { a in RoPE.Scaling.dynamic(factor: Float(try a.number("factor")), original: try a.integer("original")) },
    Builder(
      "yarn", makes: .scaling,
      [
        factor, original("length that the model was trained for"),
        .labelled("fast", .number(1e-3...1e6), default: .number(32), "pairs that turn more often than this over the original length stay as they are"),
        .labelled("slow", .number(1e-3...1e6), default: .number(1), "pairs that turn less often are interpolated"),
        .optional("amplitude", .number(1e-6...1e6), "what cosine and sine are multiplied by; 0.1·ln(factor) + 1 if left out"),
        .labelled("truncate", .boolean, default: .boolean(true), "whether the ramp between them begins and ends at whole pairs"),
      ], "between interpolated and unchanged frequencies by a ramp (YaRN, Peng et al. 2023)", example: "yarn(factor: 32, original: 4096, truncate: false)"
    ) { a in
      RoPE.Scaling.yarn(
        factor: Float(try a.number("factor")), original: try a.integer("original"), fast: Float(try a.number("fast")), slow: Float(try a.number("slow")),
        attention: a.optionalNumber("amplitude").map { Float($0) }, truncate: try a.boolean("truncate"))
    },
    Builder(
      "longRope", makes: .scaling,
      [
        .labelled("short", .list(of: .number(1e-6...1e9)), "a factor for each pair, for texts up to the original length"),
        .labelled("long", .list(of: .number(1e-6...1e9)), "a factor for each pair, for longer texts"), original("length that the model was trained for"),
        .labelled("amplitude", .number(1e-6...1e6), default: .number(1), "what cosine and sine are multiplied by"),
      ], "a factor for every frequency, one list for short and one for long texts (LongRoPE, Ding et al. 2024)",
      example: "longRope(short: [1, 1, 1, 1, 1, 1, 1, 1], long: [1, 1, 2, 2, 4, 4, 8, 8], original: 4096)"
    ) { a in
      let (short, long) = (a.numbers("short"), a.numbers("long"))
      guard short.count == long.count else { throw a.contradiction("\(short.count) factors for short texts, but \(long.count) for long ones") }
      return RoPE.Scaling.longrope(
        short: short.map { Float($0) }, long: long.map { Float($0) }, original: try a.integer("original"), attention: Float(try a.number("amplitude")))
    },
    Builder(
      "llama3Scaling", makes: .scaling,
      [
        factor, .labelled("low", .number(1e-3...1e6), default: .number(1), "waves longer than original / low are divided by the factor"),
        .labelled("high", .number(1e-3...1e6), default: .number(4), "waves shorter than original / high stay as they are"), original("length that the model was trained for"),
      ], "low frequencies divided, high ones kept, blended between (Llama 3.1)", example: "llama3Scaling(factor: 8, original: 8192)"
    ) { a in
      RoPE.Scaling.llama3(
        factor: Float(try a.number("factor")), low: Float(try a.number("low")), high: Float(try a.number("high")), original: try a.integer("original"))
    },
  ]

  private static let base = BuilderParameter.labelled("base", .number(1.000001...1e12), default: .number(10_000), "θ: the slowest pair turns by about 1/θ a token")
  private static let factor = BuilderParameter.labelled("factor", .number(1e-6...1e6), "how much longer the texts become")
  private static func original(_ about: String) -> BuilderParameter { .labelled("original", .size, about) }
}
