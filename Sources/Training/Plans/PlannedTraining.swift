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

  /// - Parameters:
  ///   - opening: finds a shipped model by its name, where the plan starts from one.
  ///   - stop: ends the training between two operations.
  public init(_ plan: Plan, opening: (String) throws -> Model, stop: UnsafeMutablePointer<Int32>? = nil) throws {
    self.plan = plan
    model = try plan.model(opening: opening)
    let objective = (plan.objective as? any ReferringObjective)?.referring(to: model.architecture) ?? plan.objective
    policy = try (plan.objective as? PolicyLearning).map { [model] in
      try $0.training(model.architecture, judge: opening($0.reward), corpus: plan.corpus, plan.settings, stop: stop)
    }
    trainer = try Trainer(model.architecture, on: plan.corpus, objective, plan.settings, stop: stop)
  }

  public var fingerprint: String { TrainingFingerprint.text(plan) }

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
        tokens: policy.settings.rollouts * policy.settings.responseTokens)
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
  public static func results(of plan: Plan, _ model: Architecture, stop: UnsafeMutablePointer<Int32>? = nil) throws -> [Result] {
    let measuring = Measuring(plan, model, stop: stop)
    return try plan.scores.map { Result(score: $0, value: try measuring.value(of: $0.measure, samples: $0.samples)) }
  }

  /// Writes the model, its tokenizer and its card into a folder: the card says what it was made from and what it reached.
  public func write(to folder: String, results: [Result]) throws {
    try model.publish(to: folder, as: plan.precision, tokenizer: plan.tokenizer)
    let card: JSONTree = .object([
      ("name", .string(plan.name)), ("about", .string(plan.about)), ("made_by", .string("orrery train \(plan.name)")), ("license", .string("Apache-2.0")),
      ("parameters", .int(model.architecture.parameterCount)), ("corpus", .string(plan.corpus.name)), ("objective", .string(plan.objective.name)),
      ("floor", plan.corpus.floor.map { .double($0) } ?? .null), ("steps", .int(trainer.step)), ("seed", .int(Int(plan.settings.seed))),
      ("scores", .object(results.map { ($0.score.measure.name, .double($0.value)) })),
    ])
    try AtomicFile.write(folder + "/card.json", JSON.encodeBytes(card, .pretty) + [0x0A])
  }
}
