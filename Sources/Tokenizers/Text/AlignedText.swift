/// A text in pieces, in which every byte knows the bytes of the original that it came from.
///
/// Normalisers rewrite it, pre-tokenizers cut it, added tokens claim parts of it; all pieces lie in one buffer, so a cut is
/// two numbers. Offsets follow the reference's rules, its odd corners included: see `Rewriter`.
struct AlignedText {
  struct Piece {
    /// In `bytes`.
    var start: Int
    var end: Int
    /// Where the piece begins in the original.
    var origin: Int
    /// The added token that this piece is, or −1: text still to be tokenized.
    var token: Int
    var isText: Bool { token < 0 }
  }

  private(set) var bytes: [UInt8]
  /// Original range [lower, upper) of each byte.
  private(set) var lower: [Int32]
  private(set) var upper: [Int32]
  var pieces: [Piece]

  /// `bytes` must be valid UTF-8.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let count = bytes.count
    lower = [Int32](unsafeUninitializedCapacity: count) { buffer, filled in
      var start: Int32 = 0
      for i in 0..<count {
        if bytes[i] & 0xC0 != 0x80 { start = Int32(truncatingIfNeeded: i) }
        buffer.initializeElement(at: i, to: start)
      }
      filled = count
    }
    upper = [Int32](unsafeUninitializedCapacity: count) { buffer, filled in
      var end = Int32(truncatingIfNeeded: count)
      for i in stride(from: count - 1, through: 0, by: -1) {
        buffer.initializeElement(at: i, to: end)
        if bytes[i] & 0xC0 != 0x80 { end = Int32(truncatingIfNeeded: i) }
      }
      filled = count
    }
    pieces = bytes.isEmpty ? [] : [Piece(start: 0, end: count, origin: 0, token: -1)]
  }

  /// Cuts pieces of text. `cut` appends the pieces that take a piece's place, with ranges relative to its bytes; empty
  /// ranges are dropped. A range with a token is an added token.
  mutating func split(_ cut: (UnsafeBufferPointer<UInt8>, Piece, inout [Cut]) -> Void) {
    var result: [Piece] = []
    result.reserveCapacity(pieces.count)
    var cuts: [Cut] = []
    bytes.withUnsafeBufferPointer { all in
      for piece in pieces {
        guard piece.isText else {
          result.append(piece)
          continue
        }
        cuts.removeAll(keepingCapacity: true)
        cut(UnsafeBufferPointer(rebasing: all[piece.start..<piece.end]), piece, &cuts)
        for range in cuts where range.start < range.end {
          let start = piece.start + range.start
          result.append(
            Piece(start: start, end: piece.start + range.end, origin: Int(lower[start]), token: range.token))
        }
      }
    }
    pieces = result
  }

  /// Rewrites pieces of text for which `applies`; the others are kept.
  mutating func rewrite(
    where applies: (UnsafeBufferPointer<UInt8>, Piece) -> Bool,
    _ write: (inout Rewriter, UnsafeBufferPointer<UInt8>) -> Void
  ) {
    let old = self
    let changes = old.bytes.withUnsafeBufferPointer { all in
      pieces.map { $0.isText && applies(UnsafeBufferPointer(rebasing: all[$0.start..<$0.end]), $0) }
    }
    guard changes.contains(true) else { return }
    var writer = Rewriter(capacity: old.bytes.count + old.bytes.count / 8)
    old.bytes.withUnsafeBufferPointer { all in
      old.lower.withUnsafeBufferPointer { lower in
        old.upper.withUnsafeBufferPointer { upper in
          for i in pieces.indices {
            let start = writer.bytes.count
            let piece = old.pieces[i]
            writer.begin(piece, all, lower, upper)
            if changes[i] {
              write(&writer, UnsafeBufferPointer(rebasing: all[piece.start..<piece.end]))
            } else {
              writer.keep(upTo: piece.end - piece.start)
            }
            pieces[i].start = start
            pieces[i].end = writer.bytes.count
          }
        }
      }
    }
    bytes = writer.bytes
    lower = writer.lower
    upper = writer.upper
    pieces.removeAll { $0.start == $0.end }
  }

  /// A part of a piece, relative to its first byte.
  struct Cut {
    var start: Int
    var end: Int
    var token: Int = -1
  }
}
