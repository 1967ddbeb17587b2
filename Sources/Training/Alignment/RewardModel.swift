// A reward model: a copy of the base with one number on its last state instead of logits, trained on pairs of which people prefer one (Bradley & Terry 1952;
// Ouyang et al. 2022, 2203.02155, eq. 1). Only differences of its scores mean something.

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// −log σ(r_w − r_l), the mean over all pairs of K ranked answers to each prompt. Ties are no pairs.
public enum BradleyTerry {
  /// - Parameters:
  ///   - scores: [prompts, K]
  ///   - ranks: rank of each answer, 0 the best; equal ranks are a tie. Nil: the answers stand in their order.
  /// - Returns: one number.
  public static func loss(_ scores: Tensor, ranks: [[Int]]? = nil) -> Tensor {
    guard scores.fault == nil, scores.rank == 2 else { return scores }
    let (rows, k) = (scores.shape[0], scores.shape[1])
    let pairs = (0..<k).flatMap { i in ((i + 1)..<max(k, i + 1)).map { (i, $0) } }
    var choose = [Float](repeating: 0, count: pairs.count * k)
    for (p, (i, j)) in pairs.enumerated() { (choose[p * k + i], choose[p * k + j]) = (1, -1) }
    var signs: [Float] = [], weights: [Float] = []
    for row in 0..<rows {
      let order = ranks?[row] ?? Array(0..<k)
      let own = pairs.map { i, j -> Float in order[i] == order[j] ? 0 : order[i] < order[j] ? 1 : -1 }
      let counted = own.reduce(0) { $0 + abs($1) }
      signs += own
      weights += own.map { $0 == 0 ? 0 : 1 / (counted * Float(rows)) }
    }
    let differences = contract("bk,pk->bp", scores, Tensor(choose, [pairs.count, k]))          // r_i − r_j
    let losses = (differences * Tensor(signs.map { -$0 }, differences.shape)).map(.softplus)     // −log σ(x) = softplus(−x)
    return (losses * Tensor(weights, losses.shape)).total
  }
}

extension Architecture {
  /// The head that gives one number: of a reward model, or of PPO's value function.
  func scalarHead() throws -> Classifier {
    guard let head = extras.lazy.compactMap({ $0.part as? Classifier }).first(where: { $0.classes == 1 }) else {
      throw ObjectiveFailure.noPart("a classifier of 1 class", of: name)
    }
    return head
  }

  /// A row as this model can read it: tokens beyond the context are left out at its end.
  private func fitting(_ ids: [[Int]]) -> [[Int]] { context.map { limit in ids.map { Array($0.prefix(limit)) } } ?? ids }

  /// One number for each text, from its last state.   → [rows]
  /// - Parameter ids: rows of whole texts, padded at their end to equal length. A text that is longer than the context is judged by what fits.
  public func rewards(_ ids: [[Int]], lengths: [Int], _ run: Run) throws -> Tensor {
    let head = try scalarHead(), rows = fitting(ids), width = rows.first?.count ?? 0
    let x = try hidden(Input(rows), run).checked()
    return try head(x, lengths: lengths.map { min($0, width) }, run).checked().reshaped([ids.count])
  }

  /// One number for each token, from the state that has read it.   → [rows, tokens]
  public func values(_ ids: [[Int]], _ run: Run) throws -> Tensor {
    let head = try scalarHead()
    let x = try hidden(Input(ids), run).checked()
    return try head.output(x).checked().reshaped([ids.count, ids.first?.count ?? 0])
  }
}

/// Tells the better of two answers.
public struct RewardLearning: Objective {
  public let name = "reward"
  public let rows: ResponseRows

  public init(_ special: SpecialTokens, begins: Bool? = nil) { rows = ResponseRows(special, begins: begins) }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    try ranked(samples.map { sample in
      guard !sample.rejected.isEmpty else { throw ObjectiveFailure.lacking(objective: name, .rejected) }
      return (sample.source, [sample.tokens, sample.rejected])
    })
  }

  /// Prompts, each with the same number of answers, best first.
  public func ranked(_ prompts: [(prompt: [Int], answers: [[Int]])]) throws -> Batch {
    try Batch.ranked(
      prompts.map { prompt, answers in
        try answers.map { answer in
          guard !answer.isEmpty else { throw ObjectiveFailure.empty(objective: name, "a sample has an empty answer") }
          // What is read is the whole text: nothing is to be said, and the score stands at the last token.
          let row = rows.lead(prompt) + answer
          return Example(row, targets: Array(repeating: Batch.none, count: row.count - 1) + [row.last!])
        }
      }, filler: rows.special.filler, objective: name)
  }

  /// Scores of all answers.   [prompts, K], best first
  public func scores(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    let all = batch.answers
    let lengths = all.weights.map { ($0.lastIndex { $0 != 0 } ?? -1) + 1 }
    return try model.rewards(all.ids, lengths: lengths, run).reshaped([batch.extras.answers.count + 1, batch.input.ids.count]).transposed
  }

  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    BradleyTerry.loss(try scores(model, batch, run)) * batch.extras.share
  }

  /// Share of the pairs whose better answer has the higher score, and the mean scores by rank.
  public func accuracy(_ model: Architecture, _ batch: Batch) throws -> (share: Double, means: [Double]) {
    let scores = try scores(model, batch, Run(keepsMemory: false)), k = scores.shape[1], values = scores.values.map(Double.init)
    var right = 0, pairs = 0
    let rows = values.count / k
    for row in 0..<rows {
      for i in 0..<k { for j in (i + 1)..<max(k, i + 1) {
        pairs += 1
        if values[row * k + i] > values[row * k + j] { right += 1 }
      } }
    }
    return (Double(right) / Double(max(1, pairs)), (0..<k).map { rank in (0..<rows).reduce(0) { $0 + values[$1 * k + rank] } / Double(max(1, rows)) })
  }
}

/// A reward model's scores with mean 0 and deviation 1 over texts of a reference: what PPO is given.
public struct StandardisedReward: @unchecked Sendable {
  public let model: Architecture
  public let rows: ResponseRows
  public private(set) var mean: Float = 0, deviation: Float = 1

  /// - Parameter reference: prompts and responses whose scores get mean 0 and deviation 1.
  public init(_ model: Architecture, _ rows: ResponseRows, reference: [(prompt: [Int], response: [Int])]) throws {
    (self.model, self.rows) = (model, rows)
    let scores = try raw(reference), n = Float(max(1, scores.count))
    mean = scores.reduce(0, +) / n
    deviation = max(1e-6, (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot())
  }

  private func raw(_ texts: [(prompt: [Int], response: [Int])]) throws -> [Float] {
    let ids = texts.map { rows.lead($0.prompt) + $0.response }, width = ids.map(\.count).max() ?? 0
    let padded = ids.map { $0 + Array(repeating: rows.special.filler, count: width - $0.count) }
    return try model.rewards(padded, lengths: ids.map(\.count), Run(keepsMemory: false)).values
  }

  public func callAsFunction(_ texts: [(prompt: [Int], response: [Int])]) throws -> [Float] { try raw(texts).map { ($0 - mean) / deviation } }
}
