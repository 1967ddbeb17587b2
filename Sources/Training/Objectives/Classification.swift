// The class of a text: a cross-entropy over classes at one place of the text, or of its mean.

import Blocks
import Tensors

/// Says the class of a text.
public struct Classification: Objective {
  public let name = "classification"
  public let special: SpecialTokens
  public let classes: Int
  /// `[CLS]` before and `[SEP]` behind the text, where the vocabulary has them.
  public var frames = true
  /// An end token behind it: where a model that reads from left to right has seen all (GPT).
  public var ends = false

  public init(_ special: SpecialTokens, classes: Int = 2) { (self.special, self.classes) = (special, classes) }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { sample -> Example in
      guard let label = sample.label else { throw ObjectiveFailure.lacking(objective: name, .label) }
      guard (0..<classes).contains(label) else {
        throw ObjectiveFailure.outOfRange(objective: name, "a sample's class", expected: "from 0 to \(classes - 1)", found: "\(label)")
      }
      var tokens = sample.tokens
      if frames, let first = special[.classifier], let last = special.segmentEnd, tokens.first != first { tokens = [first] + tokens + [last] }
      if ends, let end = special[.end], tokens.last != end { tokens.append(end) }
      guard !tokens.isEmpty else { throw ObjectiveFailure.tooShort(objective: name, tokens: 0, least: 1) }
      var example = Example(tokens, targets: Array(repeating: Batch.none, count: tokens.count))
      example.label = label
      return example
    }
    return try Batch(examples, filler: special.filler, readsBothWays: true, objective: name)
  }

  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    weightedCrossEntropy(try scores(model, batch, run), batch.extras.labels.map { [$0] }, batch.extras.labelWeights.map { [$0] })
  }

  /// Logits over the classes.   [b, classes]
  public func scores(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    try model.prepare(batch, run)
    return try model.judged(try model.hidden(batch.input, run).checked(), batch.extras.lengths, classes: classes, run)
  }
}

extension Architecture {
  /// What the model's classifier says of texts.   x [b, t, width] → [b, classes]
  /// - Parameter lengths: tokens of each text; empty: all.
  func judged(_ x: Tensor, _ lengths: [Int], classes: Int, _ run: Run) throws -> Tensor {
    let part = "a classifier of \(classes) classes"
    if let own = classifier {
      guard own.classes == classes else { throw ObjectiveFailure.noPart(part, of: name) }
      return try own(x, lengths: lengths, run).checked()
    }
    // Published encoders: a pooler, and a head of its own for pairs of sentences.
    guard let head = extras.lazy.compactMap({ $0.part as? Projection }).first(where: { $0.outputs == classes }) else {
      throw ObjectiveFailure.noPart(part, of: name)
    }
    let pooler = extras.lazy.compactMap { $0.part as? Pooler }.first
    let first = pooler.map { $0(x, run) } ?? x.slice(0..<1, axis: 1).reshaped([x.shape[0], x.shape[2]])
    return try head(first).checked()
  }
}
