// A composed architecture as a model: with numbers or without, in memory or saved to a folder that loads again.

import Blocks
import Checkpoints
import Files
import Tensors

extension Model {
  /// The most numbers that `initialised` makes: 2 GiB of them.
  public static let mostNumbers = 1 << 29

  /// The model that a recipe describes, kept in the one form of it.
  /// - Parameters:
  ///   - base: the model that it was made from. Numbers of parameters with the same path and shape stay; if it has numbers, what is new
  ///     starts from its block's own distribution, seed 0. Its tokenizer and its stop tokens stay as well.
  /// - Throws: `BuildFailure`, or `Fault` for sizes that do not fit.
  public init(recipe given: Recipe, from base: Model? = nil) throws {
    let recipe = given.canonical
    var architecture = try recipe.architecture()
    if architecture.name.isEmpty { architecture.name = base?.architecture.name ?? recipe.builder }
    var outline = try recipe.architecture().proved()
    outline.name = architecture.name
    let configuration = Configuration(JSON(.object(.init([]))), file: architecture.name)
    self.init(
      recipe: recipe, names: .paths, architecture: architecture, outline: outline, configuration: base?.configuration ?? configuration,
      folder: base?.folder ?? CheckpointFolder(unsaved: architecture.name, configuration: configuration), stops: base?.stops ?? [],
      decoderStart: base?.decoderStart ?? (architecture.encoder == nil ? nil : 0), forcedFirst: base?.forcedFirst, forcedLast: base?.forcedLast)
    if let base, !base.isOutline { try adopt(base.architecture) }
  }

  private func adopt(_ other: Architecture) throws {
    let known = Dictionary(other.allParameters.map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    try affordable()
    var generator = SeededGenerator(seed: 0)
    for (path, parameter) in architecture.allParameters {
      if let old = known[path], old.shape == parameter.shape, old.isBound { parameter.bind(old.tensor) } else { parameter.initialise(using: &generator) }
    }
  }

  /// The same model with fresh numbers.
  /// - Throws: `BuildFailure` if there are more of them than a session should hold.
  public func initialised(seed: UInt64) throws -> Model {
    let fresh = try Model(recipe: recipe, from: self)
    try fresh.affordable()
    fresh.architecture.initialise(seed: seed)
    return fresh
  }

  private func affordable() throws {
    let count = architecture.parameterCount
    guard count <= Model.mostNumbers else {
      throw BuildFailure.contradiction(builder: "initialised", "\(count) parameters are too many to be given numbers (at most \(Model.mostNumbers))")
    }
  }

  /// Writes config.json with the recipe, the numbers if there are any, and the tokenizer if it came with one: all of it, or nothing.
  /// - Parameter tokenizer: contents of tokenizer.json; nil: those of the folder that the model came from.
  /// - Throws: as `ModelFolder.write`.
  public func save(to folder: String, tokenizer: String? = nil) throws {
    var members: [(String, JSONTree)] = [("model_type", "orrery"), ("recipe", recipe.json)]
    if !stops.isEmpty { members.append(("eos_token_id", stops.count == 1 ? .int(stops[0]) : .ints(stops))) }
    if let decoderStart { members.append(("decoder_start_token_id", .int(decoderStart))) }
    if let forcedFirst { members.append(("forced_bos_token_id", .int(forcedFirst))) }
    if let forcedLast { members.append(("forced_eos_token_id", .int(forcedLast))) }
    try ModelFolder.write(folder, .object(members)) { room in
      if !isOutline { try saveNumbers(to: Path.join(room, "model.safetensors")) }
      if let tokenizer {
        try AtomicFile.write(Path.join(room, "tokenizer.json"), tokenizer)
      } else if let tokenizer = self.folder.tokenizer {
        try AtomicFile.write(Path.join(room, "tokenizer.json"), MappedFile(tokenizer).contents)
      }
    }
  }

  private func saveNumbers(to file: String) throws {
    let tensors = architecture.allParameters.map { path, parameter -> (String, Tensor) in
      (path, parameter.tensor.isContiguous ? parameter.tensor : parameter.tensor.materialised)
    }
    let parts = tensors.map { path, tensor -> Safetensors.Part in
      let type: SafetensorsType = tensor.type == .f32 ? .f32 : tensor.type == .f16 ? .f16 : .bf16
      return Safetensors.Part(path, type, tensor.shape, UnsafeRawBufferPointer(start: tensor.raw, count: tensor.count * type.width))
    }
    try withExtendedLifetime(tensors) { try Safetensors.write(file, parts, metadata: [("format", "pt")]) }
  }
}
