// From values of the language to recipes: one bridge for the prompt and for pages. What a value is made of is its own matter; here stand
// parts that builders make, and how a call's arguments become a recipe's.

import Files
import Language

/// An object of the language that a recipe can hold.
public protocol RecipeObjectConvertible: Object {
  /// The value in a recipe; nil for what no recipe can hold.
  var recipeValue: Recipe.Value? { get }
}

/// What a builder makes, kept as the call that makes it: width, mask and layer come when it is built in.
public struct PartObject: RecipeObjectConvertible {
  public let recipe: Recipe
  public let kind: Kind

  public init(recipe: Recipe, kind: Kind) { (self.recipe, self.kind) = (recipe, kind) }

  public var typeName: String { kind.typeName }
  public var description: String { recipe.code }
  public var summary: String { recipe.description }
  public var members: [Member] { [.property("builder", returns: "String", "the builder that makes it")] }
  public var recipeValue: Recipe.Value? { .call(recipe) }
  /// In a page an architecture can be varied before it is made.
  public func call(_ method: String, _ a: Arguments) throws -> Value? {
    guard method == "with", kind == .architecture else { return nil }
    return .object(PartObject(recipe: try recipe.with(a), kind: kind))
  }
  public func property(_ name: String) throws -> Value? { name == "builder" ? .string(recipe.builder) : nil }
  public func equals(_ other: Value) throws -> Bool? {
    guard case .object(let object) = other, let second = object as? PartObject else { return nil }
    return recipe == second.recipe
  }
}

extension Kind {
  /// The type of its values in the language.
  public var typeName: String {
    switch self {
    case .architecture: "Model"
    case .nothing: "None"
    default: name.prefix(1).uppercased() + name.dropFirst()
    }
  }
}

extension Recipe.Value {
  /// A value of the language; nil for what no recipe can hold.
  public init?(_ value: Value) {
    switch value {
    case .boolean(let b): self = .boolean(b)
    case .integer(let n): self = .integer(n)
    case .number(let x): self = .number(x)
    case .string(let s): self = .text(s)
    case .list(let list):
      let items = list.compactMap { Recipe.Value($0) }
      guard items.count == list.count else { return nil }
      self = .list(items)
    case .object(let object as any RecipeObjectConvertible):
      guard let value = object.recipeValue else { return nil }
      self = value
    default: return nil
    }
  }
}

extension Builder {
  /// The arguments of a call as a recipe has them: those that were given.
  public func arguments(_ a: Arguments) throws -> [Recipe.Argument] {
    try parameters.filter { a.isGiven($0.name) && !a[$0.name].isNothing }.map { parameter in
      guard let value = Recipe.Value(a[parameter.name]) else {
        throw a.invalid(parameter.name, "must be something that a recipe can hold (a mask written out cell by cell is not)")
      }
      return Recipe.Argument(parameter.name, value)
    }
  }

  /// A call in a page, which notes the line where it stands and the keys that each of its arguments came from.
  func recipe(_ a: Arguments) throws -> Recipe {
    var recipe = Recipe(name, try arguments(a))
    recipe.origin = Recipe.Origin(a)
    return recipe
  }
}

extension Recipe.Origin {
  init?(_ a: Arguments) {
    guard let run = a.context.host as? PageRun else { return nil }
    var keys: [String: [String]] = [:]
    for (name, marks) in a.marks where marks.upperBound <= run.reads.count {
      let read = run.reads[marks].reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      if !read.isEmpty { keys[name] = read }
    }
    self.init(file: run.configuration.file, page: a.place, keys: keys)
  }
}

extension Recipe {
  /// The call with other arguments. Layers that are given as a pattern say their mixers themselves.
  func with(_ a: Arguments) throws -> Recipe {
    guard let builder = Builder.named(builder) else { return self }
    var copy = self
    for argument in a.all {
      guard let label = argument.label, builder.parameters.contains(where: { $0.name == label }) else {
        throw Failure(.unknownName, "\(builder.name) has no argument '\(argument.label ?? "without a label")'",
          suggestion: argument.label.flatMap { Suggestion.nearest(to: $0, in: builder.parameters.map(\.name)) }.map { "did you mean \($0)?" }, at: argument.span)
      }
      if argument.value.isNothing { copy[label] = nil; continue }
      guard let value = Recipe.Value(argument.value) else { throw Failure(.wrongArgument, "\(label) must be something that a recipe can hold", at: argument.span) }
      copy[label] = value
      if label == "layers", case .call = value { copy["attention"] = nil }
    }
    copy.origin = Origin(a)?.merging(origin) ?? origin
    return copy
  }
}
