// RetNet's retention (Sun et al. 2023, 2307.08621): attention whose softmax is replaced by a decay that each head has fixed. One operator,
// three forms with the same result.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// W_o·(silu(W_g·x) ⊙ N(retention)): S ← γ·S + k·vᵀ, y = Sᵀ·q, with rotated q and k (eq. 5–8). The decay of head h is γ = 1 − 2^(−5−h).
public struct Retention: Block {
  public let width: Int, heads: Int, headWidth: Int, valueWidth: Int
  public let query: Projection, key: Projection, value: Projection, gate: Projection, output: Projection
  /// A token's decay, one for each head: constants of the architecture.
  public let decays: [Float]
  /// Turns neighbours of a head's numbers by angles whose grid includes its end: θⱼ = 10000^(−j/(d/2 − 1)).
  public let position: RoPE
  public var keys = ""

  /// - Parameters:
  ///   - headWidth: numbers of a head's query and key; nil: width / heads.
  ///   - valueWidth: numbers of a head's value; nil: as of its key.
  public init(_ width: Int, heads: Int, headWidth: Int? = nil, valueWidth: Int? = nil) {
    let headWidth = headWidth ?? width / max(1, heads)
    (self.width, self.heads, self.headWidth, self.valueWidth) = (width, heads, headWidth, valueWidth ?? headWidth)
    func projection(_ a: Int, _ b: Int, gain: Float) -> Projection {
      // Xavier: √(2/(in + out)), with the released gains.
      Projection(a, b, deviation: gain * (2 / Float(max(1, a + b))).squareRoot(), role: .stateSpace)
    }
    query = projection(width, heads * headWidth, gain: exp2f(-2.5))
    key = projection(width, heads * headWidth, gain: exp2f(-2.5))
    value = projection(width, heads * self.valueWidth, gain: exp2f(-2.5))
    gate = projection(width, heads * self.valueWidth, gain: exp2f(-2.5))
    output = projection(heads * self.valueWidth, width, gain: 0.5)
    decays = (0..<heads).map { 1 - exp2f(-5 - Float($0)) }
    // The ordinary grid base^(−2j/d) with this base is the one above.
    let pairs = Float(headWidth) / 2
    position = RoPE(base: pairs > 1 ? powf(10_000, pairs / (pairs - 1)) : 1, width: headWidth / 2 * 2, layout: .interleaved)
  }

  public var role: Role { .stateSpace }
  public var title: String { "Retention" }
  public var detail: String { "\(heads) heads · state \(headWidth) × \(valueWidth)" }
  public var settings: [Setting] {
    [Setting("width", width), Setting("heads", heads), Setting("headWidth", headWidth), Setting("valueWidth", valueWidth)]
  }
  public var parts: [Child] {
    [Child("query", query), Child("key", key), Child("value", value), Child("gate", gate), Child("output", output)]
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let projected = run.project(x, [query, key, value, gate])
    let q = position(projected[0].split(heads: heads), run).named("query", run)                  // [b, t, h, d]
    let k = (position(projected[1].split(heads: heads), run) / Float(headWidth).squareRoot()).named("key", run)
    let v = projected[2].split(heads: heads).named("value", run)                                 // [b, t, h, e]
    let decay = Tensor(decays, [1, 1, heads, 1]).expanded([q.shape[0], q.shape[1], heads, 1]).tracked(by: run.trace)
    let y = run.recur(q, k, v, decay: decay.named("decay", run))
    let normed = RMSNormalise(epsilon: 1e-6).apply([y]).merged(last: 2)                          // each head alone, without weights
    return output(Gated(.silu).apply([projected[3], normed]).named("mixed", run)).named("output", run)
  }
}
