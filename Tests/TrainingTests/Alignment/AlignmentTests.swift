import Blocks
import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

@testable import Training

private let decoder = """
  {"decoder": {"layers": 2, "width": 16, "vocabulary": 43, "context": 40, "attention": {"multiHead": {"heads": 2, "bias": true}},
   "position": {"learned": {}}, "feedForward": {"feedForward": {"hidden": 32}}}}
  """

private func made(_ json: String = decoder, seed: UInt64 = 3) throws -> Architecture {
  let model = try architecture(json)
  try model.initialise(seed: seed, rule: .mini)
  return model
}

private func judge(_ base: Architecture) throws -> Architecture {
  let model = try made("{\"classifier\": {\"model\": \(decoder), \"classes\": 1, \"deep\": false}}", seed: 9)
  #expect(model.adoptNumbers(of: base) == ["classifier.output.weight", "classifier.output.bias"])
  return model
}

private let special = StoriesCorpus().vocabulary.special

private func message(_ body: () throws -> Void) -> String {
  do { try body(); return "nothing was thrown" } catch { return "\(error)" }
}

@Suite struct FineTuningTests {
  @Test func theTableOfOneTurn() throws {
    let words = ["<pad>", "<user>", "<asst>", "<end>", "hi", "hello", "there"], special = SpecialTokens(words)
    let sample = Sample([5, 6], source: [4])
    var generator = SeededGenerator(seed: 0)
    var objective = FineTuning(special)
    let table = try objective.table(sample, special, using: &generator)
    #expect(table["input"] == ["<user>", "hi", "<end>", "<asst>", "hello", "there"])
    #expect(table["target"] == ["–", "–", "–", "hello", "there", "<end>"])
    #expect(table["loss mask"] == ["0", "0", "0", "1", "1", "1"])
    objective.learnsToEnd = false
    #expect(try objective.table(sample, special, using: &generator)["loss mask"] == ["0", "0", "0", "1", "1", "0"])
    #expect(message { _ = try FineTuning(special, template: TurnTemplate()).batch([Sample([], source: [4])], using: &generator) } == "fine-tuning: a sample has no response")
  }

  /// The gradient of every prompt logit is exactly 0.
  @Test func promptsHaveNoLoss() throws {
    let corpus = StoriesCorpus()
    var generator = SeededGenerator(seed: 1)
    let story = corpus.sample(.training, using: &generator).tokens
    let batch = try FineTuning(special, begins: true).batch([Sample(Array(story[19...]), source: Array(story[..<19]))], using: &generator)
    let logits = Parameter(1, batch.targets[0].count, 43)
    logits.bind(.filled(logits.shape, with: 0))
    let gradient = try GradientStep([logits]) { _ in weightedCrossEntropy(logits.tensor, batch.targets, batch.weights) }.gradients[0].values
    let separated = 1 + 19 + 1                                              // begin, prompt, separator
    #expect(gradient[..<((separated - 1) * 43)].allSatisfy { $0 == 0 })
    #expect(gradient[((separated - 1) * 43)...].contains { $0 != 0 })
  }
}

@Suite struct PreferenceTests {
  private let corpus = PreferencesCorpus()

  private func batch(_ objective: any Objective, _ count: Int = 4) throws -> Batch {
    var generator = SeededGenerator(seed: 2)
    return try objective.batch(corpus.samples(count, .training, seed: 5), using: &generator)
  }

  @Test func preferenceTable() throws {
    let base = try made()
    let objective = DirectPreference(special, reference: FrozenNumbers(base))
    var generator = SeededGenerator(seed: 0)
    let table = try objective.table(corpus.samples(1, .training, seed: 5)[0], special, using: &generator)
    // 19 tokens of prompt and a begin token; the verb and what follows it count, five tokens.
    #expect(table["loss mask"] == (0..<32).map { (20..<25).contains($0) ? "1" : "0" })
    let chosen = try #require(table["target"]), rejected = try #require(table["rejected target"])
    #expect(chosen[20] == "likes" && ["sees", "wants"].contains(rejected[20]))
    #expect(chosen[21...] == rejected[21...])
    #expect(message { _ = try objective.batch([Sample([1], source: [2])], using: &generator) } == "dpo: a sample has no rejected answer")
    #expect(message { _ = try RewardLearning(special).batch([Sample([1], source: [2])], using: &generator) } == "reward: a sample has no rejected answer")
  }

  /// At π = π_ref the loss is ln 2; after a step it is less, and it is β that scales the step.
  @Test func directPreferenceBeginsAtLogarithmOfTwo() throws {
    let base = try made()
    var objective = DirectPreference(special, reference: FrozenNumbers(base))
    let batch = try batch(objective)
    let run = { Run(keepsMemory: false) }
    #expect(abs(try objective.loss(base, batch, run()).item - 0.6931472) < 1e-6)
    let step = try GradientStep(base), optimiser = Optimiser(OptimiserSettings(rate: 1e-3), step.parameters)
    for _ in 0..<5 { optimiser.update(try step { try objective.loss(base, batch, $0) }.gradients, rate: 1e-3) }
    let after: Float = try objective.loss(base, batch, run()).item
    #expect(after < 0.69)
    let moved = try objective.movement(base, batch)
    #expect(moved.chosen > moved.rejected && moved.accuracy == 1)
    // With a term for the chosen answers the loss has two parts, and they add up.
    objective.fineTuning = 0.5
    let parts = try objective.losses(base, batch, run())
    #expect(parts.parts.map(\.name) == ["preference", "fine-tuning"])
    #expect(abs(parts.parts[0].value.item + parts.parts[1].value.item - parts.total.item) < 1e-6)
  }

  /// The pieces of a batch add up to the whole.
  @Test func piecesAddUp() throws {
    let base = try made(), reference = FrozenNumbers(try made(seed: 4))
    for objective in [DirectPreference(special, reference: reference), RewardLearning(special)] as [any Objective] {
      let model = objective is RewardLearning ? try judge(base) : base
      let batch = try batch(objective, 6)
      let whole = try objective.loss(model, batch, Run(keepsMemory: false)).item
      let sum = try batch.pieces(of: 4).reduce(Float(0)) { $0 + (try objective.loss(model, $1, Run(keepsMemory: false)).item) }
      #expect(abs(whole - sum) < 2e-6, "\(objective.name)")
    }
  }

  /// Log-probabilities before the first token that differs are the same for both answers, so they cancel.
  @Test func sharedPrefixesCancel() throws {
    let base = try made(), rows = try batch(DirectPreference(special, reference: FrozenNumbers(base))).answers
    var all = rows
    all.targets = rows.ids.map { Array($0.dropFirst()) + [0] }
    all.weights = rows.ids.map { $0.map { _ in 1 } }
    let x = try base.likelihoods(all, Run(keepsMemory: false))
    for row in 0..<4 { for place in 0..<20 { #expect(x.values[row * 32 + place] == x.values[(row + 4) * 32 + place]) } }
  }

  @Test func frozenNumbersStayAndComeBack() throws {
    let model = try made(), frozen = FrozenNumbers(model)
    let before = model.allParameters.map { $0.parameter.tensor.values }
    let step = try GradientStep(model), x = model.allParameters[0].parameter
    x.tensor.untracked.pointer[0] += 1
    #expect(frozen.applied { x.tensor.values } == before[0])
    #expect(x.tensor.values[0] == before[0][0] + 1)
    frozen.restore()
    #expect(model.allParameters.map { $0.parameter.tensor.values } == before)
    #expect(step.parameters.count == model.allParameters.count)
  }

  @Test func rewardModelLearnsAndIsStandardised() throws {
    let base = try made(), model = try judge(base), objective = RewardLearning(special)
    let batch = try batch(objective, 16)
    let step = try GradientStep(model), optimiser = Optimiser(OptimiserSettings(rate: 3e-3), step.parameters)
    for _ in 0..<25 { optimiser.update(try step { try objective.loss(model, batch, $0) }.gradients, rate: 3e-3) }
    let found = try objective.accuracy(model, batch)
    #expect(found.share == 1 && found.means[0] > found.means[1])
    let texts = corpus.samples(16, .training, seed: 5).flatMap { [(prompt: $0.source, response: $0.tokens), (prompt: $0.source, response: $0.rejected)] }
    let reward = try StandardisedReward(model, ResponseRows(special), reference: texts), scores = try reward(texts)
    let mean = scores.reduce(Float(0), +) / 32, square = scores.reduce(Float(0)) { $0 + $1 * $1 } / 32
    #expect(abs(mean) < 1e-4)
    #expect(abs(square - 1) < 1e-3)
    #expect(message { _ = try base.rewards([[1]], lengths: [1], Run(keepsMemory: false)) } == "the model has no classifier of 1 class, which this objective trains")
  }
}

@Suite struct PolicyTrainingTests {
  private func training(_ change: (inout PolicySettings) -> Void = { _ in }) throws -> PolicyTraining {
    var settings = PolicySettings()
    (settings.rollouts, settings.minibatch, settings.iterations, settings.policyRate, settings.epochs) = (16, 8, 6, 3e-3, 2)
    settings.seed = 1
    change(&settings)
    let policy = try made(), corpus = PreferencesCorpus(), likes = corpus.vocabulary["likes"]
    // A reward that a policy without training can earn: how often the word was said.
    return try PolicyTraining(policy, value: judge(policy), corpus: corpus, rows: ResponseRows(special), settings: settings) { texts in
      texts.map { Float($0.response.count { $0 == likes }) }
    }
  }

  @Test func rewardRises() throws {
    let training = try training { $0.iterations = 12; $0.beta = 0.01 }
    while !training.isFinished { try training.advance() }
    let history = training.history
    #expect(abs(history[0].divergence) < 1e-4)
    #expect(history[0].entropy > 2 && history[0].entropy < 3.77)
    let first = history.prefix(3).reduce(0.0) { $0 + $1.reward }, last = history.suffix(3).reduce(0.0) { $0 + $1.reward }
    #expect(last > first + 1)
    #expect(history.last!.divergence > 0.02)
    for report in history { #expect(report.clipShare >= 0 && report.clipShare < 0.5 && report.valueLoss.isFinite) }
  }

  /// Without the penalty a policy goes further from its reference than with a strong one.
  @Test func thePenaltyHolds() throws {
    func divergence(_ beta: Float) throws -> Double {
      let training = try training { $0.beta = beta; $0.iterations = 10 }
      while !training.isFinished { try training.advance() }
      return training.history.last!.divergence
    }
    #expect(try divergence(0) > 2 * divergence(5))
  }

  @Test func sameSeedSameBits() throws {
    func numbers() throws -> [[Float]] {
      let training = try training { $0.iterations = 2 }
      while !training.isFinished { try training.advance() }
      return training.policy.allParameters.map { $0.parameter.tensor.values }
    }
    #expect(try numbers() == numbers())
  }

  /// Many rows at once say what one row says alone, and a stop token ends a row.
  @Test func rolloutsInABatch() throws {
    let model = try made(), leads = [[1, 5, 9], [1, 7, 30], [1, 8, 2]]
    var greedy = Sampler.greedy
    let together = try Rollouts(model, leads: leads, limit: 6, sampler: &greedy)
    for (lead, response) in zip(leads, together.responses) {
      #expect(try Autoregressive(model).generate(lead, limit: 6, sampler: .greedy, run: Run()) == response)
    }
    let stop = together.responses[0][1]
    let stopped = try Rollouts(model, leads: leads, limit: 6, sampler: &greedy, stop: stop)
    #expect(stopped.responses[0] == Array(together.responses[0].prefix { $0 != stop }) + [stop])
    #expect(message { _ = try Rollouts(model, leads: [[1], [1, 2]], limit: 2, sampler: &greedy) } == "rollouts: the prompts of one batch must have the same number of tokens, at least one")
    #expect(message { _ = try Rollouts(model, leads: [[1]], limit: 60, sampler: &greedy) } == "a text of 60 tokens is longer than the context of 40 tokens")
  }
}

@Suite struct PrefixTuningTests {
  private let ids = [[1, 5, 9, 12], [3, 8, 30, 7]]
  private func logits(_ model: Architecture) throws -> Tensor { try model(Architecture.Input(ids), Run(keepsMemory: false)) }
  private func folder() throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func tuned(_ base: Architecture, hidden: Int? = 12) throws -> Architecture {
    let tuned = try PrefixTuning.before(base, length: 3, hidden: hidden)
    var generator = SeededGenerator(seed: 8)
    for (_, parameter) in PrefixTuning.learned(tuned) { try parameter.initialise(as: .normal(deviation: 0.4), using: &generator) }
    return tuned
  }

  @Test func storedPrefixGivesTheSameLogits() throws {
    let base = try made(), tuned = try tuned(base), stored = try PrefixTuning.stored(tuned, base: base)
    #expect(try logits(tuned).largestDifference(from: logits(stored)) < 1e-6)
    #expect(try logits(stored).largestDifference(from: logits(base)) > 1e-2)
    // P · 2 · layers · width numbers are kept.
    #expect(PrefixTuning.learned(stored).reduce(0) { $0 + $1.parameter.count } == 3 * 2 * 2 * 16)
    #expect(try logits(PrefixTuning.before(base, length: 0)).values == logits(base).values)
    #expect(message { _ = try PrefixTuning.stored(base, base: base) }.hasSuffix("has no prefix that is trained through an encoder; build it with prefixTuned(…, length: 10, hidden: 512)"))
  }

  /// Only the prefix learns; not a bit of the base changes, and no gradient is made for it.
  @Test func theBaseIsFrozen() throws {
    let base = try made(), before = PrefixTuning.fingerprint(base), tuned = try tuned(base)
    let step = try GradientStep(PrefixTuning.learned(tuned).map(\.parameter)), optimiser = Optimiser(OptimiserSettings(rate: 0.01), step.parameters)
    var generator = SeededGenerator(seed: 0)
    let objective = FineTuning(special, template: TurnTemplate(), begins: true)
    let batch = try objective.batch(PreferencesCorpus().samples(8, .training, seed: 1), using: &generator)
    var losses: [Float] = []
    for _ in 0..<30 {
      let result = try step { try objective.loss(tuned, batch, $0) }
      #expect(result.gradients.count == 5)
      optimiser.update(result.gradients, rate: 0.01)
      losses.append(result.loss)
    }
    #expect(losses.last! < losses[0] - 0.1)
    #expect(PrefixTuning.fingerprint(base) == before && PrefixTuning.fingerprint(tuned) == before)
    #expect(base.allParameters.allSatisfy { $0.parameter.tensor.trace == nil })
  }

  @Test func sharesMixPrefixAndText() throws {
    let base = try made(), kept = try PrefixTuning.stored(tuned(base), base: base)
    let shares = try PrefixTuning.shares(kept, length: 3, ids)
    #expect(shares.map(\.name) == ["layers.0.attention.pattern", "layers.1.attention.pattern"])
    for (_, share) in shares {
      #expect(share.shape == [2, 2, 4])
      #expect(share.values.allSatisfy { $0 >= 0 && $0 <= 1 + 1e-6 } && share.values.contains { $0 > 0.01 })
    }
    // In the first layer: mixed = (1 − λ)·(the base's, at the same positions) + λ·(the prefix alone).
    let name = "layers.0.attention.pattern"
    let run = Run(keepsMemory: false, watch: .matching([name]))
    _ = try kept.hidden(Architecture.Input(ids), run).checked()
    let pattern = try #require(run[name])                                    // [b, h, t, 3 + t]
    let text = pattern.slice(3..<7, axis: 3)
    let ratio = text.sum().reshaped([2, 2, 4]) + shares[0].share
    #expect(ratio.values.allSatisfy { abs($0 - 1) < 1e-5 })
  }

  @Test func aPrefixIsASmallFile() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/story.prefix.safetensors", base = try made(), tuned = try tuned(base), kept = try PrefixTuning.stored(tuned, base: base)
    try PrefixTuning.save(kept, to: file)
    let bytes = try #require(FileManager.default.attributesOfItem(atPath: file)[.size] as? Int)
    #expect(bytes < 2000)
    #expect(try logits(PrefixTuning.load(file, before: base)).values == logits(kept).values)
    #expect(message { _ = try PrefixTuning.load(file, before: made(seed: 77)) }.hasSuffix("its text would mean nothing"))
    let wide = try made(decoder.replacing("\"width\": 16", "\"width\": 32"))
    #expect(message { _ = try PrefixTuning.load(file, before: wide) }.contains("this prefix is for another model: layers.0.attention.prefixKeys is"))
    let deep = try made(decoder.replacing("\"layers\": 2", "\"layers\": 3"))
    #expect(message { _ = try PrefixTuning.load(file, before: deep) }.hasSuffix("this prefix is for another model: it has keys for 2 attention layers, and the model has 3"))
    try Safetensors.write(file, [])
    #expect(message { _ = try PrefixTuning.load(file, before: base) }.hasSuffix("this is no prefix (tensors called prefixKeys and prefixValues, and their base's fingerprint)"))
    #expect(message { try PrefixTuning.save(tuned, to: file) }.contains("this is no prefix"))
  }
}

@Suite struct AlignmentRegistryTests {
  @Test func byName() throws {
    let model = try made()
    for name in ["fine-tuning", "reward", "dpo"] { #expect(try Objectives.named(name, ["begin": .boolean(true)], special, for: model).name == name) }
    let dpo = try #require(try Objectives.named("dpo", ["beta": .number(0.5), "tuning": .number(0.2)], special, for: model) as? DirectPreference)
    #expect(dpo.beta == 0.5 && dpo.fineTuning == 0.2)
    // A plan names it before there is a model: the training sets the reference, and without one there is no loss.
    let bare = try Objectives.named("dpo", [:], special)
    var generator = SeededGenerator(seed: 0)
    let batch = try bare.batch(PreferencesCorpus().samples(2, .training, seed: 1), using: &generator)
    #expect(message { _ = try bare.loss(model, batch, Run(keepsMemory: false)) } == "dpo: there is no reference to hold the policy against; give the model that it begins as")
    let referring = try #require(bare as? any ReferringObjective)
    #expect(abs(try referring.referring(to: model).loss(model, batch, Run(keepsMemory: false)).item - 0.6931472) < 1e-6)
    #expect(message { _ = try Objectives.named("ppo", [:], special) } == "ppo: the reward model is missing; give reward, the name of a shipped one")
  }
}
