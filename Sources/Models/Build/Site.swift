// Where a block is to stand. Builders of mixers, feed-forwards and norms make *makers*: the width, the mask and the positions come
// from the stack that they are put into, so that one `grouped(heads: 8, keyValue: 2)` serves every layer.

import Blocks

/// What a block takes from its surroundings.
public struct Site: Sendable {
  /// Width of the residual stream.
  public var width: Int
  /// Number of the layer in its stack, and of all layers.
  public var layer = 0, layers = 1
  /// Of how many blocks that are made here there will be one each: of all layers, and of all experts of theirs. What is made in numbers asks `afford`.
  public private(set) var copies = 1
  public var mask: Mask = .causal
  public var position: PositionScheme = .absent
  /// Where keys and values come from: the encoder's output in cross-attention.
  public var source: Attention.Source = .own
  /// What stood here before, where a part is exchanged.
  public var replaced: (any Block)?
  /// Longest text, if the architecture has a bound.
  public var context: Int?
  private let tables: Tables

  public init(width: Int, layers: Int = 1, mask: Mask = .causal, position: PositionScheme = .absent, context: Int? = nil, copies: Int? = nil) {
    (self.width, self.layers, self.mask, self.position, self.context) = (width, layers, mask, position, context)
    (self.copies, tables) = (copies ?? max(1, layers), Tables())
  }

  /// The same place in another layer.
  public func layer(_ index: Int) -> Site {
    var copy = self
    copy.layer = index
    return copy
  }

  /// The positions of an attention block with these heads. One table of relative positions serves a whole stack.
  func positions(_ scheme: PositionScheme? = nil, heads: Int, headWidth: Int) -> Position {
    switch source == .encoder ? .absent : scheme ?? position {
    case .absent, .learned, .sinusoidal: return .none
    case .rotary(let rope): return .rotary(rope.of(headWidth: headWidth))
    case .relative(let buckets, let farthest):
      let bothSides = mask == .bidirectional
      return .relative(tables.table(heads: heads, buckets: buckets, farthest: farthest, bothSides: bothSides))
    case .linear: return .linear(ALiBi(heads: heads))
    }
  }

  /// The place of each of `count` blocks that are made here: of every layer, and inside of what was made in numbers before.
  /// - Throws: `BuildFailure` for more of them than a session should hold, before any is made.
  public func afford(_ count: Int, of what: String, in builder: String) throws -> Site {
    let (all, overflow) = count.multipliedReportingOverflow(by: copies)
    guard !overflow, all <= 1 << 16 else {
      let places = copies == layers ? "\(layers) layers" : "\(copies) places"
      throw BuildFailure.contradiction(builder: builder, "\(count) \(what) in each of \(places) are too many (at most \(1 << 16) in all)")
    }
    var inner = self
    inner.copies = all
    return inner
  }
}

/// Tables that the layers of a stack share. Made and read while one architecture is put together, by one thread.
private final class Tables: @unchecked Sendable {
  private var known: [[Int]: RelativeBias] = [:]

  func table(heads: Int, buckets: Int, farthest: Int, bothSides: Bool) -> RelativeBias {
    let key = [heads, buckets, farthest, bothSides ? 1 : 0]
    if let table = known[key] { return table }
    let fresh = RelativeBias(heads: heads, buckets: buckets, farthest: farthest, bothSides: bothSides)
    known[key] = fresh
    return fresh
  }
}

/// A block that is made where it stands.
public struct BlockMaker: Sendable {
  /// The name of its step in the path: "attention", "mixer", "feedForward", "norm".
  public let slot: String
  /// Sizes that do not fit are no errors here: the block is made `Unfit`, so that it can be drawn and its fault has a path.
  public let make: @Sendable (Site) throws -> any Block

  public init(_ slot: String, _ make: @escaping @Sendable (Site) throws -> any Block) { (self.slot, self.make) = (slot, make) }
}

/// How a stack knows the order of its tokens.
public enum PositionScheme: Sendable, Hashable {
  /// It does not.
  case absent
  /// A learned row for each position, added to the embedding.
  case learned(Learned)
  case sinusoidal(base: Double)
  case rotary(Rotary)
  case relative(buckets: Int, farthest: Int)
  /// ALiBi.
  case linear

  /// Learned positions before their number is known.
  public struct Learned: Sendable, Hashable {
    /// Row of position 0.
    public var offset = 0
    /// Tokens of this id are not counted and stand on the row before position 0.
    public var padding: Int?
    /// Each stack of an encoder–decoder has a table of its own.
    public var isPerStack = false
  }

  /// RoPE before the head's width is known.
  public struct Rotary: Sendable, Hashable {
    public var base: Double, part: Double
    public var layout: RoPE.Layout
    public var scaling: RoPE.Scaling
    public var isPlanar = false

    /// Numbers turn in pairs: an odd part takes one more, as the reference's tables of ⌈part/2⌉ angles do.
    func of(headWidth: Int) -> RoPE {
      let part = Int(Double(headWidth) * part + 1e-9)
      return RoPE(base: Float(base), width: (part + 1) / 2 * 2, part: part, layout: layout, scaling: scaling, isPlanar: isPlanar)
    }
  }
}

/// Stands where a part is left out: `feedForward: none()`.
public struct Nothing: Sendable {}
