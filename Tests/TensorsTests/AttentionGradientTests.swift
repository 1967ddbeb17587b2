// The kernel of attention's way back against the same by primitives.
import CKernels
import Testing

@testable import Tensors

@Suite struct AttentionGradientTests {
  struct Problem: CustomStringConvertible {
    let queries: Int, keys: Int, groups: Int, shared: Int, width: Int, deep: Int, window: Int?, hasBias: Bool, hasSinks: Bool
    var description: String { "\(queries)×\(keys), \(groups) groups of \(shared), \(width) and \(deep) wide, window \(window ?? 0), bias \(hasBias), sinks \(hasSinks)" }

    func check() -> (worst: Float, bits: [UInt32]) {
      var generator = SeededGenerator(seed: 9)
      func random(_ shape: Int...) -> Tensor { .normal(shape, using: &generator) }
      // Queries as a view whose rows lie apart, as a fused projection gives them.
      let q = random(2, queries, groups, shared, width + 3).slice(0..<width, axis: 4), k = random(2, keys, groups, width), v = random(2, keys, groups, deep)
      var inputs = [q, k, v]
      if hasBias {
        let bias = random(1, groups * shared, queries, keys)
        bias.pointer[keys] = -.infinity
        inputs.append(bias)
      }
      if hasSinks { inputs.append(random(groups * shared)) }
      let past = keys - queries
      // Row 0 of a window sees nothing.
      let first = window.map { window in (0..<queries).map { max(0, $0 + past + 1 - window) } } ?? []
      let last = window == nil ? [] : (0..<queries).map { $0 == 0 ? 0 : $0 + past + 1 }
      let attention = FusedAttention(scale: 0.3, first: first, last: last, hasSinks: hasSinks)
      let g = random(2, queries, groups, shared, deep), needs = inputs.map { _ in true }
      let found = attention.pullback(inputs, [], [g], needs: needs), expected = attention.spelledOutPullback(inputs, [], [g], needs: needs)
      var worst: Float = 0, bits: [UInt32] = []
      for i in inputs.indices {
        guard let a = found[i], let b = expected[i], a.shape == inputs[i].shape, b.shape == a.shape else { return (.infinity, []) }
        for (x, y) in zip(a.values, b.values) { worst = max(worst, x.isFinite ? abs(x - y) : .infinity) }
        bits += a.values.map(\.bitPattern)
      }
      return (worst, bits)
    }
  }

  static let problems = [
    Problem(queries: 5, keys: 5, groups: 2, shared: 1, width: 16, deep: 16, window: nil, hasBias: false, hasSinks: false),
    Problem(queries: 64, keys: 64, groups: 4, shared: 1, width: 32, deep: 32, window: 64, hasBias: false, hasSinks: false),
    Problem(queries: 30, keys: 77, groups: 2, shared: 3, width: 24, deep: 20, window: 11, hasBias: false, hasSinks: false),
    Problem(queries: 30, keys: 45, groups: 2, shared: 2, width: 40, deep: 36, window: nil, hasBias: true, hasSinks: true),
    Problem(queries: 13, keys: 13, groups: 1, shared: 4, width: 8, deep: 9, window: 4, hasBias: true, hasSinks: true),
    Problem(queries: 2, keys: 150, groups: 2, shared: 1, width: 5, deep: 7, window: 120, hasBias: true, hasSinks: false),
  ]

  @Test(arguments: problems) func agreesWithTheSpelledOutForm(_ problem: Problem) {
    let worst = problem.check().worst
    #expect(worst < 2e-5, "\(problem): \(worst)")
  }

  @Test(arguments: problems) func everyInstructionSetAgrees(_ problem: Problem) {
    defer { ork_limit_instructions(2) }
    for level in 0...1 {
      ork_limit_instructions(Int32(level))
      let worst = problem.check().worst
      #expect(worst < 2e-5, "level \(level), \(problem): \(worst)")
    }
  }

  @Test func hasTheSameBitsForAnyNumberOfThreads() {
    let before = ork_threads()
    defer { ork_set_threads(before) }
    for problem in Self.problems {
      ork_set_threads(1)
      let one = problem.check().bits
      ork_set_threads(2)
      #expect(problem.check().bits == one, "\(problem)")
    }
  }
}
