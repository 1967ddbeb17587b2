import CKernels

/// softmax(scale·q·kᵀ + bias + mask)·v without the score matrix, by the running softmax of FlashAttention (Dao et al. 2022).
/// The spelled-out form stands in Blocks; a test holds the two together.
/// inputs: q [b, t, g, r, d], k [b, s, g, d], v [b, s, g, e], optional bias broadcast to [b, heads, t, s], optional sinks [heads]: a score
/// of each head that takes its share of the softmax and has no value (gpt-oss) → [b, t, g, r, e]
public struct FusedAttention: SinglePrimitive {
  public let scale: Float
  /// Row i looks at keys first[i] ..< last[i]; empty: at all of them.
  public let first: [Int], last: [Int]
  /// The last input is the sinks.
  public let hasSinks: Bool

  public init(scale: Float, first: [Int] = [], last: [Int] = [], hasSinks: Bool = false) {
    (self.scale, self.first, self.last, self.hasSinks) = (scale, first, last, hasSinks)
  }

  public var name: String { "attention" }
  public var formula: String { "softmax(q·kᵀ·\(scale) + mask)·v" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    guard q.count == 5, k.count == 4, v.count == 4, q[0] == k[0], q[0] == v[0], k[1] == v[1], q[2] == k[2], k[2] == v[2],
      q[4] == k[3]
    else { throw ShapeError("needs q [b, t, g, r, d], k [b, s, g, d] and v [b, s, g, e]") }
    if hasSinks {
      guard inputs.count > 3, inputs[inputs.count - 1] == [q[2] * q[3]] else { throw ShapeError("needs a sink for each of \(q[2] * q[3]) heads") }
    }
    if inputs.count > (hasSinks ? 4 : 3) {
      guard inputs[3].broadcast(with: [q[0], q[2] * q[3], q[1], k[1]]) == [q[0], q[2] * q[3], q[1], k[1]] else {
        throw ShapeError("the bias must stretch to [\(q[0])×\(q[2] * q[3])×\(q[1])×\(k[1])]")
      }
    }
    return [q[0], q[1], q[2], q[3], v[3]]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let out = Tensor(unfilled: shape)
    withKernel(inputs, shape) { a in
      a.out = out.pointer
      _ = ork_attention(&a, stop)
    }
    return out
  }

  /// The inputs as the kernels take them; they live as long as `body` runs.
  func withKernel(_ inputs: [Tensor], _ shape: Shape, _ body: (inout ork_attention_shape) -> Void) {
    var q = inputs[0]
    let heads = shape[2] * shape[3]
    let flat = [shape[0], shape[1], heads, q.shape[4]]
    if let strides = q.strides(as: flat), strides[3] == 1 {
      q = Tensor(shape: flat, strides: strides, storage: q.storage, offset: q.offset)
    } else {
      let copy = q.materialised
      q = Tensor(shape: flat, strides: flat.contiguousStrides, storage: copy.storage, offset: copy.offset)
    }
    let k = inputs[1].stride(3) == 1 ? inputs[1] : inputs[1].materialised
    let v = inputs[2].stride(3) == 1 ? inputs[2] : inputs[2].materialised
    var a = ork_attention_shape()
    a.batch = Int64(shape[0])
    a.queries = Int64(shape[1])
    a.keys = Int64(k.shape[1])
    a.heads = Int64(heads)
    a.groups = Int64(shape[2])
    a.width = Int64(q.shape[3])
    a.value_width = Int64(shape[4])
    (a.q, a.q_batch, a.q_row, a.q_head) = (UnsafePointer(q.pointer), Int64(q.stride(0)), Int64(q.stride(1)), Int64(q.stride(2)))
    (a.k, a.k_batch, a.k_row, a.k_group) = (UnsafePointer(k.pointer), Int64(k.stride(0)), Int64(k.stride(1)), Int64(k.stride(2)))
    (a.v, a.v_batch, a.v_row, a.v_group) = (UnsafePointer(v.pointer), Int64(v.stride(0)), Int64(v.stride(1)), Int64(v.stride(2)))
    (a.out_batch, a.out_row, a.out_head) = (Int64(shape[1] * heads * shape[4]), Int64(heads * shape[4]), Int64(shape[4]))
    a.scale = scale
    let sinks = hasSinks ? inputs[inputs.count - 1].materialised : nil
    if let sinks { a.sinks = UnsafePointer(sinks.pointer) }
    var full: Tensor?
    if let bias = bias(of: inputs) {
      let whole = [shape[0], heads, shape[1], k.shape[1]]
      // The kernel reads rows of keys: a bias that stretches along the keys is laid out.
      let rows = bias.rank == 0 || bias.stride(bias.rank - 1) == 1 ? bias : bias.materialised
      let laid = rows.shape.last == k.shape[1] ? rows : Expand(whole).value([rows], whole, stop: nil).materialised
      let strides = laid.stretched(to: whole)
      a.bias = UnsafePointer(laid.pointer)
      (a.bias_batch, a.bias_head, a.bias_row) = (Int64(strides[0]), Int64(strides[1]), Int64(strides[2]))
      full = laid
    }
    withExtendedLifetime((q, k, v, full, sinks)) {
      if first.isEmpty { return body(&a) }
      first.wide.withUnsafeBufferPointer { first in
        last.wide.withUnsafeBufferPointer { last in
          (a.first, a.last) = (first.baseAddress, last.baseAddress)
          body(&a)
        }
      }
    }
  }

  /// The bias among the inputs.
  func bias(of inputs: [Tensor]) -> Tensor? { inputs.count > (hasSinks ? 4 : 3) ? inputs[3] : nil }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    // As the spelled-out form counts it: every score and every weighted value, closed or not.
    let (q, k, v) = (inputs[0], inputs[1], inputs[2])
    let pairs = Cost.product(q.dropLast().elementCount, k[1])
    return Cost(
      multiplications: Cost.product(pairs, q[4] + v[3]),
      bytes: Cost.bytes(q.elementCount, k.elementCount, v.elementCount, outputs[0].elementCount))
  }
}
