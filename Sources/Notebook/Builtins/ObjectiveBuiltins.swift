// Objectives at the prompt: what one makes of a text, as a table of inputs, targets and loss mask.

import Blocks
import Files
import Language
import Models
import Tensors
import Tokenizers
import Training

extension Environment {
  mutating func addObjectives() {
    define(type: "ObjectiveTable")
    define(
      "objective",
      [
        .value("name", .string, Objectives.all.map(\.name).joined(separator: ", ")),
        .value("text", .oneOf([.string, .list(of: .string)]), "what is to be learned, words apart; of several texts the first is shown"),
        .labelled("source", .optional(.string), "what is read before the text is written"), .labelled("label", .optional(.integer), "the text's class"),
        .labelled("rejected", .optional(.string), "an answer that is liked less than the text"),
        .labelled("settings", .optional(.dictionary), "the objective's settings by name"),
        .labelled("model", .optional(.object("Model")), "what is trained: a diffusion takes its noise from it, a text its tokens"),
        .labelled("seed", .integer, default: 0, "of the random choices"),
      ],
      returns: "ObjectiveTable", "what an objective makes of a text: input, target and loss mask of each position",
      example: "objective(\"masked\", \"the dog near the cats runs .\")"
    ) { a in try ObjectiveDemonstration(a).report() }
  }
}

/// One text under one objective. The vocabulary is the model's, where one is given that has one; else the text's own words behind the special ones.
private struct ObjectiveDemonstration {
  let a: Arguments
  /// The first of the texts, as it was given.
  let shown: String
  let samples: [Sample]
  let special: SpecialTokens
  let model: Architecture?

  /// Every part that an objective may ask for.
  static let specials =
    ["<pad>", "<bos>", "<eos>", "<mask>", "<sep>", "[CLS]", "[SEP]", "[S]", "[E]"] + (0..<16).map { "<extra_id_\($0)>" }

  init(_ a: Arguments) throws {
    self.a = a
    let texts: [String]
    switch a["text"] {
    case .string(let text): texts = [text]
    default:
      texts = try a.list("text").map { value in
        guard case .string(let text) = value else { throw a.invalid("text", "must be a text or a list of texts") }
        return text
      }
    }
    func optional(_ name: String) -> String { if case .string(let text) = a[name] { text } else { "" } }
    let all = texts + [optional("source"), optional("rejected")], words = all.map(Self.words)
    guard words.first?.isEmpty == false, !texts.isEmpty else { throw a.invalid("text", "must have at least one word") }
    guard words.allSatisfy({ $0.count <= 4096 }) else { throw a.invalid("text", "must have at most 4096 words") }
    var open: OpenModel?
    if case .object(let object as ModelObject) = a["model"] { open = try object.open() }
    model = open?.architecture
    let tokens: [[Int]]
    if let tokenizer = open?.tokenizerIfAny {
      special = SpecialTokens((0..<tokenizer.idLimit).map { tokenizer.token($0)?.string ?? "\($0)" })
      tokens = try all.map { text in
        let encoding = tokenizer.encode(text, addSpecial: false)
        if let word = tokenizer.leftOut(of: text, encodedAs: encoding).first { throw a.invalid("text", "must be in the model's words, and '\(word.shown())' is none") }
        return encoding.ids
      }
    } else {
      let vocabulary = (Self.specials + words[texts.count] + words.prefix(texts.count).joined() + words[texts.count + 1]).reduced
      let ids = Dictionary(vocabulary.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      special = SpecialTokens(vocabulary)
      tokens = words.map { $0.compactMap { ids[$0] } }
    }
    var label: Int?
    if case .integer(let n) = a["label"] { label = n }
    shown = words[0].joined(separator: " ")
    samples = tokens.prefix(texts.count).map { Sample($0, source: tokens[texts.count], label: label, rejected: tokens[texts.count + 1]) }
  }

  /// Words at spaces; the mark at the end of a word is one of its own.
  static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).flatMap { word -> [String] in
      guard word.count > 1, let mark = word.last, ".?!,。？！".contains(mark) else { return [String(word)] }
      return [String(word.dropLast()), String(mark)]
    }
  }

  /// How a text at the prompt gets what an objective asks for.
  private static func suggestion(for failure: ObjectiveFailure) -> String? {
    guard case .lacking(_, let part) = failure else { return nil }
    return switch part {
    case .label: "say which: label: 0"
    case .rejected: "give the answer that is liked less: rejected: \"…\""
    case .second: "give a list of two texts: [\"…\", \"…\"]"
    case .numbers: "a text has words; `orrery corpus regression` shows samples of numbers"
    }
  }

  func report() throws -> Value {
    let settings = try a.settings()
    let table: ObjectiveTable, batch: Batch
    do {
      let objective = try Objectives.named(try a.string("name"), settings, special, for: model)
      var generator = SeededGenerator(seed: UInt64(bitPattern: Int64(try a.integer("seed"))))
      batch = try objective.batch(samples, using: &generator)
      table = ObjectiveTable(batch, special, title: objective.name, slots: model.map(PrefixTuning.length) ?? 0)
    } catch let failure as ObjectiveFailure {
      throw Failure(FailureKind("objective"), failure.description, suggestion: Self.suggestion(for: failure))
    }
    let rows = (table.source + table.rows).map { row in ("\(row.name)", Value.elements(row.cells.map { .string($0) })) }
    return .object(
      ReportObject(
        typeName: "ObjectiveTable", summary: "\(table.title) of \(shown)", description: table.text,
        values: [
          ("rows", "its rows by name, each a list of words", .dictionary(Record(rows))), ("counted", "positions that count in the loss", .integer(batch.counted)),
          ("markdown", "the table as Markdown", .string(table.markdown)),
        ]))
  }
}

extension Array where Element: Hashable {
  /// Each once, in the order of the first.
  fileprivate var reduced: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension Arguments {
  /// The argument `settings`: an objective's settings by name; none if it was left out.
  func settings() throws -> [String: Recipe.Value] {
    guard case .dictionary(let record) = self["settings"] else { return [:] }
    var settings: [String: Recipe.Value] = [:]
    for (key, value) in record.pairs {
      guard let value = Recipe.Value(value) else { throw invalid("settings", "must hold numbers, words, true or false") }
      settings[key] = value
    }
    return settings
  }
}
