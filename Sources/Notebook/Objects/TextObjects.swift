// Things that print: reports, traces and figures.

import Language

/// A report: text that stands for itself, with members where there is more to ask.
struct ReportObject: Object {
  let typeName: String
  let summary: String
  let description: String
  /// The same for a page of so many columns, where it can be narrower.
  var fitted: ((Int) -> String)?
  var plainText: String?
  var values: [(name: String, about: String, value: Value)] = []
  /// A figure in DOT, for front ends that draw.
  var dot: String?
  var alternative = ""

  var plain: String { plainText ?? description }
  func description(fitting width: Int) -> String { fitted?(width) ?? description }
  var members: [Member] { values.map { .property($0.name, $0.about) } }
  func property(_ name: String) throws -> Value? { values.first { $0.name == name }?.value }
}

/// Tokens of a text: ids with the strings that they stand for.
struct TokensObject: Object {
  let ids: [Int]
  let strings: [String]
  var typeName: String { "Tokens" }
  var summary: String { strings.joined(separator: "|") }
  var description: String { description(fitting: .max) }
  func description(fitting width: Int) -> String {
    let table = TextColumns([strings, ids.map(String.init)], leftAligned: Set(ids.indices))
    return (["tokens [\(ids.count)]"] + table.lines(fitting: width, repeating: 0)).joined(separator: "\n")
  }
  var members: [Member] {
    [
      .property("ids", returns: "[Int]", "the token ids"), .property("strings", returns: "[String]", "what each token stands for"),
      .property("count", returns: "Int", "number of tokens"),
    ]
  }

  func property(_ name: String) throws -> Value? {
    switch name {
    case "ids": .shape(ids)
    case "strings": .elements(strings.map { .string($0) })
    case "count": .integer(ids.count)
    default: nil
    }
  }

  func elements() throws -> [Value]? { strings.map { .string($0) } }
  func element(_ a: Arguments) throws -> Value? {
    guard case .integer(let i) = a[0] else { return nil }
    let index = i < 0 ? ids.count + i : i
    guard ids.indices.contains(index) else { throw Failure(.outOfRange, "\(i) is outside of 0..<\(ids.count)") }
    return .string(strings[index])
  }
}

extension String {
  var trimmingEnd: String {
    var copy = self
    while copy.last == " " { copy.removeLast() }
    return copy
  }
}
