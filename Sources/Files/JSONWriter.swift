/// Writes JSON from a small tree of values, keys in the given order, the same bytes every time.
///
/// Numbers are the shortest text that reads back as the same number of their width. What JSON cannot say (infinities,
/// NaN) is written as the strings "inf", "-inf", "nan".
public indirect enum JSONTree: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case float(Float)
  case double(Double)
  case string(String)
  case text(ByteString)
  case array([JSONTree])
  /// Many numbers without a node for each.
  case floats([Float])
  case ints([Int])
  case object([(String, JSONTree)])
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONTree)...) { self = .object(elements) }
  public init(nilLiteral: ()) { self = .null }

  /// A value that was read, to be written again.
  public init(_ json: JSON) {
    switch json.value {
    case .null: self = .null
    case .bool(let b): self = .bool(b)
    case .number(.integer(let n)): self = .int(n)
    case .number(.real(let x)): self = .double(x)
    case .string(let s): self = .text(s)
    case .array(let a): self = .array(a.map(JSONTree.init))
    case .object(let o): self = .object(o.members.map { ($0.key.string, JSONTree($0.value)) })
    }
  }
}

extension JSON {
  public enum Layout: Sendable {
    /// One line, `{"a":1,"b":[1,2]}`.
    case compact
    /// Two spaces a level; arrays that hold no array or object stay on one line.
    case pretty
  }

  public static func encode(_ tree: JSONTree, _ layout: Layout = .compact) -> String {
    String(decoding: encodeBytes(tree, layout), as: UTF8.self)
  }

  /// As `encode`, as the UTF-8 that goes into a file; a pretty text ends with a newline.
  public static func encodeBytes(_ tree: JSONTree, _ layout: Layout = .compact) -> [UInt8] {
    var writer = JSONWriter(pretty: layout == .pretty)
    writer.write(tree, depth: 0)
    if layout == .pretty { writer.bytes.append(0x0A) }
    return writer.bytes
  }
}

struct JSONWriter {
  let pretty: Bool
  var bytes: [UInt8] = []

  init(pretty: Bool) { self.pretty = pretty }

  mutating func write(_ tree: JSONTree, depth: Int) {
    switch tree {
    case .null: put("null")
    case .bool(let b): put(b ? "true" : "false")
    case .int(let n): put(String(n))
    case .float(let x): number(x)
    case .double(let x): number(x)
    case .string(let s): string(s.utf8)
    case .text(let s): string(s.string.utf8)
    case .floats(let xs): list(xs) { $0.number($1) }
    case .ints(let xs): list(xs) { $0.put(String($1)) }
    case .array(let items) where !pretty || items.allSatisfy(\.isFlat): list(items) { $0.write($1, depth: depth) }
    case .array(let items):
      block("[", "]", items, depth) { $0.write($1, depth: depth + 1) }
    case .object(let members):
      block("{", "}", members, depth) { writer, member in
        writer.string(member.0.utf8)
        writer.put(writer.pretty ? ": " : ":")
        writer.write(member.1, depth: depth + 1)
      }
    }
  }

  private mutating func list<T>(_ items: [T], _ one: (inout JSONWriter, T) -> Void) {
    put("[")
    for (i, item) in items.enumerated() {
      if i > 0 { put(pretty ? ", " : ",") }
      one(&self, item)
    }
    put("]")
  }

  private mutating func block<T>(
    _ open: String, _ close: String, _ items: [T], _ depth: Int, _ one: (inout JSONWriter, T) -> Void
  ) {
    put(open)
    for (i, item) in items.enumerated() {
      if i > 0 { put(",") }
      newline(depth + 1)
      one(&self, item)
    }
    if !items.isEmpty { newline(depth) }
    put(close)
  }

  private mutating func newline(_ depth: Int) {
    guard pretty else { return }
    bytes.append(0x0A)
    for _ in 0..<depth { put("  ") }
  }

  mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Swift prints the shortest text that reads back as the same value; `1.0` is kept, so that a number stays a float.
  private mutating func number<T: BinaryFloatingPoint & LosslessStringConvertible>(_ x: T) {
    if x.isNaN {
      put("\"nan\"")
    } else if x.isInfinite {
      put(x < 0 ? "\"-inf\"" : "\"inf\"")
    } else {
      put(String(x))
    }
  }

  private mutating func string(_ text: some Sequence<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    let text = Array(text)
    var rest = text[...]
    while let byte = rest.first {
      // What a terminal would obey (C1, marks of direction) is written by its number: the same text to every reader, and safe to look at.
      if byte >= 0x80, let (scalar, length) = JSONWriter.obeyed(rest) {
        put("\\u" + hex(UInt8(scalar >> 8)) + hex(UInt8(scalar & 0xFF)))
        rest = rest.dropFirst(length)
        continue
      }
      rest = rest.dropFirst()
      switch byte {
      case UInt8(ascii: "\""): put("\\\"")
      case UInt8(ascii: "\\"): put("\\\\")
      case 0x0A: put("\\n")
      case 0x0D: put("\\r")
      case 0x09: put("\\t")
      case 0..<0x20, 0x7F: put("\\u00" + hex(byte))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// A control character beyond ASCII at the beginning of the bytes, and how many they are.
  private static func obeyed(_ bytes: ArraySlice<UInt8>) -> (scalar: UInt16, length: Int)? {
    let b = Array(bytes.prefix(3))
    guard b.count > 1 else { return nil }
    switch b[0] {
    case 0xC2 where (0x80..<0xA0).contains(b[1]): return (UInt16(b[1]), 2)
    case 0xD8 where b[1] == 0x9C: return (0x61C, 2)
    case 0xE2, 0xEF:
      guard b.count == 3, b[1] & 0xC0 == 0x80, b[2] & 0xC0 == 0x80 else { return nil }
      let scalar = UInt16(b[0] & 0x0F) << 12 | UInt16(b[1] & 0x3F) << 6 | UInt16(b[2] & 0x3F)
      return [0x200E, 0x200F, 0xFFF9, 0xFFFA, 0xFFFB].contains(scalar) || (0x2028...0x202E).contains(scalar) || (0x2066...0x2069).contains(scalar) ? (scalar, 3) : nil
    default: return nil
    }
  }
}

extension JSONTree {
  fileprivate var isFlat: Bool {
    switch self {
    case .array, .object, .floats, .ints: false
    default: true
    }
  }
}
