// The book: executed lessons → files of one format. Values only; BookFolder reads and writes them.

import Lessons

public enum BookFormat: String, CaseIterable, Sendable {
  case markdown, html, ipynb

  var fileExtension: String {
    switch self {
    case .markdown: "md"
    case .html: "html"
    case .ipynb: "ipynb"
    }
  }

  /// What `docs build` may remove when nothing makes it any more.
  var ownExtensions: [String] { self == .markdown ? ["md", "svg", "dot"] : [fileExtension] }
}

/// One generated file.
public struct BookFile: Sendable, Equatable {
  /// Relative to the book's folder.
  public var path: String
  public var parts: [PagePart]
  /// The lesson that it was made from; nil for the index.
  public var source: String?

  public var text: String { parts.map(\.text).joined() }

  /// A figure by itself.
  /// - Parameter source: what it shows; the file says so.
  public static func drawing(_ path: String, svg: String, dot: String, source: String) -> BookFile {
    BookFile(path: path, parts: [GeneratedMarker.drawing(svg, of: dot, from: source)], source: source)
  }
}

/// A piece of a generated page, with how it is compared.
public enum PagePart: Sendable, Equatable {
  case exact(String)
  /// An output, compared as the lesson says it.
  case output(String, expected: String, tolerance: Double?)
  /// A computed number in prose.
  case number(String)
  /// Measured, so never compared.
  case timing(String)
  /// A picture, which carries the hash of the DOT that it was drawn from: by that it is compared, never by its pixels.
  case drawing(String, mark: String)

  var text: String {
    switch self {
    case .exact(let text), .output(let text, _, _), .number(let text), .timing(let text), .drawing(let text, _): text
    }
  }
}

public struct Book: Sendable {
  public var executions: [Execution]
  public var format: BookFormat
  /// The page of all architectures; Markdown has it, which shows pictures from files.
  public var architectures: ContactSheet?
  /// Figures that pages written by hand refer to.
  public var pictures: [BookFile] = []
  /// What the lessons' terms and citations lead to.
  public var glossary = Glossary()
  public var bibliography = Bibliography()
  public var paths: [CoursePath] = []
  /// The name of the index without its extension.
  var indexName: String { format == .markdown ? "README" : "index" }

  /// - Parameter executions: in any order; the book follows `needs`.
  public init(_ executions: [Execution], format: BookFormat) {
    let path = Linter.path(through: executions.map(\.lesson)).map(\.file)
    self.executions = executions.sorted { (path.firstIndex(of: $0.lesson.file) ?? 0) < (path.firstIndex(of: $1.lesson.file) ?? 0) }
    self.format = format
  }

  /// All files of the book, the index first.
  public var files: [BookFile] {
    var files = [BookFile(path: "\(indexName).\(format.fileExtension)", parts: [.exact(index)], source: nil)]
    for (number, execution) in executions.enumerated() {
      let links = PageLinks(book: self, number: number)
      let parts: [PagePart] =
        switch format {
        case .markdown: MarkdownPage(execution, links).parts
        case .html: [.exact(HTMLPage(execution, links).text)]
        case .ipynb: [.exact(NotebookPage(execution, links).text)]
        }
      files.append(BookFile(path: links.file(execution.lesson), parts: parts, source: execution.lesson.file))
      if format == .markdown { files += FigureFiles.files(of: execution) }
    }
    if format == .markdown { files += CoursePages.files(of: self) }
    if format == .markdown, let architectures { files += architectures.files }
    return files + pictures
  }

  private var index: String {
    switch format {
    case .markdown: BookIndex.markdown(self)
    case .html: BookIndex.html(self)
    case .ipynb: BookIndex.notebook(self)
    }
  }
}

/// Where a page's neighbours are.
struct PageLinks {
  var book: Book
  var number: Int

  func file(_ lesson: Lesson) -> String { "\(lesson.stem).\(book.format.fileExtension)" }
  var index: String { "\(book.indexName).\(book.format.fileExtension)" }
  var previous: Lesson? { number > 0 ? book.executions[number - 1].lesson : nil }
  var next: Lesson? { number + 1 < book.executions.count ? book.executions[number + 1].lesson : nil }
  func lesson(_ id: String) -> Lesson? { book.executions.first { $0.lesson.id == id }?.lesson }

  /// What stands in Markdown for a term, a citation, a reference; formulas stay as they are, and forges typeset them.
  func markdown(_ mark: InlineMark, in lesson: Lesson) -> String {
    switch mark.kind {
    case .term(let name, let shown):
      guard let term = book.glossary.find(name) else { return MarkdownText.escape(shown) }
      return "[\(MarkdownText.escape(shown))](\(CoursePages.glossary)#\(MarkdownOutline.slug(term.name)))"
    case .citation(let keys):
      let labels = keys.map { key in MarkdownText.escape(book.bibliography.find(key)?.label ?? key) }
      return "[\(labels.joined(separator: "; "))](#sources)"
    case .figure(let id): return lesson.figureNumber(of: id).map { "figure \($0)" } ?? mark.raw
    case .number, .formula, .formulaGoesOn: return mark.raw
    }
  }

  /// The same where there is no page to lead to.
  func plain(_ mark: InlineMark, in lesson: Lesson) -> String {
    if case .term(_, let shown) = mark.kind { return MarkdownText.escape(shown) }
    if case .citation(let keys) = mark.kind { return "[" + keys.map { MarkdownText.escape(book.bibliography.find($0)?.label ?? $0) }.joined(separator: "; ") + "]" }
    return markdown(mark, in: lesson)
  }

  /// A link between lessons leads to their pages of this format.
  func target(_ destination: String) -> String {
    let path = destination.prefix { $0 != "#" }
    guard path.hasSuffix(".md"), book.executions.contains(where: { $0.lesson.stem + ".md" == path }) else { return destination }
    return path.dropLast(2) + book.format.fileExtension + destination.dropFirst(path.count)
  }
}

/// What says that a file is generated, so that only such files are written over or removed.
enum GeneratedMarker {
  static let phrase = "Generated by orrery docs build"

  static func line(_ source: String?) -> String { "\(phrase)\(source.map { " from \($0)" } ?? ""); edit \(source == nil ? "the lessons" : "that file"), not this one." }
  static func comment(_ source: String?) -> String { "<!-- \(line(source)) -->" }

  /// What a picture carries at its end to say which DOT it shows.
  static func mark(of dot: String) -> String { "<!-- Drawn from the DOT with the hash \(ContentHash.of(dot)). -->" }
  /// A picture with its marks.
  static func drawing(_ svg: String, of dot: String, from source: String?) -> PagePart {
    .drawing(svg + (svg.hasSuffix("\n") ? "" : "\n") + mark(of: dot) + "\n" + comment(source) + "\n", mark: mark(of: dot))
  }

  /// Whether a file's bytes carry the marker where this program puts it.
  static func isIn(_ bytes: [UInt8], path: String) -> Bool {
    let text = String(decoding: bytes.count > 4096 ? Array(bytes[..<2048]) + Array(bytes[(bytes.count - 2048)...]) : bytes, as: UTF8.self)
    let head = text.split(separator: "\n", maxSplits: 3).prefix(3)
    if path.hasSuffix(".dot") { return head.first?.hasPrefix("// \(phrase)") ?? false }
    if path.hasSuffix(".ipynb") { return text.contains("\"orrery\": \"\(phrase)") }
    if path.hasSuffix(".svg") { return text.contains("<!-- \(phrase)") }
    return head.contains { $0.hasPrefix("<!-- \(phrase)") }
  }
}
