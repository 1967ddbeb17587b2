// Two segments, and what they are to each other: whether the second follows the first (BERT), or in which order they stood (ALBERT). Added to the
// masked-token loss with weight 1.

import Blocks
import Tensors

/// Next-sentence prediction and sentence order.
public struct SentencePairs: PartedObjective {
  public enum Question: String, Sendable, CaseIterable {
    /// Label 1: the second segment comes from another text.
    case next
    /// Label 1: the two segments are swapped.
    case order
  }

  public let name: String
  public let question: Question
  public let special: SpecialTokens
  /// The masked-token objective beside it; nil: the pair alone.
  public var masking: MaskedTokens?
  let classifier: Int, separator: Int, stops: Set<Int>

  public init(_ special: SpecialTokens, _ question: Question) throws {
    name = question == .next ? "next sentence" : "sentence order"
    (self.special, self.question, stops) = (special, question, special.stops)
    classifier = try special.required(.classifier, by: name)
    separator = try special.segmentEnd ?? special.required(.separator, by: name)
    if special[.mask] != nil {
      masking = try MaskedTokens(special)
      masking?.frames = false
    }
  }

  /// `[CLS] A [SEP] B [SEP]` with segments 0 and 1.
  public func example(_ a: [Int], _ b: [Int], label: Int) -> Example {
    let tokens = [classifier] + a + [separator] + b + [separator]
    var example = Example(tokens, targets: Array(repeating: Batch.none, count: tokens.count))
    example.segments = tokens.indices.map { $0 < a.count + 2 ? 0 : 1 }
    example.label = label
    return example
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    // A sample may be a pair already, with its label.
    let texts = samples.map { sample in sample.label != nil && !sample.source.isEmpty ? [sample.source, sample.tokens] : sentences(sample.tokens) }
    guard texts.allSatisfy({ !$0.isEmpty }) else { throw ObjectiveFailure.tooShort(objective: name, tokens: 0, least: 1) }
    let examples = try texts.indices.map { index -> Example in
      let text = texts[index]
      let pair: Example
      if let label = samples[index].label, !samples[index].source.isEmpty {
        pair = example(samples[index].source, samples[index].tokens, label: label)
      } else if text.count == 1 {
        // A single sentence has no second: it becomes a pair with a stranger, whatever the question (as in both released codes).
        pair = example(text[0], try stranger(to: index, texts, &generator), label: 1)
      } else {
        let cut = 1 + generator.below(text.count - 1), isNegative = generator.below(2) == 1
        let (a, b) = (text[..<cut].flatMap { $0 }, text[cut...].flatMap { $0 })
        switch (question, isNegative) {
        case (_, false): pair = example(a, b, label: 0)
        case (.order, true): pair = example(b, a, label: 1)
        case (.next, true): pair = example(a, try stranger(to: index, texts, &generator), label: 1)
        }
      }
      guard let masking else { return pair }
      var both = try masking.corrupted(pair.tokens, using: &generator)
      (both.segments, both.label) = (pair.segments, pair.label)
      return both
    }
    return try Batch(examples, filler: special.filler, readsBothWays: true, objective: name)
  }

  /// The end of another text of the batch.
  private func stranger(to index: Int, _ texts: [[[Int]]], _ generator: inout SeededGenerator) throws -> [Int] {
    guard texts.count > 1 else { throw ObjectiveFailure.lacking(objective: name, .second) }
    let other = texts[(index + 1 + generator.below(texts.count - 1)) % texts.count]
    return other[generator.below(other.count)...].flatMap { $0 }
  }

  func sentences(_ text: [Int]) -> [[Int]] {
    let text = text.filter { $0 != special[.begin] && $0 != special[.end] && $0 != special[.padding] }
    var result: [[Int]] = [[]]
    for token in text {
      result[result.count - 1].append(token)
      if stops.contains(token) { result.append([]) }
    }
    return result.filter { !$0.isEmpty }
  }

  /// What the model says of the pairs.   [b, 2]
  func scores(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    try model.prepare(batch, run)
    return try model.judged(try model.hidden(batch.input, run).checked(), batch.extras.lengths, classes: 2, run)
  }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    try model.prepare(batch, run)
    let x = try model.hidden(batch.input, run).checked()
    let judged = try model.judged(x, batch.extras.lengths, classes: 2, run)
    var parts: [(name: String, value: Tensor)] = [
      (question == .next ? "next" : "order", weightedCrossEntropy(judged, batch.extras.labels.map { [$0] }, batch.extras.labelWeights.map { [$0] }))
    ]
    if masking != nil {
      guard let head = model.head else { throw ObjectiveFailure.noPart("a head over the vocabulary", of: model.name) }
      parts.append(("masked", weightedCrossEntropy(try head(x, run).checked(), batch.targets, batch.weights)))
    }
    return Loss(parts)
  }
}
