// Builders of attention: multi-head, multi-query and grouped are one block with other numbers of key/value heads.

import Blocks

extension Builder {
  static let attentions: [Builder] = [
    attention("multiHead", "every head has its own keys and values (Vaswani et al. 2017)", example: "multiHead(heads: 8)"),
    attention("multiQuery", "all heads share one key and value (Shazeer 2019)", example: "multiQuery(heads: 8)"),
    attention("grouped", "groups of heads share keys and values (Ainslie et al. 2023)", example: "grouped(heads: 8, keyValue: 2)"),
  ]

  private static func attention(_ name: String, _ about: String, example: String) -> Builder {
    let groups: [BuilderParameter] = name == "grouped" ? [.labelled("keyValue", .heads, "key/value heads; the query heads share them evenly")] : []
    return Builder(
      name, makes: .mixer,
      [.labelled("heads", .heads, "query heads")] + groups + [
        .optional("headWidth", .integer(1...65_536), "numbers of a head; width / heads if left out"),
        .optional("window", .size, "looks at so many last tokens only, itself included"),
        .optional("mask", .made(.mask), "who may look at whom; the stack's if left out"),
        .optional("position", .made(.position), "how it knows the order; the stack's if left out"),
        .labelled("bias", .boolean, default: .boolean(false), "biases of query, key, value and output"),
        .optional("outputBias", .boolean, "a bias of the output; as the others if left out"),
        .labelled("headNorm", .boolean, default: .boolean(false), "norms each head's queries and keys (Qwen3)"),
        .optional("scale", .number(1e-6...1e6), "factor of the scores; 1/√headWidth if left out"),
        .optional("width", .size, "width that it reads and writes; the stack's if left out"),
      ], about, example: example
    ) { a in
      let heads = try a.integer("heads")
      let groups = name == "grouped" ? try a.integer("keyValue") : name == "multiQuery" ? 1 : heads
      let (bias, headNorm) = (try a.boolean("bias"), try a.boolean("headNorm"))
      let mask: Mask? = a.optional("mask"), scheme: PositionScheme? = a.optional("position")
      return BlockMaker("attention") { site in
        let width = a.optionalInteger("width") ?? site.width
        let headWidth = a.optionalInteger("headWidth") ?? max(1, width / heads)
        let own = mask ?? site.mask
        let position = site.positions(scheme, heads: heads, headWidth: headWidth)
        let block = Attention(
          width, heads: heads, groups: groups, headWidth: headWidth, scale: a.optionalNumber("scale").map { Float($0) },
          mask: a.optionalInteger("window").map { own == .causal ? .window($0) : own & .window($0) } ?? own,
          position: position, source: site.source, bias: bias, outputBias: a.optionalBoolean("outputBias"), headNorm: headNorm ? 1e-6 : nil)
        if a.optionalInteger("headWidth") == nil, width % heads != 0 {
          return Unfit(block, "split into heads", expected: "the width \(width) must be a multiple of \(heads) heads (or give headWidth)", sizes: [heads, headWidth])
        }
        if groups > heads || heads % groups != 0 {
          return Unfit(block, "group the heads", expected: "\(heads) query heads must share \(groups) key/value heads evenly", sizes: [groups, headWidth])
        }
        if case .rotary(let rope) = position, rope.width % 2 != 0 || rope.width < 2 || rope.width > headWidth {
          return Unfit(block, "rotate", expected: "rotary positions turn pairs: an even part of the head width \(headWidth)", sizes: [heads, rope.width])
        }
        return block
      }
    }
  }
}
