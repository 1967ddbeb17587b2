// What a model says of a text: the loss of every token, candidates for blanks, a vector.

import Blocks
import Checkpoints
import Files
import Generation
import Glibc
import Tensors
import Tokenizers
import Training

/// The loss of every token of a text (next token for decoders, one blank at a time for encoders).
public struct ScoreReport: Sendable {
  public struct Token: Sendable {
    public let id: Int, text: String
    /// −ln p of this token given what the model may see; nil for the first token of a decoder's text.
    public let loss: Float?
  }
  public let tokens: [Token]
  public let loss: Double
  /// Of a diffusion model, which predicts in place: the loss is the mean of a bound over draws of noise, and no token has one of its own.
  public private(set) var bound: DenoisingBound?
  public var perplexity: Double { exp(loss) }

  /// - Parameter prefix: tokens in front that a prefix model reads both ways, and which are not scored; nil: up to the separator behind its source.
  public init(
    _ open: OpenModel, text: String, special: Bool = true, prefix: Int? = nil, spelling: (String) -> String = { $0 },
    stop: UnsafeMutablePointer<Int32>? = nil
  ) throws {
    try open.model.requireWeights()
    let encoding = try open.tokenizer().encode(text, addSpecial: special, until: stop)
    let ids = encoding.ids
    try open.generator().check(ids)
    let a = open.architecture
    if a.denoiser != nil || a.family == .diffusion {
      let tokenizer = try open.tokenizer()
      let special = SpecialTokens((0..<tokenizer.idLimit).map { tokenizer.token($0)?.string ?? "\($0)" })
      guard a.encoder == nil else {
        throw Refusing("\(open.reference) writes behind a source: its loss needs a source and a target; score works for texts alone")
      }
      let bound = try DenoisingBound(of: ids, by: a, special, stop: stop)
      tokens = ids.map { Token(id: $0, text: open.text(of: $0), loss: nil) }
      (self.bound, loss) = (bound, bound.loss)
      return
    }
    if a.head?.judges == true {
      throw Refusing("\(open.reference) tells replaced tokens from real ones and predicts none: there is no loss of a text to score")
    }
    var losses = [Float?](repeating: nil, count: ids.count)
    switch a.family {
    case .encoder:
      // Pseudo-likelihood (Salazar et al. 2020): each token is masked in turn.
      let tokenizer = try open.tokenizer()
      guard let mask = tokenizer.maskID ?? tokenizer.id(of: "[MASK]") ?? tokenizer.id(of: "<mask>") else {
        throw Refusing("\(open.reference) has no mask token")
      }
      for i in ids.indices where !encoding.isSpecial[i] {
        var masked = ids
        masked[i] = mask
        let logits = try ScoreReport.words(a(Architecture.Input([masked]), Run(trace: Trace(stop: stop), keepsMemory: false)), open)
        losses[i] = -logSoftmax(logits.slice(i..<(i + 1), axis: 1)).values[ids[i]]
      }
    default:
      guard a.encoder == nil else {
        throw Refusing("\(open.reference) is an encoder–decoder: its loss needs a source and a target; score works for decoders and encoders")
      }
      try ReadingChoice(prefix: prefix).check(a, count: ids.count, calling: open.reference, spelling: spelling)
      let run = Run(trace: Trace(stop: stop), keepsMemory: false)
      var first = 1
      if a.readsPrefixes {
        // A whole text as prefix would show each token its target.
        guard let length = try prefix ?? ScoreReport.source(of: ids, open.tokenizer()) else {
          throw Refusing("\(open.reference) reads a prefix both ways and is scored on what follows: say how many tokens that is with \(spelling("prefix")) (the text has \(ids.count))")
        }
        run.prefix = length
        first = max(1, length)
      }
      // A separator that the tokenizer puts behind every text is no part of what was typed.
      let end = a.readsPrefixes && prefix == nil ? ids.lastIndex { $0 != ids.last! || !encoding.isSpecial[ids.count - 1] }.map { $0 + 1 } ?? ids.count : ids.count
      if end > first {
        let logits = logSoftmax(try ScoreReport.words(a(Architecture.Input([ids]), run), open))
        let width = logits.shape[2], values = logits.values
        for i in first..<end { losses[i] = -values[(i - 1) * width + ids[i]] }
      }
    }
    tokens = zip(ids, losses).map { Token(id: $0, text: open.text(of: $0), loss: $1) }
    let counted = losses.compactMap { $0 }.map(Double.init)
    guard !counted.isEmpty else { throw Refusing("the text is too short: there must be at least two tokens to score") }
    loss = counted.reduce(0, +) / Double(counted.count)
  }

  /// Tokens up to the separator behind a source, it included; nil: there is none, or nothing behind it.
  private static func source(of ids: [Int], _ tokenizer: Tokenizer) -> Int? {
    guard let separator = ["[SEP]", "<sep>"].lazy.compactMap({ tokenizer.id(of: $0) }).first, let place = ids.firstIndex(of: separator) else { return nil }
    return place + 1 < ids.count ? place + 1 : nil
  }

  /// Logits that say words of each token: a discriminator's say something else.
  private static func words(_ logits: Tensor, _ open: OpenModel) throws -> Tensor {
    let vocabulary = open.architecture.embedding.vocabulary
    guard logits.rank == 3, logits.shape[2] >= vocabulary else {
      throw Refusing("\(open.reference) gives \(logits.shape.last ?? 0) logits for a token and not one for each of \(vocabulary) words: it cannot score a text")
    }
    return logits
  }

  public var json: JSONTree {
    .object([
      (
        "tokens",
        .array(tokens.map { .object([("id", .int($0.id)), ("text", .string($0.text)), ("loss", $0.loss.map { .float($0) } ?? .null)]) })
      ), ("loss", .double(loss)), ("perplexity", .double(perplexity)),
    ] + (bound.map { [("bound", .bool(true)), ("standard_error", .double($0.error)), ("draws", .int($0.draws)), ("seed", .int(Int($0.seed)))] } ?? []))
  }

  /// With a bar for each loss.
  public var text: String { text(bars: true) }
  /// The same in numbers alone.
  public var plain: String { text(bars: false) }

  private func text(bars: Bool) -> String {
    if let bound {
      return String(printf: "at most %.4f ± %.4f nats a token (perplexity %.2f): the bound of this model's own objective over %d draws of noise, seed %d", loss, bound.error, perplexity, bound.draws, Int(bound.seed))
    }
    let lines = tokens.map { token in
      let bar = bars ? token.loss.map { "  " + String(repeating: "█", count: min(40, Int(($0 * 4).rounded()))) } ?? "" : ""
      return "  \(visibleText(token.text).filled(to: max(14, token.text.count + 2)))"
        + "\(token.loss.map { String(printf: "%7.3f", $0) } ?? "      –")\(bar)"
    }
    return (lines + [String(printf: "loss %.4f nats a token, perplexity %.2f", loss, perplexity)]).joined(separator: "\n")
  }
}

/// Candidates for the blanks of a text.
public struct FillReport: Sendable {
  public struct Blank: Sendable {
    public let position: Int
    public let candidates: [(id: Int, text: String, probability: Float)]
  }
  public let blanks: [Blank]
  public let filled: String
  /// What each blank became, in the order that was asked for: not always the first of its candidates.
  public let words: [String]
  /// Forwards that the filled text took.
  public let passes: Int

  static func blank(of tokenizer: Tokenizer) -> (id: Int?, name: String) {
    let id = tokenizer.maskID ?? tokenizer.id(of: "[MASK]") ?? tokenizer.id(of: "<mask>")
    return (id, id.flatMap { tokenizer.token($0)?.string } ?? "[MASK]")
  }

  /// A text with its blanks, `[MASK]` or `<mask>`, in the tokenizer's own sign: whoever knows one is understood by all.
  public static func spelled(_ text: String, for tokenizer: Tokenizer) -> String {
    let name = blank(of: tokenizer).name
    return text.replacing("[MASK]", with: name).replacing("<mask>", with: name)
  }

  /// - Parameter order: in which the blanks become words; the candidates are always those of one pass over the text with all its blanks.
  public init(_ open: OpenModel, text: String, top: Int, order: Infilling.Order = .parallel, stop: UnsafeMutablePointer<Int32>? = nil) throws {
    try open.model.requireWeights()
    let tokenizer = try open.tokenizer()
    let a = open.architecture
    guard a.family == .encoder, a.head?.judges == false else {
      throw Refusing("\(open.reference) does not fill blanks: that takes an encoder with a masked-LM head; `orrery generate` continues a text")
    }
    let (mask, name) = FillReport.blank(of: tokenizer)
    let ids = tokenizer.encode(FillReport.spelled(text, for: tokenizer)).ids
    let places = ids.indices.filter { ids[$0] == mask }
    guard !places.isEmpty else { throw Refusing("there is no blank in the text: write \(name) where a word is missing") }
    try open.generator().check(ids)
    guard top > 0 else { throw Refusing("the number of candidates must be at least 1") }
    let logits = try a(Architecture.Input([ids]), Run(trace: Trace(stop: stop), keepsMemory: false))
    blanks = places.map { place in
      let row = logits.slice(place..<(place + 1), axis: 1).values
      let list = Sampler(temperature: 1).distribution(row).prefix(top)
      return Blank(position: place, candidates: list.map { ($0.id, tokenizer.decode([$0.id], skipSpecial: false), $0.probability) })
    }
    let result = try Infilling(a, mask: mask!, order: order).fill(ids, run: Run(trace: Trace(stop: stop), keepsMemory: false))
    (filled, passes) = (tokenizer.decode(result.text), result.passes)
    words = places.map { tokenizer.decode([result.text[$0]], skipSpecial: false) }
  }

  public var json: JSONTree {
    .object([
      (
        "blanks",
        .array(
          blanks.map { blank in
            .object([
              ("position", .int(blank.position)),
              (
                "candidates",
                .array(blank.candidates.map { .object([("id", .int($0.id)), ("text", .string($0.text)), ("probability", .float($0.probability))]) })
              ),
            ])
          })
      ), ("text", .string(filled)), ("passes", .int(passes)),
    ])
  }

  public var text: String {
    let lines = blanks.enumerated().flatMap { index, blank in
      (blanks.count > 1 ? ["blank \(index + 1)"] : [])
        + blank.candidates.map { "  \(visibleText($0.text).filled(to: max(16, $0.text.count + 2)))\(String(printf: "%6.2f", $0.probability * 100)) %" }
    }
    return (lines + [filled]).joined(separator: "\n")
  }
}

/// How the vectors of a text's tokens become one.
public enum Pooling: String, Sendable, CaseIterable { case mean, cls }

/// A text as one vector, as sentence-transformers computes it (Reimers & Gurevych 2019).
public struct SentenceEmbedding: Sendable {
  public let vector: [Float]
  /// Set when the text was longer than the model's limit and was cut.
  public let notice: String?

  /// - Parameters:
  ///   - pooling: nil: what modules.json and the pooling's config.json say, else the mean.
  ///   - normalize: nil: as modules.json says.
  public init(_ open: OpenModel, text: String, pooling: Pooling?, normalize: Bool?, stop: UnsafeMutablePointer<Int32>? = nil) throws {
    try open.model.requireWeights()
    let a = open.architecture
    guard a.family == .encoder else { throw Refusing("\(open.reference) is no encoder: sentence embeddings come from encoders") }
    let settings = try SentenceSettings(open.model.folder)
    var encoding = try open.tokenizer().encode(text)
    let limit = min(settings.longest ?? .max, a.bound ?? .max)
    if encoding.ids.count > limit {
      notice = "the text has \(encoding.ids.count) tokens and was cut to \(limit)"
      encoding = try open.tokenizer().encode(text, keeping: limit)
    } else {
      notice = nil
    }
    try open.generator().check(encoding.ids)
    var input = Architecture.Input([encoding.ids])
    input.segments = [encoding.typeIDs]
    let hidden = try a.hidden(input, Run(trace: Trace(stop: stop), keepsMemory: false)).checked()
    let (t, width) = (hidden.shape[1], hidden.shape[2])
    var result: [Float]
    switch pooling ?? settings.pooling {
    case .cls: result = Array(hidden.values.prefix(width))
    case .mean:
      let values = hidden.values
      result = (0..<width).map { d in (0..<t).reduce(Float(0)) { $0 + values[$1 * width + d] } / Float(t) }
    }
    if normalize ?? settings.normalizes {
      let length = max(result.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot(), 1e-12)
      result = result.map { $0 / length }
    }
    vector = result
  }
}

/// What the files beside a sentence encoder say: modules.json names the steps, 1_Pooling/config.json the pooling.
private struct SentenceSettings {
  var pooling: Pooling = .mean
  var normalizes = false
  var longest: Int?

  init(_ folder: CheckpointFolder) throws {
    if let path = folder.find("sentence_bert_config.json") { longest = try JSON.read(path)["max_seq_length"]?.int }
    guard let path = folder.find("modules.json") else { return }
    for module in try JSON.read(path).array ?? [] {
      let type = module["type"]?.string ?? ""
      if type.hasSuffix("Normalize") { normalizes = true }
      if type.hasSuffix("Pooling"), let sub = module["path"]?.string, let file = folder.find(sub + "/config.json") {
        if try JSON.read(file)["pooling_mode_cls_token"]?.bool == true { pooling = .cls }
      }
    }
  }
}

extension Tokenizer {
  /// The first `limit` tokens of a text, its special tokens kept: what truncation does.
  func encode(_ text: String, keeping limit: Int) throws -> Encoding {
    let plain = encode(text, addSpecial: false), whole = encode(text)
    let special = whole.ids.count - plain.ids.count
    let kept = max(0, limit - special)
    // Special tokens stand before and after the text.
    let lead = whole.isSpecial.prefix { $0 }.count
    var result = Encoding()
    for i in Array(0..<min(lead + kept, whole.ids.count)) + Array(max(lead + kept, whole.ids.count - (special - lead))..<whole.ids.count) {
      result.ids.append(whole.ids[i])
      result.tokens.append(whole.tokens[i])
      result.offsets.append(whole.offsets[i])
      result.isSpecial.append(whole.isSpecial[i])
      result.typeIDs.append(whole.typeIDs[i])
    }
    return result
  }
}

/// A request that a model cannot serve: one line.
struct Refusing: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Text with its spaces and line ends made visible.
func visibleText(_ text: String) -> String {
  text.replacing("\n", with: "↵").replacing(" ", with: "␣").replacing("\t", with: "⇥")
}

extension OpenModel {
  /// A token as people read it, with what cannot be seen made visible; its id where there is no tokenizer.
  public func shown(_ id: Int) -> String {
    guard let tokenizer = tokenizerIfAny else { return String(id) }
    let text = tokenizer.decode([id], skipSpecial: false)
    if text.isEmpty || text.contains("\u{FFFD}") { return tokenizer.token(id)?.string ?? String(id) }
    return visibleText(text)
  }
}
