/// Which argument is for which parameter. Labels alone decide (so the checker can do it before anything runs); types
/// choose between overloads afterwards.

struct ArgumentShape {
  let label: String?
  let isTrailing: Bool
  let span: Span
}

/// For every argument the index of its parameter.
struct Binding {
  var parameters: [Int] = []

  static func match(_ arguments: [ArgumentShape], to signature: Signature, call: Span?) throws -> Binding {
    let parameters = signature.parameters
    let name = signature.name
    var filled = [Bool](repeating: false, count: parameters.count)
    var binding = Binding()
    for argument in arguments {
      let index = try place(argument, arguments.count, signature, filled)
      if filled[index], !parameters[index].isRest {
        throw Failure(.repeatedArgument(function: name, label: parameters[index].name), at: argument.span)
      }
      filled[index] = true
      binding.parameters.append(index)
    }
    for (index, parameter) in parameters.enumerated() where !filled[index] && parameter.initial == nil {
      throw Failure(.missingArgument(function: name, name: parameter.name, type: parameter.type.name), at: call)
    }
    return binding
  }

  private static func place(
    _ argument: ArgumentShape, _ count: Int, _ signature: Signature, _ filled: [Bool]
  ) throws -> Int {
    let parameters = signature.parameters
    if argument.isTrailing {
      if let index = parameters.indices.last(where: { !filled[$0] && parameters[$0].type.takesFunctions }) {
        return index
      }
      throw Failure(.noClosureWanted(function: signature.name), at: argument.span)
    }
    if let label = argument.label {
      if let index = parameters.firstIndex(where: { $0.label == label }) { return index }
      if let index = parameters.firstIndex(where: { $0.name == label && !$0.isRest }) { return index }
      let known = parameters.map { $0.label ?? $0.name }
      throw Failure(
        .unknownLabel(
          function: signature.name, label: label, nearest: nearest(label, known), known: parameters.compactMap(\.label)),
        at: argument.span)
    }
    if let index = parameters.indices.first(where: {
      parameters[$0].isPositional && (!filled[$0] || parameters[$0].isRest)
    }) {
      return index
    }
    if let index = parameters.indices.first(where: { !filled[$0] }), let label = parameters[index].label {
      throw Failure(.missingLabel(function: signature.name, label: label), at: argument.span)
    }
    throw Failure(
      .tooManyArguments(function: signature.name, allowed: parameters.count, given: count), at: argument.span)
  }
}

extension Arguments {
  var shapes: [ArgumentShape] { all.map { ArgumentShape(label: $0.label, isTrailing: false, span: $0.span) } }

  /// These arguments under the names of a signature's parameters; throws what does not fit.
  func bound(to signature: Signature, shapes: [ArgumentShape]? = nil, call: Span? = nil) throws -> Arguments {
    let binding = try Binding.match(shapes ?? self.shapes, to: signature, call: call)
    var result = Arguments(all, function: signature.name, context: context)
    var rest: [Value] = []
    for (argument, index) in zip(all, binding.parameters) {
      let parameter = signature.parameters[index]
      guard parameter.type.accepts(argument.value) else {
        throw Failure(
          .wrongArgumentType(
            function: signature.name, parameter: parameter.name, expected: parameter.type.name,
            found: argument.value.typeDescription),
          at: argument.span)
      }
      result.places[parameter.name] = argument.span
      result.noted[parameter.name] = argument.marks
      if parameter.isRest {
        rest.append(argument.value)
        result.bound[parameter.name] = .elements(rest)
      } else {
        result.bound[parameter.name] = argument.value
      }
    }
    for parameter in signature.parameters where result.bound[parameter.name] == nil {
      result.bound[parameter.name] = parameter.initial
    }
    return result
  }
}

/// The failure to show when no overload fits: wrong types of one parameter are told together, and otherwise the overload
/// that came furthest speaks.
func combined(_ failures: [Failure]) -> Failure {
  let rank: (Failure) -> Int = {
    switch $0.problem {
    case .wrongArgumentType: return 3
    case .unknownLabel(_, _, .some, _), .repeatedArgument: return 2
    case .missingArgument, .missingLabel: return 1
    default: return 0
    }
  }
  var best = failures[0]
  for failure in failures.dropFirst() where rank(failure) > rank(best) { best = failure }
  guard case .wrongArgumentType(let function, let parameter, _, let found) = best.problem else { return best }
  var expected: [String] = []
  for failure in failures {
    if case .wrongArgumentType(_, _, let type, _) = failure.problem, failure.span == best.span, !expected.contains(type)
    {
      expected.append(type)
    }
  }
  best.problem = .wrongArgumentType(
    function: function, parameter: parameter, expected: expected.joined(separator: " or "), found: found)
  return best
}
