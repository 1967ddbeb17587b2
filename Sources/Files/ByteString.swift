/// Text as its UTF-8 bytes, equal only when the bytes are equal.
///
/// Swift's `String` compares by canonical equivalence, so "é" in one code point and "é" in two are the same dictionary key;
/// published vocabularies hold both as different tokens. Every key that came from a file is therefore a `ByteString`.
/// The bytes need not be valid UTF-8 (a byte-fallback token is half a character); only `string` repairs them.
public struct ByteString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
  public let bytes: [UInt8]

  public init(_ string: String) { bytes = Array(string.utf8) }
  public init(bytes: [UInt8]) { self.bytes = bytes }
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
  /// One copy of memory, without a byte-by-byte loop.
  init(copying source: UnsafeRawBufferPointer) {
    bytes = Array(unsafeUninitializedCapacity: source.count) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
      count = source.count
    }
  }
  public init(stringLiteral value: String) { self.init(value) }

  /// The text, with U+FFFD in place of every part that is not UTF-8.
  public var string: String { String(decoding: bytes, as: UTF8.self) }
  public var count: Int { bytes.count }
  public var isEmpty: Bool { bytes.isEmpty }

  public static func == (a: ByteString, b: ByteString) -> Bool { a.bytes == b.bytes }

  /// One call for all bytes; an array would hash byte by byte.
  public func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(bytes.count)
  }

  /// Byte order, which for UTF-8 is code point order.
  public static func < (a: ByteString, b: ByteString) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

  public static func + (a: ByteString, b: ByteString) -> ByteString { ByteString(bytes: a.bytes + b.bytes) }
  public func hasPrefix(_ prefix: ByteString) -> Bool { bytes.starts(with: prefix.bytes) }
  public func hasSuffix(_ suffix: ByteString) -> Bool { bytes.suffix(suffix.count).elementsEqual(suffix.bytes) }
}

extension ByteString: CustomStringConvertible {
  public var description: String { string }
}
