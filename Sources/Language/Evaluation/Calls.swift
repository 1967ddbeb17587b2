/// Calls: of functions, methods, closures, and implicit members. The overload whose parameters accept the arguments runs.

extension Interpreter {
  /// A closure, with copies of the locals that it mentions: nothing is shared, so there are no cycles.
  func make(_ syntax: FunctionSyntax) -> Function {
    var captured: [String: Value] = [:]
    var nesting = 0
    if scopes > 0 {
      for name in syntax.mentioned {
        guard let value = local(name) else { continue }
        captured[name] = value
        nesting = max(nesting, value.nesting)
      }
    }
    return Function(
      name: syntax.name?.text ?? "closure", body: .user(syntax, captured: captured, nesting: nesting + 1))
  }

  func arguments(_ list: [ArgumentSyntax], _ function: String) throws -> Arguments {
    Arguments(
      try list.map { argument in
        let before = mark?() ?? 0, value = try evaluate(argument.value)
        return Arguments.Argument(label: argument.label?.text, value, span: argument.span, marks: before..<(mark?() ?? 0))
      }, function: function, context: self)
  }

  private func shapes(_ list: [ArgumentSyntax]) -> [ArgumentShape] {
    list.map { ArgumentShape(label: $0.label?.text, isTrailing: $0.isTrailing, span: $0.span) }
  }

  func call(_ callee: Expression, _ list: [ArgumentSyntax], _ span: Span) throws -> Value {
    if case .member(let base, let name) = callee.form {
      let receiver = try evaluate(base)
      let arguments = try arguments(list, name.text)
      return try call(name, of: receiver, arguments, shapes(list), span)
    }
    if case .name(let name) = callee.form, local(name) == nil, variables[name] == nil,
      environment.constants[name] == nil, environment.functions[name] == nil
    {
      throw Failure(.unknownFunction(name, nearest: nearest(name, knownNames)), at: callee.span)
    }
    let value = try evaluate(callee)
    guard case .function(let function) = value else {
      var hidden: String?
      if case .name(let name) = callee.form, environment.functions[name] != nil { hidden = name }
      throw Failure(.notCallable(value.typeDescription, hiding: hidden), at: callee.span)
    }
    return try call(function, arguments(list, function.name), shapes(list), span)
  }

  /// Calls a function value with plain values: how builtins and hosts run a learner's closure. Values that a closure has no
  /// parameter for are left out, so `map { 0 }` works.
  public func call(_ function: Function, _ values: [Value]) throws -> Value {
    var values = values
    if case .user(let syntax, let captured, _) = function.body {
      let wanted = syntax.parameters.count
      if syntax.name == nil, wanted < values.count { values.removeLast(values.count - wanted) }
      // The common case needs no binding: as many values as plain parameters.
      if values.count == wanted, syntax.parameters.allSatisfy({ $0.type == nil }) {
        if isStopped() { throw Failure(.interrupted) }
        return try invoke(function, syntax, captured, values, nil)
      }
    }
    let arguments = Arguments(values.map { Arguments.Argument($0) }, function: function.name, context: self)
    do {
      return try call(function, arguments, nil, nil)
    } catch var failure as Failure {
      // The values have no place of their own in the text.
      if failure.span == Span(0, 0) { failure.span = nil }
      throw failure
    }
  }

  func call(
    _ function: Function, _ arguments: Arguments, _ shapes: [ArgumentShape]?, _ span: Span?
  ) throws -> Value {
    if isStopped() { throw Failure(.interrupted) }
    switch function.body {
    case .native(let overloads): return try call(overloads, arguments, shapes, span)
    case .user(let syntax, let captured, _):
      let bound = try arguments.bound(to: syntax.signature, shapes: shapes, call: span)
      let values = syntax.parameters.map { bound.isGiven($0.name.text) ? bound[$0.name.text] : nil }
      return try invoke(function, syntax, captured, values, span)
    }
  }

  private func call(
    _ overloads: [Overload], _ arguments: Arguments, _ shapes: [ArgumentShape]?, _ span: Span?
  ) throws -> Value {
    var failures: [Failure] = []
    for overload in overloads {
      let bound: Arguments
      do {
        bound = try arguments.bound(to: overload.signature, shapes: shapes, call: span)
      } catch let failure as Failure {
        failures.append(failure)
        continue
      }
      return try bounded(overload.run(bound))
    }
    throw combined(failures)
  }

  /// Runs a body with a value for each parameter; nil stands for its default.
  private func invoke(
    _ function: Function, _ syntax: FunctionSyntax, _ captured: [String: Value], _ values: [Value?], _ span: Span?
  ) throws -> Value {
    guard calls < limits.calls else { throw Failure(.recursionTooDeep) }
    try guardStack()
    let saved = (source, base, locals.count, scopes)
    source = syntax.source
    base = locals.count
    scopes = 1
    calls += 1
    defer {
      locals.removeLast(locals.count - saved.2)
      (source, base, _, scopes) = saved
      calls -= 1
    }
    for (name, value) in captured { locals.append(Local(name: name, value: value)) }
    if let name = syntax.name?.text { locals.append(Local(name: name, value: .function(function))) }
    do {
      for (parameter, given) in zip(syntax.parameters, values) {
        let value = try given ?? parameter.initial.map(evaluate) ?? .nothing
        locals.append(Local(name: parameter.name.text, value: value))
      }
      return try execute(syntax.body)
    } catch let signal as ReturnSignal {
      return signal.value
    } catch {
      throw through(function, located(error, syntax.span), span, saved.0)
    }
  }

  /// Notes the call in a failure that comes from another source than the caller's.
  private func through(_ function: Function, _ error: any Error, _ span: Span?, _ caller: Source) -> any Error {
    guard var failure = error as? Failure, let span, failure.source !== caller, failure.calls.count < 8 else {
      return error
    }
    if failure.calls.last?.source !== caller {
      failure.calls.append(Failure.Call(function: function.name, span: span, source: caller))
    }
    return failure
  }

  /// `.infinity`, `.window(4)`: the name stands for a value that the host has given it.
  func implicit(_ name: Name, _ list: [ArgumentSyntax]?, _ span: Span) throws -> Value {
    if let list, let function = environment.function(name.text) {
      return try call(function, arguments(list, name.text), shapes(list), span)
    }
    guard list == nil, let constant = environment.implicit[name.text] else {
      throw Failure(
        .unknownImplicit(name.text, nearest: nearest(name.text, Array(environment.implicit.keys))), at: name.span)
    }
    return constant.value
  }
}
