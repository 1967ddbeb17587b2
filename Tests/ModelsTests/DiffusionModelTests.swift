// Removing noise from vectors, categories and logits: oracles restore the text for every process; mini models of every recipe run, and say so
// in their traces.

import Blocks
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

private let text = [3, 1, 4, 1, 5, 2, 0, 2]
private func table() -> Tensor {
  var generator = SeededGenerator(seed: 9)
  return .normal([7, 6], using: &generator)
}
private func rows(_ ids: [Int]) -> Tensor { Tensor(ids.flatMap { id in (0..<6).map { table().values[id * 6 + $0] } }, [1, ids.count, 6]) }

@Suite struct OracleTests {
  /// A denoiser that knows the text restores it with 1, 10 or all steps, with every target, with and without clamping and noise.
  @Test func gaussian() throws {
    let schedule = NoiseSchedule.squareRoot(40), process = GaussianProcess(schedule)
    for target in GaussianProcess.Target.allCases {
      let predict: ContinuousDiffusion.Predictor = { x, times, _ in
        let clean = rows(text)
        let t = max(1, times.last!)
        let noise = process.noise(clean, x, at: t)
        return process.answer(clean, noise, at: t, target: target)
      }
      for steps in [1, 10, 40] {
        for (clamps, eta) in [(false, nil), (true, nil), (false, 0), (false, 0.5)] as [(Bool, Double?)] {
          var way = ContinuousDiffusion(schedule: schedule, target: target, table: table(), predict: predict)
          (way.steps, way.clamps, way.eta, way.seed) = (steps, clamps, eta, 4)
          var count = 0
          // Rounding by the nearest word: the table's rows differ in length.
          let new = try way.write([3, 1], limit: 6, run: Run()) { step in
            count += 1
            guard case .tokens(let cells) = step.details[0].content else { return false }
            #expect(cells[0].mark == .kept && cells[0].number! < 1e-3 && cells[0].token == .token(3), "the prompt is never noised")
            if target == .clean { #expect(cells.map(\.token) == text.map { .token($0) }) }
            return true
          }
          #expect(count == steps)
          if target == .clean { #expect(new.count == 6) }
        }
      }
    }
  }

  /// Each position at its own time: left ones are finished first, and the text is restored.
  @Test func perPosition() throws {
    let predict: ContinuousDiffusion.Predictor = { _, times, _ in
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
      return rows(text)
    }
    for steps in [5, 20] {
      var way = ContinuousDiffusion(schedule: .squareRoot(50), target: .clean, table: table(), round: nearestRounding, predict: predict)
      (way.perPosition, way.steps) = (true, steps)
      var frozen: [Int] = []
      let new = try way.write([3, 1], limit: 6, run: Run()) { step in
        guard case .matrix(let times) = step.details[2].content else { return false }
        frozen.append(times.values[1].filter { $0 == 0 }.count)
        return true
      }
      #expect(new == Array(text[2...]) && zip(frozen, frozen.dropFirst()).allSatisfy { $0 <= $1 } && frozen.last == 8)
    }
  }

  @Test func flow() throws {
    for steps in [1, 3] {
      let way = FlowDecoding(table: table(), steps: steps) { x, u, _ in RectifiedFlow.velocity(at: x, expecting: rows(text), u) }
      #expect(try way.write([3, 1], limit: 6, run: Run()) == Array(text[2...]))
    }
  }

  /// Under absorbing noise a word changes once; under uniform noise it may change more often. The last step takes the most likely word.
  @Test func categorical() throws {
    let predict: @Sendable ([Int], Int, Run) throws -> Tensor = { canvas, _, _ in
      Tensor(canvas.indices.flatMap { i in (0..<7).map { $0 == text[i] ? 40 : 0 } }, [1, canvas.count, 7])
    }
    for noise in [CategoricalProcess.Noise.uniform, .absorbing(mask: 6), .gaussian(step: 0.4)] {
      let process = CategoricalProcess(noise, count: 7, schedule: noise == .absorbing(mask: 6) ? .even(12) : .cosine(12))
      var changes: [Int: Int] = [:]
      let way = CategoricalDiffusion(process, predict: predict)
      let new = try way.write([3, 1], limit: 6, run: Run()) { step in
        for (_, place) in step.chosen { changes[place, default: 0] += 1 }
        return true
      }
      #expect(new == Array(text[2...]), "\(noise)")
      if case .absorbing = noise { #expect(changes.values.allSatisfy { $0 == 1 } && changes.count == 6) }
    }
  }

  /// On the simplex the block is restored in one step; λ = 0 is no guidance, and a strong classifier gets its word.
  @Test func simplex() throws {
    let predict: SimplexDiffusion.Predictor = { context, s, _, _ in
      Tensor((0..<s.shape[1]).flatMap { i in (0..<7).map { $0 == text[context.count + i] ? 6 : 0 } }, [1, s.shape[1], 7])
    }
    for steps in [1, 8] {
      var way = SimplexDiffusion(SimplexProcess(.cosine(8, offset: 1e-4)), block: 4, vocabulary: 7, predict: predict)
      way.steps = steps
      #expect(try way.write([3, 1], limit: 6, run: Run()) == Array(text[2...]))
      // The classifier wants word 6: the gradient of ln p₆ by the logits is e₆ − p.
      way.guidance = { p in
        let wanted: [Float] = (0..<p.count).map { $0 % 7 == 6 ? 1 : 0 }
        return Tensor(wanted, p.shape) - p
      }
      #expect(try way.write([3, 1], limit: 6, run: Run()) == Array(text[2...]))
      way.strength = 20
      #expect(try way.write([3, 1], limit: 6, run: Run()) == Array(repeating: 6, count: 6))
    }
  }

  private let nearestRounding: @Sendable (Tensor, Run) -> Tensor = { x, _ in
    let words = table().values, values = x.values, n = x.shape[1]
    func distance(_ i: Int, _ v: Int) -> Float {
      var sum: Float = 0
      for k in 0..<6 { sum += (values[i * 6 + k] - words[v * 6 + k]) * (values[i * 6 + k] - words[v * 6 + k]) }
      return -sum
    }
    return Tensor((0..<n).flatMap { i in (0..<7).map { distance(i, $0) } }, [1, n, 7])
  }
}

@Suite struct DiffusionModelTests {
  static let body = #"{"encoder": {"layers": 2, "width": 24, "attention": {"multiHead": {"heads": 4}}, "position": "learned", "context": 32, "vocabulary": 20, "embeddingNorm": true}}"#
  static let recipes: [(String, String)] = [
    ("masked", #"{"denoiser": {"model": \#(body), "noise": {"masks": {"mask": 19}}}}"#),
    ("d3pm", #"{"denoiser": {"model": \#(body), "noise": {"categorical": {"kind": "absorbing", "steps": 6}}, "time": 8}}"#),
    ("uniform", #"{"denoiser": {"model": \#(body), "noise": {"categorical": {"kind": "uniform", "steps": 6, "schedule": "cosine"}}, "time": 8}}"#),
    ("diffusion-lm", #"{"denoiser": {"model": \#(body), "noise": {"gaussian": {"steps": 6}}, "vectors": 8, "time": 8, "headBias": true}}"#),
    ("ddpm", #"{"denoiser": {"model": \#(body), "noise": {"gaussian": {"steps": 6, "schedule": "linear", "target": "noise"}}, "time": 8}}"#),
    ("ar-diffusion", #"{"denoiser": {"model": \#(body), "noise": {"gaussian": {"steps": 6, "perPosition": true}}, "vectors": 8, "time": 8}}"#),
    ("flow", #"{"denoiser": {"model": \#(body), "noise": "flow", "vectors": 8, "time": 8}}"#),
    ("ssd-lm", #"{"denoiser": {"model": \#(body), "noise": {"simplex": {"block": 4, "steps": 6}}}}"#),
    (
      "bd3-lm",
      #"{"denoiser": {"model": {"encoder": {"layers": 2, "width": 24, "attention": {"multiHead": {"heads": 4}}, "position": "rope", "norm": {"layerNorm": {"bias": false}}, "mask": {"blockCausal": {"size": 4}}, "context": 32, "vocabulary": 20}}, "noise": {"blocks": {"size": 4, "mask": 19}}, "time": 8, "modulation": 10}}"#
    ),
  ]

  private func make(_ recipe: String) throws -> Architecture {
    let architecture = try Recipe(JSON.parse(Array(recipe.utf8), name: "recipe")).architecture().proved()
    architecture.initialise(seed: 5)
    return architecture
  }

  /// Every recipe runs at mini size, the same seed gives the same text, and its trace has a canvas and a noise level.
  @Test(arguments: recipes)
  func runs(_ name: String, _ recipe: String) throws {
    let architecture = try make(recipe)
    var choice = Architecture.Denoising()
    (choice.steps, choice.seed) = (4, 3)
    let way = try #require(architecture.denoising(choice))
    let first = try way.write([5, 6, 7], limit: 8, run: Run())
    #expect(first.count == 8 && first.allSatisfy { (0..<20).contains($0) })
    #expect(try way.write([5, 6, 7], limit: 8, run: Run()) == first)
    let steps = try way.trace([5, 6, 7], limit: 8, of: architecture)
    #expect(steps.count >= 4 && steps.allSatisfy { $0.multiplications.cached > 0 && $0.details.count >= 2 && $0.largestDifference < 2e-4 })
    #expect(steps.allSatisfy { $0.details[0].title == "canvas" })
    // Only finished blocks leave memory behind.
    #expect(steps.last!.memory.isEmpty == (name != "bd3-lm"))
    #expect { try way.write([5, 6, 7], limit: 60, run: Run()) } throws: { "\($0)" == "the text has 63 tokens; this model reads at most 32" }
  }

  /// Cached blocks are the same as reading all at every pass, with adaLN (2e-4); memory by outline = bytes held.
  @Test func blocksAreCached() throws {
    let architecture = try make(Self.recipes.last!.1)
    var way = BlockDiffusion(architecture, mask: 19, size: 4)
    let run = Run()
    let cached = try way.write([5, 6, 7], limit: 13, run: run)
    way.usesMemory = false
    #expect(try way.write([5, 6, 7], limit: 13, run: Run(keepsMemory: false)) == cached)
    let account = Account(try Recipe(JSON.parse(Array(Self.recipes.last!.1.utf8), name: "recipe")).architecture(), context: 16)
    #expect(run.memoryBytes == 16 * account.bytesPerToken / 2 * 4)
  }

  /// DiffuSeq: all rows of the source are as they were; a source as long as the text leaves nothing to do; the time changes the answer.
  @Test func anchorsAndTime() throws {
    let architecture = try make(Self.recipes[3].1)
    var choice = Architecture.Denoising()
    choice.steps = 2
    #expect(try architecture.denoising(choice)!.write([5, 6, 7], limit: 0, run: Run()) == [])
    var generator = SeededGenerator(seed: 1)
    let x = Tensor.normal([1, 5, 8], using: &generator)
    func answer(_ times: [Float]) throws -> Tensor {
      var input = Architecture.Input([[]])
      (input.vectors, input.times) = (x, times)
      return try architecture.hidden(input, Run(keepsMemory: false)).checked()
    }
    #expect(try answer([10]).shape == [1, 5, 8])
    #expect(try answer([10]).largestDifference(from: answer([500])) > 1e-4)
    #expect(try answer([10]).largestDifference(from: answer([10, 10, 10, 10, 10])) < 1e-5, "one time for all, or the same for each")
  }

  /// AR-Diffusion with an encoder: the source is encoded once, the canvas sees it, and another source gives another text.
  @Test func encoderDecoder() throws {
    let architecture = try make(
      #"{"denoiser": {"model": {"encoderDecoder": {"layers": 2, "width": 24, "attention": {"multiHead": {"heads": 4}}, "position": "learned", "mask": "bidirectional", "context": 32, "vocabulary": 20}}, "noise": {"gaussian": {"steps": 6, "perPosition": true}}, "vectors": 8, "time": 8}}"#)
    for parameter in architecture.allParameters.map(\.parameter) where parameter.shape.count == 2 {
      var generator = SeededGenerator(seed: UInt64(parameter.count))
      parameter.bind(.normal(parameter.shape, deviation: 0.4, using: &generator))
    }
    var choice = Architecture.Denoising()
    choice.steps = 5
    let way = try #require(architecture.denoising(choice))
    var seen: [[TraceDetail]] = []
    for source in [[1, 2, 3], [9, 8, 7, 6]] {
      let steps = try way.trace([], source: source, limit: 7, of: architecture)
      #expect(steps.count == 5)
      seen.append(steps.last!.details)
    }
    #expect(seen[0] != seen[1])
  }

  /// What does not fit is one line.
  @Test func contradictions() throws {
    let body = Self.body
    for (recipe, message) in [
      (#"{"denoiser": {"model": \#(body), "noise": {"masks": {"mask": 20}}}}"#, "the mask token 20 is outside of the vocabulary 0..<20"),
      (#"{"denoiser": {"model": \#(body), "noise": {"masks": {"mask": 1}}, "modulation": 8}}"#, "modulation needs a time embedding: give time"),
      (#"{"denoiser": {"model": \#(Self.recipes[0].1), "noise": {"masks": {"mask": 1}}}}"#, "the model is a denoiser already"),
      (
        #"{"denoiser": {"model": {"encoder": {"layers": 1, "width": 24, "attention": {"multiHead": {"heads": 4}}, "arrangement": "post"}}, "noise": {"masks": {"mask": 1}}, "time": 8, "modulation": 8}}"#,
        "modulation takes layers of attention and feed-forward with pre-norm"
      ),
    ] {
      #expect { try make(recipe) } throws: { "\($0)".contains(message) && !"\($0)".contains("\n") }
    }
  }
}
