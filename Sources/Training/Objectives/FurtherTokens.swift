// More than the next token from each place: heads side by side (Gloeckle et al. 2024) or modules one behind the other (DeepSeek-V3). Which of the two is the
// model's: here are only the targets and the weights.

import Blocks
import Tensors

/// Next-token prediction with further tokens.
public struct FurtherTokens: PartedObjective {
  public let name = "further"
  public var base: NextToken
  /// How many tokens beyond the next.
  public var count: Int
  /// Weight of the further losses: λ, shared by the modules as λ/D; nil: 1 for each of the heads side by side, 0.3 for modules one behind the other.
  public var weight: Double?

  public init(_ special: SpecialTokens, count: Int = 1) throws {
    base = try NextToken(special)
    self.count = count
  }

  /// Head k + 1 says, at place i, the token k further than the next: one place fewer for each k.
  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    var batch = try base.batch(samples, using: &generator)
    let width = batch.targets.first?.count ?? 0
    for k in 1...max(1, count) where count > 0 && k < width {
      // The row with its last target behind it: token i + k is the target k − 1 places on.
      let reads = batch.input.ids.indices.map { row in Array(batch.input.ids[row][k...]) }
      let targets = batch.targets.map { Array($0[k...]) }
      let counted = targets.reduce(0) { $0 + $1.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) } }
      // Each depth is averaged over its own places.
      let weights = targets.map { $0.map { $0 < 0 ? 0 : 1 / Float(max(1, counted)) } }
      batch.extras.further.append(.init(reads: reads, targets: targets, weights: weights))
    }
    return batch
  }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    let isParallel = !model.parallelPredictions.isEmpty
    let modules = isParallel ? model.parallelPredictions.count : model.predictions.count
    guard modules >= count else {
      throw ObjectiveFailure.noPart("a module for each of \(count) further tokens (it has \(modules))", of: model.name)
    }
    try model.prepare(batch, run)
    let (next, further) = try model.furtherLogits(batch.input, reads: batch.extras.further.map(\.reads), run)
    var parts: [(name: String, value: Tensor)] = [("next", weightedCrossEntropy(next, batch.targets, batch.weights))]
    let factor = Float(weight.map { $0 / Double(count) } ?? (isParallel ? 1 : 0.3 / Double(max(1, count))))
    for (depth, logits) in further.enumerated() {
      let wanted = batch.extras.further[depth]
      parts.append(("\(depth + 2) on", weightedCrossEntropy(logits, wanted.targets, wanted.weights) * factor))
    }
    return Loss(parts)
  }
}
