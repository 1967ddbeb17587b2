extension JSON {
  /// What a text may cost to read. Beyond a limit is an error, never an allocation.
  public struct Limits: Sendable {
    public var bytes: Int
    /// Arrays and objects inside each other.
    public var depth: Int
    /// Values in the whole text, containers included.
    public var values: Int

    public init(bytes: Int = 256 << 20, depth: Int = 128, values: Int = 16 << 20) {
      self.bytes = bytes
      self.depth = depth
      self.values = values
    }

    /// Room for the largest published tokenizer.json several times over.
    public static let standard = Limits()
    /// For files of settings: config.json, indexes, progress.
    public static let settings = Limits(bytes: 64 << 20, depth: 128, values: 2 << 20)
  }

  /// Reads one JSON value. `name` is the file that errors name. Beyond the standard: a byte order mark is skipped, and
  /// `Infinity`, `-Infinity`, `NaN` are numbers, because published configurations contain them.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, name: String, limits: Limits = .standard
  ) throws(JSON.Failure) -> JSON {
    var parser = JSONParser(text: bytes, name: name, limits: limits)
    return try parser.document()
  }

  public static func parse(_ bytes: [UInt8], name: String, limits: Limits = .standard) throws(JSON.Failure) -> JSON {
    try bytes.withUnsafeBufferPointer { (buffer) throws(JSON.Failure) -> JSON in
      try parse(UnsafeRawBufferPointer(buffer), name: name, limits: limits)
    }
  }
}

/// One pass over the bytes with a stack of its own: nesting costs memory that is bounded, never the machine's stack.
struct JSONParser {
  let text: UnsafeRawBufferPointer
  let name: String
  let limits: JSON.Limits
  var at = 0
  private var values = 0

  init(text: UnsafeRawBufferPointer, name: String, limits: JSON.Limits) {
    self.text = text
    self.name = name
    self.limits = limits
  }

  /// An array or object that is still open; the one inside which we are is `top`, the others wait in `stack`.
  private struct Frame {
    var offset = 0
    var isObject = false
    var items: [JSON] = []
    var members: [JSON.Member] = []
    var key = ByteString(bytes: [])
    /// Offsets of the keys, for the report of a duplicate.
    var keyOffsets: [Int] = []
  }

  mutating func document() throws(JSON.Failure) -> JSON {
    if text.count > limits.bytes { throw failure(.tooLong(bytes: text.count, limit: limits.bytes), at: 0) }
    if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF { at = 3 }
    skipSpace()
    if at == text.count { throw failure(.empty, at: 0) }

    var stack: [Frame] = []
    var top = Frame()
    var depth = 0

    while true {
      values += 1
      if values > limits.values { throw failure(.tooManyValues(limit: limits.values), at: at) }
      guard at < text.count else { throw ends(in: top) }
      let start = at
      var complete: JSON
      switch text[at] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > limits.depth { throw failure(.tooDeep(limit: limits.depth), at: at) }
        stack.append(top)
        top = Frame(offset: at, isObject: text[at] == UInt8(ascii: "{"))
        at += 1
        skipSpace()
        guard at < text.count else { throw ends(in: top) }
        if text[at] != (top.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          if top.isObject { try key(&top) }
          continue
        }
        at += 1
        complete = JSON(top.isObject ? .object(JSON.Object([])) : .array([]), offset: start)
        top = stack.removeLast()
        depth -= 1
      case UInt8(ascii: "\""): complete = JSON(.string(try string()), offset: start)
      default: complete = JSON(try scalar(), offset: start)
      }

      // The value is complete: hand it to what contains it, and close all that it closes.
      attach: while true {
        skipSpace()
        if depth == 0 {
          if at < text.count { throw failure(.trailing(found: found()), at: at) }
          return complete
        }
        if top.isObject {
          top.members.append(JSON.Member(key: top.key, value: complete))
        } else {
          top.items.append(complete)
        }
        guard at < text.count else { throw ends(in: top) }
        switch text[at] {
        case UInt8(ascii: ","):
          at += 1
          skipSpace()
          if top.isObject { try key(&top) }
          break attach
        case UInt8(ascii: "]") where !top.isObject:
          complete = JSON(.array(top.items), offset: top.offset)
        case UInt8(ascii: "}") where top.isObject:
          let (object, duplicate) = JSON.Object.build(top.members)
          if let duplicate {
            throw failure(.duplicate(key: top.members[duplicate].key.string.shown(limit: 60)), at: top.keyOffsets[duplicate])
          }
          complete = JSON(.object(object), offset: top.offset)
        default:
          throw failure(.unexpected(found: found(), expected: top.isObject ? "\",\" or \"}\"" : "\",\" or \"]\""), at: at)
        }
        at += 1
        top = stack.removeLast()
        depth -= 1
      }
    }
  }

  /// `"key" :` up to the value's first character.
  private mutating func key(_ frame: inout Frame) throws(JSON.Failure) {
    guard at < text.count else { throw ends(in: frame) }
    guard text[at] == UInt8(ascii: "\"") else {
      throw failure(.unexpected(found: found(), expected: "a key in double quotes"), at: at)
    }
    frame.keyOffsets.append(at)
    frame.key = try string()
    skipSpace()
    guard at < text.count else { throw ends(in: frame) }
    guard text[at] == UInt8(ascii: ":") else {
      throw failure(.unexpected(found: found(), expected: "\":\" after the key"), at: at)
    }
    at += 1
    skipSpace()
  }

  mutating func skipSpace() {
    while at < text.count {
      switch text[at] {
      case 0x20, 0x0A, 0x0D, 0x09: at += 1
      default: return
      }
    }
  }

  func failure(_ problem: JSON.Problem, at offset: Int) -> JSON.Failure {
    JSON.Failure(file: name, offset: offset, in: text, problem: problem)
  }

  private func ends(in frame: Frame) -> JSON.Failure { ends(inside: frame.isObject ? "object" : "array", from: frame.offset) }

  func ends(inside what: String, from start: Int) -> JSON.Failure {
    let (line, column) = JSON.position(of: start, in: text)
    return failure(.endsInside(what, line: line, column: column), at: text.count)
  }

  /// The character or word at `at`, for an error.
  func found() -> String {
    guard at < text.count else { return "the end of the text" }
    var end = at
    while end < text.count, end - at < 24, JSONParser.isWord(text[end]) { end += 1 }
    if end > at { return "\"" + String(decoding: text[at..<end], as: UTF8.self) + "\"" }
    return text[at] > 0x20 && text[at] < 0x7F ? "\"\(Character(Unicode.Scalar(text[at])))\"" : "the byte 0x\(hex(text[at]))"
  }

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
