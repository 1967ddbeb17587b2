// Block, categorical, vector, flow and simplex diffusion, and regression in context: tables, golden values, identities.

import Blocks
import Foundation
import Generation
import Models
import Tensors
import Testing

@testable import Training

private func cells(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

enum Noisy {
  static func model(_ noise: Recipe, _ more: [Recipe.Argument] = [], body: Recipe = Toy.stack("encoder", 64)) throws -> Architecture {
    try Toy.model(Recipe("denoiser", [.init("model", .call(body)), .init("noise", .call(noise))] + more))
  }
  static func gaussian(_ target: String = "clean", perPosition: Bool = false) throws -> Architecture {
    try model(
      Recipe("gaussian", [.init("steps", .integer(50)), .init("target", .text(target)), .init("perPosition", .boolean(perPosition))]),
      [.init("vectors", .integer(8)), .init("time", .integer(8))])
  }
  static func categorical(_ kind: String, steps: Int = 20) throws -> Architecture {
    try model(
      Recipe("categorical", [.init("kind", .text(kind)), .init("steps", .integer(steps)), .init("mask", .integer(3))] + (kind == "gaussian" ? [.init("schedule", .text("linear"))] : [])),
      [.init("time", .integer(8))])
  }
  static func flow() throws -> Architecture { try model(Recipe("flow"), [.init("vectors", .integer(8)), .init("time", .integer(8))]) }
  static func simplex() throws -> Architecture { try model(Recipe("simplex", [.init("block", .integer(3)), .init("steps", .integer(40))])) }
}

@Suite struct BlockDenoisingTests {
  private let text = Toy.ids("the dog near cats")

  /// Companion card, section 12: [x_t ; x_0] for L = 4 and blocks of 2, both halves at the same positions.
  @Test func tableAndMaskOfThePage() throws {
    var generator = SeededGenerator(seed: 3)
    let objective = try BlockDenoising(Toy.special, size: 2)
    let batch = try objective.batch([Sample(text)], using: &generator), table = ObjectiveTable(batch, Toy.special)
    #expect(Array(table["input"]![4...]) == cells("the dog near cats") && table["numbered"] == cells("0 1 2 3 0 1 2 3") && table["block"] == cells("0 0 1 1 0 0 1 1"))
    for place in 0..<8 {
      let isMasked = place < 4 && table["input"]![place] == "<mask>"
      #expect(table["target"]![place] == (isMasked ? Toy.words[text[place]] : "–") && table["loss mask"]![place] == (isMasked ? "1" : "0"))
    }
    let expected = ["11000000", "11000000", "00111100", "00111100", "00001100", "00001100", "00001111", "00001111"]
    let matrix = try #require(batch.mask).matrix(queries: 0..<8, keys: 0..<8)
    #expect(matrix.map { $0.map { $0 ? "1" : "0" }.joined() } == expected)
    #expect(matrix.joined().filter { $0 }.count == 16 + 4 * 2)
  }

  /// D15: one pass over [x_t ; x_0] equals the block read behind its clean prefix; with blocks of one token it is autoregression.
  @Test(arguments: [1, 2, 4, 8]) func onePassIsSequential(_ size: Int) throws {
    let model = try Toy.decoder(), text = Toy.ids("the dog near the cats runs . bird"), objective = try BlockDenoising(Toy.special, size: size)
    var generator = SeededGenerator(seed: 4)
    let batch = try objective.batch([Sample(text)], using: &generator)
    let losses = try objective.positionLosses(model, batch)[0]
    for start in stride(from: 0, to: 8, by: size) {
      let row = Array(text[..<start]) + Array(batch.input.ids[0][start..<min(8, start + size)])
      let targets = Array(repeating: Batch.none, count: start) + Array(batch.targets[0][start..<min(8, start + size)])
      var alone = Batch(Architecture.Input([row]), targets: [targets], weights: [row.map { _ in 1 }])
      alone.mask = .blockCausal(size)
      let own = try objective.positionLosses(model, alone)[0]
      #expect((start..<row.count).allSatisfy { abs(own[$0] - losses[$0]) < 2e-5 })
    }
    if size == 1 { #expect(batch.targets[0][..<8] == text[...] && batch.weights[0][..<8].allSatisfy { abs($0 - 0.125) < 1e-6 }) }
  }

  /// Weights add up to 1 on average; short texts are neither masked nor counted behind their end.
  @Test func weights() throws {
    var generator = SeededGenerator(seed: 5)
    let objective = try BlockDenoising(Toy.special, size: 4), samples = (0..<8).map { Sample(Array(repeating: 20, count: 16 - $0)) }
    let sums = try (0..<400).map { _ in try Double(objective.batch(samples, using: &generator).weights.joined().reduce(0, +)) }
    let mean = sums.reduce(0, +) / 400, deviation = (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399).squareRoot()
    #expect(abs(mean - 1) < 3 * deviation / 20)
    let batch = try objective.batch(samples, using: &generator)
    #expect(batch.targets[7][9..<32].allSatisfy { $0 < 0 } && batch.input.ids[7][9..<16].allSatisfy { $0 == 0 } && batch.input.padding?[7][16..<25].allSatisfy { $0 } == true)
  }
}

@Suite struct CategoricalDenoisingTests {
  /// Section 6.4 and D4: absorbing, T = 4, ᾱ = (¾, ½, ¼, 0). A masked token's term is −log p(x₀)/t, whatever the rest of the distribution says.
  @Test func absorbingGoldenValues() throws {
    let special = SpecialTokens(["a", "b", "c", "<mask>"])
    let process = CategoricalProcess(.absorbing(mask: 3), count: 4, schedule: .even(4)), objective = try CategoricalDenoising(special, process)
    #expect(objective.auxiliary == 0.01)
    for t in 1...4 {
      var generator = SeededGenerator(seed: 1)
      var batch = try objective.batch([[0]], times: [t], using: &generator)
      while batch.input.ids[0][0] != 3 { batch = try objective.batch([[0]], times: [t], using: &generator) }
      // p = (.3, .5, .2, 0).
      let logits = Tensor([0.3, 0.5, 0.2, 1e-12].map { Float(log($0)) }, [1, 1, 4])
      let bound = try objective.bound(logits, batch, Run(keepsMemory: false)).item
      #expect(abs(Double(bound) / 4 - -log(0.3) / Double(t)) < 1e-5)
      if t == 3 { #expect(abs(bound / 4 - 0.401324) < 1e-5) }
    }
    // A token that no noise has touched costs nothing.
    var generator = SeededGenerator(seed: 2)
    var batch = try objective.batch([[0]], times: [1], using: &generator)
    while batch.input.ids[0][0] == 3 { batch = try objective.batch([[0]], times: [1], using: &generator) }
    #expect(abs(try objective.bound(Tensor([0, 2, 1, -1], [1, 1, 4]), batch, Run(keepsMemory: false)).item) < 1e-6)
  }

  /// Section 6.2: uniform, K = 3, β = 0.3, t = 2, x_t = 1, x₀ = 0, p = (.6, .3, .1): the product form's KL is 0.262187. And the bound agrees with the chain's
  /// own formula for all three noises.
  @Test func uniformGoldenValueAndAllThree() throws {
    let special = SpecialTokens(["a", "b", "c"])
    let rates = [0.3, 0.3, 0.3]
    for noise in [CategoricalProcess.Noise.uniform, .absorbing(mask: 2), .gaussian(step: 0.5)] {
      let process = CategoricalProcess(noise, count: 3, rates: rates), objective = try CategoricalDenoising(special, process)
      for seed in 0..<24 {
        var generator = SeededGenerator(seed: UInt64(seed))
        let clean = seed % 2, t = 1 + seed % 3
        let batch = try objective.batch([[clean]], times: [t], using: &generator), noisy = batch.input.ids[0][0]
        let logits = Tensor([0.6, 0.3, 0.1].map { Float(log($0)) }, [1, 1, 3])
        let bound = try Double(objective.bound(logits, batch, Run(keepsMemory: false)).item) / 3
        let expected = process.boundTerm(t, noisy: noisy, clean: clean, predicted: [0.6, 0.3, 0.1])
        #expect(abs(bound - expected) < 1e-5, "\(noise) t \(t)")
        if case .uniform = noise, t == 2, noisy == 1, clean == 0 { #expect(abs(bound - 0.262187) < 1e-5) }
      }
    }
  }

  /// The noised tokens follow Q̄_t, within three standard deviations.
  @Test(arguments: ["uniform", "absorbing", "gaussian"]) func marginals(_ kind: String) throws {
    let words = ["a", "b", "c", "d", "<mask>"]
    let noise: CategoricalProcess.Noise = kind == "uniform" ? .uniform : kind == "absorbing" ? .absorbing(mask: 4) : .gaussian(step: 0.5)
    let process = CategoricalProcess(noise, count: 5, rates: [0.2, 0.3, 0.4]), objective = try CategoricalDenoising(SpecialTokens(words), process)
    var generator = SeededGenerator(seed: 3)
    for t in [1, 3] {
      let ids = try objective.batch([Array(repeating: 1, count: 20_000)], times: [t], using: &generator).input.ids[0], expected = process.product(t)[1]
      for (word, p) in expected.enumerated() {
        let found = Double(ids.filter { $0 == word }.count)
        #expect(abs(found - 20_000 * p) <= 3 * (20_000 * p * (1 - p)).squareRoot() + 1e-6, "\(kind) \(t) \(word)")
      }
    }
  }

  @Test func partsAndTimes() throws {
    let model = try Noisy.categorical("absorbing")
    let objective = try #require(try Objectives.named("categorical diffusion", ["auxiliary": .number(0.5)], Toy.special, for: model) as? CategoricalDenoising)
    var generator = SeededGenerator(seed: 3)
    let batch = try objective.batch((0..<20).map { _ in Sample(Toy.ids("the dog runs .")) }, using: &generator)
    #expect(Set(batch.input.times!) == Set((1...20).map(Float.init)))
    let loss = try objective.losses(model, batch, Run(keepsMemory: false))
    #expect(loss.parts.map(\.name) == ["bound", "auxiliary"] && loss.parts.allSatisfy { $0.value.item > 0 })
    let table = ObjectiveTable(batch, row: 0, Toy.special)
    #expect(table["original"] == cells("the dog runs .") && table["target"] == cells("the dog runs .") && table["t"]![0].hasSuffix("of 20"))
    #expect(throws: ObjectiveFailure.vocabulary(objective: "categorical diffusion", "a sample's token", 99, vocabulary: Toy.words.count)) {
      try objective.batch([Sample([99])], using: &generator)
    }
  }
}

@Suite struct VectorDenoisingTests {
  private let samples = [Sample(Toy.ids("the dog runs .")), Sample(Toy.ids("ann has it"))]

  /// The three terms, spelled out by hand for a batch.
  @Test(arguments: ["clean", "noise", "velocity"]) func terms(_ target: String) throws {
    let model = try Noisy.gaussian(target), objective = try VectorDenoising(Toy.special, for: model)
    var generator = SeededGenerator(seed: 1)
    let t = 30, batch = try objective.batch(samples, times: [[t], [1]], using: &generator)
    let loss = try objective.losses(model, batch, Run(keepsMemory: false))
    #expect(loss.parts.map(\.name) == ["mse", "prior", "rounding"])
    let table = model.embedding.tokens.tensor.values, numbers = batch.extras.numbers
    let signal = objective.process.schedule.signal, ids = batch.input.ids.flatMap { $0 }
    let words = ids.flatMap { table[($0 * 8)..<($0 * 8 + 8)] }, sigma = Float((1 - signal[1]).squareRoot())
    let clean = zip(words, numbers["embedding noise"]!.values).map { $0 + sigma * $1 }, noise = numbers["noise"]!.values
    #expect(abs(loss.parts[1].value.item - Float(signal[50]) * clean.reduce(0) { $0 + $1 * $1 } / Float(clean.count)) < 1e-5)
    func time(_ i: Int) -> Int { i < 32 ? t : 1 }
    let noisy = clean.indices.map { Float(signal[time($0)].squareRoot()) * clean[$0] + Float((1 - signal[time($0)]).squareRoot()) * noise[$0] }
    var input = Architecture.Input([[], []])
    (input.vectors, input.times) = (Tensor(noisy, [2, 4, 8]), [Float(t) * 20, 20])
    let answer = try model.hidden(input, Run(keepsMemory: false)).checked().values
    let wanted = clean.indices.map { i -> Float in
      let (a, s) = (Float(signal[time(i)].squareRoot()), Float((1 - signal[time(i)]).squareRoot()))
      return target == "clean" ? (time(i) == 1 ? words[i] : clean[i]) : target == "noise" ? noise[i] : a * noise[i] - s * clean[i]
    }
    let mse = zip(answer, wanted).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Float(answer.count)
    #expect(abs(loss.parts[0].value.item - mse) < 1e-4 * max(1, mse))
    // Padding is content: every place counts.
    #expect(batch.counted == 8)
  }

  /// DiffuSeq: the source's vectors are the words' own, bit for bit; without a source it is Diffusion-LM.
  @Test func sourceStaysClean() throws {
    let model = try Noisy.gaussian(), objective = try VectorDenoising(Toy.special, for: model)
    var generator = SeededGenerator(seed: 1)
    let batch = try objective.batch([Sample(Toy.ids("我 爱 你"), source: Toy.ids("i love you"))], using: &generator)
    #expect(batch.extras.numbers["open"]!.values == [0, 0, 0, 0, 1, 1, 1])
    let table = ObjectiveTable(batch, Toy.special)
    #expect(table["input"] == cells("i love you <sep> 我 爱 你") && Array(table["t"]![..<4]) == cells("0 0 0 0") && table["t"]![4] != "0")
    let run = Run(trace: Trace(recording: Recording()), keepsMemory: false)
    _ = try objective.loss(model, batch, run)
    // The vectors that enter the model: the first tensor of the recording that is as large as the canvas and reads the anchors.
    let words = model.vectors(batch.input.ids, Run(keepsMemory: false)).values
    let entering = try #require(run.trace.recording!.nodes.first { $0.outputs[0].shape == [1, 7, 8] && Array($0.outputs[0].values[..<32]) == Array(words[..<32]) && Array($0.outputs[0].values[32...]) != Array(words[32...]) })
    #expect(entering.outputs[0].shape == [1, 7, 8])
  }

  /// AR-Diffusion: times rise from left to right, each place at its own noise.
  @Test func timesByPosition() throws {
    let model = try Noisy.gaussian(perPosition: true), objective = try VectorDenoising(Toy.special, for: model)
    var generator = SeededGenerator(seed: 2)
    let batch = try objective.batch((0..<16).map { _ in Sample(Toy.ids("the dog near the cats runs .")) }, using: &generator)
    let times = batch.extras.numbers["time"]!.values
    for row in 0..<16 {
      let own = times[(row * 7)..<(row * 7 + 7)].map { $0 }
      #expect(own == own.sorted())
    }
    #expect(try objective.losses(model, batch, Run(keepsMemory: false)).total.item.isFinite && Set(times).count > 10)
  }

  /// A perfect answer costs nothing but the prior and the rounding; the rounding term is what keeps vectors apart.
  @Test func partsCanBeLeftOut() throws {
    let model = try Noisy.gaussian()
    var objective = try VectorDenoising(Toy.special, for: model)
    (objective.rounds, objective.hasPrior) = (false, false)
    var generator = SeededGenerator(seed: 2)
    #expect(try objective.losses(model, try objective.batch(samples, using: &generator), Run(keepsMemory: false)).parts.map(\.name) == ["mse"])
  }
}

@Suite struct FlowAndSimplexTests {
  /// The velocity's error, spelled out by hand; x_u at u = 0 is noise, at 1 the words.
  @Test func flow() throws {
    let model = try Noisy.flow(), objective = try FlowMatching(Toy.special, for: model)
    var generator = SeededGenerator(seed: 1)
    let batch = try objective.batch([Sample(Toy.ids("the dog runs .")), Sample(Toy.ids("ann has"))], using: &generator)
    let loss = try objective.losses(model, batch, Run(keepsMemory: false))
    let u = batch.extras.numbers["u"]!.values, z = batch.extras.numbers["noise"]!.values, y = model.vectors(batch.input.ids, Run(keepsMemory: false)).values
    var input = Architecture.Input([[], []])
    (input.vectors, input.times) = (Tensor(z.indices.map { (1 - u[$0 / 32]) * z[$0] + u[$0 / 32] * y[$0] }, [2, 4, 8]), u.map { 1000 * $0 })
    let answer = try model.hidden(input, Run(keepsMemory: false)).checked().values
    let mse = answer.indices.reduce(Float(0)) { $0 + (answer[$1] - y[$1] + z[$1]) * (answer[$1] - y[$1] + z[$1]) } / Float(answer.count)
    #expect(abs(loss.parts[0].value.item - mse) < 1e-4 * max(1, mse) && loss.parts.map(\.name) == ["mse", "rounding"])
    #expect(abs(u[1] - u[0]).isAlmost(0.5))
  }

  /// SSD-LM: the context is clean, the block is noised logits; with no noise they are ±K.
  @Test func simplex() throws {
    let model = try Noisy.simplex(), objective = try SimplexDenoising(Toy.special, for: model)
    var generator = SeededGenerator(seed: 1)
    var contexts: Set<Int> = []
    for _ in 0..<60 {
      let batch = try objective.batch([Sample(Toy.ids("the dog runs . ann has")), Sample(Toy.ids("ann has a kite . it is"))], using: &generator)
      let context = batch.input.ids[0].count - 3
      contexts.insert(context)
      #expect(batch.input.ids[0][0] == 1 && batch.targets[0][..<context].allSatisfy { $0 < 0 } && Array(batch.targets[0][context...]) == Array(batch.input.ids[0][context...]))
      let s = batch.extras.numbers["s"]!
      #expect(s.shape == [2, 3, Toy.words.count])
    }
    #expect(contexts == [1, 2, 3, 4])
    let batch = try objective.batch([Sample(Toy.ids("the dog runs . ann has"))], using: &generator)
    let before = try objective.loss(model, batch, Run(keepsMemory: false)).item
    // What the block's ids say is not read: only the noisy logits are.
    var other = batch
    other.input.ids[0][batch.input.ids[0].count - 1] = 0
    #expect(try objective.loss(model, other, Run(keepsMemory: false)).item == before)
    #expect(throws: ObjectiveFailure.tooShort(objective: "simplex diffusion", tokens: 2, least: 3)) { try objective.batch([Sample([20, 21])], using: &generator) }
  }

  @Test func regression() throws {
    let model = try Toy.model(
      Recipe("denoiser", [.init("model", .call(Toy.stack("decoder", 64))), .init("noise", .call(Recipe("flow"))), .init("vectors", .integer(3))]))
    var generator = SeededGenerator(seed: 1)
    let objective = InContextRegression(), numbers: [[Float]] = [[1, 0, 0.5], [0, 1, -1], [1, 1, -0.5], [1, 2, -1.5]]
    let batch = try objective.batch([Sample([], numbers: numbers), Sample([], numbers: numbers)], using: &generator)
    let table = ObjectiveTable(batch, Toy.special)
    #expect(
      table.rows == [
        .init("position", cells("0 1 2 3")), .init("x", ["1.0 0.0", "0.0 1.0", "1.0 1.0", "1.0 2.0"]), .init("y read", cells("0.5 -1.0 -0.5 0")),
        .init("y wanted", cells("– – – -1.5")), .init("loss mask", cells("0 0 0 1")),
      ])
    let said = try objective.predictions(model, batch, Run(keepsMemory: false))
    #expect(said.shape == [2, 1])
    let loss = try objective.loss(model, batch, Run(keepsMemory: false)).item
    #expect(abs(loss - 0.5 * (said.values[0] + 1.5) * (said.values[0] + 1.5)) < 1e-5)
    // The y of the query is not read.
    var other = numbers
    other[3][2] = 7
    let moved = try objective.batch([Sample([], numbers: other)], using: &generator)
    #expect(moved.input.vectors!.values == Array(batch.input.vectors!.values[..<12]))
    #expect(throws: ObjectiveFailure.lacking(objective: "regression", .numbers)) {
      try objective.batch([Sample([20])], using: &generator)
    }
  }
}

extension Float {
  fileprivate func isAlmost(_ other: Float) -> Bool { abs(self - other) < 1e-5 }
}
