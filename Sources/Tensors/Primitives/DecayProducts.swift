/// What is left at token i of what was written after token j: Γ(i, j) = a_{j+1}·…·a_i, and 1 on the diagonal, 0 above it.
///
/// The decays of a chunk of a linear recurrence, for every pair of its tokens (Mamba-2's mask L, 2405.21060, eq. 4). Products and not differences
/// of sums of logarithms: a decay may be 0, and a long sum would cost the small decays their digits.
/// a [… , n, d] → [… , n, n, d]; the first decay is that of token 0 and stands in no product.
public struct DecayProducts: SinglePrimitive {
  public init() {}
  public var name: String { "decay products" }
  public var formula: String { "Γ(i, j) = a_{j+1}·…·a_i for j ≤ i, else 0" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let a = inputs[0]
    guard a.count >= 2 else { throw ShapeError("needs decays [… , n, d]") }
    return a.dropLast() + [a[a.count - 2], a[a.count - 1]]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let a = inputs[0].materialised, y = Tensor(unfilled: shape)
    let d = shape[shape.count - 1], n = shape[shape.count - 2], row = n * d
    for group in 0..<(y.count / max(1, n * row)) {
      let (from, to) = (a.pointer + group * row, y.pointer + group * n * row)
      for i in 0..<n {
        let now = to + i * row, before = now - row, decay = from + i * d
        for k in 0..<row { now[k] = 0 }
        if i > 0 { for j in 0..<i { for k in 0..<d { now[j * d + k] = before[j * d + k] * decay[k] } } }
        for k in 0..<d { now[i * d + k] = 1 }
      }
    }
    return y
  }

  /// From the last token back: what the rows below hand up a column, h(i, j) = g(i, j) + a_{i+1}·h(i+1, j); then da_i = Σ_j h(i, j)·Γ(i−1, j).
  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let given = gradients[0]?.materialised else { return [nil] }
    let a = inputs[0].materialised, y = outputs[0].materialised, result = Tensor.filled(a.shape, with: 0), shape = y.shape
    let d = shape[shape.count - 1], n = shape[shape.count - 2], row = n * d
    var handed = [Float](repeating: 0, count: row)
    for group in 0..<(y.count / max(1, n * row)) {
      let (decays, products, g, da) = (a.pointer + group * row, y.pointer + group * n * row, given.pointer + group * n * row, result.pointer + group * row)
      for k in 0..<row { handed[k] = 0 }
      for i in (0..<n).reversed() {
        for j in 0...i {
          for k in 0..<d {
            let at = j * d + k
            handed[at] = g[i * row + at] + (i + 1 < n ? decays[(i + 1) * d + k] * handed[at] : 0)
            if j < i { da[i * d + k] += handed[at] * products[(i - 1) * row + at] }
          }
        }
      }
    }
    return [result]
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    let n = inputs[0][inputs[0].count - 2]
    return Cost(multiplications: inputs[0].elementCount * max(0, n - 1) / 2, bytes: 4 * (inputs[0].elementCount + outputs[0].elementCount))
  }
}
