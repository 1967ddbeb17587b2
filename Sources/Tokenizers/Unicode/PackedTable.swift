/// Reads the generated tables: base64 text, in it numbers of 7 bits a byte, low first.
struct PackedTable {
  private var bytes: [UInt8] = []
  private var at = 0

  init(_ text: StaticString) {
    bytes.reserveCapacity(text.utf8CodeUnitCount * 3 / 4)
    var bits: UInt32 = 0
    var held = 0
    for i in 0..<text.utf8CodeUnitCount {
      guard let value = Base64.value(of: text.utf8Start[i]) else { continue }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      }
    }
  }

  var isAtEnd: Bool { at >= bytes.count }

  mutating func next() -> Int {
    var value = 0
    var shift = 0
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return value
  }

  /// The entries (distance, count, scalars) as (code point, scalars).
  mutating func texts() -> [(scalar: UInt32, text: [UInt32])] {
    var result: [(UInt32, [UInt32])] = []
    var scalar = 0
    while !isAtEnd {
      scalar += next()
      let count = next()
      var text: [UInt32] = []
      for _ in 0..<count { text.append(UInt32(next())) }
      result.append((UInt32(scalar), text))
    }
    return result
  }
}

/// The standard alphabet of RFC 4648.
enum Base64 {
  static func value(of byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  /// The bytes, or nil unless the text is padded base64 with nothing else in it.
  static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
    var result: [UInt8] = []
    result.reserveCapacity(text.count * 3 / 4)
    var bits: UInt32 = 0
    var held = 0
    for byte in text.dropLast(padding) {
      guard let value = value(of: byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      }
    }
    return result
  }
}
