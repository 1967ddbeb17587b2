import Tensors

/// A causal convolution of each channel alone over the last few tokens: yₜ = Σⱼ w[j]·xₜ₋ₖ₊₁₊ⱼ (+ b), the last tap on the token itself.
/// Before the first token stand zeros; the tokens that the next call needs are a ring of `taps − 1` rows.
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
    let seen = run.window("window", x, reach: taps - 1)                           // [b, taps − 1 + t, channels]
    let inputs = [seen, weight.tensor] + (bias.map { [$0.tensor] } ?? [])
    return DepthwiseConvolution().apply(inputs).named("convolved", run)
  }
}
