// A training on disk: weights, moments, averages, where the generators stand and what was said so far, in one safetensors file that is written whole or
// not at all. A training that goes on from it has the same bits as one that was never stopped. It is no model folder: `orrery train` writes that at the end.

import Blocks
import Checkpoints
import Files
import Tensors

extension Trainer {
  private static let format = "orrery-training-1"

  /// Writes the state after the last whole step. A disk that is full leaves the file that was there.
  /// - Parameter plan: what the training was told, by key, in one line each: resuming compares it.
  /// - Throws: `FileFailure`.
  public func save(to file: String, plan: [(String, String)] = []) throws {
    var tensors = model.allParameters.map { ("model/" + $0.path, $0.parameter.tensor) }
    tensors += zip(paths, optimiser.first).map { ("first/" + $0, $1) }
    tensors += zip(paths, optimiser.second).map { ("second/" + $0, $1) }
    tensors += zip(paths, average?.averages ?? []).map { ("average/" + $0, $1) }
    let parts = tensors.map { name, tensor in
      Safetensors.Part(name, .f32, tensor.shape, UnsafeRawBufferPointer(start: tensor.pointer, count: 4 * tensor.count))
    }
    let state: JSONTree = [
      "step": .int(step), "updates": .int(optimiser.steps), "order": .string(String(order.position)), "choices": .string(String(choices.position)),
      "history": .array(history.map { .array([.float($0.loss), .double($0.rate), .double($0.norm), .int($0.tokens)] + ($0.heldOut.map { [.float($0)] } ?? [])) }),
    ]
    let metadata = [("format", Trainer.format), ("state", JSON.encode(state)), ("plan", JSON.encode(.object(plan.map { ($0, .string($1)) })))]
    try withExtendedLifetime(tensors) { try Safetensors.write(file, parts, metadata: metadata) }
  }

  /// Goes on from a file that `save` wrote. Everything is checked before anything is changed.
  /// - Throws: `CheckpointFailure` for a file that cannot be read, `TrainingFailure` for one that is of another training.
  public func resume(from file: String, plan: [(String, String)] = []) throws {
    let saved = try SavedTraining(file, format: Trainer.format)
    let others = saved.otherKeys(than: plan)
    if !others.isEmpty { throw TrainingFailure.otherPlan(file: file, keys: others) }
    // Where each tensor goes, all of them known to fit before the first is written.
    var targets = model.allParameters.map { ("model/" + $0.path, $0.parameter.tensor) }
    targets += zip(paths, optimiser.first).map { ("first/" + $0, $1) } + zip(paths, optimiser.second).map { ("second/" + $0, $1) }
    targets += zip(paths, average?.averages ?? []).map { ("average/" + $0, $1) }
    for (name, target) in targets {
      guard let entry = saved.entries[name] else { throw TrainingFailure.otherTensors(file: file, missing: name.plainName, extra: nil) }
      guard entry.shape == target.shape else {
        throw TrainingFailure.otherShape(file: file, tensor: name.plainName, there: entry.shape, here: target.shape)
      }
      guard entry.dtype == .f32 else { throw TrainingFailure.damaged(file: file, "\(name) is stored as \(entry.dtype.rawValue), not as F32") }
    }
    let known = Set(targets.map(\.0))
    if let extra = saved.entries.keys.sorted().first(where: { !known.contains($0) }) {
      throw TrainingFailure.otherTensors(file: file, missing: nil, extra: extra.plainName)
    }
    if saved.step >= settings.steps { throw TrainingFailure.finished(file: file, step: saved.step) }
    for (name, target) in targets {
      let bytes = saved.entries[name]!.bytes
      if let base = bytes.baseAddress, !bytes.isEmpty { UnsafeMutableRawPointer(target.pointer).copyMemory(from: base, byteCount: bytes.count) }
    }
    (step, optimiser.steps, history) = (saved.step, saved.updates, saved.history)
    (order, choices) = (SeededGenerator(seed: saved.order), SeededGenerator(seed: saved.choices))
  }
}

/// What a checkpoint says, before anything is done with it.
private struct SavedTraining {
  let entries: [String: SafetensorsEntry]
  let step: Int, updates: Int, order: UInt64, choices: UInt64
  let history: [StepReport]
  let plan: [(String, String)]

  init(_ file: String, format: String) throws {
    let read = try Safetensors(file)
    let metadata = Dictionary(read.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard metadata["format"] == format, let state = metadata["state"] else { throw TrainingFailure.notCheckpoint(file: file) }
    entries = Dictionary(read.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func parsed(_ text: String) -> JSON? { try? JSON.parse(Array(text.utf8), name: file) }
    guard let json = parsed(state), let step = json["step"]?.int, let updates = json["updates"]?.int, step >= 0, updates >= 0,
      let order = json["order"]?.string.flatMap({ UInt64($0) }), let choices = json["choices"]?.string.flatMap({ UInt64($0) }),
      let lines = json["history"]?.array, lines.count == step
    else { throw TrainingFailure.damaged(file: file, "the state of the training in it is damaged") }
    (self.step, self.updates, self.order, self.choices) = (step, updates, order, choices)
    history = lines.enumerated().map { index, line in
      let x = line.array ?? []
      func number(_ i: Int) -> Double { x.indices.contains(i) ? x[i].double ?? .nan : .nan }
      return StepReport(
        step: index + 1, loss: Float(number(0)), rate: number(1), norm: number(2), tokens: x.indices.contains(3) ? x[3].int ?? 0 : 0,
        heldOut: x.count > 4 ? Float(number(4)) : nil)
    }
    plan = parsed(metadata["plan"] ?? "{}")?.members?.map { ($0.key.string, $0.value.string ?? "") } ?? []
  }

  /// Keys of a plan that say something else than they did.
  func otherKeys(than plan: [(String, String)]) -> [String] {
    let (there, here) = (Dictionary(self.plan, uniquingKeysWith: { a, _ in a }), Dictionary(plan, uniquingKeysWith: { a, _ in a }))
    return Set(there.keys).union(here.keys).filter { there[$0] != here[$0] }.sorted()
  }
}

extension String {
  /// A tensor of a checkpoint as a message calls it: without the drawer that it lies in, if that is the model's.
  fileprivate var plainName: String { hasPrefix("model/") ? String(dropFirst(6)) : self }
}
