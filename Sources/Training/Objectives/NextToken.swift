// The next token, everywhere: L = −(1/N) Σᵢ log p(x_{i+1} | x_{≤i}). With packing, several texts share a row.

import Blocks
import Tensors

/// Next-token prediction.
public struct NextToken: Objective {
  public let name = "next"
  public let special: SpecialTokens
  /// A begin token before each text, so that its first token counts too; an end token behind it, so that the model learns to stop.
  public var begins: Bool, ends: Bool
  public var packing = Packing.apart
  public var divisor = Divisor.tokens

  /// How texts come into rows.
  public enum Packing: Sendable, Equatable {
    /// Each in a row of its own.
    case apart
    /// All in one row; no text sees another, and positions begin anew with each: nothing is different from `apart` but the padding.
    case closed
    /// One behind the other in rows of `length` positions, under the model's own mask: texts see those before them, and the step from an end to
    /// the next beginning has no label.
    case open(length: Int)
  }

  public init(_ special: SpecialTokens, begins: Bool? = nil, ends: Bool = false) throws {
    (self.special, self.begins, self.ends) = (special, begins ?? (special[.begin] != nil), ends)
    if self.begins { _ = try special.required(.begin, by: name) }
    if ends { _ = try special.required(.end, by: name) }
  }

  /// One text as inputs and targets, shifted here and nowhere else.
  /// - Parameter counted: places of the text that count; empty: all.
  public func example(_ text: [Int], counted: [Bool] = []) throws -> Example {
    let (row, counts) = framed(text, counted)
    guard row.count > 1 else { throw ObjectiveFailure.tooShort(objective: name, tokens: text.count, least: begins || ends ? 1 : 2) }
    let targets = zip(row, counts).dropFirst().map { $1 ? $0 : Batch.none }
    return Example(Array(row.dropLast()), targets: targets)
  }

  private func framed(_ text: [Int], _ counted: [Bool]) -> (row: [Int], counts: [Bool]) {
    var row = text, counts = counted.isEmpty ? Array(repeating: true, count: text.count) : counted
    if begins, let begin = special[.begin], text.first != begin { (row, counts) = ([begin] + row, [false] + counts) }
    if ends, let end = special[.end], text.last != end { (row, counts) = (row + [end], counts + [true]) }
    return (row, counts)
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard !samples.isEmpty else { throw ObjectiveFailure.noSamples(objective: name) }
    switch packing {
    case .apart:
      return try Batch(
        samples.map { try example($0.tokens, counted: $0.counted) }, filler: special.filler, divisor: divisor, readsBothWays: false, objective: name)
    case .closed: return try closed(samples.map { try example($0.tokens, counted: $0.counted) })
    case .open(let length): return try open(samples, length)
    }
  }

  /// All texts in one row under a block-diagonal causal mask.
  private func closed(_ texts: [Example]) throws -> Batch {
    var row = Example(texts.flatMap(\.tokens), targets: texts.flatMap(\.targets))
    row.positions = texts.flatMap { Array($0.tokens.indices) }
    let owner = texts.enumerated().flatMap { index, text in Array(repeating: index, count: text.tokens.count) }
    row.notes = [("text", owner.map { "\($0 + 1)" })]
    var batch = try Batch([row], filler: special.filler, divisor: .tokens, readsBothWays: false, objective: name)
    batch.mask = .table(owner.indices.map { i in owner.indices.map { j in j <= i && owner[i] == owner[j] } })
    return batch
  }

  private func open(_ samples: [Sample], _ length: Int) throws -> Batch {
    var stream: [Int] = [], counts: [Bool] = []
    for sample in samples {
      var (row, own) = framed(sample.tokens, sample.counted)
      // The first token of a text has no label: nothing before it says which text comes.
      if !row.isEmpty { own[0] = false }
      stream += row
      counts += own
    }
    guard stream.count > 1 else { throw ObjectiveFailure.tooShort(objective: name, tokens: stream.count, least: 2) }
    let rows = stride(from: 0, to: stream.count - 1, by: length).map { start -> Example in
      let end = min(start + length, stream.count - 1)
      return Example(Array(stream[start..<end]), targets: (start..<end).map { counts[$0 + 1] ? stream[$0 + 1] : Batch.none })
    }
    return try Batch(rows, filler: special.filler, divisor: divisor, readsBothWays: false, objective: name)
  }
}
