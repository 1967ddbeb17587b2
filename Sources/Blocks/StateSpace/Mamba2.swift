// Mamba-2's mixer: one decay for each head, so that the recurrence is linear attention under a decaying mask, with B as keys and C as
// queries (Dao & Gu 2024, 2405.21060). It runs token by token, by chunks or whole: `Run.form`.

import Tensors

/// S ← a·S + B·(Δ·x)ᵀ, y = Sᵀ·C + D·x with a = e^(−Δ·e^A) for each head; heads share B and C in groups.   [b, t, width] → [b, t, width]
public struct Mamba2: Block {
  /// What stands between the recurrence and the output.
  public enum Gate: Sendable, Hashable {
    /// y·silu(z), nothing else (Falcon-H1 without its norm).
    case plain
    /// RMS norm of y·silu(z).
    case thenNorm(epsilon: Float)
    /// silu(z) times the RMS norm of y.
    case afterNorm(epsilon: Float)
  }
  /// Fixed factors (Falcon-H1): of what comes in, and of gate, x, B, C and Δ as they leave the input's projection.
  public struct Factors: Sendable, Hashable {
    public let input: Float, sections: [Float]
    public init(input: Float, sections: [Float]) { (self.input, self.sections) = (input, sections) }
    public static let none = Factors(input: 1, sections: [1, 1, 1, 1, 1])
  }

  public let width: Int, heads: Int, headWidth: Int, states: Int, groups: Int
  public let activation: Unary.Function
  public let gate: Gate
  public let factors: Factors
  /// Δ is kept between these.
  public let stepLimit: ClosedRange<Float>
  /// width → inner + (inner + 2·groups·states) + heads: gate, then x, B and C, then Δ.
  public let input: Projection
  public let convolution: ShortConvolution
  /// Logarithm of −A, D and the bias of Δ.   [heads]
  public let decay: Parameter, skip: Parameter, stepBias: Parameter
  public let norm: RMSNorm?
  public let output: Projection
  public var keys = ""

  public init(
    _ width: Int, heads: Int, headWidth: Int, states: Int = 128, groups: Int = 1, taps: Int = 4, activation: Unary.Function = .silu,
    bias: Bool = false, convolutionBias: Bool = true, outputBias: Bool? = nil, gate: Gate = .thenNorm(epsilon: 1e-5),
    stepLimit: ClosedRange<Float> = 0...Float.infinity, factors: Factors = .none
  ) {
    (self.width, self.heads, self.headWidth, self.states, self.groups) = (width, heads, headWidth, states, groups)
    (self.activation, self.gate, self.stepLimit, self.factors) = (activation, gate, stepLimit, factors)
    let inner = heads * headWidth
    input = Projection(width, 2 * inner + 2 * groups * states + heads, bias: bias, role: .stateSpace)
    convolution = ShortConvolution(inner + 2 * groups * states, taps: taps, bias: convolutionBias)
    decay = Parameter(heads, initial: .decayRates(heads))
    skip = Parameter(heads, initial: .constant(1))
    stepBias = Parameter(heads, initial: .stepBias(0.001, 0.1))
    switch gate {
    case .plain: norm = nil
    case .thenNorm(let epsilon), .afterNorm(let epsilon): norm = RMSNorm(inner, epsilon: epsilon)
    }
    output = Projection(inner, width, bias: outputBias ?? bias, role: .stateSpace)
  }

  public var inner: Int { heads * headWidth }
  public var role: Role { .stateSpace }
  public var title: String { "Mamba-2" }
  public var detail: String { "\(heads) heads · state \(states) × \(headWidth)" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("heads", heads), Setting("headWidth", headWidth), Setting("states", states), Setting("groups", groups),
      Setting("taps", convolution.taps), Setting("activation", activation.rawValue), Setting("gate", gate.described),
      Setting("stepLimit", "\(stepLimit.lowerBound) to \(stepLimit.upperBound)"), Setting("bias", input.bias != nil),
    ] + (factors == .none ? [] : [Setting("factors", "\(factors.input) · \(factors.sections)")])
  }
  public var parts: [Child] {
    [Child("input", input), Child("convolution", convolution)] + (norm.map { [Child("gatedNorm", $0)] } ?? []) + [Child("output", output)]
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    [("decayLogarithm", decay), ("skip", skip), ("stepBias", stepBias)]
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard x.rank == 3 else { return x.fault == nil ? run.needsTokens(x) : x }
    let (b, t) = (x.shape[0], x.shape[1])
    let projected = scaled(input(factors.input == 1 ? x : x * factors.input)).split(inner, inner + 2 * groups * states, heads)
    let u = run.within("convolution") { convolution(run.real(projected[1]), run) }.map(activation)
    let parts = run.real(u).named("activated", run).split(inner, groups * states, groups * states)
    let inputs = parts[0].split(heads: heads)                                 // [b, t, h, p]
    let B = perHead(parts[1].named("B", run), b, t), C = perHead(parts[2].named("C", run), b, t)   // [b, t, h, n]
    var Δ = (projected[2] + stepBias.tensor).map(.softplus)                   // [b, t, h]
    if stepLimit.lowerBound > 0 { Δ = Binary(.maximum).apply([Δ, Tensor(stepLimit.lowerBound)]) }
    if stepLimit.upperBound < .infinity { Δ = Binary(.minimum).apply([Δ, Tensor(stepLimit.upperBound)]) }
    Δ = Δ.named("Δ", run)
    let keep = (Δ * -decay.tensor.map(.exp)).map(.exp).named("decay", run)
    let read = run.recur(C, B, inputs * Δ.reshaped([b, t, heads, 1]), decay: keep.reshaped([b, t, heads, 1]))   // [b, t, h, p]
    let y = (read + inputs * skip.tensor.reshaped([heads, 1])).merged(last: 2)
    return output(gated(y, projected[0].named("gate", run), run).named("mixed", run)).named("output", run)
  }

  /// [b, t, groups·n] → [b, t, heads, n]: each group serves heads / groups heads.
  private func perHead(_ x: Tensor, _ b: Int, _ t: Int) -> Tensor {
    let r = heads / max(1, groups)
    if r == 1 { return x.reshaped([b, t, heads, states]) }
    return x.reshaped([b, t, groups, 1, states]).expanded([b, t, groups, r, states]).reshaped([b, t, heads, states])
  }

  private func scaled(_ x: Tensor) -> Tensor {
    guard factors.sections.contains(where: { $0 != 1 }), x.fault == nil else { return x }
    let sizes = [inner, inner, groups * states, groups * states, heads]
    return x * Tensor(zip(factors.sections, sizes).flatMap { Array(repeating: $0, count: $1) }, [sizes.reduce(0, +)])
  }

  private func gated(_ y: Tensor, _ z: Tensor, _ run: Run) -> Tensor {
    switch gate {
    case .plain: Gated(.silu).apply([z, y])
    case .thenNorm: normed(Gated(.silu).apply([z, y]))
    case .afterNorm: Gated(.silu).apply([z, normed(y)])
    }
  }

  /// Each group of channels is normalised by itself; the gain is one for all.
  private func normed(_ y: Tensor) -> Tensor {
    guard let norm, y.fault == nil else { return y }
    if groups == 1 { return RMSNormalise(epsilon: norm.epsilon).apply([y, norm.gain.tensor]) }
    let grouped = RMSNormalise(epsilon: norm.epsilon).apply([y.split(heads: groups)])
    return grouped.merged(last: 2) * norm.gain.tensor
  }
}

extension Mamba2.Gate {
  var described: String {
    switch self {
    case .plain: "plain"
    case .thenNorm(let epsilon): "then norm \(epsilon)"
    case .afterNorm(let epsilon): "after norm \(epsilon)"
    }
  }
}
