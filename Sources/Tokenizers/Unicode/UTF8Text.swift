/// UTF-8 by hand: stages walk bytes, and a `String` would renormalise, bounds-check and copy.
enum UTF8Text {
  /// The scalar that begins at `at` and its length. The bytes must be valid UTF-8.
  @inline(__always)
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> (scalar: UInt32, length: Int) {
    let first = UInt32(bytes[at])
    if first < 0x80 { return (first, 1) }
    if first < 0xE0 { return ((first & 0x1F) << 6 | UInt32(bytes[at + 1]) & 0x3F, 2) }
    if first < 0xF0 {
      return ((first & 0x0F) << 12 | (UInt32(bytes[at + 1]) & 0x3F) << 6 | UInt32(bytes[at + 2]) & 0x3F, 3)
    }
    let high = (first & 0x07) << 18 | (UInt32(bytes[at + 1]) & 0x3F) << 12
    return (high | (UInt32(bytes[at + 2]) & 0x3F) << 6 | UInt32(bytes[at + 3]) & 0x3F, 4)
  }

  /// Where the scalar before `at` begins.
  @inline(__always)
  static func before(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    var start = at - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  /// The length that a leading byte announces.
  @inline(__always)
  static func length(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }

  @inline(__always)
  static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
    if scalar < 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: scalar))
    } else if scalar < 0x800 {
      bytes.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    } else if scalar < 0x10000 {
      bytes.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    } else {
      bytes.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    }
  }

  static func encode(_ scalars: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in scalars { append(scalar, to: &bytes) }
    return bytes
  }

  static func scalars(_ bytes: [UInt8]) -> [UInt32] {
    bytes.withUnsafeBufferPointer { buffer in
      var result: [UInt32] = []
      var at = 0
      while at < buffer.count {
        let (scalar, length) = decode(buffer, at)
        result.append(scalar)
        at += length
      }
      return result
    }
  }

  /// Length of the well-formed sequence at `at`, or the negated length of the ill-formed part that U+FFFD stands for:
  /// the longest beginning of a sequence (Unicode 16, section 3.9, "maximal subpart").
  static func sequence(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    let first = bytes[at]
    if first < 0x80 { return 1 }
    var low: UInt8 = 0x80
    var high: UInt8 = 0xBF
    let count: Int
    switch first {
    case 0xC2...0xDF: count = 2
    case 0xE0: (count, low) = (3, 0xA0)
    case 0xED: (count, high) = (3, 0x9F)
    case 0xE1...0xEF: count = 3
    case 0xF0: (count, low) = (4, 0x90)
    case 0xF1...0xF3: count = 4
    case 0xF4: (count, high) = (4, 0x8F)
    default: return -1
    }
    for i in 1..<count {
      guard at + i < bytes.count, bytes[at + i] >= low, bytes[at + i] <= high else { return -i }
      (low, high) = (0x80, 0xBF)
    }
    return count
  }

  /// Whether all of it is UTF-8.
  static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var at = 0
    while at < bytes.count {
      let length = bytes[at] < 0x80 ? 1 : sequence(bytes, at)
      if length < 0 { return false }
      at += length
    }
    return true
  }

  /// The bytes with U+FFFD in place of every ill-formed part.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBufferPointer { buffer in
      if isValid(buffer) { return bytes }
      var result: [UInt8] = []
      var at = 0
      while at < buffer.count {
        let length = sequence(buffer, at)
        if length > 0 {
          result.append(contentsOf: buffer[at..<at + length])
          at += length
        } else {
          append(0xFFFD, to: &result)
          at -= length
        }
      }
      return result
    }
  }
}
