import CKernels

/// Rotary positions (Su et al. 2021): turns pairs of a head's numbers by an angle that grows with the position.
/// x [batch, rows, heads…, width]; the angles of row r of batch b are row `index[b·rows + r]` of cos and sin.
public struct Rotate: SinglePrimitive {
  /// cos and sin of every position in use [positions, rotary/2]: constants of the run.
  public let cosines: Tensor, sines: Tensor
  public let index: [Int32]
  /// Whether every sequence of the batch has positions of its own.
  public let indexPerBatch: Bool
  /// Pairs are (m, m + rotary/2), as Hugging Face files have them; else neighbours (2m, 2m+1).
  public let half: Bool
  /// Which angles: base and scaling, in words.
  public var angles = ""

  public init(cosines: Tensor, sines: Tensor, index: [Int32], indexPerBatch: Bool, half: Bool) {
    (self.cosines, self.sines, self.index, self.indexPerBatch, self.half) = (cosines, sines, index, indexPerBatch, half)
  }

  public var name: String { "rotate" }
  public var formula: String { "(a, b) → (a·cos θ − b·sin θ, b·cos θ + a·sin θ)" }
  private var rotary: Int { cosines.shape[1] * 2 }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count >= 4, inputs[0].last! >= rotary else {
      throw ShapeError("needs [batch, rows, heads, width] with a width of at least \(rotary)")
    }
    return inputs[0]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    var x = inputs[0].type == .f32 ? inputs[0] : inputs[0].materialised
    let heads = shape[2..<(shape.count - 1)].reduce(1, *)
    let flat = [shape[0], shape[1], heads, shape.last!]
    if let strides = x.strides(as: flat), strides[3] == 1 {
      x = Tensor(shape: flat, strides: strides, storage: x.storage, offset: x.offset)
    } else {
      let copy = x.materialised
      x = Tensor(shape: flat, strides: flat.contiguousStrides, storage: copy.storage, offset: copy.offset)
    }
    let y = Tensor(unfilled: shape)
    ork_rotate(
      x.pointer, Int64(x.stride(0)), Int64(x.stride(1)), Int64(x.stride(2)), y.pointer, Int64(flat[0]), Int64(flat[1]),
      Int64(heads), Int64(flat[3]), Int64(rotary), half ? 1 : 0, cosines.pointer, sines.pointer, index,
      indexPerBatch ? Int64(flat[1]) : 0)
    return y
  }

  /// By the opposite angle.
  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    let back = Rotate(cosines: cosines, sines: sines.map(.negate), index: index, indexPerBatch: indexPerBatch, half: half)
    return [gradients[0].map { back.apply([$0]) }]
  }
}
