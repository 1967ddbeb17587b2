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
    let m = n == 0 ? 0 : y.count / n
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
}
