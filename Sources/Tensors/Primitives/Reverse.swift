/// The same numbers in the opposite order along one axis: what a network that reads from right to left is given.
public struct Reverse: SinglePrimitive {
  public let axis: Int
  public init(axis: Int) { self.axis = axis }
  public var name: String { "reverse" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].indices.contains(axis) else { throw ShapeError("there is no axis \(axis)") }
    return inputs[0]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let y = Tensor(unfilled: shape), count = shape[axis], x = inputs[0].materialised
    for i in 0..<count { x.view(axis: axis, from: count - 1 - i, count: 1).write(into: y.view(axis: axis, from: i, count: 1)) }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    [gradients[0].map { value([$0], $0.shape, stop: nil) }]
  }
}
