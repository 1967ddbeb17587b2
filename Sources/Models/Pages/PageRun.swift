// One evaluation of a page for one configuration: its modules, and what was read. Everything that an evaluation knows is here and travels
// with the interpreter, so that several can go on at once.

import Checkpoints
import Files
import Language

/// A page at work, and the pages that it uses.
final class PageRun {
  let library: PageLibrary
  let configuration: Configuration
  let file: Holdings
  /// What the outermost page declares: each key with its default, nil, or the type that must be there.
  private(set) var keys = Record()
  private var modules: [String: PageModule] = [:]
  private var beginning: [String] = []
  /// Keys in the order in which they were read.
  private(set) var reads: [String] = []

  init(_ page: FamilyPage, _ library: PageLibrary, _ configuration: Configuration, _ file: Holdings) throws {
    (self.library, self.file) = (library, file)
    self.configuration = try page.header.section.flatMap { try configuration.section($0) } ?? configuration
    let main = try module(page)
    if case .dictionary(let record)? = main.interpreter.variables["keys"] { keys = record }
    for (key, rule) in keys.pairs {
      self.configuration.knows(key)
      if case .object(let object as KeyAlias) = rule { object.names.forEach { self.configuration.knows($0) } }
    }
  }

  /// A page that has run.
  func module(_ page: FamilyPage) throws -> PageModule {
    if let known = modules[page.name] { return known }
    guard !beginning.contains(page.name) else {
      throw Failure(PageFailure.kind, "\(page.name).orrery: the page uses itself (\((beginning + [page.name]).joined(separator: " → ")))")
    }
    beginning.append(page.name)
    defer { beginning.removeLast() }
    let module = PageModule(page, self)
    _ = try telling(page) { try module.interpreter.run(page.program) }
    modules[page.name] = module
    return module
  }

  func module(named name: String) throws -> PageModule {
    guard let page = try library.named(name) else {
      let known = library.files.map { String(Path.name(of: $0).dropLast(7)) }
      throw Failure(
        FailureKind.unknownName, "no page is called '\(name.shown())'", suggestion: Suggestion.nearest(to: name, in: known).map { "did you mean \"\($0)\"?" })
    }
    return try module(page)
  }

  func note(_ key: String) { reads.append(key) }

  /// Runs a part of a page, and tells its failures in one line.
  func telling<Result>(_ page: FamilyPage, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let failures as Failures {
      throw PageFailure(failures.first, in: Path.name(of: page.path))
    } catch let failure as Failure {
      throw PageFailure(failure, in: Path.name(of: page.path))
    }
  }

  /// Calls a page's function, which must be there, with `c` and, where it takes two, `file`.
  func call(_ name: String, of module: PageModule) throws -> Value? {
    guard let value = module.interpreter.variables[name] else { return nil }
    guard case .function(let function) = value else { return value }
    let arguments: [Value] = [.object(KeysObject(self, configuration, path: "", declared: keys)), .object(HoldingsObject(file: file))]
    let wanted = function.signatures.first?.parameters.count ?? 0
    return try telling(module.page) { try module.interpreter.calling(function, Array(arguments.prefix(wanted))) }
  }
}

/// A page whose statements have run: its names are there for it and for others.
final class PageModule {
  let page: FamilyPage
  let interpreter: Interpreter

  init(_ page: FamilyPage, _ run: PageRun) {
    self.page = page
    interpreter = Interpreter(environment: PageWords.environment)
    interpreter.host = run
    interpreter.mark = { [unowned run] in run.reads.count }
    interpreter.output = { _ in }
    (interpreter.limits.steps, interpreter.limits.elements, interpreter.limits.textBytes) = (2_000_000, 20_000, FamilyPage.mostBytes)
    interpreter.countsOn = true
  }
}

/// Another page as a page sees it: `page("llama").attention(c)`.
struct PageObject: Object {
  let module: PageModule
  var typeName: String { "Page" }
  var description: String { "page \(module.page.name)" }
  var members: [Member] { [] }

  func property(_ name: String) throws -> Value? { module.interpreter.variables[name] }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    guard case .function(let function)? = module.interpreter.variables[method] else { return nil }
    return try module.interpreter.calling(function, a)
  }
}

/// What the file holds, as a page asks it.
struct HoldingsObject: Object {
  let file: Holdings
  var typeName: String { "File" }
  var description: String { "the tensors of a checkpoint" }
  var members: [Member] {
    [
      .method("holds", [.value("name", .string)], returns: "Bool", "whether the file has this tensor; false where there is no file"),
      .method("lacks", [.value("name", .string)], returns: "Bool", "whether the file is without this tensor; false where there is no file"),
      .method("differ", [.value("a", .string), .value("b", .string)], returns: "Bool", "whether the file has both tensors, with different numbers"),
    ]
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    switch method {
    case "holds": .boolean(file.has(try a.string("name")) == true)
    case "lacks": .boolean(file.has(try a.string("name")) == false)
    case "differ": .boolean(file.differ(try a.string("a"), try a.string("b")))
    default: nil
    }
  }
}
