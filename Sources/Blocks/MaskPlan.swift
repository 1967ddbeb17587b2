// From a mask and the positions of a forward to what an attention block needs: either a range of keys for each query
// (free for the fused kernel), or a tensor of 0 and −∞.

import Tensors

/// A mask for the queries and keys of one forward.
public struct MaskPlan: @unchecked Sendable {
  /// Row i looks at keys first[i] ..< last[i]. Empty if every row sees every key, or if ranges cannot say it.
  public let first: [Int], last: [Int]
  /// 0 and −∞, [t, s] or [b, 1, t, s]; nil if the ranges say all.
  public let closed: Tensor?
  let queries: Places, keys: Places, mask: Mask, padding: [[Bool]]?
  let batch: Int
  /// Ends the work of spelling the mask out; the table is poisoned then.
  let stop: UnsafeMutablePointer<Int32>?
  /// The mask in words.
  var described: String { mask.described }

  /// - Parameters:
  ///   - queries: places of the queries; keys: places of the keys, in the order of memory.
  ///   - padding: for each sequence of the batch, which keys are real tokens; nil: all.
  init(_ mask: Mask, queries: Places, keys: Places, padding: [[Bool]]?, batch: Int, stop: UnsafeMutablePointer<Int32>? = nil) {
    self.stop = stop
    (self.mask, self.queries, self.keys, self.padding, self.batch) = (mask, queries, keys, padding, batch)
    guard padding == nil, let ranges = MaskPlan.ranges(mask, queries, keys) else {
      (first, last) = ([], [])
      closed = MaskPlan.table(mask, queries, keys, padding, batch, stop)
      return
    }
    closed = nil
    (first, last) = ranges
  }

  /// A plan that nobody will look into: an outline has a shape and no numbers.
  init(outline mask: Mask, queries: Places, keys: Places, batch: Int) {
    (self.mask, self.queries, self.keys, padding, self.batch, stop) = (mask, queries, keys, nil, batch, nil)
    (first, last, closed) = ([], [], nil)
  }

  /// The same queries under a table that says all.
  init(_ plan: MaskPlan, closed: Tensor) {
    (first, last, self.closed) = ([], [], closed)
    (queries, keys, mask, padding, batch, stop) = (plan.queries, plan.keys, plan.mask, plan.padding, plan.batch, plan.stop)
  }

  /// The mask spelled out, as the unfused form adds it.   [t, s] or [b, 1, t, s]
  public var tensor: Tensor { closed ?? MaskPlan.table(mask, queries, keys, padding, batch, stop) }

  private static func table(_ mask: Mask, _ queries: Places, _ keys: Places, _ padding: [[Bool]]?, _ batch: Int, _ stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let rows = padding?.count ?? 1
    let (t, s) = (queries.count, keys.count)
    return .filling(padding == nil ? [t, s] : [rows, 1, t, s], until: stop) { numbers, range in
      for place in range {
        let (b, i, j) = (place / (t * s), place / s % t, place % s)
        numbers[place] = mask.allows(queries[i], keys[j]) && (padding?[b][j] ?? true) ? 0 : -.infinity
      }
    }
  }

  /// The open keys of each query as one range, where the mask is such that they are; keys lie in order of position.
  private static func ranges(_ mask: Mask, _ queries: Places, _ keys: Places) -> ([Int], [Int])? {
    if keys.listed != nil {
      // Out of order (a ring): one query that may look at all of them needs no range.
      let all = queries.count == 1 && (0..<keys.count).allSatisfy { mask.allows(queries[0], keys[$0]) }
      return all ? ([], []) : nil
    }
    func clamp(_ j: Int) -> Int { min(max(j - keys.start, 0), keys.count) }
    func rows(_ bounds: (Int) -> (Int, Int)) -> ([Int], [Int]) {
      let pairs = (0..<queries.count).map { bounds(queries[$0]) }
      return (pairs.map { clamp($0.0) }, pairs.map { clamp($0.1) })
    }
    switch mask {
    case .bidirectional: return ([], [])
    case .causal: return rows { (keys.start, $0 + 1) }
    case .window(let w): return rows { ($0 - w + 1, $0 + 1) }
    case .prefix(let p): return rows { (keys.start, max(p, $0 + 1)) }
    case .blockCausal(let size): return rows { (keys.start, ($0 / size + 1) * size) }
    case .near(let d): return rows { ($0 - d, $0 + d + 1) }
    default: return nil
    }
  }
}
