// Work over many numbers, cut into pieces between which the stop flag is looked at: so Ctrl-C ends a function of tens of
// millions of numbers within a tenth of a second. It does not divide work over threads: a kernel does that inside of a piece.

/// Numbers of one piece: a few milliseconds of the slowest function. A multiple of every kernel's grain, so that the cuts change no bits.
private let pieceSize = 1 << 20

/// Calls `body` for ranges that cover 0..<count, until the flag is raised: what is left then stays undone, and whoever applies the
/// operation poisons its result.
/// - Parameter width: numbers of each of the `count` parts (a row's width).
@inline(__always)
func inPieces(_ count: Int, width: Int = 1, until stop: UnsafeMutablePointer<Int32>?, _ body: (Range<Int>) -> Void) {
  let step = max(1, pieceSize / max(1, width))
  guard let stop, count > step else { return body(0..<count) }
  var start = 0
  while start < count, stop.pointee == 0 {
    let end = min(count, start + step)
    body(start..<end)
    start = end
  }
}

/// Whether there is more than one piece.
func isLong(_ shape: Shape) -> Bool { shape.elementCount > pieceSize }

extension Tensor {
  /// A copy piece by piece. What a raised flag leaves out is 0, never what lay in memory: the operation that reads it may take it for an index.
  func copyOut(to target: UnsafeMutablePointer<Float>, until stop: UnsafeMutablePointer<Int32>) {
    guard let axis = shape.firstIndex(where: { $0 > 1 }) else { return copyOut(to: target) }
    let width = shape.dropFirst(axis + 1).elementCount
    let plain = untracked
    var done = 0
    inPieces(shape[axis], width: width, until: stop) { piece in
      plain.slice(piece, axis: axis).copyOut(to: target + piece.lowerBound * width)
      done = piece.upperBound
    }
    (target + done * width).update(repeating: 0, count: (shape[axis] - done) * width)
  }

  /// All numbers in row-major order, piece by piece.
  /// - Parameter stop: nil: the flag of the tensor's own trace.
  /// - Throws: that somebody has raised the flag.
  public func forEachPiece(until stop: UnsafeMutablePointer<Int32>? = nil, _ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
    guard storage != nil else { return }
    let whole = materialised, flag = stop ?? trace?.stop
    var failure: (any Error)?
    inPieces(count, until: flag) { piece in
      guard failure == nil else { return }
      do { try body(UnsafeBufferPointer(start: whole.pointer + piece.lowerBound, count: piece.count)) } catch { failure = error }
    }
    if let failure { throw failure }
    if let flag, flag.pointee != 0 { throw Fault(.interrupted) }
  }
}
