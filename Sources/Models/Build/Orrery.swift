// A user's own architecture on disk: config.json with "model_type": "orrery" and the recipe. Tensors are called as the paths of
// their parameters, so that a model that was composed at the prompt saves, loads and runs.

import Blocks
import Checkpoints
import Files
import Tensors

extension Family {
  static let orrery = Family(
    modelTypes: ["orrery"],
    recipe: { c, _ in
      do {
        let architecture = try Recipe(configuration: c).architecture()
        do {
          return try architecture.proved()
        } catch let fault as Fault { throw ModelFailure.broken(file: c.file, architecture, fault) }
      } catch let failure as BuildFailure {
        throw ModelFailure.contradiction(file: c.file, "recipe: \(failure)")
      }
    },
    names: { _ in .paths })
}

extension Recipe {
  /// The recipe of a config.json.
  public init(configuration c: Configuration) throws {
    guard let recipe = c.value(["recipe"]) else { throw BuildFailure.notCall("nothing: the key 'recipe' is missing") }
    try self.init(recipe)
  }

  /// What config.json holds for this recipe.
  public var configuration: JSONTree { .object([("model_type", "orrery"), ("recipe", json)]) }
}

extension Architecture {
  /// The largest architecture that can be described: above it counts of arithmetic leave 64 bits.
  static let mostParameters = 1 << 50

  /// More layers than this are nobody's, and drawing them would take minutes.
  static let mostLayers = 4096

  /// Why the sizes are beyond what can be counted and drawn; nil if they are not.
  var absurdity: String? {
    let layers = stacks.reduce(0) { $0 + $1.layers.layers.count }
    if layers > Architecture.mostLayers { return "\(layers) layers are more than the \(Architecture.mostLayers) that can be drawn" }
    return parameterCount > Architecture.mostParameters ? "the sizes make more than \(Architecture.mostParameters) parameters" : nil
  }

  /// The same architecture, after it has run on outlines once: every size in it fits.
  /// - Throws: `Fault` with the path of the first part that cannot run and the shapes that do not go together; `BuildFailure` if it is
  ///   larger than can be counted. The parameters must be outlines.
  public func proved() throws -> Architecture {
    if let absurdity { throw BuildFailure.contradiction(builder: "recipe", absurdity) }
    let run = Run(keepsMemory: false)
    let ids = [[0, 0]]
    if encoder != nil {
      encode(Input(ids), run)
      if let source = run.source { _ = try source.checked() }
    }
    let x = try hidden(Input(ids), run).checked()
    if let head { _ = try head(x, run).checked() }
    return self
  }
}
