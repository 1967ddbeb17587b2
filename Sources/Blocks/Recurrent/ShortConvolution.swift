import Tensors

/// A causal convolution of each channel alone over the last few tokens: yₜ = Σⱼ w[j]·xₜ₋ₖ₊₁₊ⱼ (+ b), the last tap on the token itself.
/// Before the first token stand zeros. The tokens that the next call needs are a state of `taps − 1` rows.
public struct ShortConvolution: Block {
  public let channels: Int, taps: Int
  /// [channels, taps]
  public let weight: Parameter
  /// [channels]
  public let bias: Parameter?
  public var keys = ""

  public init(_ channels: Int, taps: Int, bias: Bool = false) {
    (self.channels, self.taps) = (channels, taps)
    weight = Parameter(channels, taps, initial: .uniform(bound: 1 / Float(max(1, taps)).squareRoot()))
    self.bias = bias ? Parameter(channels, initial: .constant(0)) : nil
  }

  public var role: Role { .stateSpace }
  public var title: String { "Short convolution" }
  public var detail: String { "\(taps) taps · \(channels) channels" }
  public var settings: [Setting] { [Setting("channels", channels), Setting("taps", taps), Setting("bias", bias != nil)] }
  public var parameters: [(name: String, parameter: Parameter)] { [("weight", weight)] + (bias.map { [("bias", $0)] } ?? []) }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard x.rank == 3, x.shape[1] > 0 else { return x }
    let count = x.shape[1], before = run.state("window", [x.shape[0], taps - 1, x.shape[2]], like: x)
    let seen = taps > 1 ? concatenate([before, x], axis: 1) : x                   // [b, taps − 1 + t, channels]
    if taps > 1 { run.remember("window", seen.slice(count..<(count + taps - 1), axis: 1).materialised) }
    let kernel = weight.tensor.transposed                                        // [taps, channels]
    var y = bias.map { $0.tensor }
    for j in 0..<taps {
      let part = seen.slice(j..<(j + count), axis: 1) * kernel.slice(j..<(j + 1), axis: 0)
      y = y.map { $0 + part } ?? part
    }
    return (y ?? x).named("convolved", run)
  }
}
