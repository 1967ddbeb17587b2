import Tensors

/// W_down·((up + 1) ⊙ gate·σ(α·gate)) with gate ≤ limit and |up| ≤ limit, all with biases: the experts of gpt-oss (2025).
public struct ClampedFeedForward: Block {
  public let width: Int, hidden: Int
  public let alpha: Float, limit: Float
  public let gate: Projection, up: Projection, down: Projection
  public var keys = ""

  public init(_ width: Int, hidden: Int, alpha: Float, limit: Float) {
    (self.width, self.hidden, self.alpha, self.limit) = (width, hidden, alpha, limit)
    gate = Projection(width, hidden, bias: true, role: .feedForward)
    up = Projection(width, hidden, bias: true, role: .feedForward)
    down = Projection(hidden, width, bias: true, role: .feedForward)
  }

  public var role: Role { .feedForward }
  public var title: String { "Clamped SwiGLU feed-forward" }
  public var detail: String { "hidden width \(hidden) · limit \(limit)" }
  public var settings: [Setting] {
    [Setting("width", width), Setting("hidden", hidden), Setting("alpha", alpha), Setting("limit", limit)]
  }
  public var parts: [Child] { [Child("gate", gate), Child("up", up), Child("down", down)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let both = run.project(x, [gate, up])
    let g = Binary(.minimum).apply([both[0], Tensor(limit)]).named("gate", run)                    // [b, t, hidden]
    let u = Binary(.maximum).apply([Binary(.minimum).apply([both[1], Tensor(limit)]), Tensor(-limit)]).named("up", run)
    let hidden = (u + 1) * (g * (g * alpha).map(.sigmoid))
    return down(hidden.named("hidden", run)).named("output", run)
  }
}
