// A gradient at the prompt: how one number depends on every tensor that it was computed from. Looked up by the names that the tensors have, and
// gone through step by step, from the loss back.

import Blocks
import Files
import Language
import Tensors

/// The way back from a loss through a recorded computation.
final class GradientObject: Object, Stepping, @unchecked Sendable {
  let loss: Float
  /// What the loss is, in words.
  let about: String
  /// Gradients by name, in the order of the computation.
  let entries: [(name: String, gradient: Tensor)]
  /// How many of them are by learned numbers; they come last.
  let parameters: Int
  let recording: Recording
  let shownTrace: Trace
  var cursor = 0
  var noun: String { "gradient" }

  /// Names of the gradients, by the operation and output that made them.
  private var made: [Int: [String]] = [:]
  /// Names of the forward's tensors.
  private var origins: [Origin: String] = [:]
  private let like: (String) -> TensorObject?

  private struct Origin: Hashable {
    let storage: ObjectIdentifier, offset: Int, shape: Shape
    init?(_ tensor: Tensor) {
      guard let storage = tensor.storage else { return nil }
      (self.storage, offset, shape) = (ObjectIdentifier(storage), tensor.offset, tensor.shape)
    }
  }

  /// Walks a recording back.
  /// - Parameters:
  ///   - named: the tensors whose gradients are wanted, under the names that they get; the last `parameters` are learned.
  ///   - like: the tensor of a name as it is shown, for its axes and tokens.
  init(
    of loss: Tensor, _ about: String, in forward: Recording, by named: [(name: String, tensor: Tensor)], parameters: Int, trace: Trace,
    like: @escaping (String) -> TensorObject? = { _ in nil }
  ) throws {
    let back = Trace(stop: trace.stop, recording: Recording())
    let found: Gradients
    do { found = try forward.gradients(of: loss, by: named.map(\.tensor), trace: back) } catch { throw TensorObject.failure(of: error) }
    recording = back.recording!
    back.recording = nil
    (self.loss, self.about, shownTrace, self.like) = (loss.item, about, trace, like)
    let reached = named.enumerated().compactMap { index, entry in found[entry.tensor].map { (index, entry.name, $0) } }
    entries = reached.map { ($0.1, $0.2) }
    self.parameters = reached.reduce(0) { $0 + ($1.0 >= named.count - parameters ? 1 : 0) }
    // A view is called as what it looks at.
    for (index, node) in forward.nodes.enumerated() {
      for output in node.outputs { if let place = Origin(output) { origins[place] = node.names.last ?? origins[place] ?? "\(node.primitive.name) (forward step \(index))" } }
    }
    for (name, tensor) in named { if let place = Origin(tensor) { origins[place] = name } }
    for (name, gradient) in entries where gradient.node >= 0 {
      let step = Int(gradient.node)
      made[step, default: Array(repeating: "", count: recording.nodes[step].outputs.count)][Int(gradient.output)] = "∂\(name)"
    }
  }

  var typeName: String { "Gradients" }
  var summary: String { "gradients of \(about)" }
  var description: String {
    var lines = ["\(summary), \(formatted(Double(loss))): by \(reach), \(counted(recording.nodes.count, "step")) back"]
    let largest = norms.sorted { $0.norm > $1.norm }.prefix(3)
    if !largest.isEmpty { lines.append("  longest: " + largest.map { "\($0.name) \(formatted(Double($0.norm)))" }.joined(separator: ", ")) }
    return lines.joined(separator: "\n")
  }

  private var reach: String {
    let tensors = counted(entries.count - parameters, "tensor")
    return parameters == 0 ? tensors : "\(tensors) and \(counted(parameters, "parameter"))"
  }

  private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// Lengths of the gradients by learned numbers; where there are none, of all.
  private var norms: [(name: String, norm: Float)] {
    entries.suffix(parameters == 0 ? entries.count : parameters).map { ($0.name, Float($0.gradient.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())) }
  }

  var members: [Member] {
    [
      .property("loss", returns: "Double", "what the gradients are of"), .property("names", returns: "[String]", "names of the tensors and parameters that have a gradient"),
      .property("norms", returns: "Report", "length of the gradient by each parameter"), .property("steps", returns: "Int", "operations of the way back"),
    ] + stepMembers
  }

  func property(_ name: String) throws -> Value? {
    switch name {
    case "loss": return .number(Double(loss))
    case "names": return .elements(entries.map { .string($0.name) })
    case "steps": return .integer(recording.nodes.count)
    case "why": return .object(shown())
    case "board": return .object(board())
    case "norms":
      let norms = norms, width = norms.map { displayWidth($0.name) }.max() ?? 0
      return .object(
        ReportObject(
          typeName: "Report", summary: "norms of \(norms.count) gradients",
          description: norms.map { $0.name + String(repeating: " ", count: width - displayWidth($0.name)) + "  " + formatted(Double($0.norm)) }.joined(separator: "\n"),
          values: [("values", "the lengths, in this order", .elements(norms.map { .number(Double($0.norm)) }))]))
    default: return nil
    }
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? { try stepped(method, a) }

  func keys(startingWith prefix: String) -> [Language.Candidate] {
    entries.filter { $0.name.hasPrefix(prefix) }.map { Language.Candidate($0.name, RunObject.withoutBatch($0.gradient).shape.described) }
  }

  func suggestion(for name: String) -> String? {
    let given = name.hasPrefix("∂") ? String(name.dropFirst()) : name
    return Suggestion.nearest(toPath: given, in: entries.map(\.name))
      .map { "did you mean '\(name.hasPrefix("∂") ? "∂" : "")\($0)'?" }
  }

  /// The gradient by the tensor of a name, with its axes.
  func tensor(_ name: String) throws -> TensorObject {
    guard let entry = entries.last(where: { $0.name == name }) else {
      throw Failure(.unknownName, "there is no gradient by a tensor called '\(name)'", suggestion: suggestion(for: name))
    }
    var object = TensorObject(RunObject.withoutBatch(entry.gradient).untracked.tracked(by: shownTrace), label: "∂" + (name.split(separator: ".").last.map(String.init) ?? name))
    if let labels = labels(of: "∂" + name, object.tensor.shape) { object.labels = labels }
    return object
  }

  func element(_ a: Arguments) throws -> Value? {
    guard case .string(let name) = a[0] else { return nil }
    do { return .object(try tensor(name)) } catch let failure as Failure {
      throw Failure(failure.problem, at: a.all[0].span)
    }
  }

  // The names under which `to` finds a step are those of the tensors, with or without the ∂.
  func names(of step: Int) -> [String] { made[step] ?? [] }
  func origin(of tensor: Tensor) -> String { Origin(tensor).flatMap { origins[$0] } ?? "constant" }
  func labels(of name: String, _ shape: Shape) -> [AxisLabel]? {
    guard name.hasPrefix("∂"), let shown = like(String(name.dropFirst())), shown.tensor.shape == shape else { return nil }
    return shown.labels
  }
}

extension RunObject {
  /// The gradients of a loss of this run: the forward once more, recorded with its parameters, and back.
  func gradients(_ a: Arguments) throws -> GradientObject {
    let open = try model.open(), learned = open.architecture.allParameters.filter { !$0.parameter.isBuffer }
    let trace = Trace(stop: model.stop, recording: Recording())
    trace.recording!.isFollowed = true
    // While it runs the parameters belong to it: what is computed from them alone (Mamba's −e^A) is recorded too.
    let before = learned.map(\.parameter.tensor)
    for (_, parameter) in learned { parameter.bind(parameter.tensor.tracked(by: trace)) }
    defer { for (entry, tensor) in zip(learned, before) { entry.parameter.bind(tensor) } }
    let run = Run(trace: trace, keepsMemory: false, watch: .everything)
    run.edits = edits.map { Edit($0.pattern, change: $0.change) }
    choice.apply(to: run)
    do {
      try RunObject.forward(open.architecture, ids, decoderIds, run)
      let (loss, about) = try loss(a, run, open)
      let forward = trace.recording!
      trace.recording = nil
      return try GradientObject(
        of: loss.checked(), about, in: forward, by: run.seen.map { ($0.name, $0.tensor) } + learned.map { ($0.path, $0.parameter.tensor) }, parameters: learned.count,
        trace: model.trace
      ) { [weak self] in try? self?.tensor($0) }
    } catch let fault as Fault {
      throw TensorObject.failure(of: fault)
    }
  }

  /// The number whose gradients are taken, and what it is in words.
  private func loss(_ a: Arguments, _ run: Run, _ open: OpenModel) throws -> (Tensor, String) {
    guard let logits = run["logits"] else {
      throw Failure(.host, "\(open.architecture.name) gives no logits: there is no loss to take gradients of")
    }
    if case .function(let function) = a["of"] {
      let x = TensorObject(RunObject.withoutBatch(logits), axes: ["token", "vocabulary"])
      guard let loss = TensorObject.tensor(try a.context.call(function, [.object(x)])), loss.count == 1 else {
        throw a.invalid("of", "must give one number, such as { logits in logits[-1, 7] }")
      }
      guard loss.node >= 0 else { throw a.invalid("of", "must compute its number from the logits") }
      return (loss, "your loss")
    }
    let read = decoderIds.isEmpty ? ids : decoderIds, count = logits.shape[1]
    guard a["target"].isNothing else {
      let given = try a.integer("position"), position = given < 0 ? count + given : given
      guard (0..<count).contains(position) else { throw Failure(.outOfRange, "position \(given) is outside of 0..<\(count)", at: a.span(of: "position")) }
      let target = try target(a, open, vocabulary: logits.shape[2])
      let row = logits.slice(position..<(position + 1), axis: 1)
      return (crossEntropy(row, targets: [Int32(target)]).total, "−ln p('\(open.shown(target).trimmingSpaces)') behind token \(position)")
    }
    if [.encoder, .diffusion].contains(open.architecture.family) || count < 2 {
      let why = count < 2 ? "one token alone has no next token" : "\(open.architecture.name) predicts no next token"
      throw Failure(.wrongArgument, "\(why): say what it should predict, such as gradients(target: \"the\", position: \(count - 1))")
    }
    let targets = read.dropFirst().map { Int32($0) } + [-100]
    return (crossEntropy(logits, targets: targets).total * (1 / Float(count - 1)), "the loss of \(count - 1) next tokens")
  }

  private func target(_ a: Arguments, _ open: OpenModel, vocabulary: Int) throws -> Int {
    if case .integer(let id) = a["target"] {
      guard (0..<vocabulary).contains(id) else { throw Failure(.outOfRange, "the token id \(id) is outside of 0..<\(vocabulary)", at: a.span(of: "target")) }
      return id
    }
    let text = try a.string("target")
    guard let tokenizer = open.tokenizerIfAny else { throw a.invalid("target", "must be a token id: \(model.reference) has no tokenizer") }
    let found = tokenizer.encode(text, addSpecial: false).ids
    guard found.count == 1 else {
      let what = found.isEmpty ? "in the model's words, which have none for it" : "of one token (these are \(found.count): \(found.map { "'\(open.shown($0))'" }.joined(separator: ", ")))"
      throw a.invalid("target", "must be a text \(what)")
    }
    return found[0]
  }
}
