// Whether an output is the expected one: `...` stands for any lines, `[..]` for any text within a line, and with a tolerance
// numbers may lie apart. Trailing spaces and empty lines at the end say nothing.
//
// Whole numbers are counts and sizes and are compared exactly, whatever the tolerance.

/// A line, cut into what is compared: characters, and with a tolerance numbers as wholes.
struct LinePattern: Equatable {
  enum Unit: Equatable {
    case character(Character)
    /// The spaces before it belong to it: a sign more or less moves a column.
    case number(Double)
    case anything
  }
  var units: [Unit] = []
  var isEllipsis: Bool

  init(_ line: String, tolerant: Bool) {
    let text = Array(line.trimmedEnd)
    isEllipsis = line.trimmed == "..."
    var i = 0
    while i < text.count {
      if text[i...].starts(with: "[..]") {
        // The spaces before it may belong to a number that it stands for.
        if tolerant { while units.last == .character(" ") { units.removeLast() } }
        units.append(.anything)
        i += 4
        continue
      }
      let before = i > 0 ? text[i - 1] : " "
      if tolerant, !(before.isLetter || before.isNumber || before == "." || before == "_"), let (value, end) = Self.number(text, at: i) {
        while units.last == .character(" ") { units.removeLast() }
        units.append(.number(value))
        i = end
      } else {
        units.append(.character(text[i]))
        i += 1
      }
    }
  }

  /// A number with a point or an exponent: `-0.41`, `−0.41`, `1e-3`.
  private static func number(_ text: [Character], at start: Int) -> (Double, Int)? {
    var i = start
    var written = ""
    if i < text.count, text[i] == "-" || text[i] == "−" || text[i] == "+" {
      if text[i] != "+" { written = "-" }
      i += 1
    }
    func digits() -> Int {
      var n = 0
      while i < text.count, text[i].isASCII, text[i].isNumber {
        written.append(text[i])
        i += 1
        n += 1
      }
      return n
    }
    guard digits() > 0 else { return nil }
    var real = false
    if i + 1 < text.count, text[i] == ".", text[i + 1].isASCII, text[i + 1].isNumber {
      written.append(".")
      i += 1
      _ = digits()
      real = true
    }
    if i + 1 < text.count, text[i] == "e" || text[i] == "E" {
      var j = i + 1
      if text[j] == "-" || text[j] == "+" { j += 1 }
      if j < text.count, text[j].isASCII, text[j].isNumber {
        written += String(text[i..<j])
        i = j
        _ = digits()
        real = true
      }
    }
    if i < text.count, text[i].isLetter || text[i] == "_" || (text[i] == "." && i + 1 < text.count && text[i + 1].isNumber) { return nil }
    guard real, let value = Double(written) else { return nil }
    return (value, i)
  }

  /// Whether this line, as the expected one, stands for another. Only the last wildcard is ever moved, so this takes at most
  /// the product of both lengths.
  func matches(_ line: LinePattern, tolerance: Double?) -> Bool {
    let wanted = units
    let given = line.units
    var i = 0
    var j = 0
    var wildcard: (after: Int, from: Int)?
    while j < given.count {
      if i < wanted.count, wanted[i] == .anything {
        wildcard = (i + 1, j)
        i += 1
      } else if i < wanted.count, Self.same(wanted[i], given[j], tolerance) {
        i += 1
        j += 1
      } else if let last = wildcard {
        wildcard = (last.after, last.from + 1)
        i = last.after
        j = last.from + 1
      } else {
        return false
      }
    }
    while i < wanted.count, wanted[i] == .anything { i += 1 }
    return i == wanted.count
  }

  private static func same(_ a: Unit, _ b: Unit, _ tolerance: Double?) -> Bool {
    switch (a, b) {
    case (.character(let a), .character(let b)): a == b
    case (.number(let a), .number(let b)): abs(a - b) <= (tolerance ?? 0) * max(1, abs(a))
    default: false
    }
  }
}

/// One line of the comparison of an expected text with a shown one.
enum AlignedLine: Equatable {
  /// The expected line stands for the shown one.
  case same(expected: Int, shown: Int)
  /// `...` stands for these lines, perhaps none.
  case elided(expected: Int, shown: Range<Int>)
  case missing(expected: Int)
  case extra(shown: Int)
}

public struct OutputComparison: Sendable, Equatable {
  public var expected: [String]
  public var shown: [String]
  public var isEqual: Bool
  var alignment: [AlignedLine]

  /// Texts whose lines multiply to more are aligned from both ends only.
  static let largest = 1_000_000

  public init(expected: String, shown: String, tolerance: Double? = nil) {
    func lines(_ text: String) -> [String] {
      var lines = text.splitLines.map(\.trimmedEnd)
      while lines.last == "" { lines.removeLast() }
      return lines
    }
    self.expected = lines(expected)
    self.shown = lines(shown)
    let patterns = self.expected.map { LinePattern($0, tolerant: tolerance != nil) }
    let given = self.shown.map { LinePattern($0, tolerant: tolerance != nil) }
    alignment = Self.align(patterns, given) { patterns[$0].matches(given[$1], tolerance: tolerance) }
    isEqual = alignment.allSatisfy {
      switch $0 {
      case .same, .elided: true
      case .missing, .extra: false
      }
    }
  }

  private static func align(_ patterns: [LinePattern], _ given: [LinePattern], _ same: (Int, Int) -> Bool) -> [AlignedLine] {
    var head: [AlignedLine] = []
    var m = 0
    while m < patterns.count, m < given.count, !patterns[m].isEllipsis, same(m, m) {
      head.append(.same(expected: m, shown: m))
      m += 1
    }
    var p = patterns.count
    var g = given.count
    var tail: [AlignedLine] = []
    while p > m, g > m, !patterns[p - 1].isEllipsis, same(p - 1, g - 1) {
      p -= 1
      g -= 1
      tail.append(.same(expected: p, shown: g))
    }
    tail.reverse()
    let rows = p - m
    let columns = g - m
    guard rows * columns <= largest else {
      return head + (m..<p).map { .missing(expected: $0) } + (m..<g).map { .extra(shown: $0) } + tail
    }
    // cost[i][j]: what lies apart from pattern m+i and shown line m+j on; a line in another's place counts like one that is missing.
    var cost = Array(repeating: Array(repeating: 0, count: columns + 1), count: rows + 1)
    var equal = Array(repeating: false, count: max(1, rows * columns))
    for i in stride(from: rows, through: 0, by: -1) {
      for j in stride(from: columns, through: 0, by: -1) where i < rows || j < columns {
        var best = Int.max
        if i < rows, patterns[m + i].isEllipsis {
          best = cost[i + 1][j]
          if j < columns { best = min(best, cost[i][j + 1]) }
        } else if i < rows {
          best = cost[i + 1][j] + 2
          if j < columns {
            equal[i * columns + j] = same(m + i, m + j)
            best = min(best, cost[i + 1][j + 1] + (equal[i * columns + j] ? 0 : 2))
          }
        }
        if j < columns { best = min(best, cost[i][j + 1] + 2) }
        cost[i][j] = best
      }
    }
    var middle: [AlignedLine] = []
    var i = 0
    var j = 0
    while i < rows || j < columns {
      let here = cost[i][j]
      if i < rows, patterns[m + i].isEllipsis {
        // Takes as few lines as the cost allows: what it need not stand for is shown.
        var end = j
        while cost[i + 1][end] != here, end < columns { end += 1 }
        if cost[i + 1][end] == here {
          middle.append(.elided(expected: m + i, shown: (m + j)..<(m + end)))
          i += 1
          j = end
        } else {
          middle.append(.extra(shown: m + j))
          j += 1
        }
      } else if i < rows, j < columns, equal[i * columns + j], cost[i + 1][j + 1] == here {
        middle.append(.same(expected: m + i, shown: m + j))
        i += 1
        j += 1
      } else if i < rows, j < columns, cost[i + 1][j + 1] + 2 == here {
        middle += [.missing(expected: m + i), .extra(shown: m + j)]
        i += 1
        j += 1
      } else if i < rows, cost[i + 1][j] + 2 == here {
        middle.append(.missing(expected: m + i))
        i += 1
      } else {
        middle.append(.extra(shown: m + j))
        j += 1
      }
    }
    return head + middle + tail
  }

  /// A difference shows this many lines, and says how many follow.
  static let longestDifference = 24

  /// Expected lines with `-`, shown ones with `+`, two lines of what is equal around them.
  public var difference: String {
    guard !isEqual else { return "" }
    var lines: [(mark: Character, text: String)] = []
    for line in alignment {
      switch line {
      case .same(_, let j): lines.append((" ", shown[j]))
      case .elided(let i, _): lines.append((" ", expected[i]))
      case .missing(let i): lines.append(("-", expected[i]))
      case .extra(let j): lines.append(("+", shown[j]))
      }
    }
    var keep = Array(repeating: false, count: lines.count)
    for (i, line) in lines.enumerated() where line.mark != " " {
      for j in max(0, i - 2)...min(lines.count - 1, i + 2) { keep[j] = true }
    }
    var output: [String] = []
    var skipping = false
    for (i, line) in lines.enumerated() {
      if keep[i] {
        output.append("\(line.mark) \(line.text)".trimmedEnd)
        skipping = false
      } else if !skipping {
        output.append("  ⋮")
        skipping = true
      }
    }
    if output.count > Self.longestDifference {
      let left = output[Self.longestDifference...].count { $0.hasPrefix("-") || $0.hasPrefix("+") }
      output = Array(output[..<Self.longestDifference]) + (left == 0 ? [] : ["… and \(left) more lines that differ"])
    }
    return output.joined(separator: "\n")
  }

  /// Numbers that differ and are accepted within the tolerance: expected, shown.
  public var moved: [(expected: String, shown: String)] {
    alignment.flatMap { line -> [(expected: String, shown: String)] in
      guard case .same(let i, let j) = line, expected[i] != shown[j], !expected[i].contains("[..]") else { return [] }
      func words(_ text: String) -> [String] { text.split { $0 == " " || $0 == "[" || $0 == "]" || $0 == "," || $0 == "(" || $0 == ")" }.map(String.init) }
      let (a, b) = (words(expected[i]), words(shown[j]))
      guard a.count == b.count else { return [(expected[i].trimmed, shown[j].trimmed)] }
      return zip(a, b).filter { $0 != $1 }.map { (expected: $0, shown: $1) }
    }
  }

  /// The expected text made to fit: lines that still stand for what was shown stay as they are, with their elisions.
  public var blessed: [String] {
    return alignment.compactMap { line in
      switch line {
      // What a reader sees is what a run shows, in its last digits as well.
      case .same(let i, let j): expected[i].contains("[..]") ? expected[i] : shown[j]
      case .elided(let i, let range): range.isEmpty ? nil : expected[i]
      case .missing: nil
      case .extra(let j): shown[j]
      }
    }
  }
}
