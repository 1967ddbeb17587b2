// The file between two runs of a training: tensors under names, and notes (the step, where the generators stand, what the training was told). It is written
// whole or not at all, and read whole or not at all.

import Checkpoints
import Files
import Tensors

/// What is kept of a training.
enum TrainingState {
  private static let kind = "orrery-training"

  /// - Parameter fingerprint: what the training was told, so that another plan does not go on from it unnoticed.
  static func write(_ path: String, _ tensors: [(name: String, tensor: Tensor)], _ notes: [(String, String)], fingerprint: String) throws(FileFailure) {
    let kept = tensors.map { ($0.name, $0.tensor.materialised) }
    let parts = kept.map { name, x in Safetensors.Part(name, .f32, x.shape, UnsafeRawBufferPointer(start: x.pointer, count: x.count * 4)) }
    try Safetensors.write(path, parts, metadata: [("format", kind)] + notes + [("plan", fingerprint)])
    withExtendedLifetime(kept) {}
  }

  /// A file that was found to be of this plan.
  struct Stored {
    let path: String
    private let file: Safetensors
    private let notes: [String: String]

    /// - Throws: `TrainingFailure.notCheckpoint`, `.otherPlan`, or what reading the file throws.
    init(_ path: String, fingerprint: String) throws {
      (self.path, file) = (path, try Safetensors(path))
      notes = Dictionary(file.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
      guard notes["format"] == kind else { throw TrainingFailure.notCheckpoint(file: path) }
      let differing = TrainingFingerprint.differences(notes["plan"] ?? "", fingerprint)
      if !differing.isEmpty { throw TrainingFailure.otherPlan(file: path, keys: differing) }
    }

    /// A number among the notes.
    func number(_ name: String) throws -> UInt64 {
      guard let n = notes[name].flatMap({ UInt64($0) }) else { throw TrainingFailure.damaged(file: path, "the step or the place in the data is missing") }
      return n
    }

    /// Steps that are done. All of them, if the training was left while its scores were measured.
    func steps(of all: Int) throws -> Int {
      guard let done = Int(exactly: try number("step")), done <= all else { throw TrainingFailure.damaged(file: path, "the step or the place in the data is missing") }
      return done
    }

    var history: [StepReport] {
      (notes["history"] ?? "").split(separator: "\n").compactMap { line in (try? JSON.parse(Array(line.utf8), name: path)).flatMap(StepReport.init) }
    }

    /// Copies the tensors of these names into their places; all of them or none.
    /// - Throws: `TrainingFailure.otherTensors`, `.otherShape`.
    func fill(_ targets: [(name: String, tensor: Tensor)]) throws {
      let entries = Dictionary(file.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      for (name, tensor) in targets {
        guard let entry = entries[name] else { throw TrainingFailure.otherTensors(file: path, missing: name, extra: nil) }
        guard entry.shape == tensor.shape, entry.dtype == .f32 else { throw TrainingFailure.otherShape(file: path, tensor: name, there: entry.shape, here: tensor.shape) }
      }
      if let extra = entries.keys.filter({ name in !targets.contains { $0.name == name } }).min() {
        throw TrainingFailure.otherTensors(file: path, missing: nil, extra: extra)
      }
      for (name, tensor) in targets where tensor.count > 0 {
        UnsafeMutableRawBufferPointer(start: tensor.pointer, count: tensor.count * 4).copyMemory(from: entries[name]!.bytes)
      }
    }
  }

  /// History as the file has it.
  static func lines(_ history: [StepReport]) -> String { history.map { JSON.encode($0.json()) }.joined(separator: "\n") }
}
