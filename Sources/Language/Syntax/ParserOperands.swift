/// Operands: literals, names, brackets, `if`, and what follows them: members, calls, subscripts, trailing closures.

extension Parser {
  mutating func postfix() throws -> Expression {
    var base = try operand()
    while true {
      switch token.kind {
      case .symbol(.dot):
        // A line may begin with the next member, as Swift's chains do.
        if case .integer = following.kind { throw fail(.expected("a member's name after '.'", found: following.name)) }
        take()
        if token.kind == .end { throw fail(.unfinished("a member's name after '.'")) }
        let name = try memberName()
        base = try make(.member(base, name), base.span.joined(name.span), [base])
      case .symbol(.leftParen) where continues:
        let values = try arguments(.rightParen)
        base = try call(base, values)
      case .symbol(.leftBracket) where continues:
        let values = try arguments(.rightBracket)
        if values.isEmpty { throw fail(.expected("an index", found: "']'"), at: span(from: base.span.end)) }
        base = try make(.element(base, values), span(from: base.span.start), [base] + values.map(\.value))
      case .symbol(.leftBrace) where continues && !inHead && Parser.takesClosure(base):
        base = try call(base, [])
      default: return base
      }
    }
  }

  private static func takesClosure(_ base: Expression) -> Bool {
    switch base.form {
    case .name, .member: return true
    default: return false
    }
  }

  /// A call with its trailing closure, if one follows.
  private mutating func call(_ callee: Expression, _ given: [ArgumentSyntax]) throws -> Expression {
    var values = given
    if at(.leftBrace), continues, !inHead {
      values.append(ArgumentSyntax(label: nil, value: try closure(), isTrailing: true))
    }
    return try make(.call(callee, values), span(from: callee.span.start), [callee] + values.map(\.value))
  }

  /// Keywords may name members: `block.in` is allowed after a dot.
  private mutating func memberName() throws -> Name {
    if case .keyword(let word) = token.kind { return Name(text: word.rawValue, span: take().span) }
    return try expectName("a member's name after '.'")
  }

  /// `( … )` or `[ … ]`, with labels.
  private mutating func arguments(_ closing: Symbol) throws -> [ArgumentSyntax] {
    take()
    let values = try inside { parser in
      var values: [ArgumentSyntax] = []
      while !parser.at(closing) {
        try parser.foreignLabel()
        if closing == .rightBracket { try parser.foreignSlice(from: nil) }
        values.append(ArgumentSyntax(label: parser.label(), value: try parser.expression(), isTrailing: false))
        if closing == .rightBracket { try parser.foreignSlice(from: values.last?.value) }
        guard parser.take(.comma) else { break }
      }
      if !parser.at(closing) { throw parser.expectedInList(closing) }
      return values
    }
    take()
    return values
  }

  private func expectedInList(_ closing: Symbol) -> Failure {
    if at(.for) { return fail(.notTheRightSyntax("'for' inside of a list", instead: "write xs.map { x in … }, or xs.filter { x in … }")) }
    let what = "',' or '\(closing.rawValue)'"
    return fail(token.kind == .end ? .unfinished("'\(closing.rawValue)'") : .expected(what, found: found))
  }

  private mutating func label() -> Name? {
    guard following.kind == .symbol(.colon) else { return nil }
    let text: String
    switch token.kind {
    case .name(let name): text = name
    case .keyword(let word): text = word.rawValue
    default: return nil
    }
    let name = Name(text: text, span: take().span)
    take()
    return name
  }

  private mutating func operand() throws -> Expression {
    let taken = token
    switch taken.kind {
    case .integer(let value): return simple(.integer(value))
    case .number(let value): return simple(.number(value))
    case .keyword(.true): return simple(.boolean(true))
    case .keyword(.false): return simple(.boolean(false))
    case .keyword(.nil): return simple(.nothing)
    case .hole: return simple(.hole)
    case .name(let name):
      if !mentioned.isEmpty { mentioned[mentioned.count - 1].insert(name) }
      return simple(.name(name))
    case .text(let pieces):
      take()
      let parts = try pieces.map { try part($0) }
      return try make(
        .text(parts), taken.span, parts.compactMap { if case .value(let value) = $0 { value } else { nil } })
    case .keyword(.if): return try condition()
    case .symbol(.leftParen):
      take()
      let inner = try inside { parser in
        let inner = try parser.expression()
        if parser.at(.comma) { throw parser.fail(.notTheRightSyntax("a tuple", instead: "a list is written [a, b]")) }
        if !parser.at(.rightParen) { throw parser.fail(parser.token.kind == .end ? .unfinished("')'") : .expected("')'", found: parser.found)) }
        return inner
      }
      take()
      return Expression(span: span(from: taken.span.start), form: inner.form, height: inner.height)
    case .symbol(.leftBracket): return try listOrDictionary()
    case .symbol(.leftBrace) where !inHead: return try closure()
    case .symbol(.dot): return try implicit()
    default:
      if token.kind == .end { throw fail(.unfinished("an expression")) }
      throw fail(foreignAssignment ?? .expected("an expression", found: found))
    }
  }

  private mutating func simple(_ form: Expression.Form) -> Expression {
    Expression(span: take().span, form: form, height: 1)
  }

  private mutating func implicit() throws -> Expression {
    let start = take().span.start
    if case .integer = token.kind {
      throw fail(
        .invalidNumber(
          source.text(of: span(from: start).joined(token.span)), instead: "0.\(source.text(of: token.span))"),
        at: Span(start, token.span.end))
    }
    let name = try memberName()
    let values = at(.leftParen) && token.touchesPrevious ? try arguments(.rightParen) : nil
    return try make(.implicit(name, values), span(from: start), values?.map(\.value) ?? [])
  }

  /// An interpolation is a program of its own, of one expression.
  private mutating func part(_ piece: TextPiece) throws -> TextPart {
    switch piece {
    case .literal(let text): return .literal(text)
    case .interpolation(let tokens):
      return try nested { outer in
        var parser = Parser(source: outer.source, tokens: tokens, depth: outer.depth, ignoresLines: true)
        parser.mentioned = outer.mentioned
        defer { outer.mentioned = parser.mentioned }
        let end = tokens[tokens.count - 1]
        if tokens.count == 1 { throw outer.fail(.expected("an expression", found: "')'"), at: end.span) }
        do {
          let value = try parser.expression()
          if parser.token.kind != .end { throw parser.fail(.expected("')'", found: parser.found)) }
          return .value(value)
        } catch let failure as Failure {
          guard case .unfinished(let what) = failure.problem else { throw failure }
          throw outer.fail(.expected(what, found: "')'"), at: end.span)
        }
      }
    }
  }

  private mutating func listOrDictionary() throws -> Expression {
    let start = take().span.start
    let form: (Expression.Form, [Expression]) = try inside { parser in
      if parser.at(.colon), parser.following.kind == .symbol(.rightBracket) {
        parser.take()
        return (.dictionary([]), [])
      }
      var values: [Expression] = []
      var keys: [Expression] = []
      while !parser.at(.rightBracket) {
        let value = try parser.expression()
        if parser.at(.colon), keys.count == values.count {
          parser.take()
          keys.append(value)
          values.append(try parser.expression())
        } else {
          values.append(value)
        }
        guard parser.take(.comma) else { break }
      }
      if !parser.at(.rightBracket) { throw parser.expectedInList(.rightBracket) }
      if keys.isEmpty { return (.list(values), values) }
      if keys.count != values.count { throw parser.fail(.expected("':' and a value", found: parser.found)) }
      return (.dictionary(zip(keys, values).map { (key: $0, value: $1) }), keys + values)
    }
    take()
    return try make(form.0, span(from: start), form.1)
  }

  /// `if c { … } else if d { … } else { … }`; an expression whose value is that of the branch taken.
  private mutating func condition() throws -> Expression {
    try nested { parser in
      let start = parser.take().span.start
      let test = try parser.head { try $0.expression() }
      let first = try parser.block()
      var otherwise: [Statement]?
      if parser.at(.else) {
        parser.take()
        if parser.at(.if) {
          let inner = try parser.condition()
          otherwise = [Statement(span: inner.span, form: .expression(inner), height: inner.height)]
        } else {
          otherwise = try parser.block()
        }
      }
      let height = 1 + max(test.height, first.height, otherwise?.height ?? 0)
      guard height <= Parser.tallest else { throw parser.fail(.nestedTooDeeply) }
      return Expression(
        span: parser.span(from: start), form: .condition(test, first, otherwise: otherwise), height: height)
    }
  }
}
