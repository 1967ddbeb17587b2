// Choosing the next token from logits. Seeded: the same seed gives the same text.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// How the next token is chosen.
public struct Sampler: Sendable {
  /// 0: the most likely token (greedy).
  public var temperature: Float
  /// Only the k most likely tokens; nil: all.
  public var topK: Int?
  /// Only the most likely tokens that together have at least this probability (Holtzman et al. 2019); nil: all.
  public var topP: Float?
  private var generator: SeededGenerator

  public static let greedy = Sampler()

  public init(temperature: Float = 0, topK: Int? = nil, topP: Float? = nil, seed: UInt64 = 0) {
    (self.temperature, self.topK, self.topP) = (temperature, topK, topP)
    generator = SeededGenerator(seed: seed)
  }

  /// Where its generator stands: a sampler that is set to it goes on from there.
  public var position: UInt64 {
    get { generator.position }
    set { generator = SeededGenerator(seed: newValue) }
  }

  /// The chosen token.
  public mutating func choose(_ logits: [Float]) -> Int {
    if temperature == 0 { return Sampler.largest(logits) }
    return choose(from: distribution(logits))
  }

  /// A number between 0 and 1, the next of the seed's.
  mutating func uniform() -> Float { generator.uniform() }

  /// One of these, by their chances.
  mutating func choose(from candidates: [(id: Int, probability: Float)]) -> Int {
    var remaining = uniform()
    for (id, p) in candidates {
      remaining -= p
      if remaining < 0 { return id }
    }
    return candidates.last?.id ?? 0
  }

  /// Candidates with their probabilities, most likely first: temperature, then top-k, then top-p, as the reference orders them.
  public func distribution(_ logits: [Float]) -> [(id: Int, probability: Float)] {
    let scaled = temperature == 0 ? logits : logits.map { $0 / temperature }
    var order = Array(scaled.indices).sorted { scaled[$0] != scaled[$1] ? scaled[$0] > scaled[$1] : $0 < $1 }
    if let topK, topK < order.count { order = Array(order.prefix(max(1, topK))) }
    guard let top = order.first else { return [] }
    var weights = order.map { exp(Double(scaled[$0] - scaled[top])) }
    var total = weights.reduce(0, +)
    if let topP, topP < 1 {
      var sum = 0.0, kept = 0
      while kept < weights.count, sum < Double(topP) * total {
        sum += weights[kept]
        kept += 1
      }
      kept = max(1, kept)
      order = Array(order.prefix(kept))
      weights = Array(weights.prefix(kept))
      total = weights.reduce(0, +)
    }
    return zip(order, weights).map { ($0, Float($1 / total)) }
  }

  /// Index of the largest logit; the first of equals.
  static func largest(_ logits: [Float]) -> Int {
    var best = 0
    for i in logits.indices where logits[i] > logits[best] || logits[best].isNaN { best = i }
    return best
  }
}
