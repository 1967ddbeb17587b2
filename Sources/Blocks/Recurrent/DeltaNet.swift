// The delta rule as a layer: a memory that looks up what it holds under a key and writes only the difference (Yang et al. 2024, 2406.06484), and its
// gated form, which also forgets (2412.06464).

import Tensors

/// S ← α·S, S ← S + β·k·(v − Sᵀ·k)ᵀ, y = Sᵀ·q, with q, k, v behind a short convolution and silu, q and k of length 1. In DeltaNet α is 1.
public struct DeltaNet: Block {
  /// What the state does besides writing.
  public enum Gate: Sendable, Hashable {
    /// It keeps everything that is not overwritten; what is read is normalised.
    case none
    /// It decays by α = e^(−e^A·softplus(W_a·x + b)), and what is read is gated by silu(W_g·x) behind the norm.
    case decay
  }

  public let width: Int, heads: Int, headWidth: Int, valueWidth: Int, taps: Int
  public let gate: Gate
  public let query: Projection, key: Projection, value: Projection, rate: Projection, output: Projection
  public let decay: Projection?, outputGate: Projection?
  /// Logarithm of each head's rate of decay, and the bias behind W_a.   [heads]
  public let logarithm: Parameter?, decayBias: Parameter?
  let convolutions: [ShortConvolution]
  public let norm: RMSNorm
  /// β reaches from 0 to this: 2 lets a write turn a sign (2411.12537).
  public let largestRate: Float
  public var keys = ""

  /// - Parameters:
  ///   - headWidth: numbers of a head's query and key; nil: width / heads.
  ///   - valueWidth: numbers of a head's value; nil: as of its key.
  ///   - taps: tokens that the short convolutions see.
  public init(
    _ width: Int, heads: Int, headWidth: Int? = nil, valueWidth: Int? = nil, taps: Int = 4, gate: Gate = .none, largestRate: Float = 1,
    epsilon: Float = 1e-5
  ) {
    let headWidth = headWidth ?? width / max(1, heads), valueWidth = valueWidth ?? headWidth
    (self.width, self.heads, self.headWidth, self.valueWidth, self.taps) = (width, heads, headWidth, valueWidth, taps)
    (self.gate, self.largestRate) = (gate, largestRate)
    query = Projection(width, heads * headWidth, role: .stateSpace)
    key = Projection(width, heads * headWidth, role: .stateSpace)
    value = Projection(width, heads * valueWidth, role: .stateSpace)
    rate = Projection(width, heads, role: .stateSpace)
    output = Projection(heads * valueWidth, width, role: .stateSpace)
    decay = gate == .none ? nil : Projection(width, heads, role: .stateSpace)
    outputGate = gate == .none ? nil : Projection(width, heads * valueWidth, role: .stateSpace)
    logarithm = gate == .none ? nil : Parameter(heads, initial: .decayRates(heads))
    decayBias = gate == .none ? nil : Parameter(heads, initial: .stepBias(1e-3, 0.1))
    convolutions = [headWidth, headWidth, valueWidth].map { ShortConvolution(heads * $0, taps: taps) }
    norm = RMSNorm(valueWidth, epsilon: epsilon)
  }

  public var role: Role { .stateSpace }
  public var title: String { gate == .none ? "DeltaNet" : "Gated DeltaNet" }
  public var detail: String { "\(heads) heads · state \(headWidth) × \(valueWidth)" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("heads", heads), Setting("headWidth", headWidth), Setting("valueWidth", valueWidth),
      Setting("taps", taps), Setting("gate", gate == .none ? "none" : "decay"), Setting("largestRate", largestRate),
    ]
  }
  public var parts: [Child] {
    [Child("query", query), Child("key", key), Child("value", value), Child("rate", rate)]
      + (decay.map { [Child("decay", $0)] } ?? []) + (outputGate.map { [Child("gate", $0)] } ?? [])
      + zip(["query", "key", "value"], convolutions).map { Child("\($0)Convolution", $1) } + [Child("headNorm", norm), Child("output", output)]
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    (logarithm.map { [("decayLogarithm", $0)] } ?? []) + (decayBias.map { [("decayBias", $0)] } ?? [])
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let projected = run.project(x, [query, key, value, rate])
    let mixed = zip(["query", "key", "value"], zip(projected, convolutions)).map { name, pair in
      run.within("\(name)Convolution") { pair.1(pair.0, run) }.map(.silu).split(heads: heads)     // [b, t, h, d]
    }
    let beta = (projected[3].map(.sigmoid) * largestRate).named("rate", run)                       // [b, t, h]
    var alpha: Tensor?
    if let decay, let logarithm, let decayBias {
      alpha = run.decay(decay(x), logarithm, decayBias)
    }
    let y = run.deltaRule(mixed[0], mixed[1], mixed[2], rate: beta, decay: alpha)
    let normed = norm(y, run)
    guard let outputGate else { return output(normed.merged(last: 2).named("mixed", run)).named("output", run) }
    return output(Gated(.silu).apply([outputGate(x), normed.merged(last: 2)]).named("mixed", run)).named("output", run)
  }
}

extension Run {
  /// α = e^(−e^A·softplus(a + b)) for each token and head.   a [b, t, h], A and b [h]
  func decay(_ a: Tensor, _ logarithm: Parameter, _ bias: Parameter) -> Tensor {
    ((a + bias.tensor).map(.softplus) * -logarithm.tensor.map(.exp)).map(.exp).named("decay", self)
  }

  /// The (gated) delta rule on heads that share no key heads any more.
  /// - Parameters: q and k [b, t, h, d] before they get length 1, v [b, t, h, e], rate β and decay α [b, t, h].
  func deltaRule(_ q: Tensor, _ k: Tensor, _ v: Tensor, rate: Tensor, decay: Tensor?) -> Tensor {
    func unit(_ x: Tensor) -> Tensor { x * ((x * x).sum() + 1e-6).map(.rsqrt) }
    let query = (unit(q) / Float(q.shape.last ?? 1).squareRoot()).named("query", self)
    let key = unit(k).named("key", self), value = v.named("value", self)
    let beta = rate.reshaped(rate.shape + [1]), alpha = decay.map { $0.reshaped($0.shape + [1]) }
    let write = (key * beta).named("scaledKey", self)
    // α first: what is looked up has decayed already.
    let correction = Correction(read: -key, write: alpha.map { write * $0 } ?? write)
    return recur(query, write, value, decay: alpha, correction: correction)
  }
}

extension Parameter.Initial {
  /// Logarithms of rates spread evenly over (0, 16]: the released code draws them from there.
  static func decayRates(_ heads: Int) -> Parameter.Initial {
    .each { logf(16 * (Float($0) + 0.5) / Float(heads)) }
  }
}

#if canImport(Glibc)
import Glibc
#endif
