// What training adds to the loss so that all experts get work: pure functions of what a router names (`router.logits`, `chosen`,
// `weights`, `noisy`, `deviation`). They are spelled out in operations, so that gradients flow where the papers let them.

import Tensors

/// Measures of balance and the auxiliary losses of mixtures of experts.
public enum Balance {
  /// The weights at the places of their experts, 0 elsewhere.   chosen, weights [n, k] → [n, experts]
  public static func gates(chosen: Tensor, weights: Tensor, experts: Int) -> Tensor {
    guard chosen.rank == 2, weights.shape == chosen.shape else {
      return Tensor(fault: Fault(.shape(operation: "gates", shapes: [chosen.shape, weights.shape], expected: "[tokens, active] both")))
    }
    let (n, k) = (chosen.shape[0], chosen.shape[1])
    let spread = weights.reshaped([n, k, 1]) * places(chosen, experts)         // [n, k, E]
    return spread.permuted(0, 2, 1).sum().reshaped([n, experts])
  }

  /// Sum of the weights that each expert gets (Shazeer 2017, eq. 6).   gates [n, E] → [E]
  public static func importance(_ gates: Tensor) -> Tensor { gates.permuted(1, 0).sum().reshaped([gates.shape.last ?? 0]) }

  /// How many tokens each expert is sent.   [E], no gradient
  public static func count(chosen: Tensor, experts: Int) -> Tensor {
    let result = Tensor.filled([experts], with: 0)
    guard !chosen.isOutline, result.fault == nil else { return Tensor(outline: [experts]) }
    for place in chosen.values where (0..<experts).contains(Int(place)) { result.pointer[Int(place)] += 1 }
    return result
  }

  /// The load that each expert is to expect, Σ Φ((logit − threshold) / deviation): what would happen if this expert's noise were drawn
  /// again (Shazeer 2017, eq. 8 to 10). The threshold is the k-th largest of the others' noisy logits.
  /// - Parameters: all [n, E]; `active` below E.
  /// - Returns: [E]
  public static func load(logits: Tensor, noisy: Tensor, deviation: Tensor, active: Int) -> Tensor {
    guard logits.rank == 2, noisy.shape == logits.shape, deviation.shape == logits.shape, active < logits.shape[1] else {
      return Tensor(
        fault: Fault(.shape(
          operation: "load", shapes: [logits.shape, noisy.shape, deviation.shape], expected: "[tokens, experts] all, with more experts than the \(active) chosen")))
    }
    let (n, experts) = (logits.shape[0], logits.shape[1])
    guard !noisy.isOutline else { return Tensor(outline: [experts], trace: logits.trace) }
    let best = TopK(active + 1).apply([noisy.untracked])
    let heights = Pick().apply([noisy, best])                                // [n, k + 1]
    let last = heights.slice((active - 1)..<active, axis: 1), next = heights.slice(active..<(active + 1), axis: 1)
    let isChosen = places(best.slice(0..<active, axis: 1).materialised, experts).permuted(0, 2, 1).sum().reshaped([n, experts])
    let threshold = isChosen * next + (isChosen * -1 + 1) * last
    let z = (logits - threshold) / deviation
    return ((z * Float(0.5).squareRoot()).map(.erf) * 0.5 + 0.5).permuted(1, 0).sum().reshaped([experts])
  }

  /// Variance over squared mean: 0 where all are equal.   [E] → one number
  public static func squaredVariation(_ x: Tensor) -> Tensor {
    let mean = x.mean().reshaped([1])
    return (((x - mean).map(.square)).mean().reshaped([1]) / (mean.map(.square) + 1e-10)).reshaped([])
  }

  /// N·Σ fᵢ·Pᵢ with the fraction of choices and the mean probability of each expert (Fedus et al. 2021, eq. 4, without its factor α); as small
  /// as the number of active experts where all are alike. Gradients reach P alone.   logits [n, E], chosen [n, k] → one number
  public static func switchLoss(logits: Tensor, chosen: Tensor) -> Tensor {
    let n = max(1, logits.shape.first ?? 1), experts = logits.shape.last ?? 1
    let fractions = count(chosen: chosen, experts: experts) * (1 / Float(n))
    let probabilities = importance(softmax(logits)) * (1 / Float(n))
    return ((fractions * probabilities).sum() * Float(experts)).reshaped([])
  }

  /// Mean of (log Σ exp logits)²: keeps logits small (ST-MoE, Zoph et al. 2022, eq. 5).   logits [n, E] → one number
  public static func zLoss(_ logits: Tensor) -> Tensor {
    let n = logits.shape.first ?? 1
    // log Σ exp z = z₀ − log softmax(z)₀, which cannot overflow.
    let lead = logits.slice(0..<1, axis: 1), total = lead - logSoftmax(logits).slice(0..<1, axis: 1)
    return (total.map(.square).reshaped([n]).mean()).reshaped([])
  }

  /// 1 at the place of each choice.   chosen [n, k] → [n, k, experts]
  private static func places(_ chosen: Tensor, _ experts: Int) -> Tensor {
    guard !chosen.isOutline else { return Tensor(outline: chosen.shape + [experts], trace: chosen.trace) }
    let result = Tensor.filled(chosen.shape + [experts], with: 0)
    if result.fault != nil { return result }
    for (slot, place) in chosen.values.enumerated() where (0..<experts).contains(Int(place)) { result.pointer[slot * experts + Int(place)] = 1 }
    return result
  }
}
