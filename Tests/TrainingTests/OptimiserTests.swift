import Blocks
import CKernels
import Tensors
import Testing

@testable import Training

/// A parameter with these numbers.
private func parameter(_ values: [Float], _ shape: Int...) -> Parameter {
  let result = shape.count == 2 ? Parameter(shape[0], shape[1]) : Parameter(shape[0])
  result.bind(Tensor(values, shape))
  return result
}

@Suite struct OptimiserTests {
  /// Golden values of the reference page, 10.1: within 2·10⁻⁷ of the numbers in double precision.
  @Test func adamWGoldenValues() {
    let w = parameter([1], 1, 1)
    let optimiser = Optimiser(OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), rate: 0.1, decay: 0.01), [w])
    let expected: [(w: Float, m: Float, v: Float)] = [
      (0.899000002, 0.05, 2.5e-4), (0.8635404181, 0.025, 2.8975e-4), (0.8247377004, 0.0325, 2.99460250e-4),
    ]
    for (gradient, e) in zip([0.5, -0.2, 0.1] as [Float], expected) {
      optimiser.update([Tensor([gradient], [1, 1])], rate: 0.1)
      #expect(abs(w.tensor.item - e.w) < 2e-7)
      #expect(abs(optimiser.first[0].item - e.m) < 1e-8)
      #expect(abs(optimiser.second[0].item - e.v) < 1e-9)
    }
    #expect(optimiser.steps == 3)
  }

  /// The same numbers from the formula in double precision, over a whole matrix with an incomplete last register.
  @Test func adamWOverManyNumbers() {
    var generator = SeededGenerator(seed: 3)
    let count = 3 * 8195
    let start = (0..<count).map { _ in generator.normal() }
    let w = parameter(start, 3, 8195)
    let optimiser = Optimiser(OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.99, epsilon: 1e-6), rate: 0.02, decay: 0.1), [w])
    var x = start.map(Double.init), m = [Double](repeating: 0, count: count), v = m
    for step in 1...3 {
      let g = (0..<count).map { _ in generator.normal() }
      optimiser.update([Tensor(g, [3, 8195])], rate: 0.02)
      for i in 0..<count {
        let d = Double(g[i])
        m[i] = 0.9 * m[i] + 0.1 * d
        v[i] = 0.99 * v[i] + 0.01 * d * d
        var (c1, c2) = (1.0, 1.0)
        for _ in 0..<step { (c1, c2) = (c1 * 0.9, c2 * 0.99) }
        x[i] -= 0.02 * 0.1 * x[i] + 0.02 * (m[i] / (1 - c1)) / ((v[i] / (1 - c2)).squareRoot() + 1e-6)
      }
    }
    let worst = zip(w.tensor.values, x).map { abs(Double($0) - $1) }.max()!
    #expect(worst < 1e-6)
  }

  /// Decay acts on matrices alone: with a gradient of 0, a vector stays where it is.
  @Test func decayLeavesVectorsAlone() {
    let matrix = parameter([2, 2], 1, 2), vector = parameter([2, 2], 2)
    let optimiser = Optimiser(OptimiserSettings(.adamW(), rate: 0.1, decay: 0.5), [matrix, vector])
    optimiser.update([nil, nil], rate: 0.1)
    #expect(matrix.tensor.values == [1.9, 1.9])
    #expect(vector.tensor.values == [2, 2])
  }

  /// The first step moves every weight by the rate, whatever the gradient's size.
  @Test func firstStepIsTheRate() {
    let w = parameter([0, 0, 0], 3)
    Optimiser(OptimiserSettings(.adamW(), rate: 0.01), [w]).update([Tensor([1000, -1e-3, 5], [3])], rate: 0.01)
    for (found, expected) in zip(w.tensor.values, [-0.01, 0.01, -0.01] as [Float]) { #expect(abs(found - expected) < 2e-7) }
  }

  /// v = 0.9·v + g; w = w − 0.1·v: by hand, with decay on a matrix.
  @Test func momentum() {
    let w = parameter([1], 1, 1)
    let optimiser = Optimiser(OptimiserSettings(.sgd(momentum: 0.9), rate: 0.1, decay: 0.5), [w])
    for gradient in [1, -2] as [Float] { optimiser.update([Tensor([gradient], [1, 1])], rate: 0.1) }
    // 1 → 1 − 0.05 − 0.1 = 0.85; v = 0.9 − 2 = −1.1 → 0.85 − 0.0425 + 0.11
    #expect(abs(w.tensor.item - 0.9175) < 1e-6)
    #expect(optimiser.second.isEmpty)
  }

  /// Golden values of the reference page, 10.2: (3, 4) clipped at 1 is (0.6, 0.8), up to 10⁻⁶; over two parameters together.
  @Test func clipping() {
    let a = parameter([0], 1), b = parameter([0], 1)
    let optimiser = Optimiser(OptimiserSettings(.sgd(), rate: 1, clip: 1), [a, b])
    let norm = optimiser.update([Tensor([3], [1]), Tensor([4], [1])], rate: 1)
    #expect(norm == 5)
    #expect(abs(a.tensor.item + 0.6) < 1e-6 && abs(b.tensor.item + 0.8) < 1e-6)
    // A norm below the bound is left alone.
    let small = parameter([0], 1)
    Optimiser(OptimiserSettings(.sgd(), rate: 1, clip: 10), [small]).update([Tensor([3], [1])], rate: 1)
    #expect(small.tensor.item == -3)
  }

  @Test func sameBitsForAnyNumberOfThreads() {
    func run(_ threads: Int32) -> ([Float], Double) {
      let before = ork_threads()
      ork_set_threads(threads)
      defer { ork_set_threads(before) }
      var generator = SeededGenerator(seed: 1)
      let parameters = [parameter((0..<70_001).map { _ in generator.normal() }, 1, 70_001), parameter([1, 2, 3], 3)]
      let optimiser = Optimiser(OptimiserSettings(rate: 0.01, decay: 0.1, clip: 1), parameters)
      let gradients = parameters.map { Tensor.normal($0.shape, using: &generator) }
      let norm = optimiser.update(gradients, rate: 0.01)
      return (parameters.flatMap { $0.tensor.values }, norm)
    }
    let one = run(1)
    for threads in [2, 5] as [Int32] { #expect(run(threads) == one) }
  }

  @Test func averageFollowsTheWeights() {
    let w = parameter([0, 8], 2)
    let average = WeightAverage(decay: 0.75, [w])
    w.tensor.pointer[0] = 4
    average.update()
    #expect(average.averages[0].values == [1, 8])
    #expect(average.applied { w.tensor.values } == [1, 8])
    #expect(w.tensor.values == [4, 8])
  }
}

@Suite struct ScheduleTests {
  /// Golden row of the reference page, 10.2: W = 4, T = 10, r = .1.
  @Test func cosineGoldenRow() {
    let schedule = Schedule(.cosine, warmup: 4, floor: 0.1)
    let expected = [0.25, 0.5, 0.75, 1, 1, 0.9397, 0.775, 0.55, 0.325, 0.1603, 0.1]
    for (step, e) in expected.enumerated() { #expect(abs(schedule.factor(at: step, of: 10) - e) < 5e-5, "step \(step)") }
    #expect(schedule.factor(at: 50, of: 10) == 0.1)
  }

  @Test func otherShapes() {
    let linear = Schedule(.linear, warmup: 2, floor: 0.5)
    #expect((0...6).map { linear.factor(at: $0, of: 6) } == [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5])
    #expect([0, 1, 2, 99].map { Schedule(.constant, warmup: 2).factor(at: $0, of: 4) } == [0.5, 1, 1, 1])
    // A warm-up as long as the training divides by nothing.
    #expect(Schedule(.cosine, warmup: 4, floor: 0.1).factor(at: 4, of: 4) == 1)
  }
}
