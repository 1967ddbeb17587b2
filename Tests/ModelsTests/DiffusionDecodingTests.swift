// Writing by filling in masks: LLaDA's files against the published rule, block diffusion's identities, oracles, infilling.

import Blocks
import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

@Suite struct MaskedDiffusionTests {
  /// The same text as the reference's low-confidence sampler, with one and with several tokens a pass, whole and in blocks.
  @Test(arguments: ["llada", "llada-gqa"])
  func fillsLikeTheReference(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path)
    guard case .masked(let mask)? = model.architecture.denoiser?.process else { throw Unmade() }
    for fill in try Expected(name).json["fills"]!.array! {
      var sampler = MaskedDiffusion(model.architecture, mask: mask)
      (sampler.steps, sampler.block) = (fill["steps"]!.int, fill["block"]!.int)
      let new = Expected.ids(fill["new"])!
      var passes = 0, chosen: [Int: Int] = [:]
      let got = try sampler.write(Expected.ids(fill["ids"])!, limit: new.count, run: Run(keepsMemory: false)) { step in
        passes += step.passes
        for (token, position) in step.chosen { #expect(chosen.updateValue(token, forKey: position) == nil, "a kept token is kept") }
        return true
      }
      #expect(got == new && passes == fill["steps"]!.int! && chosen.count == new.count)
    }
  }

  /// 8 015 581 184 parameters at the published size; the fixture's own contradictions are one line.
  @Test func publishedCountAndContradictions() throws {
    let text = """
      {"model_type": "llada", "d_model": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 32, "mlp_hidden_size": 12288, "vocab_size": 126464, \
      "embedding_size": 126464, "max_sequence_length": 4096, "rope_theta": 500000, "rms_norm_eps": 1e-5, "mask_token_id": 126336}
      """
    func architecture(_ text: String) throws -> Architecture {
      try Family.of(Configuration(JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json")).recipe(Configuration(JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json"), .unknown)
    }
    #expect(try architecture(text).parameterCount == 8_015_581_184)
    for (old, new, message) in [
      ("\"n_heads\": 32", "\"n_heads\": 30", "config.json: d_model 4096 does not divide into 30 heads"),
      ("\"n_kv_heads\": 32", "\"n_kv_heads\": 5", "config.json: n_heads 32 is not a multiple of n_kv_heads 5"),
      ("126336", "126464", "config.json: mask_token_id 126464 is outside of the vocabulary of 126464"),
      ("\"n_layers\": 32", "\"n_layers\": 32, \"block_type\": \"sequential\"", "config.json: block_type is 'sequential'; LLaDA's published models have 'llama'"),
    ] {
      #expect { try architecture(text.replacingOccurrences(of: old, with: new)) } throws: { "\($0)" == message }
    }
  }

  /// An oracle restores the text with any number of steps, in any order; nothing outside of the block is decided.
  @Test func oracle() throws {
    let text = [3, 1, 4, 1, 5, 2, 0, 2]
    let predict: @Sendable ([Int], Run) throws -> Tensor = { canvas, _ in
      Tensor(canvas.indices.flatMap { i in (0..<7).map { $0 == text[i] ? Float(4 + i % 3) : 0 } }, [1, canvas.count, 7])
    }
    for steps in 1...8 {
      for block in [1, 3, 8] {
        for remasking in MaskedDiffusion.Remasking.allCases {
          var sampler = MaskedDiffusion(mask: 6, predict: predict)
          (sampler.steps, sampler.block, sampler.remasking) = (steps, block, remasking)
          var last = -1
          let new = try sampler.write([3, 1], limit: 6, run: Run()) { step in
            let now = step.chosen.map { ($0.position - 2) / block }
            #expect(Set(now).count == 1 && now[0] >= last, "blocks from left to right, one at a time")
            last = now[0]
            return true
          }
          #expect(new == Array(text[2...]))
        }
      }
    }
  }

  /// Gumbel-max at τ = 1 draws from the softmax (20 000 draws, χ² with 3 degrees of freedom below 16.3: p > 0.001).
  @Test func temperatureOneIsSampling() throws {
    let p: [Float] = [0.5, 0.3, 0.15, 0.05]
    let predict: @Sendable ([Int], Run) throws -> Tensor = { canvas, _ in
      Tensor(canvas.flatMap { _ in p.map { log($0) } }, [1, canvas.count, 4])
    }
    var sampler = MaskedDiffusion(mask: 9, predict: predict)
    (sampler.steps, sampler.temperature, sampler.seed) = (1, 1, 11)
    let drawn = try sampler.write([], limit: 20_000, run: Run())
    let expected = p.map { Double($0) * 20_000 }
    let square = (0..<4).reduce(0.0) { sum, id in
      let d = Double(drawn.filter { $0 == id }.count) - expected[id]
      return sum + d * d / expected[id]
    }
    #expect(square < 16.3)
    sampler.steps = 0
    #expect { try sampler.write([], limit: 4, run: Run()) } throws: { "\($0)" == "the number of denoising steps is 0, but must be at least 1" }
    (sampler.steps, sampler.block) = (nil, 0)
    #expect { try sampler.write([], limit: 4, run: Run()) } throws: { "\($0)" == "the block size is 0, but must be at least 1" }
  }

  /// The curse of parallel decoding: a perfect denoiser of "new york" and "los angeles" invents pairs if both words come at once (TC = ln 2).
  @Test func parallelDecodingLosesTheJoint() throws {
    // 0 new, 1 los, 2 york, 3 angeles.
    let predict: @Sendable ([Int], Run) throws -> Tensor = { canvas, _ in
      func row(_ open: [Int]) -> [Float] { (0..<4).map { open.contains($0) ? 0 : -50 } }
      let left = canvas[1] == 2 ? [0] : canvas[1] == 3 ? [1] : [0, 1], right = canvas[0] == 0 ? [2] : canvas[0] == 1 ? [3] : [2, 3]
      return Tensor(row(left) + row(right), [1, 2, 4])
    }
    var wrong = [0, 0]
    for seed in 0..<400 {
      for steps in [1, 2] {
        var sampler = MaskedDiffusion(mask: 9, predict: predict)
        (sampler.steps, sampler.temperature, sampler.seed, sampler.remasking) = (steps, 1, UInt64(seed), .random)
        let pair = try sampler.write([], limit: 2, run: Run())
        if pair != [0, 2], pair != [1, 3] { wrong[steps - 1] += 1 }
      }
    }
    #expect(wrong[1] == 0 && (150...250).contains(wrong[0]))
  }
}

private struct Unmade: Error {}

@Suite struct BlockDiffusionTests {
  let model: Model
  let mask: Int
  init() throws {
    model = try Model(path: fixtures.appendingPathComponent("llada-gqa").path)
    guard case .masked(let mask)? = model.architecture.denoiser?.process else { throw Unmade() }
    self.mask = mask
  }

  /// Cached blocks give the same text and logits (2e-5 of float32) as reading everything at every pass.
  @Test(arguments: [1, 2, 3, 5, 8])
  func cachedIsUncached(_ size: Int) throws {
    for prompt in [[5, 6, 7], [1, 2, 3, 4, 9, 8]] {
      for steps in [nil, 6] as [Int?] {
        var cached = BlockDiffusion(model.architecture, mask: mask, size: size)
        cached.steps = steps
        var plain = cached
        plain.usesMemory = false
        var rows: [Tensor] = [], count = 0
        let a = try plain.write(prompt, limit: 11, run: Run(keepsMemory: false)) { rows.append($0.logits!.materialised.untracked); return true }
        let run = Run()
        let b = try cached.write(prompt, limit: 11, run: run) { step in
          #expect(step.logits!.largestDifference(from: rows[count]) < 2e-4 && step.read.count <= size)
          count += 1
          return true
        }
        #expect(a == b && count == rows.count)
        // Memory holds the finished blocks and nothing of the passes that were only tries.
        #expect(run.slots.allSatisfy { $0.shape[1] == (prompt.count + 11) })
      }
    }
  }

  /// Block 1 with all masked is autoregression: the likelihood of a text is the product over positions, and greedy decoding is greedy.
  /// One pass over [noisy; clean] gives every conditional (2e-4).
  @Test func blockOneIsAutoregression() throws {
    let text = [5, 6, 7, 11, 3, 20]
    let n = text.count
    let run = Run(keepsMemory: false)
    run.mask = .blockDiffusion(block: 1, length: n)
    let positions = (Array(0..<n) + Array(0..<n)).map(Int32.init)
    let noisy = Array(repeating: mask, count: n)
    let whole = try model.architecture(Architecture.Input([noisy + text], positions: positions), run)
    for i in 0..<n {
      let one = Run(keepsMemory: false)
      one.mask = .causal
      let alone = try model.architecture(Architecture.Input([Array(text[..<i]) + [mask]]), one, lastOnly: true)
      #expect(whole.slice(i..<(i + 1), axis: 1).materialised.largestDifference(from: alone.materialised) < 2e-4)
    }
  }

  /// Sequential blocks equal the one pass of training for every block size; a block as long as the text is plain full diffusion.
  @Test(arguments: [1, 2, 3, 6])
  func onePassIsSequential(_ size: Int) throws {
    let clean = [5, 6, 7, 11, 3, 20], n = 6
    let noisy = [mask, 6, mask, mask, 3, mask]
    let run = Run(keepsMemory: false)
    run.mask = .blockDiffusion(block: size, length: n)
    let positions = (Array(0..<n) + Array(0..<n)).map(Int32.init)
    let whole = try model.architecture(Architecture.Input([noisy + clean], positions: positions), run)
    for start in stride(from: 0, to: n, by: size) {
      let one = Run(keepsMemory: false)
      one.mask = .blockCausal(size)
      let text = Array(clean[..<start]) + Array(noisy[start..<min(n, start + size)])
      let alone = try model.architecture(Architecture.Input([text]), one)
      let rows = alone.slice(start..<text.count, axis: 1).materialised
      #expect(whole.slice(start..<text.count, axis: 1).materialised.largestDifference(from: rows) < 2e-4)
    }
    if size == n {
      let full = try model.architecture(Architecture.Input([noisy]), Run(keepsMemory: false))
      #expect(whole.slice(0..<n, axis: 1).materialised.largestDifference(from: full.materialised) < 2e-4)
      var blocks = BlockDiffusion(model.architecture, mask: mask, size: 12)
      blocks.steps = 4
      var masks = MaskedDiffusion(model.architecture, mask: mask)
      masks.steps = 4
      #expect(try blocks.write([], limit: 12, run: Run()) == masks.write([], limit: 12, run: Run()))
    }
  }

  /// The trace counts passes and multiplications of cached and whole reading, and agrees with itself.
  @Test func trace() throws {
    var decoding = BlockDiffusion(model.architecture, mask: mask, size: 4)
    decoding.steps = 4
    let steps = try decoding.trace([1, 2, 3, 4, 9], limit: 7, of: model.architecture)
    #expect(steps.map(\.step) == Array(steps.indices) && steps.allSatisfy { $0.largestDifference < 2e-4 })
    let last = steps.last!
    #expect(last.multiplications.cached < last.multiplications.uncached && last.passes == 2)
    #expect(last.details.map(\.title) == ["canvas", "denoising"])
    guard case .tokens(let cells) = last.details[0].content else { throw Unmade() }
    #expect(cells.count == 12 && cells[..<8].allSatisfy { $0.mark == .kept } && cells.contains { $0.mark == .chosen })
  }
}

@Suite struct InfillingTests {
  /// Every order restores what an oracle knows; passes are as many as the order needs.
  @Test func oracle() throws {
    let text = [3, 1, 4, 1, 5]
    for (order, passes) in [(Infilling.Order.parallel, 1), (.leftToRight, 3), (.surestFirst, 3), (.gibbs(sweeps: 2), 9)] {
      let infilling = Infilling(mask: 6, order: order) { canvas, _ in
        Tensor(canvas.indices.flatMap { i in (0..<7).map { $0 == text[i] ? 3 : 0 } }, [1, canvas.count, 7])
      }
      let result = try infilling.fill([3, 6, 6, 1, 6], run: Run())
      #expect(result.text == text && result.passes == passes)
      #expect(try infilling.fill(text, run: Run()).passes == 0)
    }
  }

  /// Two blanks that must agree: at once they need not, one after the other they do. A second sweep revises the first word.
  @Test func orderMatters() throws {
    // Words 0 and 1; each position must repeat its neighbour; alone both are equally likely, 1 by a hair.
    let predict: @Sendable ([Int], Run) throws -> Tensor = { canvas, _ in
      Tensor(
        canvas.indices.flatMap { i -> [Float] in
          let other = canvas[1 - i]
          return other == 2 ? (i == 0 ? [0.1, 0] : [0, 0.1]) : other == 0 ? [5, 0] : [0, 5]
        }, [1, 2, 2])
    }
    #expect(try Infilling(mask: 2, order: .parallel, predict: predict).fill([2, 2], run: Run()).text == [0, 1])
    #expect(try Infilling(mask: 2, order: .leftToRight, predict: predict).fill([2, 2], run: Run()).text == [0, 0])
    // A model with an encoder's weights fills all its masks.
    let bert = try Model(path: fixtures.appendingPathComponent("bert").path)
    for order in [Infilling.Order.parallel, .leftToRight, .surestFirst, .gibbs(sweeps: 1)] {
      let filled = try Infilling(bert.architecture, mask: 4, order: order).fill([2, 4, 9, 4, 4, 3], run: Run(keepsMemory: false)).text
      #expect(filled.count == 6 && filled[2] == 9 && filled[0] == 2)
    }
  }
}
