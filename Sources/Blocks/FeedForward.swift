import Tensors

/// W₂·act(W₁·x + b₁) + b₂ (Vaswani et al. 2017).
public struct FeedForward: Block {
  public let width: Int, hidden: Int
  public let activation: Unary.Function
  public let up: Projection, down: Projection
  public var keys = ""

  public init(_ width: Int, hidden: Int, activation: Unary.Function, bias: Bool = true) {
    (self.width, self.hidden, self.activation) = (width, hidden, activation)
    up = Projection(width, hidden, bias: bias, role: .feedForward)
    down = Projection(hidden, width, bias: bias, role: .feedForward)
  }

  public var role: Role { .feedForward }
  public var title: String { "Feed-forward" }
  public var detail: String { "hidden width \(hidden) · \(activation.rawValue)" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("hidden", hidden), Setting("activation", activation.rawValue),
      Setting("bias", up.bias != nil),
    ]
  }
  public var parts: [Child] { [Child("up", up), Child("down", down)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let hidden = up(x).named("up", run).map(activation).named("hidden", run)   // [b, t, hidden]
    return down(hidden).named("output", run)
  }
}

/// W_down·(act(W_gate·x) ⊙ W_up·x): SwiGLU with silu, GEGLU with gelu (Shazeer 2020, 2002.05202).
public struct GatedFeedForward: Block {
  public let width: Int, hidden: Int
  public let activation: Unary.Function
  /// What W_gate·x is multiplied by before the activation (Falcon-H1).
  public let gateFactor: Float
  public let gate: Projection, up: Projection, down: Projection
  public var keys = ""

  public init(_ width: Int, hidden: Int, activation: Unary.Function = .silu, bias: Bool = false, gateFactor: Float = 1) {
    (self.width, self.hidden, self.activation, self.gateFactor) = (width, hidden, activation, gateFactor)
    gate = Projection(width, hidden, bias: bias, role: .feedForward)
    up = Projection(width, hidden, bias: bias, role: .feedForward)
    down = Projection(hidden, width, bias: bias, role: .feedForward)
  }

  public var role: Role { .feedForward }
  public var title: String {
    switch activation {
    case .silu: "SwiGLU feed-forward"
    case .gelu, .geluTanh: "GEGLU feed-forward"
    default: "Gated feed-forward (\(activation.rawValue))"
    }
  }
  public var detail: String { "hidden width \(hidden)" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("hidden", hidden), Setting("activation", activation.rawValue),
      Setting("bias", up.bias != nil),
    ] + (gateFactor == 1 ? [] : [Setting("gateFactor", gateFactor)])
  }
  public var parts: [Child] { [Child("gate", gate), Child("up", up), Child("down", down)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let both = run.project(x, [gate, up])
    let g = (gateFactor == 1 ? both[0] : both[0] * gateFactor).named("gate", run), u = both[1].named("up", run)           // [b, t, hidden]
    return down(Gated(activation).apply([g, u]).named("hidden", run)).named("output", run)
  }
}
