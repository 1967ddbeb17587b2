// The formulas of PPO with a KL penalty, one by one (Schulman et al. 2016, 1506.02438; Schulman et al. 2017, 1707.06347; Ouyang et al. 2022, 2203.02155).

import Tensors

/// The pieces that a step of PPO is made of.
public enum PolicyGradient {
  /// r_t = −β·(log π_old − log π_ref), and the score at the last token.
  public static func rewards(_ old: [Float], _ reference: [Float], score: Float, beta: Float) -> [Float] {
    var rewards = zip(old, reference).map { -beta * ($0 - $1) }
    if !rewards.isEmpty { rewards[rewards.count - 1] += score }
    return rewards
  }

  /// Generalised advantages: A_t = δ_t + γλ·A_{t+1} with δ_t = r_t + γ·V_{t+1} − V_t; behind the end V is 0. Returns are A + V.
  public static func advantages(_ rewards: [Float], _ values: [Float], lambda: Float, discount: Float = 1) -> (advantages: [Float], returns: [Float]) {
    var advantages = [Float](repeating: 0, count: rewards.count), next: Float = 0
    for t in rewards.indices.reversed() {
      let after = t + 1 < values.count ? values[t + 1] : 0
      next = rewards[t] + discount * after - values[t] + discount * lambda * next
      advantages[t] = next
    }
    return (advantages, zip(advantages, values).map(+))
  }

  /// min(ρ·A, clip(ρ, 1 − ε, 1 + ε)·A), number by number: what a step makes larger. Beyond the clip, where A would push further, the gradient is 0.
  public static func clipped(_ ratio: Tensor, _ advantage: Tensor, epsilon: Float) -> Tensor {
    let least = Tensor.filled(ratio.shape, with: 1 - epsilon), most = Tensor.filled(ratio.shape, with: 1 + epsilon)
    let inside = Binary(.minimum).apply([Binary(.maximum).apply([ratio, least]), most])
    return Binary(.minimum).apply([ratio * advantage, inside * advantage])
  }
}
