// RWKV-4 (Peng et al. 2023, 2305.13048): attention without queries. Per channel, an average of the values of all tokens, with weights that
// fade with their age; trained like a Transformer, run like a recurrent network.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// W_o·(σ(r) ⊙ wkv): r, k, v from a mix of each token with the one before, wkv the fading average (eq. 11–16).
public struct RWKV4TimeMix: Block {
  public let width: Int, inner: Int
  public let key: Projection, value: Projection, receptance: Projection, output: Projection
  /// The decay a token is e^(−e^decay); what the newest token's weight is multiplied by is e^bonus.   [inner]
  public let decay: Parameter, bonus: Parameter
  let keyMix: ShiftMix, valueMix: ShiftMix, receptanceMix: ShiftMix
  public var keys = ""

  /// - Parameters:
  ///   - inner: channels of the average; nil: the width.
  ///   - layer: number of the layer and of all layers: the paper starts decays and mixes by it (appendix E).
  public init(_ width: Int, inner: Int? = nil, layer: Int = 0, layers: Int = 1) {
    let inner = inner ?? width
    (self.width, self.inner) = (width, inner)
    key = Projection(width, inner, role: .stateSpace)
    value = Projection(width, inner, role: .stateSpace)
    receptance = Projection(width, inner, role: .stateSpace)
    output = Projection(inner, width, role: .stateSpace)
    let rise = Float(layer) / Float(max(1, layers - 1)), fall = 1 - Float(layer) / Float(max(1, layers))
    decay = Parameter(inner, initial: .each { -5 + 8 * powf(Float($0) / Float(max(1, inner - 1)), 0.7 + 1.3 * rise) })
    bonus = Parameter(inner, initial: .each { logf(0.3) + 0.5 * Float(($0 + 1) % 3 - 1) })
    keyMix = ShiftMix(width, power: fall)
    valueMix = ShiftMix(width, power: fall, plus: 0.3 * rise)
    receptanceMix = ShiftMix(width, power: fall / 2)
  }

  public var role: Role { .stateSpace }
  public var title: String { "RWKV time mix" }
  public var detail: String { "\(inner) channels, each with its own decay" }
  public var settings: [Setting] { [Setting("width", width), Setting("inner", inner)] }
  public var parts: [Child] {
    [Child("key", key), Child("value", value), Child("receptance", receptance), Child("output", output)]
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    [
      ("decay", decay), ("bonus", bonus), ("keyMix", keyMix.parameter), ("valueMix", valueMix.parameter),
      ("receptanceMix", receptanceMix.parameter),
    ]
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let before = run.shifted(x)
    let k = key(keyMix(x, before)).named("key", run)                           // [b, t, inner]
    let v = value(valueMix(x, before)).named("value", run)
    let r = receptance(receptanceMix(x, before)).map(.sigmoid).named("receptance", run)
    var fading = -decay.tensor.map(.exp)                                       // logarithm of the decay a token
    if run.wants("decay") {
      let kept = fading.map(.exp).named("decay", run)
      // ln eˣ is not x to the last bit: only what was changed goes this way.
      if run.isEdited("decay") { fading = kept.map(.log) }
    }
    let start = run.recall("state") ?? fresh(k, run)
    let (read, end) = wkv(k, v, decay: fading, bonus: bonus.tensor, from: start, form: run.form)
    run.leave("state", end)
    return output((r * read.named("read", run)).named("mixed", run)).named("output", run)
  }

  private func fresh(_ k: Tensor, _ run: Run) -> Tensor {
    let batch = k.shape.first ?? 1
    let start = k.isOutline ? Tensor(outline: [batch, 3, inner]) : WKV.start(batch: batch, channels: inner)
    return run.given(start.tracked(by: run.trace), .memory(run.name(of: "state")))
  }
}

/// W_v·max(0, W_k·m)², where m mixes each token with the one before: RWKV's feed-forward. RWKV-4 to 6 gate it by σ(W_r·m′); RWKV-7 does not.
public struct ChannelMix: Block {
  public let width: Int, hidden: Int
  public let up: Projection, down: Projection
  public let receptance: Projection?
  let keyMix: ShiftMix, receptanceMix: ShiftMix?
  public var keys = ""

  public enum Gate: Sendable { case receptance, none }

  public init(_ width: Int, hidden: Int, gate: Gate = .receptance, layer: Int = 0, layers: Int = 1) {
    (self.width, self.hidden) = (width, hidden)
    up = Projection(width, hidden, role: .feedForward)
    down = Projection(hidden, width, role: .feedForward)
    receptance = gate == .none ? nil : Projection(width, width, role: .feedForward)
    let fall = 1 - Float(layer) / Float(max(1, layers))
    keyMix = ShiftMix(width, power: fall)
    receptanceMix = gate == .none ? nil : ShiftMix(width, power: fall)
  }

  public var role: Role { .feedForward }
  public var title: String { "RWKV channel mix" }
  public var detail: String { "hidden width \(hidden) · relu²\(receptance == nil ? "" : ", gated")" }
  public var settings: [Setting] { [Setting("width", width), Setting("hidden", hidden), Setting("gate", receptance != nil)] }
  public var parts: [Child] { [Child("up", up), Child("down", down)] + (receptance.map { [Child("receptance", $0)] } ?? []) }
  public var parameters: [(name: String, parameter: Parameter)] {
    [("keyMix", keyMix.parameter)] + (receptanceMix.map { [("receptanceMix", $0.parameter)] } ?? [])
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let before = run.shifted(x)
    let hidden = up(keyMix(x, before)).named("up", run).map(.reluSquared).named("hidden", run)   // [b, t, hidden]
    let y = down(hidden)
    guard let receptance, let receptanceMix else { return y.named("output", run) }
    let gate = receptance(receptanceMix(x, before)).map(.sigmoid).named("receptance", run)
    return (gate * y).named("output", run)
  }
}
