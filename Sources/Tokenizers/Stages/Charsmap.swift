import Files

/// SentencePiece's compiled normalisation: a double-array trie from sequences of bytes to replacements (its
/// `precompiled_charsmap`), applied as the reference applies it, grapheme by grapheme.
struct Charsmap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  enum Problem: Error, Equatable {
    case notBase64, tooShort, replacementsNotUTF8
  }

  /// From base64: the trie's length in bytes, its 32-bit units, the replacements, each ended by a zero.
  init(base64: ByteString) throws(Problem) {
    guard let data = Base64.decode(base64.bytes) else { throw .notBase64 }
    func word(_ i: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(data[i + $1]) << UInt32(8 * $1) } }
    guard data.count >= 4 else { throw .tooShort }
    let count = Int(word(0)) / 4
    guard count > 0, 4 + count * 4 <= data.count else { throw .tooShort }
    units = (0..<count).map { word(4 + $0 * 4) }
    replacements = Array(data[(4 + count * 4)...])
    guard replacements.withUnsafeBufferPointer(UTF8Text.isValid) else { throw .replacementsNotUTF8 }
  }

  func apply(_ text: inout AlignedText) {
    text.rewrite(where: { bytes, _ in bytes.contains { $0 >= 0x80 } || self.changesASCII(bytes) }) { writer, bytes in
      var changes: [(scalar: UInt32, change: Int)] = []
      changes.reserveCapacity(bytes.count)
      bytes.forEachGrapheme { start, end in
        if end - start < 6, let new = self.replacement(bytes, start, end) {
          Self.add(new, for: bytes.countScalars(start, end), to: &changes)
          return
        }
        var at = start
        while at < end {
          let (scalar, length) = UTF8Text.decode(bytes, at)
          if let new = self.replacement(bytes, at, at + length) {
            Self.add(new, for: 1, to: &changes)
          } else {
            changes.append((scalar, 0))
          }
          at += length
        }
      }
      for (scalar, change) in changes { writer.put(scalar, change) }
    }
  }

  private func changesASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    for i in bytes.indices where replacement(bytes, i, i + 1) != nil { return true }
    return false
  }

  /// Replaces `old` scalars: longer, and the last ones are insertions; shorter, and the last scalar so far swallows the rest,
  /// even one that was written for an earlier stretch, since that is how the reference counts.
  private static func add(_ new: [UInt32], for old: Int, to changes: inout [(scalar: UInt32, change: Int)]) {
    let more = new.count - old
    for (i, scalar) in new.enumerated() { changes.append((scalar, more > 0 && i >= new.count - more ? 1 : 0)) }
    if more < 0, !changes.isEmpty { changes[changes.count - 1].change += more }
  }

  /// What the shortest entry at the beginning of the stretch becomes; nil when none is there.
  private func replacement(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> [UInt32]? {
    var node = Int(units[0] >> 10) << Int((units[0] & 1 << 9) >> 6)
    for i in start..<end {
      let byte = bytes[i]
      if byte == 0 { return nil }
      node ^= Int(byte)
      guard node < units.count else { return nil }
      let unit = units[node]
      guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
      node ^= Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
      if unit >> 8 & 1 == 1 {
        guard node < units.count else { return nil }
        return text(at: Int(units[node] & (1 << 31 - 1)))
      }
    }
    return nil
  }

  private func text(at start: Int) -> [UInt32]? {
    guard start < replacements.count, replacements[start] & 0xC0 != 0x80 else { return nil }
    let end = replacements[start...].firstIndex(of: 0) ?? replacements.count
    return UTF8Text.scalars(Array(replacements[start..<end]))
  }
}

extension UnsafeBufferPointer<UInt8> {
  func countScalars(_ start: Int, _ end: Int) -> Int {
    var count = 0
    for i in start..<end where self[i] & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// Extended grapheme clusters (UAX 29) by the standard library; runs of ASCII without it, since only CR LF joins there.
  func forEachGrapheme(_ body: (Int, Int) -> Void) {
    var at = 0
    while at < count {
      let next = at + 1
      if self[at] < 0x80, next == count || self[next] < 0x80 {
        let end = self[at] == 0x0D && next < count && self[next] == 0x0A ? at + 2 : next
        body(at, end)
        at = end
        continue
      }
      // Up to two ASCII bytes in a row: a cluster cannot go on across them.
      var end = next
      while end < count, !(self[end - 1] < 0x80 && self[end] < 0x80) || (self[end - 1] == 0x0D && self[end] == 0x0A) { end += 1 }
      let stretch = String(decoding: self[at..<end], as: UTF8.self)
      for character in stretch {
        let length = character.utf8.count
        body(at, at + length)
        at += length
      }
    }
  }
}
