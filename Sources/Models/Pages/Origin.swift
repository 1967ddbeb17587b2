// Where a call of a page stands, and which config keys its arguments came from: for errors, which name the keys first and the page last, and for
// the tooltips of figures.

import Blocks

extension Recipe {
  struct Origin: Sendable {
    /// config.json, as errors call it.
    let file: String
    /// The page and the line: "llama.orrery, line 15".
    let page: String
    /// Keys by argument.
    var keys: [String: [String]]

    /// The same call after some of its arguments were set elsewhere.
    func merging(_ older: Origin?) -> Origin {
      var copy = self
      copy.keys.merge(older?.keys ?? [:], uniquingKeysWith: { new, _ in new })
      return copy
    }
  }

  /// The same recipe as a value alone: without the places that it came from.
  var withoutOrigins: Recipe {
    func plain(_ value: Value) -> Value {
      switch value {
      case .list(let items): .list(items.map(plain))
      case .call(let call): .call(call.withoutOrigins)
      default: value
      }
    }
    return Recipe(builder, arguments.map { Argument($0.name, plain($0.value)) })
  }
}

extension Recipe.Origin {
  /// Makes what a call makes. Failures are told with the keys and the page; parts get the keys that they came from.
  func marking(_ call: Recipe, _ make: () throws -> any Sendable) throws -> any Sendable {
    let made: any Sendable
    do { made = try make() } catch let failure as BuildFailure { throw failure.told(of: call, self) }
    if let architecture = made as? Architecture { return marked(architecture) }
    guard let maker = made as? BlockMaker else { return made }
    let all = call.arguments.flatMap { keys[$0.name] ?? [] }.joined(separator: ", ")
    return BlockMaker(maker.slot) { site in
      do {
        var block = try maker.make(site)
        if let unfit = block as? Unfit { throw BuildFailure.contradiction(builder: call.builder, unfit.expected).told(of: call, self) }
        if !all.isEmpty, block.keys.isEmpty { block.keys = all }
        return block
      } catch let failure as BuildFailure { throw failure.told(of: call, self) }
    }
  }

  private func marked(_ architecture: Architecture) -> Architecture {
    var copy = architecture
    func from(_ names: String...) -> String { names.flatMap { keys[$0] ?? [] }.joined(separator: ", ") }
    copy.embedding.keys = from("vocabulary", "width", "embeddingWidth", "embeddingScale", "context", "segments")
    copy.head?.keys = from("vocabulary", "head", "headScale")
    copy.body = copy.body.counting(from("layers"))
    copy.encoder = copy.encoder?.counting(from("layers"))
    return copy
  }
}

extension Chain {
  /// The same chain, whose stack of layers says the key of their number.
  fileprivate func counting(_ keys: String) -> Chain {
    var copy = Chain(parts.map { child in
      guard var stack = child.part as? Repeat else { return child }
      stack.keys = keys
      return Child(child.name, stack)
    })
    copy.keys = self.keys
    return copy
  }
}

extension BuildFailure {
  /// The failure in the words of a configuration: the keys first, then what is wrong, then the page.
  func told(of call: Recipe, _ origin: Recipe.Origin) -> PageFailure {
    func line(_ text: String) -> PageFailure { PageFailure("\(origin.file): \(text) (\(origin.page))") }
    func keys(_ argument: String) -> String? { origin.keys[argument].map { $0.joined(separator: ", ") } }
    switch self {
    case .range(_, let argument, let expected, let found): return line("\(keys(argument) ?? "\(call.builder): \(argument)") must be \(expected), not \(found)")
    case .wrongType(_, let argument, let expected, let found): return line("\(keys(argument) ?? "\(call.builder): \(argument)") must be \(expected), not \(found)")
    case .unknownWord(_, let argument, let word, let words):
      return line("\(keys(argument) ?? "\(call.builder): \(argument)") must be one of \(words.map { "\"\($0)\"" }.joined(separator: ", ")), not \"\(word)\"")
    case .missing(_, let argument): return line(keys(argument).map { "\($0) must not be null: \(self)" } ?? "\(self)")
    case .contradiction(_, let text):
      // The keys whose values the text speaks of.
      let words = Set(text.split { !$0.isNumber && !$0.isLetter && $0 != "." }.map(String.init))
      let spoken = call.arguments.filter { argument in
        switch argument.value {
        case .call, .list: words.contains(argument.name)
        default: words.contains(argument.value.description) || words.contains(argument.name)
        }
      }
      let named = spoken.compactMap { argument in keys(argument.name).map { "\($0) \(argument.value)" } }
      return line((named.isEmpty ? "\(call.builder): " : named.joined(separator: ", ") + ": ") + text)
    default: return line("\(self)")
    }
  }
}
