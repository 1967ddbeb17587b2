/// Properties, methods and subscripts of values.

extension Interpreter {
  /// A property; a method without its parentheses is an error that says so.
  func property(_ name: Name, of value: Value) throws -> Value {
    let found = environment.member(name.text, of: value)
    if let member = found.first(where: \.isProperty) {
      if let body = member.body {
        return try body(value, Arguments([], function: name.text, context: self))
      }
    } else if !found.isEmpty {
      throw Failure(.memberNeedsCall(type: value.typeName, name: name.text), at: name.span)
    }
    if case .object(let object) = value, let result = try object.property(name.text) { return result }
    // What a dictionary holds can be asked for as a property: sizes.width.
    if case .dictionary(let record) = value, let result = record[name.text] { return result }
    throw unknown(name, of: value)
  }

  func call(
    _ name: Name, of receiver: Value, _ arguments: Arguments, _ shapes: [ArgumentShape], _ span: Span
  ) throws -> Value {
    if isStopped() { throw Failure(.interrupted) }
    let found = environment.member(name.text, of: receiver)
    let methods = found.filter { !$0.isProperty }
    var failures: [Failure] = []
    for method in methods {
      let bound: Arguments
      do {
        bound = try arguments.bound(to: method.signature, shapes: shapes, call: span)
      } catch let failure as Failure {
        failures.append(failure)
        continue
      }
      if let body = method.body { return try body(receiver, bound) }
      if case .object(let object) = receiver, let result = try object.call(name.text, bound) { return result }
    }
    if !failures.isEmpty { throw combined(failures) }
    if case .object(let object) = receiver, methods.isEmpty, let result = try object.call(name.text, arguments) {
      return result
    }
    if !found.isEmpty {
      let value = try property(name, of: receiver)
      if case .function(let function) = value { return try call(function, arguments, shapes, span) }
      throw Failure(.memberIsNoMethod(type: receiver.typeName, name: name.text), at: name.span)
    }
    throw unknown(name, of: receiver)
  }

  private func unknown(_ name: Name, of value: Value) -> Failure {
    var known = environment.members(of: value).map(\.name)
    if case .dictionary(let record) = value { known += record.keys }
    return Failure(
      .unknownMember(type: value.typeDescription, name: name.text, nearest: nearest(name.text, known)), at: name.span)
  }

  /// `list[2]`, `list[1...]`, `text[0]`, `dictionary["key"]`, and what objects make of theirs.
  func element(of value: Value, _ arguments: Arguments) throws -> Value {
    if case .object(let object) = value {
      if let result = try object.element(arguments) { return result }
      throw Failure(.notSubscriptable(value.typeDescription))
    }
    if case .dictionary(let record) = value { return try element(of: record, arguments) }
    switch value {
    case .list, .string, .range: break
    default: throw Failure(.notSubscriptable(value.typeDescription))
    }
    guard arguments.count == 1, arguments.all[0].label == nil else {
      throw Failure(
        .tooManyArguments(function: "this subscript", allowed: 1, given: arguments.count), at: arguments.all.last?.span)
    }
    let elements = try elements(of: value)
    switch arguments[0] {
    case .integer(let index):
      guard elements.indices.contains(index) else {
        throw Failure(.indexOutOfRange(index, count: elements.count), at: arguments.all[0].span)
      }
      return elements[index]
    case .range(let range):
      do {
        let part = elements[try range.positions(in: elements.count)]
        if case .string = value { return .string(part.map(\.interpolated).joined()) }
        return .elements(part)
      } catch { throw located(error, arguments.all[0].span) }
    default:
      throw Failure(
        .wrongType(expected: "Int or a Range", found: arguments[0].typeDescription, what: "an index"),
        at: arguments.all[0].span)
    }
  }

  private func element(of record: Record, _ arguments: Arguments) throws -> Value {
    guard arguments.count == 1, case .string(let key) = arguments[0] else {
      throw Failure(
        .wrongType(expected: "String", found: arguments[0].typeDescription, what: "a dictionary's key"),
        at: arguments.all.first?.span)
    }
    if let value = record[key] { return value }
    throw Failure(
      .unknownKey("\"\(key)\"", nearest: nearest(key, record.keys).map { "\"\($0)\"" }), at: arguments.all[0].span)
  }
}
