import CKernels

/// ℓ = ln Σⱼ exp zⱼ − z_y of every row that has a target y: what every objective over a vocabulary adds up. Rows whose target is negative have
/// loss 0 and gradient 0, exactly.   logits [… , n] → [… ]
public struct CrossEntropy: SinglePrimitive {
  /// Row by row.
  public let targets: [Int32]
  public init(targets: [Int32]) { self.targets = targets }
  public var name: String { "crossEntropy" }
  public var formula: String { "ln Σⱼ exp zⱼ − z_target" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard let width = inputs[0].last else { throw ShapeError("needs at least one axis") }
    let lead = Array(inputs[0].dropLast())
    guard lead.elementCount == targets.count else { throw ShapeError("\(targets.count) targets for \(lead.elementCount) rows") }
    if let bad = targets.first(where: { Int($0) >= width }) { throw ShapeError("the target \(bad) is outside of the vocabulary 0..<\(width)") }
    return lead
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let probabilities = Softmax(logarithm: true).value(inputs, inputs[0].shape, stop: stop)
    let y = Tensor(unfilled: shape), width = inputs[0].shape.last!
    for (row, target) in targets.enumerated() {
      y.pointer[row] = target < 0 ? 0 : -probabilities.pointer[row * width + Int(target)]
    }
    return y
  }

  /// (softmax z − onehot y)·g
  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return [nil] }
    let width = inputs[0].shape.last!
    let dz = Softmax().value(inputs, inputs[0].shape, stop: nil)
    for (row, target) in targets.enumerated() {
      let line = dz.pointer + row * width
      if target < 0 { line.update(repeating: 0, count: width); continue }
      line[Int(target)] -= 1
      let by = g.pointer[row]
      for i in 0..<width { line[i] *= by }
    }
    return [dz]
  }
}
