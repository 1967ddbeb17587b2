// From a folder to a model: the recipe of its config.json, bound to the numbers of its safetensors.

import Blocks
import Checkpoints
import Files
import Tensors

/// A model that came from a folder: the recipe, its configuration, and what else lies beside it.
public struct Model: Sendable {
  /// The call that it is made by, in its one form and with what its file decided in it: printed and pasted back it gives the same model.
  public let recipe: Recipe
  /// What its parameters are called in published files.
  public let names: NameTable
  public let architecture: Architecture
  /// The same recipe without numbers, for counting and drawing.
  public let outline: Architecture
  public let configuration: Configuration
  public let folder: CheckpointFolder
  /// Token ids that end a text: generation_config.json's, else config.json's.
  public let stops: [Int]
  /// The first token of a decoder's text; nil if the family has none.
  public let decoderStart: Int?
  /// A token that a generation must begin with after the start (BART).
  public let forcedFirst: Int?
  /// A token that a generation ends with when it reaches its limit (BART).
  public let forcedLast: Int?

  /// Loads a folder (or a config.json alone, which gives an outline).
  /// - Throws: `Configuration.Failure`, `ModelFailure` or what `CheckpointFolder` throws; each is one line.
  public init(path: String) throws {
    try self.init(folder: CheckpointFolder(path: path))
  }

  public init(folder: CheckpointFolder) throws {
    let configuration = folder.configuration
    let family = try Family.of(configuration)
    let names = try family.names(configuration)
    let tensors = Dictionary(folder.tensors.map { (names.stripped($0.key), $0.value) }, uniquingKeysWith: { a, _ in a })
    let holdings = folder.hasWeights
      ? Holdings(
        has: { name in tensors[names.stripped(name)] != nil },
        differ: { a, b in
          guard let a = tensors[names.stripped(a)], let b = tensors[names.stripped(b)] else { return false }
          return a.bytes.count != b.bytes.count || memcmp(a.bytes.baseAddress!, b.bytes.baseAddress!, a.bytes.count) != 0
        }) : .unknown
    let answers = Holdings.Answers()
    var architecture = try family.recipe(configuration, holdings.noting(in: answers))
    if architecture.name.isEmpty { architecture.name = folder.name }
    var outline = try family.recipe(configuration, holdings)
    outline.name = architecture.name
    if let absurdity = outline.absurdity { throw ModelFailure.contradiction(file: configuration.file, absurdity) }
    self.outline = outline
    if folder.hasWeights { try Model.bind(architecture, names, tensors, folder) }
    self.architecture = architecture
    self.names = names
    self.configuration = configuration
    recipe = try configuration.json["recipe"] != nil && family.modelTypes.contains("orrery")
      ? Recipe(configuration: configuration).canonical
      : Recipe("configuration", [.init("json", .text(JSON.encode(JSONTree(configuration.json))))] + answers.arguments)
    self.folder = folder
    let stops = try folder.generation?.ids("eos_token_id") ?? []
    self.stops = stops.isEmpty ? try configuration.ids("eos_token_id") : stops
    let vocabulary = architecture.embedding.vocabulary
    func token(_ key: String) throws -> Int? {
      for file in [folder.generation, configuration] {
        guard let file, let id = try file.ids(key).first else { continue }
        guard (0..<vocabulary).contains(id) else {
          throw ModelFailure.contradiction(file: file.file, "\(key) is \(id), outside of the vocabulary 0..<\(vocabulary)")
        }
        return id
      }
      return nil
    }
    decoderStart = try token("decoder_start_token_id")
    forcedFirst = try token("forced_bos_token_id")
    forcedLast = try token("forced_eos_token_id")
  }

  init(
    recipe: Recipe, names: NameTable, architecture: Architecture, outline: Architecture, configuration: Configuration, folder: CheckpointFolder, stops: [Int], decoderStart: Int?,
    forcedFirst: Int?, forcedLast: Int? = nil
  ) {
    (self.recipe, self.names) = (recipe, names)
    (self.architecture, self.outline, self.configuration, self.folder) = (architecture, outline, configuration, folder)
    (self.stops, self.decoderStart, self.forcedFirst, self.forcedLast) = (stops, decoderStart, forcedFirst, forcedLast)
  }

  /// Whether the parameters have no numbers.
  public var isOutline: Bool { !architecture.embedding.tokens.isBound }

  /// Fails with one line if there are no weights.
  public func requireWeights() throws {
    guard isOutline else { return }
    if let failure = folder.missingWeights { throw failure }
    throw folder.path.isEmpty ? ModelFailure.noNumbers(architecture.name) : ModelFailure.noWeights(folder.path)
  }

  /// Binds every parameter to its tensor, in place, and reports all names that do not fit at once.
  private static func bind(
    _ architecture: Architecture, _ names: NameTable, _ tensors: [String: SafetensorsEntry], _ folder: CheckpointFolder
  ) throws {
    var unused = Set(tensors.keys)
    var missing: [String] = []
    let block = try folder.configuration.scaleBlock()
    for (path, parameter) in architecture.allParameters {
      guard let places = names.places(of: path) else {
        missing.append(path)
        continue
      }
      guard let found = places.first(where: { tensors[$0.name] != nil }), let entry = tensors[found.name] else {
        if parameter.isBuffer, case .constant(let value) = parameter.initial {
          parameter.bind(.filled(parameter.shape, with: value))
        } else {
          missing.append(places[0].name)
        }
        continue
      }
      unused.remove(found.name)
      if entry.isFourBit {
        let scales = SafetensorsEntry.fourBitScales(of: found.name)
        unused.remove(scales)
        let matrix = try entry.fourBits(scales: tensors[scales], expert: found.indices.first ?? 0, rows: found.place.rows, step: found.place.step)
        guard matrix.shape == parameter.shape else {
          throw ModelFailure.wrongShape(
            tensor: entry.name, file: entry.file, found: entry.shape, expected: parameter.shape, parameter: path)
        }
        parameter.bind(matrix)
        continue
      }
      var decoded: Tensor?
      if entry.dtype == .f8e4m3 {
        let scales = SafetensorsEntry.scales(of: found.name)
        unused.remove(scales)
        decoded = try entry.decoded(scales: tensors[scales], block: block)
      }
      parameter.bind(try view(entry, decoded, found.place, found.indices, parameter, path))
    }
    let unexpected = unused.filter { !names.ignores($0) }.sorted()
    if !missing.isEmpty || !unexpected.isEmpty {
      throw ModelFailure.mismatch(folder: folder.path, missing: missing, unexpected: unexpected)
    }
  }

  /// The parameter as a view of the mapped file, or of what was decoded from it.
  private static func view(
    _ entry: SafetensorsEntry, _ decoded: Tensor?, _ place: Source.Place, _ indices: [Int], _ parameter: Parameter, _ path: String
  ) throws -> Tensor {
    var x: Tensor
    switch entry.dtype {
    case .f32, .f16, .bf16:
      let type: ElementType = entry.dtype == .f32 ? .f32 : entry.dtype == .f16 ? .f16 : .bf16
      x = Tensor(shape: entry.shape, storage: Storage(borrowing: entry.bytes, type: type, owner: entry.owner))
    case .f64:
      x = Tensor(unfilled: entry.shape)
      for i in 0..<x.count { x.pointer[i] = Float(entry.bytes.loadUnaligned(fromByteOffset: 8 * i, as: Double.self)) }
    case .f8e4m3 where decoded != nil: x = decoded!
    default: throw ModelFailure.wrongType(tensor: entry.name, file: entry.file, type: entry.dtype.rawValue)
    }
    for index in indices where x.rank > 1 && index < x.shape[0] { x = x.slice(index..<(index + 1), axis: 0).reshaped(Array(x.shape.dropFirst())) }
    if place.isTransposed, x.rank == 2 { x = x.transposed }
    if let rows = place.rows, x.rank > 0, rows.upperBound <= x.shape[0] { x = x.slice(rows, axis: 0, step: place.step) }
    // An axis or two of size 1 may be left out or added: a vector as one row (BART's final_logits_bias), a depthwise convolution
    // [channels, 1, taps], RWKV's mixes [1, 1, width].
    if x.shape != parameter.shape, abs(x.rank - parameter.shape.count) <= 2, x.shape.filter({ $0 != 1 }) == parameter.shape.filter({ $0 != 1 }) { x = x.reshaped(parameter.shape) }
    guard x.shape == parameter.shape else {
      throw ModelFailure.wrongShape(
        tensor: entry.name, file: entry.file, found: entry.shape, expected: parameter.shape, parameter: path)
    }
    return x
  }
}

extension Configuration {
  /// Rows and columns of the blocks of 8-bit weights that have a scale in common.
  fileprivate func scaleBlock() throws -> (rows: Int, columns: Int) {
    guard let size = try section("quantization_config")?.ids("weight_block_size"), !size.isEmpty else { return (128, 128) }
    guard size.count == 2, size.allSatisfy({ (1...1 << 24).contains($0) }) else {
      throw ModelFailure.contradiction(file: file, "quantization_config: weight_block_size must be two sizes of at least 1, but is \(size)")
    }
    return (size[0], size[1])
  }
}

#if canImport(Glibc)
import Glibc
#endif
