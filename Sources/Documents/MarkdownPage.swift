// An executed lesson → a Markdown page that any forge shows: no HTML but the marker. Hints and solutions stand at its end, a link away.

import Lessons

struct MarkdownPage {
  let execution: Execution
  let links: PageLinks
  var lesson: Lesson { execution.lesson }

  init(_ execution: Execution, _ links: PageLinks) {
    self.execution = execution
    self.links = links
  }

  var parts: [PagePart] {
    var parts: [PagePart] = [.exact(GeneratedMarker.comment(lesson.file) + "\n")]
    func add(_ text: String) {
      if case .exact(let before)? = parts.last { parts[parts.count - 1] = .exact(before + text) } else { parts.append(.exact(text)) }
    }
    if !lesson.hasTitleHeading { add("# \(MarkdownText.escape(lesson.title))\n") }
    for (block, outcome) in zip(lesson.blocks, execution.outcomes) {
      switch (block, outcome) {
      case (.prose(let prose), .prose(let values)):
        add("\n")
        // The page is cut at the numbers, which are compared by themselves.
        let cut: Character = "\u{E002}"
        let pieces = prose.markdown { _ in String(cut) }.split(separator: cut, omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
          if index > 0, index - 1 < values.count { parts.append(.number(MarkdownText.escape(values[index - 1].shown))) }
          add(String(piece))
        }
        if !(pieces.last?.hasSuffix("\n") ?? false) { add("\n") }
      case (.cell(let cell), .cell(let result)):
        add("\n" + MarkdownText.fence("swift", cell.source))
        for part in output(of: cell, result) { if case .exact(let text) = part { add(text) } else { parts.append(part) } }
      case (.exercise(let exercise), _):
        add("\n**Exercise `\(exercise.id)`**\n\n" + MarkdownText.fence("swift", exercise.stub))
        if hasHelp(exercise) { add("\n[Hints and solution](#\(MarkdownOutline.slug(helpTitle(exercise))))\n") }
      case (.quiz(let quiz), _):
        add("\n**Quiz.** \(quiz.question)\n\n")
        for (index, choice) in quiz.choices.enumerated() { add("\(index + 1). \(choice.text)\n") }
        add("\n[Answer](#\(MarkdownOutline.slug(answerTitle(quiz))))\n")
      default: break
      }
    }
    add(answers)
    add(foot)
    return parts
  }

  /// What a cell showed: its text, its figures, its times.
  private func output(of cell: Cell, _ result: CellResult) -> [PagePart] {
    var parts: [PagePart] = []
    let shown = result.shown
    if !shown.isEmpty {
      let mark = String(repeating: "`", count: MarkdownText.fenceLength(shown))
      let expected = lesson.output(of: cell.id)
      parts.append(.exact("\n\(mark)text\n"))
      parts.append(.output(shown, expected: expected?.text ?? shown, tolerance: expected?.tolerance))
      parts.append(.exact("\n\(mark)\n"))
    }
    for (index, figure) in result.figures.enumerated() {
      let text = MarkdownText.escape(figure.alternative)
      if figure.svg != nil {
        parts.append(.exact("\n![\(text)](\(FigureFiles.path(lesson, cell: cell.id, index, "svg")))\n"))
      } else if figure.dot != nil {
        parts.append(.exact("\n[Figure: \(text)](\(FigureFiles.path(lesson, cell: cell.id, index, "dot")))\n"))
      } else {
        parts.append(.exact("\n*Figure: \(text)*\n"))
      }
    }
    for timing in result.timings {
      parts.append(.exact("\n*Measured, not compared:* \(MarkdownText.escape(timing.label)): "))
      parts.append(.timing(MarkdownText.escape(timing.text)))
      parts.append(.exact("\n"))
    }
    return parts
  }

  private func hasHelp(_ exercise: Exercise) -> Bool { !lesson.hints(of: exercise.id).isEmpty || lesson.solutions[exercise.id] != nil }
  private func helpTitle(_ exercise: Exercise) -> String { "Exercise \(exercise.id): hints and solution" }
  private func answerTitle(_ quiz: Quiz) -> String { "Quiz \(quiz.id): answer" }

  private var answers: String {
    var text = ""
    for block in lesson.blocks {
      if case .exercise(let exercise) = block, hasHelp(exercise) {
        text += "\n### \(helpTitle(exercise))\n"
        for (index, hint) in lesson.hints(of: exercise.id).enumerated() {
          let lines = hint.text.split(separator: "\n", omittingEmptySubsequences: false)
          text += "\n\(index + 1). " + lines.joined(separator: "\n   ") + "\n"
        }
        if let solution = lesson.solutions[exercise.id] { text += "\n" + MarkdownText.fence("swift", solution.source) }
      }
      if case .quiz(let quiz) = block {
        text += "\n### \(answerTitle(quiz))\n\n"
        for (index, choice) in quiz.choices.enumerated() {
          text += "\(index + 1). \(choice.right ? "**Right.** " : "")\(choice.text)\(choice.explanation.map { " — " + $0 } ?? "")\n"
        }
      }
    }
    return text.isEmpty ? "" : "\n---\n\n## Hints, solutions, answers\n" + text
  }

  private var foot: String {
    var items: [String] = []
    if let previous = links.previous { items.append("← [\(MarkdownText.escape(previous.title))](\(links.file(previous)))") }
    items.append("[All lessons](\(links.index))")
    if let next = links.next { items.append("[\(MarkdownText.escape(next.title))](\(links.file(next))) →") }
    return "\n---\n\n" + items.joined(separator: " · ") + "\n"
  }
}

extension Result<String, CellFailure> {
  /// The value, or the kind of the failure in brackets.
  var shown: String {
    switch self {
    case .success(let text): text
    case .failure(let failure): "[\(failure.kind)]"
    }
  }
}

extension Lesson {
  /// Whether the prose opens with a heading of the first level.
  var hasTitleHeading: Bool {
    for block in blocks {
      if case .prose(let prose) = block, case .heading(let level, _)? = prose.blocks.first { return level == 1 }
      return false
    }
    return false
  }
}
