// GLM's objective: blanks in a text that is read both ways, filled one after the other from left to right (Du et al. 2021, 2103.10360). What the model
// reads is put together by `BlankFilling`, as it is when it fills blanks for a reader.

import Blocks
import Generation
import Tensors

/// Autoregressive blank infilling.
public struct BlankInfilling: Objective {
  public let name = "blanks"
  public let special: SpecialTokens
  let blank: Int, start: Int, end: Int
  /// Share of the tokens that is taken out (at least), and the mean of the Poisson lengths.
  public var rate = 0.15, length = 3.0
  /// Blanks are filled in a random order.
  public var shuffles = true

  public init(_ special: SpecialTokens) throws {
    self.special = special
    blank = try special.required(.mask, by: name)
    start = try special.required(special[.spanStart] == nil ? .begin : .spanStart, by: name)
    end = try special.required(special[.spanEnd] == nil ? .end : .spanEnd, by: name)
  }

  /// Spans of a text of `count` tokens: Poisson lengths of at least 1 until enough is taken out, at least one kept token between two.
  public func spans(_ count: Int, using generator: inout SeededGenerator) throws -> [Range<Int>] {
    guard count > 0 else { throw ObjectiveFailure.tooShort(objective: name, tokens: count, least: 1) }
    let wanted = max(1, Int(rate * Double(count)))
    var lengths: [Int] = [], taken = 0
    while taken < wanted {
      let next = generator.poisson(length)
      if next == 0 { continue }
      // The last is cut where the text would not leave room for a kept token between spans.
      let room = count - taken - lengths.count
      guard room > 0 else { break }
      lengths.append(min(next, room))
      taken += lengths.last!
    }
    // One gap for each span among the kept tokens, before, between and behind them.
    let gaps = generator.shuffled(Array(0...(count - taken))).prefix(lengths.count).sorted()
    var before = 0
    return zip(gaps, lengths).map { gap, length in
      defer { before += length }
      return (gap + before)..<(gap + before + length)
    }
  }

  /// - Parameter order: in which the blanks are filled; nil: as they stand.
  public func example(_ text: [Int], spans: [Range<Int>], order: [Int]? = nil) -> Example {
    let filling = BlankFilling(text, spans: spans, order: order, blank: blank, start: start, end: end)
    var example = Example(filling.ids, targets: filling.targets.map { $0 ?? Batch.none }, prefix: filling.prefix)
    example.positions = filling.positions.map(Int.init)
    example.blocks = filling.blocks.map(Int.init)
    example.original = text
    return example
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { sample -> Example in
      let spans = try spans(sample.tokens.count, using: &generator)
      return example(sample.tokens, spans: spans, order: shuffles ? generator.shuffled(Array(spans.indices)) : nil)
    }
    return try Batch(examples, filler: special.filler, readsBothWays: false, objective: name)
  }
}
