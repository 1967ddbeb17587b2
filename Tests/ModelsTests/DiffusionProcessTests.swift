// Noise and its inverse as values: schedules, Gaussian, categorical, masked, simplex processes, against closed forms and golden numbers.

import Blocks
import Foundation
import Tensors
import Testing

private func close(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
}
private func close(_ a: [[Double]], _ b: [[Double]], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { close($0, $1, tolerance) }
}
private func difference(_ a: Tensor, _ b: Tensor) -> Float { a.largestDifference(from: b) }

@Suite struct GaussianProcessTests {
  /// ᾱ at five points, computed with the released formulas (1e-6).
  @Test func schedules() {
    let cases: [(NoiseSchedule, [Double])] = [
      (.linear(1000), [0.897018, 0.524085, 0.078587, 0.003351, 4.0358e-5]),
      (.cosine(1000), [0.972093, 0.847012, 0.493844, 0.144272, 2.43e-9]),
      (.squareRoot(1000), [0.690519, 0.504950, 0.295780, 0.135270, 0]),
      (.even(1000), [0.9, 0.75, 0.5, 0.25, 0]),
    ]
    for (schedule, expected) in cases {
      let got = [100, 250, 500, 750, 1000].map { schedule.signal[$0] }
      #expect(close(got, expected, schedule.name == "sqrt" ? 2e-5 : 1e-6), "\(schedule.name): \(got)")
    }
    for (steps, first) in [(1000, 0.0234), (2000, 0.01464), (200, 0.0620)] {
      #expect(abs(1 - NoiseSchedule.squareRoot(steps).signal[1] - first) < 5e-5)
    }
    #expect(NoiseSchedule.even(4).respaced(2) == [4, 2, 0] && NoiseSchedule.even(4).respaced(9) == [4, 3, 2, 1, 0])
  }

  /// T one-step kernels composed give √ᾱ and 1 − ᾱ; the posterior is the conditioning of the joint (1e-10).
  @Test func posteriorsAreConditionals() {
    let schedule = NoiseSchedule.cosine(20), process = GaussianProcess(schedule)
    for t in 2...20 {
      var mean = 1.0, variance = 0.0
      for s in 1...t {
        let keep = 1 - schedule.rate(s)
        (mean, variance) = (mean * keep.squareRoot(), variance * keep + 1 - keep)
      }
      #expect(abs(mean * mean - schedule.signal[t]) < 1e-10 && abs(variance - 1 + schedule.signal[t]) < 1e-10)
      for s in 1..<t {
        // x_s given x₀ = 1 is N(√a, 1−a); x_t = √r·x_s + noise of 1−r: condition the pair on x_t.
        let a = schedule.signal[s], r = schedule.signal[t] / a
        let covariance = r.squareRoot() * (1 - a), total = 1 - schedule.signal[t]
        let jump = process.posterior(from: t, to: s)
        #expect(abs(jump.noisy - covariance / total) < 1e-10)
        #expect(abs(jump.clean - (a.squareRoot() - covariance / total * schedule.signal[t].squareRoot())) < 1e-10)
        #expect(abs(jump.variance - (1 - a - covariance * covariance / total)) < 1e-10)
        let same = process.implicit(from: t, to: s, eta: 1)
        #expect(abs(same.noisy - jump.noisy) < 1e-8 && abs(same.clean - jump.clean) < 1e-8 && abs(same.variance - jump.variance) < 1e-8)
      }
    }
  }

  /// Reading an answer as noise, vector or velocity and back (float32: 1e-4).
  @Test func targetsAreInverse() {
    var generator = SeededGenerator(seed: 3)
    let clean = Tensor.normal([4, 6], using: &generator), noise = Tensor.normal([4, 6], using: &generator)
    let process = GaussianProcess(.squareRoot(50))
    for t in [1, 10, 40] {
      let noisy = process.noised(clean, noise, at: t)
      for target in GaussianProcess.Target.allCases {
        let answer = process.answer(clean, noise, at: t, target: target)
        #expect(difference(process.clean(answer, noisy, at: t, target: target), clean) < 1e-4, "\(target) \(t)")
      }
      #expect(difference(process.noise(clean, noisy, at: t), noise) < 1e-4)
    }
  }

  /// Straight paths: one data point is exact in one Euler step; two points pull every start to the one of its sign.
  @Test func rectifiedFlow() throws {
    var generator = SeededGenerator(seed: 5)
    let noise = Tensor.normal([3, 5], using: &generator), data = Tensor.normal([3, 5], using: &generator)
    for steps in [1, 7] {
      let end = try RectifiedFlow.integrate(noise, steps: steps) { x, u in RectifiedFlow.velocity(at: x, expecting: data, u) }
      #expect(difference(end, data) < 1e-5)
    }
    for u in [Float(0), 0.3, 0.9] {
      let x = RectifiedFlow.point(noise: noise, data: data, at: u)
      #expect(difference(RectifiedFlow.velocity(at: x, expecting: data, u), RectifiedFlow.velocity(noise: noise, data: data)) < 1e-5)
    }
    for start in [Float(0.7), -0.2] {
      let end = try RectifiedFlow.integrate(Tensor([start], [1]), steps: 400) { x, u in
        let pull = Tensor([2 * tanh(2 * u * x.item / ((1 - u) * (1 - u)))], [1])
        return RectifiedFlow.velocity(at: x, expecting: pull, u)
      }
      #expect(abs(end.item - (start > 0 ? 2 : -2)) < 1e-3)
    }
  }
}

@Suite struct CategoricalProcessTests {
  static let processes: [CategoricalProcess] = [
    CategoricalProcess(.uniform, count: 5, rates: [0.1, 0.3, 0.2, 0.5, 0.05]),
    CategoricalProcess(.absorbing(mask: 4), count: 5, rates: [0.1, 0.3, 0.2, 0.5, 0.9]),
    CategoricalProcess(.gaussian(step: 0.5), count: 5, rates: [0.1, 0.3, 0.2, 0.5, 0.4]),
  ]

  /// Rows of Q_t and Q̄_t and posteriors sum to one and are not negative; the closed form is the product (1e-12).
  @Test(arguments: processes)
  func rowsSumToOne(_ process: CategoricalProcess) {
    for t in 1...process.steps {
      for matrix in [process.step(t), process.cumulative(t)] {
        #expect(matrix.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-12 && $0.allSatisfy { $0 >= 0 } })
      }
      #expect(close(process.cumulative(t), process.product(t), 1e-12))
      let (one, before, now) = (process.step(t), process.cumulative(t - 1), process.cumulative(t))
      for i in 0..<5 {
        for j in 0..<5 where now[i][j] > 1e-9 {
          let posterior = process.posterior(t, noisy: j, clean: i)
          #expect(abs(posterior.reduce(0, +) - 1) < 1e-12)
          // Bayes: the joint of x_{t−1} and x_t, both ways.
          for k in 0..<5 { #expect(abs(posterior[k] * now[i][j] - before[i][k] * one[k][j]) < 1e-12) }
        }
      }
    }
    let end = process.stationary
    let long = CategoricalProcess(process.noise, count: 5, rates: Array(repeating: 0.5, count: 200)).product(200)
    #expect(long.allSatisfy { close($0, end, 1e-6) })
  }

  /// Four words, T = 4, ᾱ = ¾, ½, ¼, 0: the posterior of a masked word is 1, ½, ⅓, ¼ (exact numbers by hand).
  @Test func goldenNumbers() {
    let absorbing = CategoricalProcess(.absorbing(mask: 3), count: 4, schedule: .even(4))
    #expect(close((0...4).map(absorbing.signal), [1, 0.75, 0.5, 0.25, 0], 1e-12))
    #expect(close(absorbing.step(2)[0], [2.0 / 3, 0, 0, 1.0 / 3], 1e-12) && close(absorbing.step(2)[3], [0, 0, 0, 1], 1e-12))
    for (t, share) in [(1, 1.0), (2, 0.5), (3, 1.0 / 3), (4, 0.25)] {
      #expect(close(absorbing.posterior(t, noisy: 3, clean: 1), [0, share, 0, 1 - share], 1e-12))
      #expect(t == 4 || close(absorbing.posterior(t, noisy: 1, clean: 1), [0, 1, 0, 0], 1e-12))
    }
    // One term of the bound is the cross-entropy divided by t.
    let term = absorbing.boundTerm(3, noisy: 3, clean: 1, predicted: [0.3, 0.3, 0.4, 0])
    #expect(abs(term - 0.401324) < 1e-6 && abs(term - -log(0.3) / 3) < 1e-12)

    let uniform = CategoricalProcess(.uniform, count: 3, rates: [0.3, 0.3, 0.3])
    #expect(close(uniform.step(1)[0], [0.8, 0.1, 0.1], 1e-12) && close(uniform.cumulative(2)[0], [0.66, 0.17, 0.17], 1e-12))
    #expect(abs(uniform.cumulative(3)[1][1] - 0.562) < 1e-12)
    #expect(close(uniform.posterior(2, noisy: 0, clean: 0), [0.969697, 0.015152, 0.015152], 1e-6))
    #expect(close(uniform.posterior(2, noisy: 1, clean: 0), [0.470588, 0.470588, 0.058824], 1e-6))
    // The network's step is not the mixture of the posteriors, but for absorbing noise it is.
    let p = [0.6, 0.3, 0.1]
    #expect(close(uniform.reverse(2, noisy: 1, predicted: p), [0.164038, 0.782334, 0.053628], 1e-6))
    let mixture = (0..<3).map { k in (0..<3).reduce(0) { $0 + p[$1] * uniform.posterior(2, noisy: 1, clean: $1)[k] } }
    #expect(close(mixture, [0.292781, 0.620321, 0.086898], 1e-6))
    let masked = [0.6, 0.3, 0.1, 0]
    let both = (0..<4).map { k in (0..<3).reduce(0) { $0 + masked[$1] * absorbing.posterior(2, noisy: 3, clean: $1)[k] } }
    #expect(close(absorbing.reverse(2, noisy: 3, predicted: masked), both, 1e-12))

    let gaussian = CategoricalProcess(.gaussian(step: 0.5), count: 5, rates: [0.5])
    #expect(close(gaussian.step(1)[0], [0.699472, 0.241971, 0.053991, 0.004432, 0.000134], 1e-6))
    #expect(close(gaussian.step(1)[2], [0.053991, 0.241971, 0.408075, 0.241971, 0.053991], 1e-6))
  }
}

@Suite struct OtherProcessTests {
  @Test func masking() {
    let process = MaskingProcess(mask: 9)
    #expect(process.probability(1) == 1 && abs(process.probability(0) - 1e-3) < 1e-12 && abs(process.weight(0.5) - 1 / 0.5005) < 1e-12)
    var generator = SeededGenerator(seed: 1)
    let text = Array(repeating: 1, count: 20_000)
    let masked = process.noised(text, at: 0.3, given: [0, 1], using: &generator)
    let share = Double(masked.filter { $0 == 9 }.count) / 20_000
    #expect(abs(share - process.probability(0.3)) < 0.015 && masked[0] == 1 && masked[1] == 1)
    #expect(process.noised(text, at: 1, using: &generator).allSatisfy { $0 == 9 })
    #expect(MaskingProcess.quota(7, steps: 3) == [3, 2, 2] && MaskingProcess.quota(2, steps: 4) == [1, 1, 0, 0])
    #expect(MaskingProcess.spreadTimes(0.6, batch: 2).map { ($0 * 10).rounded() } == [6, 1])
    #expect(MaskingProcess.countWeight(masked: 2, of: 8) == 4 && MaskingProcess.stays(from: 0.5, to: 0.25) == 0.5)
  }

  /// The three ways to the bound agree: mean over all orders, exact counts, sum over even times (1e-9). "The network" gives a loss to each
  /// position by the set of known ones.
  @Test func theBoundIsTheMeanOverOrders() {
    func loss(_ position: Int, _ known: Set<Int>) -> Double {
      1 + 0.3 * sin(Double(position * 7 + known.reduce(0) { $0 + 3 * ($1 + 1) * ($1 + 1) }))
    }
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    let mean = orders.reduce(0.0) { sum, order in
      sum + order.indices.reduce(0.0) { $0 + loss(order[$1], Set(order[..<$1])) } / 6
    }
    let subsets = (0..<8).map { bits in Set((0..<3).filter { bits >> $0 & 1 == 1 }) }
    func maskedLoss(_ masked: Set<Int>) -> Double { masked.reduce(0) { $0 + loss($1, Set(0..<3).subtracting(masked)) } }
    let byCount = (1...3).reduce(0.0) { sum, l in
      let sets = subsets.filter { $0.count == l }
      return sum + sets.reduce(0) { $0 + maskedLoss($1) } / Double(sets.count) * MaskingProcess.countWeight(masked: l, of: 3) / 3
    }
    #expect(abs(mean - byCount) < 1e-9)
    // D3PM's sum over T absorbing steps tends to the same: midpoints of the t-integral (1e-6).
    let n = 20_000
    let integral = (0..<n).reduce(0.0) { sum, i in
      let t = (Double(i) + 0.5) / Double(n)
      return sum + subsets.reduce(0) { $0 + pow(t, Double($1.count)) * pow(1 - t, Double(3 - $1.count)) * maskedLoss($1) } / t / Double(n)
    }
    #expect(abs(mean - integral) < 1e-6)
  }

  /// Worked example of AR-Diffusion, its monotony in both directions, and its limits.
  @Test func positionTimes() {
    let plan = PositionTimes(steps: 10, length: 4)
    #expect(plan.times(3) == [0, 1, 2, 3] && plan.times(0) == [0, 0, 0, 0] && plan.times(6) == [3, 4, 4, 5])
    for plan in [plan, PositionTimes(steps: 200, length: 24), PositionTimes(steps: 7, length: 30)] {
      for i in 0..<plan.count {
        let times = plan.times(i)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "later positions are never cleaner")
        if i > 0 { #expect(zip(plan.times(i - 1), times).allSatisfy { $0 <= $1 }, "no position grows noisier again") }
      }
      #expect(plan.times(0).allSatisfy { $0 == 0 })
    }
    // A far end makes the line flat (Diffusion-LM).
    let flat = PositionTimes(steps: 10, length: 4, reach: 1 << 20).times(8)
    #expect(Set(flat) == [5])
  }

  @Test func simplex() {
    let process = SimplexProcess(.cosine(10, offset: 1e-4))
    let start = process.point([2, 0], vocabulary: 43)
    #expect(abs(softmax(start).values[2] - process.certainty(vocabulary: 43)) < 1e-6 && abs(process.certainty(vocabulary: 43) - 0.99810) < 1e-5)
    #expect(difference(process.noised(start, .filled([2, 43], with: 1), at: 0), start) == 0)
    #expect(difference(process.projected(start, .greedy), start) == 0)
    let logits = Tensor([Float(log(0.5)), Float(log(0.3)), Float(log(0.2))], [1, 3])
    #expect(process.projected(logits, .nucleus(0.7)).values == [5, 5, -5] && process.projected(logits, .nucleus(0.4)).values == [5, -5, -5])
  }

  /// The training mask of block diffusion: its size, block 1 and block = length (exact).
  @Test func blockDiffusionMask() {
    func open(_ block: Int, _ length: Int) -> Int {
      Mask.blockDiffusion(block: block, length: length).matrix(queries: 0..<(2 * length), keys: 0..<(2 * length)).joined().filter { $0 }.count
    }
    for (length, block) in [(4, 2), (8, 1), (8, 4), (8, 8)] { #expect(open(block, length) == length * length + length * block) }
  }
}
