// PPO as a plan names it. Its samples come from the policy itself, so the loop of samples and gradients cannot carry it out: a planned training hands the model
// to `PolicyTraining`. As an objective over given texts it says what it is held to: the likelihood of the responses.

import Blocks
import Models
import Tensors

/// Writes what a reward model likes.
public struct PolicyLearning: Objective {
  public let name = "ppo"
  public let rows: ResponseRows
  /// Name of the reward model.
  public let reward: String
  public var settings = PolicySettings()

  public init(_ special: SpecialTokens, reward: String, begins: Bool? = nil) { (rows, self.reward) = (ResponseRows(special, begins: begins), reward) }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    try Batch(samples.map { try rows.example($0.source, $0.tokens, objective: name) }, filler: rows.special.filler, readsBothWays: false, objective: name)
  }

  /// The training of a policy by this plan's numbers: a step is an iteration, a batch its responses.
  /// - Parameter judge: the reward model; its copy is where the value function begins. Scores are standardised on the corpus's own answers.
  public func training(
    _ policy: Architecture, judge: Model, corpus: any Corpus, _ plan: TrainingSettings, stop: UnsafeMutablePointer<Int32>? = nil
  ) throws -> PolicyTraining {
    var settings = settings
    (settings.iterations, settings.rollouts, settings.seed, settings.policyRate) = (plan.steps, plan.batch, plan.seed, plan.optimiser.rate)
    (settings.optimiser, settings.schedule) = (plan.optimiser, plan.schedule)
    let samples = corpus.samples(128, .training, seed: plan.seed)
    settings.responseTokens = samples.map(\.tokens.count).max() ?? settings.responseTokens
    let texts = samples.flatMap { sample in [sample.tokens, sample.rejected].filter { !$0.isEmpty }.map { (prompt: sample.source, response: $0) } }
    // The judge reads whole texts: a begin token where its context has room for one.
    let longest = texts.map { rows.lead($0.prompt).count + $0.response.count }.max() ?? 0
    let read = ResponseRows(rows.special, begins: rows.begins && longest <= judge.architecture.context ?? .max)
    let reward = try StandardisedReward(judge.architecture, read, reference: texts)
    let value = try Model(configuration: judge.configuration.json, name: judge.architecture.name)
    value.architecture.adoptNumbers(of: judge.architecture)
    return try PolicyTraining(policy, value: value.architecture, corpus: corpus, rows: rows, settings: settings, stop: stop) { try reward($0) }
  }
}
