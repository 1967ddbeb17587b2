/// The checker's walk over expressions: names, and the labels of calls whose function is known.

extension Checker {
  mutating func check(_ expression: Expression) {
    switch expression.form {
    case .nothing, .boolean, .integer, .number: break
    case .hole: report(.blank, expression.span)
    case .name(let name): check(name: name, expression.span, isCalled: false)
    case .text(let parts):
      for case .value(let value) in parts { check(value) }
    case .list(let elements): elements.forEach { check($0) }
    case .dictionary(let pairs):
      for pair in pairs {
        check(pair.key)
        check(pair.value)
      }
    case .implicit(let name, let arguments): check(implicit: name, arguments, expression.span)
    case .member(let base, _): check(base)
    case .call(let callee, let arguments): check(call: callee, arguments, expression.span)
    case .element(let base, let arguments):
      check(base)
      arguments.forEach { check($0.value) }
    case .unary(_, let operand): check(operand)
    case .binary(_, _, let left, let right):
      check(left)
      check(right)
    case .near(_, let left, let right, let tolerance):
      check(left)
      check(right)
      if let tolerance { check(tolerance) }
    case .range(let lower, let upper, _):
      if let lower { check(lower) }
      if let upper { check(upper) }
    case .choice(let test, let first, let second):
      check(test)
      check(first)
      check(second)
    case .condition(let test, let first, let second):
      check(test)
      scoped { $0.check(first) }
      if let second { scoped { $0.check(second) } }
    case .closure(let syntax): check(syntax)
    }
  }

  private mutating func check(name: String, _ span: Span, isCalled: Bool) {
    if isDefined(name) { return }
    if later.contains(name) {
      // A function runs after its definition, perhaps after this name's too; elsewhere the order is plain.
      if functions == 0 { report(.usedBeforeDefinition(name), span) }
      return
    }
    if name.hasPrefix("$") { return report(.outsideFunction(name), span) }
    let near = nearest(name, known)
    report(isCalled ? .unknownFunction(name, nearest: near) : .unknownVariable(name, nearest: near), span)
  }

  private mutating func check(call callee: Expression, _ arguments: [ArgumentSyntax], _ span: Span) {
    if case .name(let name) = callee.form {
      check(name: name, callee.span, isCalled: true)
      if isBuiltin(name) { check(arguments, for: name, span) }
    } else {
      check(callee)
    }
    arguments.forEach { check($0.value) }
  }

  private mutating func check(implicit name: Name, _ arguments: [ArgumentSyntax]?, _ span: Span) {
    if let arguments {
      if environment.functions[name.text] != nil {
        check(arguments, for: name.text, span)
      } else {
        report(.unknownImplicit(name.text, nearest: nearest(name.text, environment.functionNames)), name.span)
      }
      arguments.forEach { check($0.value) }
    } else if environment.implicit[name.text] == nil {
      report(
        .unknownImplicit(name.text, nearest: nearest(name.text, Array(environment.implicit.keys))), name.span)
    }
  }

  /// Reports if the labels fit no overload.
  private mutating func check(_ arguments: [ArgumentSyntax], for name: String, _ span: Span) {
    let shapes = arguments.map { ArgumentShape(label: $0.label?.text, isTrailing: $0.isTrailing, span: $0.span) }
    var problems: [Failure] = []
    for overload in environment.functions[name] ?? [] {
      do {
        _ = try Binding.match(shapes, to: overload.signature, call: span)
        return
      } catch let failure as Failure {
        problems.append(failure)
      } catch {}
    }
    guard !problems.isEmpty else { return }
    var failure = combined(problems)
    failure.source = source
    failures.append(failure)
  }
}
