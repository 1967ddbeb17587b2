// Prompts with their responses, side by side: what all of alignment reads. A row is a begin token (if the model is used to one), the prompt, the response; the
// response's tokens are what is judged.

import Blocks
import Tensors

/// How prompts and responses become rows.
public struct ResponseRows: Sendable {
  public let special: SpecialTokens
  /// A begin token before each row.
  public var begins: Bool

  public init(_ special: SpecialTokens, begins: Bool? = nil) {
    self.special = special
    self.begins = begins ?? (special[.begin] != nil)
  }

  /// The tokens before the response.
  public func lead(_ prompt: [Int]) -> [Int] { (begins ? special[.begin].map { [$0] } ?? [] : []) + prompt }

  /// One row: its targets are those of the response.
  /// - Parameter counted: tokens of the response that count; empty: all.
  func example(_ prompt: [Int], _ response: [Int], counted: [Bool] = [], objective: String) throws -> Example {
    guard !response.isEmpty else { throw ObjectiveFailure.empty(objective: objective, "a sample has no response") }
    let lead = lead(prompt)
    guard !lead.isEmpty else { throw ObjectiveFailure.empty(objective: objective, "a sample has no prompt, and there is no begin token to start from") }
    let labels = response.enumerated().map { counted.isEmpty || (counted.indices.contains($0) && counted[$0]) ? $1 : Batch.none }
    return Example(Array((lead + response).dropLast()), targets: Array(repeating: Batch.none, count: lead.count - 1) + labels)
  }
}

/// Another answer to each prompt of a batch, as wide as the batch's own rows.
public struct AnswerRows: Sendable {
  public var ids: [[Int]], targets: [[Int]], weights: [[Float]]

  func piece(_ range: Range<Int>, of rows: Int) -> AnswerRows {
    ids.count == rows ? AnswerRows(ids: Array(ids[range]), targets: Array(targets[range]), weights: Array(weights[range])) : self
  }
}

extension Batch {
  /// Several answers to each prompt: the best in the batch's own rows, the others in `extras.answers`, best first.
  static func ranked(_ answers: [[Example]], filler: Int, objective: String) throws -> Batch {
    guard let most = answers.map(\.count).min(), most > 0 else { throw ObjectiveFailure.noSamples(objective: objective) }
    // Made as one batch, so that all rows are equally wide; then cut by rank.
    let flat = (0..<most).flatMap { rank in answers.map { $0[rank] } }
    var batch = try Batch(flat, filler: filler, readsBothWays: false, objective: objective)
    let (rows, ids, targets) = (answers.count, batch.input.ids, batch.targets)
    // A response's likelihood is a sum over its tokens: every weight is 1.
    let weights = batch.weights.map { $0.map { $0 == 0 ? Float(0) : 1 } }
    batch.extras.answers = (1..<most).map { rank in
      let range = (rank * rows)..<((rank + 1) * rows)
      return AnswerRows(ids: Array(ids[range]), targets: Array(targets[range]), weights: Array(weights[range]))
    }
    batch.extras.lengths = (0..<rows).map { row in (0..<most).map { flat[$0 * rows + row].tokens.count }.max()! }
    (batch.input.ids, batch.targets, batch.weights) = (Array(ids[..<rows]), Array(targets[..<rows]), Array(weights[..<rows]))
    return batch
  }

  /// All answers of a batch under one another: the best of every prompt, then the second best, …
  var answers: AnswerRows {
    extras.answers.reduce(AnswerRows(ids: input.ids, targets: targets, weights: weights)) {
      AnswerRows(ids: $0.ids + $1.ids, targets: $0.targets + $1.targets, weights: $0.weights + $1.weights)
    }
  }
}

extension Architecture {
  /// ln p of every target that counts, 0 elsewhere.   → [rows, tokens]
  public func likelihoods(_ rows: AnswerRows, _ run: Run) throws -> Tensor {
    run.prefix = 0
    let logits = try self(Input(rows.ids), run)
    let targets = zip(rows.targets, rows.weights).flatMap { zip($0, $1).map { Int32($1 == 0 ? Batch.none : $0) } }
    return try (-crossEntropy(logits, targets: targets)).checked()
  }
}
