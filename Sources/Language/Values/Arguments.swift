/// The arguments of one call, in the order of the parameters, with defaults filled in. The getters name the function and
/// the parameter in their errors, so a host's function needs no checks of its own for types.

public struct Arguments {
  public struct Argument {
    public let label: String?
    public let value: Value
    public let span: Span
    /// What the host noted while this argument was computed: see `Interpreter.mark`.
    public let marks: Range<Int>

    public init(label: String? = nil, _ value: Value, span: Span = Span(0, 0), marks: Range<Int> = 0..<0) {
      self.label = label
      self.value = value
      self.span = span
      self.marks = marks
    }
  }

  /// As written at the call.
  public let all: [Argument]
  /// The name of what is called, for errors.
  public let function: String
  /// The interpreter that calls: for closures, output, and the stop flag.
  public let context: Interpreter
  var bound: [String: Value] = [:]
  var places: [String: Span] = [:]
  var noted: [String: Range<Int>] = [:]

  public init(_ all: [Argument], function: String, context: Interpreter) {
    self.all = all
    self.function = function
    self.context = context
  }

  public var count: Int { all.count }
  public var isEmpty: Bool { all.isEmpty }

  /// The nth argument, as written.
  public subscript(index: Int) -> Value { all.indices.contains(index) ? all[index].value : .nothing }

  /// A parameter's value, or an argument's by its label.
  public subscript(name: String) -> Value { bound[name] ?? labelled(name)?.value ?? .nothing }

  /// Whether the call gave it, rather than the default.
  public func isGiven(_ name: String) -> Bool { span(of: name) != nil }

  public func span(of name: String) -> Span? { places[name] ?? labelled(name)?.span }

  /// What the host noted while each argument was computed, by parameter or, if they are not bound, by label.
  public var marks: [String: Range<Int>] {
    bound.isEmpty ? Dictionary(all.compactMap { a in a.label.map { ($0, a.marks) } }, uniquingKeysWith: { a, _ in a }) : noted
  }

  /// Where the call stands: the source's name, and the line of its first argument.
  public var place: String {
    let source = context.source
    return all.isEmpty ? source.name : "\(source.name), line \(source.line(at: all[0].span.start).number)"
  }

  /// An argument by its label, if the arguments are not bound to parameters.
  private func labelled(_ name: String) -> Argument? { bound.isEmpty ? all.first { $0.label == name } : nil }

  public func integer(_ name: String) throws -> Int {
    if case .integer(let value) = self[name] { return value }
    throw wrongType(name, "Int")
  }

  public func number(_ name: String) throws -> Double {
    if let value = self[name].asDouble { return value }
    throw wrongType(name, "Double")
  }

  public func string(_ name: String) throws -> String {
    if case .string(let value) = self[name] { return value }
    throw wrongType(name, "String")
  }

  public func boolean(_ name: String) throws -> Bool {
    if case .boolean(let value) = self[name] { return value }
    throw wrongType(name, "Bool")
  }

  public func list(_ name: String) throws -> List {
    if case .list(let value) = self[name] { return value }
    throw wrongType(name, "List")
  }

  public func integers(_ name: String) throws -> [Int] {
    try list(name).map { value in
      guard case .integer(let value) = value else { throw wrongType(name, "[Int]") }
      return value
    }
  }

  public func numbers(_ name: String) throws -> [Double] {
    try list(name).map { value in
      guard let value = value.asDouble else { throw wrongType(name, "[Double]") }
      return value
    }
  }

  public func function(_ name: String) throws -> Function {
    if case .function(let value) = self[name] { return value }
    throw wrongType(name, "Function")
  }

  /// The host's own object.
  public func object<T>(_ name: String, as type: T.Type = T.self) throws -> T {
    if case .object(let object) = self[name], let object = object as? T { return object }
    throw wrongType(name, "\(T.self)")
  }

  /// The failure for a value that the type allows and the meaning does not: "attention's 'heads' must be …, not 3".
  public func invalid(_ name: String, _ requirement: String) -> Failure {
    Failure(
      .invalidValue(function: function, parameter: name, requirement: requirement, found: self[name].summary),
      at: span(of: name))
  }

  private func wrongType(_ name: String, _ expected: String) -> Failure {
    Failure(
      .wrongArgumentType(function: function, parameter: name, expected: expected, found: self[name].typeDescription),
      at: span(of: name))
  }
}
