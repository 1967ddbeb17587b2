/// The parts of a JSON text that contain no other: strings, numbers, words.
extension JSONParser {
  /// A string from its opening to its closing quote. Most strings have no escape and are copied as one slice.
  mutating func string() throws(JSON.Failure) -> ByteString {
    let start = at
    at += 1
    var decoded: [UInt8] = []
    var hasEscapes = false
    var run = at
    var ascii = true
    while true {
      skipPlain()
      guard at < text.count else { throw ends(inside: "string", from: start) }
      let byte = text[at]
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        decoded.append(contentsOf: text[run..<at])
        try escape(into: &decoded, from: start)
        hasEscapes = true
        run = at
        continue
      }
      if byte < 0x20 { throw failure(.controlCharacter(byte), at: at) }
      if byte >= 0x80 { ascii = false }
      at += 1
    }
    if !ascii, let bad = invalidUTF8(from: start + 1, to: at) { throw failure(.invalidUTF8, at: bad) }
    defer { at += 1 }
    let last = UnsafeRawBufferPointer(rebasing: text[run..<at])
    guard hasEscapes else { return ByteString(copying: last) }
    decoded.append(contentsOf: last)
    return ByteString(bytes: decoded)
  }

  /// Past eight bytes at a time that are plain ASCII: no quote, backslash, control character or part of a longer character.
  @inline(__always)
  private mutating func skipPlain() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while at + 8 <= text.count {
      let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let slash = word ^ (ones &* 0x5C)
      // A byte's high bit is set when it is zero (exact up to the first such byte, which is all that is asked).
      let special = (quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word | word
      if special & highs != 0 {
        at += (special & highs).trailingZeroBitCount / 8
        return
      }
      at += 8
    }
  }

  private mutating func escape(into bytes: inout [UInt8], from start: Int) throws(JSON.Failure) {
    guard at + 1 < text.count else {
      throw ends(inside: "string", from: start)
    }
    let letter = text[at + 1]
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      let first = at
      var scalar = try unit(from: start)
      if (0xD800...0xDBFF).contains(scalar) {
        guard at + 1 < text.count, text[at] == UInt8(ascii: "\\"), text[at + 1] == UInt8(ascii: "u") else {
          throw failure(.loneSurrogate, at: first)
        }
        let low = try unit(from: start)
        guard (0xDC00...0xDFFF).contains(low) else { throw failure(.loneSurrogate, at: first) }
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let valid = Unicode.Scalar(scalar) else { throw failure(.loneSurrogate, at: first) }
      bytes.append(contentsOf: UTF8.encode(valid)!)
      return
    default:
      let shown = letter > 0x20 && letter < 0x7F ? String(Character(Unicode.Scalar(letter))) : "0x" + hex(letter)
      throw failure(.badEscape("\\" + shown), at: at)
    }
    at += 2
  }

  /// The four digits of `\uXXXX`.
  private mutating func unit(from start: Int) throws(JSON.Failure) -> UInt32 {
    guard at + 6 <= text.count else { throw ends(inside: "string", from: start) }
    var value: UInt32 = 0
    for i in 2..<6 {
      guard let digit = Character(Unicode.Scalar(text[at + i])).hexDigitValue else {
        let shown = text[at + 1..<at + 6].map { $0 > 0x20 && $0 < 0x7F ? Character(Unicode.Scalar($0)) : "?" }
        throw failure(.badEscape("\\" + String(shown)), at: at)
      }
      value = value << 4 | UInt32(digit)
    }
    at += 6
    return value
  }

  /// The first byte that does not belong to well-formed UTF-8 (Unicode 15, table 3-7).
  private func invalidUTF8(from start: Int, to end: Int) -> Int? {
    var i = start
    while i < end {
      let byte = text[i]
      if byte < 0x80 {
        i += 1
        continue
      }
      let rest: Int
      var low: UInt8 = 0x80
      var high: UInt8 = 0xBF
      switch byte {
      case 0xC2...0xDF: rest = 1
      case 0xE0: (rest, low) = (2, 0xA0)
      case 0xED: (rest, high) = (2, 0x9F)
      case 0xE1...0xEF: rest = 2
      case 0xF0: (rest, low) = (3, 0x90)
      case 0xF4: (rest, high) = (3, 0x8F)
      case 0xF1...0xF3: rest = 3
      default: return i
      }
      guard i + rest < end, text[i + 1] >= low, text[i + 1] <= high else { return i }
      for j in 2..<(rest + 1) where rest > 1 && text[i + j] & 0xC0 != 0x80 { return i }
      i += rest + 1
    }
    return nil
  }

  /// `true`, `false`, `null`, `NaN`, `Infinity` or a number.
  mutating func scalar() throws(JSON.Failure) -> JSON.Value {
    let start = at
    var end = at
    while end < text.count, JSONParser.isWord(text[end]) { end += 1 }
    if start < end, text[start] == UInt8(ascii: "-") || (0x30...0x39).contains(text[start]) {
      if text[end - 1] != UInt8(ascii: "y") {
        let number = try number(start, end)
        at = end
        return .number(number)
      }
    }
    let value: JSON.Value
    switch end - start <= 9 ? String(decoding: text[start..<end], as: UTF8.self) : "" {
    case "true": value = .bool(true)
    case "false": value = .bool(false)
    case "null": value = .null
    case "NaN": value = .number(.real(.nan))
    case "Infinity": value = .number(.real(.infinity))
    case "-Infinity": value = .number(.real(-.infinity))
    default: throw failure(.unexpected(found: found(), expected: "a value"), at: start)
    }
    at = end
    return value
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, exact.
  private func number(_ start: Int, _ end: Int) throws(JSON.Failure) -> JSON.Number {
    var i = start
    func digits() -> Int {
      let first = i
      while i < end, (0x30...0x39).contains(text[i]) { i += 1 }
      return i - first
    }
    let negative = text[i] == UInt8(ascii: "-")
    if negative { i += 1 }
    let first = i
    let whole = digits()
    var valid = whole > 0 && (whole == 1 || text[first] != 0x30)
    var isInteger = true
    if valid, i < end, text[i] == UInt8(ascii: ".") {
      isInteger = false
      i += 1
      valid = digits() > 0
    }
    if valid, i < end, text[i] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      i += 1
      if i < end, text[i] == UInt8(ascii: "+") || text[i] == UInt8(ascii: "-") { i += 1 }
      valid = digits() > 0
    }
    guard valid, i == end else { throw failure(.badNumber(shown(start, end)), at: start) }
    if isInteger, whole <= 18 {
      var value = 0
      for j in first..<end { value = value * 10 + Int(text[j] - 0x30) }
      return negative && value == 0 ? .real(-0.0) : .integer(negative ? -value : value)
    }
    // Swift's own conversions: exact, and the same in every locale.
    let word = String(decoding: text[start..<end], as: UTF8.self)
    if isInteger, let value = Int(word) { return .integer(value) }
    guard let value = Double(word), value.isFinite else { throw failure(.outOfRange(shown(start, end)), at: start) }
    return .real(value)
  }

  private func shown(_ start: Int, _ end: Int) -> String {
    let word = String(decoding: text[start..<min(end, start + 40)], as: UTF8.self)
    return end - start > 40 ? word + "…" : word
  }
}
