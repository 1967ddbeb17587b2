// Lesson file → `Lesson`, or all of its faults at once.
//
// It reads structure only: whether an expression is right is found out by running it.

import Files

public enum LessonParser {
  /// A lesson is prose and code; what is longer than this is something else.
  public static let longest = 2 << 20

  /// - Throws: `LessonProblems`, every fault with file and line.
  public static func parse(_ text: String, file: String) throws(LessonProblems) -> Lesson {
    try parse(Array(text.utf8), file: file)
  }

  /// - Throws: `LessonProblems`, every fault with file and line.
  public static func parse(_ bytes: [UInt8], file: String) throws(LessonProblems) -> Lesson {
    var parser = BlockReader(file: file)
    guard let source = parser.accept(bytes) else { throw LessonProblems(parser.problems) }
    let front = FrontMatter.read(source, file: file, problems: &parser.problems)
    var blocks = parser.read(source, after: front.lineCount, solutions: false)
    LinkChecker.check(&blocks, file: file, problems: &parser.problems)
    guard parser.problems.isEmpty else { throw LessonProblems(parser.problems.sorted { $0.line < $1.line }) }
    var lesson = Lesson(
      file: file, id: front.id, title: front.title, needs: front.needs, seed: front.seed, blocks: blocks, source: bytes)
    lesson.bareImages = parser.bareImages
    return lesson
  }

  /// Reads NAME.solution.md and attaches its solutions.
  /// - Throws: `LessonProblems` of the solution file.
  public static func attach(solutions bytes: [UInt8], file: String, to lesson: inout Lesson) throws(LessonProblems) {
    var parser = BlockReader(file: file)
    guard let source = parser.accept(bytes) else { throw LessonProblems(parser.problems) }
    // Front matter is welcome and says nothing here.
    var skipped = 0
    if source.count > 0, source[0].trimmedEnd == "---", let end = (1..<max(1, source.count)).first(where: { source[$0].trimmedEnd == "---" }) {
      skipped = end + 1
    }
    _ = parser.read(source, after: skipped, solutions: true)
    var found: [String: Solution] = [:]
    let ids = lesson.exercises.map(\.id)
    for solution in parser.solutions {
      if let first = found[solution.of] {
        parser.report(solution.line, .solutionTwice(of: solution.of, first: first.line))
      } else if !ids.contains(solution.of) {
        parser.report(solution.line, .unknownExercise(solution.of, nearest: Suggestion.nearest(to: solution.of, in: ids)))
      } else {
        found[solution.of] = solution
      }
    }
    guard parser.problems.isEmpty else { throw LessonProblems(parser.problems.sorted { $0.line < $1.line }) }
    lesson.solutions = found
  }

  /// The sibling file of a lesson: `tour.md` → `tour.solution.md`.
  public static func solutionFile(of lesson: String) -> String {
    lesson.hasSuffix(".md") ? lesson.dropLast(3) + ".solution.md" : lesson + ".solution.md"
  }
}

/// Markdown pieces → lesson blocks, one at a time.
struct BlockReader {
  let file: String
  var problems: [LessonProblem] = []
  var solutions: [Solution] = []
  var bareImages: [Lesson.BareImage] = []

  init(file: String) { self.file = file }

  mutating func report(_ line: Int, _ cause: LessonProblem.Cause) {
    problems.append(LessonProblem(file: file, line: line, cause: cause))
  }

  mutating func accept(_ bytes: [UInt8]) -> SourceLines? {
    if bytes.count > LessonParser.longest {
      report(0, .tooLong(bytes: bytes.count, limit: LessonParser.longest))
      return nil
    }
    let source = SourceLines(bytes)
    for (index, range) in source.ranges.enumerated() where String(validating: bytes[range], as: UTF8.self) == nil {
      report(index + 1, .notUTF8)
      return nil
    }
    return source
  }

  mutating func read(_ whole: SourceLines, after skipped: Int, solutions inSolutions: Bool) -> [LessonBlock] {
    let start = skipped == 0 ? 0 : whole.ranges[skipped - 1].upperBound
    let source = SourceLines(Array(whole.bytes[start...]))
    let firstLine = skipped + 1
    let draft = MarkdownReader.read(source.bytes)
    if let deep = draft.tooDeep {
      report(firstLine + deep, .tooDeep(limit: MarkdownReader.deepest))
      return []
    }
    let marked = ComputedMarks.mark(source, skipping: draft.codeLines, firstLine: firstLine)
    for line in marked.unclosed { report(firstLine + line, .numberOpen) }
    for line in marked.reserved { report(firstLine + line, .reservedCharacter) }
    for number in marked.numbers where number.expression.isEmpty { report(number.line, .numberEmpty) }
    let reading = MarkdownReader.read(marked.bytes, expressions: marked.numbers.map(\.expression))
    for (line, cause) in Self.unshown(reading) { report(firstLine + line, cause) }
    bareImages = reading.bareImages.map { Lesson.BareImage(line: firstLine + $0.line, source: $0.source) }
    for (line, info) in reading.nestedFences {
      let word = String(info.prefix { $0 != " " && $0 != "{" })
      if FenceWord(rawValue: word) != nil || info.contains("{") { report(firstLine + line, .nestedFence(word)) }
    }

    let markedLines = SourceLines(marked.bytes)
    var blocks: [LessonBlock] = []
    var prose: [MarkdownBlock] = []
    var proseStart = 0
    var numbered = 0
    func flush(upTo end: Int) {
      var range = proseStart..<max(proseStart, end)
      while let first = range.first, markedLines[first].isBlank { range = (first + 1)..<range.upperBound }
      while let last = range.last, markedLines[last].isBlank { range = range.lowerBound..<last }
      defer {
        prose = []
        proseStart = end
      }
      guard !range.isEmpty else { return }
      let lines = (firstLine + range.lowerBound)..<(firstLine + range.upperBound)
      let numbers = marked.numbers[numbered...].prefix { lines.contains($0.line) }
      blocks.append(
        .prose(
          Prose(
            line: lines.lowerBound, blocks: prose, numbers: Array(numbers), marked: markedLines.text(range),
            firstNumber: numbered)))
      numbered += numbers.count
    }
    for piece in reading.pieces {
      switch piece.content {
      case .prose(let block):
        if case .heading = block { flush(upTo: piece.firstLine) }
        prose.append(block)
      case .fence(let info, let text):
        let line = firstLine + piece.firstLine
        var faults: [LessonProblem.Cause] = []
        let fence = FenceInfo.read(info) { faults.append($0) }
        for fault in faults { report(line, fault) }
        guard let fence else {
          prose.append(.code(language: String(info.prefix { $0 != " " }), text))
          continue
        }
        flush(upTo: piece.firstLine)
        proseStart = piece.lastLine + 1
        guard closes(source, piece) else {
          report(line, .fenceOpen(fence.word.rawValue))
          continue
        }
        let content = (skipped + piece.firstLine + 1)..<(skipped + piece.lastLine)
        if let block = block(fence, text: text, line: line, content: content, inSolutions: inSolutions) { blocks.append(block) }
      }
    }
    flush(upTo: markedLines.count)
    return blocks
  }

  /// What no page shows: raw HTML, and addresses that could run something or ask the net.
  private static func unshown(_ reading: MarkdownReading) -> [(line: Int, cause: LessonProblem.Cause)] {
    reading.html.map { ($0.line, .rawHTML($0.text)) }
      + reading.links.compactMap { link in
        if link.isPicture { return Address.isSafe(picture: link.destination) ? nil : (link.line, .unsafePicture(link.destination)) }
        return Address.isSafe(link: link.destination) ? nil : (link.line, .unsafeLink(link.destination))
      }
  }

  /// The same of Markdown in a fence.
  private static func unshown(_ text: String, line: Int) -> [(Int, LessonProblem.Cause)] {
    unshown(MarkdownReader.read(Array(text.utf8))).map { (line + $0.line, $0.cause) }
  }

  /// Whether a fence's last line is its closing one: the library closes an open fence at the end of the text.
  private func closes(_ source: SourceLines, _ piece: MarkdownPiece) -> Bool {
    guard piece.lastLine > piece.firstLine, piece.lastLine < source.count else { return false }
    let open = source[piece.firstLine].trimmed
    let close = source[piece.lastLine].trimmed
    guard let mark = open.first else { return false }
    return close.count >= open.prefix { $0 == mark }.count && close.allSatisfy { $0 == mark }
  }

  private mutating func block(_ fence: FenceInfo, text: String, line: Int, content: Range<Int>, inSolutions: Bool) -> LessonBlock? {
    let word = fence.word.rawValue
    if inSolutions != (fence.word == .solution) {
      report(line, inSolutions ? .lessonFenceInSolutions(word) : .solutionInLesson(of: fence.values["of"] ?? "…"))
      return nil
    }
    if fence.word.hasID, fence.id == nil {
      // A malformed id has its own fault already.
      if !problems.contains(where: { $0.line == line }) { report(line, .noID(word: word)) }
      return nil
    }
    if fence.word.attributes.contains("of"), fence.values["of"] == nil {
      if !problems.contains(where: { $0.line == line }) { report(line, .noOf(word: word)) }
      return nil
    }
    if text.isBlank, fence.word != .output {
      report(line, .empty(word: word))
      return nil
    }
    let id = fence.id ?? ""
    let of = fence.values["of"] ?? ""
    let body = text.trimmedEnd
    var faults: [(Int, LessonProblem.Cause)] = []
    defer { for (line, cause) in faults { report(line, cause) } }
    switch fence.word {
    case .orrery:
      return .cell(Cell(id: id, line: line, source: body, failure: fence.values["error"], silent: fence.values["silent"] != nil))
    case .output:
      var tolerance: Double?
      if let text = fence.values["tol"] {
        tolerance = Double(text)
        if !(tolerance.map { $0 >= 0 && $0.isFinite } ?? false) { faults.append((line, .badTolerance(text))) }
      }
      return .output(ExpectedOutput(of: of, line: line, text: text, tolerance: tolerance, lines: content))
    case .expect:
      let clauses = Clauses.read(text, line: line + 1, withMessages: false) { faults.append(($0, $1)) }
      return .expect(Expect(of: of, line: line, clauses: clauses))
    case .exercise:
      let needs = fence.values["needs"]?.split(separator: ",").map { String($0).trimmed } ?? []
      return .exercise(Exercise(id: id, line: line, stub: body, needs: needs))
    case .check:
      let clauses = Clauses.read(text, line: line + 1, withMessages: true) { faults.append(($0, $1)) }
      return .check(Check(of: of, line: line, clauses: clauses))
    case .hint:
      faults += Self.unshown(body, line: line + 1)
      return .hint(Hint(of: of, line: line, text: body))
    case .quiz:
      let quiz = QuizText.read(text, id: id, line: line) { faults.append(($0, $1)) }
      for part in [quiz.question] + quiz.choices.flatMap({ [$0.text, $0.explanation ?? ""] }) { faults += Self.unshown(part, line: line).map { (line, $0.1) } }
      return .quiz(quiz)
    case .solution:
      solutions.append(Solution(of: of, file: file, line: line, source: body))
      return nil
    }
  }
}
