// Text and code written as Markdown.

public enum MarkdownText {
  /// Text that Markdown would read as something else gets backslashes.
  public static func escape(_ text: String) -> String {
    text.map { "\\`*_[]<>#&|~".contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  /// A fenced block whose fence is longer than any line of backquotes inside.
  public static func fence(_ info: String, _ text: String) -> String {
    let mark = String(repeating: "`", count: fenceLength(text))
    let body = text.trimmedEnd
    return mark + info + "\n" + (body.isEmpty ? "" : body + "\n") + mark + "\n"
  }

  /// How many backquotes hold a text: three, or one more than its longest line of them begins with.
  public static func fenceLength(_ text: String) -> Int {
    max(3, 1 + (text.splitLines.map { line in line.trimmed.prefix { $0 == "`" }.count }.max() ?? 0))
  }
}
