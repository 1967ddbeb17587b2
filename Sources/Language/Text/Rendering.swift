/// Failures as a learner sees them: the message, the line, and a mark under the place, with the hint beside it.

extension Failure {
  /// Without colour and without a line end.
  public func rendered() -> String {
    var lines = ["error: \(message)"]
    if let source, let span {
      lines += Failure.picture(source, span, caret: caret, hint: suggestion)
    } else if let suggestion {
      lines.append("  " + suggestion)
    }
    for call in calls {
      lines.append("in this call of '\(call.function)':")
      lines += Failure.picture(call.source, call.span, caret: nil, hint: nil)
    }
    return lines.joined(separator: "\n")
  }

  /// The line in which a span begins, and the line with its underline.
  static func picture(_ source: Source, _ span: Span, caret: Int?, hint: String?) -> [String] {
    let (number, line) = source.line(at: span.start)
    let isLong = source.bytes.contains(10)
    let prefix = isLong ? "\(number) | " : "  "
    let start = min(max(span.start, line.start), line.end)
    let end = max(start, min(span.end, line.end))
    let before = expanded(source.text(of: Span(line.start, start)), from: 0)
    let marked = expanded(source.text(of: Span(start, end)), from: displayWidth(before))
    let after = expanded(source.text(of: Span(end, line.end)), from: displayWidth(before) + displayWidth(marked))
    var mark = Array(repeating: "~", count: max(1, displayWidth(marked)))
    var point = 0
    if let caret, caret >= start, caret < end {
      point = displayWidth(expanded(source.text(of: Span(start, caret)), from: displayWidth(before)))
    }
    mark[min(point, mark.count - 1)] = "^"
    let indent = String(repeating: " ", count: prefix.count + displayWidth(before))
    return [prefix + before + marked + after, indent + mark.joined() + (hint.map { "  " + $0 } ?? "")]
  }

  /// Tabs to the next multiple of four columns; other control characters vanish.
  private static func expanded(_ text: String, from column: Int) -> String {
    var result = ""
    var column = column
    for character in text {
      if character == "\t" {
        let spaces = 4 - column % 4
        result += String(repeating: " ", count: spaces)
        column += spaces
      } else if !(character.asciiValue.map { $0 < 0x20 || $0 == 0x7F } ?? false) {
        result.append(character)
        column += displayWidth(character)
      }
    }
    return result
  }
}

extension Failures {
  /// The first failure in one line, for a log: the message, the column (of several lines: the line too), the nearest right thing.
  public var line: String {
    var text = "error: \(first.message)"
    if let source = first.source, let span = first.span {
      let (number, line) = source.line(at: span.start)
      let start = min(max(first.caret ?? span.start, line.start), line.end)
      let column = source.text(of: Span(line.start, start)).count + 1
      text += source.bytes.contains(10) ? " (line \(number), column \(column))" : " (column \(column))"
    }
    return text.replacing("\n", with: " ") + (first.suggestion.map { "; \($0)" } ?? "")
  }

  /// All failures, one under the other.
  public func rendered() -> String { all.map { $0.rendered() }.joined(separator: "\n") }
}
