// Linear attention (Katharopoulos et al. 2020, 2006.16236): softmax(q·k) replaced by φ(q)·φ(k), so that the sum over all keys is one
// matrix that every token adds to.

import Tensors

/// y = Sᵀ·φ(q) / zᵀ·φ(q), S ← S + φ(k)·vᵀ, z ← z + φ(k); φ(x) = elu(x) + 1 (eq. 16–20). S and z are one state: z is the column of a value 1.
public struct LinearAttention: Block {
  public let width: Int, heads: Int, headWidth: Int
  public let query: Projection, key: Projection, value: Projection, output: Projection
  public var keys = ""

  public init(_ width: Int, heads: Int, headWidth: Int? = nil, bias: Bool = false) {
    let headWidth = headWidth ?? width / max(1, heads)
    (self.width, self.heads, self.headWidth) = (width, heads, headWidth)
    query = Projection(width, heads * headWidth, bias: bias, role: .stateSpace)
    key = Projection(width, heads * headWidth, bias: bias, role: .stateSpace)
    value = Projection(width, heads * headWidth, bias: bias, role: .stateSpace)
    output = Projection(heads * headWidth, width, bias: bias, role: .stateSpace)
  }

  public var role: Role { .stateSpace }
  public var title: String { "Linear attention" }
  public var detail: String { "\(heads) heads · state \(headWidth) × \(headWidth + 1)" }
  public var settings: [Setting] {
    [Setting("width", width), Setting("heads", heads), Setting("headWidth", headWidth), Setting("bias", query.bias != nil)]
  }
  public var parts: [Child] { [Child("query", query), Child("key", key), Child("value", value), Child("output", output)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let projected = run.project(x, [query, key, value])
    let q = (projected[0].split(heads: heads).map(.elu) + 1).named("query", run)                 // φ > 0   [b, t, h, d]
    let k = (projected[1].split(heads: heads).map(.elu) + 1).named("key", run)
    let v = projected[2].split(heads: heads).named("value", run)
    let one = Tensor(1).expanded(v.shape.dropLast() + [1]).tracked(by: run.trace)
    let y = run.recur(q, k, concatenate([v, one], axis: 3))                                      // [b, t, h, d + 1]
    let parts = y.split(headWidth, 1)
    let mixed = parts[0] / (parts[1] + 1e-10)
    return output(mixed.merged(last: 2).named("mixed", run)).named("output", run)
  }
}
