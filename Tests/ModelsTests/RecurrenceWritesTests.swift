// What a trace says is left of a token's write, against the state itself.

import Tensors
import Testing

@testable import Generation

@Suite struct RecurrenceWritesTests {
  /// The state is a sum of one product for each token's value. With all other values 0 it is what is left of that token's write: its length is what the trace says.
  @Test(arguments: [0, 1, 5])
  func whatIsLeftIsWhatTheStateHolds(_ decayWidth: Int) {
    let (t, h, d, e) = (6, 1, 5, 4)
    var generator = SeededGenerator(seed: 11)
    func random(_ shape: Shape, _ range: ClosedRange<Float> = -1...1) -> Tensor {
      Tensor((0..<shape.reduce(1, *)).map { _ in range.lowerBound + generator.uniform() * (range.upperBound - range.lowerBound) }, shape)
    }
    let k = random([1, t, h, d]), v = random([1, t, h, e]), read = random([1, t, h, d]), write = random([1, t, h, d])
    let decay: Tensor? = decayWidth == 0 ? nil : random([1, t, h, decayWidth], 0.5...1)
    let said = RecurrenceWrites.corrected(k, v, decay, read.values, write.values)
    for token in 0..<t {
      let alone = Tensor(v.values.enumerated().map { $0.offset / e == token ? $0.element : 0 }, v.shape)
      let state = recur(k, k, alone, decay: decay, correction: Correction(read: read, write: write), from: Tensor(Array(repeating: 0, count: d * e), [1, h, d, e]), form: .recurrent).1
      let held = state.values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(held - said.left[token]) <= 1e-5 * max(1, held), "token \(token)")
    }
    #expect(said.left[t - 1] == said.written[t - 1])
  }
}
