// A training in a file: weights, moments, averages, the step, and where the generators stand. A training that goes on from it has the same bits as one
// that never stopped.

import Blocks
import Checkpoints
import Files
import Tensors

extension Trainer {
  private static let kind = "orrery-training"

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
    let tensors = kept.map { ($0.name, $0.tensor.materialised) }
    let parts = tensors.map { name, x in Safetensors.Part(name, .f32, x.shape, UnsafeRawBufferPointer(start: x.pointer, count: x.count * 4)) }
    let lines = history.map { report in JSON.encode(report.json()) }.joined(separator: "\n")
    try Safetensors.write(
      path, parts,
      metadata: [
        ("format", Trainer.kind), ("step", "\(step)"), ("updates", "\(optimiser.steps)"), ("order", "\(order.position)"), ("choices", "\(choices.position)"),
        ("plan", fingerprint), ("history", lines),
      ])
    withExtendedLifetime(tensors) {}
  }

  /// Goes on from a file.
  /// - Throws: `TrainingFailure` or `CheckpointFailure`; nothing has been changed then.
  public func resume(_ path: String, fingerprint: String) throws {
    let file = try Safetensors(path)
    let notes = Dictionary(file.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard notes["format"] == Trainer.kind else { throw TrainingFailure.notCheckpoint(file: path) }
    let differing = TrainingFingerprint.differences(notes["plan"] ?? "", fingerprint)
    if !differing.isEmpty { throw TrainingFailure.otherPlan(file: path, keys: differing) }
    guard let done = notes["step"].flatMap({ Int($0) }), let updates = notes["updates"].flatMap({ Int($0) }), let order = notes["order"].flatMap({ UInt64($0) }),
      let choices = notes["choices"].flatMap({ UInt64($0) }), done >= 0, updates >= 0
    else { throw TrainingFailure.damaged(file: path, "the step or the place in the data is missing") }
    if done >= settings.steps { throw TrainingFailure.finished(file: path, step: done) }
    let entries = Dictionary(file.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let targets = kept
    for (name, tensor) in targets {
      guard let entry = entries[name] else { throw TrainingFailure.otherTensors(file: path, missing: name, extra: nil) }
      guard entry.shape == tensor.shape, entry.dtype == .f32 else { throw TrainingFailure.otherShape(file: path, tensor: name, there: entry.shape, here: tensor.shape) }
    }
    if let extra = entries.keys.filter({ name in !targets.contains { $0.name == name } }).min() {
      throw TrainingFailure.otherTensors(file: path, missing: nil, extra: extra)
    }
    // Everything fits: from here on nothing fails.
    for (name, tensor) in targets where tensor.count > 0 {
      tensor.pointer.withMemoryRebound(to: UInt8.self, capacity: tensor.count * 4) { target in
        entries[name]!.bytes.copyBytes(to: UnsafeMutableRawBufferPointer(start: target, count: tensor.count * 4))
      }
    }
    step = done
    optimiser.steps = updates
    self.order = SeededGenerator(seed: order)
    self.choices = SeededGenerator(seed: choices)
    history = (notes["history"] ?? "").split(separator: "\n").compactMap { line in (try? JSON.parse(Array(line.utf8), name: path)).flatMap(StepReport.init) }
  }
}

/// What a training was told, line by line: `key=value`.
public enum TrainingFingerprint {
  public static func text(_ plan: Plan) -> String {
    let s = plan.settings
    return [
      "model=\(JSON.encode(JSONTree(plan.configuration)))", "initialisation=\(plan.initialisation.rawValue)", "corpus=\(JSON.encode(JSONTree(plan.corpusJSON)))",
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
    self.init(step: step, loss: Float(loss), rate: rate, norm: norm, tokens: tokens, heldOut: json["held_out_loss"]?.double.map { Float($0) })
  }
}
