/// The description of a function or a member: binding, its errors, `:doc`, `:type` and completion all read this one.

/// What a parameter accepts.
public indirect enum ValueType: Equatable, Sendable {
  case any, boolean, integer, number, string, dictionary, range, function
  case list(of: ValueType?)
  /// A host's object, by its type name.
  case object(String)
  case oneOf([ValueType])
  case optional(ValueType)

  /// As the learner reads it: `Int`, `[Double]`, `Tensor or Double`.
  public var name: String {
    switch self {
    case .any: return "value"
    case .boolean: return "Bool"
    case .integer: return "Int"
    case .number: return "Double"
    case .string: return "String"
    case .dictionary: return "Dictionary"
    case .range: return "Range"
    case .function: return "Function"
    case .list(let element): return element.map { "[\($0.name)]" } ?? "List"
    case .object(let name): return name
    case .oneOf(let types): return types.map(\.name).joined(separator: " or ")
    case .optional(let type): return "\(type.name) or nil"
    }
  }

  /// Whether a value fits. An Int is a Double too; an object that stands for a number is one.
  public func accepts(_ value: Value) -> Bool {
    switch (self, value) {
    case (.any, _), (.boolean, .boolean), (.integer, .integer), (.string, .string), (.dictionary, .dictionary),
      (.range, .range), (.function, .function), (.optional, .nothing):
      return true
    case (.number, _): return value.asDouble != nil
    case (.list(let element), .list(let list)):
      return element.map { type in list.allSatisfy { type.accepts($0) } } ?? true
    case (.object(let name), .object(let object)): return object.typeName == name
    case (.oneOf(let types), _): return types.contains { $0.accepts(value) }
    case (.optional(let type), _): return type.accepts(value)
    default: return false
    }
  }

  /// What an argument of this type is when it is left out: an optional one is nil.
  var absent: Value? { if case .optional = self { .nothing } else { nil } }

  var takesFunctions: Bool {
    switch self {
    case .function, .any: return true
    case .oneOf(let types): return types.contains(where: \.takesFunctions)
    case .optional(let type): return type.takesFunctions
    default: return false
    }
  }
}

public struct Parameter {
  public let name: String
  /// The word before the colon at the call; nil if there is none.
  public let label: String?
  public let type: ValueType
  /// The value if it is left out; nil if it must be given. Parameters of type `.optional` may be left out.
  public let initial: Value?
  public let documentation: String
  /// Takes all arguments that are left, as a list.
  public let isRest: Bool
  /// User functions accept a labelled argument by its place as well.
  var isPositional: Bool

  /// Without a label: `sqrt(x)`.
  public static func value(
    _ name: String, _ type: ValueType = .any, default initial: Value? = nil, _ documentation: String = ""
  ) -> Parameter {
    Parameter(
      name: name, label: nil, type: type, initial: initial ?? type.absent, documentation: documentation, isRest: false,
      isPositional: true)
  }

  /// With a label: `softmax(x, axis: 0)`.
  public static func labelled(
    _ name: String, _ type: ValueType = .any, default initial: Value? = nil, _ documentation: String = ""
  ) -> Parameter {
    Parameter(
      name: name, label: name, type: type, initial: initial ?? type.absent, documentation: documentation, isRest: false,
      isPositional: false)
  }

  /// Any number of values without labels: `max(1, 2, 3)`.
  public static func rest(_ name: String, _ type: ValueType = .any, _ documentation: String = "") -> Parameter {
    Parameter(
      name: name, label: nil, type: type, initial: .elements([]), documentation: documentation, isRest: true,
      isPositional: true)
  }
}

/// A name with its parameters and its documentation.
public struct Signature {
  public let name: String
  public let parameters: [Parameter]
  public let result: String
  /// One line.
  public let summary: String
  /// A line of code that runs, shown by `:doc`; empty if there is none.
  public let example: String

  public init(
    _ name: String, _ parameters: [Parameter] = [], returns result: String = "", _ summary: String = "",
    example: String = ""
  ) {
    self.name = name
    self.parameters = parameters
    self.result = result
    self.summary = summary
    self.example = example
  }

  /// `softmax(x: Tensor, axis: Int = -1) -> Tensor`, with `_` for arguments that have no label.
  public var text: String {
    let list = parameters.map { parameter in
      let name = parameter.label == nil ? "_ \(parameter.name)" : parameter.name
      let initial = parameter.isRest ? "..." : parameter.initial.map { " = \($0.summary)" } ?? ""
      return "\(name): \(parameter.type == .any ? "Any" : parameter.type.name)\(initial)"
    }
    return "\(name)(\(list.joined(separator: ", ")))" + (result.isEmpty ? "" : " -> \(result)")
  }
}

/// A property or a method of a type.
public struct Member {
  public let signature: Signature
  public let isProperty: Bool
  /// What it does; nil if the object itself answers by `property` and `call`.
  let body: ((Value, Arguments) throws -> Value)?

  public var name: String { signature.name }
  public var summary: String { signature.summary }

  /// A property that the object itself answers.
  public static func property(_ name: String, returns result: String = "", _ summary: String = "") -> Member {
    Member(signature: Signature(name, returns: result, summary), isProperty: true, body: nil)
  }

  /// A method that the object itself answers.
  public static func method(
    _ name: String, _ parameters: [Parameter] = [], returns result: String = "", _ summary: String = "",
    example: String = ""
  ) -> Member {
    Member(
      signature: Signature(name, parameters, returns: result, summary, example: example), isProperty: false, body: nil)
  }

  /// A property with its value, for `Environment.extend`.
  public static func property(
    _ name: String, returns result: String = "", _ summary: String = "", _ body: @escaping (Value) throws -> Value
  ) -> Member {
    Member(signature: Signature(name, returns: result, summary), isProperty: true) { value, _ in try body(value) }
  }

  /// A method with its body, for `Environment.extend`.
  public static func method(
    _ name: String, _ parameters: [Parameter] = [], returns result: String = "", _ summary: String = "",
    example: String = "", _ body: @escaping (Value, Arguments) throws -> Value
  ) -> Member {
    Member(
      signature: Signature(name, parameters, returns: result, summary, example: example), isProperty: false, body: body)
  }
}
