// Masked diffusion in continuous time: each token is masked with probability t (MDLM, Sahoo et al. 2024; LLaDA, Nie et al. 2025).

import Tensors

/// The masking of texts for training, and the weights of its loss.
public struct MaskingProcess: Sendable, Hashable {
  /// Id of the mask token.
  public let mask: Int
  /// The least masking probability.
  public let least: Double

  public init(mask: Int, least: Double = 1e-3) { (self.mask, self.least) = (mask, least) }

  /// p = (1 − ε)·t + ε.
  public func probability(_ t: Double) -> Double { (1 - least) * t + least }

  /// A noised text: every token masked alone with probability `probability(t)`; those at `given` never.
  public func noised(_ ids: [Int], at t: Double, given: Set<Int> = [], using generator: inout SeededGenerator) -> [Int] {
    let p = Float(probability(t))
    return ids.enumerated().map { given.contains($0.offset) || generator.uniform() >= p ? $0.element : mask }
  }

  /// Weight of a masked token's cross-entropy at time t: 1/p.
  public func weight(_ t: Double) -> Double { 1 / probability(t) }

  /// The bound from exact counts: with `l` of L tokens masked, the masked tokens' losses count L/l each (an average over all orders).
  public static func countWeight(masked l: Int, of length: Int) -> Double { Double(length) / Double(l) }

  /// Antithetic times for a batch: one draw spread evenly, (u + b/B) mod 1 (MDLM, section 3.5).
  public static func spreadTimes(_ u: Double, batch: Int) -> [Double] {
    (0..<batch).map { let t = u + Double($0) / Double(batch); return t >= 1 ? t - 1 : t }
  }

  /// Probability that a token masked at t is still masked at an earlier s: (1 − ᾱ_s)/(1 − ᾱ_t) with ᾱ = 1 − t.
  public static func stays(from t: Double, to s: Double) -> Double { s / t }

  /// How many of `masked` tokens each of `steps` reveals: evenly, the rest in the first steps (LLaDA's released sampler).
  public static func quota(_ masked: Int, steps: Int) -> [Int] {
    (0..<steps).map { masked / steps + ($0 < masked % steps ? 1 : 0) }
  }
}
