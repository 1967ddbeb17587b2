// Long work in pieces: the same bits as in one, and a raised flag ends it between two pieces.

import CKernels
import Foundation
import Testing

@testable import Tensors

@Suite struct PiecesTests {
  private let long = (1 << 20) + 37

  private func flag(_ value: Int32 = 0) -> UnsafeMutablePointer<Int32> {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: value)
    return stop
  }

  @Test func aRaisedFlagEndsTheWorkBetweenPieces() {
    let stop = flag()
    defer { stop.deallocate() }
    var seen: [Range<Int>] = []
    inPieces(3 << 20, until: stop) { piece in
      seen.append(piece)
      if seen.count == 2 { stop.pointee = 1 }
    }
    #expect(seen == [0..<(1 << 20), (1 << 20)..<(2 << 20)])
    seen = []
    stop.pointee = 0
    inPieces(10, width: 1 << 19, until: stop) { seen.append($0) }
    #expect(seen == [0..<2, 2..<4, 4..<6, 6..<8, 8..<10])
  }

  /// With a flag the work goes in pieces, without one in a whole.
  @Test func piecesGiveTheSameBits() {
    let stop = flag()
    defer { stop.deallocate() }
    var generator = SeededGenerator(seed: 3)
    let x = Tensor.normal([long], using: &generator), rows = Tensor.normal([5, 1 << 18], using: &generator)
    let column = Tensor.normal([5, 1], using: &generator), gain = Tensor.normal([1 << 18], using: &generator)
    let few = Tensor.normal([1 << 18, 5], using: &generator)
    let cases: [(any SinglePrimitive, [Tensor])] = [
      (Unary(.gelu), [x]), (Unary(.square), [x]), (Binary(.multiply), [x, Tensor(3)]), (Binary(.add), [x, x]),
      (Binary(.subtract), [rows, column]), (Binary(.multiply), [rows, gain]), (Binary(.add), [rows.transposed, few]),
      (Gated(.silu), [rows, rows]), (Softmax(), [rows]), (Softmax(logarithm: true), [rows]), (RMSNormalise(epsilon: 1e-6), [rows, gain]),
      (LayerNormalise(epsilon: 1e-5), [rows, gain, gain]), (Reduce(.maximum), [rows]), (Reduce(.sum), [few]),
      (Concatenate(axis: 0), [rows, rows]), (Concatenate(axis: 1), [rows, rows.slice(3..<(1 << 18), axis: 1), column]), (Concatenate(axis: 1), [rows.transposed, few]),
      (Softmax(), [rows.transposed]), (Reshape([5 << 18]), [rows.transposed]), (Concatenate(axis: 0), [Tensor(viewing: rows.storage!, shape: [1, 5, 1 << 18], strides: [0, 1, 5], offset: 0)]),
    ]
    for (primitive, inputs) in cases {
      let shapes = inputs.map(\.shape)
      guard let shape = try? primitive.shape(shapes) else {
        Issue.record("\(primitive.name) refuses \(shapes)")
        continue
      }
      let whole = primitive.value(inputs, shape, stop: nil).values
      #expect(primitive.value(inputs, shape, stop: stop).values == whole, "\(primitive.name) of \(shapes)")
    }
  }

  /// Rows of more than one piece: the definition in double precision, to 1e-6 of the largest; a flag ends them.
  @Test func longRowsAreWhatTheirFormulasSay() {
    var generator = SeededGenerator(seed: 5)
    let n = long, x = Tensor.normal([2, n], using: &generator) + Tensor(0.5)
    let gain = Tensor.normal([n], using: &generator), bias = Tensor.normal([n], using: &generator)
    let row = x.slice(1..<2, axis: 0).values.map(Double.init), g = gain.values.map(Double.init), b = bias.values.map(Double.init)
    let most = row.max()!, exponentials = row.map { exp($0 - most) }, sum = exponentials.reduce(0, +), mean = row.reduce(0, +) / Double(n)
    let square = row.reduce(0) { $0 + $1 * $1 } / Double(n), variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    let cases: [(any SinglePrimitive, [Tensor], [Double])] = [
      (Softmax(), [x], exponentials.map { $0 / sum }), (Softmax(logarithm: true), [x], row.map { $0 - most - log(sum) }),
      (RMSNormalise(epsilon: 1e-6), [x], row.map { $0 / (square + 1e-6).squareRoot() }),
      (RMSNormalise(epsilon: 1e-6), [x, gain], zip(row, g).map { $0 / (square + 1e-6).squareRoot() * $1 }),
      (LayerNormalise(epsilon: 1e-5), [x, gain, bias], row.indices.map { (row[$0] - mean) / (variance + 1e-5).squareRoot() * g[$0] + b[$0] }),
    ]
    let stop = flag(1)
    defer { stop.deallocate() }
    for (primitive, inputs, wanted) in cases {
      let found = primitive.value(inputs, [2, n], stop: nil).slice(1..<2, axis: 0).values
      let scale = wanted.map { abs($0) }.max()!
      #expect(zip(found, wanted).allSatisfy { abs(Double($0) - $1) <= 1e-6 * scale }, "\(primitive.name)")
      #expect(primitive.apply(inputs.map { $0.tracked(by: Trace(stop: stop)) }).fault != nil)
    }
    let closed = Tensor.filled([1, n], with: -.infinity)
    #expect(Softmax().value([closed], [1, n], stop: nil).values.allSatisfy { $0 == 0 })
    #expect(Softmax(logarithm: true).value([closed], [1, n], stop: nil).values.allSatisfy { $0 == -.infinity })
  }

  @Test func longCopiesAreWholeOrZero() {
    let stop = flag()
    defer { stop.deallocate() }
    let x = Tensor((0..<(1 << 21)).map { Float($0 % 1000) + 1 }, [1 << 11, 1 << 10])
    #expect(x.tracked(by: Trace(stop: stop)).transposed.materialised.values == x.transposed.materialised.values)
    let turned = x.tracked(by: Trace(stop: stop)).transposed
    stop.pointee = 1
    #expect(turned.materialised.values.allSatisfy { $0 == 0 })
    #expect(Tensor.filled([3 << 20], with: 2, until: stop).fault != nil)
    stop.pointee = 0
    #expect(Tensor.filled([2, 3], with: 2, until: stop).values == [2, 2, 2, 2, 2, 2])
  }

  /// Outer axes of few places with millions of numbers in each are cut further in.
  @Test func aLongPlaceIsCutInside() {
    let stop = flag()
    defer { stop.deallocate() }
    let x = Tensor((0..<(1 << 22)).map { Float($0 % 1013) + 1 }, [1 << 10, 2, 1 << 11])
    let turned = Tensor(viewing: x.storage!, shape: [2, 1 << 10, 1 << 11], strides: [1 << 11, 1 << 12, 1], offset: 0)
    #expect(turned.materialised(until: stop).values == turned.values)
    #expect(Concatenate(axis: 0).value([turned, turned], [4, 1 << 10, 1 << 11], stop: stop).values == turned.values + turned.values)
    stop.pointee = 1
    #expect(turned.materialised(until: stop).values.allSatisfy { $0 == 0 })
  }

  /// The facts of a view are those of its copy, in pieces or not.
  @Test func factsOfALongView() {
    let stop = flag()
    defer { stop.deallocate() }
    let x = Tensor((0..<(1 << 21)).map { Float($0 % 1000) }, [1 << 11, 1 << 10]).transposed
    let facts = x.facts(until: stop)
    #expect(facts.finite == 1 << 21 && facts.low == 0 && facts.high == 999 && facts.mean == x.facts.mean)
  }

  @Test(arguments: [0, 1, 17, 40_000, 1 << 18]) func clearingClearsAllAndNoMore(_ count: Int) {
    let storage = Storage(count: count + 64)
    let first = storage.base.assumingMemoryBound(to: Float.self)
    first.update(repeating: 7, count: count + 64)
    ork_clear(first + 32, Int64(count))
    #expect((0..<(count + 64)).allSatisfy { first[$0] == (32..<(32 + count) ~= $0 ? 0 : 7) })
  }

  @Test func numbersComeInOrderAndStop() throws {
    let x = Tensor((0..<6).map(Float.init), [2, 3]).transposed
    var read: [Float] = []
    try x.forEachPiece { read += Array($0) }
    #expect(read == [0, 3, 1, 4, 2, 5])
    let stop = flag(1)
    defer { stop.deallocate() }
    #expect(throws: Fault.self) { try x.forEachPiece(until: stop) { _ in } }
    #expect(throws: Fault.self) { try x.tracked(by: Trace(stop: stop)).forEachPiece { _ in } }
    #expect(Tensor(Array(repeating: 1, count: 1 << 17), [1 << 17]).facts(until: stop).finite < 1 << 17)
  }
}
