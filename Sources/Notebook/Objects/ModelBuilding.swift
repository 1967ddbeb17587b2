// What can be done to an architecture at the prompt: varied, given numbers, saved. Every model can be varied: a composed one by
// its recipe, a published one by its configuration.

import Blocks
import Checkpoints
import Diagrams
import Files
import Language
import Models
import Tensors

extension ModelObject {
  /// The model of a recipe.
  /// - Throws: `Failure` of the kind `wrongShape` with the part's path and both shapes if a size does not fit; the figure up to that part is left
  ///   in `broken`.
  static func built(
    _ recipe: Recipe, from base: OpenModel? = nil, stop: UnsafeMutablePointer<Int32>?, broken: BrokenFigure?
  ) throws -> ModelObject {
    try building {
      do {
        return ModelObject(try Model(recipe: recipe, from: base?.model), stop: stop, broken: broken, text: base?.text)
      } catch let fault as Fault {
        if var outline = try? recipe.architecture() {
          if outline.name.isEmpty { outline.name = base?.architecture.name ?? recipe.innermost.builder }
          broken?.figure = Diagrams.Figure(broken: outline, at: fault)
        }
        throw fault
      }
    }
  }

  /// Parameters of `with`: those of the builder that the recipe begins with.
  var variable: [Language.Parameter] {
    guard let open = try? open(), let builder = Builder.named(open.model.recipe.innermost.builder), builder.name != "configuration"
    else { return [.labelled("mask", .optional(.object("Mask")), "another mask for the self-attention")] }
    return builder.parameters.map { parameter in
      BuilderParameter.optional(parameter.name, parameter.type, parameter.about).language
    }
  }

  var buildingMembers: [Member] {
    [
      .method("with", variable, returns: "Model", "the same architecture with other sizes or choices; numbers that fit stay", example: "decoder(layers: 2, width: 32, attention: multiHead(heads: 4)).with(mask: prefix(3))"),
      .method("replacing", [
        .value("path", .string, "paths of parts; * stands for any, as in \"layers.*.feedForward\""),
        .labelled("by", .oneOf([.object("Mixer"), .object("FeedForward"), .object("Norm")]), "what comes in their place"),
      ], returns: "Model", "the same architecture with parts exchanged", example: "stories.replacing(\"layers.*.feedForward\", by: swiglu(hidden: 64))"),
      .method("initialised", [.labelled("seed", .integer, default: 0, "the same seed gives the same numbers")], returns: "Model", "the same architecture with fresh numbers"),
      .method("save", [.value("folder", .string, "a folder, made if it is not there")], returns: "Report", "writes config.json, and the numbers if there are any"),
      .property("recipe", returns: "Recipe", "the call that makes it, as code"),
    ]
  }

  func callBuilding(_ method: String, _ a: Arguments, _ open: OpenModel) throws -> Value? {
    switch method {
    case "with", "replacing", "initialised", "save":
      return try building { try changed(method, a, open, open.model.recipe) }
    default: return nil
    }
  }

  private func changed(_ method: String, _ a: Arguments, _ open: OpenModel, _ recipe: Recipe) throws -> Value {
    switch method {
    case "with":
      var changed = recipe
      let builder = Builder.named(recipe.innermost.builder)
      if let builder, builder.name != "configuration" {
        for argument in try builder.arguments(a) { changed = changed.setting(argument.name, argument.value) }
        // Another mask takes the place of all: layers that have one of their own, or a window, lose it.
        if !a["mask"].isNothing { changed = changed.withoutOwnMasks }
      } else if case .object(let object) = a["mask"], let mask = (object as? MaskObject)?.mask.recipe {
        changed = Recipe("masked", [.init("architecture", .call(recipe)), .init("mask", .call(mask))])
      }
      // A builder's own argument would take a mask in silence where no attention is there to heed it.
      if case .object(let object) = a["mask"], let mask = (object as? MaskObject)?.mask { _ = try changed.architecture().masked(by: mask) }
      return .object(try ModelObject.built(changed, from: open, stop: stop, broken: broken))
    case "replacing":
      guard let value = Recipe.Value(a["by"]) else { throw a.invalid("by", "must be what a builder makes") }
      let changed = Recipe("replacing", [.init("architecture", .call(recipe)), .init("path", .text(try a.string("path"))), .init("by", value)])
      return .object(try ModelObject.built(changed, from: open, stop: stop, broken: broken))
    case "initialised":
      let seed = UInt64(bitPattern: Int64(try a.integer("seed")))
      return .object(ModelObject(try open.model.initialised(seed: seed), stop: stop, broken: broken, text: open.text))
    default:
      let folder = try a.string("folder")
      do { try open.save(to: folder) } catch let refusal as ModelFolder.Refusal {
        throw Failure(refusal == .nameless ? .wrongArgument : FailureKind("model"), refusal.description)
      }
      let count = open.architecture.allParameters.count
      let what = open.model.isOutline ? "config.json (it has no numbers yet)" : "config.json and model.safetensors (\(count) tensors, \(grouped(open.architecture.parameterCount)) numbers)"
      return .object(ReportObject(typeName: "Report", summary: "saved in \(folder)", description: "saved in \(folder.shown(limit: 400)): \(what)"))
    }
  }
}

extension Recipe {
  /// The call that everything begins with, below what was exchanged.
  var innermost: Recipe {
    if case .call(let inner) = self["architecture"], builder == "replacing" || builder == "masked" { return inner.innermost }
    return self
  }

  /// The same recipe with an argument of its innermost call set.
  func setting(_ name: String, _ value: Value) -> Recipe {
    var copy = self
    if case .call(let inner) = self["architecture"], builder == "replacing" || builder == "masked" {
      copy["architecture"] = .call(inner.setting(name, value))
    } else {
      copy[name] = value
    }
    return copy
  }

  /// The same recipe, in whose layers no mixer has a mask or a window of its own.
  var withoutOwnMasks: Recipe {
    func plain(_ value: Value) -> Value {
      switch value {
      case .list(let items): .list(items.map(plain))
      case .call(let call): .call(call.withoutOwnMasks)
      default: value
      }
    }
    var copy = self
    copy.arguments = arguments.filter { Builder.named(builder)?.makes != .mixer || $0.name != "mask" && $0.name != "window" }
      .map { Argument($0.name, plain($0.value)) }
    return copy
  }
}

/// The call that makes a model, as code.
struct RecipeObject: Object {
  let recipe: Recipe
  var typeName: String { "Recipe" }
  var description: String { recipe.code }
  var summary: String { recipe.description }
  var members: [Member] {
    [.property("text", returns: "String", "the code as a text"), .property("builder", returns: "String", "the outermost builder")]
  }
  func property(_ name: String) throws -> Value? {
    switch name {
    case "text": .string(recipe.code)
    case "builder": .string(recipe.builder)
    default: nil
    }
  }
  func equals(_ other: Value) throws -> Bool? {
    guard case .object(let object) = other, let second = object as? RecipeObject else { return nil }
    return recipe == second.recipe
  }
}
