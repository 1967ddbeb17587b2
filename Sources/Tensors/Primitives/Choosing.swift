// Choosing some of many: the largest of a row, numbers at chosen places, and rows that are sent out and added up again. What a
// router does, and (as lookups do) the way back of a gradient.

import CKernels

/// Places of the `count` largest numbers of each row, largest first, ties to the lower place.   [… , n] → [… , count], as numbers
///
/// Nothing flows back through a choice: gradients reach a router through the weights that are picked at these places.
public struct TopK: SinglePrimitive {
  public let count: Int
  public init(_ count: Int) { self.count = count }
  public var name: String { "topK" }
  public var formula: String { "places of the \(count) largest xᵢ" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard let width = inputs[0].last, (1...max(1, width)).contains(count), width > 0 else {
      throw ShapeError("\(count) of a row must be chosen from at least as many")
    }
    return inputs[0].dropLast() + [count]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].rowContiguous, y = Tensor(unfilled: shape)
    let (rows, width) = x.rowsAndWidth
    let step = x.rowStride
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { places in
      for row in 0..<rows {
        ork_top_k(x.pointer + row * step, Int64(width), Int64(count), places.baseAddress!)
        for i in 0..<count { y.pointer[row * count + i] = Float(places[i]) }
      }
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] { [nil] }
}

/// The numbers of each row at given places.   x [… , n], places [… , k] → [… , k]
public struct Pick: SinglePrimitive {
  public init() {}
  public var name: String { "pick" }
  public var formula: String { "yᵢ = x[placesᵢ]" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count == inputs[1].count, inputs[0].dropLast() == inputs[1].dropLast(), !inputs[0].isEmpty else {
      throw ShapeError("there must be a row of places for each row")
    }
    return inputs[1]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].materialised, places = inputs[1].materialised, y = Tensor(unfilled: shape)
    let n = x.shape.last!, k = shape.last!
    for i in 0..<y.count {
      // A place that somebody has edited to lie outside reads nothing.
      let place = Int(places.pointer[i])
      y.pointer[i] = (0..<n).contains(place) ? x.pointer[i / k * n + place] : 0
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return [nil, nil] }
    let places = inputs[1].materialised, dx = Tensor.filled(inputs[0].shape, with: 0)
    let n = dx.shape.last!, k = g.shape.last!
    for i in 0..<g.count where (0..<n).contains(Int(places.pointer[i])) {
      dx.pointer[i / k * n + Int(places.pointer[i])] += g.pointer[i]
    }
    return [dx, nil]
  }
}

/// Rows added up at their places: row i of x goes to row `rows[i]`, those of the same place in order.   x [m, width] → [count, width]
public struct AddRows: SinglePrimitive {
  public let rows: [Int32], count: Int
  public init(_ rows: [Int32], count: Int) { (self.rows, self.count) = (rows, count) }
  public var name: String { "addRows" }
  public var formula: String { "y[r] = Σ x[i] over rows[i] = r" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count == 2, inputs[0][0] == rows.count else { throw ShapeError("needs \(rows.count) rows") }
    if let bad = rows.first(where: { $0 < 0 || $0 >= count }) { throw ShapeError("the row \(bad) is outside of 0..<\(count)") }
    return [count, inputs[0][1]]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].materialised, y = Tensor.filled(shape, with: 0)
    let width = shape[1]
    for (i, row) in rows.enumerated() {
      let source = x.pointer + i * width, target = y.pointer + Int(row) * width
      for j in 0..<width { target[j] += source[j] }
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    [gradients[0].map { Gather(rows, shape: [rows.count]).apply([$0.materialised]) }]
  }
}
