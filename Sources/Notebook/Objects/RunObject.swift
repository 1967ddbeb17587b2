// A run at the prompt: every tensor by name. Steps, interventions and what is read off a run stand beside it in this folder.

import Blocks
import Files
import Generation
import Language
import Tensors

/// One recorded forward of a model.
final class RunObject: Object, Stepping, @unchecked Sendable {
  let model: ModelObject
  let ids: [Int], decoder: [Int]?, choice: ReadingChoice
  /// What the decoder of an encoder–decoder read; else empty.
  let decoderIds: [Int]
  /// The tokens of what was read (of an encoder–decoder: of the source).
  let tokens: [String], decoderTokens: [String]
  let run: Run
  let recording: Recording
  /// What changed it, for the report; empty for an untouched run.
  let edits: [Edit]
  /// The step that the learner stands at.
  var cursor = 0

  init(_ model: ModelObject, _ ids: [Int], decoder: [Int]?, choice: ReadingChoice = ReadingChoice(), edits: [Edit] = []) throws {
    (self.model, self.ids, self.decoder, self.choice) = (model, ids, decoder, choice)
    let open = try model.open()
    recording = Recording()
    run = Run(trace: Trace(stop: model.stop, recording: recording), keepsMemory: false, watch: .everything)
    run.edits = edits
    tokens = ids.map { open.shown($0).trimmingSpaces }
    try open.model.requireWeights()
    let generator = open.generator()
    try generator.check(ids)
    guard decoder == nil || open.architecture.encoder != nil else {
      throw Failure(.wrongArgument, "\(model.shownName) has no encoder: decoder: is for encoder–decoders")
    }
    try choice.check(open.architecture, count: ids.count, calling: model.shownName, spelling: ModelObject.spelled)
    choice.apply(to: run)
    decoderIds = open.architecture.encoder == nil ? [] : decoder ?? open.model.decoderStart.map { [$0] } ?? [0]
    if !decoderIds.isEmpty { try generator.check(decoderIds) }
    decoderTokens = decoderIds.map { open.shown($0).trimmingSpaces }
    try RunObject.forward(open.architecture, ids, decoderIds, run)
    // What is computed from here on, to print the run or to read something off it, is no step of it.
    run.trace.recording = nil
    self.edits = run.edits
    if let useless = run.edits.first(where: { $0.applied.isEmpty }) {
      throw Failure(
        .unknownName, "the edit of '\(useless.pattern)' applied nowhere: no tensor has that name", suggestion: suggestion(for: useless.pattern))
    }
  }

  static func forward(_ architecture: Architecture, _ ids: [Int], _ decoder: [Int], _ run: Run) throws {
    if architecture.encoder != nil {
      architecture.encode(Architecture.Input([ids]), run)
      _ = try architecture(Architecture.Input([decoder]), run)
    } else if let classifier = architecture.classifier {
      _ = try classifier(architecture.hidden(Architecture.Input([ids]), run).checked(), run).checked()
    } else if architecture.head != nil {
      _ = try architecture(Architecture.Input([ids]), run)
    } else {
      _ = try architecture.hidden(Architecture.Input([ids]), run).checked()
    }
  }

  var typeName: String { "Run" }
  var summary: String { "run of '\(tokens.joined(separator: " "))' through \(model.shownName)" }
  var description: String {
    var lines = ["\(summary): \(run.seen.count) named tensors, \(recording.nodes.count) steps"]
    for edit in edits {
      let largest = edit.applied.map(\.change).max() ?? 0
      lines.append("  edited \(edit.pattern): applied \(edit.applied.count) time\(edit.applied.count == 1 ? "" : "s"), largest change \(formatted(Double(largest)))")
    }
    if let said = try? says(3) { lines.append("  \(said.what): " + said.list.map { "\($0.text) \(percent($0.probability))" }.joined(separator: ", ")) }
    return lines.joined(separator: "\n")
  }

  var members: [Member] {
    let name = Language.Parameter.value("name", .string, "a tensor's name; * stands for any part")
    return [
      .property("names", returns: "[String]", "names of all tensors"), .property("tokens", returns: "[String]", "what was read"),
      .property("logits", returns: "Tensor", "logits of every position"), .property("steps", returns: "Int", "number of operations"),
      .property("memory", returns: "Int", "bytes of all tensors that were kept"),
      .method("next", [.labelled("top", .integer, default: 5)], returns: "Report", "the likeliest next tokens"),
      .method("edit", [name, .labelled("by", .any, "a function of the tensor, or a tensor")], returns: "Run", "the same run with a tensor changed",
        example: "r.edit(\"layers.0.attention.pattern\", by: { x in x * 0 })"),
      .method("ablate", [.labelled("layer", .integer), .labelled("head", .integer)], returns: "Run", "the same run without a head"),
      .method("patch", [name, .labelled("from", .object("Run"))], returns: "Run", "the same run with a tensor of another run"),
      .method("gradients", [
        .labelled("target", .optional(.oneOf([.string, .integer])), "take −ln of the probability of this token as the loss; else of every next token of the text, on average"),
        .labelled("position", .integer, default: -1, "where the target is to stand behind; −1 is the last token"),
        .labelled("of", .optional(.function), "another loss: a function of the logits [token, vocabulary] that gives one number"),
      ], returns: "Gradients", "how a loss depends on every tensor and every learned number of the run", example: "let g = r.gradients()"),
      .method("lens", [.labelled("position", .integer, default: -1)], returns: "Report", "what each layer's residual would predict"),
      .method("difference", [.labelled("from", .object("Run"))], returns: "Report", "where two runs of the same shape come apart"),
    ] + stepMembers
  }

  func keys(startingWith prefix: String) -> [Language.Candidate] {
    run.seen.filter { $0.name.hasPrefix(prefix) }.map {
      // As the value that the name gives: without the batch of one.
      Language.Candidate($0.name, RunObject.withoutBatch($0.tensor).shape.described)
    }
  }

  /// The first axis is a batch of one sequence: what a learner looks at has no such axis.
  static func withoutBatch(_ tensor: Tensor) -> Tensor {
    let x = tensor.isFollowed ? tensor : tensor.untracked
    return tensor.rank > 2 && tensor.shape[0] == 1 ? x.reshaped(Array(tensor.shape.dropFirst())) : x
  }

  /// The nearest name that there is; a `*` counts as layer 0.
  func suggestion(for name: String) -> String? {
    let names = run.seen.map(\.name)
    return Suggestion.nearest(toPath: name, in: names)
      .map { "did you mean '\($0)'?" }
  }

  /// The tensor of a name, without the batch axis, with axes and tokens named.
  func tensor(_ name: String) throws -> TensorObject {
    guard let tensor = run[name] else {
      throw Failure(.unknownName, "no tensor is called '\(name)'", suggestion: suggestion(for: name))
    }
    let last = String(name.split(separator: ".").last ?? "")
    var axes: [String] = []
    switch (last, tensor.rank) {
    case ("scores", 4), ("pattern", 4): axes = ["head", "query", "key"]
    case ("query", 4), ("key", 4), ("value", 4): axes = ["token", "head", "width"]
    case ("logits", 3): axes = ["token", "vocabulary"]
    case ("classes", 2): axes = ["text", "class"]
    case (_, 3): axes = ["token", "width"]
    default: break
    }
    let x = RunObject.withoutBatch(tensor)
    var object = TensorObject(x.tracked(by: model.trace), label: last, axes: last == "mask" && x.rank == 2 ? ["query", "key"] : axes)
    let side = name.hasPrefix("decoder.") ? decoderTokens : tokens
    let across = name.contains("crossAttention") ? tokens : side
    for axis in object.labels.indices {
      let isTokens = object.labels[axis].name == "token" || object.labels[axis].name == "query"
      // Cross-attention's keys and values are the source's.
      let owner = object.labels[axis].name == "key" || isTokens && (last == "key" || last == "value") ? across : side
      if isTokens || object.labels[axis].name == "key", owner.count == x.shape[axis] { object.labels[axis].tokens = owner }
    }
    if object.axes.isEmpty, x.rank == 2, side.count == x.shape[0] { object.labels[0].tokens = side }
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
    case "why": return .object(shown())
    case "board": return .object(board())
    default: return nil
    }
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    if let value = try stepped(method, a) { return value }
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
    case "edit":
      let change = try change(a)
      return .object(try again([Edit(try a.string("name"), change: change)], at: a.span(of: "name")))
    case "ablate": return .object(try ablate(a))
    case "patch":
      let other: RunObject = try a.object("from"), name = try a.string("name")
      guard let source = other.run[name] else {
        throw Failure(.unknownName, "the other run has no tensor '\(name)'", suggestion: other.suggestion(for: name), at: a.span(of: "name"))
      }
      return .object(
        try again([Edit(name) { mine in
          if mine.shape == source.shape { return source.untracked }
          let shapes = [source, mine].map { RunObject.withoutBatch($0).shape }
          return Tensor(fault: Fault(.shape(operation: "patch", shapes: shapes, expected: "'\(name)' must have the same shape in both runs")))
        }], at: a.span(of: "name")))
    case "gradients": return .object(try gradients(a))
    case "lens": return .object(try lens(a.integer("position")))
    case "difference": return .object(try compare(try a.object("from")))
    default: return nil
    }
  }

  /// The operation that reads a tensor which none has made: a mask, or what an edit put in its place.
  func firstUse(of name: String) -> Int? {
    guard let tensor = run.seen.first(where: { glob(name, $0.name) })?.tensor, let storage = tensor.storage else { return nil }
    return recording.nodes.firstIndex { $0.inputs.contains { $0.storage === storage } }
  }

  /// Names of what no operation has made: parameters by their paths, and tensors such as masks.
  lazy var sourceNames: [ObjectIdentifier: String] = {
    guard let open = try? model.open() else { return [:] }
    let named = run.seen.compactMap { name, x in x.node < 0 ? x.storage.map { (ObjectIdentifier($0), name) } : nil }
    return Dictionary(
      open.architecture.allParameters.compactMap { path, p in p.tensor.storage.map { (ObjectIdentifier($0), path) } } + named,
      uniquingKeysWith: { a, _ in a })
  }()
}
