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
    _ recipe: Recipe, from base: Model?, stop: UnsafeMutablePointer<Int32>?, broken: BrokenFigure?
  ) throws -> ModelObject {
    try building {
      do {
        let model = try Model(recipe: recipe, from: base)
        return ModelObject(model, recipe: recipe, stop: stop, broken: broken)
      } catch let fault as Fault {
        if var outline = try? recipe.architecture() {
          if outline.name.isEmpty { outline.name = base?.architecture.name ?? recipe.innermost.builder }
          broken?.figure = Diagrams.Figure(broken: outline, at: fault)
        }
        throw fault
      }
    }
  }

  /// The recipe that describes this model: its own, or one around its published configuration.
  func recipe(_ open: OpenModel) throws -> Recipe {
    if let own { return own }
    let json = open.model.configuration.json
    if json["model_type"]?.string == "orrery" { return try Recipe(configuration: open.model.configuration) }
    return Recipe("configuration", [.init("json", .text(JSON.encode(JSONTree(json))))])
  }

  /// Parameters of `with`: those of the builder that the recipe begins with.
  var variable: [Language.Parameter] {
    guard let open = try? open(), let recipe = try? recipe(open), let builder = Builder.named(recipe.innermost.builder),
      builder.name != "configuration"
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
      .property("recipe", returns: "String", "the builder calls that make it"),
    ]
  }

  func callBuilding(_ method: String, _ a: Arguments, _ open: OpenModel) throws -> Value? {
    switch method {
    case "with", "replacing", "initialised", "save":
      return try building { try changed(method, a, open, try recipe(open)) }
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
      } else if case .object(let object) = a["mask"], let mask = (object as? MaskObject)?.mask.recipe {
        changed = Recipe("masked", [.init("architecture", .call(recipe)), .init("mask", .call(mask))])
      }
      // A builder's own argument would take a mask in silence where no attention is there to heed it.
      if case .object(let object) = a["mask"], let mask = (object as? MaskObject)?.mask { _ = try changed.architecture().masked(by: mask) }
      return .object(try ModelObject.built(changed, from: open.model, stop: stop, broken: broken))
    case "replacing":
      guard let value = Recipe.Value(a["by"]) else { throw a.invalid("by", "must be what a builder makes") }
      let changed = Recipe("replacing", [.init("architecture", .call(recipe)), .init("path", .text(try a.string("path"))), .init("by", value)])
      return .object(try ModelObject.built(changed, from: open.model, stop: stop, broken: broken))
    case "initialised":
      let seed = UInt64(bitPattern: Int64(try a.integer("seed")))
      return .object(ModelObject(try open.model.initialised(seed: seed, recipe: recipe, stop: stop), recipe: recipe, stop: stop, broken: broken))
    default:
      let folder = try a.string("folder")
      try refuseForeign(folder)
      try open.model.save(to: folder, recipe: recipe)
      let count = open.architecture.allParameters.count
      let what = open.model.isOutline ? "config.json (it has no numbers yet)" : "config.json and model.safetensors (\(count) tensors, \(grouped(open.architecture.parameterCount)) numbers)"
      return .object(ReportObject(typeName: "Report", summary: "saved in \(folder)", description: "saved in \(folder.shown(limit: 400)): \(what)"))
    }
  }

  /// A folder that holds a model of another kind is left alone.
  private func refuseForeign(_ folder: String) throws {
    guard !folder.isEmpty else { throw Failure(.wrongArgument, "the folder's name is empty") }
    let file = Path.join(folder, "config.json")
    guard Path.isFile(file) else { return }
    let json = try? JSON.read(file, limits: .settings)
    guard json?["model_type"]?.string == "orrery" else {
      throw Failure(FailureKind("model"), "\(folder.shown(limit: 400)) holds a model that was not composed here; save into another folder")
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
}
