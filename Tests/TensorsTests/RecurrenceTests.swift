// Linear recurrences: one token after the other = in chunks = all at once = the sum that the paper writes; pieces = the whole; and the
// pullbacks against central differences.

import CKernels
import Testing

@testable import Tensors

private func normal(_ shape: Shape, _ g: inout SeededGenerator, _ deviation: Float = 1) -> Tensor { .normal(shape, deviation: deviation, using: &g) }

private func between(_ low: Float, _ high: Float, _ shape: Shape, _ g: inout SeededGenerator) -> Tensor {
  Tensor((0..<shape.elementCount).map { _ in low + (high - low) * g.uniform() }, shape)
}

private func largest(_ a: Tensor, _ b: Tensor) -> Float {
  #expect(a.shape == b.shape)
  return zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
}

/// One problem: what the families of the recurrence feed it with.
struct RecurrenceCase: Sendable, CustomStringConvertible {
  enum Decay: Sendable { case none, head, row }
  let decay: Decay, corrects: Bool
  var description: String { "decay \(decay)\(corrects ? ", corrected" : "")" }

  struct Inputs { var state: Tensor, q: Tensor, k: Tensor, v: Tensor, decay: Tensor?, correction: Correction? }

  func inputs(batch b: Int, tokens t: Int, heads h: Int, keys d: Int, values e: Int, seed: UInt64) -> Inputs {
    var g = SeededGenerator(seed: seed)
    let k = normal([b, t, h, d], &g), unit = k / (k * k).sum().map(.sqrt)
    let rate = between(0.1, 0.9, [b, t, h, 1], &g)
    return Inputs(
      state: normal([b, h, d, e], &g), q: normal([b, t, h, d], &g) * 0.5, k: corrects ? unit * rate : k, v: normal([b, t, h, e], &g),
      decay: decay == .none ? nil : between(0.6, 1, [b, t, h, decay == .head ? 1 : d], &g),
      correction: corrects ? Correction(read: -unit, write: unit * rate) : nil)
  }
}

private let recurrenceCases = [
  RecurrenceCase(decay: .none, corrects: false), RecurrenceCase(decay: .head, corrects: false), RecurrenceCase(decay: .row, corrects: false),
  RecurrenceCase(decay: .none, corrects: true), RecurrenceCase(decay: .head, corrects: true), RecurrenceCase(decay: .row, corrects: true),
]

@Suite struct RecurrenceTests {
  /// Float32, outputs of size 1 to 20: 2e-5 of the largest.
  @Test(arguments: recurrenceCases) func threeFormsAgree(_ c: RecurrenceCase) {
    let x = c.inputs(batch: 2, tokens: 45, heads: 3, keys: 8, values: 37, seed: 4)
    func run(_ form: RecurrentForm) -> (output: Tensor, state: Tensor) {
      recur(x.q, x.k, x.v, decay: x.decay, correction: x.correction, from: x.state, form: form)
    }
    let plain = run(.recurrent), size = plain.output.values.map(abs).max()!
    for form in [RecurrentForm.parallel, .chunkwise(1), .chunkwise(7), .chunkwise(16), .chunkwise(64)] {
      let other = run(form)
      #expect(largest(plain.output, other.output) < 2e-5 * max(1, size), "\(form)")
      #expect(largest(plain.state, other.state) < 2e-5 * max(1, size), "\(form)")
    }
  }

  /// Decays that forget all at once (0), nearly (1e-30) or never (1): the forms still agree and nothing is NaN. 2e-5 of the largest.
  @Test(arguments: recurrenceCases.filter { $0.decay != .none }) func formsAgreeHoweverFastItForgets(_ c: RecurrenceCase) {
    var x = c.inputs(batch: 1, tokens: 40, heads: 2, keys: 4, values: 5, seed: 12)
    let kinds: [Float] = [0, 1e-30, 1, 0.5, 1e-4, 0.999]
    x.decay = Tensor(x.decay!.values.indices.map { kinds[$0 * 7 % 11 % 6] }, x.decay!.shape)
    let plain = recur(x.q, x.k, x.v, decay: x.decay, correction: x.correction, from: x.state), size = plain.output.values.map(abs).max()!
    for form in [RecurrentForm.parallel, .chunkwise(3), .chunkwise(16)] {
      let other = recur(x.q, x.k, x.v, decay: x.decay, correction: x.correction, from: x.state, form: form)
      #expect(other.output.values.allSatisfy { $0.isFinite })
      #expect(largest(plain.output, other.output) < 2e-5 * size && largest(plain.state, other.state) < 2e-5 * size, "\(form)")
    }
  }

  /// Against the definition, in float64.
  @Test(arguments: recurrenceCases) func theKernelIsTheDefinition(_ c: RecurrenceCase) {
    for level in [Int32(0), 1, 2] {
      ork_limit_instructions(level)
      defer { ork_limit_instructions(2) }
      let (b, t, h, d, e) = (2, 9, 2, 5, 19)
      let x = c.inputs(batch: b, tokens: t, heads: h, keys: d, values: e, seed: 8)
      let (q, k, v, w) = (x.q.values, x.k.values, x.v.values, x.decay?.values)
      let (read, write) = (x.correction?.read.values, x.correction?.write.values)
      var s = x.state.values.map(Double.init), expected: [Double] = Array(repeating: 0, count: b * t * h * e)
      for i in 0..<b { for n in 0..<t { for j in 0..<h {
        let row = (i * t + n) * h + j, base = (i * h + j) * d * e
        for m in 0..<e {
          let known = (0..<d).reduce(0.0) { $0 + Double(read?[row * d + $1] ?? 0) * s[base + $1 * e + m] }
          for r in 0..<d {
            let keep = w.map { Double(c.decay == .head ? $0[row] : $0[row * d + r]) } ?? 1
            s[base + r * e + m] = keep * s[base + r * e + m] + Double(write?[row * d + r] ?? 0) * known + Double(k[row * d + r]) * Double(v[row * e + m])
            expected[row * e + m] += Double(q[row * d + r]) * s[base + r * e + m]
          }
        }
      } } }
      let y = recur(x.q, x.k, x.v, decay: x.decay, correction: x.correction, from: x.state)
      #expect(zip(y.output.values, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
      #expect(zip(y.state.values, s).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    }
  }

  @Test(arguments: recurrenceCases) func aSplitTextIsOneText(_ c: RecurrenceCase) {
    let x = c.inputs(batch: 1, tokens: 20, heads: 2, keys: 4, values: 6, seed: 1)
    let whole = recur(x.q, x.k, x.v, decay: x.decay, correction: x.correction, from: x.state)
    for cut in [1, 7, 19] {
      var state = x.state, parts: [Tensor] = []
      for range in [0..<cut, cut..<20] {
        func part(_ y: Tensor) -> Tensor { y.slice(range, axis: 1) }
        let y = recur(
          part(x.q), part(x.k), part(x.v), decay: x.decay.map(part),
          correction: x.correction.map { Correction(read: part($0.read), write: part($0.write)) }, from: state)
        parts.append(y.output)
        state = y.state
      }
      // The same operations in the same order: the same bits.
      #expect(concatenate(parts, axis: 1).values == whole.output.values)
      #expect(state.values == whole.state.values)
    }
  }

  @Test(arguments: recurrenceCases) func pullbacksAreTheDifferences(_ c: RecurrenceCase) {
    let x = c.inputs(batch: 2, tokens: 4, heads: 2, keys: 3, values: 5, seed: 6)
    let inputs = [x.state, x.q, x.k, x.v] + (x.decay.map { [$0] } ?? []) + (x.correction.map { [$0.read, $0.write] } ?? [])
    differences(LinearRecurrence(decays: x.decay != nil, corrects: x.correction != nil), inputs, tolerance: 2e-3)
  }

  @Test func theShapeRuleSaysWhatIsWrong() {
    let q = Tensor(outline: [1, 3, 2, 4]), v = Tensor(outline: [1, 3, 2, 5])
    let wrong = recur(q, q, v, from: Tensor(outline: [1, 2, 4, 6]))
    #expect(wrong.output.fault?.description.contains("the state must be [1×2×4×5]") == true)
    let decay = recur(q, q, v, decay: Tensor(outline: [1, 3, 2, 2]), from: Tensor(outline: [1, 2, 4, 5]))
    #expect(decay.output.fault?.description.contains("one number for each head") == true)
    let outline = recur(q, q, v, decay: Tensor(outline: [1, 3, 2, 4]), from: Tensor(outline: [1, 2, 4, 5]), form: .parallel)
    #expect(outline.output.shape == v.shape && outline.output.isOutline)
  }

  // MARK: triangular systems

  @Test func unitSolveSolves() {
    var g = SeededGenerator(seed: 3)
    let a = normal([2, 6, 6], &g, 0.4), y = normal([2, 6, 3], &g)
    let x = UnitSolve().apply([a, y]), below = a * Tensor.lower(6, strict: true)
    #expect(largest(x - matmul(below, x), y) < 1e-5)
    differences(UnitSolve(), [a, y], tolerance: 2e-3)
  }

  // MARK: RWKV-4

  /// The weighted average as the paper writes it, in float64.
  private func average(_ k: [Float], _ v: [Float], _ w: [Float], _ u: [Float], tokens: Int, channels: Int) -> [Double] {
    (0..<(tokens * channels)).map { index in
      let t = index / channels, c = index % channels
      var above = 0.0, below = 0.0
      for s in 0...t {
        let exponent = Double(k[s * channels + c]) + (s == t ? Double(u[c]) : Double(t - 1 - s) * Double(w[c]))
        above += exp(exponent) * Double(v[s * channels + c])
        below += exp(exponent)
      }
      return above / below
    }
  }

  @Test func wkvIsTheWeightedAverage() {
    var g = SeededGenerator(seed: 5)
    let (t, c) = (30, 21)
    let k = normal([1, t, c], &g), v = normal([1, t, c], &g), w = between(-3, -0.01, [c], &g), u = normal([c], &g)
    for level in [Int32(0), 1, 2] {
      ork_limit_instructions(level)
      defer { ork_limit_instructions(2) }
      let y = WKV().apply(all: [WKV.start(batch: 1, channels: c), k, v, w, u])[0]
      let expected = average(k.values, v.values, w.values, u.values, tokens: t, channels: c)
      #expect(zip(y.values, expected).allSatisfy { abs(Double($0) - $1) < 2e-6 })
    }
  }

  @Test func largeExponentsDoNotOverflow() {
    let k = Tensor([100, -300, 120, 400], [1, 4, 1]), v = Tensor([1, 2, 3, 4], [1, 4, 1])
    let y = WKV().apply(all: [WKV.start(batch: 1, channels: 1), k, v, Tensor([-0.5], [1]), Tensor([0.3], [1])])[0].values
    #expect(y.allSatisfy { $0.isFinite } && abs(y[0] - 1) < 1e-6 && abs(y[1] - 1) < 1e-6 && abs(y[3] - 4) < 1e-6)
  }

  @Test func wkvCarriesItsState() {
    var g = SeededGenerator(seed: 9)
    let k = normal([2, 12, 5], &g), v = normal([2, 12, 5], &g), w = between(-1, -0.1, [5], &g), u = normal([5], &g)
    let start = WKV.start(batch: 2, channels: 5), whole = WKV().apply(all: [start, k, v, w, u])
    let first = WKV().apply(all: [start, k.slice(0..<5, axis: 1), v.slice(0..<5, axis: 1), w, u])
    let second = WKV().apply(all: [first[1], k.slice(5..<12, axis: 1), v.slice(5..<12, axis: 1), w, u])
    #expect(concatenate([first[0], second[0]], axis: 1).values == whole[0].values)
    #expect(second[1].values == whole[1].values)
  }

  /// Token by token = chunks = the whole as an attention, from the start and from a state. Averages of size 1: 1e-5.
  @Test func wkvFormsAgree() {
    var g = SeededGenerator(seed: 10)
    let k = normal([2, 23, 5], &g, 3), v = normal([2, 23, 5], &g), w = between(-3, -0.001, [5], &g), u = normal([5], &g)
    let fresh = WKV.start(batch: 2, channels: 5), used = WKV().apply(all: [fresh, v, k, w, u])[1]
    for start in [fresh, used] {
      let plain = wkv(k, v, decay: w, bonus: u, from: start)
      for form in [RecurrentForm.parallel, .chunkwise(1), .chunkwise(7)] {
        let other = wkv(k, v, decay: w, bonus: u, from: start, form: form)
        #expect(largest(plain.output, other.output) < 1e-5, "\(form)")
        // States are compared by what they make of the next token.
        let next = [plain.state, other.state].map { wkv(v.slice(0..<1, axis: 1), k.slice(0..<1, axis: 1), decay: w, bonus: u, from: $0).output }
        #expect(largest(next[0], next[1]) < 1e-5, "\(form)")
      }
    }
  }

  @Test func wkvPullbackIsTheDifferences() {
    var g = SeededGenerator(seed: 2)
    let b = 2, t = 5, c = 3
    let k = normal([b, t, c], &g), v = normal([b, t, c], &g), w = between(-1, -0.1, [c], &g), u = normal([c], &g)
    var state = normal([b, 3, c], &g)
    let denominator = between(0.5, 2, [b, 1, c], &g)
    state = concatenate([state.slice(0..<1, axis: 1), denominator, state.slice(2..<3, axis: 1)], axis: 1)
    differences(WKV(), [state, k, v, w, u], tolerance: 2e-3)
    differences(WKV(), [WKV.start(batch: b, channels: c), k, v, w, u], skipping: [0], tolerance: 2e-3)
  }
}

/// Holds a primitive's pullback against central differences of a random weighting of all its outputs.
func differences(_ primitive: any Primitive, _ inputs: [Tensor], skipping: Set<Int> = [], tolerance: Float) {
  var g = SeededGenerator(seed: 77)
  let outputs = primitive.evaluate(inputs)
  let weights = outputs.map { normal($0.shape, &g) }
  func loss(_ inputs: [Tensor]) -> Double {
    zip(primitive.evaluate(inputs), weights).reduce(0.0) { sum, pair in
      sum + zip(pair.0.values, pair.1.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
  }
  let gradients = primitive.pullback(inputs, outputs, weights.map { $0 }, needs: Array(repeating: true, count: 9))
  for (i, input) in inputs.enumerated() where !skipping.contains(i) {
    guard let gradient = gradients[i] else { continue }
    #expect(gradient.shape == input.shape && gradient.fault == nil)
    let computed = gradient.values, scale = max(1, computed.map(abs).max() ?? 1)
    for n in 0..<input.count {
      let step: Float = 4e-3
      func moved(_ by: Float) -> [Tensor] {
        var values = input.values
        values[n] += by
        var all = inputs
        all[i] = Tensor(values, input.shape)
        return all
      }
      let slope = Float((loss(moved(step)) - loss(moved(-step))) / Double(2 * step))
      #expect(abs(slope - computed[n]) < tolerance * scale, "input \(i), number \(n): \(slope) and \(computed[n])")
    }
  }
}

#if canImport(Glibc)
import Glibc
#endif
