// What prose holds beside Markdown, found before Markdown is parsed, which would take it apart: numbers that are computed
// (`\(expression)`), formulas (`$…$`, `$$…$$`), terms (`[[causal mask]]`) and references (`[@vaswani2017]`, `[@fig:id]`). In the place of
// each stands a mark of two private-use characters around an index.
//
// Code spans and code blocks are left alone, so a lesson can show the notation itself. All but `$$…$$` end on their line.

/// A computed number of a paragraph.
public struct ComputedNumber: Sendable, Equatable {
  public var expression: String
  /// Line in the file, from 1.
  public var line: Int
}

/// Something in prose that is not Markdown's.
public struct InlineMark: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case number(expression: String)
    /// TeX between dollars.
    case formula(String, display: Bool)
    /// A further line of a formula, which stands with its first.
    case formulaGoesOn
    /// `[[causal mask]]`, `[[causal mask|causal masks]]`: the glossary's name, and the words that are shown.
    case term(String, shown: String)
    /// `[@a; @b]`: keys of sources.bib.
    case citation([String])
    /// `[@fig:id]`: the figure of a cell.
    case figure(String)
  }
  public var kind: Kind
  /// As it is written.
  public var raw: String
  /// Line in the file, from 1.
  public var line: Int
}

enum InlineMarks {
  static let open: Character = "\u{E000}"
  static let close: Character = "\u{E001}"

  struct Marked {
    var bytes: [UInt8] = []
    var marks: [InlineMark] = []
    /// Lines (from 0) with an opening that does not close, and those that hold a mark character of their own.
    var unclosed: [Int] = []
    var reserved: [Int] = []
    /// Lines (from 0) with a `$$` that does not close.
    var openFormulas: [Int] = []
  }

  /// - Parameters:
  ///   - skipping: line ranges (from 0) of code blocks.
  ///   - numbers: whether `\(…)` is computed here; in hints and quizzes it is text.
  static func mark(_ source: SourceLines, skipping: [ClosedRange<Int>], firstLine: Int, numbers: Bool = true) -> Marked {
    var marked = Marked()
    var code = Set<Int>()
    for range in skipping { code.formUnion(range) }
    var openSpan = 0  // backticks of a code span that runs on over the line's end
    var inFormula = false  // a `$$` that closes below
    for index in 0..<source.count {
      let bytes = source.bytes[source.ranges[index]]
      if code.contains(index) || source[index].isBlank {
        openSpan = 0
        inFormula = false
        marked.bytes += bytes
        continue
      }
      let text = Array(String(decoding: bytes, as: UTF8.self))
      if text.contains(open) || text.contains(close) { marked.reserved.append(index) }
      var i = 0
      var output = ""
      func add(_ kind: InlineMark.Kind, upTo end: Int) {
        output += "\(open)\(marked.marks.count)\(close)"
        marked.marks.append(InlineMark(kind: kind, raw: String(text[i..<end]), line: firstLine + index))
        i = end
      }
      if inFormula {
        let end = find("$$", in: text, from: 0)
        add(.formulaGoesOn, upTo: end.map { $0 + 2 } ?? text.lastIndex { !$0.isNewline }.map { $0 + 1 } ?? text.count)
        inFormula = end == nil
      }
      while i < text.count {
        let c = text[i]
        let next: Character? = i + 1 < text.count ? text[i + 1] : nil
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
        } else if c == "\\", next == "(", numbers {
          if let end = closing(text, from: i + 2) {
            add(.number(expression: String(text[(i + 2)..<end]).trimmed), upTo: end + 1)
          } else {
            marked.unclosed.append(index)
            output += "\\("
            i += 2
          }
        } else if c == "\\", let next {
          output.append(c)
          output.append(next)
          i += 2
        } else if c == "$", next == "$" {
          if let end = find("$$", in: text, from: i + 2) {
            add(.formula(String(text[(i + 2)..<end]).trimmed, display: true), upTo: end + 2)
          } else if let tex = formula(below: index, source, code) {
            let first = String(text[(i + 2)...]).trimmed
            add(.formula((first + " " + tex).trimmed, display: true), upTo: text.lastIndex { !$0.isNewline }.map { $0 + 1 } ?? text.count)
            inFormula = true
          } else {
            marked.openFormulas.append(index)
            output += "$$"
            i += 2
          }
        } else if c == "$", let end = formulaEnd(text, from: i + 1) {
          add(.formula(String(text[(i + 1)..<end]), display: false), upTo: end + 1)
        } else if c == "[", next == "[", let end = find("]]", in: text, from: i + 2), end > i + 2, !text[(i + 2)..<end].contains("[") {
          let parts = String(text[(i + 2)..<end]).split(separator: "|", maxSplits: 1).map { String($0).trimmed }
          add(.term(parts.first ?? "", shown: parts.last ?? ""), upTo: end + 2)
        } else if c == "[", next == "@", let end = find("]", in: text, from: i + 2), end > i + 2 {
          let keys = String(text[(i + 1)..<end]).split(separator: ";").map { String($0.drop { $0 == " " || $0 == "@" }).trimmed }
          if let figure = keys.first, keys.count == 1, figure.hasPrefix("fig:") {
            add(.figure(String(figure.dropFirst(4))), upTo: end + 1)
          } else {
            add(.citation(keys), upTo: end + 1)
          }
        } else {
          output.append(c)
          i += 1
        }
      }
      marked.bytes += Array(output.utf8)
    }
    return marked
  }

  /// The `$` that closes a formula: nothing blank inside of either dollar, no digit after the last, so that "$5 and $6" is money.
  private static func formulaEnd(_ text: [Character], from start: Int) -> Int? {
    guard start < text.count, !text[start].isWhitespace, text[start] != "$" else { return nil }
    var i = start
    while i < text.count, !text[i].isNewline {
      if text[i] == "\\" {
        i += 2
        continue
      }
      if text[i] == "`" { return nil }
      if text[i] == "$" {
        let after = i + 1 < text.count ? text[i + 1] : " "
        return text[i - 1].isWhitespace || after.isNumber || after == "$" ? nil : i
      }
      i += 1
    }
    return nil
  }

  /// The rest of a `$$` that closes on a line below in the same paragraph.
  private static func formula(below index: Int, _ source: SourceLines, _ code: Set<Int>) -> String? {
    var lines: [String] = []
    var next = index + 1
    while next < source.count, !code.contains(next), !source[next].isBlank {
      let text = Array(source[next])
      if let end = find("$$", in: text, from: 0) { return (lines + [String(text[..<end]).trimmed]).joined(separator: " ") }
      lines.append(String(text).trimmed)
      next += 1
    }
    return nil
  }

  private static func find(_ mark: String, in text: [Character], from start: Int) -> Int? {
    let mark = Array(mark)
    var i = start
    while i + mark.count <= text.count {
      if text[i...].starts(with: mark) { return i }
      i += 1
    }
    return nil
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

  /// A text node with its marks turned back into what they stand for.
  static func split(_ text: String, marks: [InlineMark]) -> [MarkdownInline] {
    guard text.contains(open) else { return [.text(text)] }
    var parts: [MarkdownInline] = []
    var rest = Substring(text)
    while let start = rest.firstIndex(of: open), let end = rest[start...].firstIndex(of: close),
      let index = Int(rest[rest.index(after: start)..<end]), marks.indices.contains(index)
    {
      if start > rest.startIndex { parts.append(.text(String(rest[..<start]))) }
      switch marks[index].kind {
      case .number(let expression): parts.append(.computed(expression: expression))
      case .formula(let tex, let display): parts.append(.formula(tex, display: display))
      case .formulaGoesOn: break
      case .term(let name, let shown): parts.append(.term(name, shown: shown))
      case .citation(let keys): parts.append(.citation(keys))
      case .figure(let id): parts.append(.figureReference(id, number: nil))
      }
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    return parts
  }

  /// The source of a piece of prose with each mark replaced by what `value` gives for its index.
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
