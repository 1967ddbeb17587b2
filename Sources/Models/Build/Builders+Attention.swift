// Builders of attention: multi-head, multi-query and grouped are one block with other numbers of key/value heads.

import Blocks

extension Builder {
  static let attentions: [Builder] = [
    attention("multiHead", "every head has its own keys and values (Vaswani et al. 2017)", example: "multiHead(heads: 8)"),
    attention("multiQuery", "all heads share one key and value (Shazeer 2019)", example: "multiQuery(heads: 8)"),
    attention("grouped", "groups of heads share keys and values (Ainslie et al. 2023)", example: "grouped(heads: 8, keyValue: 2, headNorm: rmsNorm(), sinks: true, gated: true)"),
  ]

  private static func attention(_ name: String, _ about: String, example: String) -> Builder {
    let groups: [BuilderParameter] = name == "grouped" ? [.labelled("keyValue", .heads, "key/value heads; the query heads share them evenly")] : []
    return Builder(
      name, makes: .mixer,
      [.labelled("heads", .heads, "query heads")] + groups + [
        .optional("headWidth", .integer(1...65_536), "numbers of a head; width / heads if left out"),
        .optional("window", .size, "looks at keys less than so many places away, of those that the mask lets it see: causal, the last ones, itself included"),
        .optional("mask", .made(.mask), "who may look at whom; the stack's if left out"),
        .optional("position", .orNone(.position), "how it knows the order; the stack's if left out, not at all: none()"),
        .labelled("bias", .boolean, default: .boolean(false), "biases of query, key, value and output"),
        .optional("outputBias", .boolean, "a bias of the output; as the others if left out"),
        .labelled("headNorm", .either([.boolean, .made(.norm)]), default: .boolean(false), "norms each head's queries and keys (Qwen3): rmsNorm(…), or true for its default"),
        .optional("scale", .number(1e-6...1e6), "factor of the scores; 1/√headWidth if left out"),
        .labelled("gated", .boolean, default: .boolean(false), "multiplies what is mixed by a sigmoid that the query's product makes beside the query (Qwen3-Next)"),
        .labelled("sinks", .boolean, default: .boolean(false), "a learned logit of each head takes a share of the softmax and gives nothing back (gpt-oss)"),
        .optional("width", .size, "width that it reads and writes; the stack's if left out"), inputFactor, outputFactor,
      ], about, example: example
    ) { a in
      let heads = try a.integer("heads")
      let groups = name == "grouped" ? try a.integer("keyValue") : name == "multiQuery" ? 1 : heads
      let bias = try a.boolean("bias"), isGated = try a.boolean("gated"), sinks = try a.boolean("sinks")
      let mask: Mask? = a.optional("mask"), scheme = try a.positionScheme(), headNorm = try headNorm(a), factors = try Factors(a)
      return BlockMaker("attention") { site in
        let width = a.optionalInteger("width") ?? site.width
        let headWidth = a.optionalInteger("headWidth") ?? max(1, width / heads)
        let position = site.positions(scheme, heads: heads, headWidth: headWidth)
        // The whole source is there to be looked at.
        let own = site.source == .encoder ? .bidirectional : (mask ?? site.mask).within(a.optionalInteger("window"))
        let block = Attention(
          width, heads: heads, groups: groups, headWidth: headWidth, scale: a.optionalNumber("scale").map { Float($0) },
          mask: own, position: position, source: site.source, bias: bias,
          outputBias: a.optionalBoolean("outputBias"), headNorm: headNorm?.epsilon, headNormOffset: headNorm?.offset ?? 0, isGated: isGated, sinks: sinks)
        if a.optionalInteger("headWidth") == nil, width % heads != 0 {
          return Unfit(block, "split into heads", expected: "the width \(width) must be a multiple of \(heads) heads (or give headWidth)", sizes: [heads, headWidth])
        }
        if groups > heads || heads % groups != 0 {
          return Unfit(block, "group the heads", expected: "\(heads) query heads must share \(groups) key/value heads evenly", sizes: [groups, headWidth])
        }
        if case .rotary(let rope) = position, rope.width < 2 || rope.width > headWidth || (rope.isPlanar && rope.width % 4 != 0) {
          return Unfit(block, "rotate", expected: "rotary positions turn pairs: an even part of the head width \(headWidth)", sizes: [heads, rope.part])
        }
        if case .rotary(let rope) = position, case .longrope(let short, _, _, _) = rope.scaling, short.count != rope.width / 2 {
          return Unfit(block, "stretch the positions", expected: "longRope needs a factor for each of the \(rope.width / 2) pairs of a head, not \(short.count)", sizes: [heads, rope.width])
        }
        return factors.around(block)
      }
    }
  }

  /// The norm of each head, as it is asked for.
  private static func headNorm(_ a: BuilderArguments) throws -> RMSNorm? {
    guard let maker: BlockMaker = a.optional("headNorm") else { return try a.boolean("headNorm") ? RMSNorm(1) : nil }
    guard let norm = try maker.make(Site(width: 1)) as? RMSNorm else { throw a.contradiction("headNorm is an rmsNorm(…): it divides each head by its size and moves nothing") }
    return norm
  }

  static let inputFactor = BuilderParameter.labelled("inputFactor", .factor, default: .number(1), "what it reads is multiplied by this (Falcon-H1)")
  static let outputFactor = BuilderParameter.labelled("outputFactor", .factor, default: .number(1), "what it gives is multiplied by this (Falcon-H1)")

  /// Fixed numbers that a part's input and output are multiplied by.
  struct Factors {
    let input: Float, output: Float

    init(_ a: BuilderArguments) throws { (input, output) = (Float(a.optionalNumber("inputFactor") ?? 1), Float(try a.number("outputFactor"))) }

    func around(_ block: any Block) -> any Block { input == 1 && output == 1 ? block : Scaled(block, by: output, input: input) }
  }
}

extension BuilderArguments {
  /// The positions of a mixer of its own; nil: those of the stack.
  func positionScheme() throws -> PositionScheme? {
    if optional("position", as: Nothing.self) != nil { return .absent }
    let scheme: PositionScheme? = optional("position")
    switch scheme {
    case .learned, .sinusoidal: throw contradiction("learned() and sinusoidal() are added to the embedding: give them to the stack")
    default: return scheme
    }
  }
}

extension Mask {
  /// The same mask, as far as keys less than `count` places away.
  func within(_ count: Int?) -> Mask {
    guard let count else { return self }
    return self == .causal ? .window(count) : self & .near(count - 1)
  }
}
