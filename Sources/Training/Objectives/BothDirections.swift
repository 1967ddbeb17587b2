// ELMo's objective (Peters et al. 2018, 1802.05365, section 3.1): one stack says each word from those before it, the other from those behind it. Neither
// sees the other's side, and both say their words by the same matrix.

import Blocks
import Tensors

/// Next-word prediction forwards and backwards at once.
public struct BothDirections: PartedObjective {
  public let name = "both directions"
  public let special: SpecialTokens
  let begin: Int, end: Int

  public init(_ special: SpecialTokens) throws {
    self.special = special
    (begin, end) = (try special.required(.begin, by: name), try special.required(.end, by: name))
  }

  /// A text between its ends. The targets are those of the forward stack: every word of the text, at the place before it; the backward stack says
  /// the same word at the place behind it.
  public func example(_ text: [Int]) throws -> Example {
    let words = text.filter { $0 != begin && $0 != end }
    guard !words.isEmpty else { throw ObjectiveFailure.tooShort(objective: name, tokens: 0, least: 1) }
    var example = Example([begin] + words + [end], targets: words + [Batch.none, Batch.none])
    example.notes = [("target backwards", ["", ""] + words.map(special.word))]
    return example
  }

  /// - Throws: `ObjectiveFailure` where the texts are not of one length: the backward stack would begin with padding.
  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { try example($0.tokens) }
    if let other = examples.first(where: { $0.tokens.count != examples[0].tokens.count }) {
      throw ObjectiveFailure.empty(
        objective: name, "texts of \(examples[0].tokens.count) and \(other.tokens.count) tokens: they must be of one length, or the way back would begin with padding")
    }
    return try Batch(examples, filler: special.filler, readsBothWays: true, objective: name)
  }

  /// The mean of the two: each way a text costs its entropy, so the mean has the same floor.
  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    try model.prepare(batch, run)
    guard let (forward, backward) = try model.directionLogits(batch.input, run) else { throw ObjectiveFailure.noPart("a prediction of words in both directions", of: model.name) }
    let none = [Batch.none, Batch.none]
    return Loss([
      ("forward", weightedCrossEntropy(forward, batch.targets, batch.weights) * 0.5),
      ("backward", weightedCrossEntropy(backward, batch.targets.map { none + $0.dropLast(2) }, batch.weights.map { [0, 0] + $0.dropLast(2) }) * 0.5),
    ])
  }
}
