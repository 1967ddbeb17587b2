// Where a block is to stand. Builders of mixers, feed-forwards and norms make *makers*: the width, the mask and the positions come
// from the stack that they are put into, so that one `grouped(heads: 8, keyValue: 2)` serves every layer.

import Blocks

/// What a block takes from its surroundings.
public struct Site: Sendable {
  /// Width of the residual stream.
  public var width: Int
  /// Number of the layer in its stack, and of all layers.
  public var layer = 0, layers = 1
  public var mask: Mask = .causal
  public var position: PositionScheme = .none
  /// Where keys and values come from: the encoder's output in cross-attention.
  public var source: Attention.Source = .own
  /// What stood here before, where a part is exchanged.
  public var replaced: (any Block)?
  /// Longest text, if the architecture has a bound.
  public var context: Int?
  private let tables: Tables

  public init(width: Int, layers: Int = 1, mask: Mask = .causal, position: PositionScheme = .none, context: Int? = nil) {
    (self.width, self.layers, self.mask, self.position, self.context) = (width, layers, mask, position, context)
    tables = Tables()
  }

  /// The same place in another layer.
  public func layer(_ index: Int) -> Site {
    var copy = self
    copy.layer = index
    return copy
  }

  /// The positions of an attention block with these heads. One table of relative positions serves a whole stack.
  func positions(_ scheme: PositionScheme? = nil, heads: Int, headWidth: Int) -> Position {
    switch source == .encoder ? .none : scheme ?? position {
    case .none, .learned, .sinusoidal: return .none
    case .rotary(let rope): return .rotary(rope.of(headWidth: headWidth))
    case .relative(let buckets, let farthest):
      let bothSides = mask == .bidirectional
      return .relative(tables.table(heads: heads, buckets: buckets, farthest: farthest, bothSides: bothSides))
    case .linear: return .linear(ALiBi(heads: heads))
    }
  }

  /// Refuses more blocks of one kind than a session should hold: `count` for each of the site's layers.
  public func afford(_ count: Int, of what: String, in builder: String) throws {
    guard count.multipliedReportingOverflow(by: layers).partialValue <= 1 << 16, count <= 1 << 16 else {
      throw BuildFailure.contradiction(builder: builder, "\(count) \(what) in each of \(layers) layers are too many (at most \(1 << 16) in all)")
    }
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
  case none
  /// A learned row for each position, added to the embedding.
  case learned
  case sinusoidal(base: Double)
  case rotary(Rotary)
  case relative(buckets: Int, farthest: Int)
  /// ALiBi.
  case linear

  /// RoPE before the head's width is known.
  public struct Rotary: Sendable, Hashable {
    public var base: Double, part: Double
    public var layout: RoPE.Layout
    public var scaling: RoPE.Scaling

    func of(headWidth: Int) -> RoPE {
      RoPE(base: Float(base), width: Int((Double(headWidth) * part).rounded()), layout: layout, scaling: scaling)
    }
  }
}

/// Stands where a part is left out: `feedForward: none()`.
public struct Nothing: Sendable {}
