// From a recipe to what it describes: names are looked up, arguments checked against the parameters, inner calls made first.

import Blocks
import Files

extension Recipe {
  /// Inner calls may lie so deep.
  static let deepest = 32

  /// Makes what the recipe describes, which must be of a kind.
  /// - Throws: `BuildFailure`, one line.
  public func make<T: Sendable>(_ kind: Kind, as type: T.Type = T.self) throws -> T {
    guard let made = try make(kind, depth: 0) as? T else { throw BuildFailure.wrongKind(builder: builder, kind: kind) }
    return made
  }

  /// The architecture that the recipe describes. Whether its sizes fit is another question: `Architecture.proved`.
  public func architecture() throws -> Architecture { try make(.architecture) }

  /// Checks names, types and ranges of this call and all inner ones, by making it: parts are made where they are built in, so this is cheap.
  public func check() throws { _ = try make(nil, depth: 0) }

  private func make(_ kind: Kind?, depth: Int) throws -> any Sendable {
    let (builder, values) = try checked(depth: depth)
    if let kind, builder.makes != kind { throw BuildFailure.wrongKind(builder: builder.name, kind: kind) }
    return try builder.make(BuilderArguments(builder.name, values))
  }

  private func checked(depth: Int) throws -> (Builder, [String: BuilderArguments.Made]) {
    guard depth < Recipe.deepest else { throw BuildFailure.tooDeep(Recipe.deepest) }
    guard let builder = Builder.named(builder) else { throw BuildFailure.unknownBuilder(self.builder) }
    var values: [String: BuilderArguments.Made] = [:]
    for argument in arguments {
      guard let parameter = builder.parameters.first(where: { $0.name == argument.name }) else {
        throw BuildFailure.unknownArgument(builder: builder.name, argument: argument.name)
      }
      guard values[argument.name] == nil else { throw BuildFailure.twice(builder: builder.name, argument: argument.name) }
      values[argument.name] = try made(argument.value, parameter.type, builder.name, argument.name, depth)
    }
    for parameter in builder.parameters where values[parameter.name] == nil {
      if let initial = parameter.initial {
        values[parameter.name] = try made(initial, parameter.type, builder.name, parameter.name, depth)
      } else if !parameter.isOptional {
        throw BuildFailure.missing(builder: builder.name, argument: parameter.name)
      }
    }
    return (builder, values)
  }

  private func made(
    _ value: Value, _ type: ArgumentType, _ builder: String, _ argument: String, _ depth: Int
  ) throws -> BuilderArguments.Made {
    func wrong() -> BuildFailure { .wrongType(builder: builder, argument: argument, expected: type.described, found: value.described) }
    switch (type, value) {
    case (.boolean, .boolean), (.text([]), .text): return .plain(value)
    case (.integer(let range), .integer(let n)):
      guard range.contains(n) else { throw BuildFailure.range(builder: builder, argument: argument, type.described, found: "\(n)") }
      return .plain(value)
    case (.integer, .number(let x)):
      guard let n = Int(exactly: x) else { throw wrong() }
      return try made(.integer(n), type, builder, argument, depth)
    case (.number(let range), .integer), (.number(let range), .number):
      let x = value.double ?? .nan
      guard range.contains(x) else { throw BuildFailure.range(builder: builder, argument: argument, type.described, found: value.description) }
      return .plain(value)
    case (.text(let words), .text(let word)):
      guard words.contains(word) else { throw BuildFailure.unknownWord(builder: builder, argument: argument, word, words: words) }
      return .plain(value)
    case (.list(let element), .list(let items)):
      guard items.count <= 10_000 else { throw BuildFailure.contradiction(builder: builder, "\(argument) holds \(items.count) elements; at most 10000 are possible") }
      return .list(try items.map { try made($0, element, builder, argument, depth) })
    // A word alone stands for a call without arguments: "norm": "rmsNorm".
    case (.made, .text(let name)): return try made(.call(Recipe(name)), type, builder, argument, depth)
    case (.made(let kind), .call(let call)):
      guard let inner = Builder.named(call.builder) else { throw BuildFailure.unknownBuilder(call.builder, wanted: kind) }
      guard inner.makes == kind else {
        throw BuildFailure.wrongType(builder: builder, argument: argument, expected: type.described, found: value.described)
      }
      return .value(try call.make(nil, depth: depth + 1))
    case (.either(let types), _):
      guard let fitting = types.first(where: { $0.fits(value) }) ?? types.first(where: { $0.admits(value) }) else { throw wrong() }
      return try made(value, fitting, builder, argument, depth)
    default: throw wrong()
    }
  }
}

extension ArgumentType {
  /// Whether a value is of this type, ranges left aside: which of several types an error should speak of.
  func admits(_ value: Recipe.Value) -> Bool {
    switch (self, value) {
    case (.boolean, .boolean), (.integer, .integer), (.number, .integer), (.number, .number), (.text, .text), (.made, .text): true
    case (.integer, .number(let x)): Int(exactly: x) != nil
    case (.list(let element), .list(let items)): items.allSatisfy { element.admits($0) }
    case (.made(let kind), .call(let call)): Builder.named(call.builder).map { $0.makes == kind } ?? true
    case (.either(let types), _): types.contains { $0.admits(value) }
    default: false
    }
  }

  /// The same, and a word is one that the type knows.
  func fits(_ value: Recipe.Value) -> Bool {
    switch (self, value) {
    case (.text(let words), .text(let word)): words.isEmpty || words.contains(word)
    case (.made(let kind), .text(let word)): Builder.named(word)?.makes == kind
    case (.list(let element), .list(let items)): items.allSatisfy { element.fits($0) }
    case (.either(let types), _): types.contains { $0.fits(value) }
    default: admits(value)
    }
  }

  /// The type in words.
  public var described: String {
    switch self {
    case .boolean: "true or false"
    case .integer(let range): "a whole number between \(range.lowerBound) and \(range.upperBound)"
    case .number(let range):
      range.upperBound == .infinity || range.upperBound >= Double.greatestFiniteMagnitude
        ? "a number from \(range.lowerBound)" : "a number between \(range.lowerBound) and \(range.upperBound)"
    case .text(let words): words.isEmpty ? "a text" : words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .list(let element): "a list, each \(element.described)"
    case .made(let kind): kind.described
    case .either(let types): types.map(\.described).joined(separator: ", or ")
    }
  }
}

extension Kind {
  /// What builders that make nothing may stand for: any part that is left out.
  public static let nothing = Kind("nothing")

  /// The kind with examples of builders that make it.
  var described: String {
    if self == .nothing { return "none()" }
    let names = Builder.names(making: self).prefix(3).map { "\($0)(…)" }
    return names.isEmpty ? withArticle : "\(withArticle) such as \(names.joined(separator: ", "))"
  }

  var withArticle: String { ("aeiou".contains(name.first ?? " ") ? "an " : "a ") + name }
}

extension Recipe.Value {
  var double: Double? {
    switch self {
    case .integer(let n): Double(n)
    case .number(let x): x
    default: nil
    }
  }
  /// The value as an error shows it.
  var described: String {
    switch self {
    case .list(let items): "a list of \(items.count)"
    case .call(let call): "\(call.builder)(…)"
    default: description
    }
  }
}
