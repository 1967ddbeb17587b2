// A family's page as a file: its header, which is read without running anything, and its program, read and checked once.

import Files
import Language

/// A page of `lessons/families`, or a user's own: what the header says, and the checked program.
public struct FamilyPage: Sendable {
  /// What other pages call it: the file's name without its ending.
  public let name: String
  public let path: String
  public let text: String
  public let header: Header
  let program: Checked

  /// The arguments of `family(…)`, all literals.
  public struct Header: Sendable {
    public let title: String
    /// `model_type`s of the configurations that it reads.
    public let types: [String]
    public let year: Int?
    public let paper: String?
    /// What is new in it, in one line.
    public let new: String?
    /// The section of config.json that holds the keys, where it is not the whole.
    public let section: String?
  }

  /// The most bytes of a page.
  static let mostBytes = 1 << 20

  /// Reads and checks a page.
  /// - Throws: `PageFailure`, one line.
  public init(path: String) throws {
    let bytes: [UInt8]
    do { bytes = Array(try MappedFile(path, limit: FamilyPage.mostBytes).contents) } catch { throw PageFailure("\(error)") }
    try self.init(text: String(decoding: bytes, as: UTF8.self), path: path)
  }

  public init(text: String, path: String) throws {
    (self.path, self.text) = (path, text)
    let file = Path.name(of: path)
    let interpreter = Interpreter(environment: PageWords.environment)
    do {
      program = try interpreter.prepare(Language.Source(text, name: file))
    } catch let failures as Failures {
      throw PageFailure(failures.first, in: file)
    }
    name = file.hasSuffix(".orrery") ? String(file.dropLast(7)) : file
    guard let call = program.program.literals(of: "family") else {
      throw PageFailure("\(file): a page begins with family(\"Title\", …), whose arguments are texts, numbers and lists")
    }
    func word(_ name: String) -> String? { if case .string(let s)? = call[name] { s } else { nil } }
    guard case .string(let title)? = call[""] else { throw PageFailure("\(file): family(…) begins with a title") }
    var types: [String] = [name]
    if case .list(let list)? = call["types"] { types = list.compactMap { if case .string(let s) = $0 { s } else { nil } } }
    var year: Int?
    if case .integer(let n)? = call["year"] { year = n }
    header = Header(title: title, types: types, year: year, paper: word("paper"), new: word("new"), section: word("section"))
  }
}

/// What is wrong with a page, or with a configuration that a page reads: one line.
public struct PageFailure: Error, CustomStringConvertible {
  public let description: String

  init(_ text: String) { description = text }

  /// A failure of the language, in a page: what, page, line.
  init(_ failure: Failure, in page: String) {
    if failure.kind == PageFailure.kind { self.init(failure.message); return }
    let place = failure.source.flatMap { source in failure.span.map { (source.name, source.line(at: $0.start).number) } }
    self.init("\(place?.0 ?? page)\(place.map { ", line \($0.1)" } ?? ""): \(failure.message)" + (failure.suggestion.map { "; \($0)" } ?? ""))
  }

  /// The kind of failures that say all that there is to say, the page included.
  static let kind = FailureKind("page")
}
