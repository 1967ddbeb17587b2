// DPO: preferences without a reward model and without sampling (Rafailov et al. 2023, 2305.18290, eq. 7). The policy is held against the numbers that it began with.

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// −log σ(β·[(log π(y_w) − log π_ref(y_w)) − (log π(y_l) − log π_ref(y_l))]), the mean over pairs.
public struct DirectPreference: PartedObjective, ReferringObjective {
  public let name = "dpo"
  public let rows: ResponseRows
  /// Nil: the training that it is given to sets it before its first step.
  public var reference: FrozenNumbers?
  public var beta: Float = 0.1
  /// Weight of −log π(y_w) a token, beside the preference: it holds the policy where text is text.
  public var fineTuning: Float = 0

  public init(_ special: SpecialTokens, reference: FrozenNumbers? = nil, begins: Bool? = nil) {
    (rows, self.reference) = (ResponseRows(special, begins: begins), reference)
  }

  /// The loss of sums over response tokens.   all [pairs] → [pairs]
  public static func losses(chosen: Tensor, rejected: Tensor, referenceChosen: Tensor, referenceRejected: Tensor, beta: Float) -> Tensor {
    (((chosen - referenceChosen) - (rejected - referenceRejected)) * -beta).map(.softplus)
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    try Batch.ranked(
      samples.map { sample in
        guard !sample.rejected.isEmpty else { throw ObjectiveFailure.lacking(objective: name, .rejected) }
        return try [sample.tokens, sample.rejected].map { try rows.example(sample.source, $0, counted: sample.counted, objective: name) }
      }, filler: rows.special.filler, objective: name)
  }

  public func held(by reference: FrozenNumbers) -> any Objective {
    var copy = self
    copy.reference = reference
    return copy
  }

  private func referenceOrThrow() throws -> FrozenNumbers {
    guard let reference else { throw ObjectiveFailure.missing(objective: name, "there is no reference to hold the policy against; give the model that it begins as") }
    return reference
  }

  /// Log-probabilities of the responses, summed.   [2 · pairs], the chosen first
  private func sums(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor { try model.likelihoods(batch.answers, run).sum() }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    let pairs = batch.input.ids.count
    let held = try referenceOrThrow().applied { try sums(model, batch, Run(trace: Trace(stop: run.trace.stop), keepsMemory: false)) }.untracked
    let own = try sums(model, batch, run)
    func half(_ x: Tensor, _ second: Bool) -> Tensor { x.slice(second ? pairs..<(2 * pairs) : 0..<pairs, axis: 0) }
    let losses = DirectPreference.losses(
      chosen: half(own, false), rejected: half(own, true), referenceChosen: half(held, false), referenceRejected: half(held, true), beta: beta)
    var parts: [(name: String, value: Tensor)] = [("preference", losses.total * (batch.extras.share / Float(pairs)))]
    if fineTuning > 0 {
      parts.append(("fine-tuning", half(own, false).total * (-fineTuning * batch.extras.share / Float(max(1, batch.counted)))))
    }
    return Loss(parts)
  }

  /// How far chosen and rejected have moved from the reference, and how often the chosen moved up more: what a loss alone does not tell.
  public func movement(_ model: Architecture, _ batch: Batch) throws -> (chosen: Double, rejected: Double, accuracy: Double) {
    let pairs = batch.input.ids.count
    let held = try referenceOrThrow().applied { try sums(model, batch, Run(keepsMemory: false)).values }
    let moved = zip(try sums(model, batch, Run(keepsMemory: false)).values, held).map { Double($0 - $1) }
    let (chosen, rejected) = (moved[..<pairs], moved[pairs...])
    return (
      chosen.reduce(0, +) / Double(pairs), rejected.reduce(0, +) / Double(pairs),
      Double(zip(chosen, rejected).reduce(0) { $0 + ($1.0 > $1.1 ? 1 : 0) }) / Double(pairs)
    )
  }
}

/// What a policy must pay in KL for a share of preferred answers, and what it pays.
public enum KLBudget {
  /// The least KL(π‖π_ref) of a policy that gives a set of answers the mass p, which the reference gives p0: p·ln(p/p0) + (1−p)·ln((1−p)/(1−p0)).
  public static func least(mass p: Double, reference p0: Double) -> Double {
    func term(_ a: Double, _ b: Double) -> Double { a == 0 ? 0 : a * log(a / b) }
    return term(p, p0) + term(1 - p, 1 - p0)
  }

  /// What was paid beyond it.
  public static func excess(_ measured: Double, mass p: Double, reference p0: Double) -> Double { measured - least(mass: p, reference: p0) }
}
