// Markdown that stands in a hint, a quiz, a choice or a caption: read by itself, without computed numbers.

import Files

public enum MarkdownProse {
  public static func blocks(_ text: String) -> [MarkdownBlock] {
    let source = SourceLines(text)
    let marked = InlineMarks.mark(source, skipping: MarkdownReader.read(source.bytes).codeLines, firstLine: 1, numbers: false)
    return MarkdownReader.read(marked.bytes, marks: marked.marks).pieces.map { piece in
      switch piece.content {
      case .prose(let block): block
      case .fence(let info, let text): .code(language: String(info.prefix { $0 != " " }), text)
      }
    }
  }
}

extension MarkdownProse {
  /// A text with what it holds beside Markdown replaced.
  public static func markdown(_ text: String, _ other: (InlineMark) -> String) -> String {
    let source = SourceLines(text)
    let marked = InlineMarks.mark(source, skipping: MarkdownReader.read(source.bytes).codeLines, firstLine: 1, numbers: false)
    return InlineMarks.substitute(String(decoding: marked.bytes, as: UTF8.self)) { other(marked.marks[$0]) }
  }

  /// The marks of a text that stands in a block: its terms, citations and references.
  static func marks(_ text: String, line: Int) -> [InlineMark] {
    let source = SourceLines(text)
    return InlineMarks.mark(source, skipping: MarkdownReader.read(source.bytes).codeLines, firstLine: line, numbers: false).marks
  }
}

/// The nearest of the names that exist, for who may not import `Files`.
public enum NearestName {
  public static func find(_ name: String, among names: [String]) -> String? { Suggestion.nearest(to: name, in: names) }
}
