/// A JSON value that remembers where it stood, so that an error can say line and column.
///
/// Objects keep the order of the file; keys and strings are bytes (`ByteString`), integers stay exact. Reading is in
/// `JSONParser`, wording of errors in `JSONFailure`, writing in `JSONWriter`. There is no mapping onto Swift types by
/// reflection here: readers ask for what they need and say what they miss.
public struct JSON: Sendable {
  public enum Value: Sendable {
    case null
    case bool(Bool)
    case number(Number)
    case string(ByteString)
    case array([JSON])
    case object(Object)
  }

  /// An integer that fits 64 bits stays one; everything else is the nearest double, infinities and NaN included.
  public enum Number: Sendable {
    case integer(Int)
    case real(Double)
  }

  public let value: Value
  /// Byte offset of the value's first character in the text.
  public let offset: Int

  public init(_ value: Value, offset: Int = 0) {
    self.value = value
    self.offset = offset
  }
}

extension JSON {
  public var isNull: Bool { if case .null = value { true } else { false } }

  public var bool: Bool? { if case .bool(let b) = value { b } else { nil } }

  /// The exact integer; also of `4096.0`, never of `4096.5`, of an infinity or of a text.
  public var int: Int? {
    switch value {
    case .number(.integer(let n)): n
    case .number(.real(let x)): Int(exactly: x)
    default: nil
    }
  }

  /// The number; `{"__float__": "Infinity"}`, as newer configurations write what JSON lacks, is one too.
  public var double: Double? {
    switch value {
    case .number(.integer(let n)): Double(n)
    case .number(.real(let x)): x
    case .object(let o) where o.members.count == 1 && o.members[0].key == "__float__":
      switch o.members[0].value.text {
      case "Infinity": .infinity
      case "-Infinity": -.infinity
      case "NaN": .nan
      default: nil
      }
    default: nil
    }
  }

  /// The text as bytes, for keys and tokens.
  public var text: ByteString? { if case .string(let s) = value { s } else { nil } }
  /// The text as a Swift string, for people.
  public var string: String? { text?.string }

  public var array: [JSON]? { if case .array(let a) = value { a } else { nil } }
  public var object: Object? { if case .object(let o) = value { o } else { nil } }

  /// The members in the order of the file, or nil for what is not an object.
  public var members: [Member]? { object?.members }

  /// The member's value; nil when there is none or this is not an object. A `null` is found (and `isNull`).
  public subscript(key: ByteString) -> JSON? { object?[key] }

  /// "an object", "a string"…: for errors that say what was found instead.
  public var kind: String {
    switch value {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The value itself if it is short, else what it is: for errors.
  public var shown: String {
    switch value {
    case .null: "null"
    case .bool(let b): b ? "true" : "false"
    case .number(.integer(let n)): String(n)
    case .number(.real(let x)): String(x)
    case .string(let s): "\"" + s.string.shown(limit: 40) + "\""
    case .array, .object: kind
    }
  }
}
