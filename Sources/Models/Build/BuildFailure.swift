import Files

/// What is wrong with a recipe. Each is one line; the wording is here.
public enum BuildFailure: Error, Equatable, Sendable {
  case notCall(String)
  case notArguments(String, found: String)
  case notValue(String)
  case tooDeep(Int)
  case unknownBuilder(String, wanted: Kind? = nil)
  case unknownArgument(builder: String, argument: String)
  case twice(builder: String, argument: String)
  case missing(builder: String, argument: String)
  case wrongType(builder: String, argument: String, expected: String, found: String)
  case wrongKind(builder: String, kind: Kind)
  case range(builder: String, argument: String, String, found: String)
  case unknownWord(builder: String, argument: String, String, words: [String])
  case contradiction(builder: String, String)
  case noSuchPart(String, known: [String])
}

extension BuildFailure: CustomStringConvertible {
  public var description: String { suggestion.map { "\(message); \($0)" } ?? message }

  /// What is wrong, without what was probably meant.
  public var message: String {
    switch self {
    case .notCall(let found): "a builder call is an object with one key, such as {\"rope\": {\"base\": 10000}}, not \(found)"
    case .notArguments(let name, let found): "\(name.shown()): the arguments are an object, not \(found)"
    case .notValue(let name): "\(name.shown()) is null; leave it out instead"
    case .tooDeep(let depth): "builder calls lie more than \(depth) deep in one another"
    case .unknownBuilder(let name, _): "no builder is called '\(name.shown())'"
    case .unknownArgument(let builder, let name): "\(builder) has no argument '\(name.shown())'"
    case .twice(let builder, let name): "\(builder): the argument '\(name)' is given twice"
    case .missing(let builder, let name):
      "\(builder): the argument '\(name)' is missing" + (Builder.named(builder)?.parameters.first { $0.name == name }.map { " (\($0.about))" } ?? "")
    case .wrongType(let builder, let name, let expected, let found): "\(builder): \(name) must be \(expected), not \(found.shown())"
    case .wrongKind(let builder, let kind): "\(builder)(…) does not make \(kind.withArticle)"
    case .range(let builder, let name, let expected, let found): "\(builder): \(name) must be \(expected), not \(found)"
    case .unknownWord(let builder, let name, let word, let words):
      "\(builder): \(name) must be one of \(words.map { "\"\($0)\"" }.joined(separator: ", ")), not \"\(word.shown())\""
    case .contradiction(let builder, let text): "\(builder): \(text)"
    case .noSuchPart(let path, _): "no part is at '\(path.shown())'"
    }
  }

  /// The nearest right thing.
  public var suggestion: String? {
    switch self {
    case .unknownBuilder(let name, let kind):
      if let near = Suggestion.nearest(to: name, in: Builder.names(making: nil)) { return "did you mean \(near)?" }
      return kind.map { "\($0.withArticle) is made by \(Builder.names(making: $0).joined(separator: ", "))" }
    case .unknownArgument(let builder, let name):
      let known = Builder.named(builder)?.parameters.map(\.name) ?? []
      if let near = Suggestion.nearest(to: name, in: known) { return "did you mean \(near)?" }
      return known.isEmpty ? "it takes none" : "it takes \(known.joined(separator: ", "))"
    case .unknownWord(_, _, let word, let words): return Suggestion.nearest(to: word, in: words).map { "did you mean \"\($0)\"?" }
    case .noSuchPart(let path, let known):
      if let near = Suggestion.nearest(to: path, in: known) { return "did you mean '\(near)'?" }
      return known.isEmpty ? nil : "there are \(known.prefix(8).joined(separator: ", "))\(known.count > 8 ? ", …" : "")"
    default: return nil
    }
  }
}
