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
    // The one argument that is no call: a published configuration, kept as it is.
    if call.key == "configuration" {
      self.init("configuration", [Argument("json", .text(JSON.encode(JSONTree(call.value))))])
      return
    }
    guard let arguments = call.value.members else { throw BuildFailure.notArguments(call.key.string, found: call.value.kind) }
    self.init(call.key.string, try arguments.map { Argument($0.key.string, try Value($0.value, of: $0.key.string)) })
  }

  public var json: JSONTree {
    if builder == "configuration", case .text(let text) = self["json"], let json = try? JSON.parse(Array(text.utf8), name: builder) {
      return .object([(builder, JSONTree(json))])
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

// MARK: as it is written at the prompt

extension Recipe: CustomStringConvertible {
  /// The call as the language writes it; parameters that have no label are written without one.
  public var description: String {
    if builder == "configuration", case .text(let text) = self["json"] {
      let type = (try? JSON.parse(Array(text.utf8), name: builder))?["model_type"]?.shown
      return "configuration({\"model_type\": \(type ?? "?"), …})"
    }
    let plain = Builder.named(builder)?.parameters.filter { !$0.isLabelled }.map(\.name) ?? []
    let list = arguments.map { plain.contains($0.name) ? $0.value.description : "\($0.name): \($0.value)" }
    return "\(builder)(\(list.joined(separator: ", ")))"
  }
}

extension Recipe.Value: CustomStringConvertible {
  public var description: String {
    switch self {
    case .boolean(let b): String(b)
    case .integer(let n): String(n)
    case .number(let x): String(x)
    case .text(let s): "\"\(s)\""
    case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
    case .call(let recipe): recipe.description
    }
  }
}
