extension JSON {
  /// Why a text is not JSON: one line that says where, what, and what to do.
  public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    public let file: String
    /// Both count from 1; the column counts bytes, as compilers and editors' "go to" do for ASCII.
    public let line: Int
    public let column: Int
    public let problem: Problem

    public var message: String { problem.wording }
    public var description: String { "\(file.shown(limit: 400)):\(line):\(column): \(message)" }

    init(file: String, offset: Int, in text: UnsafeRawBufferPointer, problem: Problem) {
      (line, column) = JSON.position(of: offset, in: text)
      self.file = file
      self.problem = problem
    }
  }

  /// Line and column, both from 1, of a byte offset.
  public static func position(of offset: Int, in text: UnsafeRawBufferPointer) -> (line: Int, column: Int) {
    var line = 1
    var start = 0
    for i in 0..<min(offset, text.count) where text[i] == 0x0A {
      line += 1
      start = i + 1
    }
    return (line, offset - start + 1)
  }

  /// What can be wrong with a text. A position is a line and a column.
  public enum Problem: Equatable, Sendable {
    case empty
    case tooLong(bytes: Int, limit: Int)
    case tooDeep(limit: Int)
    case tooManyValues(limit: Int)
    case unexpected(found: String, expected: String)
    case endsInside(String, line: Int, column: Int)
    case duplicate(key: String)
    case controlCharacter(UInt8)
    case badEscape(String)
    case loneSurrogate
    case invalidUTF8
    case badNumber(String)
    case outOfRange(String)
    case trailing(found: String)

    var wording: String {
      switch self {
      case .empty: "the file is empty; expected JSON (was the download interrupted?)"
      case .tooLong(let bytes, let limit): "\(bytes) bytes of JSON are more than the \(limit) that are read here"
      case .tooDeep(let limit): "nested more than \(limit) levels deep; flatten the value"
      case .tooManyValues(let limit): "more than \(limit) values; this is not a file that Orrery reads"
      case .unexpected(let found, let expected): "expected \(expected), found \(found)"
      case .endsInside(let what, let line, let column):
        "the text ends inside the \(what) that begins at line \(line), column \(column); the file is cut short, fetch it again"
      case .duplicate(let key): "the key \"\(key)\" is here for the second time; remove one of the two"
      case .controlCharacter(let byte):
        "a control character (0x\(hex(byte))) inside a string; write it as \\u00\(hex(byte))"
      case .badEscape(let text): "\"\(text)\" is no escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"
      case .loneSurrogate: "half of a surrogate pair; a character above U+FFFF is two escapes, \\uD800–\\uDBFF then \\uDC00–\\uDFFF"
      case .invalidUTF8: "these bytes are not UTF-8; save the file as UTF-8"
      case .badNumber(let text): "\"\(text)\" is not a number as JSON writes it (like 12, -0.5 or 1e-5)"
      case .outOfRange(let text): "the number \(text) is too large for 64-bit floating point"
      case .trailing(let found): "expected the end of the text, found \(found); only one value is allowed"
      }
    }
  }
}

/// Two upper-case hexadecimal digits.
func hex(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count == 1 ? "0" + digits : digits
}
