// A source and its target: the same pairs under three masks. Prefix LM (UniLM; Raffel et al. 2019), a causal model on the whole or on targets alone, and
// an encoder–decoder.

import Blocks
import Tensors

/// Says a target after having read its source.
public struct Pairs: Objective {
  /// How the source is read.
  public enum Reading: String, Sendable, CaseIterable {
    /// Source tokens see one another both ways: `allowed(q, k) = k < P or k ≤ q`.
    case prefix
    /// From left to right.
    case causal
    /// By an encoder.
    case encoder
  }

  public let name: String
  public let special: SpecialTokens
  public var reading: Reading
  /// Whether the source's tokens are to be said too. Under the prefix mask that is a leak: a source token sees its own answer.
  public var countsSource = false
  /// An end token behind the target.
  public var ends: Bool
  public var divisor = Divisor.tokens

  public init(_ special: SpecialTokens, _ reading: Reading, name: String? = nil) throws {
    (self.special, self.reading, ends) = (special, reading, special[.end] != nil)
    self.name = name ?? (reading == .encoder ? "translation" : reading == .prefix ? "prefix" : "pairs")
    if reading == .encoder, special[.begin] == nil, special[.padding] == nil {
      throw ObjectiveFailure.noToken(objective: self.name, "a token that the decoder starts with", names: SpecialTokens.Role.begin.names)
    }
  }

  public func example(source: [Int], target: [Int], counted: [Bool] = []) throws -> Example {
    var said = target, counts = counted.isEmpty ? Array(repeating: true, count: target.count) : counted
    if ends, let end = special[.end], target.last != end { (said, counts) = (said + [end], counts + [true]) }
    guard !said.isEmpty else { throw ObjectiveFailure.empty(objective: name, "a sample has no target") }
    let labels = zip(said, counts).map { $1 ? $0 : Batch.none }
    if reading == .encoder {
      let start = special[.begin] ?? special.filler
      return Example([start] + said.dropLast(), targets: labels, source: source)
    }
    let read = source + (special[.separator].map { [$0] } ?? [])
    guard !read.isEmpty else { throw ObjectiveFailure.empty(objective: name, "a sample has no source") }
    let row = read + said
    let silent = countsSource ? Array(row[1..<read.count]) : Array(repeating: Batch.none, count: read.count - 1)
    return Example(Array(row.dropLast()), targets: silent + labels, prefix: reading == .prefix ? read.count : nil)
  }

  /// A text without a source is cut at a random place (the pre-training variant): on average half of its positions count.
  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { sample -> Example in
      if !sample.source.isEmpty { return try example(source: sample.source, target: sample.tokens, counted: sample.counted) }
      guard sample.tokens.count > 1 else { throw ObjectiveFailure.tooShort(objective: name, tokens: sample.tokens.count, least: 2) }
      return try cut(sample.tokens, at: 1 + generator.below(sample.tokens.count - 1))
    }
    return try Batch(examples, filler: special.filler, divisor: divisor, readsBothWays: false, objective: name)
  }

  /// A text whose first tokens are given.
  public func cut(_ text: [Int], at place: Int) throws -> Example {
    if reading == .encoder { return try example(source: Array(text[..<place]), target: Array(text[place...])) }
    let row = text, silent = countsSource ? Array(row[1..<place]) : Array(repeating: Batch.none, count: place - 1)
    return Example(Array(row.dropLast()), targets: silent + row[place...], prefix: reading == .prefix ? place : nil)
  }
}
