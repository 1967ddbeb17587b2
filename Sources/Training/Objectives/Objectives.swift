// Objectives by name, with settings from a plain dictionary: what plan files and the prompt use.

import Models

/// The registry of objectives.
public enum Objectives {
  /// One objective: its name, what it does in a line, its settings, and how it is made.
  public struct Entry: Sendable {
    public let name: String
    public let about: String
    public let settings: [ObjectiveSetting]
    let make: @Sendable (ObjectiveSettings) throws -> any Objective

    init(_ name: String, _ about: String, _ settings: [ObjectiveSetting], make: @escaping @Sendable (ObjectiveSettings) throws -> any Objective) {
      (self.name, self.about, self.settings, self.make) = (name, about, settings, make)
    }
  }

  /// All of them, in the order of the lessons.
  public static let all: [Entry] = texts + pairs + diffusions

  /// An objective.
  /// - Parameters:
  ///   - settings: by name; what is left out has its default.
  ///   - special: the vocabulary that the corpus and the model share.
  /// - Throws: `ObjectiveFailure`: unknown names with the nearest right one, values out of range, a vocabulary without what is needed.
  public static func named(_ name: String, _ settings: [String: Recipe.Value] = [:], _ special: SpecialTokens) throws -> any Objective {
    guard let entry = all.first(where: { $0.name == name }) else { throw ObjectiveFailure.unknown(name, known: all.map(\.name)) }
    return try entry.make(ObjectiveSettings(entry.name, entry.settings, settings, special))
  }

  static let divisor = ObjectiveSetting("divisor", .word(Divisor.allCases.map(\.rawValue)), "what the sum of the losses is divided by")

  static let texts: [Entry] = [
    Entry(
      "next", "says the next token, everywhere",
      [
        .init("begin", .flag, "a begin token before each text"), .init("end", .flag, "an end token behind each text"),
        .init("packing", .word(["apart", "closed", "open"]), "each text in its row; all in one that do not see each other; or one behind the other"),
        .init("length", .count(2...1 << 20), "tokens of a row of open packing; 64 if left out"), divisor,
      ]
    ) { s in
      var made = try NextToken(s.special, begins: s.flag("begin"), ends: s.flag("end") ?? false)
      switch s.word("packing") {
      case "closed": made.packing = .closed
      case "open": made.packing = .open(length: s.count("length") ?? 64)
      default: break
      }
      made.divisor = s.divisor ?? made.divisor
      return made
    },
    Entry(
      "masked", "says tokens that are hidden, from both sides (BERT)",
      [
        .init("rate", .share, "share of the tokens that is selected; 0.15"), .init("mask", .share, "of these: share that becomes a mask; 0.8"),
        .init("random", .share, "of these: share that becomes any word; 0.1"), .init("selection", .word(["bernoulli", "exact"]), "each token by itself, or an exact number"),
        .init("masking", .word(["dynamic", "static"]), "drawn anew each time, or always the same for a text"),
        .init("copies", .count(1...1 << 20), "ways in which a text is masked, of static masking; 10"), .init("seed", .count(0...Int.max), "which ways"),
        .init("frame", .flag, "[CLS] before and [SEP] behind the text"), divisor,
      ]
    ) { s in
      var made = try MaskedTokens(s.special)
      (made.rate, made.masked, made.random) = (s.share("rate") ?? made.rate, s.share("mask") ?? made.masked, s.share("random") ?? made.random)
      if made.masked + made.random > 1 + 1e-9 {
        throw ObjectiveFailure.outOfRange(objective: s.objective, "mask + random", expected: "at most 1", found: "\(made.masked + made.random)")
      }
      made.isExact = s.word("selection") == "exact"
      if s.word("masking") == "static" { made.copies = s.count("copies") ?? 10 }
      made.seed = UInt64(s.count("seed") ?? 0)
      made.frames = s.flag("frame") ?? made.frames
      made.divisor = s.divisor ?? made.divisor
      return made
    },
    Entry(
      "spans", "says spans that were taken out, behind their sentinels (T5)",
      [
        .init("rate", .share, "share of the tokens that is taken out; 0.15"), .init("span", .number(1...1000), "mean length of a span; 3"),
        .init("start", .word(["keep", "either"]), "begin with kept tokens (the released code), or with either"),
        .init("close", .word(["sentinel", "end"]), "what closes the target"), .init("end", .flag, "an end token behind the encoder's text"),
      ]
    ) { s in
      var made = try SpanCorruption(s.special)
      (made.rate, made.length) = (s.share("rate") ?? made.rate, s.number("span") ?? made.length)
      made.beginsAnywhere = s.word("start") == "either"
      made.closesWithSentinel = s.word("close") != "end"
      made.endsSource = s.flag("end") ?? false
      return made
    },
  ]

  static let pairs: [Entry] = [
    Entry("prefix", "says a target; its source is read both ways (prefix LM)", pairSettings) { s in try pairs(s, .prefix, countsSource: false) },
    Entry("pairs", "says source and target from left to right, or the target alone", pairSettings) { s in try pairs(s, .causal, countsSource: true) },
    Entry("translation", "says a target; an encoder reads its source", [.init("end", .flag, "an end token behind the target"), divisor]) { s in
      try pairs(s, .encoder, countsSource: false)
    },
  ]

  private static let pairSettings: [ObjectiveSetting] = [
    .init("counts", .word(["target", "all"]), "whether the source's tokens are to be said too"), .init("end", .flag, "an end token behind the target"), divisor,
  ]

  private static func pairs(_ s: ObjectiveSettings, _ reading: Pairs.Reading, countsSource: Bool) throws -> any Objective {
    var made = try Pairs(s.special, reading)
    made.countsSource = s.has("counts") ? s.word("counts") == "all" : countsSource
    made.ends = s.flag("end") ?? made.ends
    made.divisor = s.divisor ?? made.divisor
    return made
  }

  static let diffusions: [Entry] = [
    Entry(
      "masked diffusion", "says any share of masked tokens, weight 1/t (LLaDA, MDLM)",
      [
        .init("times", .word(MaskedDenoising.Times.allCases.map(\.rawValue)), "spread evenly over a batch, drawn one by one, or exact counts for evaluation"),
        .init("least", .number(0...0.5), "the least masking probability; 0.001"),
      ]
    ) { s in
      var made = try MaskedDenoising(s.special, least: s.number("least") ?? 1e-3)
      if let times = s.word("times") { made.times = MaskedDenoising.Times(rawValue: times)! }
      return made
    },
  ]
}
