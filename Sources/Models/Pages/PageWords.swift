// What a page can say: the language without what has effects, the builders, and a few words of its own.

import Blocks
import Checkpoints
import Files
import Language
import Tensors

enum PageWords {
  /// Shared by all pages; nothing in it changes.
  nonisolated(unsafe) static let environment: Environment = {
    var environment = Environment()
    environment.remove("print")
    environment.addRecipes()
    environment.addMaskRecipes()
    environment.addPageWords()
    return environment
  }()
}

extension Environment {
  /// Builders whose arguments are checked when the whole is made: failures then know the keys that they came from.
  fileprivate mutating func addRecipes() {
    for builder in Builder.all where builder.makes == .mask || builder.isFunction || ["replacing", "masked"].contains(builder.name) {
      guard !["causal", "bidirectional", "reverseCausal", "replacing", "masked"].contains(builder.name) else { continue }
      let parameters = builder.parameters.map { parameter -> Language.Parameter in
        parameter.isLabelled ? .labelled(parameter.name, .any, default: .nothing) : .value(parameter.name, .any, default: .nothing)
      }
      define(builder.name, parameters, returns: builder.makes.typeName, builder.about) { a in
        .object(PartObject(recipe: try builder.recipe(a), kind: builder.makes))
      }
    }
  }

  fileprivate mutating func addMaskRecipes() {
    for name in ["causal", "bidirectional", "reverseCausal"] {
      define(constant: name, .object(PartObject(recipe: Recipe(name), kind: .mask)))
    }
  }

  fileprivate mutating func addPageWords() {
    let text = ValueType.optional(.string)
    define(
      "family",
      [
        .value("title", .string), .labelled("types", .optional(.list(of: .string))), .labelled("year", .optional(.integer)), .labelled("paper", text),
        .labelled("new", text), .labelled("licence", text), .labelled("source", text), .labelled("section", text),
      ], "what the page is about; read without running it"
    ) { _ in .nothing }
    define("page", [.value("name", .string)], returns: "Page", "another page, by its file's name") { a in
      guard let run = a.context.host as? PageRun else { return .nothing }
      return .object(PageObject(module: try run.module(named: try a.string("name"))))
    }
    define("require", [.value("condition", .boolean), .value("text", .string)], "what must hold of a configuration, and what is said if it does not") { a in
      guard try !a.boolean("condition") else { return .nothing }
      throw a.failure(try a.string("text"))
    }
    define("activation", [.value("name", .string)], returns: "String", "our word for a published activation's name") { a in
      let file = (a.context.host as? PageRun)?.configuration.file ?? "config.json"
      return .string(try a.published { try Unary.Function.read(a.string("name"), file: file) }.rawValue)
    }
    define(
      "rope",
      [
        .value("c", .object("Configuration")), .labelled("headWidth", .integer), .labelled("base", .number, default: 10_000),
        .labelled("layout", .string, default: "half"), .labelled("part", .optional(.number), "the class's part of a head, of a class that reads partial_rotary_factor"),
        .labelled("context", .integer, default: 2048), .labelled("silent", .optional(.object("Scaling")), "the scaling where the file says nothing"),
        .labelled("settings", .optional(.object("Configuration")), "the section of the settings, where there is one for each kind of layer"),
      ], returns: Kind.position.typeName, "rotary positions as rope_theta, rope_scaling or rope_parameters say them"
    ) { a in
      let keys: KeysObject = try a.object("c")
      let (headWidth, base, context) = (try a.integer("headWidth"), try a.number("base"), try a.integer("context"))
      let part = a["part"].isNothing ? nil : try a.number("part")
      var silent: RoPE.Scaling?, settings: Configuration?
      if case .object(let object as KeysObject) = a["settings"] { settings = object.configuration }
      if case .object(let object as PartObject) = a["silent"] { silent = try a.published { try object.recipe.make(.scaling) } }
      let layout = RoPE.Layout(rawValue: try a.string("layout")) ?? .half
      let rope = try a.published { try RoPE.read(keys.configuration, headWidth: headWidth, layout: layout, partial: part, base: base, context: context, silent: silent, settings: settings) }
      for key in ["rope_theta", "rope_scaling", "rope_parameters"] where keys.configuration.json[ByteString(key)] != nil { keys.run.note(key) }
      return .object(PartObject(recipe: rope.recipe(headWidth: headWidth), kind: .position))
    }
    define(
      "head", [.value("c", .object("Configuration")), .value("file", .object("File")), .labelled("tied", .boolean, default: false), .labelled("embedding", .string, default: "embed_tokens.weight"), .labelled("tensor", .string, default: "lm_head.weight")],
      "the head of the class that config.json names: tied or not, of a classifier, or none"
    ) { a in
      let keys: KeysObject = try a.object("c"), file: HoldingsObject = try a.object("file")
      let (isTied, embedding, tensor) = (try a.boolean("tied"), try a.string("embedding"), try a.string("tensor"))
      for key in ["tie_word_embeddings", "architectures"] where keys.configuration.json[ByteString(key)] != nil { keys.run.note(key) }
      return try a.published { try PublishedClass(keys.configuration).head(keys.configuration, file.file, tied: isTied, embedding: embedding, tensor: tensor) }
    }
    define("labels", [.value("c", .object("Configuration"))], returns: "Int", "how many labels a head that sorts tells apart") { a in
      let keys: KeysObject = try a.object("c")
      return .integer(try a.published { try PublishedClass(keys.configuration).labels })
    }
    define("range", [.value("rule", .any), .value("range", .range)], "a key that is a whole number between two ends; its type or its default first") { a in
      guard case .range(let range) = a["range"], let upper = range.upper else { throw a.invalid("range", "must have both ends, such as 1...100") }
      var initial: Value?
      if case .integer = a["rule"] { initial = a["rule"] }
      return .object(KeyRange(initial: initial, range: (range.lower ?? 0)...max(range.lower ?? 0, range.isClosed ? upper : upper - 1)))
    }
    define("alias", [.value("rule", .any), .rest("names", .string)], "a key that files also have under other names: its type or its default first") { a in
      .object(KeyAlias(rule: a["rule"], names: try a.list("names").compactMap { if case .string(let s) = $0 { s } else { nil } }))
    }
    define(
      "agrees", [.value("c", .object("Configuration")), .value("key", .string), .value("value", .any)],
      "a key that the class does not read is none to tell where it says this"
    ) { a in
      let keys: KeysObject = try a.object("c")
      switch a["value"] {
      case .boolean(let b): keys.configuration.agrees(try a.string("key"), with: .bool(b))
      case .integer(let n): keys.configuration.agrees(try a.string("key"), with: .int(n))
      case .number(let x): keys.configuration.agrees(try a.string("key"), with: .double(x))
      case .string(let s): keys.configuration.agrees(try a.string("key"), with: .string(s))
      default: throw a.invalid("value", "must be a number, a text, true or false")
      }
      return .nothing
    }
    let place = ValueType.oneOf([.string, .object("Place")])
    define("rows", [.value("place", place), .value("rows", .range), .labelled("step", .integer, default: 1)], "rows of a tensor that holds several parameters") { a in
      guard case .range(let range) = a["rows"] else { return .nothing }
      let step = try a.integer("step")
      guard step > 0 else { throw a.invalid("step", "must be at least 1") }
      var cut = try PlaceObject(a["place"])
      (cut.rows, cut.step) = (try range.positions(in: Int.max - 1), step)
      return .object(cut)
    }
    define("transposed", [.value("place", place)], "a tensor that is stored [in, out]") { a in
      var turned = try PlaceObject(a["place"])
      turned.isTransposed = true
      return .object(turned)
    }
  }
}

extension Arguments {
  /// A failure that names a configuration's file first and the page's line last.
  func failure(_ text: String) -> Failure {
    let file = (context.host as? PageRun)?.configuration.file ?? "config.json"
    return Failure(PageFailure.kind, "\(file): \(text) (\(place))")
  }

  /// Runs what reads a configuration; its failures say the page as well.
  func published<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let failure as Failure { throw failure } catch { throw Failure(PageFailure.kind, "\(error) (\(place))") }
  }
}

extension RoPE {
  /// The call that makes these positions.
  func recipe(headWidth: Int) -> Recipe {
    var arguments: [Recipe.Argument] = [.init("base", .number(exact(base)))]
    if part != headWidth { arguments.append(.init("part", .number(Double(part) / Double(headWidth)))) }
    if layout != .half { arguments.append(.init("layout", .text(layout.rawValue))) }
    if let scaling = scaling.recipe { arguments.append(.init("scaling", .call(scaling))) }
    return Recipe("rope", arguments)
  }
}

extension RoPE.Scaling {
  /// The call that makes this scaling; nil for none.
  var recipe: Recipe? {
    func call(_ name: String, _ arguments: (String, Recipe.Value?)...) -> Recipe {
      Recipe(name, arguments.compactMap { name, value in value.map { Recipe.Argument(name, $0) } })
    }
    func number(_ x: Float) -> Recipe.Value { .number(exact(x)) }
    return switch self {
    case .none: nil
    case .linear(let factor): call("linearScaling", ("factor", number(factor)))
    case .dynamic(let factor, let original): call("dynamicScaling", ("factor", number(factor)), ("original", .integer(original)))
    case .llama3(let factor, let low, let high, let original):
      call("llama3Scaling", ("factor", number(factor)), ("low", number(low)), ("high", number(high)), ("original", .integer(original)))
    case .yarn(let factor, let original, let fast, let slow, let attention, let truncate):
      call(
        "yarn", ("factor", number(factor)), ("original", .integer(original)), ("fast", number(fast)), ("slow", number(slow)),
        ("amplitude", attention.map(number)), ("truncate", .boolean(truncate)))
    case .longrope(let short, let long, let original, let attention):
      call(
        "longRope", ("short", .list(short.map(number))), ("long", .list(long.map(number))), ("original", .integer(original)), ("amplitude", number(attention)))
    }
  }
}

/// The shortest number that is this one when it is rounded to 32 bits: 0.1 stays 0.1.
private func exact(_ x: Float) -> Double { Double("\(x)") ?? Double(x) }

extension PublishedClass {
  /// What stands for `head:` in a builder's call.
  fileprivate func head(_ c: Configuration, _ file: Holdings, tied usual: Bool, embedding: String, tensor: String) throws -> Value {
    let isTied = try c.bool("tie_word_embeddings", default: usual) && !file.differ(tensor, embedding)
    // A trunk saved alone has a head only if it is the embedding; a classifier has a head of its own.
    if isFor("SequenceClassification", "TokenClassification") {
      let score = Recipe("linearHead", [.init("name", .text("score")), .init("outputs", .integer(labels)), .init("bias", .boolean(isFor("TokenClassification")))])
      return .object(PartObject(recipe: score, kind: Kind("extra")))
    }
    if isBare && !isTied && file.has(tensor) != true { return .string("none") }
    return .string(isTied ? "tied" : "untied")
  }
}
