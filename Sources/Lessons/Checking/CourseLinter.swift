// What no lesson can prove alone: that a term is explained before it is used, that a source and a path exist, that a translation is up to date. Nothing
// is run for it.

import Files

extension Linter {
  /// Faults between the lessons of a folder, its glossary, its sources, its paths and its translations.
  public static func lint(_ library: LessonLibrary) -> [LintProblem] {
    let lessons = library.lessons
    var problems = lint(together: lessons)
    func report(_ file: String, _ line: Int, _ cause: LintProblem.Cause) { problems.append(LintProblem(file: file, line: line, cause: cause)) }
    let stems = lessons.map(\.stem)

    for lesson in lessons {
      problems += references(in: lesson, library)
      problems += order(of: lesson, library)
    }
    for term in library.glossary.terms {
      guard let first = term.first else { continue }
      guard let lesson = lessons.first(where: { $0.stem == first || $0.id == first }) else {
        report(library.glossary.file, term.line, .termOfNoLesson(term.name, first: first, nearest: Suggestion.nearest(to: first, in: stems)))
        continue
      }
      let links = lesson.inlineMarks.contains { if case .term(let name, _) = $0.kind { library.glossary.find(name) == term } else { false } }
      if !links { report(library.glossary.file, term.line, .termNotExplained(term.name, first: lesson.stem)) }
    }
    for path in library.paths {
      for (index, name) in path.lessons.enumerated() {
        guard let lesson = library.lesson(named: name) else {
          report(library.pathsFile, path.line, .unknownPathLesson(name, path: path.name, nearest: library.nearest(to: name)))
          continue
        }
        for later in path.lessons[(index + 1)...] {
          if let other = library.lesson(named: later), lesson.needs.contains(other.id) { report(library.pathsFile, path.line, .pathOutOfOrder(name, needs: later, path: path.name)) }
        }
      }
    }
    for (_, translations) in library.translations.sorted(by: { $0.key < $1.key }) {
      for (stem, translation) in translations.sorted(by: { $0.key < $1.key }) {
        if let lesson = lessons.first(where: { $0.stem == stem }) { problems += lesson.faults(of: translation) }
      }
    }
    return problems
  }

  private static func references(in lesson: Lesson, _ library: LessonLibrary) -> [LintProblem] {
    lesson.inlineMarks.flatMap { mark -> [LintProblem] in
      switch mark.kind {
      case .term(let name, _) where library.glossary.find(name) == nil:
        [LintProblem(file: lesson.file, line: mark.line, cause: .unknownTerm(name, nearest: library.glossary.nearest(to: name)))]
      case .citation(let keys):
        keys.filter { library.bibliography.find($0) == nil }.map {
          LintProblem(file: lesson.file, line: mark.line, cause: .unknownSource($0, nearest: library.bibliography.nearest(to: $0)))
        }
      default: []
      }
    }
  }

  /// Terms that the prose uses before they are explained: the first use is a link, unless a lesson that this one needs explains it.
  private static func order(of lesson: Lesson, _ library: LessonLibrary) -> [LintProblem] {
    var before: Set<String> = []
    var open = lesson.needs
    while let id = open.popLast() {
      guard let needed = library.lessons.first(where: { $0.id == id }), before.insert(needed.stem).inserted else { continue }
      open += needed.needs
    }
    let prose = lesson.blocks.compactMap { if case .prose(let prose) = $0 { prose } else { nil } }
    let texts = prose.map { (line: $0.line, words: $0.blocks.spokenText) }
    return library.glossary.terms.compactMap { term in
      if let first = term.first, let known = library.lessons.first(where: { $0.stem == first || $0.id == first }), before.contains(known.stem) { return nil }
      for (line, words) in texts {
        let use = ([term.name] + term.others).compactMap { words.place(ofWord: $0) }.min()
        let links = words.links(to: { library.glossary.find($0) == term })
        guard let use else {
          if links != nil { return nil }
          continue
        }
        if let links, links < use { return nil }
        let shift = SourceLines(lesson.source).firstLine(from: line, holding: [term.name] + term.others) ?? line
        return LintProblem(file: lesson.file, line: shift, cause: .termUnexplained(term.name))
      }
      return nil
    }
  }
}

extension Lesson {
  /// The marks of all that a reader reads: prose, questions, hints, captions.
  public var inlineMarks: [InlineMark] {
    blocks.flatMap { block -> [InlineMark] in
      switch block {
      case .prose(let prose): prose.marks
      case .hint(let hint): MarkdownProse.marks(hint.text, line: hint.line + 1)
      case .quiz(let quiz): ([quiz.question] + quiz.choices.flatMap { [$0.text, $0.explanation ?? ""] }).flatMap { MarkdownProse.marks($0, line: quiz.line) }
      case .predict(let prediction):
        ([prediction.question] + prediction.choices.flatMap { [$0.text, $0.explanation ?? ""] }).flatMap { MarkdownProse.marks($0, line: prediction.line) }
      case .caption(let caption): MarkdownProse.marks(caption.text, line: caption.line + 1)
      case .cell, .output, .expect, .exercise, .check: []
      }
    }
  }
}

/// Prose as it is read aloud: words, and links to terms by their names. Code and headings are left out.
private struct SpokenText {
  var words = ""
  /// Where a link to a term stands in `words`.
  var terms: [(place: Int, name: String)] = []

  /// The place of a word or of its plural, as a whole word, whatever the case.
  func place(ofWord word: String) -> Int? {
    let text = Array(words.lowercased())
    let wanted = Array(word.lowercased())
    guard !wanted.isEmpty, text.count >= wanted.count else { return nil }
    for start in 0...(text.count - wanted.count) where text[start] == wanted[0] && text[start...].starts(with: wanted) {
      var end = start + wanted.count
      if end < text.count, text[end] == "s" { end += 1 }
      func isLetter(_ i: Int) -> Bool { text.indices.contains(i) && (text[i].isLetter || text[i].isNumber || text[i] == "-") }
      if !isLetter(start - 1), !isLetter(end) { return start }
    }
    return nil
  }

  func links(to isTerm: (String) -> Bool) -> Int? { terms.first { isTerm($0.name) }?.place }

  mutating func add(_ parts: [MarkdownInline]) {
    for part in parts {
      switch part {
      case .text(let text): words += text
      case .softBreak, .lineBreak: words += " "
      case .emphasis(let inner), .strong(let inner), .struck(let inner), .link(_, _, let inner): add(inner)
      case .term(let name, _):
        terms.append((words.count, name))
        words += "\u{1}"
      case .code, .image, .computed, .formula, .citation, .figureReference: words += "\u{1}"
      }
    }
  }

  mutating func add(_ blocks: [MarkdownBlock]) {
    for block in blocks {
      switch block {
      case .paragraph(let parts): add(parts)
      case .list(_, _, let items): items.forEach { add($0.blocks) }
      case .quote(let blocks): add(blocks)
      case .table(let table): (table.header + table.rows.flatMap { $0 }).forEach { add($0 + [.softBreak]) }
      case .heading, .code, .rule: break
      }
      words += "\n"
    }
  }
}

extension [MarkdownBlock] {
  fileprivate var spokenText: SpokenText {
    var text = SpokenText()
    text.add(self)
    return text
  }
}

extension SourceLines {
  /// The first line from `line` (from 1) that holds one of the words, outside of links.
  fileprivate func firstLine(from line: Int, holding words: [String]) -> Int? {
    (line...Swift.max(line, count)).first { number in
      number <= count && words.contains { self[number - 1].lowercased().contains($0.lowercased()) }
    }
  }
}
