// Masks are values with an algebra: who may look at whom, and why not. How a mask reaches the kernels is MaskPlan's.

import Tensors

/// Who may look at whom. Positions count from 0; the query stands at `i`, the key at `j`.
public indirect enum Mask: Hashable, Sendable {
  case bidirectional
  case causal
  /// Only keys at or after the query: the right-to-left language model.
  case reverseCausal
  /// The last `count` keys, the query's own included: i − count < j ≤ i.
  case window(Int)
  /// Keys at most `distance` away on either side.
  case near(Int)
  /// Causal, and all may look at the first `count`.
  case prefix(Int)
  /// Blocks of `size`: each looks at itself and at the blocks before it.
  case blockCausal(Int)
  /// Blocks of `size`: each looks at itself only, causally.
  case chunked(Int)
  /// Block diffusion's training mask over [noisy; clean] of 2·length tokens (Arriola et al. 2025).
  case blockDiffusion(block: Int, length: Int)
  /// Keys that are real tokens and no padding.
  case padding([Bool])
  /// Written out: rows of queries.
  case table([[Bool]])
  case and(Mask, Mask)
  case or(Mask, Mask)
  case not(Mask)

  public static func & (a: Mask, b: Mask) -> Mask { .and(a, b) }
  public static func | (a: Mask, b: Mask) -> Mask { .or(a, b) }
  public static prefix func ! (a: Mask) -> Mask { .not(a) }

  /// May the query at `i` look at the key at `j`?
  public func allows(_ i: Int, _ j: Int) -> Bool {
    switch self {
    case .bidirectional: true
    case .causal: j <= i
    case .reverseCausal: j >= i
    case .window(let count): j <= i && j > i - count
    case .near(let distance): abs(i - j) <= distance
    case .prefix(let count): j <= i || j < count
    case .blockCausal(let size): j / size <= i / size
    case .chunked(let size): j <= i && j / size == i / size
    case .blockDiffusion(let block, let length): Mask.diffuses(i, j, block, length)
    case .padding(let real): real.indices.contains(j) && real[j]
    case .table(let rows): rows.indices.contains(i) && rows[i].indices.contains(j) && rows[i][j]
    case .and(let a, let b): a.allows(i, j) && b.allows(i, j)
    case .or(let a, let b): a.allows(i, j) || b.allows(i, j)
    case .not(let a): !a.allows(i, j)
    }
  }

  private static func diffuses(_ i: Int, _ j: Int, _ block: Int, _ length: Int) -> Bool {
    let (noisyQuery, noisyKey) = (i < length, j < length)
    let (queryBlock, keyBlock) = ((i % length) / block, (j % length) / block)
    switch (noisyQuery, noisyKey) {
    case (true, true): return queryBlock == keyBlock
    case (true, false): return keyBlock < queryBlock
    case (false, true): return false
    case (false, false): return keyBlock <= queryBlock
    }
  }

  /// Why the query at `i` may not look at the key at `j`; nil if it may.
  public func why(_ i: Int, _ j: Int) -> String? {
    if allows(i, j) { return nil }
    switch self {
    case .causal: return "\(j) comes after \(i): a causal mask hides the future"
    case .reverseCausal: return "\(j) comes before \(i), and this mask reads from the right"
    case .window(let count) where j > i: return "\(j) comes after \(i) (window of \(count))"
    case .window(let count): return "\(j) is \(i - j) back; the window holds \(count), the token itself included"
    case .near(let distance): return "\(j) is \(abs(i - j)) away; at most \(distance) may be seen"
    case .prefix(let count): return "\(j) comes after \(i), and lies outside of the prefix of \(count)"
    case .blockCausal(let size): return "\(j) lies in block \(j / size), after block \(i / size) of \(i)"
    case .chunked(let size):
      return j > i ? "\(j) comes after \(i)" : "\(j) lies in chunk \(j / size), \(i) in chunk \(i / size)"
    case .blockDiffusion(_, let length):
      return i >= length && j < length ? "clean tokens never look at noisy ones" : "the blocks do not allow it"
    case .padding: return "\(j) is padding"
    case .and(let a, let b): return a.why(i, j) ?? b.why(i, j)
    case .or(let a, let b): return "\(a.why(i, j) ?? ""); and \(b.why(i, j) ?? "")"
    default: return "\(i) may not look at \(j)"
    }
  }

  /// Rows of queries, columns of keys.
  public func matrix(queries: Range<Int>, keys: Range<Int>) -> [[Bool]] {
    queries.map { i in keys.map { allows(i, $0) } }
  }

  /// 0 where a query may look, −∞ where not: what is added to the scores.   [queries, keys]
  public func tensor(queries: Range<Int>, keys: Range<Int>) -> Tensor {
    Tensor(queries.flatMap { i in keys.map { allows(i, $0) ? 0 : -.infinity } }, [queries.count, keys.count])
  }

  /// The mask in words, as figures and traces name it.
  public var described: String {
    switch self {
    case .bidirectional: "bidirectional"
    case .causal: "causal"
    case .reverseCausal: "reverse causal"
    case .window(let count): "sliding window of \(count)"
    case .near(let distance): "at most \(distance) away"
    case .prefix(0): "prefix as long as the source"
    case .prefix(let count): "prefix of \(count)"
    case .blockCausal(let size): "block-causal, blocks of \(size)"
    case .chunked(let size): "chunks of \(size)"
    case .blockDiffusion(let block, _): "block diffusion, blocks of \(block)"
    case .padding: "padding"
    case .table: "given table"
    case .and(let a, let b): "\(a.described) and \(b.described)"
    case .or(let a, let b): "\(a.described) or \(b.described)"
    case .not(let a): "not \(a.described)"
    }
  }

  /// Whether a prefix in it is as long as what is read first.
  var followsPrompt: Bool { reading(prefix: 1) != self }

  /// The same mask where a prefix "as long as the source" is `count` tokens long.
  public func reading(prefix count: Int) -> Mask {
    switch self {
    case .prefix(0): .prefix(count)
    case .and(let a, let b): .and(a.reading(prefix: count), b.reading(prefix: count))
    case .or(let a, let b): .or(a.reading(prefix: count), b.reading(prefix: count))
    case .not(let a): .not(a.reading(prefix: count))
    default: self
    }
  }

  /// As `described`, and what two masks of one kind may differ in: which tokens, which cells.
  public var exactly: String {
    func bits(_ cells: [Bool]) -> String { cells.map { $0 ? "1" : "0" }.joined() }
    return switch self {
    case .padding(let real): "padding \(bits(real))"
    case .table(let rows): "table \(rows.map(bits).joined(separator: "/"))"
    case .and(let a, let b): "\(a.exactly) and \(b.exactly)"
    case .or(let a, let b): "\(a.exactly) or \(b.exactly)"
    case .not(let a): "not \(a.exactly)"
    default: described
    }
  }

  /// Keys farther back than this are never looked at again: memory need not keep them. Nil: no bound.
  public var reach: Int? {
    switch self {
    case .window(let count): count
    case .and(let a, let b): [a.reach, b.reach].compactMap { $0 }.min()
    case .or(let a, let b): a.reach.flatMap { x in b.reach.map { max(x, $0) } }
    default: nil
    }
  }
}
