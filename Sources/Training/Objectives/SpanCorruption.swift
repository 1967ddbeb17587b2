// T5's objective: spans are taken out of the text, a sentinel stands where each was, and the decoder says the spans behind their sentinels (Raffel et
// al. 2019, 2.3). The lengths are those of the released code.

import Blocks
import Tensors

/// Span corruption.
public struct SpanCorruption: Objective {
  public let name = "spans"
  public let special: SpecialTokens
  /// `<extra_id_0>`, `<extra_id_1>`, …
  public let sentinels: [Int]
  public var rate = 0.15, length = 3.0
  /// The released code always begins with a kept segment, so that the last token is always corrupted, and with a single span (any text of 30 tokens or
  /// less at the usual rate) what is missing is the end. Set, the text begins with a span half of the time.
  public var beginsAnywhere = false
  /// What closes the target: a further sentinel (the paper's figure), else the end token.
  public var closesWithSentinel = true
  /// An end token behind the encoder's text.
  public var endsSource = false

  public init(_ special: SpecialTokens) throws {
    self.special = special
    sentinels = special.sentinels
    guard !sentinels.isEmpty else { throw ObjectiveFailure.noToken(objective: name, "sentinels", names: ["<extra_id_0>", "<extra_id_1>"]) }
  }

  /// How many tokens and how many spans are taken out of a text of `count`.
  public func amounts(_ count: Int) -> (noise: Int, spans: Int) {
    // Half goes to the even number, as in the released code: 4.5 of 30 tokens are 4.
    let noise = min(max(Int((rate * Double(count)).rounded(.toNearestOrEven)), 1), count - 1)
    let spans = max(1, Int((Double(noise) / length).rounded(.toNearestOrEven)))
    return (noise, min(spans, noise, count - noise))
  }

  /// Spans of a text of `count` tokens, drawn at random.
  public func spans(_ count: Int, using generator: inout SeededGenerator) throws -> [Range<Int>] {
    guard count > 1 else { throw ObjectiveFailure.tooShort(objective: name, tokens: count, least: 2) }
    let (noise, number) = amounts(count)
    let taken = SpanCorruption.composition(noise, number, using: &generator), kept = SpanCorruption.composition(count - noise, number, using: &generator)
    let beginsWithSpan = beginsAnywhere && generator.below(2) == 0
    var place = 0
    return zip(kept, taken).map { kept, taken in
      if !beginsWithSpan { place += kept }
      defer { place += taken + (beginsWithSpan ? kept : 0) }
      return place..<(place + taken)
    }
  }

  /// `total` as a sum of `parts` whole numbers of at least 1, each way as likely.
  static func composition(_ total: Int, _ parts: Int, using generator: inout SeededGenerator) -> [Int] {
    let cuts = generator.shuffled(Array(1..<total)).prefix(parts - 1).sorted() + [total]
    return zip([0] + cuts, cuts).map { $1 - $0 }
  }

  /// A text with these spans taken out.
  /// - Parameter spans: in the order of the text, apart.
  public func example(_ text: [Int], spans: [Range<Int>]) throws -> Example {
    guard sentinels.count >= spans.count + (closesWithSentinel ? 1 : 0) else {
      throw ObjectiveFailure.sentinels(needed: spans.count + (closesWithSentinel ? 1 : 0), found: sentinels.count)
    }
    var read: [Int] = [], said: [Int] = [], next = 0
    for (index, span) in spans.enumerated() {
      read += text[next..<span.lowerBound] + [sentinels[index]]
      said += [sentinels[index]] + text[span]
      next = span.upperBound
    }
    read += text[next...]
    if endsSource, let end = special[.end] { read.append(end) }
    said.append(closesWithSentinel ? sentinels[spans.count] : try special.required(.end, by: name))
    let start = special[.padding] ?? special[.begin] ?? special.filler
    var example = Example([start] + said.dropLast(), targets: said, source: read)
    example.original = text
    return example
  }

  /// The text again, from what the encoder read and what the decoder says.
  public func restored(_ source: [Int], _ target: [Int]) -> [Int] {
    let marks = Set(sentinels)
    var spans: [Int: [Int]] = [:], open: Int?
    for token in target {
      if marks.contains(token) { open = token } else if let open, token != special[.end] { spans[open, default: []].append(token) }
    }
    return source.flatMap { marks.contains($0) ? spans[$0] ?? [] : [$0] }
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    let examples = try samples.map { try example($0.tokens, spans: spans($0.tokens.count, using: &generator)) }
    return try Batch(examples, filler: special.filler, readsBothWays: false, objective: name)
  }
}
