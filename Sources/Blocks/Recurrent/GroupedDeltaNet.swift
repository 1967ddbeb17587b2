// Gated DeltaNet as Qwen3-Next has it: few key heads, each of which serves several value heads, one convolution over queries, keys and values
// together, and projections that are laid out by key head.

import Tensors

/// The gated delta rule (2412.06464) with `valueHeads / keyHeads` states for each key head. What `input` gives is, for each key head in turn, its query,
/// its key, and the values and gates of its value heads; `rates` gives their β and what decays them.
public struct GroupedDeltaNet: Block {
  public let width: Int, keyHeads: Int, valueHeads: Int, headWidth: Int, valueWidth: Int, taps: Int
  public let input: Projection, rates: Projection, output: Projection
  let convolution: ShortConvolution
  /// Logarithm of each head's rate of decay, and the bias of what decays it.   [valueHeads]
  public let logarithm: Parameter, decayBias: Parameter
  /// One norm for all heads, its gain stored as it is.
  public let norm: RMSNorm
  let activation: Unary.Function
  public var keys = ""

  public init(
    _ width: Int, keyHeads: Int, valueHeads: Int, headWidth: Int, valueWidth: Int, taps: Int = 4, epsilon: Float = 1e-6,
    activation: Unary.Function = .silu
  ) {
    (self.width, self.keyHeads, self.valueHeads) = (width, keyHeads, valueHeads)
    (self.headWidth, self.valueWidth, self.taps, self.activation) = (headWidth, valueWidth, taps, activation)
    let (k, v) = (keyHeads * headWidth, valueHeads * valueWidth)
    input = Projection(width, 2 * k + 2 * v, role: .stateSpace)
    rates = Projection(width, 2 * valueHeads, role: .stateSpace)
    output = Projection(v, width, role: .stateSpace)
    convolution = ShortConvolution(2 * k + v, taps: taps)
    logarithm = Parameter(valueHeads, initial: .decayRates(valueHeads))
    decayBias = Parameter(valueHeads, initial: .constant(1))
    norm = RMSNorm(valueWidth, epsilon: epsilon)
  }

  public var role: Role { .stateSpace }
  public var title: String { "Gated DeltaNet" }
  public var detail: String { "\(keyHeads) key · \(valueHeads) value heads · state \(headWidth) × \(valueWidth)" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("keyHeads", keyHeads), Setting("valueHeads", valueHeads), Setting("headWidth", headWidth),
      Setting("valueWidth", valueWidth), Setting("taps", taps),
    ]
  }
  public var parts: [Child] {
    [Child("input", input), Child("rates", rates), Child("convolution", convolution), Child("headNorm", norm), Child("output", output)]
  }
  public var parameters: [(name: String, parameter: Parameter)] { [("decayLogarithm", logarithm), ("decayBias", decayBias)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let (b, t, each) = (x.shape.first ?? 0, x.rank > 1 ? x.shape[1] : 0, valueHeads / max(1, keyHeads))
    let both = run.project(x, [input, rates])
    let grouped = both[0].split(heads: keyHeads).split(headWidth, headWidth, each * valueWidth, each * valueWidth)   // [b, t, Hk, ·]
    let rated = both[1].split(heads: keyHeads).split(each, each)
    let gate = grouped[3].reshaped([b, t, valueHeads * valueWidth])
    let beta = rated[0].reshaped([b, t, valueHeads]).map(.sigmoid).named("rate", run)
    let alpha = run.decay(rated[1].reshaped([b, t, valueHeads]), logarithm, decayBias)

    // All queries, all keys, all values: the convolution's channels stand in this order.
    let joined = concatenate(grouped[0..<3].map { $0.merged(last: 2) }, axis: 2)
    let mixed = run.within("convolution") { convolution(joined, run) }.map(activation)
      .split(keyHeads * headWidth, keyHeads * headWidth, valueHeads * valueWidth)
    /// A key head's numbers for each of its value heads.   [b, t, Hk·d] → [b, t, Hv, d]
    func shared(_ x: Tensor) -> Tensor {
      x.reshaped([b, t, keyHeads, 1, headWidth]).expanded([b, t, keyHeads, each, headWidth]).reshaped([b, t, valueHeads, headWidth])
    }
    let y = run.deltaRule(shared(mixed[0]), shared(mixed[1]), mixed[2].split(heads: valueHeads), rate: beta, decay: alpha)
    return output(Gated(.silu).apply([gate, norm(y, run).merged(last: 2)]).named("mixed", run)).named("output", run)
  }
}
