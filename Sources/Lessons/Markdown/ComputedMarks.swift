// Numbers in prose that are computed: finds `\(expression)` before Markdown is parsed (CommonMark would read `\(` as an escaped
// parenthesis) and puts a mark of two private-use characters around an index in its place.
//
// Code spans and code blocks are left alone, so a lesson can show the notation itself. An expression ends on its line.

/// A computed number of a paragraph.
public struct ComputedNumber: Sendable, Equatable {
  public var expression: String
  /// Line in the file, from 1.
  public var line: Int
}

enum ComputedMarks {
  static let open: Character = "\u{E000}"
  static let close: Character = "\u{E001}"

  struct Marked {
    var bytes: [UInt8] = []
    var numbers: [ComputedNumber] = []
    /// Lines (from 0) with an opening that does not close, and those that hold a mark character of their own.
    var unclosed: [Int] = []
    var reserved: [Int] = []
  }

  /// - Parameter skipping: line ranges (from 0) of code blocks.
  static func mark(_ source: SourceLines, skipping: [ClosedRange<Int>], firstLine: Int) -> Marked {
    var marked = Marked()
    var code = Set<Int>()
    for range in skipping { code.formUnion(range) }
    var openSpan = 0  // backticks of a code span that runs on over the line's end
    for index in 0..<source.count {
      let bytes = source.bytes[source.ranges[index]]
      if code.contains(index) || source[index].isBlank {
        openSpan = 0
        marked.bytes += bytes
        continue
      }
      let text = Array(String(decoding: bytes, as: UTF8.self))
      if text.contains(open) || text.contains(close) { marked.reserved.append(index) }
      var i = 0
      var output = ""
      while i < text.count {
        let c = text[i]
        if c == "`" {
          let run = text[i...].prefix { $0 == "`" }.count
          output += String(repeating: "`", count: run)
          i += run
          if openSpan == run {
            openSpan = 0
          } else if openSpan == 0, closes(run, in: text[i...], below: index, source, code) {
            openSpan = run
          }
        } else if openSpan > 0 {
          output.append(c)
          i += 1
        } else if c == "\\", i + 1 < text.count, text[i + 1] == "(" {
          if let end = closing(text, from: i + 2) {
            output += "\(open)\(marked.numbers.count)\(close)"
            marked.numbers.append(
              ComputedNumber(expression: String(text[(i + 2)..<end]).trimmed, line: firstLine + index))
            i = end + 1
          } else {
            marked.unclosed.append(index)
            output += "\\("
            i += 2
          }
        } else if c == "\\", i + 1 < text.count {
          output.append(c)
          output.append(text[i + 1])
          i += 2
        } else {
          output.append(c)
          i += 1
        }
      }
      marked.bytes += Array(output.utf8)
    }
    return marked
  }

  /// Whether a run of backticks finds its partner on this line or below in the same paragraph.
  private static func closes(
    _ run: Int, in rest: ArraySlice<Character>, below index: Int, _ source: SourceLines, _ code: Set<Int>
  ) -> Bool {
    func holds(_ text: some Sequence<Character>) -> Bool {
      var length = 0
      for c in text {
        if c == "`" {
          length += 1
        } else {
          if length == run { return true }
          length = 0
        }
      }
      return length == run
    }
    if holds(rest) { return true }
    var next = index + 1
    while next < source.count, !code.contains(next), !source[next].isBlank, next < index + 50 {
      if holds(source[next]) { return true }
      next += 1
    }
    return false
  }

  /// The index of the parenthesis that closes an expression; strings inside it may hold parentheses.
  static func closing(_ text: [Character], from start: Int) -> Int? {
    var depth = 1
    var quoted = false
    var i = start
    while i < text.count {
      switch text[i] {
      case "\\" where quoted: i += 1
      case "\"": quoted.toggle()
      case "(" where !quoted: depth += 1
      case ")" where !quoted:
        depth -= 1
        if depth == 0 { return i }
      default: break
      }
      i += 1
    }
    return nil
  }

  /// A text node with its marks turned back into computed numbers.
  static func split(_ text: String, expressions: [String]) -> [MarkdownInline] {
    guard text.contains(open) else { return [.text(text)] }
    var parts: [MarkdownInline] = []
    var rest = Substring(text)
    while let start = rest.firstIndex(of: open), let end = rest[start...].firstIndex(of: close),
      let index = Int(rest[rest.index(after: start)..<end]), expressions.indices.contains(index)
    {
      if start > rest.startIndex { parts.append(.text(String(rest[..<start]))) }
      parts.append(.computed(expression: expressions[index]))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    return parts
  }

  /// The source of a piece of prose with each computed number replaced by its value; marks nothing else.
  static func substitute(_ marked: String, _ value: (Int) -> String) -> String {
    var output = ""
    var rest = Substring(marked)
    while let start = rest.firstIndex(of: open), let end = rest[start...].firstIndex(of: close),
      let index = Int(rest[rest.index(after: start)..<end])
    {
      output += rest[..<start]
      output += value(index)
      rest = rest[rest.index(after: end)...]
    }
    return output + rest
  }
}
