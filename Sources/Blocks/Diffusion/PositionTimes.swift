// AR-Diffusion: every position has a time of its own, left tokens are clean while right ones are still noise (Wu et al. 2023, 2305.09515).

/// The line of times over positions that moves through the text.
public struct PositionTimes: Sendable, Hashable {
  /// T and the number of positions L.
  public let steps: Int, length: Int
  /// Position of the line's far end, in multiples of the length.
  public let reach: Int

  public init(steps: Int, length: Int, reach: Int = 2) { (self.steps, self.length, self.reach) = (steps, length, reach) }

  /// Sentence-level indices: a generation runs from `count − 1` down to 0.
  public var count: Int { steps + length }

  /// t(n) for the sentence-level index i: a straight line through (n_s, t_s) and (reach·L, T − 1), clipped to 0 … T − 1.   [length]
  public func times(_ i: Int) -> [Int] {
    let (ns, ts) = (max(0, length - 1 - i), max(0, i - (length - 1)))
    let (ne, te) = (reach * length, steps - 1)
    return (0..<length).map { n in
      let t = Double(n - ne) * Double(ts - te) / Double(ns - ne) + Double(te)
      return min(max(Int(t.rounded(.toNearestOrEven)), 0), steps - 1)
    }
  }
}
