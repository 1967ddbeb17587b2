/// `func` and closures: parameters and bodies.

extension Parser {
  mutating func function() throws -> FunctionSyntax {
    let start = take().span.start
    let name = try expectName("a name after 'func'")
    try expect(.leftParen)
    let parameters = try inside { parser in
      var parameters: [ParameterSyntax] = []
      while !parser.at(.rightParen) {
        parameters.append(try parser.parameter())
        guard parser.take(.comma) else { break }
      }
      return parameters
    }
    brackets += 1
    defer { brackets -= 1 }
    try expect(.rightParen)
    if take(.arrow) { _ = try typeName() }
    let (body, mentioned) = try mentioning { try $0.block() }
    return FunctionSyntax(
      name: name, parameters: parameters, body: body, mentioned: mentioned, span: span(from: start), source: source)
  }

  /// `x`, `_ x`, `by k`, each with `: Type` and `= default` if wanted.
  private mutating func parameter() throws -> ParameterSyntax {
    let first = try expectName("a parameter")
    var label: String? = first.text == "_" ? nil : first.text
    var name = first
    if case .name = token.kind { name = try expectName("a parameter") } else if first.text == "_" { label = nil }
    let type = take(.colon) ? try typeName() : nil
    let initial = take(.assign) ? try expression() : nil
    return ParameterSyntax(label: label, name: name, type: type, initial: initial)
  }

  /// `{ x, y in … }`, `{ (x, y) in … }` or `{ $0 + $1 }`.
  mutating func closure() throws -> Expression {
    try nested { parser in
      let start = parser.take().span.start
      return try parser.inside(braces: true) { parser in
        let named = parser.closureParameters()
        let (body, mentioned) = try parser.mentioning { try $0.statements(until: .symbol(.rightBrace)) }
        parser.take()
        let parameters = named ?? Parser.numbered(mentioned, parser.span(from: start))
        let syntax = FunctionSyntax(
          name: nil, parameters: parameters, body: body, mentioned: mentioned, span: parser.span(from: start),
          source: parser.source)
        guard syntax.height <= Parser.tallest else { throw parser.fail(.nestedTooDeeply) }
        return Expression(span: syntax.span, form: .closure(syntax), height: syntax.height)
      }
    }
  }

  /// Looks ahead for `names in`; nil, and nothing taken, if the body begins at once.
  private mutating func closureParameters() -> [ParameterSyntax]? {
    let saved = index
    let hasParentheses = take(.leftParen)
    var parameters: [ParameterSyntax] = []
    while case .name(let text) = token.kind {
      parameters.append(
        ParameterSyntax(label: nil, name: Name(text: text, span: token.span), type: nil, initial: nil))
      take()
      guard take(.comma) else { break }
    }
    if (!hasParentheses || take(.rightParen)) && at(.in) {
      take()
      return parameters
    }
    index = saved
    return nil
  }

  /// `$0`, `$1`, … as far as the body mentions them.
  private static func numbered(_ mentioned: Set<String>, _ span: Span) -> [ParameterSyntax] {
    let highest = mentioned.compactMap { $0.hasPrefix("$") ? Int($0.dropFirst()) : nil }.max() ?? -1
    return (0..<min(highest + 1, 10)).map {
      ParameterSyntax(label: nil, name: Name(text: "$\($0)", span: span), type: nil, initial: nil)
    }
  }

  /// Reads a body and collects the names in it. An inner `$0` is not the outer's.
  private mutating func mentioning<Result>(
    _ body: (inout Parser) throws -> Result
  ) throws -> (Result, Set<String>) {
    mentioned.append([])
    defer { _ = mentioned.popLast() }
    let result = try body(&self)
    let names = mentioned.last ?? []
    if mentioned.count > 1 { mentioned[mentioned.count - 2].formUnion(names.filter { !$0.hasPrefix("$") }) }
    return (result, names)
  }
}
