// A run at the prompt: every tensor by name, steps forward and back through the recording, and interventions.

import Blocks
import Files
import Generation
import Language
import Tensors

/// One recorded forward of a model.
final class RunObject: Object, @unchecked Sendable {
  let model: ModelObject
  let ids: [Int], decoder: [Int]?, mask: Mask?
  /// The tokens of what was read (of an encoder–decoder: of the source).
  let tokens: [String], decoderTokens: [String]
  let run: Run
  let recording: Recording
  /// What changed it, for the report; empty for an untouched run.
  let edits: [Edit]
  /// The step that the learner stands at.
  private var cursor = 0

  init(_ model: ModelObject, _ ids: [Int], decoder: [Int]?, mask: Mask?, edits: [Edit] = []) throws {
    (self.model, self.ids, self.decoder, self.mask) = (model, ids, decoder, mask)
    let open = try model.open()
    recording = Recording()
    run = Run(trace: Trace(stop: model.stop, recording: recording), keepsMemory: false, watch: .everything)
    run.edits = edits
    tokens = ids.map { open.shown($0).trimmingSpaces }
    try open.model.requireWeights()
    let generator = open.generator()
    try generator.check(ids)
    run.mask = mask
    if open.architecture.encoder != nil {
      let start = decoder ?? open.model.decoderStart.map { [$0] } ?? [0]
      try generator.check(start)
      decoderTokens = start.map { open.shown($0).trimmingSpaces }
      open.architecture.encode(Architecture.Input([ids]), run)
      _ = try open.architecture(Architecture.Input([start]), run)
    } else {
      decoderTokens = []
      if open.architecture.head != nil {
        _ = try open.architecture(Architecture.Input([ids]), run)
      } else {
        _ = try open.architecture.hidden(Architecture.Input([ids]), run).checked()
      }
    }
    self.edits = run.edits
    if let useless = run.edits.first(where: { $0.applied.isEmpty }) {
      let near = Suggestion.nearest(to: useless.pattern, in: run.seen.map(\.name))
      throw Failure(
        .unknownName, "the edit of '\(useless.pattern)' applied nowhere: no tensor has that name",
        suggestion: near.map { "did you mean '\($0)'?" })
    }
  }

  var typeName: String { "Run" }
  var summary: String { "run of '\(tokens.joined(separator: " "))' through \(model.reference)" }
  var description: String {
    var lines = ["\(summary): \(run.seen.count) named tensors, \(recording.nodes.count) steps"]
    for edit in edits {
      let largest = edit.applied.map(\.change).max() ?? 0
      lines.append("  edited \(edit.pattern): applied \(edit.applied.count) time\(edit.applied.count == 1 ? "" : "s"), largest change \(formatted(Double(largest)))")
    }
    if let next = try? next(3) { lines.append("  next: " + next.map { "\($0.text) \(percent($0.probability))" }.joined(separator: ", ")) }
    return lines.joined(separator: "\n")
  }

  var members: [Member] {
    let name = Language.Parameter.value("name", .string, "a tensor's name; * stands for any part")
    return [
      .property("names", returns: "[String]", "names of all tensors"), .property("tokens", returns: "[String]", "what was read"),
      .property("logits", returns: "Tensor", "logits of every position"), .property("steps", returns: "Int", "number of operations"),
      .property("memory", returns: "Int", "bytes of all tensors that were kept"),
      .method("next", [.labelled("top", .integer, default: 5)], returns: "Report", "the likeliest next tokens"),
      .method("step", [.value("count", .integer, default: 1)], returns: "Report", "goes on by operations and shows the last"),
      .method("back", [.value("count", .integer, default: 1)], returns: "Report", "goes back by operations"),
      .method("to", [name], returns: "Report", "goes to the operation that made a tensor"),
      .property("why", returns: "Report", "the operation at the cursor: formula, inputs, output"),
      .method("edit", [name, .labelled("by", .any, "a function of the tensor, or a tensor")], returns: "Run", "the same run with a tensor changed",
        example: "r.edit(\"layers.0.attention.pattern\", by: { x in x * 0 })"),
      .method("ablate", [.labelled("layer", .integer), .labelled("head", .integer)], returns: "Run", "the same run without a head"),
      .method("patch", [name, .labelled("from", .object("Run"))], returns: "Run", "the same run with a tensor of another run"),
      .method("lens", [.labelled("position", .integer, default: -1)], returns: "Report", "what each layer's residual would predict"),
      .method("difference", [.labelled("from", .object("Run"))], returns: "Report", "where two runs of the same shape come apart"),
    ]
  }

  func keys(startingWith prefix: String) -> [Language.Candidate] {
    run.seen.filter { $0.name.hasPrefix(prefix) }.map { Language.Candidate($0.name, $0.tensor.shape.described) }
  }

  /// The tensor of a name, without the batch axis, with axes and tokens named.
  func tensor(_ name: String) throws -> TensorObject {
    guard let tensor = run[name] else {
      let names = run.seen.map(\.name)
      throw Failure(.unknownName, "no tensor is called '\(name)'", suggestion: Suggestion.nearest(to: name, in: names).map { "did you mean '\($0)'?" })
    }
    let last = String(name.split(separator: ".").last ?? "")
    let isSquare = last == "scores" || last == "pattern"
    var axes: [String] = []
    switch (last, tensor.rank) {
    case ("scores", 4), ("pattern", 4): axes = ["head", "query", "key"]
    case ("query", 4), ("key", 4), ("value", 4): axes = ["token", "head", "width"]
    case ("logits", 3): axes = ["token", "vocabulary"]
    case (_, 3): axes = ["token", "width"]
    default: break
    }
    let x = tensor.rank > 2 && tensor.shape[0] == 1 ? tensor.untracked.reshaped(Array(tensor.shape.dropFirst())) : tensor.untracked
    var object = TensorObject(x, label: last, axes: last == "mask" && x.rank == 2 ? ["query", "key"] : axes)
    let side = name.hasPrefix("decoder.") ? decoderTokens : tokens
    if isSquare || last == "mask" {
      object.rowTokens = side
      object.columnTokens = name.contains("crossAttention") ? tokens : side
    } else if x.rank == 2 {
      object.rowTokens = side
    }
    return object
  }

  func element(_ a: Arguments) throws -> Value? {
    guard case .string(let name) = a[0] else { return nil }
    do { return .object(try tensor(name)) } catch let failure as Failure {
      throw Failure(failure.problem, at: a.all[0].span)
    }
  }

  func property(_ name: String) throws -> Value? {
    switch name {
    case "names": return .elements(run.seen.map { .string($0.name) })
    case "tokens": return .elements(tokens.map { .string($0) })
    case "logits": return .object(try tensor("logits"))
    case "steps": return .integer(recording.nodes.count)
    case "memory": return .integer(run.seen.reduce(0) { $0 + 4 * $1.tensor.count })
    case "why": return .object(shown(cursor))
    default: return nil
    }
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    switch method {
    case "next":
      let list = try next(a.integer("top"))
      return .object(
        ReportObject(
          typeName: "Report", summary: list.first.map { "\($0.text) \(percent($0.probability))" } ?? "",
          description: list.map { "\($0.text)  \(percent($0.probability))" }.joined(separator: "\n"),
          values: [
            ("best", "the likeliest token", .string(list.first?.text.trimmingSpaces ?? "")), ("probability", "of the likeliest token", .number(Double(list.first?.probability ?? 0))),
          ]))
    case "step": return .object(try move(by: a.integer("count")))
    case "back": return .object(try move(by: -a.integer("count")))
    case "to":
      let name = try a.string("name")
      guard let place = recording.nodes.firstIndex(where: { node in node.names.contains { glob(name, $0) } }) else {
        throw Failure(
          .unknownName, "no operation made a tensor called '\(name)'",
          suggestion: Suggestion.nearest(to: name, in: run.seen.map(\.name)).map { "did you mean '\($0)'?" }, at: a.span(of: "name"))
      }
      cursor = place
      return .object(shown(cursor))
    case "edit":
      let change = try change(a)
      return .object(try again([Edit(try a.string("name"), change: change)]))
    case "ablate": return .object(try ablate(layer: a.integer("layer"), head: a.integer("head")))
    case "patch":
      let other: RunObject = try a.object("from"), name = try a.string("name")
      guard let source = other.run[name] else { throw Failure(.unknownName, "the other run has no tensor '\(name)'", at: a.span(of: "name")) }
      return .object(try again([Edit(name) { _ in source }]))
    case "lens": return .object(try lens(a.integer("position")))
    case "difference": return .object(try compare(try a.object("from")))
    default: return nil
    }
  }

  /// The same run with further edits.
  private func again(_ more: [Edit]) throws -> RunObject {
    let fresh = edits.map { Edit($0.pattern, change: $0.change) }
    do {
      return try RunObject(model, ids, decoder: decoder, mask: mask, edits: fresh + more)
    } catch let fault as Fault {
      throw TensorObject.failure(of: fault)
    }
  }

  /// What `by:` means: a function of the tensor, or what takes its place.
  private func change(_ a: Arguments) throws -> (Tensor) -> Tensor {
    let given = a["by"], context = a.context
    if case .function(let function) = given {
      return { tensor in
        let x = tensor.rank > 2 && tensor.shape[0] == 1 ? tensor.untracked.reshaped(Array(tensor.shape.dropFirst())) : tensor.untracked
        do {
          guard let y = TensorObject.tensor(try context.call(function, [.object(TensorObject(x))])) else {
            return Tensor(fault: Fault(.other(operation: "edit", message: "the function must give a tensor")))
          }
          guard y.count == tensor.count else {
            return Tensor(fault: Fault(.shape(operation: "edit", shapes: [x.shape, y.shape], expected: "the function must keep the shape")))
          }
          return y.reshaped(tensor.shape)
        } catch let failure as Failures {
          return Tensor(fault: Fault(.other(operation: "edit", message: failure.first.message)))
        } catch {
          return Tensor(fault: Fault(.other(operation: "edit", message: (error as? Failure)?.message ?? "\(error)")))
        }
      }
    }
    guard let tensor = TensorObject.tensor(given) else { throw a.invalid("by", "must be a function of the tensor, a tensor or a number") }
    return { old in
      if tensor.count == old.count { return tensor.reshaped(old.shape) }
      return tensor.expanded(old.shape).materialised
    }
  }

  private func ablate(layer: Int, head: Int) throws -> RunObject {
    let suffix = "layers.\(layer).attention.mixed"
    guard let name = run.seen.map(\.name).last(where: { $0.hasSuffix(suffix) }), let mixed = run[name],
      let pattern = run[String(name.dropLast("mixed".count)) + "pattern"]
    else { throw Failure(.outOfRange, "there is no attention in layer \(layer)") }
    let heads = pattern.shape[1]
    guard (0..<heads).contains(head) else { throw Failure(.outOfRange, "head \(head) is outside of 0..<\(heads)") }
    let width = mixed.shape[2] / heads
    let gate = Tensor((0..<mixed.shape[2]).map { $0 / width == head ? 0 : 1 }, [mixed.shape[2]])
    return try again([Edit(name) { $0 * gate }])
  }

  /// The residual of every layer, read through the last norm and the head (nostalgebraist 2020).
  private func lens(_ position: Int) throws -> ReportObject {
    let open = try model.open(), a = open.architecture
    guard let head = a.head else { throw Failure(.host, "\(a.name) has no head over the vocabulary") }
    let prefix = a.encoder == nil ? "" : "decoder."
    let rows = run.seen.filter { $0.name.hasPrefix(prefix + "layers.") && $0.name.hasSuffix(".residual") }
    var lines: [String] = []
    let probe = Run(keepsMemory: false)
    let norm = a.body.parts.last?.part as? any Block
    for (name, tensor) in rows {
      let t = tensor.shape[1], place = position < 0 ? t + position : position
      guard (0..<t).contains(place) else { throw Failure(.outOfRange, "position \(position) is outside of 0..<\(t)") }
      var x = tensor.untracked.slice(place..<(place + 1), axis: 1)
      if let norm, !(norm is Repeat) { x = norm(x, probe) }
      let list = Sampler(temperature: 1).distribution(head(x, probe).values).prefix(4)
      lines.append("\(name)  " + list.map { "\(open.shown($0.id)) \(percent($0.probability))" }.joined(separator: "  "))
    }
    return ReportObject(typeName: "Report", summary: "logit lens", description: lines.joined(separator: "\n"))
  }

  private func compare(_ other: RunObject) throws -> ReportObject {
    var lines: [String] = []
    for (name, tensor) in run.seen {
      guard let theirs = other.run[name] else { continue }
      let d = tensor.largestDifference(from: theirs)
      if d > 0 { lines.append("\(name)  \(d == .infinity ? "another shape" : formatted(Double(d)))") }
    }
    let text = lines.isEmpty ? "no tensor differs" : "\(lines.count) of \(run.seen.count) tensors differ, the first is the cause:\n" + lines.prefix(24).joined(separator: "\n") + (lines.count > 24 ? "\n…" : "")
    return ReportObject(typeName: "Report", summary: "\(lines.count) tensors differ", description: text, values: [("count", "tensors that differ", .integer(lines.count))])
  }

  private func next(_ count: Int) throws -> [(text: String, probability: Float)] {
    let open = try model.open()
    guard let logits = run["logits"] else { return [] }
    let row = logits.slice((logits.shape[1] - 1)..<logits.shape[1], axis: 1).values
    return Sampler(temperature: 1).distribution(row).prefix(max(1, count)).map { (open.shown($0.id), $0.probability) }
  }

  // MARK: steps

  private func move(by count: Int) throws -> ReportObject {
    let target = cursor + count
    guard recording.nodes.indices.contains(target) else {
      throw Failure(.outOfRange, "step \(target) is outside of 0..<\(recording.nodes.count)")
    }
    cursor = target
    return shown(cursor)
  }

  /// One operation: what it is called, its formula, its inputs and its output, computed again from its inputs.
  private func shown(_ index: Int) -> ReportObject {
    let node = recording.nodes[index]
    let inputs = node.inputs.map { input -> String in
      if input.node >= 0, let name = recording.nodes[Int(input.node)].names.last { return "\(name) \(input.shape.described)" }
      if input.node >= 0 { return "step \(input.node) (\(recording.nodes[Int(input.node)].primitive.name)) \(input.shape.described)" }
      return "\(parameterNames[input.storage.map { ObjectIdentifier($0) } ?? ObjectIdentifier(self)] ?? "constant") \(input.shape.described)"
    }
    var output = TensorObject(node.outputs[0], label: node.names.last ?? node.primitive.name)
    if output.tensor.rank > 2, output.tensor.shape[0] == 1 { output = TensorObject(output.tensor.reshaped(Array(output.tensor.shape.dropFirst())), label: output.label) }
    // Heads and tokens are named as where the tensor is looked up.
    if let name = node.names.last, let named = try? tensor(name), named.tensor.shape == output.tensor.shape {
      (output.axes, output.rowTokens, output.columnTokens) = (named.axes, named.rowTokens, named.columnTokens)
    }
    let again = recording.evaluate(index, on: node.inputs).first
    let same = again?.largestDifference(from: node.outputs[0]) == 0
    let lines = [
      "step \(index) of \(recording.nodes.count): \(node.primitive.name)\(node.part.isEmpty ? "" : " in \(node.part)")",
      "  \(node.primitive.formula)",
      "  inputs: \(inputs.isEmpty ? "none" : inputs.joined(separator: ", "))",
      "  output: \(node.names.last ?? "") \(node.outputs[0].shape.described)\(same ? "" : " (changed by an edit)")",
      output.description,
    ]
    return ReportObject(
      typeName: "Step", summary: "step \(index): \(node.primitive.name)", description: lines.joined(separator: "\n"),
      values: [
        ("index", "place in the run", .integer(index)), ("operation", "its name", .string(node.primitive.name)),
        ("output", "its result", .object(output)),
      ])
  }

  private lazy var parameterNames: [ObjectIdentifier: String] = {
    guard let open = try? model.open() else { return [:] }
    return Dictionary(
      open.architecture.allParameters.compactMap { path, p in p.tensor.storage.map { (ObjectIdentifier($0), path) } },
      uniquingKeysWith: { a, _ in a })
  }()
}

/// 12.3 %
func percent(_ x: Float) -> String {
  let value = Double(x) * 100
  return (value >= 10 ? String(Int((value * 10).rounded()) / 10) + "." + String(Int((value * 10).rounded()) % 10) : formatted(value, digits: 2)) + " %"
}

extension String {
  var trimmingSpaces: String {
    let body = drop { $0 == " " || $0 == "␣" || $0 == "▁" }
    return body.isEmpty ? self : String(body)
  }
}
