// PPO between two runs: policy and value function with both optimisers, and where the generators stand. A training that goes on from the file has the same
// bits as one that never stopped; reference and reward model are not in it, but what they were is.

import Blocks
import Files
import Generation
import Tensors

extension PolicyTraining {
  /// All that an iteration changes, by name.
  private var kept: [(name: String, tensor: Tensor)] {
    func numbers(_ prefix: String, _ model: Architecture, _ step: GradientStep, _ optimiser: Optimiser) -> [(String, Tensor)] {
      let names = Dictionary(model.allParameters.map { (ObjectIdentifier($0.parameter), $0.path) }, uniquingKeysWith: { first, _ in first })
      let paths = step.parameters.map { names[ObjectIdentifier($0)] ?? "" }
      let all = [("weight", step.parameters.map(\.tensor)), ("first", optimiser.first), ("second", optimiser.second)]
      return all.flatMap { kind, tensors in zip(paths, tensors).map { ("\(prefix).\(kind).\($0)", $1) } }
    }
    return numbers("policy", policy, policyStep, policyOptimiser) + numbers("value", value, valueStep, valueOptimiser)
  }

  /// Where a training stands: an iteration that is broken off goes back to it.
  struct Moment {
    let numbers: [Tensor], updates: [Int]
    let order: SeededGenerator, shuffle: SeededGenerator, sampler: Sampler
  }

  var moment: Moment {
    get {
      Moment(numbers: kept.map(\.tensor.copied), updates: [policyOptimiser.steps, valueOptimiser.steps], order: order, shuffle: shuffle, sampler: sampler)
    }
    set {
      for (place, numbers) in zip(kept, newValue.numbers) { numbers.write(into: place.tensor) }
      (policyOptimiser.steps, valueOptimiser.steps) = (newValue.updates[0], newValue.updates[1])
      (order, shuffle, sampler) = (newValue.order, newValue.shuffle, newValue.sampler)
    }
  }

  /// Writes the file whole or not at all.
  /// - Parameter history: the log so far; its lines are what the training goes on from.
  public func save(_ path: String, history: [StepReport], fingerprint: String) throws(FileFailure) {
    try TrainingState.write(
      path, kept,
      [
        ("step", "\(self.history.count)"), ("updates", "\(policyOptimiser.steps)"), ("value_updates", "\(valueOptimiser.steps)"), ("order", "\(order.position)"),
        ("choices", "\(shuffle.position)"), ("sampler", "\(sampler.position)"), ("history", TrainingState.lines(history)),
      ], fingerprint: fingerprint)
  }

  /// Goes on from a file.
  /// - Returns: the log so far.
  /// - Throws: `TrainingFailure` or `CheckpointFailure`; nothing has been changed then.
  public func resume(_ path: String, fingerprint: String) throws -> [StepReport] {
    let stored = try TrainingState.Stored(path, fingerprint: fingerprint)
    let done = try stored.steps(of: settings.iterations), log = stored.history, reports = log.compactMap(\.policy)
    guard reports.count == done else { throw TrainingFailure.damaged(file: path, "the log of its iterations is not whole") }
    let notes = try ["updates", "value_updates", "order", "choices", "sampler"].map { try stored.number($0) }
    try stored.fill(kept)
    (policyOptimiser.steps, valueOptimiser.steps) = (Int(truncatingIfNeeded: notes[0]), Int(truncatingIfNeeded: notes[1]))
    (order, shuffle, sampler.position) = (SeededGenerator(seed: notes[2]), SeededGenerator(seed: notes[3]), notes[4])
    history = reports
    return log
  }
}
