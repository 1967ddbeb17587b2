// Mamba's mixer: a short convolution, then a linear recurrence in every channel whose step, input and read-out the token chooses
// (Gu & Dao 2023, 2312.00752). Falcon-Mamba and Jamba normalise what the token chooses.

import Tensors

/// h ← e^(Δ·A) ⊙ h + Δ·x·B, y = h·C + D·x, gated by silu(z).   [b, t, width] → [b, t, width]
public struct Mamba: Block {
  /// What is done to δ, B and C before they are used.
  public enum SelectionNorm: Sendable, Hashable {
    case none
    /// Divided by their root mean square (Falcon-Mamba, 2410.05355).
    case plain(epsilon: Float)
    /// The same with learned gains (Jamba, 2403.19887).
    case learned(epsilon: Float)
  }

  public let width: Int, inner: Int, states: Int, rank: Int
  /// Behind the convolution; the gate is always SiLU.
  public let activation: Unary.Function
  public let selectionNorm: SelectionNorm
  /// width → 2·inner: the stream and its gate.
  public let input: Projection
  public let convolution: ShortConvolution
  /// inner → rank + 2·states: δ, B and C.
  public let selection: Projection
  /// rank → inner, with the bias that sets how fast each channel starts to forget.
  public let step: Projection
  /// Logarithm of −A.   [inner, states]
  public let decay: Parameter
  /// D.   [inner]
  public let skip: Parameter
  let norms: [RMSNorm]
  public let output: Projection
  public var keys = ""

  /// - Parameters:
  ///   - inner: channels of the recurrence; nil: twice the width.
  ///   - rank: numbers that the step is made from; nil: width / 16, rounded up.
  ///   - taps: tokens that the convolution sees.
  public init(
    _ width: Int, inner: Int? = nil, states: Int = 16, rank: Int? = nil, taps: Int = 4, activation: Unary.Function = .silu,
    bias: Bool = false, convolutionBias: Bool = true, selectionNorm: SelectionNorm = .none
  ) {
    let inner = inner ?? 2 * width, rank = rank ?? (width + 15) / 16
    (self.width, self.inner, self.states, self.rank) = (width, inner, states, rank)
    (self.activation, self.selectionNorm) = (activation, selectionNorm)
    input = Projection(width, 2 * inner, bias: bias, role: .stateSpace)
    convolution = ShortConvolution(inner, taps: taps, bias: convolutionBias)
    selection = Projection(inner, rank + 2 * states, role: .stateSpace)
    step = Projection(rank, inner, bias: true, deviation: 1 / Float(max(1, rank)).squareRoot(), biasInitial: .stepBias(0.001, 0.1), role: .stateSpace)
    decay = Parameter(inner, states, initial: .each { logf(Float($0 + 1)) })
    skip = Parameter(inner, initial: .constant(1))
    if case .learned(let epsilon) = selectionNorm { norms = [rank, states, states].map { RMSNorm($0, epsilon: epsilon) } } else { norms = [] }
    output = Projection(inner, width, bias: bias, role: .stateSpace)
  }

  public var role: Role { .stateSpace }
  public var title: String { "Mamba" }
  public var detail: String { "\(inner) channels · \(states) states each" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("inner", inner), Setting("states", states), Setting("rank", rank), Setting("taps", convolution.taps),
      Setting("activation", activation.rawValue), Setting("bias", input.bias != nil), Setting("selectionNorm", selectionNorm.described),
    ]
  }
  public var parts: [Child] {
    [Child("input", input), Child("convolution", convolution), Child("selection", selection)]
      + zip(["stepNorm", "inputNorm", "readNorm"], norms).map { Child($0, $1) } + [Child("step", step), Child("output", output)]
  }
  public var parameters: [(name: String, parameter: Parameter)] { [("decayLogarithm", decay), ("skip", skip)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard x.rank == 3 else { return x.fault == nil ? run.needsTokens(x) : x }
    let both = input(x).split(inner, inner)
    let u = run.within("convolution") { convolution(run.real(both[0]), run) }.map(activation)
    let c = run.real(u).named("activated", run)                              // [b, t, inner]
    let chosen = normalised(selection(c).split(rank, states, states), run)
    let Δ = step(chosen[0]).map(.softplus).named("Δ", run)                   // [b, t, inner]
    let B = chosen[1].named("B", run), C = chosen[2].named("C", run)          // [b, t, states]
    let start = run.state("state", [x.shape[0], inner, states], like: x)
    let (read, end) = scan(c, step: Δ, a: -decay.tensor.map(.exp), b: B, c: C, from: start, form: run.form)
    run.leave("state", end)
    let y = (read + c * skip.tensor).named("read", run)
    return output(Gated(.silu).apply([both[1].named("gate", run), y]).named("mixed", run)).named("output", run)
  }

  /// δ, B and C, each divided by its size where the family does so.
  private func normalised(_ chosen: [Tensor], _ run: Run) -> [Tensor] {
    switch selectionNorm {
    case .none: chosen
    case .plain(let epsilon): chosen.map { RMSNormalise(epsilon: epsilon).apply([$0]) }
    case .learned: zip(norms, chosen).map { $0($1, run) }
    }
  }
}

extension Mamba.SelectionNorm {
  var described: String {
    switch self {
    case .none: "none"
    case .plain(let epsilon): "plain \(epsilon)"
    case .learned(let epsilon): "learned \(epsilon)"
    }
  }
}

extension Run {
  /// Tokens that only fill up a batch are zero: a recurrence has no mask to hide them behind.   x [b, t, width]
  func real(_ x: Tensor) -> Tensor {
    guard let padding = stream.padding, x.rank == 3, !x.isOutline, padding.contains(where: { $0.contains(false) }) else { return x }
    let count = x.shape[1]
    return x * Tensor(padding.flatMap { $0.suffix(count).map { $0 ? 1 : 0 } }, [padding.count, count, 1])
  }

  func needsTokens(_ x: Tensor) -> Tensor {
    Tensor(fault: Fault(.other(operation: "state space", message: "needs [batch, tokens, width]"), part: path), shape: x.shape, trace: x.trace)
  }
}

#if canImport(Glibc)
import Glibc
#endif
