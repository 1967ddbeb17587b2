// Diffusion over categories: a word turns into another by the rows of a matrix (D3PM, Austin et al. 2021, 2107.03006).

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// A Markov chain over `count` categories. Matrices act on row vectors: entry [i][j] is q(x_t = j | x_{t−1} = i), rows sum to 1.
public struct CategoricalProcess: Sendable, Hashable {
  public enum Noise: Sendable, Hashable {
    /// Any word, evenly.
    case uniform
    /// The mask token: a word that was masked stays masked.
    case absorbing(mask: Int)
    /// Neighbours of an ordinal scale, by a normal curve over distances of `step`; the diagonal makes rows sum to 1.
    case gaussian(step: Double)
  }

  public let noise: Noise
  public let count: Int
  /// β₁ … β_T.
  public let rates: [Double]

  public init(_ noise: Noise, count: Int, rates: [Double]) { (self.noise, self.count, self.rates) = (noise, count, rates) }
  public init(_ noise: Noise, count: Int, schedule: NoiseSchedule) {
    self.init(noise, count: count, rates: (1...schedule.steps).map { schedule.rate($0) })
  }

  public var steps: Int { rates.count }

  /// Q_t, for t from 1 (section 3.1 and appendix A.2).   [count][count]
  public func step(_ t: Int) -> [[Double]] {
    let beta = rates[t - 1]
    switch noise {
    case .uniform, .absorbing: return mixed(1 - beta)
    case .gaussian(let distance):
      func weight(_ k: Int) -> Double { exp(-(Double(k) * distance) * (Double(k) * distance) / beta) }
      let total = (-(count - 1)...(count - 1)).reduce(0.0) { $0 + weight(abs($1)) }
      return (0..<count).map { i in
        var row = (0..<count).map { j in i == j ? 0 : weight(abs(i - j)) / total }
        row[i] = 1 - row.reduce(0, +)
        return row
      }
    }
  }

  /// Q̄_t = Q₁·…·Q_t: in closed form for uniform and absorbing noise, else the product; t = 0 is the identity.
  public func cumulative(_ t: Int) -> [[Double]] {
    switch noise {
    case .uniform, .absorbing: mixed(signal(t))
    case .gaussian: product(t)
    }
  }

  /// The product itself, whatever the noise.
  public func product(_ t: Int) -> [[Double]] {
    (0..<t).reduce((0..<count).map { i in (0..<count).map { $0 == i ? 1 : 0 } }) { CategoricalProcess.multiply($0, step($1 + 1)) }
  }

  /// Q̄₀ … Q̄_{T−1} of noise without a closed form, each made from the one before; none of other noise.   [steps, count, count]
  public var products: [[[Double]]] {
    guard case .gaussian = noise else { return [] }
    return (1..<max(1, steps)).reduce(into: [product(0)]) { $0.append(CategoricalProcess.multiply($0[$1 - 1], step($1))) }
  }
  /// Whether `products` are few enough numbers to be kept.
  public var canKeepProducts: Bool { if case .gaussian = noise { Cost.product(Cost.product(count, count), steps) <= 1 << 24 } else { true } }

  /// ᾱ_t = Π(1 − β): the share of words that no noise has touched.
  public func signal(_ t: Int) -> Double { rates.prefix(t).reduce(1) { $0 * (1 - $1) } }

  /// Where the chain ends.   [count]
  public var stationary: [Double] {
    switch noise {
    case .uniform, .gaussian: Array(repeating: 1 / Double(count), count: count)
    case .absorbing(let mask): (0..<count).map { $0 == mask ? 1 : 0 }
    }
  }

  /// q(x_{t−1} = k | x_t = j, x₀ = i) = Q_t[k][j]·Q̄_{t−1}[i][k] / Q̄_t[i][j] (equation 3).   [count]
  public func posterior(_ t: Int, noisy j: Int, clean i: Int) -> [Double] {
    let (one, before) = (step(t), cumulative(t - 1))
    return CategoricalProcess.normalised((0..<count).map { one[$0][j] * before[i][$0] })
  }

  /// p(x_{t−1} | x_t = j) of a network that says p(x̂₀) (equation 4): ∝ Q_t[k][j]·Σᵢ Q̄_{t−1}[i][k]·p(i). It is the mixture of the
  /// posteriors only for absorbing noise.   [count]
  ///
  /// - Parameter known: Q_t and Q̄_{t−1} of noise without a closed form, for whoever asks for many positions.
  public func reverse(_ t: Int, noisy j: Int, predicted: [Double], known: (one: [[Double]], before: [[Double]])? = nil) -> [Double] {
    if case .gaussian = noise {} else {
      // The matrices are a diagonal plus one row: no need to spell them out for a vocabulary.
      let (signal, beta, rest) = (signal(t - 1), rates[t - 1], stationary)
      return CategoricalProcess.normalised((0..<count).map { k in
        ((k == j ? 1 - beta : 0) + beta * rest[j]) * (signal * predicted[k] + (1 - signal) * rest[k])
      })
    }
    let (one, before) = known ?? (step(t), cumulative(t - 1))
    return CategoricalProcess.normalised((0..<count).map { k in
      one[k][j] * (0..<count).reduce(0) { $0 + before[$1][k] * predicted[$1] }
    })
  }

  /// KL between the posterior and the network's reverse step: one term of the bound.
  public func boundTerm(_ t: Int, noisy j: Int, clean i: Int, predicted: [Double]) -> Double {
    zip(posterior(t, noisy: j, clean: i), reverse(t, noisy: j, predicted: predicted)).reduce(0) { sum, pair in
      pair.0 > 0 ? sum + pair.0 * log(pair.0 / pair.1) : sum
    }
  }

  /// signal·I + (1 − signal)·(the noise's own row).
  private func mixed(_ signal: Double) -> [[Double]] {
    let rest = stationary
    return (0..<count).map { i in (0..<count).map { j in (i == j ? signal : 0) + (1 - signal) * rest[j] } }
  }

  private static func normalised(_ row: [Double]) -> [Double] {
    let total = row.reduce(0, +)
    return total > 0 ? row.map { $0 / total } : row
  }

  static func multiply(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { row in b[0].indices.map { j in row.indices.reduce(0) { $0 + row[$1] * b[$1][j] } } }
  }
}
