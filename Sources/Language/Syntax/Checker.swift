/// The look at a whole cell before any of it runs: unknown names, labels that a function does not have, assignments,
/// `return` outside of functions. Everything that is wrong is found at once. Types are known only when it runs.

/// A program that has been checked; nothing else can be run.
public struct Checked: Sendable {
  public let program: Program
}

struct Checker {
  let environment: Environment
  let variables: Variables
  let source: Source
  var failures: [Failure] = []
  /// The names of each scope, innermost last; the first holds what this cell defines at the top.
  var scopes: [Set<String>] = [[]]
  /// What the cell defines at the top, further down included: functions may mention it before its turn.
  var later: Set<String> = []
  var functions = 0

  static func check(_ program: Program, environment: Environment, variables: Variables) -> [Failure] {
    var checker = Checker(environment: environment, variables: variables, source: program.source)
    for statement in program.statements { checker.later.formUnion(statement.defined) }
    checker.check(program.statements)
    return checker.failures.sorted { ($0.span?.start ?? 0) < ($1.span?.start ?? 0) }
  }

  mutating func report(_ problem: Problem, _ span: Span) { failures.append(Failure(problem, at: span, in: source)) }

  func isDefined(_ name: String) -> Bool {
    scopes.contains { $0.contains(name) } || variables[name] != nil || environment.constants[name] != nil
      || environment.functions[name] != nil
  }

  /// A name that means a function of the environment, and nothing nearer.
  func isBuiltin(_ name: String) -> Bool {
    environment.functions[name] != nil && variables[name] == nil && environment.constants[name] == nil
      && !scopes.contains { $0.contains(name) }
  }

  var known: [String] {
    scopes.flatMap { $0 } + variables.names + environment.constants.keys + environment.functionNames
  }

  mutating func define(_ name: String) { scopes[scopes.count - 1].insert(name) }

  mutating func define(_ pattern: Pattern) {
    var seen: Set<String> = []
    for name in pattern.names where name.text != "_" {
      if !seen.insert(name.text).inserted { report(.duplicateName(name.text), name.span) }
      define(name.text)
    }
  }

  mutating func scoped(_ body: (inout Checker) -> Void) {
    scopes.append([])
    body(&self)
    scopes.removeLast()
  }

  mutating func check(_ statements: [Statement]) {
    for statement in statements { check(statement) }
  }

  private mutating func check(_ statement: Statement) {
    switch statement.form {
    case .expression(let expression): check(expression)
    case .variable(let pattern, let type, let value):
      check(value)
      if let type { check(type) }
      for name in pattern.names where name.text == "___" { report(.blank, name.span) }
      define(pattern)
    case .assignment(let name, let span):
      report(
        isDefined(name) ? .immutable(name) : .notTheRightSyntax("'\(name) = …'", instead: "write 'let \(name) = …'"),
        span)
    case .function(let syntax):
      define(syntax.name?.text ?? "_")
      check(syntax)
    case .loop(let pattern, let sequence, let body):
      check(sequence)
      scoped {
        $0.define(pattern)
        $0.check(body)
      }
    case .giveBack(let value):
      if functions == 0 { report(.outsideFunction("return"), statement.span) }
      if let value { check(value) }
    }
  }

  mutating func check(_ syntax: FunctionSyntax) {
    var seen: Set<String> = []
    for parameter in syntax.parameters {
      if let type = parameter.type { check(type) }
      if let initial = parameter.initial { check(initial) }
      if parameter.name.text != "_", !seen.insert(parameter.name.text).inserted {
        report(.duplicateName(parameter.name.text), parameter.name.span)
      }
    }
    functions += 1
    scoped { checker in
      for parameter in syntax.parameters { checker.define(parameter.name.text) }
      checker.check(syntax.body)
    }
    functions -= 1
  }

  private mutating func check(_ type: TypeName) {
    if environment.types.contains(type.name) { return }
    report(.unknownType(type.name, nearest: nearest(type.name, environment.types)), type.span)
  }
}

extension Statement {
  var defined: [String] {
    switch form {
    case .variable(let pattern, _, _): return pattern.names.map(\.text)
    case .function(let syntax): return syntax.name.map { [$0.text] } ?? []
    default: return []
    }
  }
}
