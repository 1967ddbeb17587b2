// Drafts of the next tokens by the model's own further predictions, each module with a memory of its own. What a draft is worth is
// Speculative's to find out.

import Blocks
import Tensors

/// A token that was guessed, and the chances that it was drawn with.
public struct Draft: Sendable {
  public let token: Int
  let candidates: [(id: Int, probability: Float)]
}

/// Runs the modules of a model over what has been verified.
struct Drafter {
  let architecture: Architecture
  /// One for each module: what it has read.
  let runs: [Run]
  /// Vectors that module j reads, from position `start` on; those of the model itself first.
  private var vectors: [(start: Int, rows: Tensor?)]

  init(_ architecture: Architecture, trace: () -> Trace) throws(GenerationFailure) {
    self.architecture = architecture
    let count = architecture.predictions.count + architecture.parallelPredictions.count
    guard count > 0 else {
      throw .cannotGenerate("\(architecture.name) has no modules that predict further tokens: speculative decoding needs multi-token prediction")
    }
    runs = (0..<count).map { _ in Run(trace: trace()) }
    vectors = Array(repeating: (0, nil), count: count + 1)
  }

  var count: Int { runs.count }

  /// Guesses the tokens after `text`.
  /// - Parameters:
  ///   - verified: vectors of the tokens that the model has read since the last call and that belong to the text.   [1, t, width]
  ///   - text: all tokens so far; the model has read all but the last.
  ///   - limit: how many tokens to guess at most.
  mutating func draft(_ verified: Tensor, text: [Int], limit: Int, sampler: inout Sampler) throws -> [Draft] {
    if !architecture.parallelPredictions.isEmpty { return try drafts(ofHeadsOn: verified, limit: limit, sampler: &sampler) }
    add(verified, to: 0, from: vectors[0].start + (vectors[0].rows?.shape[1] ?? 0))
    let read = text.count - 1
    var drafts: [Draft] = []
    for depth in 0..<min(limit, count) {
      let run = runs[depth], from = run.stream.end
      guard let rows = vectors[depth].rows, from < read else { break }
      let known = text + drafts.map(\.token)
      let fresh = rows.slice((from - vectors[depth].start)..<(read - vectors[depth].start), axis: 1)
      let (hidden, logits) = try architecture.predicting(depth, hidden: fresh, next: (from..<read).map { known[$0 + 1 + depth] }, run)
      add(hidden, to: depth + 1, from: from)
      drafts.append(sampler.draft(logits.values))
      // What was read beside tokens that are only guessed is read again when they are known.
      try run.rewind(by: min(depth, read))
      drop(depth, before: run.stream.end)
    }
    return drafts
  }

  /// Heads beside each other read the trunk alone: nothing that they read is a guess.
  private mutating func drafts(ofHeadsOn trunk: Tensor, limit: Int, sampler: inout Sampler) throws -> [Draft] {
    let logits = try runs.indices.map { try architecture.predicting(head: $0, trunk: trunk, runs[$0]).values }
    return logits.prefix(limit).map { sampler.draft($0) }
  }

  /// Puts rows at position `from` and after it; what stood there goes.
  private mutating func add(_ rows: Tensor, to index: Int, from: Int) {
    let rows = rows.untracked
    guard let old = vectors[index].rows, from > vectors[index].start else {
      vectors[index] = (from, rows)
      return
    }
    vectors[index].rows = concatenate([old.slice(0..<(from - vectors[index].start), axis: 1), rows], axis: 1)
  }

  /// Lets go of rows that nobody reads again.
  private mutating func drop(_ index: Int, before start: Int) {
    guard let rows = vectors[index].rows, start > vectors[index].start else { return }
    vectors[index] = (start, rows.slice((start - vectors[index].start)..<rows.shape[1], axis: 1))
  }
}
