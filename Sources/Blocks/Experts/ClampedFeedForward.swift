import Tensors

/// The gated feed-forward of gpt-oss's experts: W_down·((u + 1)·g·σ(α·g)) with g = min(W_gate·x, limit) and u = W_up·x kept within ±limit.
///
/// The clamps keep numbers in the reach of four-bit weights; the 1 lets a gate alone pass something on.
public struct ClampedFeedForward: Block {
  public let width: Int, hidden: Int
  public let alpha: Float, limit: Float
  public let gate: Projection, up: Projection, down: Projection
  public var keys = ""

  public init(_ width: Int, hidden: Int, alpha: Float = 1.702, limit: Float = 7, bias: Bool = true) {
    (self.width, self.hidden, self.alpha, self.limit) = (width, hidden, alpha, limit)
    gate = Projection(width, hidden, bias: bias, role: .feedForward)
    up = Projection(width, hidden, bias: bias, role: .feedForward)
    down = Projection(hidden, width, bias: bias, role: .feedForward)
  }

  public var role: Role { .feedForward }
  public var title: String { "Clamped SwiGLU feed-forward" }
  public var detail: String { "hidden width \(hidden) · at most \(limit)" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("hidden", hidden), Setting("alpha", alpha), Setting("limit", limit),
      Setting("bias", up.bias != nil),
    ]
  }
  public var parts: [Child] { [Child("gate", gate), Child("up", up), Child("down", down)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let both = run.project(x, [gate, up])
    let top = Tensor.filled([], with: limit), bottom = Tensor.filled([], with: -limit)
    let g = Binary(.minimum).apply([both[0].named("gate", run), top])          // [b, t, hidden]
    let u = Binary(.maximum).apply([Binary(.minimum).apply([both[1].named("up", run), top]), bottom])
    let hidden = (u + 1) * (g * (g * alpha).map(.sigmoid))
    return down(hidden.named("hidden", run)).named("output", run)
  }
}
