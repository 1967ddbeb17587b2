// Builders of masks, and the way back: a mask that a learner composed (`causal & window(4)`) as a recipe.

import Blocks

extension Builder {
  static let masks: [Builder] = [
    mask("causal", .causal, "each token sees itself and what came before"),
    mask("bidirectional", .bidirectional, "each token sees all"),
    mask("reverseCausal", .reverseCausal, "each token sees itself and what comes after"),
    mask("window", "count", from: 1, "the last keys only, the token itself included") { .window($0) },
    mask("prefix", "count", from: 0, "causal, and all see the first tokens") { .prefix($0) },
    mask("blockCausal", "size", from: 1, "blocks see themselves and those before") { .blockCausal($0) },
    mask("near", "distance", from: 0, "keys at most so far away") { .near($0) },
    mask("chunked", "size", from: 1, "causal within chunks") { .chunked($0) },
    Builder(
      "padding", makes: .mask, [.value("real", .list(of: .boolean), "true for every real token")], "hides tokens that are padding"
    ) { a in Mask.padding(a.booleans("real")) },
    Builder("both", makes: .mask, pair, "open where both masks are") { a in Mask.and(try a.made("a"), try a.made("b")) },
    Builder("either", makes: .mask, pair, "open where one of the masks is") { a in Mask.or(try a.made("a"), try a.made("b")) },
    Builder("not", makes: .mask, [.value("mask", .made(.mask), "the mask to turn round")], "open where the mask is closed") { a in
      Mask.not(try a.made("mask"))
    },
  ]

  private static let pair: [BuilderParameter] = [.value("a", .made(.mask), "a mask"), .value("b", .made(.mask), "a mask")]

  private static func mask(_ name: String, _ mask: Mask, _ about: String) -> Builder {
    Builder(name, makes: .mask, [], about) { _ in mask }
  }

  private static func mask(_ name: String, _ label: String, from least: Int, _ about: String, _ make: @escaping @Sendable (Int) -> Mask) -> Builder {
    Builder(name, makes: .mask, [.value(label, .integer(least...1 << 24), about)], about, example: "\(name)(3)") { a in make(try a.integer(label)) }
  }
}

extension Mask {
  /// The builder calls that make this mask; nil for one that was written out cell by cell.
  public var recipe: Recipe? {
    func sized(_ name: String, _ label: String, _ n: Int) -> Recipe { Recipe(name, [.init(label, .integer(n))]) }
    func pair(_ name: String, _ a: Mask, _ b: Mask) -> Recipe? {
      a.recipe.flatMap { a in b.recipe.map { b in Recipe(name, [.init("a", .call(a)), .init("b", .call(b))]) } }
    }
    return switch self {
    case .causal: Recipe("causal")
    case .bidirectional: Recipe("bidirectional")
    case .reverseCausal: Recipe("reverseCausal")
    case .window(let n): sized("window", "count", n)
    case .prefix(let n): sized("prefix", "count", n)
    case .blockCausal(let n): sized("blockCausal", "size", n)
    case .near(let n): sized("near", "distance", n)
    case .chunked(let n): sized("chunked", "size", n)
    case .padding(let real): Recipe("padding", [.init("real", .list(real.map { .boolean($0) }))])
    case .and(let a, let b): pair("both", a, b)
    case .or(let a, let b): pair("either", a, b)
    case .not(let a): a.recipe.map { Recipe("not", [.init("mask", .call($0))]) }
    case .blockDiffusion, .table: nil
    }
  }
}
