/// Functions as values: the host's, with their overloads, and those written in the language.

public struct Function {
  public let name: String
  let body: Body

  enum Body {
    case native([Overload])
    /// Written in the language, with copies of the locals around it.
    case user(FunctionSyntax, captured: [String: Value], nesting: Int)
  }

  /// A host's function as a value of its own.
  public init(_ signature: Signature, _ run: @escaping (Arguments) throws -> Value) {
    self.init(name: signature.name, body: .native([Overload(signature: signature, run: run)]))
  }

  init(name: String, body: Body) {
    self.name = name
    self.body = body
  }

  var nesting: Int {
    if case .user(_, _, let nesting) = body { return nesting }
    return 0
  }

  /// The descriptions, one for each overload.
  public var signatures: [Signature] {
    switch body {
    case .native(let overloads): return overloads.map(\.signature)
    case .user(let syntax, _, _): return [syntax.signature]
    }
  }
}

/// One meaning of a function's name, chosen by the types of the arguments.
struct Overload {
  let signature: Signature
  let run: (Arguments) throws -> Value
}

extension FunctionSyntax {
  /// The parameters as the binder and `:doc` read them. Labels are optional at calls of a learner's own function.
  var signature: Signature {
    Signature(
      name?.text ?? "closure",
      parameters.map {
        Parameter(
          name: $0.name.text, label: $0.label, type: $0.type?.valueType ?? .any,
          initial: $0.initial == nil ? nil : .nothing, documentation: "", isRest: false, isPositional: true)
      })
  }
}

extension TypeName {
  var valueType: ValueType {
    let type = TypeName.known[name] ?? .object(name)
    return isList ? .list(of: type == .any ? nil : type) : type
  }

  static let known: [String: ValueType] = [
    "Any": .any, "Bool": .boolean, "Int": .integer, "Double": .number, "Float": .number, "String": .string,
    "List": .list(of: nil), "Array": .list(of: nil), "Dictionary": .dictionary, "Range": .range, "Function": .function,
  ]
}
