/// What every cell can name before it defines anything: functions, constants, members of types. A value: a copy is a fork.

public struct Environment {
  /// A value with its name in the documentation.
  public struct Constant {
    public let value: Value
    public let summary: String
  }

  private(set) var functions: [String: [Overload]] = [:]
  public private(set) var constants: [String: Constant] = [:]
  /// What `.name` means where a value stands alone: `.infinity`, `.causal`.
  public private(set) var implicit: [String: Constant] = [:]
  private(set) var extensions: [String: [Member]] = [:]
  /// Types that a learner may name in a `func`.
  public private(set) var types: Set<String> = Set(TypeName.known.keys)

  /// With the builtins that need no host.
  public init() {
    addLists()
    addNumbers()
    addStrings()
    addText()
  }

  /// Adds a function, or another overload of one. The first that accepts the arguments runs.
  public mutating func define(
    _ name: String, _ parameters: [Parameter] = [], returns result: String = "", _ summary: String = "",
    example: String = "", _ run: @escaping (Arguments) throws -> Value
  ) {
    let signature = Signature(name, parameters, returns: result, summary, example: example)
    functions[name, default: []].append(Overload(signature: signature, run: run))
  }

  public mutating func define(constant name: String, _ value: Value, _ summary: String = "") {
    constants[name] = Constant(value: value, summary: summary)
  }

  /// Adds `.name`. For `.name(…)`, define a function of that name.
  public mutating func define(implicit name: String, _ value: Value, _ summary: String = "") {
    implicit[name] = Constant(value: value, summary: summary)
  }

  /// Takes a function away: what a host's programs may not do.
  public mutating func remove(_ name: String) { functions[name] = nil }

  /// Adds a property or a method to a type, a builtin one as well (`[1, 2].tensor`).
  public mutating func extend(_ type: String, _ member: Member) {
    extensions[type, default: []].append(member)
    types.insert(type)
  }

  /// Makes a host's type known to `func f(x: Type)`.
  public mutating func define(type: String) { types.insert(type) }

  /// The function of a name, with all its overloads.
  public func function(_ name: String) -> Function? {
    functions[name].map { Function(name: name, body: .native($0)) }
  }

  public var functionNames: [String] { functions.keys.sorted() }

  /// All members of a value: the extensions of its type, then the object's own. A range has a list's as well.
  public func members(of value: Value) -> [Member] {
    var members = extensions[value.typeName] ?? []
    if case .object(let object) = value { members += object.members }
    if case .range = value { members += extensions["List"] ?? [] }
    return members
  }

  func member(_ name: String, of value: Value) -> [Member] { members(of: value).filter { $0.name == name } }
}
