// Reading a plan: JSON, every key known, every value of its kind; what is not is one line with the place and the nearest right thing.

import Checkpoints
import Files
import Glibc
import Models
import Tensors

extension Plan {
  static let keys = [
    "about", "model", "start", "initialisation", "learns", "corpus", "objective", "optimiser", "schedule", "steps", "batch", "piece", "seed", "average", "evaluate",
    "precision", "scores", "writing",
  ]

  /// - Throws: `JSONFailure`, `PlanFailure`, and what corpora, objectives and configurations throw, each one line.
  public init(path: String) throws {
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    try self.init(try JSON.parse(file.bytes, name: path), PlanText(file: path, text: file.bytes))
  }

  public init(_ json: JSON, file: String) throws { try self.init(json, PlanText(file: file, text: nil)) }

  private init(_ json: JSON, _ text: PlanText) throws {
    let file = text.file
    let last = file.split(separator: "/").last.map(String.init) ?? file
    name = last.hasSuffix(".plan") ? String(last.dropLast(5)) : last
    self.file = file
    let reader = PlanObject(json, text, place: "", known: Plan.keys)
    try reader.check()
    /// The plan as the reader of configurations sees it, whose messages begin with the line of a key.
    func at(_ key: String) -> Configuration { Configuration(json, file: text.place(of: json[ByteString(key)])) }
    about = try at("about").string("about", default: "")
    guard let model = json["model"], model.members != nil else { throw PlanFailure(file, "the key 'model' is missing (an object: what config.json is to hold)") }
    configuration = model
    start = json["start"] == nil ? nil : try at("start").string("start")
    initialisation = try reader.choice("initialisation", Initialisation.self, default: .mini)
    learns = try reader.choice("learns", Learned.self, default: .all)

    guard let corpusJSON = json["corpus"] else { throw PlanFailure(file, "the key 'corpus' is missing (one of \(Corpora.all.map(\.name).joined(separator: ", ")))") }
    self.corpusJSON = corpusJSON
    var (corpusName, corpusSettings) = try reader.call(corpusJSON, "corpus")
    // Files that a corpus reads lie beside the plan.
    for (key, value) in corpusSettings {
      guard ["path", "tokenizer"].contains(key), case .text(let name) = value, !name.hasPrefix("/") else { continue }
      let beside = Path.join(Path.folder(of: file), name)
      if access(beside, R_OK) == 0 { corpusSettings[key] = .text(beside) }
    }
    let corpus = try reader.telling(of: "corpus") { try Corpora.named(corpusName, corpusSettings) }
    self.corpus = corpus
    guard let objectiveJSON = json["objective"] else {
      throw PlanFailure(file, "the key 'objective' is missing (one of \(Objectives.all.map(\.name).joined(separator: ", ")))")
    }
    self.objectiveJSON = objectiveJSON
    let (objectiveName, objectiveSettings) = try reader.call(objectiveJSON, "objective")
    // Some objectives take from the model what noise it undoes: its outline tells.
    let outline = try Model(configuration: configuration, name: text.place(of: model)).architecture
    if learns == .prefix, PrefixTuning.learned(outline).isEmpty {
      throw PlanFailure(text.place(of: json["learns"]), "learns is \"prefix\", but the model has none; put it into {\"prefixTuned\": {\"architecture\": {…}, \"length\": 8}}")
    }
    objective = try reader.telling(of: "objective") { try Objectives.named(objectiveName, objectiveSettings, corpus.vocabulary.special, for: outline) }

    let steps = try at("steps").int("steps", in: 1...10_000_000), batch = try at("batch").int("batch", in: 1...65_536)
    var settings = TrainingSettings(
      optimiser: try reader.optimiser(), schedule: try reader.schedule(), steps: steps, batch: batch,
      piece: try at("piece").optionalInt("piece", in: 1...65_536), seed: UInt64(try at("seed").int("seed", in: 0...Int.max, default: 0)))
    if json["average"] != nil { settings.average = try reader.number("average", in: 0...1) }
    if let evaluate = json["evaluate"] {
      let inner = PlanObject(evaluate, text, place: "evaluate", known: ["every", "samples"])
      try inner.check()
      settings.evaluateEvery = try inner.count("every", in: 1...10_000_000, default: settings.evaluateEvery)
      settings.heldOutSamples = try inner.count("samples", in: 1...1_000_000, default: settings.heldOutSamples)
    }
    self.settings = settings
    switch try at("precision").string("precision", default: "f32") {
    case "f32": precision = .f32
    case "f16": precision = .f16
    case "bf16": precision = .bf16
    case let other: throw PlanFailure(text.place(of: json["precision"]), "precision is '\(other)', but must be f32, f16 or bf16")
    }
    scores = try reader.scores(corpus)
    var writing = Writing()
    if let given = json["writing"] {
      let inner = PlanObject(given, text, place: "writing", known: ["length", "steps", "block", "temperature"])
      try inner.check()
      writing.length = try inner.optionalCount("length", in: 1...65_536)
      writing.steps = try inner.optionalCount("steps", in: 1...65_536)
      writing.block = try inner.optionalCount("block", in: 1...65_536)
      if given["temperature"] != nil { writing.temperature = try inner.number("temperature", in: 0...100) }
    }
    self.writing = writing
  }
}

/// A plan's file, and where its lines begin.
struct PlanText {
  let file: String
  /// Offsets in the file; empty: the text is not at hand, and messages name the file alone.
  private let starts: [Int]

  init(file: String, text: UnsafeRawBufferPointer?) {
    self.file = file
    starts = text.map { text in [0] + text.indices.filter { text[$0] == 0x0A }.map { $0 + 1 } } ?? []
  }

  /// "my.plan:7": the line where a value begins; without one, the file.
  func place(of json: JSON?) -> String {
    guard let json, !starts.isEmpty else { return file }
    return "\(file):\(starts.count { $0 <= json.offset })"
  }
}

/// An object of a plan: where it stands and which keys it may have.
struct PlanObject {
  let json: JSON, text: PlanText, place: String, known: [String]
  init(_ json: JSON, _ text: PlanText, place: String, known: [String]) { (self.json, self.text, self.place, self.known) = (json, text, place, known) }

  private func key(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

  func check() throws {
    guard let members = json.members else { throw PlanFailure(text.place(of: json), place.isEmpty ? "a plan is an object { … }" : "\(place) must be an object { … }, but is \(json.shown)") }
    for member in members where !known.contains(member.key.string) {
      let near = Suggestion.nearest(to: member.key.string, in: known).map { "did you mean '\($0)'?" } ?? "the keys are \(known.joined(separator: ", "))"
      throw PlanFailure(text.place(of: member.value), "unknown key '\(key(member.key.string))'; \(near)")
    }
  }

  func number(_ name: String, in range: ClosedRange<Double>, default fallback: Double? = nil) throws -> Double {
    guard let value = json[ByteString(name)] else {
      if let fallback { return fallback }
      throw PlanFailure(text.place(of: place.isEmpty ? nil : json), "the key '\(key(name))' is missing")
    }
    guard let x = value.double, range.contains(x) else {
      throw PlanFailure(text.place(of: value), "\(key(name)) is \(value.shown), but must be a number from \(shortened(range.lowerBound)) to \(shortened(range.upperBound))")
    }
    return x
  }

  func optionalCount(_ name: String, in range: ClosedRange<Int>) throws -> Int? { json[ByteString(name)] == nil ? nil : try count(name, in: range, default: 0) }

  func count(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
    guard let value = json[ByteString(name)] else { return fallback }
    guard let n = value.int, range.contains(n) else { throw PlanFailure(text.place(of: value), "\(key(name)) is \(value.shown), but must be a whole number from \(range.lowerBound) to \(range.upperBound)") }
    return n
  }

  func choice<T: RawRepresentable & CaseIterable>(_ name: String, _: T.Type, default fallback: T) throws -> T where T.RawValue == String {
    guard let value = json[ByteString(name)] else { return fallback }
    let names = T.allCases.map(\.rawValue)
    if let word = value.string, let found = T(rawValue: word) { return found }
    let near = value.string.flatMap { Suggestion.nearest(to: $0, in: names) }.map { "; did you mean '\($0)'?" } ?? ""
    throw PlanFailure(text.place(of: value), "\(key(name)) is \(value.shown), but must be one of \(names.joined(separator: ", "))\(near)")
  }

  /// A name, or an object with one key: the name and its settings.
  func call(_ value: JSON, _ name: String) throws -> (name: String, settings: [String: Recipe.Value]) {
    if let word = value.string { return (word, [:]) }
    guard let members = value.members, members.count == 1, let inner = members[0].value.members else {
      throw PlanFailure(text.place(of: value), "\(key(name)) must be a name, or an object with one name and its settings, such as {\"masked\": {\"rate\": 0.15}}")
    }
    do {
      return (members[0].key.string, Dictionary(try inner.map { ($0.key.string, try Recipe.Value(plain: $0.value)) }, uniquingKeysWith: { _, last in last }))
    } catch {
      throw PlanFailure(text.place(of: value), "\(key(name)).\(members[0].key.string): \(error)")
    }
  }

  /// What others throw, with the place of a key before it.
  func telling<T>(of name: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch { throw PlanFailure(text.place(of: json[ByteString(name)]), "\(error)") }
  }

  func optimiser() throws -> OptimiserSettings {
    guard let given = json["optimiser"] else { return OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.99), rate: 2e-3, decay: 0.01, clip: 1) }
    guard let members = given.members, members.count == 1, let name = members.first?.key.string, ["adamW", "sgd"].contains(name) else {
      throw PlanFailure(text.place(of: given), "optimiser must be {\"adamW\": {…}} or {\"sgd\": {…}}")
    }
    let inner = PlanObject(
      members[0].value, text, place: "optimiser.\(name)", known: ["rate", "decay", "clip"] + (name == "sgd" ? ["momentum"] : ["beta1", "beta2", "epsilon"]))
    try inner.check()
    let rate = try inner.number("rate", in: 0...10)
    var settings = OptimiserSettings(.adamW(), rate: rate)
    if name == "sgd" { settings.method = .sgd(momentum: try inner.number("momentum", in: 0...1, default: 0)) } else {
      settings.method = .adamW(
        beta1: try inner.number("beta1", in: 0...0.999999, default: 0.9), beta2: try inner.number("beta2", in: 0...0.999999, default: 0.99),
        epsilon: try inner.number("epsilon", in: 0...1, default: 1e-8))
    }
    settings.decay = try inner.number("decay", in: 0...1, default: name == "sgd" ? 0 : 0.01)
    settings.clip = inner.json["clip"]?.isNull == true ? nil : try inner.number("clip", in: 1e-6...1e6, default: 1)
    return settings
  }

  func schedule() throws -> Schedule {
    guard let given = json["schedule"] else { return Schedule(.cosine, warmup: 100, floor: 0.1) }
    let shapes = Schedule.Shape.allCases.map(\.rawValue)
    guard let members = given.members, members.count == 1, let shape = Schedule.Shape(rawValue: members[0].key.string) else {
      throw PlanFailure(text.place(of: given), "schedule must be an object with one of \(shapes.joined(separator: ", ")), such as {\"cosine\": {\"warmup\": 100, \"floor\": 0.1}}")
    }
    let inner = PlanObject(members[0].value, text, place: "schedule.\(shape.rawValue)", known: ["warmup", "floor"])
    try inner.check()
    return Schedule(shape, warmup: try inner.count("warmup", in: 0...10_000_000, default: 0), floor: try inner.number("floor", in: 0...1, default: 0))
  }

  func scores(_ corpus: any Corpus) throws -> [Plan.Score] {
    guard let given = json["scores"] else { return [] }
    guard let members = given.members else { throw PlanFailure(text.place(of: given), "scores must be an object: a measure and its bound") }
    return try members.map { member in
      let name = member.key.string
      let known = Measure.names(for: corpus)
      guard let measure = Measure(name, corpus: corpus) else {
        let near = Suggestion.nearest(to: name, in: known).map { "did you mean '\($0)'?" } ?? "there are \(known.joined(separator: ", "))"
        throw PlanFailure(text.place(of: member.value), "scores: the corpus \(corpus.name) has no measure '\(name)'; \(near)")
      }
      let inner = PlanObject(member.value, text, place: "scores.\(name)", known: ["at least", "at most", "samples"])
      try inner.check()
      let least = inner.json["at least"] == nil ? nil : try inner.number("at least", in: -1e9...1e9)
      let most = inner.json["at most"] == nil ? nil : try inner.number("at most", in: -1e9...1e9)
      guard least != nil || most != nil else { throw PlanFailure(text.place(of: member.value), "scores.\(name) has no bound: give 'at least' or 'at most'") }
      return Plan.Score(measure: measure, atLeast: least, atMost: most, samples: try inner.count("samples", in: 1...1_000_000, default: measure.usualSamples))
    }
  }
}

extension Recipe.Value {
  /// A setting: a number, a word, a flag, or a list of them.
  init(plain json: JSON) throws {
    if let n = json.int { self = .integer(n) }
    else if let x = json.double { self = .number(x) }
    else if let s = json.string { self = .text(s) }
    else if let b = json.bool { self = .boolean(b) }
    else if let list = json.array { self = .list(try list.map { try Recipe.Value(plain: $0) }) }
    else { throw PlanSettingFailure(description: "a setting must be a number, a word, true or false, or a list, but is \(json.shown)") }
  }
}

struct PlanSettingFailure: Error, CustomStringConvertible { let description: String }
