// A plan carried out: trained, measured, written. The command line and the prompt both go through here.

import Blocks
import Files
import Foundation
import Models
import Tensors

/// A training that follows a plan.
public final class PlannedTraining {
  public let plan: Plan
  public let model: Model
  public let trainer: Trainer
  /// What a plan of PPO is carried out by; its trainer then only counts.
  public let policy: PolicyTraining?
  /// Numbers of other models that the training rests on: a checkpoint of it goes on only with the same ones.
  private let origin: [String]

  /// - Parameters:
  ///   - opening: finds a shipped model by its name, where the plan starts from one.
  ///   - stop: ends the training between two operations.
  public init(_ plan: Plan, opening: (String) throws -> Model, stop: UnsafeMutablePointer<Int32>? = nil) throws {
    self.plan = plan
    model = try plan.model(opening: opening)
    var origin: [String] = []
    func rests(on name: String, _ other: Architecture) { origin.append("\(name)=\(PrefixTuning.fingerprint(other))") }
    if plan.objective is any ReferringObjective || plan.objective is PolicyLearning || plan.learns == .prefix { rests(on: "start", model.architecture) }
    let objective = (plan.objective as? any ReferringObjective)?.referring(to: model.architecture) ?? plan.objective
    policy = try (plan.objective as? PolicyLearning).map { [model] in
      let judge = try opening($0.reward)
      rests(on: "reward", judge.architecture)
      return try $0.training(model.architecture, judge: judge, corpus: plan.corpus, plan.settings, stop: stop)
    }
    let learning = plan.learns == .prefix ? PrefixTuning.learned(model.architecture).map(\.parameter) : nil
    trainer = try Trainer(model.architecture, on: plan.corpus, objective, plan.settings, learning: learning, stop: stop)
    self.origin = origin
  }

  public var fingerprint: String { ([TrainingFingerprint.text(plan)] + origin).joined(separator: "\n") }

  /// Writes what the training needs to go on. Whole or not at all.
  public func save(_ path: String) throws(FileFailure) {
    if let policy { try policy.save(path, history: trainer.history, fingerprint: fingerprint) } else { try trainer.save(path, fingerprint: fingerprint) }
  }

  /// Goes on from a file, to the same bits.
  /// - Throws: `TrainingFailure` or `CheckpointFailure`; nothing has been changed then.
  public func resume(_ path: String) throws {
    guard let policy else { return try trainer.resume(path, fingerprint: fingerprint) }
    trainer.history = try policy.resume(path, fingerprint: fingerprint)
    trainer.step = policy.history.count
  }

  /// Goes on to the last step.
  /// - Parameter each: called after every step.
  public func train(_ each: (StepReport) throws -> Void) throws {
    if let policy { return try train(policy, each) }
    while !trainer.isFinished { try each(try trainer.advance()) }
    trainer.adoptAverage()
  }

  /// Iterations of PPO. What is reported as the loss is the mean reward with its sign turned.
  private func train(_ policy: PolicyTraining, _ each: (StepReport) throws -> Void) throws {
    while !policy.isFinished {
      let said = try policy.advance()
      trainer.step = said.iteration
      let report = StepReport(
        step: said.iteration, loss: Float(-said.reward), rate: plan.settings.optimiser.rate, norm: 0,
        tokens: policy.settings.rollouts * policy.settings.responseTokens, policy: said)
      trainer.history.append(report)
      try each(report)
    }
  }

  /// What a score came to.
  public struct Result: Sendable {
    public let score: Plan.Score
    public let value: Double
    public var holds: Bool { score.holds(value) }
    /// "valid 0.92, at least 0.9: holds"
    public var text: String {
      let bound = [score.atLeast.map { "at least \(shortened($0))" }, score.atMost.map { "at most \(shortened($0))" }].compactMap { $0 }.joined(separator: ", ")
      return "\(score.measure.name) \(shortened(value)) (\(bound)): \(holds ? "holds" : "FAILS")"
    }
  }

  /// Measures a model against a plan's scores.
  /// - Parameters:
  ///   - part: what is held out; the part that is trained on, while settings are chosen: fresh samples of it, so that the held-out ones stay unseen.
  ///   - opening: finds the model that the plan starts from.
  public static func results(
    of plan: Plan, _ model: Architecture, on part: CorpusPart = .heldOut, opening: (String) throws -> Model, stop: UnsafeMutablePointer<Int32>? = nil
  ) throws -> [Result] {
    let needsStart = plan.objective is any ReferringObjective || plan.scores.contains { $0.measure == .kl }
    let measuring = Measuring(plan, model, on: part, start: needsStart ? try plan.start.map { try opening($0).architecture } : nil, stop: stop)
    return try plan.scores.map { Result(score: $0, value: try measuring.value(of: $0.measure, samples: $0.samples)) }
  }

  /// Writes the model, its tokenizer and its card into a folder: the card says what it was made from and what it reached.
  /// - Throws: as `ModelFolder.write`.
  public func write(to folder: String, results: [Result]) throws {
    let card: JSONTree = .object([
      ("name", .string(plan.name)), ("about", .string(plan.about)), ("made_by", .string("orrery train \(plan.name)")), ("license", .string("Apache-2.0")),
      ("parameters", .int(model.architecture.parameterCount)), ("corpus", .string(plan.corpus.name)), ("objective", .string(plan.objective.name)),
      ("floor", plan.corpus.floor.map { .double($0) } ?? .null), ("steps", .int(trainer.step)), ("seed", .int(Int(plan.settings.seed))),
      ("scores", .object(results.map { ($0.score.measure.name, .double($0.value)) })),
    ])
    try model.publish(to: folder, as: plan.precision, tokenizer: plan.tokenizer, card: card)
  }
}
