// A lesson's events → styled lines. Figures are named by their alternative; a prompt that can draw them draws them itself.

public struct EventLines: Sendable {
  public var markdown: MarkdownLines

  public init(width: Int = 80, plain: Bool = false) { markdown = MarkdownLines(width: width, marks: plain) }

  public func lines(_ event: LessonEvent) -> [StyledLine] {
    switch event {
    case .prose(let blocks): return markdown.lines(blocks) + [StyledLine()]
    case .cell(_, let source): return code(source)
    case .result(let result, _): return lines(result)
    case .exercise(_, let stub, let standing):
      return [note(standing.invitation)] + code(stub)
    case .quiz(_, let question, let choices): return markdown.lines(question) + self.choices(choices)
    case .predict(let prediction):
      let how =
        switch prediction.kind {
        case .number: "Your guess, a number"
        case .word: "Your guess, a word"
        case .choice: "Your guess, a letter or a word of it"
        }
      return [note("Before it runs:")] + markdown.lines(MarkdownProse.blocks(prediction.question))
        + choices(prediction.choices.map(\.text)) + paragraph("\(how); or Enter to go on without.", .note)
    case .compared(let guess, let truth, let isRight, let said):
      let more = said.map { " " + $0 } ?? ""
      if isRight { return styled("You said \(guess)\(guess == truth ? "" : "; it is \(truth)").\(more)", .good, mark: "✓ ") }
      return paragraph("You said \(guess). It is \(truth).\(more)", .note)
    case .caption(let number, let blocks):
      var lines = markdown.lines(blocks)
      if lines.isEmpty { lines = [StyledLine()] }
      lines[0].spans.insert(StyledSpan("Figure \(number): ", .marker), at: 0)
      return lines
    case .right(let text): return styled(text, .good, mark: "✓ ")
    case .wrong(let text): return styled(text, .bad, mark: "✗ ")
    case .hint(let number, let of, let blocks):
      return [note(of == 1 ? "Hint:" : "Hint \(number) of \(of):")] + markdown.lines(blocks)
    case .solution(let source): return [note("The solution:")] + code(source)
    case .note(let text): return paragraph(text, .note)
    case .list(let lessons, let current): return list(lessons, current: current)
    case .recap(let text): return text.splitLines.map { StyledLine([StyledSpan($0)]) }
    case .finished(let summary, let next):
      var output = [note("End of “\(summary.title)”: \(summary.standing).")]
      if let first = next.first { output += paragraph("Next: \(first.title). It opens with  :lesson \(first.id)", .note) }
      return output
    }
  }

  private func lines(_ result: CellResult) -> [StyledLine] {
    var output: [StyledLine] = []
    if !result.text.isBlank { output += result.text.trimmedEnd.splitLines.map { StyledLine([StyledSpan($0)]) } }
    for figure in result.figures { output.append(StyledLine([StyledSpan("[figure: \(figure.alternative)]", .link)])) }
    if let failure = result.failure { output += failure.message.trimmedEnd.splitLines.map { StyledLine([StyledSpan($0, .bad)]) } }
    for timing in result.timings { output.append(note("\(timing.label): \(timing.text)")) }
    return output
  }

  private func list(_ lessons: [LessonSummary], current: String) -> [StyledLine] {
    let wide = lessons.map { displayWidth($0.id) }.max() ?? 0
    let titles = lessons.map { displayWidth($0.title) }.max() ?? 0
    return lessons.map { lesson in
      let role: TextRole = lesson.done == lesson.total && lesson.total > 0 ? .good : .note
      return StyledLine([
        StyledSpan(lesson.id == current ? "→ " : "  ", .marker),
        StyledSpan(pad(lesson.id, wide), .code), StyledSpan("  " + pad(lesson.title, titles) + "  "),
        StyledSpan(lesson.standing, role),
      ])
    }
  }

  private func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - displayWidth(text))) }
  private func code(_ source: String) -> [StyledLine] {
    CodeText.lines(source.trimmedEnd).flatMap { line in
      broken(StyledLine([StyledSpan("    ", .codeBlock)] + line.map { StyledSpan($0.text, .source($0.kind)) }))
    }
  }
  private func choices(_ choices: [String]) -> [StyledLine] {
    var output: [StyledLine] = []
    for (index, choice) in choices.enumerated() {
      let marker = "  \(Answers.letter(index))) "
      let inner = MarkdownLines(width: markdown.width - 5, marks: markdown.marks).lines(MarkdownProse.blocks(choice))
      for (row, line) in inner.enumerated() {
        output.append(StyledLine([StyledSpan(row == 0 ? marker : "     ", .marker)] + line.spans))
      }
    }
    return output
  }

  /// A line of code that is too wide goes on below, deeper, from a space on.
  private func broken(_ line: StyledLine) -> [StyledLine] {
    guard line.width > markdown.width else { return [line] }
    let pieces = line.spans.flatMap { span in span.text.map { (character: $0, role: span.role) } }
    let lead = pieces.prefix { $0.character == " " }.count
    var used = 0
    var cut: Int?
    for (index, piece) in pieces.enumerated() {
      used += displayWidth(String(piece.character))
      if used > markdown.width { break }
      if piece.character == " ", index > lead { cut = index }
    }
    guard let cut else { return [line] }
    func spans(_ pieces: some Sequence<(character: Character, role: TextRole)>) -> [StyledSpan] {
      var spans: [StyledSpan] = []
      for piece in pieces {
        if spans.last?.role == piece.role { spans[spans.count - 1].text.append(piece.character) } else { spans.append(StyledSpan(String(piece.character), piece.role)) }
      }
      return spans
    }
    let rest = StyledLine([StyledSpan(String(repeating: " ", count: min(lead + 4, markdown.width / 2)), .codeBlock)] + spans(pieces[(cut + 1)...].drop { $0.character == " " }))
    return [StyledLine(spans(pieces[..<cut]))] + broken(rest)
  }

  private func note(_ text: String) -> StyledLine { StyledLine([StyledSpan(text, .note)]) }
  /// A text's lines, broken between words.
  private func paragraph(_ text: String, _ role: TextRole) -> [StyledLine] {
    text.splitLines.flatMap { markdown.wrap([StyledSpan($0, role)], width: markdown.width) }
  }
  private func styled(_ text: String, _ role: TextRole, mark: String) -> [StyledLine] {
    paragraph((markdown.marks ? "" : mark) + text, role)
  }
}

extension Standing {
  /// How an exercise is offered.
  var invitation: String {
    switch self {
    case .open: "Your turn:"
    case .skipped: "Your turn (skipped before):"
    case .done: "Your turn again (done):"
    case .doneChangedSince: "Your turn again (done, changed since):"
    }
  }
}
