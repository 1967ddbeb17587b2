/// Writes the new text of a piece while reading the old one, and keeps the alignment.
///
/// The rule is the reference's: a scalar that replaces takes the alignment of what it replaces; one that is inserted takes
/// that of the byte before the reading position; at the piece's very beginning it has none, an empty range there.
struct Rewriter {
  private(set) var bytes: [UInt8] = []
  private(set) var lower: [Int32] = []
  private(set) var upper: [Int32] = []

  private var source = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  private var sourceLower = UnsafeBufferPointer<Int32>(start: nil, count: 0)
  private var sourceUpper = UnsafeBufferPointer<Int32>(start: nil, count: 0)
  private var at = 0
  private var origin: Int32 = 0

  init(capacity: Int) {
    bytes.reserveCapacity(capacity)
    lower.reserveCapacity(capacity)
    upper.reserveCapacity(capacity)
  }

  mutating func begin(
    _ piece: AlignedText.Piece, _ all: UnsafeBufferPointer<UInt8>, _ allLower: UnsafeBufferPointer<Int32>,
    _ allUpper: UnsafeBufferPointer<Int32>
  ) {
    source = UnsafeBufferPointer(rebasing: all[piece.start..<piece.end])
    sourceLower = UnsafeBufferPointer(rebasing: allLower[piece.start..<piece.end])
    sourceUpper = UnsafeBufferPointer(rebasing: allUpper[piece.start..<piece.end])
    at = 0
    origin = Int32(truncatingIfNeeded: piece.origin)
  }

  /// Writes a scalar. `change` 0 replaces the next scalar of the old text, 1 inserts, −n replaces it and drops n more.
  mutating func put(_ scalar: UInt32, _ change: Int) {
    let from = change > 0 ? at - 1 : min(at, source.count - 1)
    let (start, end) = from < 0 ? (origin, origin) : (sourceLower[from], sourceUpper[from])
    if change <= 0 { skip(1 - change) }
    let before = bytes.count
    UTF8Text.append(scalar, to: &bytes)
    for _ in before..<bytes.count {
      lower.append(start)
      upper.append(end)
    }
  }

  mutating func put(_ text: [UInt32], first: Int, others: Int = 1) {
    for (i, scalar) in text.enumerated() { put(scalar, i == 0 ? first : others) }
  }

  /// Drops scalars of the old text.
  mutating func skip(_ count: Int) {
    var left = count
    while left > 0, at < source.count {
      at += UTF8Text.length(source[at])
      left -= 1
    }
  }

  /// Copies the old text up to a byte of the piece, alignment and all.
  mutating func keep(upTo end: Int) {
    guard end > at else { return }
    bytes.append(contentsOf: source[at..<end])
    lower.append(contentsOf: sourceLower[at..<end])
    upper.append(contentsOf: sourceUpper[at..<end])
    at = end
  }

  /// Goes on reading at a byte of the piece; what lies between is dropped.
  mutating func move(to end: Int) { at = max(at, end) }
}
