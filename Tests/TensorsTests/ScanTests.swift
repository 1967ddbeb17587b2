// Scans and convolutions: sequence = parallel = chunks = the definition in float64; pieces = whole; FFT = direct; the same bits for any number of
// threads; pullbacks against central differences.

import CKernels
import Foundation
import Testing

@testable import Tensors

private struct Problem {
  var inputs: [Tensor]                                        // x, Δ, A, B, C, h

  init(_ b: Int, _ t: Int, _ e: Int, _ n: Int, seed: UInt64) {
    var g = SeededGenerator(seed: seed)
    func normal(_ shape: Shape) -> Tensor { .normal(shape, deviation: 1, using: &g) }
    func between(_ low: Float, _ high: Float, _ shape: Shape) -> Tensor {
      Tensor((0..<shape.elementCount).map { _ in low + (high - low) * g.uniform() }, shape)
    }
    inputs = [normal([b, t, e]), between(0.01, 0.8, [b, t, e]), between(-3, -0.1, [e, n]), normal([b, t, n]), normal([b, t, n]), normal([b, e, n])]
  }

  func run(_ form: RecurrentForm = .recurrent) -> (output: Tensor, state: Tensor) {
    scan(inputs[0], step: inputs[1], a: inputs[2], b: inputs[3], c: inputs[4], from: inputs[5], form: form)
  }

  /// The definition, in float64.
  var defined: (y: [Double], h: [Double]) {
    let v = inputs.map { $0.values.map(Double.init) }
    let (b, t, e, n) = (inputs[0].shape[0], inputs[0].shape[1], inputs[0].shape[2], inputs[2].shape[1])
    var h = v[5], y: [Double] = []
    for s in 0..<b { for i in 0..<t { for c in 0..<e {
      let row = (s * t + i) * e + c
      var sum = 0.0
      for k in 0..<n {
        let at = (s * e + c) * n + k
        h[at] = exp(v[1][row] * v[2][c * n + k]) * h[at] + v[1][row] * v[0][row] * v[3][(s * t + i) * n + k]
        sum += h[at] * v[4][(s * t + i) * n + k]
      }
      y.append(sum)
    } } }
    return (y, h)
  }
}

private func far(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }

/// Gradient of Σ weights·outputs by central differences, for some elements of every input.
private func checkPullback(_ primitive: some Primitive, _ inputs: [Tensor], tolerance: Float = 2e-2) {
  let outputs = primitive.evaluate(inputs)
  var g = SeededGenerator(seed: 5)
  let weights = outputs.map { Tensor.normal($0.shape, deviation: 1, using: &g) }
  func loss(_ inputs: [Tensor]) -> Double {
    zip(primitive.evaluate(inputs), weights).reduce(0) { sum, pair in sum + zip(pair.0.values, pair.1.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }
  }
  let gradients = primitive.pullback(inputs, outputs, weights, needs: Array(repeating: true, count: 9))
  for i in inputs.indices {
    let gradient = gradients[i]!.values
    let size = max(1, gradient.map(abs).max()!)
    for at in stride(from: 0, to: inputs[i].count, by: max(1, inputs[i].count / 12)) {
      func moved(_ by: Float) -> [Tensor] {
        var values = inputs[i].values, copy = inputs
        values[at] += by
        copy[i] = Tensor(values, inputs[i].shape)
        return copy
      }
      let difference = Float((loss(moved(1e-2)) - loss(moved(-1e-2))) / 2e-2)
      #expect(abs(difference - gradient[at]) < tolerance * size, "input \(i), element \(at): \(gradient[at]), by differences \(difference)")
    }
  }
}

@Suite(.serialized) struct ScanTests {
  @Test(arguments: [(2, 19, 37, 5), (1, 1, 16, 16), (3, 7, 3, 1), (1, 40, 70, 16)]) func scanIsTheDefinition(_ b: Int, _ t: Int, _ e: Int, _ n: Int) {
    let problem = Problem(b, t, e, n, seed: 2), expected = problem.defined
    withEveryInstructionSet { name in
      let (y, h) = problem.run()
      #expect(distance(y.values, expected.y) < 5e-6 && distance(h.values, expected.h) < 5e-6, "\(name)")
    }
  }

  @Test func formsAgree() {
    let problem = Problem(2, 45, 9, 4, seed: 3), plain = problem.run(), size = plain.output.values.map(abs).max()!
    for form in [RecurrentForm.parallel, .chunkwise(1), .chunkwise(2), .chunkwise(7), .chunkwise(16), .chunkwise(64)] {
      let other = problem.run(form)
      #expect(far(plain.output.values, other.output.values) < 2e-5 * size && far(plain.state.values, other.state.values) < 2e-5 * size, "\(form)")
    }
  }

  @Test(arguments: [1, 2, 3, 8, 13, 31]) func prefixesAreWhatAChainGives(_ count: Int) {
    var g = SeededGenerator(seed: 4)
    let a = Tensor((0..<count).map { _ in g.uniform() }, [1, count, 1]), b = Tensor.normal([1, count, 1], deviation: 1, using: &g)
    var (decay, write): (Float, Float) = (1, 0)
    var decays: [Float] = [], writes: [Float] = []
    for i in 0..<count {
      write = a.values[i] * write + b.values[i]
      decay *= a.values[i]
      decays.append(decay)
      writes.append(write)
    }
    let found = prefixes(a, b)
    #expect(found.decay.shape == [1, count, 1] && far(found.decay.values, decays) < 1e-6 && far(found.write.values, writes) < 1e-5)
  }

  @Test func piecesAreTheWholeAndThreadsChangeNoBit() {
    let problem = Problem(2, 64, 130, 16, seed: 6), whole = problem.run()
    var parts: [Tensor] = [], state = problem.inputs[5]
    for range in [0..<1, 1..<30, 30..<64] {
      let x = problem.inputs.enumerated().map { [2, 5].contains($0.offset) ? $0.element : $0.element.slice(range, axis: 1) }
      let both = SelectiveScan().apply(all: Array(x.dropLast()) + [state])
      parts.append(both[0])
      state = both[1]
    }
    #expect(concatenate(parts, axis: 1).values == whole.output.values && state.values == whole.state.values)
    let before = ork_threads()
    ork_set_threads(1)
    #expect(problem.run().output.values == whole.output.values)
    ork_set_threads(before)
  }

  @Test func pullbacksAreCentralDifferences() {
    checkPullback(SelectiveScan(), Problem(2, 6, 3, 4, seed: 9).inputs)
    var g = SeededGenerator(seed: 7)
    func normal(_ shape: Shape) -> Tensor { .normal(shape, deviation: 1, using: &g) }
    checkPullback(DepthwiseConvolution(), [normal([2, 8, 5]), normal([5, 4]), normal([5])])
    for method in LongConvolution.Method.allCases { checkPullback(LongConvolution(method), [normal([2, 9, 3]), normal([3, 9])]) }
  }

  @Test func shapesAreChecked() {
    func message(_ x: Tensor) -> String { x.fault.map { "\($0)" } ?? "none" }
    func x(_ shape: Int...) -> Tensor { Tensor(outline: shape) }
    #expect(message(SelectiveScan().apply(all: [x(1, 2, 3), x(1, 2, 4), x(3, 2), x(1, 2, 2), x(1, 2, 2), x(1, 3, 2)])[0]).contains("needs x and Δ [b, t, e]"))
    #expect(message(SelectiveScan().apply(all: [x(1, 2, 3), x(1, 2, 3), x(4, 2), x(1, 2, 2), x(1, 2, 2), x(1, 3, 2)])[0]).contains("A must have a row for each of the 3 channels"))
    #expect(message(SelectiveScan().apply(all: [x(1, 2, 3), x(1, 2, 3), x(3, 2), x(1, 2, 5), x(1, 2, 2), x(1, 3, 2)])[0]).contains("B and C must be [1×2×2]"))
    #expect(message(SelectiveScan().apply(all: [x(1, 2, 3), x(1, 2, 3), x(3, 2), x(1, 2, 2), x(1, 2, 2), x(1, 3, 9)])[0]).contains("the state must be [1×3×2]"))
    #expect(message(DepthwiseConvolution().apply([x(1, 5, 3), x(4, 2)])).contains("needs x [b, taps − 1 + t, c], w [c, taps]"))
    #expect(message(DepthwiseConvolution().apply([x(1, 2, 3), x(3, 5)])).contains("5 taps need 4 tokens before the text"))
    #expect(message(LongConvolution().apply([x(1, 5, 3), x(3, 4)])).contains("needs x [b, t, c] and a kernel [c, t]"))
  }
}

@Suite(.serialized) struct ConvolutionTests {
  @Test(arguments: [(1, 1), (4, 37), (3, 130)]) func shortOneIsTheSum(_ taps: Int, _ channels: Int) {
    var g = SeededGenerator(seed: 1)
    let tokens = 9, x = Tensor.normal([2, tokens + taps - 1, channels], deviation: 1, using: &g), w = Tensor.normal([channels, taps], deviation: 1, using: &g)
    let bias = Tensor.normal([channels], deviation: 1, using: &g)
    let (xs, ws, bs) = (x.values.map(Double.init), w.values.map(Double.init), bias.values.map(Double.init))
    func expected(_ bias: Bool) -> [Double] {
      var result: [Double] = []
      for b in 0..<2 { for t in 0..<tokens { for c in 0..<channels {
        var sum = bias ? bs[c] : 0
        for j in 0..<taps {
          let row = b * (tokens + taps - 1) + t + j
          sum += ws[c * taps + j] * xs[row * channels + c]
        }
        result.append(sum)
      } } }
      return result
    }
    withEveryInstructionSet { name in
      #expect(distance(DepthwiseConvolution().apply([x, w, bias]).values, expected(true)) < 2e-6, "\(name)")
      #expect(distance(DepthwiseConvolution().apply([x, w]).values, expected(false)) < 2e-6, "\(name)")
    }
  }

  /// Transforms in double precision: only the results are rounded (outputs up to about 70).
  @Test(arguments: [1, 2, 3, 17, 64, 100, 513]) func transformsAreTheSum(_ tokens: Int) {
    var g = SeededGenerator(seed: 2)
    let x = Tensor.normal([2, tokens, 3], deviation: 1, using: &g), k = Tensor.normal([3, tokens], deviation: 1, using: &g)
    let direct = LongConvolution(.direct).apply([x, k]).values, fourier = LongConvolution().apply([x, k]).values
    #expect(far(direct, fourier) < 1e-5)
    // The first token sees itself alone: nothing of the end has wrapped around.
    #expect(abs(fourier[0] - x.values[0] * k.values[0]) < 1e-6)
  }

  @Test func aStopEndsAScan() {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    defer { stop.deallocate() }
    stop.initialize(to: 1)
    let trace = Trace(stop: stop), x = Tensor.filled([1, 4, 8], with: 1).tracked(by: trace)
    let y = SelectiveScan().apply(all: [x, x, .filled([8, 2], with: -1), .filled([1, 4, 2], with: 1), .filled([1, 4, 2], with: 1), .filled([1, 8, 2], with: 0)])
    #expect(y[0].fault != nil)
  }
}
