// A batch in pieces: what does not fit into memory at once is walked piece by piece. The divisor of a loss stands in the batch's weights, so the losses
// and gradients of the pieces add up to those of the whole.

import Blocks
import Tensors

extension Batch {
  /// Sequences of the batch.
  public var rows: Int { max(targets.count, input.ids.count) }
  /// Positions that the model reads.
  public var tokens: Int { count(input) + (source.map(count) ?? 0) }

  private func count(_ input: Architecture.Input) -> Int {
    input.ids.reduce(0) { $0 + $1.count } + (input.vectors.map { $0.shape.dropLast().elementCount } ?? 0)
  }

  /// The batch in pieces of at most `size` sequences, in order.
  public func pieces(of size: Int) -> [Batch] {
    guard rows > size else { return [self] }
    return stride(from: 0, to: rows, by: size).map { piece($0..<min($0 + size, rows)) }
  }

  func piece(_ range: Range<Int>) -> Batch {
    var piece = self
    piece.input = input.piece(range, of: rows)
    piece.source = source?.piece(range, of: rows)
    if targets.count == rows { piece.targets = Array(targets[range]) }
    if weights.count == rows { piece.weights = Array(weights[range]) }
    piece.extras = extras.piece(range, of: rows)
    return piece
  }
}

extension Architecture.Input {
  fileprivate func piece(_ range: Range<Int>, of rows: Int) -> Architecture.Input {
    /// What is listed row by row: the part of these rows.
    func cut<T>(_ list: [T]?) -> [T]? {
      list.map { list in list.count % rows == 0 ? Array(list[(range.lowerBound * list.count / rows)..<(range.upperBound * list.count / rows)]) : list }
    }
    var piece = self
    piece.ids = cut(ids) ?? []
    (piece.padding, piece.segments) = (cut(padding), cut(segments))
    (piece.positions, piece.blocks, piece.times) = (cut(positions), cut(blocks), cut(times))
    piece.vectors = vectors?.slice(range, axis: 0)
    return piece
  }
}
