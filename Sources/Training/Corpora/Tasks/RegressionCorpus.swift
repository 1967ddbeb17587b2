// In-context linear regression (Garg et al. 2022; von Oswald et al. 2023): each sample is a task of its own, a hidden w, and points (x, w·x). The
// samples are numbers, not words.

import Tensors

/// `points` rows of x (standard normal, `dimension` numbers) and y = w·x + noise with w standard normal, then one more row: the query with its
/// true y, which is what must be predicted.
public struct RegressionCorpus: Corpus {
  public let name = "regression"
  public let about = "points of a hidden linear function, and a query: numbers instead of words"
  public let words: [String] = []
  public let points, dimension: Int
  /// Standard deviation of what is added to y.
  public let noise: Float
  public var floor: Double? { nil }
  public var longest: Extent? { Extent(text: 0) }

  public init(points: Int = 16, dimension: Int = 4, noise: Float = 0) { (self.points, self.dimension, self.noise) = (max(1, points), max(1, dimension), noise) }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part, by: { $0.numbers.joined().map { Int($0.bitPattern) } }) {
      let w = (0..<dimension).map { _ in generator.normal() }
      return Sample([], numbers: (0...points).map { row in
        let x = (0..<dimension).map { _ in generator.normal() }
        let y = zip(w, x).reduce(0) { $0 + $1.0 * $1.1 }
        return x + [noise > 0 && row < points ? y + noise * generator.normal() : y]
      })
    }
  }
}
