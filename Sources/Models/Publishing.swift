// The way back of loading: a model's numbers under the names and in the layout of its family's published files, so that the reference
// implementations can load what was trained here.

import Blocks
import CKernels
import Checkpoints
import Files
import Tensors

extension Model {
  /// A model without numbers, from a configuration that lies in no file.
  /// - Parameter name: what messages call it.
  public init(configuration json: JSON, name: String) throws {
    let configuration = Configuration(json, file: name)
    try self.init(folder: CheckpointFolder(unsaved: name, configuration: configuration))
  }

  /// Writes config.json, model.safetensors in the family's published layout, and tokenizer.json.
  ///
  /// - Parameters:
  ///   - type: how the numbers are stored.
  ///   - tokenizer: contents of tokenizer.json; nil: none is written.
  ///   - card: contents of card.json; nil: none is written.
  /// - Throws: as `ModelFolder.write`, and what the family's configuration throws.
  public func publish(to folder: String, as type: ElementType = .f32, tokenizer: String? = nil, card: JSONTree? = nil) throws {
    try ModelFolder.write(folder, JSONTree(configuration.json)) { room in
      try publish(numbers: Path.join(room, "model.safetensors"), as: type)
      if let tokenizer { try AtomicFile.write(Path.join(room, "tokenizer.json"), Array(tokenizer.utf8)) }
      if let card { try AtomicFile.write(Path.join(room, "card.json"), JSON.encodeBytes(card, .pretty)) }
    }
  }

  /// Writes the numbers alone, in the family's published layout.
  /// - Parameter note: a line for the file's metadata, by which it is known again.
  /// - Throws: `FileFailure`, and what the family's configuration throws.
  public func publish(numbers file: String, as type: ElementType = .f32, note: (String, String)? = nil) throws {
    try requireNumbers()
    let tensors = try PublishedLayout(names, architecture).tensors
    let dtype: SafetensorsType = type == .f32 ? .f32 : type == .f16 ? .f16 : .bf16
    let parts = tensors.map { name, tensor in (name, tensor.shape, tensor.bytes(as: type)) }
    defer { for part in parts { part.2.deallocate() } }
    try Safetensors.write(file, parts.map { Safetensors.Part($0, dtype, $1, UnsafeRawBufferPointer($2)) }, metadata: [("format", "pt")] + (note.map { [$0] } ?? []))
  }

  /// Names and shapes of the numbers in the family's published layout.
  public func publishedShapes() throws -> [String: Shape] {
    Dictionary(try PublishedLayout(names, architecture).tensors.map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { first, _ in first })
  }

  /// The same model with other stop tokens.
  public func stopping(at stops: [Int]) -> Model {
    Model(
      recipe: recipe, names: names, architecture: architecture, outline: outline, configuration: configuration, folder: folder, stops: stops, decoderStart: decoderStart, forcedFirst: forcedFirst,
      forcedLast: forcedLast)
  }

  private func requireNumbers() throws {
    if let unbound = architecture.allParameters.first(where: { !$0.parameter.isBound }) {
      throw ModelFailure.noNumbers("\(architecture.name) (\(unbound.path))")
    }
  }
}

/// Parameters gathered into the tensors of a published file: transposed, fused and stacked as its family's table of names says.
struct PublishedLayout {
  /// Name and numbers, float32 and contiguous.
  private(set) var tensors: [(name: String, tensor: Tensor)] = []

  private struct Piece {
    let rows: Range<Int>?, step: Int, isTransposed: Bool, index: Int?
    let tensor: Tensor
  }

  init(_ table: NameTable, _ architecture: Architecture) throws {
    var order: [String] = [], pieces: [String: [Piece]] = [:]
    for (path, parameter) in architecture.allParameters {
      // Blocks of four bits are a form of a tensor that is written whole here.
      guard let (place, name, indices) = table.places(of: path)?.first(where: { !$0.name.hasSuffix("_blocks") }) else { throw ModelFailure.noNumbers("\(path), which the family's files have no name for") }
      let full = table.published(name)
      if pieces[full] == nil { order.append(full) }
      pieces[full, default: []].append(
        Piece(rows: place.rows, step: place.step, isTransposed: place.isTransposed, index: indices.first, tensor: parameter.tensor.materialised.untracked))
    }
    tensors = order.map { ($0, PublishedLayout.shaped(PublishedLayout.gathered(pieces[$0]!), $0)) }
  }

  /// The axes of size 1 that published files have: a depthwise convolution's [channels, 1, taps], BART's offset of the logits as one row,
  /// RWKV's mixes as one token of one text.
  private static func shaped(_ x: Tensor, _ name: String) -> Tensor {
    switch x.shape.count {
    case 2 where name.hasSuffix("conv1d.weight"): x.reshaped([x.shape[0], 1, x.shape[1]])
    case 1 where name.hasSuffix("final_logits_bias"): x.reshaped([1] + x.shape)
    case 1 where name.contains(".time_mix_"): x.reshaped([1, 1] + x.shape)
    default: x
    }
  }

  /// The tensor that the pieces were cut from.
  private static func gathered(_ pieces: [Piece]) -> Tensor {
    guard let stacked = pieces.compactMap(\.index).max() else { return joined(pieces) }
    let layers = (0...stacked).map { index in joined(pieces.filter { $0.index == index }) }
    return concatenate(layers.map { $0.reshaped([1] + $0.shape) }, axis: 0)
  }

  private static func joined(_ pieces: [Piece]) -> Tensor {
    let first = pieces[0]
    guard first.rows != nil else { return first.isTransposed && first.tensor.rank == 2 ? first.tensor.transposed.materialised : first.tensor }
    let count = pieces.compactMap { $0.rows?.upperBound }.max() ?? 0
    let whole = Tensor.filled([count] + first.tensor.shape.dropFirst(), with: 0)
    for piece in pieces {
      guard let rows = piece.rows else { continue }
      piece.tensor.write(into: whole.slice(rows, axis: 0, step: piece.step))
    }
    return first.isTransposed && whole.rank == 2 ? whole.transposed.materialised : whole
  }
}

extension NameTable {
  /// What stands beside the class's body in its files, and so has no prefix.
  private static let beside = [
    "lm_head", "cls.", "predictions.", "sop_classifier.", "generator_", "discriminator_", "vocab_", "classifier", "head.", "final_logits_bias",
  ]

  /// The name with the prefix of the published class.
  func published(_ name: String) -> String {
    guard let prefix = prefixes.first, !name.hasPrefix(prefix), !NameTable.beside.contains(where: { name.hasPrefix($0) }) else { return name }
    return prefix + name
  }
}

extension Tensor {
  /// The numbers in row-major order in a type, rounded to the nearest, in memory that the caller frees.
  func bytes(as type: ElementType) -> UnsafeMutableRawBufferPointer {
    let x = materialised
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: x.count * type.width, alignment: 8)
    guard x.count > 0 else { return bytes }
    if type == .f32 {
      bytes.baseAddress!.copyMemory(from: x.pointer, byteCount: bytes.count)
    } else {
      ork_narrow(x.pointer, bytes.baseAddress!, type == .f16 ? ORK_F16 : ORK_BF16, Int64(x.count))
    }
    return bytes
  }
}
