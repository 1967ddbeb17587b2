// Softmax and the norms of rows of millions of numbers: in pieces, so that all threads work on a row and Ctrl-C ends it between two. Shorter rows
// have kernels that keep them whole on one thread. How a row is cut depends on its length alone, so the bits do as well.

import CKernels

/// A row of more than one piece.
struct LongRow {
  /// The row, and where its result goes.
  let x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  let width: Int
  let stop: UnsafeMutablePointer<Int32>?

  static let least = 1 << 20

  private func pieces(_ body: (_ start: Int, _ count: Int64) -> Void) {
    for start in stride(from: 0, to: width, by: LongRow.least) where stop?.pointee ?? 0 == 0 { body(start, Int64(min(LongRow.least, width - start))) }
  }

  /// One number of each piece, joined in double precision or by the function itself.
  private func reduced(_ function: ork_reduction, of row: UnsafePointer<Float>) -> Double {
    var parts: [Float] = []
    pieces { start, count in
      var part = Float(0)
      ork_reduce(function, row + start, count, &part, 1, count)
      parts.append(part)
    }
    guard function == ORK_MAX else { return parts.reduce(0) { $0 + Double($1) } }
    return Double(parts.contains(where: \.isNaN) ? .nan : parts.max() ?? -.infinity)
  }

  func softmax(logarithm: Bool) {
    let most = Float(reduced(ORK_MAX, of: x))
    if most == -.infinity { return pieces { y.advanced(by: $0).update(repeating: logarithm ? -.infinity : 0, count: Int($1)) } }
    pieces { start, count in
      ork_binary_scalar(ORK_SUB, x + start, most, y + start, count)
      ork_unary(ORK_EXP, y + start, y + start, count)
    }
    let sum = Float(reduced(ORK_SUM, of: y))
    var lost = sum
    withUnsafeMutablePointer(to: &lost) { ork_unary(ORK_LOG, $0, $0, 1) }
    pieces { start, count in
      guard logarithm else { return ork_binary_scalar(ORK_MUL, y + start, 1 / sum, y + start, count) }
      ork_binary_scalar(ORK_SUB, x + start, most, y + start, count)
      ork_binary_scalar(ORK_SUB, y + start, lost, y + start, count)
    }
  }

  /// Centred on its mean or on 0, divided by the root of its mean square.
  func normalise(centred: Bool, epsilon: Float, gain: UnsafePointer<Float>?, bias: UnsafePointer<Float>?) {
    let centre = centred ? Float(reduced(ORK_SUM, of: x) / Double(width)) : 0
    pieces { ork_binary_scalar(ORK_SUB, x + $0, centre, y + $0, $1) }
    let factor = Float(1 / (reduced(ORK_SUM_SQUARES, of: y) / Double(width) + Double(epsilon)).squareRoot())
    pieces { start, count in
      ork_binary_scalar(ORK_MUL, y + start, factor, y + start, count)
      for (operation, other) in [(ORK_MUL, gain), (ORK_ADD, bias)] {
        if let other { ork_binary(operation, 1, [count], y + start, [1], other + start, [1], y + start) }
      }
    }
  }
}

extension Tensor {
  /// The rows of this tensor, each with the place of its result, if they are long.
  func longRows(into y: Tensor, until stop: UnsafeMutablePointer<Int32>?) -> [LongRow]? {
    let (rows, width) = rowsAndWidth
    guard width > LongRow.least else { return nil }
    return (0..<rows).map { LongRow(x: pointer + $0 * rowStride, y: y.pointer + $0 * width, width: width, stop: stop) }
  }
}
