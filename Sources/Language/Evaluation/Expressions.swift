/// The value of an expression, one form at a time. Frames are kept small: deep programs need many of them.

extension Interpreter {
  func evaluate(_ expression: Expression) throws -> Value {
    do {
      try spend()
      return try value(of: expression)
    } catch {
      throw located(error, expression.span)
    }
  }

  private func value(of expression: Expression) throws -> Value {
    switch expression.form {
    case .nothing: return .nothing
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .number(let value): return .number(value)
    case .hole: throw Failure(.blank)
    case .name(let name): return try value(ofName: name)
    case .closure(let syntax): return .function(make(syntax))
    default:
      try guardStack()
      return try bounded(compound(expression))
    }
  }

  private func compound(_ expression: Expression) throws -> Value {
    switch expression.form {
    case .text(let parts): return try text(parts)
    case .list(let elements): return .elements(try elements.map(evaluate))
    case .dictionary(let pairs): return try dictionary(pairs)
    case .implicit(let name, let arguments): return try implicit(name, arguments, expression.span)
    case .member(let base, let name): return try property(name, of: evaluate(base))
    case .call(let callee, let arguments): return try call(callee, arguments, expression.span)
    case .element(let base, let arguments):
      return try element(of: evaluate(base), self.arguments(arguments, "subscript"))
    case .unary(let sign, let operand): return try unary(sign, evaluate(operand))
    case .binary(let sign, let place, let left, let right): return try binary(sign, place, left, right, expression.span)
    case .near(let place, let left, let right, let tolerance):
      return try near(place, left, right, tolerance, expression.span)
    case .range(let lower, let upper, let isClosed): return try range(lower, upper, isClosed)
    case .choice(let test, let first, let second):
      return try condition(test, "the condition before '?'") ? evaluate(first) : evaluate(second)
    case .condition(let test, let first, let second): return try branch(test, first, second)
    default: return .nothing
    }
  }

  func value(ofName name: String) throws -> Value {
    if let value = local(name) ?? variables[name] ?? environment.constants[name]?.value { return value }
    if let function = environment.function(name) { return .function(function) }
    throw Failure(.unknownVariable(name, nearest: nearest(name, knownNames)))
  }

  /// Every name in reach, for suggestions.
  var knownNames: [String] {
    locals[base...].map(\.name) + variables.names + environment.constants.keys + environment.functionNames
  }

  private func text(_ parts: [TextPart]) throws -> Value {
    var result = ""
    for part in parts {
      switch part {
      case .literal(let text): result += text
      case .value(let expression): result += try evaluate(expression).interpolated
      }
      if result.utf8.count > limits.textBytes { throw Failure(.textTooLong) }
    }
    try spend(result.utf8.count >> 4)
    return .string(result)
  }

  private func dictionary(_ pairs: [(key: Expression, value: Expression)]) throws -> Value {
    var record = Record()
    for pair in pairs {
      guard case .string(let key) = try evaluate(pair.key) else {
        throw Failure(
          .wrongType(expected: "String", found: try evaluate(pair.key).typeDescription, what: "a dictionary's key"),
          at: pair.key.span)
      }
      record[key] = try evaluate(pair.value)
    }
    return .dictionary(record)
  }

  func condition(_ test: Expression, _ what: String) throws -> Bool {
    let value = try evaluate(test)
    guard case .boolean(let truth) = value else {
      throw Failure(.wrongType(expected: "Bool", found: value.typeDescription, what: what), at: test.span)
    }
    return truth
  }

  private func branch(_ test: Expression, _ first: [Statement], _ second: [Statement]?) throws -> Value {
    if try condition(test, "the condition of 'if'") { return try scoped { try execute(first) } }
    return try second.map { statements in try scoped { try execute(statements) } } ?? .nothing
  }

  private func range(_ lower: Expression?, _ upper: Expression?, _ isClosed: Bool) throws -> Value {
    let from = try bound(lower)
    let to = try bound(upper)
    if let from, let to, from > to, !(isClosed && from == to + 1) { throw Failure(.emptyRange(lower: from, upper: to)) }
    return .range(Interval(from, to, isClosed: isClosed))
  }

  private func bound(_ expression: Expression?) throws -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression)
    if case .integer(let value) = value { return value }
    if let number = value.asDouble, let whole = Int(exactly: number) { return whole }
    throw Failure(
      .wrongType(expected: "Int", found: value.typeDescription, what: "the end of a range"), at: expression.span)
  }

  private func binary(
    _ sign: Operator, _ place: Span, _ left: Expression, _ right: Expression, _ whole: Span
  ) throws -> Value {
    switch sign {
    case .logicalAnd: return .boolean(try condition(left, "the left of '&&'") && condition(right, "the right of '&&'"))
    case .logicalOr: return .boolean(try condition(left, "the left of '||'") || condition(right, "the right of '||'"))
    case .coalesce:
      let value = try evaluate(left)
      return value.isNothing ? try evaluate(right) : value
    default: break
    }
    let first = try evaluate(left)
    let second = try evaluate(right)
    do {
      return try binary(sign, first, second)
    } catch {
      throw pointing(error, at: place, whole)
    }
  }

  private func near(
    _ place: Span, _ left: Expression, _ right: Expression, _ tolerance: Expression?, _ whole: Span
  ) throws -> Value {
    let first = try evaluate(left)
    let second = try evaluate(right)
    var allowed = Tolerance.standard
    if let tolerance {
      let value = try evaluate(tolerance)
      guard let number = value.asDouble else {
        throw Failure(
          .wrongType(expected: "Double", found: value.typeDescription, what: "a tolerance"), at: tolerance.span)
      }
      allowed = Tolerance(absolute: number)
    }
    do {
      return .boolean(try difference(first, second, allowed) == .none)
    } catch {
      throw pointing(error, at: place, whole)
    }
  }

  /// The whole expression is underlined, the caret stands at its operator.
  private func pointing(_ error: any Error, at place: Span, _ whole: Span) -> any Error {
    let known = located(error, whole)
    guard var failure = known as? Failure, failure.span == whole else { return known }
    failure.caret = place.start
    return failure
  }
}
