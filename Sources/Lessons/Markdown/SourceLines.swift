// A text cut into lines without losing a byte: blessing and building copy what they do not change.

/// The lines of a text with their terminators (`\n`, `\r\n`, or `\r`, as CommonMark has it).
public struct SourceLines: Sendable {
  public let bytes: [UInt8]
  /// Byte range of each line with its terminator.
  public let ranges: [Range<Int>]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var ranges: [Range<Int>] = []
    var start = 0
    var i = 0
    while i < bytes.count {
      let byte = bytes[i]
      i += 1
      if byte == 0x0D, i < bytes.count, bytes[i] == 0x0A { i += 1 }
      if byte == 0x0A || byte == 0x0D {
        ranges.append(start..<i)
        start = i
      }
    }
    if start < bytes.count { ranges.append(start..<bytes.count) }
    self.ranges = ranges
  }

  public init(_ text: String) { self.init(Array(text.utf8)) }

  public var count: Int { ranges.count }

  /// Line `index` (from 0) without its terminator.
  public subscript(index: Int) -> String {
    var range = ranges[index]
    while let last = bytes[range].last, last == 0x0A || last == 0x0D { range = range.lowerBound..<range.upperBound - 1 }
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// Lines `range` (from 0) with their terminators.
  public func text(_ range: Range<Int>) -> String {
    guard !range.isEmpty else { return "" }
    return String(decoding: bytes[ranges[range.lowerBound].lowerBound..<ranges[range.upperBound - 1].upperBound], as: UTF8.self)
  }

  /// How a line ends; `\n` for a last one without an end.
  public func terminator(_ index: Int) -> String {
    let tail = bytes[ranges[index]].suffix(2)
    if tail.elementsEqual([0x0D, 0x0A]) { return "\r\n" }
    return tail.last == 0x0D ? "\r" : "\n"
  }
}

extension String {
  /// The lines of a text; a terminator at its end opens no further line.
  var splitLines: [String] {
    let lines = SourceLines(self)
    return (0..<lines.count).map { lines[$0] }
  }

  /// Without the spaces, tabs and line ends at its end.
  var trimmedEnd: String {
    var view = Substring(self)
    while let last = view.last, last.isBlankOrNewline { view.removeLast() }
    return String(view)
  }

  /// Without the spaces, tabs and line ends at both ends.
  public var trimmed: String { String(Substring(trimmedEnd).drop { $0.isBlankOrNewline }) }

  var isBlank: Bool { trimmed.isEmpty }
}

extension Character {
  var isBlankOrNewline: Bool { self == " " || self == "\t" || isNewline }
}
