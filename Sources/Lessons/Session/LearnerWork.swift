// What a learner did in a lesson, and its two forms: Markdown to keep (`recap`), and a lesson file that runs (`:record`).

struct LearnerWork: Sendable {
  enum Item: Sendable {
    case own(source: String, CellResult)
    case answer(exercise: String, source: String, tries: Int, hints: Int)
    case choice(quiz: String, answer: String, tries: Int)
    case guess(question: String, guess: String, truth: String)

    /// What it answers; a later answer takes the place of an earlier one.
    fileprivate var question: String? {
      switch self {
      case .own: nil
      case .answer(let exercise, _, _, _): "exercise " + exercise
      case .choice(let quiz, _, _): "quiz " + quiz
      case .guess(let question, _, _): "guess " + question
      }
    }
  }
  private var items: [Item] = []

  init() {}

  /// What the record keeps of earlier sessions: answers with their tries, and guesses.
  init(_ progress: Progress, of lesson: Lesson) {
    for block in lesson.blocks {
      func work(_ id: String) -> ProgressEntry.Work? { progress.entry(lesson: lesson.id, item: id)?.work }
      switch block {
      case .exercise(let exercise):
        guard let kept = work(exercise.id), let answer = kept.answer else { break }
        add(.answer(exercise: exercise.id, source: answer, tries: kept.tries ?? 1, hints: kept.hints ?? 0))
      case .quiz(let quiz):
        guard let kept = work(quiz.id), let answer = kept.answer else { break }
        let texts = quiz.choices.indices.filter { answer.split(separator: " ").contains(Substring(Answers.letter($0))) }.map { quiz.choices[$0].text }
        add(.choice(quiz: quiz.question, answer: texts.joined(separator: "; "), tries: kept.tries ?? 1))
      case .predict(let prediction):
        guard let kept = work(prediction.id), let guess = kept.answer, let truth = kept.truth else { break }
        add(.guess(question: prediction.question, guess: guess, truth: truth))
      default: break
      }
    }
  }

  var isEmpty: Bool { items.isEmpty }

  mutating func add(_ item: Item) {
    if let question = item.question { items.removeAll { $0.question == question } }
    items.append(item)
  }

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
      case .guess(let question, let guess, let truth):
        output += "\n## Prediction\n\n\(question)\n\nYour guess: **\(guess)**. What came out: **\(truth)**.\n"
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
