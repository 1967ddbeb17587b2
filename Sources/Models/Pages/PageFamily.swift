// A page as a family: from a configuration to the call that makes the model, and to the table of its published names.

import Blocks
import Checkpoints
import Files
import Language

extension FamilyPage {
  /// The call that makes a configuration's model, in its one form.
  /// - Throws: `PageFailure`, `Configuration.Failure`; each is one line that names the key first, then the page.
  public func recipe(_ c: Configuration, _ file: Holdings, _ library: PageLibrary) throws -> Recipe {
    let run = try PageRun(self, library, c, file), main = try run.module(self)
    guard case .object(let object as PartObject)? = try run.call("recipe", of: main), object.kind == .architecture else {
      throw PageFailure("\(Path.name(of: path)): recipe(c, file) must give an architecture: decoder(…), encoder(…), …")
    }
    return object.recipe.canonical
  }

  /// What the model's parameters are called in published files.
  public func names(_ c: Configuration, _ library: PageLibrary) throws -> NameTable {
    let run = try PageRun(self, library, c, .unknown), main = try run.module(self)
    func texts(_ value: Value?) -> [String] {
      switch value {
      case .string(let text)?: [text]
      case .list(let list)?: list.compactMap { if case .string(let s) = $0 { s } else { nil } }
      default: []
      }
    }
    guard case .dictionary(let record)? = try run.call("names", of: main) else {
      throw PageFailure("\(Path.name(of: path)): names must be a dictionary, or a function of c that gives one")
    }
    return try NameTable(
      PageNames(record, page: Path.name(of: path)).entries, prefixes: texts(run.call("prefix", of: main)), ignored: texts(run.call("ignored", of: main)))
  }

  /// The page as a family of the loader's.
  public func family(_ library: PageLibrary) -> Family {
    Family(
      modelTypes: header.types, page: self,
      call: { c, file in try recipe(c, file, library) },
      names: { c in try names(c, library) })
  }
}

extension Family {
  /// A family that is a page: its architecture is what its call makes.
  init(
    modelTypes: [String], page: FamilyPage, call: @escaping @Sendable (Configuration, Holdings) throws -> Recipe,
    names: @escaping @Sendable (Configuration) throws -> NameTable
  ) {
    self.init(
      modelTypes: modelTypes, page: page, call: call,
      recipe: { c, file in try call(c, file).architecture(of: c.string("model_type"), c.file, Path.name(of: page.path))
      }, names: names)
  }
}

extension Family {
  /// The call that makes a configuration's model, and what makes it: as often as it is asked, with parameters of its own each time.
  func described(_ c: Configuration, _ file: Holdings) throws -> (recipe: Recipe, make: () throws -> Architecture) {
    if let call {
      let recipe = try call(c, file), type = try c.string("model_type"), page = page.map { Path.name(of: $0.path) } ?? ""
      return (recipe.withoutOrigins, { try recipe.architecture(of: type, c.file, page) })
    }
    let answers = Holdings.Answers()
    var first: Architecture? = try recipe(c, file.noting(in: answers))
    let whole = try modelTypes.contains("orrery") ? Recipe(configuration: c).canonical
      : Recipe("configuration", [.init("json", .text(JSON.encode(JSONTree(c.json))))] + answers.arguments)
    return (whole, {
      defer { first = nil }
      return try first ?? recipe(c, file)
    })
  }
}

extension Recipe {
  /// The architecture of a page's call, under its model type.
  fileprivate func architecture(of type: String, _ file: String, _ page: String) throws -> Architecture {
    do {
      var architecture = try architecture()
      architecture.modelType = type
      return architecture
    } catch let failure as BuildFailure {
      throw PageFailure("\(file): \(failure) (\(page))")
    }
  }
}

/// The table of names as a page writes it.
struct PageNames {
  private(set) var entries: [String: Source] = [:]

  init(_ record: Record, page: String) throws {
    for (key, value) in record.pairs {
      let ours = try PageNames.expanded(key, page)
      var sources = Array(repeating: [Source](), count: ours.count)
      for place in try PageNames.places(value, page) {
        let theirs = try PageNames.expanded(place.name, page)
        guard theirs.count == ours.count || theirs.count == 1 else {
          throw PageFailure("\(page): names: \"\(key)\" stands for \(ours.count) names, \"\(place.name)\" for \(theirs.count)")
        }
        for index in ours.indices { sources[index].append(place.source(theirs.count == 1 ? theirs[0] : theirs[index])) }
      }
      for (path, list) in zip(ours, sources) {
        guard let first = list.first else { throw PageFailure("\(page): names: \"\(key)\" has no place") }
        entries[path] = list.dropFirst().reduce(first) { $0.or($1) }
      }
    }
  }

  private static func places(_ value: Value, _ page: String) throws -> [PlaceObject] {
    switch value {
    case .string(let name): return [PlaceObject(name: name)]
    case .object(let place as PlaceObject): return [place]
    case .list(let list): return try list.flatMap { try places($0, page) }
    default: throw PageFailure("\(page): names: a place is a text, rows(…), transposed(…) or a list of them, not \(value.typeDescription)")
    }
  }

  /// `a.{b, c}.d` as `a.b.d` and `a.c.d`; several lists multiply.
  static func expanded(_ text: String, _ page: String) throws -> [String] {
    guard let open = text.firstIndex(of: "{") else { return [text] }
    guard let close = text[open...].firstIndex(of: "}") else { throw PageFailure("\(page): names: \"\(text)\" has a { without a }") }
    let words = text[text.index(after: open)..<close].split(separator: ",").map { $0.filter { $0 != " " } }
    let rest = try expanded(String(text[text.index(after: close)...]), page)
    return words.flatMap { word in rest.map { text[..<open] + word + $0 } }
  }
}

/// Where a tensor stands: a name, and how it is cut.
struct PlaceObject: Object {
  let name: String
  var isTransposed = false
  var rows: Range<Int>?
  var step = 1
  var typeName: String { "Place" }
  var description: String { name }

  init(name: String) { self.name = name }

  init(_ value: Value) throws {
    switch value {
    case .object(let place as PlaceObject): self = place
    case .string(let name): self.init(name: name)
    default: throw Failure(.wrongType(expected: "String", found: value.typeDescription, what: "a place"))
    }
  }

  func source(_ name: String) -> Source {
    var source = Source(name)
    if isTransposed { source = source.transposed }
    if let rows { source = source.rows(rows, step: step) }
    return source
  }
}
