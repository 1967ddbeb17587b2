/// Expressions by precedence climbing. From loose to tight: `?:`, `??`, `||`, `&&`, comparisons, ranges, `+ - |`,
/// `* / % @ &`, prefix `- + !`, `**` (to the right, and tighter than a minus before it), then calls, members, subscripts.

extension Parser {
  mutating func expression() throws -> Expression {
    try nested { parser in
      let condition = try parser.binary(0)
      guard parser.at(.question) else { return condition }
      parser.take()
      let first = try parser.expression()
      try parser.expectOperator(.colon)
      let second = try parser.expression()
      return try parser.make(
        .choice(condition, first, second), condition.span.joined(second.span), [condition, first, second])
    }
  }

  private mutating func expectOperator(_ symbol: Symbol) throws {
    if take(symbol) { return }
    throw fail(
      token.kind == .end ? .unfinished("'\(symbol.rawValue)'") : .expected("'\(symbol.rawValue)'", found: found))
  }

  func make(_ form: Expression.Form, _ span: Span, _ parts: [Expression]) throws -> Expression {
    let height = 1 + (parts.lazy.map(\.height).max() ?? 0)
    guard height <= Parser.tallest else { throw fail(.nestedTooDeeply, at: Span(span.end - 1, span.end)) }
    return Expression(span: span, form: form, height: height)
  }

  private static let comparisons: [Symbol: Operator] = [
    .equal: .equal, .notEqual: .notEqual, .less: .less, .lessEqual: .lessEqual, .greater: .greater,
    .greaterEqual: .greaterEqual, .approximately: .near,
  ]
  private static let levels: [[Symbol: Operator]] = [
    [.coalesce: .coalesce],
    [.logicalOr: .logicalOr],
    [.logicalAnd: .logicalAnd],
    comparisons,
    [:],  // ranges
    [.plus: .add, .minus: .subtract, .or: .or],
    [.times: .multiply, .divide: .divide, .remainder: .remainder, .matrix: .matrix, .and: .and],
  ]
  private static let comparing = 3, ranging = 4

  private mutating func binary(_ level: Int) throws -> Expression {
    if level == Parser.ranging { return try range() }
    guard level < Parser.levels.count else { return try prefix() }
    var left = try binary(level + 1)
    while case .symbol(let symbol) = token.kind, let name = Parser.levels[level][symbol], continues {
      let place = take().span
      let right = try binary(level + 1)
      let span = left.span.joined(right.span)
      if name == .near {
        var tolerance: Expression?
        if take(.tolerance) { tolerance = try binary(Parser.ranging + 1) }
        let end = tolerance?.span ?? right.span
        left = try make(
          .near(place, left, right, tolerance: tolerance), span.joined(end),
          [left, right] + (tolerance.map { [$0] } ?? []))
      } else {
        left = try make(.binary(name, place, left, right), span, [left, right])
      }
      if level == Parser.comparing {
        if case .symbol(let next) = token.kind, Parser.comparisons[next] != nil, continues {
          throw fail(.chainedComparison)
        }
        break
      }
    }
    return left
  }

  private mutating func range() throws -> Expression {
    if at(.whole) {
      let start = take().span
      guard !startsExpression || !continues else { throw fail(.expected("'...' or '..<' before the end of a range", found: found)) }
      return try make(.range(nil, nil, isClosed: true), start, [])
    }
    if let isClosed = rangeSign() {
      let start = take().span
      guard startsExpression, continues else {
        guard isClosed else {
          throw fail(token.kind == .end ? .unfinished("a number") : .expected("a number", found: found))
        }
        return try make(.range(nil, nil, isClosed: true), start, [])
      }
      let upper = try binary(Parser.ranging + 1)
      return try make(.range(nil, upper, isClosed: isClosed), start.joined(upper.span), [upper])
    }
    let lower = try binary(Parser.ranging + 1)
    if at(.whole), continues { throw fail(.expected("'..<' or '...'", found: found)) }
    guard let isClosed = rangeSign(), continues else { return lower }
    let sign = take().span
    guard startsExpression, continues else {
      guard isClosed else {
        throw fail(token.kind == .end ? .unfinished("a number") : .expected("a number", found: found))
      }
      return try make(.range(lower, nil, isClosed: true), lower.span.joined(sign), [lower])
    }
    let upper = try binary(Parser.ranging + 1)
    return try make(.range(lower, upper, isClosed: isClosed), lower.span.joined(upper.span), [lower, upper])
  }

  private func rangeSign() -> Bool? { at(.closed) ? true : at(.halfOpen) ? false : nil }

  /// Whether the token can begin an operand: `2...` ends before `]`, `)`, `,`, `{` and the line's end.
  private var startsExpression: Bool {
    switch token.kind {
    case .integer, .number, .text, .name, .hole: return true
    case .keyword(let word): return word == .nil || word == .true || word == .false || word == .if
    case .symbol(let symbol): return [.leftParen, .leftBracket, .minus, .dot, .plus, .not].contains(symbol)
    case .end: return false
    }
  }

  private mutating func prefix() throws -> Expression {
    let signs: [Symbol: Operator] = [.minus: .subtract, .plus: .add, .not: .not]
    guard case .symbol(let symbol) = token.kind, let sign = signs[symbol] else { return try power() }
    return try nested { parser in
      let start = parser.take().span
      let operand = try parser.prefix()
      return try parser.make(.unary(sign, operand), start.joined(operand.span), [operand])
    }
  }

  private mutating func power() throws -> Expression {
    let base = try postfix()
    guard at(.power), continues else { return base }
    return try nested { parser in
      let place = parser.take().span
      let exponent = try parser.prefix()
      return try parser.make(.binary(.power, place, base, exponent), base.span.joined(exponent.span), [base, exponent])
    }
  }
}
