/// Statements and scopes. At the top a `let` defines a variable; inside of braces it lives until the brace closes.

extension Interpreter {
  /// Runs statements; the value is that of the last one, if it is an expression.
  func execute(_ statements: [Statement]) throws -> Value {
    var last = Value.nothing
    for statement in statements { last = try execute(statement) }
    return last
  }

  private func execute(_ statement: Statement) throws -> Value {
    try spend()
    switch statement.form {
    case .expression(let expression): return try evaluate(expression)
    case .variable(let pattern, let type, let expression):
      let value = try evaluate(expression)
      if let type, !type.valueType.accepts(value) {
        throw Failure(
          .wrongType(expected: type.valueType.name, found: value.typeDescription, what: "'\(pattern.names[0].text)'"),
          at: expression.span, in: source)
      }
      try bind(pattern, to: value, at: expression.span)
    case .function(let syntax):
      define(syntax.name?.text ?? "_", .function(make(syntax)))
    case .loop(let pattern, let sequence, let body): try loop(pattern, sequence, body)
    case .giveBack(let expression): throw ReturnSignal(value: try expression.map(evaluate) ?? .nothing)
    case .assignment(let name, let span): throw Failure(.immutable(name), at: span, in: source)
    }
    return .nothing
  }

  private func loop(_ pattern: Pattern, _ sequence: Expression, _ body: [Statement]) throws {
    let value = try evaluate(sequence)
    let round = { (element: Value) throws in
      try self.spend()
      if self.isStopped() { throw Failure(.interrupted, at: sequence.span, in: self.source) }
      try self.scoped {
        try self.bind(pattern, to: element, at: sequence.span)
        _ = try self.execute(body)
      }
    }
    do {
      if case .range(let range) = value {
        if range.upper == nil { throw Failure(.endlessRange) }
        for position in try range.integers() { try round(.integer(position)) }
      } else {
        for element in try elements(of: value) { try round(element) }
      }
    } catch {
      throw located(error, sequence.span)
    }
  }

  /// Runs something in a scope of its own.
  func scoped<Result>(_ body: () throws -> Result) throws -> Result {
    let count = locals.count
    scopes += 1
    defer {
      scopes -= 1
      locals.removeLast(locals.count - count)
    }
    return try body()
  }

  func bind(_ pattern: Pattern, to value: Value, at span: Span) throws {
    guard pattern.isTuple else { return define(pattern.names[0].text, value) }
    let parts: [Value]
    do { parts = try elements(of: value) } catch { throw located(error, span) }
    guard parts.count == pattern.names.count else {
      throw Failure(.wrongCount(expected: pattern.names.count, found: parts.count), at: span, in: source)
    }
    for (name, part) in zip(pattern.names, parts) { define(name.text, part) }
  }

  func define(_ name: String, _ value: Value) {
    if name == "_" { return }
    if scopes == 0 { variables[name] = value } else { locals.append(Local(name: name, value: value)) }
  }

  func local(_ name: String) -> Value? {
    var index = locals.count - 1
    while index >= base {
      if locals[index].name == name { return locals[index].value }
      index -= 1
    }
    return nil
  }

  /// The elements of whatever has some.
  public func elements(of value: Value) throws -> [Value] {
    switch value {
    case .list(let list): return list.elements
    case .range(let range):
      let positions = try range.integers()
      if positions.count > limits.elements { throw Failure(.tooManyElements(limits.elements)) }
      try spend(positions.count)
      return positions.map { .integer($0) }
    case .string(let text): return text.map { .string(String($0)) }
    case .dictionary(let record): return record.pairs.map { .elements([.string($0.key), $0.value]) }
    case .object(let object):
      if let elements = try object.elements() { return elements }
    default: break
    }
    throw Failure(.notIterable(value.typeDescription))
  }
}
