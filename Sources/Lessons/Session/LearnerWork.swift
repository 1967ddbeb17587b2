// What a learner did in a lesson, and its two forms: Markdown to keep (`recap`), and a lesson file that runs (`:record`).

struct LearnerWork: Sendable {
  enum Item: Sendable {
    case own(source: String, CellResult)
    case answer(exercise: String, source: String, tries: Int, hints: Int)
    case choice(quiz: String, answer: String, tries: Int)
  }
  private var items: [Item] = []

  mutating func add(_ item: Item) { items.append(item) }

  func markdown(title: String) -> String {
    var output = "# Recap: \(title)\n"
    if items.isEmpty { return output + "\nNothing typed yet.\n" }
    for item in items {
      switch item {
      case .own(let source, let result):
        output += "\n" + MarkdownText.fence("orrery", source)
        if !result.shown.isBlank { output += MarkdownText.fence("text", result.shown) }
        for figure in result.figures { output += "\n*Figure: \(figure.alternative)*\n" }
      case .answer(let exercise, let source, let tries, let hints):
        output += "\n## Exercise `\(exercise)`\n\n" + MarkdownText.fence("orrery", source)
        let help = hints == 0 ? "" : hints == 1 ? ", with one hint" : ", with \(hints) hints"
        output += "\nRight at try \(tries)\(help).\n"
      case .choice(let quiz, let answer, let tries):
        output += "\n## Quiz\n\n\(quiz)\n\n**\(answer)**\(tries == 1 ? "" : " (at try \(tries))")\n"
      }
    }
    return output
  }
}

/// Turns the cells of a session at the prompt into a lesson file that this parser reads again.
public struct SessionRecord: Sendable {
  private var cells: [(source: String, result: CellResult)] = []

  public init(_ cells: [(source: String, result: CellResult)] = []) {
    for cell in cells { add(cell.source, cell.result) }
  }

  public var isEmpty: Bool { cells.isEmpty }

  /// A cell that was typed, with what came of it.
  public mutating func add(_ source: String, _ result: CellResult) {
    if !source.isBlank { cells.append((source.trimmedEnd, result)) }
  }

  /// - Parameters:
  ///   - id: a lesson id; anything else in it becomes `-`.
  public func lesson(id: String, title: String, seed: UInt64) -> String {
    let safe = id.split(separator: ".").map { part in
      String(part.map { FrontMatter.isID(String($0)) ? $0 : "-" })
    }.joined(separator: ".")
    let line = (title.splitLines.first ?? "").trimmed
    var output = "---\norrery: 1\nid: \(safe.isEmpty ? "session" : safe)\n"
    output += "title: \"\(line.isEmpty ? "A session" : line.replacing("\"", with: "'"))\"\nseed: \(seed)\n---\n"
    output += "# \(MarkdownText.escape(line.isEmpty ? "A session" : line))\n"
    var taken: Set<String> = []
    for (index, cell) in cells.enumerated() {
      var id = SourceTokens.cut(cell.source).bound.first ?? "cell\(index + 1)"
      if !FrontMatter.isID(id) || !taken.insert(id).inserted {
        id = "cell\(index + 1)"
        while !taken.insert(id).inserted { id += "_" }
      }
      var attributes = "#\(id)"
      if let failure = cell.result.failure { attributes += " error=\(failure.kind)" }
      let shown = cell.result.shown
      if shown.isBlank { attributes += " silent" }
      output += "\n" + MarkdownText.fence("orrery {\(attributes)}", cell.source)
      if !shown.isBlank { output += MarkdownText.fence("output {of=\(id)}", shown) }
    }
    return output
  }
}
