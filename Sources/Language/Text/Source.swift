/// Program text with positions. Spans are UTF-8 offsets, as GNU readline counts; nothing here reads the text.

/// A half-open stretch of a source, in UTF-8 bytes.
public struct Span: Hashable, Sendable {
  public var start: Int
  public var end: Int

  public init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = max(start, end)
  }

  /// The smallest span that holds both.
  public func joined(_ other: Span) -> Span { Span(min(start, other.start), max(end, other.end)) }
}

/// One piece of text under a name: a cell, a line at the prompt, a file.
public final class Source: Sendable {
  public let name: String
  public let text: String
  /// The text as UTF-8; every span counts in these.
  public let bytes: [UInt8]

  public init(_ text: String, name: String = "input") {
    self.name = name
    self.text = text
    self.bytes = Array(text.utf8)
  }

  /// The text of a span; offsets outside of the text are clamped.
  public func text(of span: Span) -> String {
    let start = min(max(0, span.start), bytes.count)
    return String(decoding: bytes[start..<min(max(start, span.end), bytes.count)], as: UTF8.self)
  }

  /// The line that holds an offset: its number from 1, and the span of its text without the line's end.
  public func line(at offset: Int) -> (number: Int, span: Span) {
    let offset = min(max(0, offset), bytes.count)
    var number = 1
    var start = 0
    for index in 0..<offset where bytes[index] == 10 {
      number += 1
      start = index + 1
    }
    var end = offset
    while end < bytes.count, bytes[end] != 10 { end += 1 }
    if end > start, bytes[end - 1] == 13 { end -= 1 }
    return (number, Span(start, end))
  }
}
