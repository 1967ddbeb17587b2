/// What can be read off a program without running it: the literals of a call, and which members of a name are used. For hosts that keep facts in
/// programs, and for linters.

extension Program {
  /// The arguments of the first statement at the top that calls this function, by label; the first without a label is "". Nil if there is no such
  /// call, or if one of its arguments is more than a literal.
  public func literals(of function: String) -> [String: Value]? {
    for statement in statements {
      guard case .expression(let expression) = statement.form, case .call(let callee, let arguments) = expression.form,
        case .name(let name) = callee.form, name == function
      else { continue }
      var values: [String: Value] = [:]
      for argument in arguments {
        guard let value = argument.value.literal else { return nil }
        values[argument.label?.text ?? ""] = value
      }
      return values
    }
    return nil
  }

  /// Every `name.member` of these names, with its place.
  public func members(of names: Set<String>) -> [(name: String, member: String, span: Span)] {
    var found: [(name: String, member: String, span: Span)] = []
    for statement in statements {
      statement.visit { expression in
        if case .member(let base, let member) = expression.form, case .name(let name) = base.form, names.contains(name) {
          found.append((name, member.text, expression.span))
        }
      }
    }
    return found
  }

  /// Names that stand for the result of a call with one literal: `let llama = page("llama")`, `let (a, b) = [page("a"), page("b")]`.
  public func bindings(of function: String) -> [(name: String, argument: Value)] {
    func argument(_ expression: Expression) -> Value? {
      guard case .call(let callee, let arguments) = expression.form, case .name(let name) = callee.form, name == function, arguments.count == 1 else { return nil }
      return arguments[0].value.literal
    }
    var found: [(name: String, argument: Value)] = []
    for statement in statements {
      guard case .variable(let pattern, _, let value) = statement.form else { continue }
      if !pattern.isTuple {
        if let one = argument(value) { found.append((pattern.names[0].text, one)) }
      } else if case .list(let items) = value.form {
        for (name, item) in zip(pattern.names, items) { if let one = argument(item) { found.append((name.text, one)) } }
      }
    }
    return found
  }

  /// The names that the program gives at the top.
  public var defined: [String] { statements.flatMap(\.defined) }
}

extension Expression {
  /// The value of a literal.
  fileprivate var literal: Value? {
    switch form {
    case .nothing: return .nothing
    case .boolean(let b): return .boolean(b)
    case .integer(let n): return .integer(n)
    case .number(let x): return .number(x)
    case .text(let parts):
      var text = ""
      for part in parts {
        guard case .literal(let piece) = part else { return nil }
        text += piece
      }
      return .string(text)
    case .list(let items):
      let values = items.compactMap(\.literal)
      return values.count == items.count ? .elements(values) : nil
    default: return nil
    }
  }

  /// Visits this expression and all inside of it.
  fileprivate func visit(_ body: (Expression) -> Void) {
    body(self)
    switch form {
    case .nothing, .boolean, .integer, .number, .hole, .name: break
    case .text(let parts): for case .value(let value) in parts { value.visit(body) }
    case .list(let items): items.forEach { $0.visit(body) }
    case .dictionary(let pairs):
      pairs.forEach {
        $0.key.visit(body)
        $0.value.visit(body)
      }
    case .implicit(_, let arguments): arguments?.forEach { $0.value.visit(body) }
    case .member(let base, _): base.visit(body)
    case .call(let callee, let arguments), .element(let callee, let arguments):
      callee.visit(body)
      arguments.forEach { $0.value.visit(body) }
    case .unary(_, let operand): operand.visit(body)
    case .binary(_, _, let left, let right):
      left.visit(body)
      right.visit(body)
    case .near(_, let left, let right, let tolerance):
      left.visit(body)
      right.visit(body)
      tolerance?.visit(body)
    case .range(let lower, let upper, _):
      lower?.visit(body)
      upper?.visit(body)
    case .choice(let test, let first, let second):
      test.visit(body)
      first.visit(body)
      second.visit(body)
    case .condition(let test, let first, let second):
      test.visit(body)
      first.forEach { $0.visit(body) }
      second?.forEach { $0.visit(body) }
    case .closure(let function): function.visit(body)
    }
  }
}

extension FunctionSyntax {
  fileprivate func visit(_ body: (Expression) -> Void) {
    parameters.forEach { $0.initial?.visit(body) }
    self.body.forEach { $0.visit(body) }
  }
}

extension Statement {
  fileprivate func visit(_ body: (Expression) -> Void) {
    switch form {
    case .variable(_, _, let value), .expression(let value): value.visit(body)
    case .assignment: break
    case .function(let function): function.visit(body)
    case .loop(_, let sequence, let statements):
      sequence.visit(body)
      statements.forEach { $0.visit(body) }
    case .giveBack(let value): value?.visit(body)
    }
  }
}
