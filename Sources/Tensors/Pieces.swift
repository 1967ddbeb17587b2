// Work over many numbers, cut into pieces between which the stop flag is looked at: so Ctrl-C ends a function of tens of
// millions of numbers within a tenth of a second. It does not divide work over threads: a kernel does that inside of a piece.

import CKernels

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
  /// Calls `body` for pieces that lie one behind the other along the outermost axis with more than one place, and inside of it where one place
  /// is too much, until the flag is raised.
  /// - Parameters:
  ///   - other: a tensor of the same shape, cut alike.
  ///   - start: how many numbers lie before the piece.
  private func piecesOfPlaces(
    beside other: Tensor, until stop: UnsafeMutablePointer<Int32>, from start: Int = 0, _ body: (_ part: Tensor, _ other: Tensor, _ start: Int) -> Void
  ) {
    guard isLong(shape), let axis = shape.firstIndex(where: { $0 > 1 }) else {
      if stop.pointee == 0 { body(self, other, start) }
      return
    }
    let width = shape.dropFirst(axis + 1).elementCount
    inPieces(shape[axis], width: width, until: stop) { piece in
      let part = view(axis: axis, from: piece.lowerBound, count: piece.count)
      let counterpart = other.view(axis: axis, from: piece.lowerBound, count: piece.count), first = start + piece.lowerBound * width
      if piece.count == 1 { part.piecesOfPlaces(beside: counterpart, until: stop, from: first, body) } else { body(part, counterpart, first) }
    }
  }

  /// A copy piece by piece. What a raised flag leaves out is 0, never what lay in memory: the operation that reads it may take it for an index.
  func copyOut(to target: UnsafeMutablePointer<Float>, until stop: UnsafeMutablePointer<Int32>) {
    var done = 0
    piecesOfPlaces(beside: self, until: stop) { part, _, start in
      part.copyOut(to: target + start)
      done = start + part.count
    }
    ork_clear(target + done, Int64(count - done))
  }

  /// As `materialised`, until the flag is raised: what is left is 0 then.
  func materialised(until stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    guard let stop, storage != nil, isLong(shape), !(isContiguous && type == .f32) else { return materialised }
    let copy = Tensor(unfilled: shape)
    copyOut(to: copy.pointer, until: stop)
    return copy
  }

  /// As `write(into:)`, until the flag is raised: what is left of the target stays as it was.
  func write(into target: Tensor, until stop: UnsafeMutablePointer<Int32>?) {
    guard let stop else { return write(into: target) }
    piecesOfPlaces(beside: target, until: stop) { part, place, _ in part.write(into: place) }
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
