/// A lesson's check: `CONDITION else "message"`. The message is read, and may compute, only if the condition is false.

public struct CheckSyntax: Sendable {
  public let source: Source
  let condition: Expression
  let message: Expression?

  /// The condition as written.
  public var text: String { source.text(of: condition.span) }
}

/// What a check found.
public enum CheckResult: Equatable, Sendable {
  case passed
  /// The message, and where the two sides of `==` or `≈` differ first, if the condition is such.
  /// `place` is the difference without the values, which would give the right one away.
  case failed(message: String, difference: String?, place: String?)
}

/// Reads one check. Throws `Failures`.
public func parseCheck(_ text: String, name: String = "check") throws -> CheckSyntax {
  do {
    return try Parser.parseCheck(Source(text, name: name))
  } catch let failure as Failure {
    throw Failures([failure])
  }
}

extension Parser {
  static func parseCheck(_ source: Source) throws -> CheckSyntax {
    let lexer = Lexer.read(source)
    if let failure = lexer.failures.first { throw failure }
    var parser = Parser(source: source, tokens: lexer.tokens)
    let condition = try parser.expression()
    var message: Expression?
    if parser.at(.else) {
      parser.take()
      message = try parser.expression()
    }
    if parser.token.kind != .end { throw parser.fail(.expected("'else' and a message", found: parser.found)) }
    return CheckSyntax(source: source, condition: condition, message: message)
  }
}

extension Interpreter {
  /// Runs a check against the variables. Throws `Failures` if the condition cannot be evaluated.
  public func run(_ check: CheckSyntax) throws -> CheckResult {
    do {
      var checker = Checker(environment: environment, variables: variables, source: check.source)
      checker.check(check.condition)
      if let message = check.message { checker.check(message) }
      if !checker.failures.isEmpty { throw Failures(checker.failures) }
      return try entering(check.source) {
        if try condition(check.condition, "a check") { return .passed }
        let message = try check.message.map { try evaluate($0).interpolated }
        let found = difference(in: check.condition)
        let place = found.flatMap { $0.place.isEmpty ? nil : "differs" + $0.place }
        return .failed(message: message ?? "not true: \(check.text)", difference: found.map { "differs\($0.place): \($0.values)" }, place: place)
      }
    } catch let failure as Failure {
      throw Failures([failure])
    }
  }

  /// The first difference between the sides of a comparison; nil if the condition is none, or cannot tell.
  private func difference(in condition: Expression) -> (place: String, values: String)? {
    var tolerance = Tolerance.standard
    let sides: (Expression, Expression)
    switch condition.form {
    case .near(_, let left, let right, let allowed):
      sides = (left, right)
      if let allowed, let value = try? evaluate(allowed).asDouble { tolerance = Tolerance(absolute: value) }
    case .binary(.equal, _, let left, let right):
      sides = (left, right)
      tolerance = Tolerance(absolute: 0)
    default: return nil
    }
    guard let left = try? evaluate(sides.0), let right = try? evaluate(sides.1),
      case .found(let place, let values)? = try? difference(left, right, tolerance)
    else { return nil }
    return (place, values)
  }
}
