// Stepping: a cursor over a recording, forward and back. A run is gone through in this way, and so is a gradient: the way back through a run is a
// recording as well.

import Blocks
import Language
import Tensors

/// What can be gone through operation by operation.
protocol Stepping: AnyObject {
  var recording: Recording { get }
  /// The step that the learner stands at.
  var cursor: Int { get set }
  /// What the recording is of: `run`, `gradient`.
  var noun: String { get }
  /// What is computed from shown tensors belongs here, so that the stop flag ends it.
  var shownTrace: Trace { get }
  /// Names of what an operation made, one for each of its outputs; empty where it has none.
  func names(of step: Int) -> [String]
  /// What to call a tensor that no operation of the recording made.
  func origin(of tensor: Tensor) -> String
  /// Axes and tokens of a named tensor.
  func labels(of name: String, _ shape: Shape) -> [AxisLabel]?
  /// The first operation that reads a tensor which no operation made, such as a mask.
  func firstUse(of name: String) -> Int?
  /// Whether a tensor of this name was looked at, though no operation may have made it.
  func isKnown(_ name: String) -> Bool
  /// The nearest name that there is.
  func suggestion(for name: String) -> String?
}

extension Stepping {
  func firstUse(of name: String) -> Int? { nil }
  func isKnown(_ name: String) -> Bool { false }

  var stepMembers: [Member] {
    [
      .method("step", [.value("count", .integer, default: 1)], returns: "Report", "goes on by operations and shows the last"),
      .method("back", [.value("count", .integer, default: 1)], returns: "Report", "goes back by operations"),
      .method("to", [.value("name", .string, "a tensor's name; * stands for any part")], returns: "Report", "goes to the operation that made a tensor"),
      .property("why", returns: "Report", "the operation at the cursor: formula, inputs, output"),
      .property("board", returns: "Report", "the same, large, for a room: what comes in, the formula, what goes out"),
    ]
  }

  func stepped(_ method: String, _ a: Arguments) throws -> Value? {
    switch method {
    case "step": return .object(try move(by: a.integer("count")))
    case "back": return .object(try move(by: -a.integer("count")))
    case "to":
      let name = try a.string("name")
      guard let place = recording.nodes.indices.first(where: { step in (names(of: step) + recording.nodes[step].names).contains { glob(name, $0) || glob("∂" + name, $0) } }) ?? firstUse(of: name) else {
        if isKnown(name) {
          throw Failure(.unknownName, "no operation of this \(noun) makes or reads '\(name)': it comes from the weights alone", at: a.span(of: "name"))
        }
        throw Failure(
          .unknownName, "no tensor is called '\(name)'", suggestion: suggestion(for: name), at: a.span(of: "name"))
      }
      cursor = place
      return .object(shown())
    default: return nil
    }
  }

  private func move(by count: Int) throws -> ReportObject {
    let target = cursor + count
    guard target >= 0 else {
      throw Failure(.outOfRange, cursor == 0 ? "this is the first step: nothing lies before it" : "only \(cursor) step\(cursor == 1 ? " lies" : "s lie") before this one")
    }
    guard target < recording.nodes.count else {
      let left = recording.nodes.count - 1 - cursor
      throw Failure(.outOfRange, left == 0 ? "this is the last step: the \(noun) ends here" : "only \(left) step\(left == 1 ? " comes" : "s come") after this one")
    }
    cursor = target
    return shown()
  }

  /// The operation at the cursor: what it is called, its formula, its inputs and its output, computed again from its inputs.
  func shown() -> ReportObject {
    let index = cursor, node = recording.nodes[index], names = names(of: index)
    let inputs = node.inputs.map { input -> String in
      guard input.node >= 0 else { return "\(origin(of: input)) \(input.shape.described)" }
      let from = Int(input.node), known = self.names(of: from)
      let name = known.indices.contains(Int(input.output)) ? known[Int(input.output)] : ""
      return "\(name.isEmpty ? "step \(from) (\(recording.nodes[from].primitive.name))" : name) \(input.shape.described)"
    }
    // Of several outputs the first that somebody gave a name.
    let place = names.firstIndex { !$0.isEmpty } ?? 0, name = names.indices.contains(place) ? names[place] : ""
    let value = RunObject.withoutBatch(node.outputs[place]).untracked.tracked(by: shownTrace)
    var output = TensorObject(value, label: name.isEmpty ? node.primitive.name : name)
    if let labels = labels(of: name, output.tensor.shape) { output.labels = labels }
    let again = recording.evaluate(index, on: node.inputs)
    let same = again.indices.contains(place) && again[place].largestDifference(from: node.outputs[place]) == 0
    let others = node.outputs.indices.filter { $0 != place }.map { "\(names.indices.contains($0) ? names[$0] : "") \(node.outputs[$0].shape.described)" }
    let lines = [
      "step \(index) of \(recording.nodes.count): \(node.primitive.name)\(node.part.isEmpty ? "" : " in \(node.part)")",
      "  \(node.primitive.formula)",
      "  inputs: \(inputs.isEmpty ? "none" : inputs.joined(separator: ", "))",
      "  output: \(name.isEmpty ? "" : name + " ")\(node.outputs[place].shape.described)\(same ? "" : " (changed by an edit)")",
    ] + (others.isEmpty ? [] : ["  and: \(others.map(\.trimmingSpaces).joined(separator: ", "))"])
    return ReportObject(
      typeName: "Step", summary: "step \(index): \(node.primitive.name)", description: (lines + [output.description]).joined(separator: "\n"),
      fitted: { (lines + [output.description(fitting: $0)]).joined(separator: "\n") }, plainText: (lines + [output.plain]).joined(separator: "\n"),
      values: [
        ("index", "place in the \(noun)", .integer(index)), ("operation", "its name", .string(node.primitive.name)),
        ("output", "its result", .object(output)),
      ])
  }
}

extension Stepping {
  /// The operation at the cursor for a projector: few words, few numbers, wide.
  func board() -> ReportObject {
    let index = cursor, node = recording.nodes[index], names = names(of: index)
    func corner(_ tensor: Tensor) -> [String] {
      let value = RunObject.withoutBatch(tensor).untracked.tracked(by: shownTrace)
      guard !value.isOutline, value.rank > 0 else { return value.isOutline ? [] : [formatted(Double(value.untracked.item), digits: 4)] }
      // The first rows and columns of the first matrix.
      let columns = value.shape[value.rank - 1], rows = value.rank > 1 ? value.shape[value.rank - 2] : 1
      let numbers = value.values
      return (0..<min(rows, 4)).map { row in
        (0..<min(columns, 6)).map { column in
          let text = formatted(Double(numbers[row * columns + column]), digits: 3)
          return String(repeating: " ", count: max(0, 9 - text.count)) + text
        }.joined() + (columns > 6 ? "   …" : "")
      } + (rows > 4 ? ["        ⋮"] : [])
    }
    func name(_ input: Tensor) -> String {
      guard input.node >= 0 else { return origin(of: input) }
      let known = self.names(of: Int(input.node))
      let name = known.indices.contains(Int(input.output)) ? known[Int(input.output)] : ""
      return name.isEmpty ? "step \(input.node)" : name
    }
    let place = names.firstIndex { !$0.isEmpty } ?? 0
    let output = names.indices.contains(place) ? names[place] : ""
    var lines = ["Step \(index) of \(recording.nodes.count)", "", "    " + node.primitive.formula, ""]
    for input in node.inputs { lines += ["in    \(name(input))  \(input.shape.described)"] + corner(input) + [""] }
    lines += ["out   \(output.isEmpty ? node.primitive.name : output)  \(node.outputs[place].shape.described)"] + corner(node.outputs[place])
    let rule = String(repeating: "─", count: 72)
    let text = ([rule] + lines + [rule]).joined(separator: "\n")
    return ReportObject(
      typeName: "Step", summary: "step \(index): \(node.primitive.name)", description: text, fitted: { _ in text }, plainText: lines.joined(separator: "\n"),
      values: [("index", "place in the \(noun)", .integer(index)), ("operation", "its name", .string(node.primitive.name))])
  }
}

extension RunObject {
  var noun: String { "run" }
  func isKnown(_ name: String) -> Bool { run[name] != nil }
  var shownTrace: Trace { model.trace }
  // An operation has one output that the model names, or (several layers at once) none.
  func names(of step: Int) -> [String] { recording.nodes[step].names.last.map { [$0] } ?? [] }
  func origin(of tensor: Tensor) -> String {
    if let storage = tensor.storage, let name = sourceNames[ObjectIdentifier(storage)] { return name }
    return tensor.count == 1 && !tensor.isOutline ? "the number \(formatted(Double(tensor.untracked.item)))" : "constant"
  }
  func labels(of name: String, _ shape: Shape) -> [AxisLabel]? {
    guard !name.isEmpty, let named = try? tensor(name), named.tensor.shape == shape else { return nil }
    return named.labels
  }
}
