// An oracle, a denoiser that knows the text, restores it under every kind of noise, with any number of steps, seed and block: noise on vectors in its
// three parametrisations, straight flows, noise on words by all three matrices, noise on the simplex. And what rounding and clamping do.

import Blocks
import Generation
import Tensors
import Testing

private let text = [3, 7, 1, 11, 5, 2, 9, 9]
private let table: Tensor = {
  var generator = SeededGenerator(seed: 2)
  // Of length 1: the nearest word is the one with the largest product, which is what rounding asks for.
  let x = Tensor.normal([12, 6], using: &generator)
  return (x / (x * x).sum().map(.sqrt)).materialised
}()
private func vectors(_ ids: [Int]) -> Tensor { Tensor(ids.flatMap { id in Array(table.values[(id * 6)..<((id + 1) * 6)]) }, [1, ids.count, 6]) }
private func logits(_ ids: [Int], _ count: Int) -> Tensor { Tensor(ids.flatMap { id in (0..<count).map { $0 == id ? Float(9) : 0 } }, [1, ids.count, count]) }

@Suite struct OracleTests {
  @Test(arguments: GaussianProcess.Target.allCases, [NoiseSchedule.squareRoot(60), .cosine(40), .linear(50)])
  func vectorsAreRestored(_ target: GaussianProcess.Target, _ schedule: NoiseSchedule) throws {
    let process = GaussianProcess(schedule), clean = vectors(text)
    for (steps, perPosition, clamps, eta) in [(nil, false, false, nil), (7, false, true, nil), (1, false, false, 0), (nil, true, false, nil)] as [(Int?, Bool, Bool, Double?)] {
      var decoding = ContinuousDiffusion(schedule: schedule, target: target, table: table) { x, times, _ in
        // What a perfect network answers for the noisy vectors that it is shown, position by position.
        concatenate(times.indices.map { i -> Tensor in
          let (x, y) = (x.slice(i..<(i + 1), axis: 1), clean.slice(i..<(i + 1), axis: 1)), t = max(1, times[i])
          return process.answer(y, process.noise(y, x, at: t), at: t, target: target)
        }, axis: 1)
      }
      (decoding.steps, decoding.perPosition, decoding.clamps, decoding.eta, decoding.seed) = (steps, perPosition, clamps, eta, 5)
      var moves = 0
      let new = try decoding.write(Array(text[..<2]), limit: 6, run: Run()) { step in
        // The prompt is never noised.
        #expect(Array(step.canvas[..<2]) == Array(text[..<2]))
        moves += 1
        return true
      }
      #expect(new == Array(text[2...]) && moves >= (steps ?? 1), "\(target), \(schedule.name), \(String(describing: steps)) steps")
      decoding.stops = [11]
      #expect(try decoding.write(Array(text[..<2]), limit: 6, run: Run()) { _ in true } == [1, 11])
    }
  }

  @Test func flowsArrive() throws {
    for steps in [1, 3, 20] {
      let clean = vectors(text)
      let flow = FlowDecoding(table: table, steps: steps) { x, u, _ in RectifiedFlow.velocity(at: x, expecting: clean, u) }
      #expect(try flow.write(Array(text[..<3]), limit: 5, run: Run()) == Array(text[3...]))
      // A text ends with the first token that ends it: what the canvas has room for behind it says nothing.
      var ending = flow
      ending.stops = [5, 9]
      #expect(try ending.write(Array(text[..<3]), limit: 5, run: Run()) == [11, 5])
    }
  }

  /// All three matrices of D3PM.
  @Test(arguments: [CategoricalProcess.Noise.uniform, .absorbing(mask: 0), .gaussian(step: 0.4)]) func wordsAreRestored(_ noise: CategoricalProcess.Noise) throws {
    for steps in [1, 4, 25] {
      var decoding = CategoricalDiffusion(CategoricalProcess(noise, count: 12, schedule: .even(steps))) { _, _, _ in logits(text, 12) * 4 }
      for seed in 0..<3 {
        decoding.seed = UInt64(seed)
        var passes = 0
        let new = try decoding.write([3], limit: 7, run: Run()) { _ in
          passes += 1
          return true
        }
        decoding.stops = [2, 5]
        #expect(try decoding.write([3], limit: 7, run: Run()) { _ in true } == [7, 1, 11, 5])
        decoding.stops = []
        #expect(new == Array(text[1...]) && passes == steps)
      }
    }
  }

  @Test(arguments: [1, 3, 7]) func simplexBlocksAreRestored(_ block: Int) throws {
    var decoding = SimplexDiffusion(SimplexProcess(.cosine(20, offset: 1e-4)), block: block, vocabulary: 12) { context, s, _, _ in
      logits(Array(text[context.count..<(context.count + s.shape[1])]), 12)
    }
    for projection in [SimplexProcess.Projection.greedy, .nucleus(0.9)] {
      decoding.projection = projection
      #expect(try decoding.write([3], limit: 7, run: Run()) == Array(text[1...]))
    }
  }

  /// A network that points between two words: its prediction lies 0.4 of the way from its nearest word to the other; clamping moves it that far.
  @Test func clampingPutsPredictionsOntoWords() throws {
    let between = (vectors([4]) * 0.6 + vectors([8]) * 0.4).materialised
    for clamps in [false, true] {
      var decoding = ContinuousDiffusion(schedule: .squareRoot(20), target: .clean, table: table) { _, _, _ in between }
      decoding.clamps = clamps
      var distances: [Float] = [], last: [TraceDetail] = []
      let new = try decoding.write([], limit: 1, run: Run()) { step in
        last = step.details
        if case .tokens(let cells) = step.details[0].content { distances.append(cells[0].number ?? -1) }
        return true
      }
      #expect(new == [4])
      let apart = zip(table.values[24..<30], table.values[48..<54]).map { (one: Float, other: Float) -> Float in (one - other) * (one - other) }
      let gap: Float = 0.4 * apart.reduce(0, +).squareRoot()
      #expect(abs(distances.last! - gap) < 1e-3 * gap)
      guard case .facts(let facts) = last[1].content else { return }
      let clamped = facts.first { $0.name == "clamped" }?.value
      if clamps, case .number(let moved)? = clamped { #expect(abs(moved - gap) < 1e-3 * gap) } else { #expect(!clamps && clamped == .text("no")) }
    }
  }
}
