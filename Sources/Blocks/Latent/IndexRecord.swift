// What an indexer would choose beside what attention looks at: a training reads both off a run to teach the indexer.

import Tensors

/// The scores of one indexer in one forward, and the attention that they are to foretell: collected by a run that asks for it (`Run.indexings`).
public struct IndexRecord: Sendable {
  /// The attention's path.
  public let path: String
  /// The indexer's scores; hidden keys have a very small one. Gradients reach the indexer's own parameters and nothing else.   [batch, queries, keys]
  public let scores: Tensor
  /// What attention looks at if it may look at all that its mask allows, the mean over its heads; no gradient.   [batch, queries, keys]
  public let pattern: Tensor

  public init(path: String, scores: Tensor, pattern: Tensor) { (self.path, self.scores, self.pattern) = (path, scores, pattern) }

  /// Mean over the queries of the Kullback–Leibler divergence of the indexer's softmax from the pattern (DeepSeek-V3.2-Exp 2025, eq. 3).   → one number
  /// - Parameter counted: which queries are tokens of their text; nil: all. Padding asks for nothing.
  public func divergence(of counted: [[Bool]]? = nil) -> Tensor {
    let weights = counted.map { $0.flatMap { $0.map { $0 ? Float(1) : 0 } } }
    let pattern = weights.map { self.pattern * Tensor($0, Array(self.pattern.shape.dropLast()) + [1]) } ?? self.pattern
    let rows = max(1, weights.map { Int($0.reduce(0, +)) } ?? pattern.shape.dropLast().reduce(1, *))
    // 0·log 0 = 0: a key without weight adds nothing.
    let own = zip(pattern.values, pattern.map(.log).values).reduce(0.0) { $0 + ($1.0 > 0 ? Double($1.0) * Double($1.1) : 0) }
    let crossed = (pattern * logSoftmax(scores)).total * (-1 / Float(rows))
    return crossed + Float(own / Double(rows))
  }
}

extension IndexRecord {
  /// A mask whose closed places are finite: a closed key has no weight, and 0 times a finite number is 0.
  static func finite(_ open: Tensor) -> Tensor { Tensor(open.values.map { max($0, -1e4) }, open.shape) }
}
