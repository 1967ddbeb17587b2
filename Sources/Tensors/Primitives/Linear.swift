import CKernels

/// y = x·Wᵀ + b: a linear layer with weights stored [out, in], as most checkpoints do.
/// inputs: x [… , in], W [out, in] (f32, f16 or bf16), optional b [out]; output [… , out]
public struct Linear: SinglePrimitive {
  public init() {}
  public var name: String { "linear" }
  public var formula: String { "y = x·Wᵀ + b" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let x = inputs[0], w = inputs[1]
    guard w.count == 2, let width = x.last, width == w[1] else {
      throw ShapeError("the last axis of x must be the second of W")
    }
    if inputs.count > 2, inputs[2] != [w[0]] { throw ShapeError("the bias must have one number for each row of W") }
    var y = x
    y[y.count - 1] = w[0]
    return y
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].materialised, w = inputs[1]
    let bias = inputs.count > 2 ? inputs[2].materialised : nil
    let y = Tensor(unfilled: shape)
    let (n, k) = (w.shape[0], w.shape[1])
    let m = shape.dropLast().elementCount
    if w.stride(1) == 1 {
      _ = ork_linear(
        x.pointer, Int64(k), w.raw, w.type.kernel, Int64(w.stride(0)), bias?.pointer, y.pointer, Int64(n),
        Int64(m), Int64(n), Int64(k), stop)
    } else {  // a transposed view: GPT-1 and GPT-2 store [in, out]
      _ = ork_matmul(
        0, nil, nil, nil, nil, x.pointer, Int64(k), 1, w.raw, w.type.kernel, Int64(w.stride(1)), Int64(w.stride(0)),
        y.pointer, Int64(n), Int64(m), Int64(n), Int64(k), 1, stop)
      if let bias {
        ork_binary(ORK_ADD, 2, [Int64(m), Int64(n)], y.pointer, [Int64(n), 1], bias.pointer, [0, 1], y.pointer)
      }
    }
    return y
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(
      multiplications: Cost.product(outputs[0].elementCount, inputs[1][1]),
      bytes: Cost.bytes(inputs[0].elementCount, outputs[0].elementCount, inputs[1].elementCount))
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return inputs.map { _ in nil } }
    return Linear.gradients(inputs, g, needs)
  }

  /// dx = g·W, dW = gᵀ·x, db = Σ g.
  static func gradients(_ inputs: [Tensor], _ g: Tensor, _ needs: [Bool]) -> [Tensor?] {
    let x = inputs[0].materialised, w = inputs[1]
    let (n, k) = (w.shape[0], w.shape[1])
    let m = g.shape.dropLast().elementCount
    var back = [Tensor?](repeating: nil, count: inputs.count)
    if needs[0] {
      let dx = Tensor(unfilled: x.shape)
      _ = ork_matmul(
        0, nil, nil, nil, nil, g.pointer, Int64(n), 1, w.raw, w.type.kernel, Int64(w.stride(0)), Int64(w.stride(1)), dx.pointer, Int64(k), Int64(m),
        Int64(k), Int64(n), 1, nil)
      back[0] = dx
    }
    if needs[1] {
      let dw = Tensor(unfilled: w.shape)
      _ = ork_matmul(
        0, nil, nil, nil, nil, g.pointer, 1, Int64(n), x.raw, x.type.kernel, Int64(k), 1, dw.pointer, Int64(k), Int64(n), Int64(k), Int64(m), 1, nil)
      back[1] = dw
    }
    if inputs.count > 2, needs[2] { back[2] = g.reshaped([m, n]).summed(to: [1, n]).reshaped([n]) }
    return back
  }
}
