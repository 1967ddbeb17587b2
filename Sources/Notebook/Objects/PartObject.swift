// A part of an architecture that is not yet built into one: `grouped(heads: 8, keyValue: 2)`, `rope()`, `layerNorm()`.

import Language
import Models

/// What a builder makes, kept as the call that makes it: width, mask and layer come when it is built in.
struct PartObject: Object {
  let recipe: Recipe
  let kind: Kind

  var typeName: String { kind.typeName }
  var description: String { recipe.description }
  var summary: String { recipe.description }
  var members: [Member] { [.property("builder", returns: "String", "the builder that makes it")] }
  func property(_ name: String) throws -> Value? { name == "builder" ? .string(recipe.builder) : nil }
  func equals(_ other: Value) throws -> Bool? {
    guard case .object(let object) = other, let second = object as? PartObject else { return nil }
    return recipe == second.recipe
  }
}

extension Kind {
  /// The type of its values in the language.
  var typeName: String {
    switch self {
    case .architecture: "Model"
    case .nothing: "None"
    default: name.prefix(1).uppercased() + name.dropFirst()
    }
  }
}
