// RWKV-7 (Peng et al. 2025, 2503.14456): a matrix state per head that forgets by channel, removes what it holds under a key and writes
// anew, at a rate that each channel of each token chooses.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// A number for every channel from a narrow bottleneck: W₂·act(W₁·x) + b.
struct LowRank {
  let down: Projection, up: Projection

  init(_ width: Int, rank: Int, start: (@Sendable (Int) -> Float)? = nil) {
    down = Projection(width, rank, deviation: 0, role: .stateSpace)
    up = Projection(rank, width, bias: start, deviation: 0.1 / Float(rank).squareRoot(), role: .stateSpace)
  }

  func callAsFunction(_ x: Tensor, _ activation: Unary.Function? = nil) -> Tensor {
    let narrow = down(x)
    return up(activation.map { narrow.map($0) } ?? narrow)
  }
}

/// The generalised delta rule (section 4): S ← diag(w)·S − (a ⊙ κ̂)·(κ̂ᵀ·S) + k̃·vᵀ, y = Sᵀ·r. The state [b, h, d, d] has rows of keys.
public struct RWKV7TimeMix: Block {
  public let width: Int, heads: Int, headWidth: Int
  /// Ranks of the bottlenecks for decay, in-context rate, value residual and gate.
  public struct Ranks: Sendable, Hashable {
    public var decay: Int, rate: Int, value: Int, gate: Int
    public init(decay: Int, rate: Int, value: Int, gate: Int) { (self.decay, self.rate, self.value, self.gate) = (decay, rate, value, gate) }
  }
  public let ranks: Ranks
  public let receptance: Projection, key: Projection, value: Projection, output: Projection
  let mixes: [ShiftMix]                                    // receptance, decay, key, value, rate, gate
  let decay: LowRank, rate: LowRank, gate: LowRank
  /// How much of the first layer's value each channel takes; nil in the first layer.
  let residual: LowRank?
  let removalScale: Parameter, rateScale: Parameter, bonus: Parameter
  let gain: Parameter, bias: Parameter
  public var keys = ""

  /// - Parameter layer: number of the layer and of all layers; the first keeps its values for the others.
  public init(_ width: Int, headWidth: Int = 64, ranks: Ranks, layer: Int = 0, layers: Int = 1) {
    let heads = width / max(1, headWidth)
    (self.width, self.heads, self.headWidth, self.ranks) = (width, heads, headWidth, ranks)
    receptance = Projection(width, heads * headWidth, role: .stateSpace)
    key = Projection(width, heads * headWidth, role: .stateSpace)
    value = Projection(width, heads * headWidth, role: .stateSpace)
    output = Projection(heads * headWidth, width, role: .stateSpace)
    let rise = Float(layer) / Float(max(1, layers - 1)), fall = 1 - Float(layer) / Float(max(1, layers))
    // 1 − (1 − μ) of the paper's convention x + (x₋₁ − x)·μ is ours: powers as in the released code.
    mixes = [0.2, 0.9, 0.7, 0.7, 0.9, 0.2].map { ShiftMix(width, power: max(0.01, $0 * fall)) }
    let last = Float(max(1, width - 1))
    decay = LowRank(width, rank: ranks.decay, start: { n in
      let zigzag = (Float(n % headWidth) - Float(headWidth - 1) / 2) / max(1, Float(headWidth - 1) / 2)
      return -6 + 6 * powf(Float(n) / last, 1 + powf(rise, 0.3)) + 0.5 + 2.5 * zigzag * abs(zigzag)
    })
    rate = LowRank(width, rank: ranks.rate, start: { _ in 0 })
    gate = LowRank(width, rank: ranks.gate)
    residual = layer == 0 ? nil : LowRank(width, rank: ranks.value, start: { _ in 1 })
    removalScale = Parameter(width, initial: .constant(0.71))
    rateScale = Parameter(width, initial: .constant(1.02))
    bonus = Parameter(heads, headWidth, initial: .constant(-0.04))
    gain = Parameter(heads * headWidth, initial: .constant(powf(Float(layer + 1) / Float(max(1, layers)), 0.7)))
    bias = Parameter(heads * headWidth, initial: .constant(0))
  }

  public var role: Role { .stateSpace }
  public var title: String { "RWKV-7 time mix" }
  public var detail: String { "\(heads) heads · state \(headWidth) × \(headWidth)" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("headWidth", headWidth), Setting("decayRank", ranks.decay), Setting("rateRank", ranks.rate),
      Setting("valueRank", ranks.value), Setting("gateRank", ranks.gate), Setting("residual", residual != nil),
    ]
  }
  public var parts: [Child] {
    [
      Child("receptance", receptance), Child("key", key), Child("value", value), Child("output", output),
      Child("decay.down", decay.down), Child("decay.up", decay.up), Child("rate.down", rate.down), Child("rate.up", rate.up),
      Child("gate.down", gate.down), Child("gate.up", gate.up),
    ] + (residual.map { [Child("residual.down", $0.down), Child("residual.up", $0.up)] } ?? [])
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    zip(["receptance", "decay", "key", "value", "rate", "gate"], mixes).map { ("\($0)Mix", $1.parameter) }
      + [("removalScale", removalScale), ("rateScale", rateScale), ("bonus", bonus), ("headNorm.weight", gain), ("headNorm.bias", bias)]
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let before = run.shifted(x)
    let m = mixes.map { $0(x, before) }
    func heads(_ x: Tensor) -> Tensor { x.split(heads: self.heads) }             // [b, t, h, d]
    let r = receptance(m[0]), k = key(m[2])
    var v = value(m[3])
    let w = (self.decay(m[1], .tanh).map(.sigmoid) * -expf(-0.5)).map(.exp)      // (0.545, 1)
    let a = self.rate(m[4]).map(.sigmoid).named("rate", run)
    let g = self.gate(m[5], .sigmoid)
    if let residual {
      if let first = run.carried["value"] { v = v + (first - v) * residual(m[3]).map(.sigmoid) }
    } else {
      run.carried["value"] = v
    }
    let removal = heads(k * removalScale.tensor)
    let length = Binary(.maximum).apply([(removal * removal).sum().map(.sqrt), Tensor(1e-12)])
    let unit = removal / length
    let written = k * ((a - 1) * rateScale.tensor + 1)
    let (q, key, value) = (heads(r).named("query", run), heads(written).named("key", run), heads(v).named("value", run))
    let y = run.recur(
      q, key, value, decay: heads(w).named("decay", run), correction: Correction(read: -unit, write: unit * heads(a)))   // [b, t, h, d]
    // Each head has a norm of its own; its ε belongs to a state divided by 8 (64e-5 on y).
    let normed = LayerNormalise(epsilon: 64e-5).apply([y]).merged(last: 2) * gain.tensor + bias.tensor
    let direct = (q * key * bonus.tensor).sum() * value                          // the token's own value, past the state
    return output(((normed + direct.merged(last: 2)) * g).named("mixed", run)).named("output", run)
  }
}
