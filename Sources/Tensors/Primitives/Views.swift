// Views: other shapes over the same storage. They cost nothing; only reshaping a tensor whose axes do not lie one
// behind the other copies.

/// The same numbers in another shape; one size may be −1 and is computed.
public struct Reshape: SinglePrimitive {
  public let target: Shape
  public init(_ target: Shape) { self.target = target }
  public var name: String { "reshape" }
  public func room(_ inputs: [Tensor], _ outputs: [Shape]) -> Int { inputs[0].strides(as: outputs[0]) == nil ? Budget.bytes(of: outputs) : 0 }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let count = inputs[0].elementCount
    var shape = target
    if let free = target.firstIndex(of: -1) {
      let rest = target.enumerated().filter { $0.offset != free }.map(\.element).elementCount
      shape[free] = rest == 0 ? 0 : count / rest
    }
    guard shape.elementCount == count, shape.allSatisfy({ $0 >= 0 }) else {
      throw ShapeError("the new shape \(target.described) must hold \(count) numbers")
    }
    return shape
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0]
    if x.isContiguous, let storage = x.storage { return Tensor(contiguous: storage, shape, offset: x.offset) }
    if let strides = x.strides(as: shape) {
      return Tensor(shape: shape, strides: strides, storage: x.storage, offset: x.offset)
    }
    let copy = x.materialised
    return Tensor(shape: shape, strides: [], storage: copy.storage, offset: copy.offset)
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    [gradients[0]?.reshaped(inputs[0].shape)]
  }
}

/// The axes in another order.
public struct Permute: SinglePrimitive {
  public let order: [Int]
  public init(_ order: [Int]) { self.order = order }
  public var name: String { "permute" }
  public func room(_ inputs: [Tensor], _ outputs: [Shape]) -> Int { 0 }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard order.sorted() == Array(inputs[0].indices) else {
      throw ShapeError("the order \(order) must name each of the \(inputs[0].count) axes once")
    }
    return order.map { inputs[0][$0] }
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let strides = inputs[0].strides
    return Tensor(shape: shape, strides: order.map { strides[$0] }, storage: inputs[0].storage, offset: inputs[0].offset)
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0] else { return [nil] }
    var back = order
    for (place, axis) in order.enumerated() { back[axis] = place }
    return [Permute(back).apply([g])]
  }
}

/// A part of one axis: indices `start ..< end`, every `step`-th.
public struct Slice: SinglePrimitive {
  public let axis: Int, start: Int, end: Int, step: Int
  public init(axis: Int, _ start: Int, _ end: Int, step: Int = 1) {
    (self.axis, self.start, self.end, self.step) = (axis, start, end, step)
  }
  public var name: String { "slice" }
  public func room(_ inputs: [Tensor], _ outputs: [Shape]) -> Int { 0 }
  public var formula: String { "x[\(String(repeating: "…, ", count: axis > 0 ? 1 : 0))\(start)..<\(end)]" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].indices.contains(axis) else { throw ShapeError("there is no axis \(axis)") }
    guard 0 <= start, start <= end, end <= inputs[0][axis], step > 0 else {
      throw ShapeError("\(start)..<\(end) must lie in 0..<\(inputs[0][axis])")
    }
    var shape = inputs[0]
    shape[axis] = (end - start + step - 1) / step
    return shape
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0]
    var strides = x.strides
    let start = start * strides[axis]
    strides[axis] *= step
    return Tensor(shape: shape, strides: strides, storage: x.storage, offset: x.offset + start)
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0] else { return [nil] }
    let dx = Tensor.filled(inputs[0].shape, with: 0)
    g.write(into: value([dx], g.shape, stop: nil))
    return [dx]
  }
}

/// Axes of size 1 stretched to a larger shape, without copying.
public struct Expand: SinglePrimitive {
  public let target: Shape
  public init(_ target: Shape) { self.target = target }
  public var name: String { "expand" }
  public func room(_ inputs: [Tensor], _ outputs: [Shape]) -> Int { 0 }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].broadcast(with: target) == target else { throw ShapeError("cannot stretch to \(target.described)") }
    return target
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0]
    return Tensor(shape: shape, strides: x.stretched(to: shape), storage: x.storage, offset: x.offset)
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    [gradients[0]?.summed(to: inputs[0].shape)]
  }
}

/// Tensors one behind the other along an axis.
public struct Concatenate: SinglePrimitive {
  public let axis: Int
  public init(axis: Int) { self.axis = axis }
  public var name: String { "concatenate" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard let first = inputs.first, first.indices.contains(axis) else { throw ShapeError("there is no axis \(axis)") }
    var shape = first
    shape[axis] = 0
    for input in inputs {
      guard input.count == first.count,
        input.indices.allSatisfy({ $0 == axis || input[$0] == first[$0] })
      else { throw ShapeError("all axes but \(axis) must be equal") }
      shape[axis] += input[axis]
    }
    return shape
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let y = Tensor(unfilled: shape)
    var start = 0
    for x in inputs {
      x.write(into: y.view(axis: axis, from: start, count: x.shape[axis]), until: stop)
      start += x.shape[axis]
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0] else { return inputs.map { _ in nil } }
    var start = 0
    return inputs.map { x in
      defer { start += x.shape[axis] }
      return g.view(axis: axis, from: start, count: x.shape[axis])
    }
  }
}
