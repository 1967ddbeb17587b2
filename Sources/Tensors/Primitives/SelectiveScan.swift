import CKernels

/// A linear recurrence in every channel whose step, input and read-out the token chooses (Mamba, 2312.00752, eq. 2):
/// h ← e^(Δ·A) ⊙ h + Δ·x·B, y = h·C.
///
/// One token after the other: what models run by. `scan` has the forms that compute many tokens at once.
/// inputs: x and Δ [b, t, e], A [e, n] (negative), B and C [b, t, n], h [b, e, n]; outputs: y [b, t, e] and the last h.
public struct SelectiveScan: Primitive {
  public init() {}
  public var name: String { "selective scan" }
  public var formula: String { "h ← e^(Δ·A) ⊙ h + Δ·x·B;  y = h·C" }

  public func shapes(_ inputs: [Shape]) throws(ShapeError) -> [Shape] {
    let (x, a) = (inputs[0], inputs[2])
    guard x.count == 3, inputs[1] == x else { throw ShapeError("needs x and Δ [b, t, e]") }
    guard a.count == 2, a[0] == x[2] else { throw ShapeError("A must have a row for each of the \(x[2]) channels") }
    guard inputs[3] == [x[0], x[1], a[1]], inputs[4] == inputs[3] else {
      throw ShapeError("B and C must be [\(x[0])×\(x[1])×\(a[1])]")
    }
    guard inputs[5] == [x[0], x[2], a[1]] else { throw ShapeError("the state must be [\(x[0])×\(x[2])×\(a[1])]") }
    return [x, inputs[5]]
  }

  public func values(_ inputs: [Tensor], _ shapes: [Shape], stop: UnsafeMutablePointer<Int32>?) -> [Tensor] {
    let outputs = shapes.map { Tensor(unfilled: $0) }
    with(inputs) { s in
      (s.y, s.end) = (outputs[0].pointer, outputs[1].pointer)
      _ = ork_scan(&s, stop)
    }
    return outputs
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    var results = inputs.map { Tensor(unfilled: $0.shape) }
    let (batch, a) = (inputs[0].shape[0], inputs[2].shape), perSequence = Tensor(unfilled: [batch] + a)
    let given = gradients.map { $0?.materialised }
    with(inputs) { s in
      var d = ork_scan_gradient()
      d.y = given[0].map { UnsafePointer($0.pointer) }
      d.end = given[1].map { UnsafePointer($0.pointer) }
      (d.x, d.step, d.b, d.c, d.start) = (results[0].pointer, results[1].pointer, results[3].pointer, results[4].pointer, results[5].pointer)
      d.a = perSequence.pointer
      withExtendedLifetime(given) { ork_scan_back(&s, &d) }
    }
    results[2] = summed(perSequence, over: batch, a)
    return results
  }

  private func with(_ inputs: [Tensor], _ body: (inout ork_scan_shape) -> Void) {
    let x = inputs.map(\.materialised), shape = x[0].shape
    var s = ork_scan_shape()
    (s.batch, s.tokens, s.channels, s.states) = (Int64(shape[0]), Int64(shape[1]), Int64(shape[2]), Int64(x[2].shape[1]))
    (s.x, s.step, s.a) = (.init(x[0].pointer), .init(x[1].pointer), .init(x[2].pointer))
    (s.b, s.c, s.start) = (.init(x[3].pointer), .init(x[4].pointer), .init(x[5].pointer))
    withExtendedLifetime(x) { body(&s) }
  }

  /// Writing and reading take a product a state each; decaying is elementwise.
  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(multiplications: 2 * inputs[0].elementCount * inputs[2][1], bytes: 4 * (inputs + outputs).reduce(0) { $0 + $1.elementCount })
  }
}

/// The sum over the first axis, of `count` parts.
func summed(_ x: Tensor, over count: Int, _ shape: Shape) -> Tensor {
  let sum = Tensor.filled(shape, with: 0), size = shape.elementCount
  for part in 0..<count { for i in 0..<size { sum.pointer[i] += x.pointer[part * size + i] } }
  return sum
}
