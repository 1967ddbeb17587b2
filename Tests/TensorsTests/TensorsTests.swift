// Tensors: views, contractions and faults, held against loops that cannot be wrong.

import Tensors
import Testing

/// Element at a place, by strides alone.
private func at(_ x: Tensor, _ place: [Int]) -> Float {
  x.pointer[zip(place, x.strides).reduce(0) { $0 + $1.0 * $1.1 }]
}

private func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
  var generator = SeededGenerator(seed: seed)
  return .normal(shape, using: &generator)
}

@Suite struct ContractionTests {
  /// Sums by visiting every combination of letters.
  static func naive(_ pattern: String, _ a: Tensor, _ b: Tensor) -> Tensor {
    let parts = pattern.filter { $0 != "-" }.split(omittingEmptySubsequences: false) { ",>".contains($0) }.map(Array.init)
    var sizes: [Character: Int] = [:]
    for (letters, tensor) in [(parts[0], a), (parts[1], b)] {
      for (letter, size) in zip(letters, tensor.shape) { sizes[letter] = size }
    }
    let letters = sizes.keys.sorted()
    let shape = parts[2].map { sizes[$0]! }
    var sums = [Double](repeating: 0, count: shape.elementCount)
    for flat in 0..<letters.map({ sizes[$0]! }).elementCount {
      var place: [Character: Int] = [:], rest = flat
      for letter in letters.reversed() {
        place[letter] = rest % sizes[letter]!
        rest /= sizes[letter]!
      }
      let index = zip(parts[2], shape).reduce(0) { $0 * $1.1 + place[$1.0]! }
      sums[index] += Double(at(a, parts[0].map { place[$0]! })) * Double(at(b, parts[1].map { place[$0]! }))
    }
    return Tensor(sums.map { Float($0) }, shape)
  }

  @Test(arguments: [
    ("ab,bc->ac", [3, 5], [5, 4]), ("ab,bc->ca", [3, 5], [5, 4]), ("abc,acd->abd", [2, 3, 4], [2, 4, 5]),
    ("btgrd,bsgd->bgrts", [2, 3, 2, 2, 4], [2, 5, 2, 4]), ("bgrts,bsgd->btgrd", [2, 2, 2, 3, 5], [2, 5, 2, 4]),
    ("ab,cb->ac", [1, 7], [6, 7]), ("ab,ab->a", [4, 6], [4, 6]), ("a,b->ab", [3], [4]), ("abc,abc->", [2, 3, 4], [2, 3, 4]),
    ("acb,dbc->ad", [2, 3, 4], [5, 4, 3]), ("abcd,cd->ab", [2, 3, 4, 5], [4, 5]),
  ])
  func contractionsEqualLoops(_ pattern: String, _ a: Shape, _ b: Shape) {
    let x = random(a, 1), y = random(b, 2)
    let expected = ContractionTests.naive(pattern, x, y)
    let result = contract(pattern, x, y)
    #expect(result.shape == expected.shape)
    #expect(result.largestGap(from: expected) < 1e-5)
  }

  @Test func viewsContractLikeTheirCopies() {
    let x = random([4, 6], 3).transposed, y = random([8, 10], 4).slice(1..<9, axis: 1, step: 2).slice(2..<6, axis: 0)
    let expected = ContractionTests.naive("ab,bc->ac", x, y)
    #expect(contract("ab,bc->ac", x, y).largestGap(from: expected) < 1e-5)
    #expect(contract("ab,bc->ac", x.materialised, y.materialised).largestGap(from: expected) < 1e-5)
  }

  @Test func linearReadsTransposedWeights() {
    let x = random([3, 5], 5), w = random([5, 4], 6), bias = random([4], 7)
    let plain = linear(x, w.transposed.materialised, bias), viewed = linear(x, w.transposed, bias)
    #expect(plain.largestGap(from: viewed) < 1e-6)
  }
}

@Suite struct LinearsTests {
  @Test(arguments: [1, 3, 40]) func togetherHasTheBitsOfEachAlone(_ rows: Int) {
    let x = random([rows, 65], 1), w = [random([33, 65], 2), random([7, 65], 3), random([128, 65], 4)], bias = random([7], 5)
    let together = Linears(biases: [false, true, false]).apply(all: [x, w[0], w[1], bias, w[2]])
    #expect(together[0].values == linear(x, w[0]).values)
    #expect(together[1].values == linear(x, w[1], bias).values)
    #expect(together[2].values == linear(x, w[2]).values)
  }
}

@Suite struct ViewTests {
  @Test func reshapingAViewKeepsTheOrderOfItsNumbers() {
    let x = Tensor((0..<24).map { Float($0) }, [2, 3, 4]).permuted(1, 0, 2)
    #expect(x.reshaped([3, 8]).values == x.values)
    #expect(x.reshaped([3, 2, 2, 2]).values == x.values)
    #expect(x.slice(1..<2, axis: 0).reshaped([8]).values == [4, 5, 6, 7, 16, 17, 18, 19])
  }

  @Test func concatenatingSlicesGivesTheWhole() {
    let x = random([3, 7, 2], 8)
    #expect(concatenate([x.slice(0..<3, axis: 1), x.slice(3..<7, axis: 1)], axis: 1).values == x.values)
  }

  @Test func broadcastingStretchesAxesOfSizeOne() {
    let sum = Tensor([1, 2, 3], [3, 1]) + Tensor([10, 20], [2])
    #expect(sum.shape == [3, 2])
    #expect(sum.values == [11, 21, 12, 22, 13, 23])
  }
}

@Suite struct FaultTests {
  @Test func aFaultTravelsToTheEndAndIsTheFirst() {
    let wrong = Tensor(outline: [2, 3]) + Tensor(outline: [4])
    let later = softmax(matmul(wrong, Tensor(outline: [7, 7])))
    #expect(later.fault?.description == "add: the shapes must be equal, or 1 where they differ, got [2×3] and [4]")
  }

  @Test(arguments: [
    (linear(Tensor(outline: [2, 3]), Tensor(outline: [5, 4])), "linear: the last axis of x must be the second of W, got [2×3] and [5×4]"),
    (Tensor(outline: [4]).slice(1..<6, axis: 0), "slice: 1..<6 must lie in 0..<4, got [4]"),
    (Tensor(outline: [4]).reshaped([3]), "reshape: the new shape [3] must hold 4 numbers, got [4]"),
    (Gather([7], shape: [1]).apply([Tensor(outline: [5, 2])]), "gather: the row 7 is outside of 0..<5, got [5×2]"),
    (matmul(Tensor(outline: [2, 3]), Tensor(outline: [4, 5])), "matrix product: the last axis of the first must be the second-last of the second, got [2×3] and [4×5]"),
  ])
  func wording(_ tensor: Tensor, _ message: String) { #expect(tensor.fault?.description == message) }

  @Test func aRaisedStopFlagPoisons() {
    let trace = Trace()
    trace.stop.pointee = 1
    let x = random([2, 2], 1).tracked(by: trace)
    #expect((x + x).fault?.kind == .interrupted)
  }

  @Test func outlinesCostNothingAndCountEverything() {
    let trace = Trace()
    let y = linear(Tensor(outline: [7, 16_384], trace: trace), Tensor(outline: [53_248, 16_384]))
    #expect(y.isOutline && y.shape == [7, 53_248])
    #expect(trace.cost.multiplications == 7 * 16_384 * 53_248)
  }
}

@Suite struct RecordingTests {
  @Test func steppingAgainGivesTheSameBits() {
    let trace = Trace(recording: Recording())
    let x = random([3, 4], 9).tracked(by: trace)
    _ = softmax(matmul(x, x.transposed) * 0.5 + 1)
    let recording = trace.recording!
    #expect(recording.nodes.map(\.primitive.name) == ["permute", "contract", "multiply", "add", "softmax"])
    for (index, node) in recording.nodes.enumerated() {
      #expect(recording.evaluate(index, on: node.inputs)[0].values == node.outputs[0].values)
    }
  }
}

extension Tensor {
  fileprivate func largestGap(from other: Tensor) -> Float {
    zip(values, other.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
