/// What Tab offers. The text before the cursor is read as far as it goes; values are looked at only where that has no side
/// effects: variables, properties and subscripts, never calls.

public struct Completion: Equatable, Sendable {
  /// What the candidates replace: the word, or the part of a string, before the cursor.
  public let span: Span
  public let candidates: [Candidate]
  /// Set inside of a string that is a function's argument: the host may offer files and models.
  public let stringArgumentOf: String?
}

extension Interpreter {
  /// Candidates for the text before `cursor`, which counts UTF-8 bytes.
  public func complete(_ text: String, at cursor: Int) -> Completion {
    let whole = Source(text)
    var cursor = min(max(0, cursor), whole.bytes.count)
    while cursor > 0, cursor < whole.bytes.count, whole.bytes[cursor] & 0xC0 == 0x80 { cursor -= 1 }
    let source = Source(whole.text(of: Span(0, cursor)))
    let end = source.bytes.count
    let lexer = Lexer.read(source)
    var tokens = Array(lexer.tokens.dropLast())
    if lexer.comments.contains(where: { $0.end == end && $0.start < end }) {
      return Completion(span: Span(end, end), candidates: [], stringArgumentOf: nil)
    }
    if let failure = lexer.failures.last, case .unterminatedString = failure.problem, let last = tokens.last,
      last.span.end == end
    {
      if let inner = last.openInterpolation {
        tokens = inner
      } else {
        return completeString(Array(tokens.dropLast()), Span(min(end, last.span.start + 1), end), source)
      }
    }
    var word = Span(end, end)
    if let last = tokens.last, last.span.end == end {
      switch last.kind {
      case .name, .keyword:
        word = last.span
        tokens.removeLast()
      case .integer, .number, .hole: return Completion(span: word, candidates: [], stringArgumentOf: nil)
      default: break
      }
    }
    let prefix = source.text(of: word)
    let candidates: [Candidate]
    if tokens.last?.kind == .symbol(.dot) {
      candidates = members(Array(tokens.dropLast()), source)
    } else {
      // Where a label has been begun, functions that begin alike would hide it; a variable may be meant.
      let labels = labels(tokens, source)
      let isLabel = !prefix.isEmpty && labels.contains { $0.text.hasPrefix(prefix) }
      candidates = labels + (isLabel ? names(tokens).filter { variables[$0.text] != nil } : names(tokens))
    }
    return Completion(span: word, candidates: matching(candidates, prefix), stringArgumentOf: nil)
  }

  /// Those that begin with the prefix; without regard to case if there are none.
  private func matching(_ candidates: [Candidate], _ prefix: String) -> [Candidate] {
    let exact = candidates.filter { $0.text.hasPrefix(prefix) }
    let found = exact.isEmpty ? candidates.filter { $0.text.lowercased().hasPrefix(prefix.lowercased()) } : exact
    var seen: Set<String> = []
    return found.filter { seen.insert($0.text).inserted }
  }

  private func names(_ tokens: [Token]) -> [Candidate] {
    // After `let`, `func` and `for` stands a new name.
    if case .keyword(let word)? = tokens.last?.kind, [.let, .func, .for].contains(word) { return [] }
    let variables = variables.names.reversed().map { Candidate($0, self.variables[$0]?.typeDescription ?? "") }
    let functions = environment.functionNames.map { name in
      Candidate(name + "(", environment.functions[name]?.first?.signature.summary ?? "")
    }
    let constants = environment.constants.keys.sorted().map { Candidate($0, environment.constants[$0]?.summary ?? "") }
    let words = Keyword.allCases.map(\.rawValue).sorted().map { Candidate($0, "keyword") }
    return variables + functions + constants + words
  }

  private func members(_ tokens: [Token], _ source: Source) -> [Candidate] {
    guard let base = chain(tokens, source) else {
      return environment.implicit.keys.sorted().map { Candidate($0, environment.implicit[$0]?.summary ?? "") }
    }
    let known =
      quietValue(base).map { environment.members(of: $0) } ?? typeName(of: base).flatMap { environment.extensions[$0] }
    return (known ?? []).map { Candidate($0.isProperty ? $0.name : $0.name + "(", $0.summary) }
  }

  /// The labels of the call that is being written, without those that it has.
  private func labels(_ tokens: [Token], _ source: Source) -> [Candidate] {
    guard let last = tokens.last?.kind, last == .symbol(.leftParen) || last == .symbol(.comma),
      let open = tokens.openBracket, tokens[open].kind == .symbol(.leftParen), open > 0
    else { return [] }
    var given: Set<String> = []
    for index in tokens.indices.dropLast() where index > open {
      if case .name(let name) = tokens[index].kind, tokens[index + 1].kind == .symbol(.colon) { given.insert(name) }
    }
    return signatures(Array(tokens[..<open]), source).flatMap(\.parameters).compactMap { parameter in
      guard let label = parameter.label, !given.contains(label) else { return nil }
      let words =
        parameter.documentation.isEmpty ? parameter.type.name : "\(parameter.type.name), \(parameter.documentation)"
      return Candidate(label + ": ", words)
    }
  }

  private func signatures(_ callee: [Token], _ source: Source) -> [Signature] {
    guard let expression = chain(callee, source) else { return [] }
    if case .member(let base, let name) = expression.form {
      let members =
        quietValue(base).map { environment.members(of: $0) } ?? typeName(of: base).flatMap {
          environment.extensions[$0]
        } ?? []
      return members.filter { $0.name == name.text }.map(\.signature)
    }
    guard case .name(let name) = expression.form else { return [] }
    if case .function(let function)? = variables[name] { return function.signatures }
    return environment.function(name)?.signatures ?? []
  }

  /// `run["layers.` asks the object; `load("` names the function.
  private func completeString(_ tokens: [Token], _ span: Span, _ source: Source) -> Completion {
    guard let open = tokens.openBracket, open > 0 else {
      return Completion(span: span, candidates: [], stringArgumentOf: nil)
    }
    let callee = Array(tokens[..<open])
    guard tokens[open].kind == .symbol(.leftBracket) else {
      var name: String?
      if tokens[open].kind == .symbol(.leftParen), case .name(let text)? = callee.last?.kind { name = text }
      return Completion(span: span, candidates: [], stringArgumentOf: name)
    }
    var candidates: [Candidate] = []
    let prefix = source.text(of: span)
    switch chain(callee, source).flatMap(quietValue) {
    case .object(let object)?: candidates = object.keys(startingWith: prefix)
    case .dictionary(let record)?: candidates = record.keys.map { Candidate($0, record[$0]?.typeDescription ?? "") }
    default: break
    }
    return Completion(span: span, candidates: matching(candidates, prefix), stringArgumentOf: nil)
  }
}
