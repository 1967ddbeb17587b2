// Objectives at the prompt: what one makes of a text, as a table of inputs, targets and loss mask.

import Blocks
import Language
import Models
import Tensors
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
        .labelled("settings", .optional(.dictionary), "the objective's settings by name"),
        .labelled("model", .optional(.object("Model")), "what is trained: a diffusion takes its noise from it"),
        .labelled("seed", .integer, default: 0, "of the random choices"),
      ],
      returns: "ObjectiveTable", "what an objective makes of a text: input, target and loss mask of each position",
      example: "objective(\"masked\", \"the dog near the cats runs .\")"
    ) { a in try ObjectiveDemonstration(a).report() }
  }
}

/// One text under one objective. The vocabulary is the text's own words behind the special ones.
private struct ObjectiveDemonstration {
  let a: Arguments
  let texts: [[String]], source: [String]
  let special: SpecialTokens

  /// Every part that an objective may ask for.
  static let specials =
    ["<pad>", "<bos>", "<eos>", "<mask>", "<sep>", "[CLS]", "[SEP]", "[S]", "[E]"] + (0..<16).map { "<extra_id_\($0)>" }

  init(_ a: Arguments) throws {
    self.a = a
    let given: [String]
    switch a["text"] {
    case .string(let text): given = [text]
    default:
      given = try a.list("text").map { value in
        guard case .string(let text) = value else { throw a.invalid("text", "must be a text or a list of texts") }
        return text
      }
    }
    texts = given.map(ObjectiveDemonstration.words)
    if case .string(let text) = a["source"] { source = ObjectiveDemonstration.words(text) } else { source = [] }
    guard let first = texts.first, !first.isEmpty else { throw a.invalid("text", "must have at least one word") }
    guard texts.allSatisfy({ $0.count <= 4096 }), source.count <= 4096 else { throw a.invalid("text", "must have at most 4096 words") }
    special = SpecialTokens((Self.specials + source + texts.joined()).reduced)
  }

  /// Words at spaces; the mark at the end of a word is one of its own.
  static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).flatMap { word -> [String] in
      guard word.count > 1, let mark = word.last, ".?!,。？！".contains(mark) else { return [String(word)] }
      return [String(word.dropLast()), String(mark)]
    }
  }

  func report() throws -> Value {
    let settings = try a.settings()
    var model: Architecture?
    if case .object(let object as ModelObject) = a["model"] { model = try object.open().architecture }
    let ids = Dictionary(special.words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    func tokens(_ words: [String]) -> [Int] { words.compactMap { ids[$0] } }
    var label: Int?
    if case .integer(let n) = a["label"] { label = n }
    let samples = texts.map { Sample(tokens($0), source: tokens(source), label: label) }
    let table: ObjectiveTable, batch: Batch
    do {
      let objective = try Objectives.named(try a.string("name"), settings, special, for: model)
      var generator = SeededGenerator(seed: UInt64(bitPattern: Int64(try a.integer("seed"))))
      batch = try objective.batch(samples, using: &generator)
      table = ObjectiveTable(batch, special, title: objective.name)
    } catch let failure as ObjectiveFailure {
      throw Failure(FailureKind("objective"), failure.description)
    }
    let rows = (table.source + table.rows).map { row in ("\(row.name)", Value.elements(row.cells.map { .string($0) })) }
    return .object(
      ReportObject(
        typeName: "ObjectiveTable", summary: "\(table.title) of \(texts[0].joined(separator: " "))", description: table.text,
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
