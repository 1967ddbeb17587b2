// Whether a page on disk still says what a fresh one would: text exactly, outputs as their lesson compares them, numbers in prose
// nearly, times not at all, drawings by the DOT that they were made from.

import Lessons

enum PageComparison {
  /// How far a computed number in prose may lie off: another processor rounds its last digits otherwise.
  static let proseTolerance = 1e-3

  struct Difference {
    var line: Int
    var cause: BookFault.Cause
  }

  /// The first difference, or nil.
  static func first(_ file: BookFile, _ page: String) -> Difference? {
    let text = Array(page.utf8)
    var at = 0
    for (index, part) in file.parts.enumerated() {
      switch part {
      case .exact(let wanted):
        let bytes = Array(wanted.utf8)
        let same = zip(bytes, text[min(at, text.count)...]).prefix { $0 == $1 }.count
        if same < bytes.count { return stale(file, text, at + same, bytes, same) }
        at += bytes.count
      case .drawing(_, let mark):
        // A file of its own.
        if find(Array(mark.utf8), in: text, from: max(0, text.count - 1024)) != nil { return nil }
        return Difference(line: 0, cause: .staleDrawing(source: file.source))
      case .output, .number, .timing:
        // It ends where the exact text after it begins.
        var end = text.count
        if index + 1 < file.parts.count, case .exact(let next) = file.parts[index + 1] {
          guard let found = find(Array(next.utf8), in: text, from: at) ?? find(Array(next.utf8.prefix(next.utf8.firstIndex(of: 0x0A).map { next.utf8.distance(from: next.utf8.startIndex, to: $0) + 1 } ?? 8)), in: text, from: at) else {
            return stale(file, text, at, Array(part.text.utf8), 0)
          }
          end = found
        }
        let old = String(decoding: text[at..<end], as: UTF8.self)
        if let cause = differs(part, old, file.source) { return Difference(line: line(text, at), cause: cause) }
        at = end
      }
    }
    if at < text.count { return stale(file, text, at, [], 0) }
    return nil
  }

  private static func differs(_ part: PagePart, _ old: String, _ source: String?) -> BookFault.Cause? {
    switch part {
    case .output(let new, let expected, let tolerance):
      if old == new { return nil }
      // Both fit what the lesson says: then they may differ in what it leaves open.
      let fresh = OutputComparison(expected: expected, shown: new, tolerance: tolerance)
      let book = OutputComparison(expected: expected, shown: old, tolerance: tolerance)
      if fresh.isEqual, book.isEqual { return nil }
      let direct = OutputComparison(expected: old, shown: new, tolerance: tolerance)
      return direct.isEqual ? nil : .staleOutput(source: source, difference: direct.difference)
    case .number(let new):
      if OutputComparison(expected: old, shown: new, tolerance: proseTolerance).isEqual { return nil }
      return .stale(source: source, found: old, wanted: new)
    case .exact, .timing, .drawing: return nil
    }
  }

  private static func stale(_ file: BookFile, _ text: [UInt8], _ at: Int, _ wanted: [UInt8], _ offset: Int) -> Difference {
    func lineAround(_ bytes: [UInt8], _ i: Int) -> String {
      let i = min(i, bytes.count)
      let start = bytes[..<i].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let end = bytes[i...].firstIndex(of: 0x0A) ?? bytes.count
      return String(decoding: bytes[start..<end], as: UTF8.self)
    }
    return Difference(
      line: line(text, at), cause: .stale(source: file.source, found: lineAround(text, at), wanted: lineAround(wanted, offset)))
  }

  private static func line(_ text: [UInt8], _ at: Int) -> Int { 1 + text[..<min(at, text.count)].count { $0 == 0x0A } }

  private static func find(_ needle: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    guard let first = needle.first else { return text.count }
    var i = start
    while i + needle.count <= text.count {
      if text[i] == first, text[i...].starts(with: needle) { return i }
      i += 1
    }
    return nil
  }
}
