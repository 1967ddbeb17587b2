// DiT's layer: the time says how far each norm's output is scaled and shifted, and how much of each sub-layer is added.

import Tensors

/// x + g·F(N(x)·(1 + s) + b) for attention and feed-forward; b, s, g are linear in the condition (Peebles & Xie 2022, adaLN-Zero).
public struct Modulated: Block {
  public let width: Int
  /// 6 · width outputs: shift, scale, gate of attention, then of the feed-forward.
  public let modulation: Projection
  public internal(set) var attentionNorm: any Block, attention: any Block, feedForwardNorm: any Block, feedForward: any Block
  public var keys = ""

  public init(_ width: Int, condition: Int, attention: any Block, feedForward: any Block, norm: () -> any Block) {
    (self.width, self.attention, self.feedForward) = (width, attention, feedForward)
    modulation = Projection(condition, 6 * width, bias: true, role: .diffusion)
    (attentionNorm, feedForwardNorm) = (norm(), norm())
  }

  public var role: Role { .structure }
  public var parts: [Child] {
    [
      Child("modulation", modulation), Child("attention.norm", attentionNorm), Child("attention", attention),
      Child("feedForward.norm", feedForwardNorm), Child("feedForward", feedForward),
    ]
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard let condition = run.condition else {
      return Tensor(fault: Fault(.other(operation: "modulation", message: "the model has no time embedding"), part: run.path), shape: x.shape)
    }
    let m = modulation(condition).split(Array(repeating: width, count: 6))   // [b, 1 or t, width] each
    let a = x + run.within("attention") { attention(attentionNorm(x, run) * (m[1] + 1) + m[0], run) } * m[2]
    return a + run.within("feedForward") { feedForward(feedForwardNorm(a, run) * (m[4] + 1) + m[3], run) } * m[5]
  }
}

/// The last norm of such a stack, scaled and shifted by the condition.
public struct ModulatedNorm: Block {
  public let width: Int
  public let modulation: Projection
  public internal(set) var norm: any Block
  public var keys = ""

  public init(_ width: Int, condition: Int, norm: any Block) {
    (self.width, self.norm) = (width, norm)
    modulation = Projection(condition, 2 * width, bias: true, role: .diffusion)
  }

  public var role: Role { .norm }
  public var title: String { norm.title }
  public var detail: String { "scaled by the time" }
  public var parts: [Child] { [Child("modulation", modulation), Child("", norm)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard let condition = run.condition else {
      return Tensor(fault: Fault(.other(operation: "modulation", message: "the model has no time embedding"), part: run.path), shape: x.shape)
    }
    let m = modulation(condition).split(width, width)
    return norm(x, run) * (m[1] + 1) + m[0]
  }
}
