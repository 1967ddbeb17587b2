import Files

extension UnsafeBufferPointer<UInt8> {
  @inline(__always)
  func forEachScalar(_ body: (UInt32) -> Void) {
    var at = 0
    while at < count {
      let (scalar, length) = UTF8Text.decode(self, at)
      body(scalar)
      at += length
    }
  }

  func containsScalar(_ condition: (UInt32) -> Bool) -> Bool {
    var at = 0
    while at < count {
      let (scalar, length) = UTF8Text.decode(self, at)
      if condition(scalar) { return true }
      at += length
    }
    return false
  }
}

/// The rewritings that normalisers and pre-tokenizers share, each with the reference's alignment.
extension AlignedText {
  mutating func normalize(_ form: NormalForm) {
    rewrite(where: { bytes, _ in bytes.contains { $0 >= form.inertBelow } }) { writer, bytes in
      form.apply(bytes) { writer.put($0, $1) }
    }
  }

  mutating func lowercase() {
    rewrite(where: { bytes, _ in bytes.contains { $0 >= 0x80 || (0x41...0x5A).contains($0) } }) { writer, bytes in
      bytes.forEachScalar { scalar in
        if let lower = ScalarProperties.lowercase(scalar) { writer.put(lower, first: 0) } else { writer.put(scalar, 0) }
      }
    }
  }

  /// Drops scalars; a dropped one belongs to the scalar before it, or to nothing at the beginning.
  mutating func filter(_ keeps: (UInt32) -> Bool) {
    rewrite(where: { bytes, _ in bytes.containsScalar { !keeps($0) } }) { writer, bytes in
      var waiting: UInt32?
      var dropped = 0
      bytes.forEachScalar { scalar in
        guard keeps(scalar) else {
          dropped += 1
          return
        }
        if let waiting { writer.put(waiting, -dropped) } else { writer.skip(dropped) }
        waiting = scalar
        dropped = 0
      }
      if let waiting { writer.put(waiting, -dropped) }
    }
  }

  mutating func map(_ new: (UInt32) -> UInt32) {
    rewrite(where: { bytes, _ in bytes.containsScalar { new($0) != $0 } }) { writer, bytes in
      bytes.forEachScalar { writer.put(new($0), 0) }
    }
  }

  /// White space at the ends. The alignment of the last kept scalar is odd in the reference and is so here: it swallows the
  /// spaces behind it only when its index in scalars happens to equal an index in bytes.
  mutating func strip(left: Bool, right: Bool) {
    func spaces(_ scalars: some Sequence<UInt32>) -> Int {
      var count = 0
      for scalar in scalars {
        guard ScalarProperties.has(.space, scalar) else { break }
        count += 1
      }
      return count
    }
    rewrite(where: { _, _ in true }) { writer, bytes in
      var scalars: [UInt32] = []
      bytes.forEachScalar { scalars.append($0) }
      let leading = left ? spaces(scalars) : 0
      let trailing = right ? spaces(scalars.reversed()) : 0
      guard leading + trailing > 0 else { return writer.keep(upTo: bytes.count) }
      guard leading < scalars.count else { return }
      writer.skip(leading)
      for i in leading..<scalars.count - trailing {
        writer.put(scalars[i], i == bytes.count - trailing - 1 ? -trailing : 0)
      }
    }
  }

  mutating func prepend(_ prefix: ByteString, where condition: (UnsafeBufferPointer<UInt8>, Piece) -> Bool = { _, _ in true }) {
    let scalars = UTF8Text.scalars(prefix.bytes)
    guard !scalars.isEmpty else { return }
    rewrite(where: { bytes, piece in !bytes.isEmpty && condition(bytes, piece) }) { writer, bytes in
      let (first, length) = UTF8Text.decode(bytes, 0)
      writer.put(scalars, first: 0)
      writer.put(first, 1)
      writer.move(to: length)
      writer.keep(upTo: bytes.count)
    }
  }

  mutating func replace(_ pattern: Pattern, with content: ByteString) {
    let scalars = UTF8Text.scalars(content.bytes)
    rewrite(where: { bytes, _ in
      var any = false
      pattern.matches(in: bytes) { _, _ in any = true }
      return any
    }) { writer, bytes in
      pattern.matches(in: bytes) { start, end in
        writer.keep(upTo: start)
        writer.move(to: end)
        for scalar in scalars { writer.put(scalar, 1) }
      }
      writer.keep(upTo: bytes.count)
    }
  }

  /// Writes every byte as one of 256 printable letters, as GPT-2 does.
  mutating func writeBytesAsLetters() {
    rewrite(where: { _, _ in true }) { writer, bytes in
      for byte in bytes { writer.put(ByteLetters.letter(of: byte), byte & 0xC0 == 0x80 ? 1 : 0) }
    }
  }
}

/// GPT-2's alphabet: printable bytes stand for themselves, the others follow from U+0100.
enum ByteLetters {
  private static let letters: [UInt32] = {
    var result: [UInt32] = []
    var next: UInt32 = 0x100
    for byte in UInt32(0)...255 {
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: result.append(byte)
      default:
        result.append(next)
        next += 1
      }
    }
    return result
  }()
  private static let bytes: [UInt8?] = {
    var result = [UInt8?](repeating: nil, count: 0x180)
    for (byte, letter) in letters.enumerated() { result[Int(letter)] = UInt8(byte) }
    return result
  }()

  @inline(__always)
  static func letter(of byte: UInt8) -> UInt32 { letters[Int(byte)] }
  static func byte(of letter: UInt32) -> UInt8? { letter < 0x180 ? bytes[Int(letter)] : nil }
}
