/// The sizes of a tensor's axes, outermost first.
public typealias Shape = [Int]

extension Collection where Element == Int {
  /// Number of elements of a tensor of this shape; sizes beyond counting (from an absurd configuration) stop at 2⁶².
  public var elementCount: Int {
    reduce(1) { product, size in
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      return overflow ? 1 << 62 : next
    }
  }
}

extension Array where Element == Int {
  /// `[2×3×4]`, or `[]` for a single number.
  public var described: String { "[" + map(String.init).joined(separator: "×") + "]" }

  /// Strides, in elements, of a contiguous tensor of this shape.
  public var contiguousStrides: [Int] {
    var strides = self
    var step = 1
    for axis in indices.reversed() {
      strides[axis] = step
      // An outline may have any sizes; what lies in memory cannot overflow here.
      step &*= self[axis]
    }
    return strides
  }

  /// The shape with axes of one behind it, eight in all: what a poisoned tensor says of itself.
  var padded: Shape { count >= 8 ? self : self + Shape(repeating: 1, count: 8 - count) }

  /// The shape that two operands take together when axes of size 1 stretch, or nil.
  public func broadcast(with other: Shape) -> Shape? {
    if self == other { return self }
    let rank = Swift.max(count, other.count)
    var result = Shape(repeating: 1, count: rank)
    for axis in 0..<rank {
      let a = axis < rank - count ? 1 : self[axis - (rank - count)]
      let b = axis < rank - other.count ? 1 : other[axis - (rank - other.count)]
      guard a == b || a == 1 || b == 1 else { return nil }
      result[axis] = a == 1 ? b : a
    }
    return result
  }
}
