// An executed lesson → a Jupyter notebook (nbformat 4.5): prose as Markdown cells, cells as code cells with their outputs.

import Lessons

struct NotebookPage {
  let execution: Execution
  let links: PageLinks
  var lesson: Lesson { execution.lesson }

  init(_ execution: Execution, _ links: PageLinks) {
    self.execution = execution
    self.links = links
  }

  var text: String {
    var cells: [JSONText] = []
    var ids = CellIDs()
    var count = 0
    func markdown(_ text: String, _ id: String) {
      cells.append(.object([("cell_type", .string("markdown")), ("id", .string(ids.next(id))), ("metadata", .object([])), ("source", .lines(text))]))
    }
    func code(_ source: String, _ id: String, outputs: [JSONText], number: Int?) {
      cells.append(
        .object([
          ("cell_type", .string("code")), ("execution_count", number.map(JSONText.number) ?? .null), ("id", .string(ids.next(id))),
          ("metadata", .object([])), ("outputs", .array(outputs)), ("source", .lines(source)),
        ]))
    }
    if !lesson.hasTitleHeading { markdown("# " + MarkdownText.escape(lesson.title), "title") }
    for (index, (block, outcome)) in zip(lesson.blocks, execution.outcomes).enumerated() {
      switch (block, outcome) {
      case (.prose(let prose), .prose(let values)):
        markdown(prose.markdown({ MarkdownText.escape(values[$0].shown) }, other: { links.plain($0, in: lesson) }).trimmed, "prose-\(index + 1)")
      case (.cell(let cell), .cell(let result)):
        count += 1
        code(cell.source, cell.id, outputs: outputs(result, count), number: count)
      case (.predict(let prediction), .prediction(let truth)):
        var text = "**Before you run it.** \(prediction.question)\n"
        if !prediction.choices.isEmpty { text += "\n" + prediction.choices.enumerated().map { "\($0.offset + 1). \($0.element.text)\n" }.joined() }
        if case .success(let shown)? = truth { text += "\n<details><summary>What comes out</summary>\n\n\(shown)\n\n</details>" }
        markdown(text, prediction.id)
      case (.caption(let caption), _): markdown("**Figure \(lesson.figureNumber(of: caption.of) ?? 0).** \(caption.text)", "figure-\(caption.of)")
      case (.exercise(let exercise), _):
        code(exercise.stub, exercise.id, outputs: [], number: nil)
        var help = ""
        for hint in lesson.hints(of: exercise.id) { help += "<details><summary>Hint</summary>\n\n\(hint.text)\n\n</details>\n\n" }
        if let solution = lesson.solutions[exercise.id] {
          help += "<details><summary>Solution</summary>\n\n\(MarkdownText.fence("swift", solution.source))\n</details>\n"
        }
        if !help.isEmpty { markdown(help.trimmed, exercise.id + "-help") }
      case (.quiz(let quiz), _):
        var text = "**Quiz.** \(quiz.question)\n\n"
        for (index, choice) in quiz.choices.enumerated() { text += "\(index + 1). \(choice.text)\n" }
        text += "\n<details><summary>Answer</summary>\n\n"
        for (index, choice) in quiz.choices.enumerated() {
          text += "\(index + 1). \(choice.right ? "**Right.** " : "Wrong. ")\(choice.explanation ?? choice.text)\n"
        }
        markdown(text + "\n</details>", quiz.id)
      default: break
      }
    }
    return Self.notebook(cells, source: lesson.file)
  }

  static func notebook(_ cells: [JSONText], source: String?) -> String {
    let metadata: JSONText = .object([
      ("kernelspec", .object([("display_name", .string("Orrery")), ("language", .string("orrery")), ("name", .string("orrery"))])),
      ("language_info", .object([("file_extension", .string(".orrery")), ("name", .string("orrery")), ("pygments_lexer", .string("swift"))])),
      ("orrery", .string(GeneratedMarker.line(source))),
    ])
    let whole: JSONText = .object([
      ("cells", .array(cells)), ("metadata", metadata), ("nbformat", .number(4)), ("nbformat_minor", .number(5)),
    ])
    return whole.written() + "\n"
  }

  private func outputs(_ result: CellResult, _ count: Int) -> [JSONText] {
    var outputs: [JSONText] = []
    func stream(_ text: String) {
      outputs.append(.object([("name", .string("stdout")), ("output_type", .string("stream")), ("text", .lines(text + "\n"))]))
    }
    if !result.text.trimmed.isEmpty { stream(result.text) }
    for figure in result.figures {
      var data: [(String, JSONText)] = []
      if let svg = figure.svg { data.append(("image/svg+xml", .lines(svg))) }
      data.append(("text/plain", .lines(figure.alternative)))
      outputs.append(.object([("data", .object(data)), ("metadata", .object([])), ("output_type", .string("display_data"))]))
    }
    if let failure = result.failure {
      let lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false).map { JSONText.string(String($0)) }
      outputs.append(
        .object([
          ("ename", .string(failure.kind)), ("evalue", lines.first ?? .string("")), ("output_type", .string("error")),
          ("traceback", .array(lines)),
        ]))
    }
    for timing in result.timings { stream("\(timing.label): \(timing.text)") }
    return outputs
  }
}

/// Ids as nbformat has them: 1 to 64 of letters, digits, `-` and `_`, each once.
struct CellIDs {
  private var taken: Set<String> = []

  mutating func next(_ wanted: String) -> String {
    let letters = wanted.unicodeScalars.map { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-") ? Character($0) : "-" }
    let base = letters.isEmpty ? "cell" : String(letters.prefix(56))
    var id = base
    var number = 2
    while !taken.insert(id).inserted {
      id = "\(base)-\(number)"
      number += 1
    }
    return id
  }
}

/// As much JSON as a notebook needs, indented by one space as Jupyter writes it.
indirect enum JSONText {
  case null
  case number(Int)
  case string(String)
  case array([JSONText])
  case object([(String, JSONText)])

  /// A text as nbformat keeps it: a list of lines with their ends.
  static func lines(_ text: String) -> JSONText {
    let lines = SourceLines(text)
    return .array((0..<lines.count).map { .string(lines.text($0..<$0 + 1)) })
  }

  func written(_ depth: Int = 0) -> String {
    let space = String(repeating: " ", count: depth + 1)
    let end = String(repeating: " ", count: depth)
    switch self {
    case .null: return "null"
    case .number(let n): return "\(n)"
    case .string(let text): return Self.quoted(text)
    case .array(let items):
      return items.isEmpty ? "[]" : "[\n" + items.map { space + $0.written(depth + 1) }.joined(separator: ",\n") + "\n\(end)]"
    case .object(let items):
      return items.isEmpty
        ? "{}" : "{\n" + items.map { "\(space)\(Self.quoted($0.0)): \($0.1.written(depth + 1))" }.joined(separator: ",\n") + "\n\(end)}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
