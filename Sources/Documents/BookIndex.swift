// The book's first page: the path through the lessons.

import Lessons

enum BookIndex {
  static let title = "Lessons"
  static let opening = "Each lesson is executed when this book is built: every number and figure here came out of a run. The path below puts each lesson after those it builds on."

  static func markdown(_ book: Book) -> String {
    var text = GeneratedMarker.comment(nil) + "\n# \(title)\n\n\(opening)\n\n"
    for (number, execution) in book.executions.enumerated() {
      let lesson = execution.lesson
      let links = PageLinks(book: book, number: number)
      text += "\(number + 1). [\(MarkdownText.escape(lesson.title))](\(links.file(lesson)))"
      let needs = lesson.needs.map { id in links.lesson(id).map { "[\(MarkdownText.escape($0.title))](\(links.file($0)))" } ?? "`\(id)`" }
      text += (needs.isEmpty ? "" : ", after " + needs.joined(separator: ", ")) + contents(lesson) + "\n"
    }
    for path in book.paths {
      let lessons = path.lessons.compactMap { name in book.executions.map(\.lesson).first { $0.stem == name || $0.id == name } }
      text += "\n**\(MarkdownText.escape(path.title))**: " + lessons.map { "[\(MarkdownText.escape($0.title))](\($0.stem).\(book.format.fileExtension))" }.joined(separator: " → ") + "\n"
    }
    let pages = CoursePages.files(of: book).map { file in "[\(file.path.dropLast(3))](\(file.path))" }
    if book.format == .markdown, !pages.isEmpty { text += "\nBeside the lessons: \(pages.joined(separator: ", ")).\n" }
    if book.format == .markdown, book.architectures != nil {
      text += "\nThe figures of all architectures that are known by name are on [one page](\(ContactSheet.file)).\n"
    }
    return text
  }

  static func html(_ book: Book) -> String {
    var body = "<main>\n<h1>\(title)</h1>\n<p>\(opening)</p>\n<ol class=\"path\">\n"
    for (number, execution) in book.executions.enumerated() {
      let lesson = execution.lesson
      let links = PageLinks(book: book, number: number)
      body += "<li><a href=\"\(links.file(lesson))\">\(HTMLText.escape(lesson.title))</a>"
      let needs = lesson.needs.map { id in
        links.lesson(id).map { "<a href=\"\(links.file($0))\">\(HTMLText.escape($0.title))</a>" } ?? "<code>\(HTMLText.escape(id))</code>"
      }
      let after = needs.isEmpty ? "" : "after " + needs.joined(separator: ", ")
      let more = contents(lesson)
      if !after.isEmpty || !more.isEmpty {
        body += "<span class=\"after\">\(after)\(after.isEmpty ? String(more.dropFirst(2)) : more)</span>"
      }
      body += "</li>\n"
    }
    return HTMLShell.page(title: title, source: nil, body: body + "</ol>\n</main>\n")
  }

  static func notebook(_ book: Book) -> String {
    let text = markdown(book).split(separator: "\n", omittingEmptySubsequences: false).dropFirst().joined(separator: "\n")
    let cell: JSONText = .object([
      ("cell_type", .string("markdown")), ("id", .string("path")), ("metadata", .object([])), ("source", .lines(text.trimmed)),
    ])
    return NotebookPage.notebook([cell], source: nil)
  }

  /// What is to be done in a lesson, in words.
  private static func contents(_ lesson: Lesson) -> String {
    func counted(_ n: Int, _ one: String, _ many: String) -> String? { n == 0 ? nil : n == 1 ? "one \(one)" : "\(n) \(many)" }
    let parts = [
      lesson.minutes.map { "\($0) minutes" }, lesson.isCore ? "of the core" : nil,
      counted(lesson.exercises.count, "exercise", "exercises"), counted(lesson.quizzes.count, "quiz", "quizzes"),
    ].compactMap { $0 }
    return parts.isEmpty ? "" : "; " + parts.joined(separator: ", ")
  }
}
