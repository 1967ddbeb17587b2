import CKernels

/// Numbers added up along the axes that a broadcast would stretch: the way back of one.   [… ] → the smaller shape
public struct SumTo: SinglePrimitive {
  public let target: Shape
  public init(_ target: Shape) { self.target = target }
  public var name: String { "sumTo" }
  public var formula: String { "Σ over the axes that \(target.described) stretches" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard target.broadcast(with: inputs[0]) == inputs[0] else { throw ShapeError("\(target.described) does not stretch to it") }
    return target
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0], y = Tensor(unfilled: shape), lead = x.rank - shape.count
    let summed = x.shape.indices.filter { $0 < lead || (shape[$0 - lead] == 1 && x.shape[$0] != 1) }
    let kept = x.shape.indices.filter { !summed.contains($0) }
    // Summed axes first: then each sum runs down a column.
    let order = summed + kept, strides = x.strides
    let turned = Tensor(shape: order.map { x.shape[$0] }, strides: order.map { strides[$0] }, storage: x.storage, offset: x.offset).materialised
    let width = kept.map { x.shape[$0] }.elementCount, rows = summed.map { x.shape[$0] }.elementCount
    _ = ork_column_sums(turned.pointer, Int64(width), y.pointer, Int64(rows), Int64(width))
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    [gradients[0]?.expanded(inputs[0].shape)]
  }
}

extension Tensor {
  /// Added up over the axes along which `shape` would stretch to this one.
  func summed(to shape: Shape) -> Tensor { self.shape == shape ? self : SumTo(shape).apply([self]) }
}
