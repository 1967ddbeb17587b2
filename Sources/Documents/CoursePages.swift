// Pages of the book that no single lesson makes: the glossary, the sources, and the claims with the cells that measure them.

import Lessons

enum CoursePages {
  static let glossary = "glossary.md"
  static let sources = "sources.md"
  static let claims = "claims.md"

  static func files(of book: Book) -> [BookFile] {
    [(glossary, glossaryPage(book)), (sources, sourcesPage(book)), (claims, claimsPage(book))].compactMap { path, text in
      text.map { BookFile(path: path, parts: [.exact(GeneratedMarker.comment(nil) + "\n" + $0)], source: nil) }
    }
  }

  /// A lesson's page by its file's name, as a link.
  private static func link(_ stem: String, _ book: Book) -> String {
    guard let lesson = book.executions.first(where: { $0.lesson.stem == stem })?.lesson else { return "`\(stem)`" }
    return "[\(MarkdownText.escape(lesson.title))](\(lesson.stem).md)"
  }

  private static func glossaryPage(_ book: Book) -> String? {
    let terms = book.glossary.terms.sorted { $0.name.lowercased() < $1.name.lowercased() }
    if terms.isEmpty { return nil }
    let entries = terms.map { term in
      let others = term.others.isEmpty ? "" : "Also: \(MarkdownText.escape(term.others.joined(separator: ", "))). "
      let first = term.first.map { "First in: \(link($0, book))." } ?? ""
      return "## \(MarkdownText.escape(term.name))\n\n\(term.sentence)\n\n\((others + first).trimmed)\n".replacing("\n\n\n", with: "\n")
    }
    return "# Glossary\n\nWhat the lessons' terms mean, in a sentence each.\n\n" + entries.joined(separator: "\n")
  }

  /// The lessons that cite a source, in the order of the book.
  static func citing(_ key: String, _ book: Book) -> [Lesson] {
    book.executions.map(\.lesson).filter { $0.citedKeys.contains(key) }
  }

  private static func sourcesPage(_ book: Book) -> String? {
    let all = book.bibliography.sources.sorted { $0.label.lowercased() < $1.label.lowercased() }
    if all.isEmpty { return nil }
    let lines = all.map { source in
      let pages = citing(source.key, book).map { link($0.stem, book) }
      return "- \(source.markdown)\(pages.isEmpty ? "" : " Cited in: \(pages.joined(separator: ", ")).")\n"
    }
    return "# Sources\n\n" + lines.joined()
  }

  private static func claimsPage(_ book: Book) -> String? {
    var rows: [(claim: Int, text: String)] = []
    for lesson in book.executions.map(\.lesson) {
      for cell in lesson.cells {
        for claim in cell.claims {
          let holds = lesson.expects(of: cell.id).flatMap(\.clauses).map { "`\($0.condition)`" }.joined(separator: "; ")
          rows.append((claim, "| \(claim) | \(link(lesson.stem, book)), cell `\(cell.id)` | \(holds.replacing("|", with: "\\|")) |\n"))
        }
      }
    }
    if rows.isEmpty { return nil }
    return "# Claims\n\nEach claim of the course with the cells that measure it, and what holds the measurement whenever the lessons are checked.\n\n"
      + "| claim | measured in | held by |\n|--:|---|---|\n" + rows.sorted { $0.claim < $1.claim }.map(\.text).joined()
  }
}

extension Lesson {
  /// Keys of the sources that a reader meets, each once, in their order.
  var citedKeys: [String] {
    var seen: Set<String> = []
    let keys = inlineMarks.flatMap { mark -> [String] in if case .citation(let keys) = mark.kind { keys } else { [] } }
    return keys.filter { seen.insert($0).inserted }
  }
}
