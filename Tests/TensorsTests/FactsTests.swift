// What is said of all numbers of a tensor, held against a plain loop over them.

import Testing

@testable import Tensors

@Suite struct FactsTests {
  @Test(arguments: [1, 2, 15, 16, 17, 100, 70_001])
  func rangeAndMeanAreThoseOfALoop(_ count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let x = Tensor.normal([count], using: &generator), values = x.values
    let facts = x.facts
    #expect(facts.finite == count)
    #expect(facts.low == values.min()! && facts.high == values.max()!)
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(count)
    #expect(abs(Double(facts.mean) - mean) < 1e-5)
    #expect(!facts.isMask)
  }

  @Test func whatIsNotFiniteIsLeftOut() {
    let facts = Tensor([1, .nan, -.infinity, 3, .infinity], [5]).facts
    #expect(facts.finite == 2 && facts.low == 1 && facts.high == 3 && facts.mean == 2 && !facts.isMask)
    #expect(Tensor([.nan], [1]).facts.finite == 0)
  }

  @Test func aMaskIsZeroAndMinusInfinity() {
    #expect(Tensor([0, -.infinity, 0, 0], [2, 2]).facts.isMask)
    #expect(!Tensor([0, 0, 0, 0], [2, 2]).facts.isMask)
    #expect(!Tensor([0, -.infinity, 0, 1], [2, 2]).facts.isMask)
    #expect(!Tensor([0, -.infinity, 0, .nan], [2, 2]).facts.isMask)
  }

  @Test func aViewIsReadAsWhatItShows() {
    let x = Tensor((0..<12).map { Float($0) }, [3, 4]).slice(1..<3, axis: 1)
    #expect(x.facts.low == 1 && x.facts.high == 10 && x.facts.mean == 5.5)
  }

  @Test func aRaisedFlagPoisonsRandomNumbers() {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    defer { flag.deallocate() }
    flag.initialize(to: 1)
    var generator = SeededGenerator(seed: 1)
    #expect(Tensor.normal([10], using: &generator, stop: flag).fault?.kind == .interrupted)
    flag.pointee = 0
    #expect(Tensor.normal([10], using: &generator, stop: flag).fault == nil)
  }
}
