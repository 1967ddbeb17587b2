/// The expression before the cursor: found backwards from a dot or a bracket, and evaluated only if that is harmless.

extension Interpreter {
  /// The chain of names, members, subscripts and calls that ends the tokens; nil if they do not end in an operand.
  func chain(_ tokens: [Token], _ source: Source) -> Expression? {
    var start = tokens.count
    search: while start > 0 {
      switch tokens[start - 1].kind {
      case .symbol(.rightBracket), .symbol(.rightParen), .symbol(.rightBrace):
        guard let open = tokens.opening(of: start - 1) else { return nil }
        start = open
        // What stands before a bracket belongs to it only without a space: `f(x)`, and not `f (x)`.
        if !tokens[start].touchesPrevious, tokens[start].kind != .symbol(.leftBrace) { break search }
        if start > 0, case .name = tokens[start - 1].kind { continue }
        if start > 0, tokens[start - 1].kind == .symbol(.rightBracket) || tokens[start - 1].kind == .symbol(.rightParen)
        {
          continue
        }
        break search
      case .name, .text, .keyword:
        start -= 1
        if start > 0, tokens[start - 1].kind == .symbol(.dot) { start -= 1 } else { break search }
      default: return nil
      }
    }
    guard start < tokens.count else { return nil }
    let end = Token(kind: .end, span: Span(source.bytes.count, source.bytes.count))
    var parser = Parser(source: source, tokens: Array(tokens[start...]) + [end])
    guard let expression = try? parser.expression(), parser.token.kind == .end else { return nil }
    return expression
  }

  /// The value, if no call is needed for it.
  func quietValue(_ expression: Expression) -> Value? {
    guard isQuiet(expression) else { return nil }
    return try? entering(Source("")) { try evaluate(expression) }
  }

  private func isQuiet(_ expression: Expression) -> Bool {
    switch expression.form {
    case .nothing, .boolean, .integer, .number, .name, .implicit(_, nil): return true
    case .text(let parts): return parts.allSatisfy { if case .literal = $0 { true } else { false } }
    case .list(let elements): return elements.allSatisfy(isQuiet)
    case .dictionary(let pairs): return pairs.allSatisfy { isQuiet($0.key) && isQuiet($0.value) }
    case .member(let base, _): return isQuiet(base)
    case .element(let base, let arguments): return isQuiet(base) && arguments.allSatisfy { isQuiet($0.value) }
    case .unary(_, let operand): return isQuiet(operand)
    case .range(let lower, let upper, _): return (lower.map(isQuiet) ?? true) && (upper.map(isQuiet) ?? true)
    default: return false
    }
  }

  /// The type that a call is declared to give, so that `load("…").` can be completed without loading.
  func typeName(of expression: Expression) -> String? {
    if let value = quietValue(expression) { return value.typeName }
    guard case .call(let callee, _) = expression.form else { return nil }
    var result: String?
    switch callee.form {
    case .name(let name): result = environment.functions[name]?.first?.signature.result
    case .member(let base, let name):
      let members =
        quietValue(base).map { environment.members(of: $0) }
        ?? typeName(of: base).flatMap { environment.extensions[$0] }
      result = members?.first { $0.name == name.text }?.signature.result
    default: return nil
    }
    return result.flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension Token {
  /// The tokens of an interpolation that is still open at the end of a string.
  var openInterpolation: [Token]? {
    guard case .text(let pieces) = kind, case .interpolation(let tokens)? = pieces.last, let end = tokens.last,
      end.span.end == span.end
    else { return nil }
    let inner = Array(tokens.dropLast())
    return inner.last?.openInterpolation ?? inner
  }
}

extension [Token] {
  /// The innermost bracket that is open at the end.
  var openBracket: Int? {
    var depth = 0
    for index in indices.reversed() {
      switch self[index].kind {
      case .symbol(.rightParen), .symbol(.rightBracket), .symbol(.rightBrace): depth += 1
      case .symbol(.leftParen), .symbol(.leftBracket), .symbol(.leftBrace):
        if depth == 0 { return index }
        depth -= 1
      default: break
      }
    }
    return nil
  }

  /// The bracket that the one at `index` closes.
  func opening(of index: Int) -> Int? {
    var depth = 0
    for position in indices.reversed() where position <= index {
      switch self[position].kind {
      case .symbol(.rightParen), .symbol(.rightBracket), .symbol(.rightBrace): depth += 1
      case .symbol(.leftParen), .symbol(.leftBracket), .symbol(.leftBrace):
        depth -= 1
        if depth == 0 { return position }
      default: break
      }
    }
    return nil
  }
}
