// A recipe: a tree of builder calls, as a learner writes it at the prompt and as config.json holds it. It is a value and nothing
// but names and arguments; what the names mean is the registry's (Builders.swift).

import Files

/// One call of a builder: `decoder(layers: 4, width: 64, attention: grouped(heads: 8, keyValue: 2))`.
///
/// In JSON a call is an object with one key, `{"decoder": {"layers": 4, "attention": {"grouped": {"heads": 8}}}}`.
public struct Recipe: Hashable, Sendable {
  public let builder: String
  /// Arguments by the names of the builder's parameters, in the order in which they were written.
  public var arguments: [Argument]

  public struct Argument: Hashable, Sendable {
    public let name: String
    public var value: Value
    public init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
  }

  public indirect enum Value: Hashable, Sendable {
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Value])
    case call(Recipe)
  }

  public init(_ builder: String, _ arguments: [Argument] = []) { (self.builder, self.arguments) = (builder, arguments) }

  /// The argument of a name.
  public subscript(name: String) -> Value? {
    get { arguments.first { $0.name == name }?.value }
    set {
      if let index = arguments.firstIndex(where: { $0.name == name }) {
        if let newValue { arguments[index].value = newValue } else { arguments.remove(at: index) }
      } else if let newValue {
        arguments.append(Argument(name, newValue))
      }
    }
  }
}

// MARK: JSON

extension Recipe {
  /// Reads a call.
  /// - Throws: `BuildFailure.notCall` for what is no object with one key, and for values that no argument can be (null).
  public init(_ json: JSON) throws {
    guard let members = json.members, members.count == 1, let call = members.first else { throw BuildFailure.notCall(json.shown) }
    // The one argument that is no call: a published configuration, kept as it is; or with what its file decided, beside it under "of".
    if call.key == "configuration" {
      let isAlone = call.value["model_type"] != nil || call.value["of"] == nil
      let others = isAlone ? [] : call.value.members?.filter { $0.key != "of" } ?? []
      self.init(
        "configuration",
        [Argument("json", .text(JSON.encode(JSONTree(isAlone ? call.value : call.value["of"]!))))]
          + (try others.map { Argument($0.key.string, try Value($0.value, of: $0.key.string)) }))
      return
    }
    guard let arguments = call.value.members else { throw BuildFailure.notArguments(call.key.string, found: call.value.kind) }
    self.init(call.key.string, try arguments.map { Argument($0.key.string, try Value($0.value, of: $0.key.string)) })
  }

  public var json: JSONTree {
    if builder == "configuration", case .text(let text) = self["json"], let json = try? JSON.parse(Array(text.utf8), name: builder) {
      let others = arguments.filter { $0.name != "json" }.map { ($0.name, $0.value.json) }
      return .object([(builder, others.isEmpty ? JSONTree(json) : .object([("of", JSONTree(json))] + others))])
    }
    return .object([(builder, .object(arguments.map { ($0.name, $0.value.json) }))])
  }
}

extension Recipe.Value {
  init(_ json: JSON, of name: String) throws {
    switch json.value {
    case .null: throw BuildFailure.notValue(name)
    case .bool(let b): self = .boolean(b)
    case .number(.integer(let n)): self = .integer(n)
    case .number(.real(let x)): self = .number(x)
    case .string(let s): self = .text(s.string)
    case .array(let items): self = .list(try items.map { try Recipe.Value($0, of: name) })
    case .object: self = .call(try Recipe(json))
    }
  }

  var json: JSONTree {
    switch self {
    case .boolean(let b): .bool(b)
    case .integer(let n): .int(n)
    case .number(let x): .double(x)
    case .text(let s): .string(s)
    case .list(let items): .array(items.map(\.json))
    case .call(let recipe): recipe.json
    }
  }
}
