// Markdown that stands in a hint, a quiz or a choice: read by itself, without computed numbers.

import Files

public enum MarkdownProse {
  public static func blocks(_ text: String) -> [MarkdownBlock] {
    MarkdownReader.read(Array(text.utf8)).pieces.map { piece in
      switch piece.content {
      case .prose(let block): block
      case .fence(let info, let text): .code(language: String(info.prefix { $0 != " " }), text)
      }
    }
  }
}

/// The nearest of the names that exist, for who may not import `Files`.
public enum NearestName {
  public static func find(_ name: String, among names: [String]) -> String? { Suggestion.nearest(to: name, in: names) }
}
