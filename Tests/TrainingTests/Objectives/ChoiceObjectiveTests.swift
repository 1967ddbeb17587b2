// Objectives that teach a choice or a judgement instead of a row over the vocabulary: replaced tokens (ELECTRA), both directions (ELMo), and what teaches an
// indexer (DeepSeek-V3.2).

import Blocks
import Checkpoints
import Files
import Models
import Tensors
import Testing

@testable import Training

@Suite struct ChoiceObjectiveTests {
  private static let text = [Sample(Toy.ids("the dog near the cats runs . ann has a kite .")), Sample(Toy.ids("it is red . the bird runs near ann . dog ."))]

  private func judge() throws -> Architecture {
    let model = try Model(
      configuration: JSON.parse(Array(
        """
        {"model_type": "electra", "architectures": ["ElectraForPreTraining"], "vocab_size": \(Toy.words.count), "embedding_size": 8, "hidden_size": 16,
         "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 32}
        """.utf8), name: "judge"), name: "judge"
    ).architecture
    try model.initialise(seed: 3, rule: .mini)
    return model
  }

  private func directions(words: Int? = Toy.words.count) throws -> Architecture {
    func list(_ x: Int) -> Recipe.Value { .list([.integer(x)]) }
    let model = try Recipe("elmo", [
      .init("layers", .integer(2)), .init("width", .integer(6)), .init("hidden", .integer(10)), .init("characters", .integer(1)), .init("characterWidth", .integer(6)),
      .init("vocabulary", .integer(Toy.words.count)), .init("lengths", list(1)), .init("counts", list(8)), .init("highways", .integer(1)),
    ] + (words.map { [.init("words", .integer($0))] } ?? [])).architecture()
    try model.initialise(seed: 1, rule: .mini)
    return model
  }

  /// A word that was exchanged for itself was not replaced; specials are asked of nobody.
  @Test func labelsSayWhichWordsWereReplaced() throws {
    let objective = try #require(try Objectives.named("replaced", ["rate": .number(0.5)], Toy.special) as? ReplacedTokens)
    var generator = SeededGenerator(seed: 4)
    let batch = try objective.batch(Self.text, using: &generator), labels = ReplacedTokens.labels(batch)
    for (row, sample) in Self.text.enumerated() {
      let whole = objective.exchange.framed(sample.tokens)
      for (place, word) in whole.enumerated() {
        #expect(labels[row][place] == (Toy.special.isSpecial(word) || batch.input.ids[row][place] != word ? 1 : 0) || batch.weights[row][place] == 0)
        #expect((batch.weights[row][place] == 0) == Toy.special.isSpecial(word))
      }
    }
    let asked = zip(labels, batch.weights).flatMap { zip($0, $1) }.filter { $0.1 > 0 }
    #expect(asked.contains { $0.0 == 1 } && asked.contains { $0.0 == 0 })
    // Of all judgements 0 the loss is ln 2.
    let model = try judge()
    let last = try #require(model.head?.weight)
    last.bind(.filled(last.shape, with: 0))
    #expect(abs(try objective.loss(model, batch, Run(keepsMemory: false)).item - Float(0.693147)) < 1e-5)
  }

  @Test func replacedFollowsTheDirectionalDifference() throws {
    let model = try judge(), objective = try Objectives.named("replaced", [:], Toy.special)
    var generator = SeededGenerator(seed: 11)
    let batch = try objective.batch(Self.text, using: &generator)
    let result = try directionalError(GradientStep(model)) { try objective.loss(model, batch, $0) }
    #expect(abs(result.slope - result.difference) < max(1e-3, 1e-2 * abs(result.slope)) && abs(result.slope) > 1e-3, "\(result)")
  }

  @Test func bothDirectionsFollowTheDirectionalDifference() throws {
    let model = try directions(), objective = try Objectives.named("both directions", [:], Toy.special)
    var generator = SeededGenerator(seed: 11)
    let batch = try objective.batch(Self.text, using: &generator)
    let result = try directionalError(GradientStep(model)) { try objective.loss(model, batch, $0) }
    #expect(abs(result.slope - result.difference) < max(1e-3, 1e-2 * abs(result.slope)) && abs(result.slope) > 1e-3, "\(result)")
  }

  /// The forward loss of a word never depends on what follows it, the backward one never on what precedes it.
  @Test func noDirectionSeesItsAnswer() throws {
    let model = try directions(), base = Toy.ids("the dog runs near ann ."), changed = 3
    func said(_ text: [Int]) throws -> (forward: [Float], backward: [Float]) {
      let both = try #require(try model.directionLogits(Architecture.Input([text]), Run(keepsMemory: false)))
      return (both.forward.values, both.backward.values)
    }
    var other = base
    other[changed] = Toy.ids("kite")[0]
    let (a, b) = (try said(base), try said(other)), width = Toy.words.count
    for place in base.indices {
      let row = (place * width)..<((place + 1) * width)
      #expect((a.forward[row] == b.forward[row]) == (place < changed))
      #expect((a.backward[row] == b.backward[row]) == (place > changed))
    }
  }

  @Test func messages() throws {
    var generator = SeededGenerator(seed: 1)
    let ways = try BothDirections(Toy.special)
    #expect(throws: ObjectiveFailure.empty(
      objective: "both directions", "texts of 4 and 3 tokens: they must be of one length, or the way back would begin with padding")
    ) { try ways.batch([Sample(Toy.ids("the dog")), Sample(Toy.ids("red"))], using: &generator) }
    #expect(throws: ObjectiveFailure.tooShort(objective: "both directions", tokens: 0, least: 1)) { try ways.batch([Sample([])], using: &generator) }
    let batch = try ways.batch(Self.text, using: &generator), silent = try directions(words: nil)
    #expect(throws: ObjectiveFailure.noPart("a prediction of words in both directions", of: "")) { try ways.loss(silent, batch, Run(keepsMemory: false)) }
    let replaced = try Objectives.named("replaced", [:], Toy.special), decoder = try Toy.decoder()
    let exchanged = try replaced.batch(Self.text, using: &generator)
    #expect(throws: ObjectiveFailure.noPart("a head that judges each token", of: "")) { try replaced.loss(decoder, exchanged, Run(keepsMemory: false)) }
    let taught = try Objectives.named("next", ["index": .number(1)], Toy.special)
    let next = try taught.batch(Self.text, using: &generator)
    #expect(throws: ObjectiveFailure.noPart("an indexer", of: "")) { try taught.loss(decoder, next, Run(keepsMemory: false)) }
  }

  private func indexed(_ top: Int) throws -> Architecture {
    let attention = Recipe("latent", [
      .init("heads", .integer(2)), .init("latent", .integer(8)), .init("queryLatent", .integer(8)), .init("plain", .integer(4)), .init("rotary", .integer(4)),
      .init("value", .integer(4)), .init("topKeys", .integer(top)), .init("indexHeads", .integer(2)),
    ])
    return try Toy.model(Recipe("decoder", [
      .init("layers", .integer(2)), .init("width", .integer(16)), .init("attention", .call(attention)), .init("vocabulary", .integer(Toy.words.count)),
    ]))
  }

  /// The divergence moves the indexers and nothing else; along their parameters it is what the difference says. With a short text, whose keys are all
  /// chosen, as with one of which four are left.
  @Test(arguments: [4, 64]) func divergenceTeachesTheIndexerAlone(_ top: Int) throws {
    let model = try indexed(top), step = try GradientStep(model)
    func divergence(_ run: Run) throws -> Tensor {
      run.indexings = []
      _ = try model(Architecture.Input(Self.text.map(\.tokens)), run).checked()
      let records = run.indexings ?? []
      #expect(records.map(\.path) == ["layers.0.attention", "layers.1.attention"])
      return records.dropFirst().reduce(records[0].divergence()) { $0 + $1.divergence() }
    }
    let (loss, gradients) = try step(divergence)
    #expect(loss > 0.01)
    let paths = Dictionary(model.allParameters.map { (ObjectIdentifier($0.parameter), $0.path) }, uniquingKeysWith: { first, _ in first })
    for (parameter, gradient) in zip(step.parameters, gradients) {
      let moves = gradient.values.contains { $0 != 0 }
      #expect(moves == (paths[ObjectIdentifier(parameter)] ?? "").contains(".indexer."), "\(paths[ObjectIdentifier(parameter)] ?? "")")
    }
    let own = try GradientStep(model.allParameters.filter { $0.path.contains(".indexer.") }.map(\.parameter))
    // The choice itself jumps: the second layer's stream would change with it, so that the difference is taken of the first layer.
    let result = try directionalError(own) { run in
      run.indexings = []
      _ = try model(Architecture.Input(Self.text.map(\.tokens)), run).checked()
      return try #require(run.indexings?.first).divergence()
    }
    #expect(abs(result.slope - result.difference) < max(1e-3, 1e-2 * abs(result.slope)) && abs(result.slope) > 1e-3, "\(result)")
  }

  /// Attention's own pattern has no divergence from itself; a flat indexer's is ln(keys) less the pattern's entropy.
  @Test func divergenceOfKnownRows() {
    let pattern = Tensor([0.5, 0.5, 0, 0.25, 0.25, 0.5], [1, 2, 3]), same = Tensor([0, 0, -1e4, 0, 0, 0.693147], [1, 2, 3])
    #expect(abs(IndexRecord(path: "", scores: same, pattern: pattern).divergence().item) < 1e-5)
    let flat = IndexRecord(path: "", scores: Tensor([0, 0, 0, 0, 0, 0], [1, 2, 3]), pattern: pattern).divergence().item
    #expect(abs(flat - Float((1.098612 - 0.693147 + 1.098612 - 1.039721) / 2)) < 1e-5)
    let first = IndexRecord(path: "", scores: Tensor([0, 0, 0, 0, 0, 0], [1, 2, 3]), pattern: pattern).divergence(of: [[true, false]]).item
    #expect(abs(first - Float(1.098612 - 0.693147)) < 1e-5)
  }

  /// Padding teaches an indexer nothing: two texts of different lengths cost the mean over their own tokens, with the padding at their end as with none.
  @Test func paddingAsksForNothing() throws {
    let model = try indexed(4), texts = ["the dog runs near ann .", "the bird ."].map(Toy.ids), objective = try Objectives.named("next", ["index": .number(1)], Toy.special)
    func loss(_ texts: [[Int]]) throws -> Double {
      var generator = SeededGenerator(seed: 1)
      let batch = try objective.batch(texts.map { Sample($0) }, using: &generator)
      let parts = try objective.losses(model, batch, Run(keepsMemory: false)).parts
      return Double(try #require(parts.first { $0.name == "index" }).value.item)
    }
    let apart = try texts.map { try loss([$0]) }, counts = texts.map { Double($0.count) }
    let expected = zip(apart, counts).reduce(0) { $0 + $1.0 * $1.1 } / counts.reduce(0, +)
    let together = try loss(texts)
    #expect(abs(together - expected) < 1e-5 && abs(apart[0] - apart[1]) > 5e-4, "\(together), \(apart)")
  }
}
