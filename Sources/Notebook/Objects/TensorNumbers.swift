// Passes over all numbers of a tensor that no primitive makes: sums with double precision, rounding, equality. Ctrl-C ends them.

import Language
import Tensors

extension TensorObject {
  /// All numbers in row-major order, piece by piece, until the session's stop flag is raised.
  static func forEachPiece(of tensor: Tensor, _ body: (UnsafeBufferPointer<Float>) -> Void) throws {
    do { try tensor.forEachPiece { body($0) } } catch let fault as Fault { throw failure(of: fault) }
  }

  /// The sum of all numbers, in double precision.
  static func total(_ tensor: Tensor) throws -> Double {
    var sum = 0.0
    try forEachPiece(of: tensor) { piece in for x in piece { sum += Double(x) } }
    return sum
  }

  /// The largest (or smallest) of all numbers; NaN if one of them is NaN, or if there are none.
  static func extreme(_ tensor: Tensor, _ function: Reduce.Function) throws -> Double {
    var found = Float.nan, isFirst = true
    try forEachPiece(of: tensor) { piece in
      if piece.isEmpty { return }
      let best = Reduce(function).apply([Tensor(Array(piece), [piece.count])]).item
      found = isFirst || best.isNaN ? best : found.isNaN ? found : function == .minimum ? Swift.min(found, best) : Swift.max(found, best)
      isFirst = false
    }
    return Double(found)
  }

  /// The numbers, each through a function of the host.
  static func mapped(_ tensor: Tensor, _ function: (Float) -> Float) throws -> Tensor {
    let result = Tensor(asking: tensor.shape)
    if let fault = result.fault { throw failure(of: fault) }
    var next = result.pointer
    try forEachPiece(of: tensor) { piece in
      for x in piece {
        next.pointee = function(x)
        next += 1
      }
    }
    return result.tracked(by: tensor.trace)
  }

  /// As `Tensor.largestDifference(from:)`, until the session's stop flag is raised.
  static func largestDifference(_ a: Tensor, _ b: Tensor) throws -> Double {
    guard a.shape == b.shape else { return .infinity }
    var largest = Float(0), place = 0
    let other = b.materialised
    try forEachPiece(of: a) { piece in
      for i in 0..<piece.count where piece[i] != other.pointer[place + i] {
        let d = abs(piece[i] - other.pointer[place + i])
        if !d.isNaN { largest = Swift.max(largest, d) } else if !(piece[i].isNaN && other.pointer[place + i].isNaN) { largest = .infinity }
      }
      place += piece.count
    }
    return Double(largest)
  }

  /// Place of the first pair of numbers of two tensors of one shape that a rule does not hold for, and how many there are.
  static func violations(_ a: Tensor, _ b: Tensor, _ holds: (Float, Float) -> Bool) throws -> (first: Int, count: Int)? {
    var first: Int?, count = 0, place = 0
    let other = b.materialised
    try forEachPiece(of: a) { piece in
      for i in 0..<piece.count where !holds(piece[i], other.pointer[place + i]) {
        first = first ?? place + i
        count += 1
      }
      place += piece.count
    }
    return first.map { ($0, count) }
  }
}
