// What a training is told, and what it says of itself.

import Files

/// The numbers of a training.
public struct TrainingSettings: Sendable, Equatable {
  public var optimiser: OptimiserSettings
  public var schedule: Schedule
  public var steps: Int
  /// Samples of one step, and how many of them are walked at a time (gradients of the pieces add up).
  public var batch: Int, piece: Int
  public var seed: UInt64
  /// Decay of an average of the weights, which is then what is evaluated and shipped; nil: the weights themselves.
  public var average: Double?
  /// Steps between two evaluations on held-out samples, and how many samples.
  public var evaluateEvery: Int, heldOutSamples: Int

  public init(
    optimiser: OptimiserSettings, schedule: Schedule = Schedule(), steps: Int, batch: Int, piece: Int? = nil, seed: UInt64 = 0, average: Double? = nil,
    evaluateEvery: Int = 100, heldOutSamples: Int = 256
  ) {
    (self.optimiser, self.schedule, self.steps) = (optimiser, schedule, steps)
    (self.batch, self.piece, self.seed, self.average) = (batch, piece ?? batch, seed, average)
    (self.evaluateEvery, self.heldOutSamples) = (evaluateEvery, heldOutSamples)
  }
}

/// One step, as the log has it.
public struct StepReport: Sendable, Equatable {
  /// Steps that are done, this one included.
  public var step: Int
  /// The objective's loss of this step's batch, before the step; what balances experts beside it is not in it.
  public var loss: Float
  /// The learning rate of the step, and the norm of its gradients before clipping.
  public var rate: Double, norm: Double
  /// Positions that the model has read in this step.
  public var tokens: Int
  /// The loss on held-out samples after the step, where it was measured.
  public var heldOut: Float?
  /// Parts of what the step followed, by name, each as it stands in the sum; empty: the loss is all there is.
  public var parts: [Part] = []
  public struct Part: Sendable, Equatable {
    public let name: String
    public let value: Float
  }
  /// What an iteration of PPO says; nil: the step was another objective's.
  public var policy: PolicyReport?

  /// A line of the log.
  public func json(seconds: Double? = nil, tokensPerSecond: Double? = nil) -> JSONTree {
    .object(
      [("step", .int(step)), ("loss", .float(loss)), ("rate", .double(rate)), ("gradient_norm", .double(norm)), ("tokens", .int(tokens))]
        + (parts.isEmpty ? [] : [("losses", .object(parts.map { ($0.name, .float($0.value)) }))]) + (policy?.members ?? []) + (heldOut.map { [("held_out_loss", .float($0))] } ?? []) + (seconds.map { [("seconds", .double($0))] } ?? [])
        + (tokensPerSecond.map { [("tokens_per_second", .double($0))] } ?? []))
  }
}
