// The builders of the registry as functions of the language: signatures, documentation and completion are the registry's.

import Blocks
import Diagrams
import Files
import Language
import Models
import Tensors

/// The figure of an architecture that could not be built, until the session shows it beside the error.
final class BrokenFigure: @unchecked Sendable {
  var figure: Diagrams.Figure?
}

extension Environment {
  mutating func addBuilders(stop: UnsafeMutablePointer<Int32>, broken: BrokenFigure) {
    nonisolated(unsafe) let flag = stop
    for builder in Builder.all where builder.isFunction {
      define(type: builder.makes.typeName)
      define(
        builder.name, builder.parameters.map(\.language), returns: builder.makes.typeName, builder.about, example: builder.example
      ) { a in
        let recipe = Recipe(builder.name, try builder.arguments(a))
        guard builder.makes == .architecture else {
          try building { try recipe.check() }
          return .object(PartObject(recipe: recipe, kind: builder.makes))
        }
        return .object(try ModelObject.built(recipe, stop: flag, broken: broken))
      }
    }
    let tensors = ValueType.optional(.list(of: .string))
    define(
      "configuration",
      [
        .value("json", .dictionary, "the published config.json"), .labelled("holds", tensors, "tensors that the model's file held, where that decides"),
        .labelled("lacks", tensors, "tensors that it did not hold"), .labelled("differ", .optional(.list(of: .list(of: .string))), "pairs of tensors with different numbers"),
      ], returns: Kind.architecture.typeName, "the model that a published config.json describes",
      example: "configuration([\"model_type\": \"gpt2\", \"n_layer\": 2, \"n_embd\": 16, \"n_head\": 2, \"n_positions\": 32, \"vocab_size\": 30])"
    ) { a in
      var recipe = Recipe("configuration", [.init("json", .text(JSON.encode(a["json"].json)))])
      for name in ["holds", "lacks", "differ"] where !a[name].isNothing { recipe[name] = Recipe.Value(a[name]) }
      return .object(try ModelObject.built(recipe, stop: flag, broken: broken))
    }
  }
}

/// Runs what can fail as builders do, and words the failure for the prompt.
func building<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let failure as BuildFailure {
    throw Failure(.wrongArgument, failure.message, suggestion: failure.suggestion)
  } catch let fault as Fault {
    throw TensorObject.failure(of: fault)
  } catch let failure as Failure {
    throw failure
  } catch {
    throw Failure(FailureKind("model"), "\(error)")
  }
}

extension Builder {
  /// The arguments of a call as a recipe has them: those that were given.
  func arguments(_ a: Arguments) throws -> [Recipe.Argument] {
    try parameters.filter { a.isGiven($0.name) && !a[$0.name].isNothing }.map { parameter in
      guard let value = Recipe.Value(a[parameter.name]) else {
        throw a.invalid(parameter.name, "must be something that a recipe can hold (a mask written out cell by cell is not)")
      }
      return Recipe.Argument(parameter.name, value)
    }
  }
}

extension BuilderParameter {
  /// The parameter as the language binds and documents it.
  var language: Language.Parameter {
    // What may be left out has no value then; its line says what comes instead.
    let type = type.language, initial = initial.map(Value.init) ?? (isOptional ? .nothing : nil)
    return isLabelled ? .labelled(name, type, default: initial, about) : .value(name, type, default: initial, about)
  }
}

extension ArgumentType {
  fileprivate var language: ValueType {
    switch self {
    case .boolean: .boolean
    case .integer: .integer
    case .number: .number
    case .text: .string
    case .list(let element): .list(of: element.language)
    case .made(let kind): kind == .mask ? .object("Mask") : .object(kind.typeName)
    case .either(let types):
      .oneOf(types.flatMap { type -> [ValueType] in if case .oneOf(let inner) = type.language { inner } else { [type.language] } }.unique)
    }
  }
}

extension Array where Element: Equatable {
  fileprivate var unique: [Element] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

extension Recipe.Value {
  /// A value of the language; nil for what no recipe can hold.
  init?(_ value: Value) {
    switch value {
    case .boolean(let b): self = .boolean(b)
    case .integer(let n): self = .integer(n)
    case .number(let x): self = .number(x)
    case .string(let s): self = .text(s)
    case .list(let list):
      let items = list.compactMap { Recipe.Value($0) }
      guard items.count == list.count else { return nil }
      self = .list(items)
    case .object(let object as PartObject): self = .call(object.recipe)
    case .object(let object as ModelObject):
      // A model around which a denoiser, a classifier or a prefix is put.
      guard let open = try? object.open() else { return nil }
      self = .call(open.model.recipe)
    case .object(let object as MaskObject):
      guard let recipe = object.mask.recipe else { return nil }
      self = .call(recipe)
    default: return nil
    }
  }
}

extension Value {
  fileprivate init(_ value: Recipe.Value) {
    switch value {
    case .boolean(let b): self = .boolean(b)
    case .integer(let n): self = .integer(n)
    case .number(let x): self = .number(x)
    case .text(let s): self = .string(s)
    case .list(let items): self = .elements(items.map { Value($0) })
    case .call(let recipe): self = .object(PartObject(recipe: recipe, kind: Builder.named(recipe.builder)?.makes ?? .nothing))
    }
  }
}
