// Predicting further tokens and decoding by such guesses: the same text as plain decoding, memory without the wrong guesses, and the
// distribution of the sampler.

import Blocks
import Generation
import Models
import Tensors
import Testing
@testable import Generation

private let ids = [5, 17, 9, 31, 7, 12, 40, 3]

/// A model that says of each token what follows it, and, the stronger its attention, what stood before; its modules know only the
/// former. With strength 0 every guess is right.
private func bigrams(strength: Float, modules: Int, parallel: Bool = false, window: Int? = nil, seed: UInt64 = 3) -> Architecture {
  let (width, vocabulary) = (16, 48)
  var generator = SeededGenerator(seed: seed)
  let embedding = Embedding(vocabulary: vocabulary, width: width)
  func norm() -> RMSNorm { RMSNorm(width) }
  func mixer(_ strength: Float) -> any Block {
    let sizes = LatentAttention.Sizes(latent: 8, plain: 4, rotary: 2, value: 4)
    let block: any Block = window.map { Attention(width, heads: 4, mask: .window($0)) } ?? LatentAttention(width, heads: 3, sizes, rope: RoPE(width: 2, layout: .interleaved))
    for (path, parameter) in block.allParameters {
      try! parameter.initialise(using: &generator)
      let factor: Float = path == "output.weight" ? strength : 10
      if parameter.shape.count == 2 { parameter.bind((parameter.tensor * factor).untracked) }
    }
    return block
  }
  let layers = (0..<2).map { _ in Residual("attention", norm: norm(), mixer(strength)) }
  let heads = (0..<modules).map { index in
    parallel
      ? Child("prediction.head\(index + 2)", ParallelPrediction(layer: Residual("attention", norm: norm(), mixer(0))))
      : Child("prediction.depth\(index + 1)", TokenPrediction(width, norm: norm, layer: Residual("attention", norm: norm(), mixer(0))))
  }
  let body = Chain([Child("layers.0", layers[0])] + (parallel ? [Child("", Trunk())] : []) + [Child("layers.1", layers[1]), Child("norm", norm())])
  let model = Architecture(
    name: "bigrams", modelType: "test", family: .decoder, context: 64, embedding: embedding, body: body,
    head: Head(width, vocabulary: vocabulary), extras: heads)
  for (path, parameter) in model.allParameters where !parameter.isBound {
    try! parameter.initialise(using: &generator)
    if path.hasSuffix("projection.weight") {
      // The embedding's half alone.
      let half = Tensor.filled([width, 2 * width], with: 0)
      for i in 0..<width { half.pointer[i * 2 * width + i] = 1 }
      parameter.bind(half)
    } else if parameter.shape.count == 2 {
      parameter.bind((parameter.tensor * 50).untracked)
    }
  }
  return model
}

@Suite struct SpeculativeTests {
  /// The reference's own modules over a whole text, and the same token by token.
  @Test func modulesSayWhatTheReferenceSays() throws {
    let model = try Model(path: fixtures.appendingPathComponent("deepseek-v3-predicting").path).architecture
    let expected = try Expected("deepseek-v3-predicting")
    let text = Expected.ids(expected.json["cases"]?.array?.first?["ids"])!
    let modules = expected.json["predictions"]!.array!.map { Expected.rows($0)! }
    #expect(model.predictions.count == 2 && modules.count == 2)
    var hidden = try model.thorough(Architecture.Input([text]), Run()).hidden
    for depth in 0..<2 {
      let n = text.count - 1 - depth
      hidden = hidden.slice(0..<n, axis: 1)
      let whole = try model.predicting(depth, hidden: hidden, next: Array(text[(depth + 1)...]), Run())
      #expect(relativeDifference(whole.logits, [modules[depth][n - 1]]) < 1e-5)
      let run = Run()
      for i in 0..<n {
        let one = try model.predicting(depth, hidden: hidden.slice(i..<(i + 1), axis: 1), next: [text[depth + 1 + i]], run)
        #expect(relativeDifference(one.logits, [modules[depth][i]]) < 1e-5, "module \(depth), position \(i)")
      }
      #expect(run.stream.end == n)
      hidden = whole.hidden
    }
  }

  /// Greedy text and memory are those of plain decoding, whether all guesses are right, some, or hardly any.
  @Test(arguments: [Float(0), 0.5, 3, 40], [1, 2, 3]) func greedyTextIsTheSame(_ strength: Float, _ modules: Int) throws {
    let model = bigrams(strength: strength, modules: modules)
    let plain = Run(), run = Run()
    let text = try Autoregressive(model).generate(ids, limit: 30, sampler: .greedy, run: plain)
    let result = try Speculative(model).generate(ids, limit: 30, sampler: .greedy, run: run)
    #expect(result.tokens == text)
    #expect(run.memoryBytes == plain.memoryBytes)
    #expect(run.slots.map(\.shape) == plain.slots.map(\.shape))
    if strength == 0 {
      #expect(result.acceptance == 1)
      // One token of the prompt's forward, then all guesses and one more at a time.
      #expect(result.steps.dropFirst().dropLast().allSatisfy { $0.chosen.count == modules + 1 })
      #expect(result.steps.count == 1 + (29 + modules) / (modules + 1))
    }
    if strength == 40 { #expect(result.acceptance < 1) }
    #expect(result.steps.reduce(0) { $0 + $1.chosen.count } == 30)
    #expect(result.accepted + result.steps.count == 30)
  }

  @Test(arguments: [Float(0), 3]) func headsBesideEachOther(_ strength: Float) throws {
    let model = bigrams(strength: strength, modules: 2, parallel: true)
    let plain = Run(), run = Run()
    let text = try Autoregressive(model).generate(ids, limit: 25, sampler: .greedy, run: plain)
    let result = try Speculative(model).generate(ids, limit: 25, sampler: .greedy, run: run)
    #expect(result.tokens == text)
    #expect(run.memoryBytes == plain.memoryBytes)
    // Each head of its own reads every verified token once.
    #expect(result.drafted > 0 && result.steps.last!.draftBytes > 0)
  }

  /// A ring has written over what came before: the run goes back to where it stood and reads what was right once more.
  @Test func aWindowForgetsByGoingBack() throws {
    let model = bigrams(strength: 3, modules: 1, window: 5)
    let plain = Run(), run = Run()
    let text = try Autoregressive(model).generate(ids, limit: 30, sampler: .greedy, run: plain)
    let result = try Speculative(model).generate(ids, limit: 30, sampler: .greedy, run: run)
    #expect(result.tokens == text)
    #expect(run.slots.map(\.shape) == plain.slots.map(\.shape))
    #expect(zip(run.slots, plain.slots).allSatisfy { $0.tensor.largestDifference(from: $1.tensor) < 1e-4 })
    #expect(result.acceptance < 1)
  }

  @Test func theReferenceFixtureToo() throws {
    let model = try Model(path: fixtures.appendingPathComponent("deepseek-v3-predicting").path).architecture
    let text = try Autoregressive(model).generate(ids, limit: 40, sampler: .greedy, run: Run())
    let run = Run()
    let result = try Speculative(model).generate(ids, limit: 40, sampler: .greedy, run: run)
    #expect(result.tokens == text)
    // The model has read all but the last token, in two layers of 12 + 4 numbers.
    #expect(run.memoryBytes == (ids.count + 39) * 2 * 16 * 4)
  }

  @Test func stopsAndLimits() throws {
    let model = bigrams(strength: 0, modules: 2)
    let text = try Autoregressive(model).generate(ids, limit: 30, sampler: .greedy, run: Run())
    for limit in 1...7 {
      let result = try Speculative(model).generate(ids, limit: limit, sampler: .greedy, run: Run())
      #expect(result.tokens == Array(text.prefix(limit)))
    }
    let stop = text[4]
    let expected = Array(text.prefix(through: text.firstIndex(of: stop)!))
    #expect(try Speculative(model, stops: [stop]).generate(ids, limit: 30, sampler: .greedy, run: Run()).tokens == expected)
    // The context ends the text where plain decoding ends it.
    let long = try Autoregressive(model).generate(ids, limit: 100, sampler: .greedy, run: Run())
    #expect(try Speculative(model).generate(ids, limit: 100, sampler: .greedy, run: Run()).tokens == long)
  }

  /// Accepted or drawn again, a token has the chances that the model gives it: 60,000 draws, within four standard deviations.
  @Test(arguments: [Sampler(temperature: 1, seed: 5), Sampler(temperature: 0.7, topK: 3, seed: 6), Sampler(temperature: 1, topP: 0.8, seed: 7)])
  func samplingKeepsTheDistribution(_ given: Sampler) {
    var sampler = given
    let model: [Float] = [1.2, 0.1, -0.6, 2, 0.4], guess: [Float] = [2, 1.5, -2, 0, 0.3]
    var counts = [Int](repeating: 0, count: 5), accepted = 0
    let draws = 60_000
    for _ in 0..<draws {
      let verdict = sampler.judge(sampler.draft(guess), model)
      counts[verdict.token] += 1
      accepted += verdict.isAccepted ? 1 : 0
    }
    let p = Dictionary(uniqueKeysWithValues: given.distribution(model).map { ($0.id, Double($0.probability)) })
    let q = Dictionary(uniqueKeysWithValues: given.distribution(guess).map { ($0.id, Double($0.probability)) })
    for token in 0..<5 {
      let chance = p[token] ?? 0, deviation = (chance * (1 - chance) / Double(draws)).squareRoot()
      #expect(abs(Double(counts[token]) / Double(draws) - chance) <= 4 * deviation, "token \(token)")
    }
    // As often as the two overlap: Σ min(p, q).
    let overlap = (0..<5).reduce(0.0) { $0 + min(p[$1] ?? 0, q[$1] ?? 0) }
    #expect(abs(Double(accepted) / Double(draws) - overlap) < 0.01)
  }

  @Test func sampledTextHasTheSameLengthAndCounts() throws {
    let model = bigrams(strength: 0.5, modules: 2)
    let result = try Speculative(model).generate(ids, limit: 30, sampler: Sampler(temperature: 0.8, seed: 4), run: Run())
    #expect(result.tokens.count == 30)
    #expect(result.accepted <= result.drafted && result.accepted > 0)
    let again = try Speculative(model).generate(ids, limit: 30, sampler: Sampler(temperature: 0.8, seed: 4), run: Run())
    #expect(again.tokens == result.tokens)
  }

  /// A step of the trace is a forward: its guesses with their marks, memory without the wrong ones, the difference from plain decoding.
  @Test func theTraceShowsDrafts() throws {
    let model = bigrams(strength: 3, modules: 1)
    let text = try Autoregressive(model).generate(ids, limit: 12, sampler: .greedy, run: Run())
    let steps = try Speculative(model).trace(ids, steps: 12)
    #expect(steps.allSatisfy { $0.largestDifference < 1e-3 })
    var tokens: [Int] = [], checked = 0, accepted = 0
    for step in steps {
      guard case .tokens(let cells) = step.details[0].content, case .facts(let facts) = step.details[1].content else {
        Issue.record("no drafts in step \(step.step)")
        return
      }
      #expect(step.details[0].title == "drafts")
      checked += cells.count { $0.mark != .chosen }
      accepted += cells.count { $0.mark == .accepted }
      tokens += cells.filter { $0.mark != .rejected }.compactMap { if case .token(let id) = $0.token { id } else { nil } }
      #expect(facts[0].value == .count(checked) && facts[1].value == .count(accepted))
      // Latent and rotary key of two layers, for every token but the last.
      #expect(step.memory.reduce(0) { $0 + $1.bytes } == (ids.count + tokens.count - 1) * 2 * (8 + 2) * 4)
      #expect(step.multiplications.cached < step.multiplications.uncached || step.step == 0)
    }
    #expect(tokens == text && checked > accepted && steps.count < 12)
  }

  @Test func theTraceShowsTheLatentCacheAndTheIndexer() throws {
    let model = try Model(path: fixtures.appendingPathComponent("deepseek-v32").path).architecture
    let steps = try Autoregressive(model).trace(ids, steps: 2)
    #expect(steps.map { $0.details.map(\.title).filter { !$0.contains("router") } } == Array(repeating: ["latent cache"] + (0..<3).map { "layers.\($0).attention.indexer.scores" }, count: 2))
    guard case .facts(let facts) = steps[0].details[0].content, case .matrix(let scores) = steps[1].details[1].content else { return }
    // Eight tokens, three layers: 12 + 4 + 8 numbers, instead of three heads of 6 + 4 and 5.
    #expect(facts.map(\.value) == [.count(8 * 3 * 24 * 4), .count(8 * 3 * 45 * 4), .number(1.875)])
    #expect(scores.rows.count == 1 && scores.columns.count == 9 && scores.marked[0].count == 6)
  }

  @Test func whatCannotDraftSaysSo() throws {
    let model = try Model(path: fixtures.appendingPathComponent("llama").path).architecture
    #expect(throws: GenerationFailure.cannotGenerate("llama has no modules that predict further tokens: speculative decoding needs multi-token prediction")) {
      try Speculative(model).generate(ids, limit: 3, sampler: .greedy, run: Run())
    }
    #expect(throws: GenerationFailure.cannotGenerate("speculative decoding needs a run that keeps memory")) {
      try Speculative(bigrams(strength: 0, modules: 1)).generate(ids, limit: 3, sampler: .greedy, run: Run(keepsMemory: false))
    }
  }
}

@Suite struct RewindTests {
  private func says(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return "\(error)" }
  }

  @Test(arguments: ["llama-gqa", "deepseek-v2", "deepseek-v32"]) func forgottenPositionsLeaveNoTrace(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path).architecture
    let run = Run(), plain = Run()
    _ = try model(ids, run)
    _ = try model([1, 2, 3], run)
    try run.rewind(by: 3)
    _ = try model(ids, plain)
    #expect(run.memoryBytes == plain.memoryBytes)
    #expect(try model([4, 6], run).untracked.largestDifference(from: model([4, 6], plain).untracked) == 0)
  }

  @Test func whatCannotForgetSaysSo() throws {
    let window = try Model(path: fixtures.appendingPathComponent("mistral-window").path).architecture
    let run = Run()
    _ = try window(Array(ids.prefix(5)), run)
    try run.rewind(by: 2)
    _ = try window([1, 2, 3, 4], run)
    #expect(
      says { try run.rewind(by: 1) }
        == "rewind: cannot forget 1 position: layers.0.attention.keys is a ring of 5, and what the last positions wrote over is gone")
    let fresh = Run()
    _ = try Model(path: fixtures.appendingPathComponent("llama").path).architecture([1, 2], fresh)
    #expect(says { try fresh.rewind(by: 3) } == "rewind: cannot forget 3 positions: layers.0.attention.keys holds 2 positions")
    let recurrent = Run()
    _ = try Model(path: fixtures.appendingPathComponent("rwkv").path).architecture([1, 2], recurrent)
    #expect(says { try recurrent.rewind(by: 1) }?.hasSuffix("is a state, in which single positions cannot be told apart") == true)
  }

  /// A mark brings back rings and states too.
  @Test(arguments: ["mistral-window", "rwkv", "llama"]) func aMarkBringsEverythingBack(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path).architecture
    let run = Run(), plain = Run()
    _ = try model(ids, run)
    let mark = run.mark
    _ = try model([1, 2, 3], run)
    run.restore(mark)
    _ = try model(ids, plain)
    #expect(try model([4, 6], run).untracked.largestDifference(from: model([4, 6], plain).untracked) == 0)
  }
}
