// Responses that a policy writes itself, many at a time: what PPO learns from, and how a policy is judged.

import Blocks
import Generation
import Tensors

/// Prompts with what a model wrote behind them.
public struct Rollouts: Sendable {
  /// The rows before the responses (begin token and prompt), all of one length.
  public let leads: [[Int]]
  /// What was written; shorter where a stop token ended it, the stop token included.
  public let responses: [[Int]]

  /// Writes `limit` tokens behind every lead, one forward for all rows at each step.
  /// - Parameters:
  ///   - leads: of equal length.
  ///   - sampler: temperature 1 gives the policy's own distribution.
  ///   - stop: a token that ends a response.
  /// - Throws: `Fault`, `ObjectiveFailure`.
  public init(_ model: Architecture, leads: [[Int]], limit: Int, sampler: inout Sampler, stop: Int? = nil, flag: UnsafeMutablePointer<Int32>? = nil) throws {
    guard let width = leads.first?.count, width > 0, leads.allSatisfy({ $0.count == width }) else {
      throw ObjectiveFailure.empty(objective: "rollouts", "the prompts of one batch must have the same number of tokens, at least one")
    }
    // The last token that is written is never read.
    if let context = model.context, width + limit - 1 > context { throw ObjectiveFailure.tooLong(tokens: width + limit - 1, context: context, model: model.name) }
    let run = Run(trace: Trace(stop: flag))
    var responses = leads.map { _ in [Int]() }, ended = leads.map { _ in false }
    var unread = leads
    for _ in 0..<limit {
      let logits = try model(Architecture.Input(unread), run, lastOnly: true)
      let values = logits.values, vocabulary = logits.shape[2]
      unread = leads.indices.map { row in
        let chosen = sampler.choose(Array(values[(row * vocabulary)..<((row + 1) * vocabulary)]))
        if !ended[row] {
          responses[row].append(chosen)
          ended[row] = chosen == stop
        }
        return [chosen]
      }
      if ended.allSatisfy({ $0 }) { break }
    }
    (self.leads, self.responses) = (leads, responses)
  }

  /// As rows for the likelihood of every response token.
  func rows(_ chosen: some Sequence<Int>, filler: Int) -> AnswerRows {
    let width = zip(leads, responses).map { $0.count + $1.count - 1 }.max() ?? 0
    var rows = AnswerRows(ids: [], targets: [], weights: [])
    for row in chosen {
      let (lead, response) = (leads[row], responses[row])
      let pad = width - lead.count - response.count + 1
      rows.ids.append((lead + response).dropLast() + Array(repeating: filler, count: pad))
      rows.targets.append(Array(repeating: Batch.none, count: lead.count - 1) + response + Array(repeating: Batch.none, count: pad))
      rows.weights.append(Array(repeating: 0, count: lead.count - 1) + response.map { _ in 1 } + Array(repeating: 0, count: pad))
    }
    return rows
  }

  /// KL(π‖π_ref) of whole responses, estimated on these samples of π: the mean of Σ_t (log π − log π_ref).
  public func divergence(of model: Architecture, from reference: FrozenNumbers, filler: Int) throws -> Double {
    try divergence(of: model, filler: filler) { rows in try reference.applied { try model.likelihoods(rows, Run(keepsMemory: false)).sum().values } }
  }

  /// The same from another model.
  public func divergence(of model: Architecture, from other: Architecture, filler: Int) throws -> Double {
    try divergence(of: model, filler: filler) { rows in try other.likelihoods(rows, Run(keepsMemory: false)).sum().values }
  }

  private func divergence(of model: Architecture, filler: Int, reference: (AnswerRows) throws -> [Float]) throws -> Double {
    let rows = rows(responses.indices, filler: filler)
    let own = try model.likelihoods(rows, Run(keepsMemory: false)).sum().values, held = try reference(rows)
    return zip(own, held).reduce(0) { $0 + Double($1.0 - $1.1) } / Double(max(1, own.count))
  }
}
