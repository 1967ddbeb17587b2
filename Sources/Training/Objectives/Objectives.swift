// Objectives by name, with settings from a plain dictionary: what plan files and the prompt use.

import Blocks
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
  public static let all: [Entry] = texts + pairs + diffusions + alignment

  /// An objective.
  /// - Parameters:
  ///   - settings: by name; what is left out has its default. Those of `balance` go with every objective.
  ///   - special: the vocabulary that the corpus and the model share.
  ///   - model: what is trained; a diffusion takes its noise from it.
  /// - Throws: `ObjectiveFailure`: unknown names with the nearest right one, values out of range, a vocabulary without what is needed.
  public static func named(
    _ name: String, _ settings: [String: Recipe.Value] = [:], _ special: SpecialTokens, for model: Architecture? = nil
  ) throws -> any Objective {
    guard let entry = all.first(where: { $0.name == name }) else { throw ObjectiveFailure.unknown(name, known: all.map(\.name)) }
    let checked = try ObjectiveSettings(entry.name, entry.settings + balance, settings, special, model)
    var balanced = Balanced(try entry.make(checked))
    (balanced.switching, balanced.z) = (checked.number("switch") ?? 0, checked.number("z") ?? 0)
    (balanced.importance, balanced.load, balanced.bias) = (checked.number("importance") ?? 0, checked.number("load") ?? 0, checked.number("bias") ?? 0)
    balanced.index = checked.number("index") ?? 0
    return balanced.isIdle ? balanced.base : balanced
  }

  /// What keeps the experts of a mixture busy, and what teaches an indexer.
  public static let balance: [ObjectiveSetting] = [
    .init("switch", .number(0...1000), "weight of N·Σ f·P, the share of choices times the mean probability of each expert (Switch: 0.01)"),
    .init("z", .number(0...1000), "weight of the mean squared logsumexp of the routers' logits (ST-MoE: 0.001)"),
    .init("importance", .number(0...1000), "weight of the squared variation of the experts' importance (Shazeer 2017: 0.1)"),
    .init("load", .number(0...1000), "weight of the squared variation of their expected load, of noisy routers (Shazeer 2017: 0.1)"),
    .init("bias", .number(0...1000), "step of the routers' balancing bias (DeepSeek-V3: 0.001)"),
    .init("index", .number(0...1000), "weight of the divergence of indexers' scores from what attention looks at (DeepSeek-V3.2)"),
  ]

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
    Entry("replaced", "says of every token whether it was exchanged (ELECTRA)", [.init("rate", .share, "share of the tokens that is exchanged; 0.15")]) { s in
      var made = try ReplacedTokens(s.special)
      made.rate = s.share("rate") ?? made.rate
      return made
    },
    Entry("both directions", "says each word from those before it, and from those behind it (ELMo)", []) { s in try BothDirections(s.special) },
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
    Entry(
      "denoising", "says a text again that was corrupted (BART)",
      [
        .init("noise", .word(["large"] + TextDenoising.Noise.allCases.map(\.rawValue)), "permuted sentences and infilling (the large model), or one alone"),
        .init("rate", .share, "share of the tokens that is taken; 0.3"), .init("span", .number(0.1...100), "mean length of an infilled span; 3"), divisor,
      ]
    ) { s in
      var made = try TextDenoising(s.special)
      if let noise = s.word("noise").flatMap({ TextDenoising.Noise(rawValue: $0) }) { made.noises = [noise] }
      (made.rate, made.length) = (s.share("rate") ?? made.rate, s.number("span") ?? made.length)
      made.divisor = s.divisor ?? made.divisor
      return made
    },
    Entry(
      "blanks", "fills blanks in a text that is read both ways (GLM)",
      [
        .init("rate", .share, "share of the tokens that is taken out, at least; 0.15"), .init("span", .number(0.1...100), "mean length of a span; 3"),
        .init("shuffle", .flag, "blanks are filled in a random order; true"),
      ]
    ) { s in
      var made = try BlankInfilling(s.special)
      (made.rate, made.length, made.shuffles) = (s.share("rate") ?? made.rate, s.number("span") ?? made.length, s.flag("shuffle") ?? true)
      return made
    },
    Entry(
      "further", "says the next token and those after it (multi-token prediction)",
      [
        .init("count", .count(1...64), "how many beyond the next; 1"), .init("weight", .number(0...100), "λ; 0.3 for modules one behind the other, 1 for each head"),
        .init("begin", .flag, "a begin token before each text"), .init("end", .flag, "an end token behind each text"),
      ]
    ) { s in
      var made = try FurtherTokens(s.special, count: s.count("count") ?? 1)
      made.base = try NextToken(s.special, begins: s.flag("begin"), ends: s.flag("end") ?? false)
      made.weight = s.number("weight")
      return made
    },
    Entry("next sentence", "says whether a segment follows another (BERT)", sentenceSettings) { s in try sentences(s, .next) },
    Entry("sentence order", "says in which order two segments stood (ALBERT)", sentenceSettings) { s in try sentences(s, .order) },
    Entry(
      "classification", "says the class of a text",
      [
        .init("classes", .count(2...1_000_000), "how many; 2"), .init("frame", .flag, "[CLS] before and [SEP] behind the text"),
        .init("end", .flag, "an end token behind the text"),
      ]
    ) { s in
      var made = Classification(s.special, classes: s.count("classes") ?? 2)
      (made.frames, made.ends) = (s.flag("frame") ?? true, s.flag("end") ?? false)
      return made
    },
    Entry("regression", "says the y of the last of several pairs (x, y)", [.init("outputs", .count(1...65_536), "numbers of y; 1")]) { s in
      var made = InContextRegression()
      made.outputs = s.count("outputs") ?? 1
      return made
    },
  ]

  private static let sentenceSettings = [ObjectiveSetting("masked", .flag, "masked tokens beside it; where the vocabulary has a mask token")]

  private static func sentences(_ s: ObjectiveSettings, _ question: SentencePairs.Question) throws -> any Objective {
    var made = try SentencePairs(s.special, question)
    if s.flag("masked") == false { made.masking = nil }
    if s.flag("masked") == true { _ = try s.special.required(.mask, by: s.objective) }
    return made
  }

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
        .init("begin", .flag, "a begin token before each text, never masked; false"),
      ]
    ) { s in
      var made = try MaskedDenoising(s.special, least: s.number("least") ?? 1e-3)
      made.begins = s.flag("begin") ?? false
      if made.begins { _ = try s.special.required(.begin, by: s.objective) }
      if let times = s.word("times").flatMap({ MaskedDenoising.Times(rawValue: $0) }) { made.times = times }
      return made
    },
    Entry(
      "block diffusion", "says masked tokens of a block, given the blocks before (BD3-LM)",
      [
        .init("size", .count(1...1 << 20), "tokens of a block; the model's"), .init("least", .number(0...0.5), "the least masking probability; 0.001"),
        .init("from", .share, "the least time that is drawn; 0"), .init("to", .share, "the largest; 1"),
      ]
    ) { s in
      var size = s.count("size")
      if case .blocks(_, let own) = s.model?.denoiser?.process {
        if let size, size != own { throw ObjectiveFailure.outOfRange(objective: s.objective, "size", expected: "\(own), as the model's blocks", found: "\(size)") }
        size = own
      }
      guard let size else { throw ObjectiveFailure.missing(objective: s.objective, "the size of the blocks is missing") }
      var made = try BlockDenoising(s.special, size: size, least: s.number("least") ?? 1e-3)
      let (from, to) = (s.number("from") ?? 0, s.number("to") ?? 1)
      guard from <= to else { throw ObjectiveFailure.outOfRange(objective: s.objective, "from", expected: "at most \(to)", found: "\(from)") }
      made.interval = from...to
      return made
    },
    Entry(
      "categorical diffusion", "says the words that a chain has changed (D3PM)", [.init("auxiliary", .number(0...100), "λ; 0.01 for absorbing noise, else 0.001")]
    ) { s in
      let model = try s.modelOrThrow()
      guard case .categorical(let noise, let schedule) = model.denoiser?.process else { throw ObjectiveFailure.noPart("categorical noise", of: model.name) }
      var made = try CategoricalDenoising(s.special, CategoricalProcess(noise, count: model.embedding.vocabulary, schedule: schedule))
      made.auxiliary = s.number("auxiliary") ?? made.auxiliary
      return made
    },
    Entry(
      "vector diffusion", "says clean vectors, noise or velocity (DDPM, Diffusion-LM, DiffuSeq, AR-Diffusion)",
      [.init("rounding", .flag, "the term that keeps the words' vectors apart; true"), .init("prior", .flag, "the term that keeps them bounded; true")]
    ) { s in
      var made = try VectorDenoising(s.special, for: s.modelOrThrow())
      (made.rounds, made.hasPrior) = (s.flag("rounding") ?? true, s.flag("prior") ?? true)
      return made
    },
    Entry("flow matching", "says the velocity from noise to words (rectified flow)", [.init("rounding", .flag, "the term that keeps the words' vectors apart; true")]) { s in
      var made = try FlowMatching(s.special, for: s.modelOrThrow())
      made.rounds = s.flag("rounding") ?? true
      return made
    },
    Entry("simplex diffusion", "says the words of a block of noisy logits (SSD-LM)", []) { s in try SimplexDenoising(s.special, for: s.modelOrThrow()) },
  ]
}
