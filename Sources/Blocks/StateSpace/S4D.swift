// S4D: a linear recurrence with fixed complex decays in every channel, which trains as a convolution and runs as a recurrence
// (Gu et al. 2022, 2206.11893).

import Tensors

/// h ← Ā·h + B̄·x, y = 2·Re(C·h) + D·x by zero-order hold, Ā = e^(Δ·a) and B̄ = (Ā − 1)/a; then gelu, and a gated mix of the channels.
/// Several tokens at once are a convolution with K̄ₜ = 2·Re Σ C·B̄·Āᵗ; a single one is the recurrence.   [b, t, width] → [b, t, width]
public struct S4D: Block {
  /// Where the decays and frequencies start (2206.11893, section 4.1).
  public enum Start: String, Sendable, CaseIterable {
    /// a = −½ + iπn.
    case linear
    /// a = −½ + i·(N/π)·(N/(2n + 1) − 1).
    case inverse
  }

  public let width: Int
  /// Complex states of a channel; each stands for a conjugate pair.
  public let states: Int
  public let start: Start
  public let method: LongConvolution.Method
  /// ln Δ [width]; ln(−Re a) and Im a [width, states]; C [width, states, 2]: real and imaginary part; D [width].
  public let stepLogarithm: Parameter, decay: Parameter, frequency: Parameter, read: Parameter, skip: Parameter
  public let output: Projection
  public var keys = ""

  public init(_ width: Int, states: Int = 32, start: Start = .linear, method: LongConvolution.Method = .fourier) {
    (self.width, self.states, self.start, self.method) = (width, states, start, method)
    let n = Float(2 * states)
    stepLogarithm = Parameter(width, initial: .between(-6.9077554, -2.3025851))       // Δ from 0.001 to 0.1
    decay = Parameter(width, states, initial: .constant(-0.6931472))                 // −Re a = ½
    frequency = Parameter(width, states, initial: .each { i in
      start == .linear ? .pi * Float(i) : n / .pi * (n / Float(2 * i + 1) - 1)
    })
    read = Parameter(width, states, 2, initial: .normal(deviation: 0.70710678))
    skip = Parameter(width, initial: .normal(deviation: 1))
    output = Projection(width, 2 * width, bias: true, role: .stateSpace)
  }

  public var role: Role { .stateSpace }
  public var title: String { "S4D" }
  public var detail: String { "\(states) complex states a channel" }
  public var settings: [Setting] {
    [Setting("width", width), Setting("states", states), Setting("start", start.rawValue), Setting("method", method.rawValue)]
  }
  public var parts: [Child] { [Child("output", output)] }
  public var parameters: [(name: String, parameter: Parameter)] {
    [
      ("stepLogarithm", stepLogarithm), ("decayLogarithm", decay), ("frequency", frequency), ("read", read), ("skip", skip),
    ]
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard x.rank == 3 else { return x.fault == nil ? run.needsTokens(x) : x }
    let u = run.real(x)
    var h = parts(run.state("state", [x.shape[0], width, states, 2], like: x), 4)     // [b, c, n]
    let piece: Int
    if case .chunkwise(let size) = run.form { piece = max(1, size) } else { piece = max(1, x.shape[1]) }
    var system = System(self)
    if run.wants("decay"), !x.isOutline {
      let kept = system.logarithm.re.map(.exp).named("decay", run)                         // |Ā|   [c, n]
      // ln eˣ is not x to the last bit: only what was changed goes this way.
      if run.isEdited("decay") { system.logarithm = Complex(re: kept.map(.log), im: system.logarithm.im) }
    }
    let written = u.named("write", run)
    var outputs: [Tensor] = []
    for from in stride(from: 0, to: x.shape[1], by: piece) {
      let part = written.slice(from..<min(from + piece, x.shape[1]), axis: 1)
      let (y, next) = part.shape[1] == 1 ? system.step(part, h) : system.convolve(part, h, method)
      outputs.append(y)
      h = next
    }
    let shape = [x.shape[0], width, states, 1]
    run.leave("state", concatenate([h.re.reshaped(shape), h.im.reshaped(shape)], axis: 3))
    let y = ((outputs.count == 1 ? outputs[0] : concatenate(outputs, axis: 1)) + u * skip.tensor).named("read", run)
    let halves = output(y.map(.gelu).named("activated", run)).split(width, width)
    return Gated(.sigmoid).apply([halves[1], halves[0]]).named("output", run)
  }

  /// Real and imaginary part, which lie side by side on the last axis.
  private func parts(_ x: Tensor, _ rank: Int) -> Complex {
    guard x.rank == rank else { return Complex(re: x, im: x) }
    let shape = Array(x.shape.dropLast())
    return Complex(re: x.slice(0..<1, axis: rank - 1).reshaped(shape), im: x.slice(1..<2, axis: rank - 1).reshaped(shape))
  }

  /// Two tensors that together are a complex one.
  struct Complex {
    let re: Tensor, im: Tensor
    static func * (a: Complex, b: Complex) -> Complex { Complex(re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re) }
    static func + (a: Complex, b: Complex) -> Complex { Complex(re: a.re + b.re, im: a.im + b.im) }
    func reshaped(_ shape: Shape) -> Complex { Complex(re: re.reshaped(shape), im: im.reshaped(shape)) }
  }

  /// The discretised system of all channels.   everything [c, n]
  private struct System {
    let channels: Int, states: Int
    var logarithm: Complex                                                     // Δ·a: Āᵗ = e^(t·Δ·a)
    let hold: Complex                                                          // B̄
    let read: Complex                                                          // C

    init(_ s: S4D) {
      (channels, states) = (s.width, s.states)
      let step = s.stepLogarithm.tensor.map(.exp).reshaped([s.width, 1])
      let rate = -s.decay.tensor.map(.exp), turn = s.frequency.tensor
      logarithm = Complex(re: rate * step, im: turn * step)
      // e^z − 1 without cancellation: expm1(x)·cos y − 2·sin²(y/2) + i·eˣ·sin y.
      let half = (logarithm.im * 0.5).map(.sin)
      let gained = Complex(
        re: logarithm.re.map(.expm1) * logarithm.im.map(.cos) - half * half * 2, im: logarithm.re.map(.exp) * logarithm.im.map(.sin))
      let size = rate * rate + turn * turn
      hold = gained * Complex(re: rate / size, im: -turn / size)
      read = s.parts(s.read.tensor, 3)
    }

    /// Ā to these powers.   [c, n, powers]
    func powers(_ exponents: [Int]) -> Complex {
      let t = Tensor(exponents.map(Float.init), [exponents.count])
      let shape = [channels, states, 1]
      let size = (logarithm.re.reshaped(shape) * t).map(.exp), angle = logarithm.im.reshaped(shape) * t
      return Complex(re: size * angle.map(.cos), im: size * angle.map(.sin))
    }

    /// The recurrence, one token.   u [b, 1, c], h [b, c, n] → y [b, 1, c]
    func step(_ u: Tensor, _ h: Complex) -> (Tensor, Complex) {
      let keep = powers([1]).reshaped([channels, states])
      let x = u.reshaped([u.shape[0], channels, 1])
      let next = keep * h + Complex(re: x * hold.re, im: x * hold.im)
      let y = (read * next).re.sum() * 2
      return (y.reshaped([u.shape[0], 1, channels]), next)
    }

    /// The convolution of a whole piece, with what the state before it still says.
    func convolve(_ u: Tensor, _ h: Complex, _ method: LongConvolution.Method) -> (Tensor, Complex) {
      let count = u.shape[1], all = powers(Array(0..<count)), after = powers(Array(1...count))
      let factor = (read * hold)
      let kernel = (contract("cn,cnt->ct", factor.re, all.re) - contract("cn,cnt->ct", factor.im, all.im)) * 2
      let fresh = LongConvolution(method).apply([u, kernel])                    // [b, t, c]
      let shape = [channels, states, 1], seen = read.reshaped(shape) * after    // C·Āᵗ⁺¹
      let old = (contract("bcn,cnt->btc", h.re, seen.re) - contract("bcn,cnt->btc", h.im, seen.im)) * 2
      let left = powers((0..<count).reversed())                                 // of what token t wrote, at the end
      let written = Complex(re: contract("btc,cnt->bcn", u, left.re), im: contract("btc,cnt->bcn", u, left.im))
      return (fresh + old, powers([count]).reshaped([channels, states]) * h + written * hold)
    }
  }
}
