// Commands about texts: tokens, losses, blanks, vectors.

import ArgumentParser
import Files
import Foundation
import Generation
import Notebook
import Training
import Tokenizers

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Text as tokens, and back.",
    discussion: """
      EXAMPLES
        orrery tokenize stories --text "Once there was"
        orrery tokenize ./tokenizer.json --text "नमस्ते" --format json
        orrery tokenize ./gpt2 --jsonl texts.jsonl --format json
      """)

  @Argument(help: "A tokenizer.json, a folder that holds one, or a shipped model.", completion: .model) var tokenizer: String
  @Option(parsing: .unconditional, help: "The text.") var text: String?
  @Option(parsing: .unconditional, help: "A file with lines {\"text\": \"…\"}; - is standard input.", completion: .file()) var jsonl: String?
  @Flag(name: .customLong("no-special"), help: "Do not add the tokenizer's special tokens.") var noSpecial = false
  @OptionGroup var output: OutputOptions

  func run() throws {
    let tokenizer = try Tokenizer(path: path())
    func tree(_ text: String) -> JSONTree {
      let encoding = tokenizer.encode(text, addSpecial: !noSpecial)
      noteLeftOut(tokenizer, encoding, text)
      return .object([
        ("ids", .ints(encoding.ids)), ("tokens", .array(encoding.tokens.map { .text($0) })),
        ("decoded", .string(tokenizer.decode(encoding.ids, skipSpecial: true))),
      ])
    }
    switch (text, jsonl) {
    case (let text?, nil):
      if output.format == .json { return write(tree(text)) }
      let encoding = tokenizer.encode(text, addSpecial: !noSpecial)
      noteLeftOut(tokenizer, encoding, text)
      for (id, token) in zip(encoding.ids, encoding.tokens) { print("\(id)\t\(token.string)") }
    case (nil, let file?):
      let texts = try lines(file)
      if output.format == .json { return write(.array(texts.map(tree))) }
      for text in texts {
        let encoding = tokenizer.encode(text, addSpecial: !noSpecial)
        noteLeftOut(tokenizer, encoding, text)
        print(encoding.ids.map(String.init).joined(separator: " "))
      }
    case (nil, nil): throw Refusal("say what to read: --text \"…\" or --jsonl FILE")
    default: throw Refusal("give either --text or --jsonl, not both")
    }
  }

  private func path() throws -> String {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: tokenizer, isDirectory: &isFolder) {
      if !isFolder.boolValue { return tokenizer }
      let inside = tokenizer + "/tokenizer.json"
      if FileManager.default.fileExists(atPath: inside) { return inside }
    } else if let shipped = ShippedModel.all.first(where: { $0.name == tokenizer }) {
      return shipped.path + "/tokenizer.json"
    }
    let open = try OpenModel(tokenizer)
    guard let path = open.model.folder.tokenizer else { throw Refusal("\(tokenizer) has no tokenizer.json") }
    return path
  }

  private func lines(_ file: String) throws -> [String] {
    let data: Data
    if file == "-" {
      data = FileHandle.standardInput.readDataToEndOfFile()
    } else {
      let mapped = try MappedFile(file)
      data = Data(mapped.bytes)
    }
    let name = file == "-" ? "standard input" : file
    var texts: [String] = []
    for (number, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) {
      let json = try JSON.parse(Array(line), name: "\(name):\(number + 1)")
      guard let text = json["text"]?.string else { throw Refusal("\(name):\(number + 1): a line must be {\"text\": \"…\"}") }
      texts.append(text)
    }
    return texts
  }
}

/// Says on standard error, once the command has done its work, what of a text is in no token: it would be missing without a word.
func noteLeftOut(_ tokenizer: Tokenizer, _ encoding: Encoding, _ text: String) {
  let left = tokenizer.leftOut(of: text, encodedAs: encoding)
  guard !left.isEmpty else { return }
  let shown = left.prefix(8).map { "'" + quoted($0).dropFirst().dropLast() + "'" }.joined(separator: ", ")
  Notices.add("orrery: in no token: \(shown)\(left.count > 8 ? " and \(left.count - 8) more" : ""); the vocabulary lacks \(left.count == 1 ? "it" : "them") and has no unknown token, or the normaliser removes \(left.count == 1 ? "it" : "them")")
}

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The loss of every token of a text.",
    discussion: """
      EXAMPLES
        orrery score stories --text "Once there was a cat."
      """)
  @Argument(help: "A folder with config.json and *.safetensors, or a shipped model.", completion: .model) var model: String
  @Option(parsing: .unconditional, help: "The text.") var text: String
  @Flag(name: .customLong("no-special"), help: "Do not add the tokenizer's special tokens.") var noSpecial = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let report = try ScoreReport(try OpenModel(model), text: text, special: !noSpecial, stop: stopFlag)
    if output.format == .json { write(report.json) } else { print(display.style.plain ? report.plain : report.text) }
  }
}

struct Fill: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fills the blanks of a text.",
    discussion: """
      EXAMPLES
        orrery fill ./bert-base-uncased --text 'The [MASK] sat on the mat.' --top-k 3
        orrery fill blanks --text 'Once there was a [MASK] named [MASK].' --order left-to-right
      """)
  @Argument(help: "A folder with an encoder's config.json and *.safetensors, or a shipped model.", completion: .model) var model: String
  @Option(parsing: .unconditional, help: "The text, with [MASK] (or <mask>) where a word is missing.") var text: String
  @Option(name: .customLong("top-k"), parsing: .unconditional, help: "Candidates for each blank.") var topK: Int = 5
  @Option(help: "In which order blanks become words: each but the first lets a blank see the words before it (gibbs: twice over, each anew).") var order: InfillingOrder = .parallel
  @OptionGroup var output: OutputOptions

  func run() throws {
    guard topK >= 1 else { throw Refusal("--top-k is \(topK), but must be at least 1") }
    let open = try OpenModel(model)
    if let tokenizer = open.tokenizerIfAny {
      let text = FillReport.spelled(text, for: tokenizer)
      noteLeftOut(tokenizer, tokenizer.encode(text), text)
    }
    let report = try FillReport(open, text: text, top: topK, order: order.order, stop: stopFlag)
    if output.format == .json { write(report.json) } else { print(report.text) }
  }
}

extension Pooling: ExpressibleByArgument {}

/// The orders of `Infilling` by name.
enum InfillingOrder: String, ExpressibleByArgument, CaseIterable {
  case parallel, leftToRight = "left-to-right", surestFirst = "surest-first", gibbs
  var order: Infilling.Order { Infilling.Order(named: rawValue) ?? .parallel }
}

struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A text as one vector.",
    discussion: """
      EXAMPLES
        orrery embed ./all-MiniLM-L6-v2 --text "A cat sat on the mat."
        orrery embed ./bert-base-uncased --text "A cat." --pooling cls --normalize --format json
      """)
  @Argument(help: "A folder with an encoder's config.json and *.safetensors.", completion: .model) var model: String
  @Option(parsing: .unconditional, help: "The text.") var text: String
  @Option(help: "mean or cls; by default as modules.json says.") var pooling: Pooling?
  @Flag(help: "Scale the vector to length 1; by default as modules.json says.") var normalize = false
  @OptionGroup var output: OutputOptions

  func run() throws {
    let embedding = try SentenceEmbedding(
      try OpenModel(model), text: text, pooling: pooling, normalize: normalize ? true : nil, stop: stopFlag)
    if let notice = embedding.notice { sayError("orrery: \(notice)") }
    if output.format == .json {
      write(.object([("embedding", .floats(embedding.vector))]))
    } else {
      print(embedding.vector.map { short($0) }.joined(separator: " "))
    }
  }
}

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the mini models that come with Orrery.",
    discussion: """
      EXAMPLES
        orrery models
        orrery models --check
        orrery models --check story-ppo llada-stories
      """)
  @Argument(help: "Shipped models; all if left out.", completion: .shipped) var names: [String] = []
  @Flag(help: "Measure each model again and hold it against what its plan states.") var check = false
  @OptionGroup var output: OutputOptions

  func run() throws {
    var rows: [JSONTree] = []
    var failed = false
    let all = ShippedModel.all
    for name in names where !all.contains(where: { $0.name == name }) {
      let near = Suggestion.nearest(to: name, in: all.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
      throw Refusal("no shipped model is called '\(name)'\(near)")
    }
    let width = max(14, all.map(\.name.count).max() ?? 0)
    for shipped in all where names.isEmpty || names.contains(shipped.name) {
      let open = try OpenModel(shipped.path)
      var row: [(String, JSONTree)] = [
        ("name", .string(shipped.name)), ("family", .string(open.architecture.family.rawValue)),
        ("parameters", .int(open.architecture.parameterCount)), ("path", .string(shipped.path)),
      ]
      var line = "\(shipped.name.padding(toLength: width, withPad: " ", startingAt: 0)) \(open.architecture.family.rawValue)  \(grouped(open.architecture.parameterCount)) parameters"
      if check, let plan = try ShippedPlan.of(shipped) {
        let results = try PlannedTraining.results(of: plan, open.architecture, opening: { try OpenModel($0).model }, stop: stopFlag)
        failed = failed || !results.allSatisfy(\.holds)
        row += [("scores", .object(results.map { ($0.score.measure.name, .double($0.value)) })), ("passes", .bool(results.allSatisfy(\.holds)))]
        line += results.map { "\n    " + $0.text }.joined()
      }
      rows.append(.object(row))
      if output.format == .text { print(line) }
    }
    if output.format == .json { write(.array(rows)) }
    if failed { throw ExitCode(1) }
  }
}
