// Stepping: a cursor over a run's recording, forward and back. What it shows is computed again from the operation's own inputs.

import Language
import Tensors

extension RunObject {
  func move(by count: Int) throws -> ReportObject {
    let target = cursor + count
    guard target >= 0 else {
      throw Failure(.outOfRange, cursor == 0 ? "this is the first step: nothing lies before it" : "only \(cursor) step\(cursor == 1 ? " lies" : "s lie") before this one")
    }
    guard target < recording.nodes.count else {
      let left = recording.nodes.count - 1 - cursor
      throw Failure(.outOfRange, left == 0 ? "this is the last step: the run ends here" : "only \(left) step\(left == 1 ? " comes" : "s come") after this one")
    }
    cursor = target
    return shown(cursor)
  }

  /// One operation: what it is called, its formula, its inputs and its output, computed again from its inputs.
  func shown(_ index: Int) -> ReportObject {
    let node = recording.nodes[index]
    let inputs = node.inputs.map { input -> String in
      if input.node >= 0, let name = recording.nodes[Int(input.node)].names.last { return "\(name) \(input.shape.described)" }
      if input.node >= 0 { return "step \(input.node) (\(recording.nodes[Int(input.node)].primitive.name)) \(input.shape.described)" }
      if let storage = input.storage, let name = sourceNames[ObjectIdentifier(storage)] { return "\(name) \(input.shape.described)" }
      return input.count == 1 && !input.isOutline ? "the number \(formatted(Double(input.untracked.item)))" : "constant \(input.shape.described)"
    }
    var output = TensorObject(RunObject.withoutBatch(node.outputs[0]).tracked(by: model.trace), label: node.names.last ?? node.primitive.name)
    // Heads and tokens are named as where the tensor is looked up.
    if let name = node.names.last, let named = try? tensor(name), named.tensor.shape == output.tensor.shape { output.labels = named.labels }
    let again = recording.evaluate(index, on: node.inputs).first
    let same = again?.largestDifference(from: node.outputs[0]) == 0
    let lines = [
      "step \(index) of \(recording.nodes.count): \(node.primitive.name)\(node.part.isEmpty ? "" : " in \(node.part)")",
      "  \(node.primitive.formula)",
      "  inputs: \(inputs.isEmpty ? "none" : inputs.joined(separator: ", "))",
      "  output: \(node.names.last.map { $0 + " " } ?? "")\(node.outputs[0].shape.described)\(same ? "" : " (changed by an edit)")",
    ]
    return ReportObject(
      typeName: "Step", summary: "step \(index): \(node.primitive.name)", description: (lines + [output.description]).joined(separator: "\n"),
      fitted: { (lines + [output.description(fitting: $0)]).joined(separator: "\n") },
      values: [
        ("index", "place in the run", .integer(index)), ("operation", "its name", .string(node.primitive.name)),
        ("output", "its result", .object(output)),
      ])
  }
}
