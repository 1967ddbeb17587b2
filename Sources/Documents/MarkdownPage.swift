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
        let pieces = prose.markdown({ _ in String(cut) }, other: { links.markdown($0, in: lesson) }).split(separator: cut, omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() {
          if index > 0, index - 1 < values.count { parts.append(.number(MarkdownText.escape(values[index - 1].shown))) }
          add(String(piece))
        }
        if !(pieces.last?.hasSuffix("\n") ?? false) { add("\n") }
      case (.cell(let cell), _) where cell.isSetup: break
      case (.predict(let prediction), _):
        add("\n**Before you read on.** \(linked(prediction.question))\n")
        if !prediction.choices.isEmpty { add("\n") }
        for (index, choice) in prediction.choices.enumerated() { add("\(index + 1). \(linked(choice.text))\n") }
        add("\n[What comes out](#\(MarkdownOutline.slug(truthTitle(prediction))))\n")
      case (.caption(let caption), _): add("\n**Figure \(lesson.figureNumber(of: caption.of) ?? 0).** \(linked(caption.text))\n")
      case (.cell(let cell), .cell(let result)):
        add("\n" + MarkdownText.fence("swift", cell.source))
        for part in output(of: cell, result) { if case .exact(let text) = part { add(text) } else { parts.append(part) } }
      case (.exercise(let exercise), _):
        add("\n**Exercise `\(exercise.id)`**\(exercise.points == 1 ? "" : " (\(exercise.points) points)")\n\n" + MarkdownText.fence("swift", exercise.stub))
        if hasHelp(exercise) { add("\n[Hints and solution](#\(MarkdownOutline.slug(helpTitle(exercise))))\n") }
      case (.quiz(let quiz), _):
        add("\n**Quiz.** \(linked(quiz.question))\n\n")
        for (index, choice) in quiz.choices.enumerated() { add("\(index + 1). \(linked(choice.text))\n") }
        add("\n[Answer](#\(MarkdownOutline.slug(answerTitle(quiz))))\n")
      default: break
      }
    }
    for part in answers { if case .exact(let text) = part { add(text) } else { parts.append(part) } }
    add(sources)
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
      let text = MarkdownText.escape(lesson.caption(of: cell.id)?.alternative ?? figure.alternative)
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

  private func truthTitle(_ prediction: Prediction) -> String { "Prediction \(prediction.id): what comes out" }
  private func linked(_ text: String) -> String { MarkdownProse.markdown(text) { links.markdown($0, in: lesson) } }

  /// What the page cites.
  private var sources: String {
    let cited = lesson.citedKeys.compactMap(links.book.bibliography.find)
    return cited.isEmpty ? "" : "\n---\n\n## Sources\n\n" + cited.map { "- \($0.markdown)\n" }.joined()
  }

  private var answers: [PagePart] {
    var parts: [PagePart] = []
    var text = ""
    for (block, outcome) in zip(lesson.blocks, execution.outcomes) {
      if case .predict(let prediction) = block, case .prediction(.success(let truth)?) = outcome {
        text += "\n### \(truthTitle(prediction))\n\n"
        parts.append(.exact(text))
        parts.append(prediction.kind == .number ? .number(truth) : .exact(truth))
        text = "\n"
        for choice in prediction.choices { if let said = choice.explanation { text += "\n- \(linked(choice.text)) — \(linked(said))" } }
        if text != "\n" { text += "\n" }
      }
      if case .exercise(let exercise) = block, hasHelp(exercise) {
        text += "\n### \(helpTitle(exercise))\n"
        for (index, hint) in lesson.hints(of: exercise.id).enumerated() {
          let lines = linked(hint.text).split(separator: "\n", omittingEmptySubsequences: false)
          text += "\n\(index + 1). " + lines.joined(separator: "\n   ") + "\n"
        }
        if let solution = lesson.solutions[exercise.id] { text += "\n" + MarkdownText.fence("swift", solution.source) }
      }
      if case .quiz(let quiz) = block {
        text += "\n### \(answerTitle(quiz))\n\n"
        for (index, choice) in quiz.choices.enumerated() {
          text += "\(index + 1). \(choice.right ? "**Right.** " : "")\(linked(choice.text))\(choice.explanation.map { " — " + linked($0) } ?? "")\n"
        }
      }
    }
    parts.append(.exact(text))
    return parts.count == 1 && text.isEmpty ? [] : [.exact("\n---\n\n## Hints, solutions, answers\n")] + parts
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
    case .failure: "?"
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
