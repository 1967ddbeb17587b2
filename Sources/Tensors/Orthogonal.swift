// A matrix with orthogonal rows or columns: what a recurrent network starts from, because it neither grows nor shrinks what passes through it.

extension Tensor {
  /// A random matrix whose rows (columns, if there are fewer) are orthogonal and of length `gain` (Saxe et al. 2014, 1312.6120): normal numbers,
  /// made orthogonal one after the other by Gram and Schmidt in double precision. Axes after the first count as one.
  /// - Parameter stop: a flag that ends the work; the result is poisoned then.
  public static func orthogonal(
    _ shape: Shape, gain: Float = 1, using generator: inout SeededGenerator, stop: UnsafeMutablePointer<Int32>? = nil
  ) -> Tensor {
    // The vectors take twice as much as the result, for a while.
    if let refusal = Budget.refusal(of: Cost.product(3, Budget.bytes(of: [shape]))) { return Tensor(fault: Fault(refusal), shape: shape) }
    let rows = shape.first ?? 1, columns = max(1, shape.dropFirst().elementCount)
    let (count, length) = rows <= columns ? (rows, columns) : (columns, rows)
    var vectors: [[Double]] = []
    while vectors.count < count {
      var v = (0..<length).map { _ in Double(generator.normal()) }
      // Twice: the first pass leaves what rounding lost.
      for _ in 0..<2 {
        for u in vectors {
          if let stop, stop.pointee != 0 { return Tensor(fault: Fault(.interrupted), shape: shape) }
          let along = zip(u, v).reduce(0) { $0 + $1.0 * $1.1 }
          for i in v.indices { v[i] -= along * u[i] }
        }
      }
      let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if norm > 1e-9 { vectors.append(v.map { $0 / norm }) }
    }
    let result = Tensor(unfilled: shape)
    for row in 0..<rows {
      for column in 0..<columns {
        result.pointer[row * columns + column] = gain * Float(rows <= columns ? vectors[row][column] : vectors[column][row])
      }
    }
    return result
  }
}
