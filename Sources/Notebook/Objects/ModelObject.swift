// A model at the prompt: opened when it is first used.

import Blocks
import Diagrams
import Files
import Generation
import Language
import Models
import Tensors
import Tokenizers

/// A model as a value of the language. Shipped models are there by their names from the start, and cost nothing until used.
final class ModelObject: Object, @unchecked Sendable {
  let reference: String
  /// Raised by Ctrl-C; runs of this model poll it.
  let stop: UnsafeMutablePointer<Int32>?
  /// Where tensors belong that are looked up in this model, so that the flag ends what is computed from them.
  let trace: Trace
  private var opened: OpenModel?
  /// Where the figure of a variation that cannot run is left.
  let broken: BrokenFigure?

  init(_ reference: String, stop: UnsafeMutablePointer<Int32>?, broken: BrokenFigure? = nil) {
    self.reference = reference
    (self.stop, self.broken) = (stop, broken)
    trace = Trace(stop: stop)
  }

  init(_ model: Model, stop: UnsafeMutablePointer<Int32>?, broken: BrokenFigure?, text: OpenModel.Text? = nil) {
    reference = model.architecture.name
    (self.stop, self.broken) = (stop, broken)
    trace = Trace(stop: stop)
    opened = OpenModel(model, text: text)
  }

  func open() throws -> OpenModel {
    if let opened { return opened }
    do {
      let fresh = try OpenModel(reference)
      opened = fresh
      return fresh
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(FailureKind("model"), "\(error)")
    }
  }

  var typeName: String { "Model" }
  /// Without the folders of a path.
  var shownName: String { Path.name(of: reference) }
  var summary: String { "model '\(reference)'" }
  var description: String {
    guard let open = try? open() else { return summary }
    let a = open.architecture
    let counts = a.stacks.map { $0.layers.layers.count }, layers = counts.map(String.init).joined(separator: " + ")
    return "\(a.name): \(a.family.rawValue) (\(a.modelType)), \(grouped(a.parameterCount)) parameters, \(layers) layer\(counts == [1] ? "" : "s"), width \(a.width)"
  }

  var members: [Member] {
    let text = Language.Parameter.value("text", .oneOf([.string, .list(of: .integer)]), "a text, or a list of token ids")
    let mask = Language.Parameter.labelled("mask", .optional(.object("Mask")), "another mask for the self-attention")
    let decoder = Language.Parameter.labelled("decoder", .optional(.oneOf([.string, .list(of: .integer)])), "what the decoder reads (encoder–decoders)")
    let denoising: [Language.Parameter] = [
      .labelled("block", .optional(.integer), "diffusion: tokens that are written before anything right of them"),
      .labelled("remasking", .optional(.string), "diffusion on masks: \"low-confidence\" or \"random\""),
    ]
    let drafts = Language.Parameter.labelled("drafts", .boolean, default: false, "guess by multi-token prediction and check the guesses")
    let order = Language.Parameter.labelled("order", .string, default: "parallel", "\"parallel\", \"left-to-right\", \"surest-first\" or \"gibbs\"")
    return [
      .method("tokenize", [.value("text", .string)], returns: "Tokens", "the text as tokens", example: "stories.tokenize(\"Once there was\")"),
      .method("run", [text, mask, decoder], returns: "Run", "one forward with every tensor kept", example: "let r = stories.run(\"Once there was\")"),
      .method("generate", [
        text, .labelled("tokens", .integer, default: 24, "at most so many new tokens"), .labelled("temperature", .number, default: 0, "0 is greedy"),
        .labelled("topK", .optional(.integer)), .labelled("topP", .optional(.number)), .labelled("beams", .integer, default: 1),
        .labelled("seed", .integer, default: 0), .labelled("steps", .optional(.integer), "passes of a diffusion model"),
        .labelled("cache", .boolean, default: true, "false: the whole text anew at every step"),
      ] + denoising + [
        .labelled("clamp", .boolean, default: false, "diffusion on embeddings: put every prediction onto its nearest word"), drafts,
      ], returns: "String", "the text and how it goes on", example: "stories.generate(\"Once there was\", tokens: 12)"),
      .method("trace", [text, .labelled("tokens", .optional(.integer), "new tokens to generate; 4 if left out"), .labelled("steps", .optional(.integer), "the same as tokens; passes of a diffusion model"), .labelled("canvas", .optional(.integer), "diffusion: tokens of the canvas; as many as steps if left out")] + denoising + [drafts], returns: "Trace", "memory, token by token", example: "stories.trace(\"Once there was\", steps: 3)"),
      .method("score", [.value("text", .string)], returns: "Report", "the loss of every token"),
      .method("fill", [.value("text", .string), .labelled("top", .integer, default: 5), order], returns: "Report", "candidates for every blank (encoders)"),
      .method("embed", [.value("text", .string), .labelled("pooling", .string, default: "mean")], returns: "Tensor", "the text as one vector (encoders)"),
      .method("decode", [.value("ids", .list(of: .integer))], returns: "String", "the text of token ids"),
      .method("parameter", [.value("path", .string)], returns: "Tensor", "a learned tensor by its path", example: "stories.parameter(\"layers.0.attention.query.weight\")"),
      .property("inspect", returns: "Report", "exact counts: parameters, memory, arithmetic"),
      .property("diagram", returns: "Figure", "the architecture, drawn"),
      .property("block", returns: "Figure", "one layer, drawn large"),
      .property("parts", returns: "Report", "the recipe as a tree"),
      .property("parameters", returns: "Int", "number of learned numbers"), .property("layers", returns: "Int", "number of layers"),
      .property("width", returns: "Int", "width of the residual stream"), .property("heads", returns: "Int", "query heads of the first attention"),
      .property("headWidth", returns: "Int", "numbers of each head"), .property("vocabulary", returns: "Int", "number of token ids"),
      .property("context", returns: "Int", "tokens that it can read at most; nil: no bound of its own"),
      .property("name", returns: "String", "what it is called"), .property("family", returns: "String", "encoder, decoder, …"),
    ] + buildingMembers
  }

  func keys(startingWith prefix: String) -> [Candidate] { [] }

  func property(_ name: String) throws -> Value? {
    let open = try open()
    let a = open.architecture
    var attention: Attention?
    a.walk { _, part in if attention == nil { attention = part as? Attention } }
    switch name {
    case "inspect":
      let report = try InspectReport(open.model)
      let account = report.account
      return .object(
        ReportObject(
          typeName: "Report", summary: "counts of \(shownName)", description: report.text,
          values: [
            ("parameters", "learned numbers", .integer(account.total)), ("active", "of them, at work for one token", .integer(account.active)),
            ("bytesPerToken", "memory that every token adds without bound, in bf16", .integer(account.bytesPerToken)),
            ("constantBytes", "memory that does not grow, or only up to a bound", .integer(account.constantBytes)),
            ("bytes", "memory after a whole context", .integer(account.bytes(after: account.context))),
            ("context", "tokens of the context", .integer(account.context)),
            ("flops", "additions and multiplications for one token at the end of the context", .integer(account.flopsPerToken)),
          ]))
    case "diagram": return .object(FigureObject(Diagrams.Figure(model: open.model.outline, title: a.name)))
    case "block":
      guard let figure = Diagrams.Figure(blockOf: open.model.outline) else { return .nothing }
      return .object(FigureObject(figure))
    case "parts": return .object(ReportObject(typeName: "Report", summary: "parts of \(reference)", description: PartsReport.text(a)))
    case "parameters": return .integer(a.parameterCount)
    case "layers": return .integer(a.stacks.reduce(0) { $0 + $1.layers.layers.count })
    case "width": return .integer(a.width)
    case "heads": return attention.map { .integer($0.heads) } ?? .nothing
    case "headWidth": return attention.map { .integer($0.headWidth) } ?? .nothing
    case "context": return a.context.map { .integer($0) } ?? .nothing
    case "vocabulary": return .integer(a.embedding.vocabulary)
    case "name": return .string(a.name)
    case "family": return .string(a.family.rawValue)
    case "recipe": return .object(RecipeObject(recipe: open.model.recipe))
    default: return nil
    }
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    let open = try open()
    if let value = try callBuilding(method, a, open) { return value }
    do {
      switch method {
      case "tokenize":
        let ids = try open.tokenizer().encode(try a.string("text")).ids
        return .object(TokensObject(ids: ids, strings: ids.map(open.shown)))
      case "run":
        var mask: Mask?
        if case .object(let object) = a["mask"], let given = object as? MaskObject { mask = given.mask }
        let decoder = a["decoder"].isNothing ? nil : try ids(a["decoder"], open)
        return .object(try RunObject(self, ids(a["text"], open), decoder: decoder, mask: mask))
      case "generate": return .string(try generate(a, open))
      case "trace":
        let label = a.isGiven("tokens") ? "tokens" : "steps", steps = a.isGiven(label) ? try a.integer(label) : 4
        guard (1...100_000).contains(steps) else { throw a.invalid(label, "must lie between 1 and 100000") }
        let report = try trace(a, open, steps: steps)
        return .object(
          ReportObject(
            typeName: "Trace", summary: "trace of \(report.steps.count) steps", description: report.text, fitted: { report.text(fitting: $0) }, plainText: report.sentences,
            values: [
              ("steps", "number of steps", .integer(report.steps.count)),
              ("bytes", "bytes held after each step", .elements(report.steps.map { .integer($0.memory.reduce(0) { $0 + $1.bytes }) })),
              ("cached", "multiplications of each step with the cache", .elements(report.steps.map { .integer($0.multiplications.cached) })),
              ("uncached", "multiplications of each step without", .elements(report.steps.map { .integer($0.multiplications.uncached) })),
              ("largestDifference", "of the logits from a run without cache", .number(Double(report.steps.map(\.largestDifference).max() ?? 0))),
              ("text", "the text that was generated", .string(report.generated)),
            ]))
      case "score":
        let report = try ScoreReport(open, text: a.string("text"), stop: stop)
        return .object(
          ReportObject(
            typeName: "Report", summary: "loss \(formatted(report.loss))", description: report.text,
            values: [
              ("loss", "average loss of a token, in nats", .number(report.loss)), ("perplexity", "e to the loss", .number(report.perplexity)),
              ("losses", "loss of every token", .elements(report.tokens.compactMap { $0.loss.map { .number(Double($0)) } })),
            ]))
      case "fill":
        guard let order = Infilling.Order(named: try a.string("order")) else {
          throw a.invalid("order", "must be \(Infilling.Order.names.map { "\"\($0)\"" }.joined(separator: ", "))")
        }
        let report = try FillReport(open, text: a.string("text"), top: a.integer("top"), order: order, stop: stop)
        return .object(
          ReportObject(
            typeName: "Report", summary: "candidates for \(report.blanks.count) blanks", description: report.text,
            values: [("best", "the likeliest token of each blank", .elements(report.blanks.map { .string($0.candidates.first?.text ?? "") }))]))
      case "embed":
        guard let pooling = Pooling(rawValue: try a.string("pooling")) else { throw a.invalid("pooling", "must be \"mean\" or \"cls\"") }
        let vector = try SentenceEmbedding(open, text: a.string("text"), pooling: pooling, normalize: nil, stop: stop).vector
        return .object(TensorObject(Tensor(vector, [vector.count]).tracked(by: trace), label: "embedding", axes: ["width"]))
      case "decode": return .string(try open.tokenizer().decode(try a.integers("ids"), skipSpecial: false))
      case "parameter": return try parameter(a, open)
      default: return nil
      }
    } catch let fault as Fault {
      throw TensorObject.failure(of: fault)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(FailureKind("model"), "\(error)")
    }
  }

  /// Ids of a text or of a list.
  func ids(_ value: Value, _ open: OpenModel) throws -> [Int] {
    switch value {
    case .string(let text):
      guard open.hasTokenizer else {
        throw Failure(FailureKind("model"), "\(reference) has no tokenizer: give a list of token ids, such as [1, 2, 3]")
      }
      return try open.tokenizer().encode(text).ids
    case .list(let list): return list.compactMap { if case .integer(let id) = $0 { id } else { nil } }
    default: throw Failure(.wrongType, "a text or a list of token ids is needed, not \(value.typeName)")
    }
  }

  private func generate(_ a: Arguments, _ open: OpenModel) throws -> String {
    let prompt = try ids(a["text"], open)
    let usesMemory = try a.boolean("cache")
    var request = WritingRequest()
    (request.limit, request.seed, request.usesMemory) = (try a.integer("tokens"), try a.integer("seed"), usesMemory)
    guard request.limit >= 0 else { throw a.invalid("tokens", "must be at least 0") }
    let temperature = try a.number("temperature")
    guard temperature >= 0, temperature.isFinite else { throw a.invalid("temperature", "must be 0 or more") }
    request.temperature = temperature == 0 ? nil : temperature
    request.topP = a["topP"].isNothing ? nil : try a.number("topP")
    if let p = request.topP, !(p > 0 && p <= 1) { throw a.invalid("topP", "must lie above 0 and be at most 1") }
    (request.topK, request.beams) = (try count(a, "topK"), try count(a, "beams"))
    if let beams = request.beams, beams > 256 { throw a.invalid("beams", "must be at most 256") }
    try denoising(a, &request)
    (request.clamps, request.drafts) = (try a.boolean("clamp"), try a.boolean("drafts"))
    let new = try request.carriedOut(with: open, prompt, calling: shownName, stop: stop, spelling: ModelObject.spelled).tokens
    guard let tokenizer = open.tokenizerIfAny else { return new.map(String.init).joined(separator: ", ") }
    return tokenizer.decode(open.architecture.encoder == nil ? prompt + new : new)
  }

  private func trace(_ a: Arguments, _ open: OpenModel, steps: Int) throws -> TraceReport {
    var request = WritingRequest(), choice = Architecture.Denoising()
    try denoising(a, &request)
    (request.steps, request.drafts) = (nil, try a.boolean("drafts"))
    let canvas = try count(a, "canvas")
    if try request.denoising(open, calling: shownName, spelling: ModelObject.spelled) == nil, canvas != nil {
      throw Failure(FailureKind("model"), "\(shownName) writes token by token: a canvas is for diffusion models", at: a.span(of: "canvas"))
    }
    (choice.block, choice.remasking) = (request.block, request.remasking)
    return try TraceReport.of(open, prompt: ids(a["text"], open), steps: steps, limit: canvas, drafts: request.drafts, choice: choice, stop: stop)
  }

  /// A whole number of at least 1, if it is given.
  private func count(_ a: Arguments, _ name: String) throws -> Int? {
    guard !a[name].isNothing else { return nil }
    let count = try a.integer(name)
    guard count >= 1 else { throw a.invalid(name, "must be at least 1") }
    return count
  }

  /// How to remove noise, of `generate` and `trace`.
  private func denoising(_ a: Arguments, _ request: inout WritingRequest) throws {
    (request.steps, request.block) = (try count(a, "steps"), try count(a, "block"))
    switch a["remasking"].isNothing ? nil : try a.string("remasking") {
    case nil: break
    case "low-confidence"?: request.remasking = .lowConfidence
    case "random"?: request.remasking = .random
    default: throw a.invalid("remasking", "must be \"low-confidence\" or \"random\"")
    }
  }

  /// An option of a request as the language writes it.
  private static func spelled(_ option: String) -> String { option == "no memory" ? "cache: false" : option }

  private func parameter(_ a: Arguments, _ open: OpenModel) throws -> Value {
    let path = try a.string("path")
    let all = open.architecture.allParameters
    guard let found = all.first(where: { $0.path == path }) else {
      let near = Suggestion.nearest(to: path, in: all.map(\.path))
      throw Failure(.unknownName, "no parameter is called '\(path)'", suggestion: near.map { "did you mean '\($0)'?" }, at: a.span(of: "path"))
    }
    guard found.parameter.isBound else { throw Failure(FailureKind("model"), ModelFailure.noNumbers(reference).description) }
    return .object(TensorObject(found.parameter.tensor.materialised.tracked(by: trace), label: path))
  }
}
