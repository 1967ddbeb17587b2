// A training in a file: weights, moments, averages, the step, and where the generators stand. A training that goes on from it has the same bits as one
// that never stopped.

import Blocks
import Checkpoints
import Files
import Tensors

extension Trainer {
  /// What is kept of each parameter, by the prefix of its name in the file.
  private var kept: [(name: String, tensor: Tensor)] {
    var all: [(String, Tensor)] = []
    func add(_ prefix: String, _ tensors: [Tensor]) { for (path, tensor) in zip(paths, tensors) { all.append(("\(prefix).\(path)", tensor)) } }
    add("weight", gradients.parameters.map(\.tensor))
    if !optimiser.first.isEmpty { add("first", optimiser.first) }
    if !optimiser.second.isEmpty { add("second", optimiser.second) }
    if let average { add("average", average.averages) }
    for (path, parameter) in model.allParameters where parameter.isBuffer && parameter.isBound { all.append(("buffer.\(path)", parameter.tensor)) }
    return all
  }

  /// Writes the file whole or not at all: whatever lay there before stays if the disk is full.
  /// - Parameter fingerprint: what the training was told, so that another plan does not go on from it unnoticed.
  public func save(_ path: String, fingerprint: String) throws(FileFailure) {
    try TrainingState.write(
      path, kept,
      [
        ("step", "\(step)"), ("updates", "\(optimiser.steps)"), ("order", "\(order.position)"), ("choices", "\(choices.position)"),
        ("history", TrainingState.lines(history)),
      ], fingerprint: fingerprint)
  }

  /// Goes on from a file.
  /// - Throws: `TrainingFailure` or `CheckpointFailure`; nothing has been changed then.
  public func resume(_ path: String, fingerprint: String) throws {
    let stored = try TrainingState.Stored(path, fingerprint: fingerprint)
    let done = try stored.steps(of: settings.steps)
    let (updates, order, choices) = (try stored.number("updates"), try stored.number("order"), try stored.number("choices"))
    try stored.fill(kept)
    // Everything fits: from here on nothing fails.
    step = done
    optimiser.steps = Int(truncatingIfNeeded: updates)
    self.order = SeededGenerator(seed: order)
    self.choices = SeededGenerator(seed: choices)
    history = stored.history
  }
}

/// What a training was told, line by line: `key=value`.
public enum TrainingFingerprint {
  public static func text(_ plan: Plan) -> String {
    let s = plan.settings
    return [
      "model=\(JSON.encode(JSONTree(plan.configuration)))", "initialisation=\(plan.initialisation.rawValue)", "learns=\(plan.learns.rawValue)", "corpus=\(JSON.encode(JSONTree(plan.corpusJSON)))",
      "objective=\(JSON.encode(JSONTree(plan.objectiveJSON)))", "optimiser=\(s.optimiser)", "schedule=\(s.schedule)", "steps=\(s.steps)", "batch=\(s.batch)", "piece=\(s.piece)", "seed=\(s.seed)",
      "average=\(s.average.map { "\($0)" } ?? "")",
    ].joined(separator: "\n")
  }

  /// The keys whose values differ.
  static func differences(_ there: String, _ here: String) -> [String] {
    func table(_ text: String) -> [String: String] {
      Dictionary(text.split(separator: "\n").compactMap { line in line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[$0...])) } }, uniquingKeysWith: { first, _ in first })
    }
    let (a, b) = (table(there), table(here))
    return Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }
}

extension StepReport {
  init?(_ json: JSON) {
    guard let step = json["step"]?.int, let loss = json["loss"]?.double, let rate = json["rate"]?.double, let norm = json["gradient_norm"]?.double, let tokens = json["tokens"]?.int
    else { return nil }
    self.init(
      step: step, loss: Float(loss), rate: rate, norm: norm, tokens: tokens, heldOut: json["held_out_loss"]?.double.map { Float($0) },
      policy: PolicyReport(json, iteration: step))
  }
}
