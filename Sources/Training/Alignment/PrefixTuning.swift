// Prefix-Tuning (Li & Liang 2021, 2101.00190): only keys and values in front of the text are learned; the model stays as it is. They are trained through an
// encoder that is thrown away afterwards; what is kept is a small file that goes onto its base.

import Blocks
import Checkpoints
import Files
import Models
import Tensors

/// What is wrong with a prefix and the model that it is put before. One line each.
public enum PrefixFailure: Error, Equatable, CustomStringConvertible {
  case notPrefix(file: String)
  case noEncoder(String)
  case otherShape(file: String, tensor: String, there: Shape, here: Shape)
  case otherLayers(file: String, there: Int, here: Int)
  case otherNumbers(file: String, base: String)

  public var description: String {
    switch self {
    case .notPrefix(let file): "\(file.shown(limit: 400)): this is no prefix (tensors called prefixKeys and prefixValues, and their base's fingerprint)"
    case .noEncoder(let name): "\(name.isEmpty ? "the model" : name) has no prefix that is trained through an encoder; build it with prefixTuned(…, length: 10, hidden: 512)"
    case .otherShape(let file, let tensor, let there, let here):
      "\(file.shown(limit: 400)): this prefix is for another model: \(tensor) is \(there.described) there and must be \(here.described) here"
    case .otherLayers(let file, let there, let here):
      "\(file.shown(limit: 400)): this prefix is for another model: it has keys for \(there) attention layer\(there == 1 ? "" : "s"), and the model has \(here)"
    case .otherNumbers(let file, let base):
      "\(file.shown(limit: 400)): this prefix was learned before other numbers than those of \(base.isEmpty ? "this model" : base); its text would mean nothing"
    }
  }
}

public enum PrefixTuning {
  /// A base behind a prefix: the parameters of the base are shared, not copied.
  /// - Parameters:
  ///   - length: learned places; 0 gives the base.
  ///   - hidden: numbers between the two products of the encoder that it is trained through; nil: keys and values as they are kept.
  /// - Throws: `BuildFailure`.
  public static func before(_ base: Architecture, length: Int, hidden: Int? = nil) throws -> Architecture {
    length == 0 ? base : try base.prefixTuned(length: length, hidden: hidden, builder: "prefixTuned")
  }

  /// What is learned of a model behind a prefix: everything that the base does not have.
  public static func learned(_ tuned: Architecture) -> [(path: String, parameter: Parameter)] {
    tuned.allParameters.filter { path, _ in path.hasPrefix("prefix.") || path.hasSuffix(".prefixKeys") || path.hasSuffix(".prefixValues") }
  }

  /// Learned places in front of the text; 0: none.
  public static func length(of tuned: Architecture) -> Int {
    tuned.extras.lazy.compactMap { ($0.part as? PrefixEncoder)?.length }.first ?? learned(tuned).first?.parameter.shape.first ?? 0
  }

  /// The encoder thrown away: the same model with the keys and values that it makes.
  /// - Parameter base: what `tuned` was made from.
  /// - Throws: `PrefixFailure.noEncoder`.
  public static func stored(_ tuned: Architecture, base: Architecture) throws -> Architecture {
    guard let encoder = tuned.extras.lazy.compactMap({ $0.part as? PrefixEncoder }).first else { throw PrefixFailure.noEncoder(tuned.name) }
    let kept = try before(base, length: encoder.length)
    let all = try encoder(encoder.table.tensor.untracked, Run(keepsMemory: false)).checked().untracked   // [length, 2 · layers · each]
    for (index, (_, parameter)) in learned(kept).enumerated() {
      let start = index * encoder.each
      parameter.bind(all.slice(start..<(start + encoder.each), axis: 1).reshaped(parameter.shape).materialised.untracked)
    }
    return kept
  }

  // MARK: files

  /// A number that changes with any bit of a base's numbers (FNV-1a over float32 bits, 64 bits).
  public static func fingerprint(_ base: Architecture) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    let own = base.allParameters.filter { path, _ in !path.hasPrefix("prefix.") && !path.hasSuffix(".prefixKeys") && !path.hasSuffix(".prefixValues") }
    for (_, parameter) in own {
      for x in parameter.tensor.values { hash = (hash ^ UInt64(x.bitPattern)) &* 0x100_0000_01B3 }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Writes the kept keys and values of a model, with the fingerprint of its base. What was there is replaced whole.
  /// - Throws: `FileFailure`; `PrefixFailure.notPrefix` if the model has none that is kept.
  public static func save(_ kept: Architecture, to file: String) throws {
    let tensors = learned(kept).map { ($0.path, $0.parameter.tensor.materialised.untracked) }
    guard !tensors.isEmpty, tensors.allSatisfy({ !$0.0.hasPrefix("prefix.") }) else { throw PrefixFailure.notPrefix(file: file) }
    let parts = tensors.map { path, x in Safetensors.Part(path, .f32, x.shape, UnsafeRawBufferPointer(start: x.raw, count: x.count * 4)) }
    try withExtendedLifetime(tensors) {
      try Safetensors.write(file, parts, metadata: [("format", "orrery prefix"), ("base", fingerprint(kept)), ("base_name", kept.name)])
    }
  }

  /// The base behind the prefix of a file. Two tasks are swapped by swapping the file.
  /// - Throws: `PrefixFailure`, `CheckpointFailure` or `FileFailure`.
  public static func load(_ file: String, before base: Architecture) throws -> Architecture {
    let read = try Safetensors(file)
    let metadata = Dictionary(read.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard metadata["format"] == "orrery prefix", let first = read.entries.first, first.shape.count == 3, first.shape[0] > 0 else {
      throw PrefixFailure.notPrefix(file: file)
    }
    let kept = try before(base, length: first.shape[0]), learned = learned(kept)
    if learned.count != read.entries.count { throw PrefixFailure.otherLayers(file: file, there: read.entries.count / 2, here: learned.count / 2) }
    let entries = Dictionary(read.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for (path, parameter) in learned {
      guard let entry = entries[path], entry.dtype == .f32 else { throw PrefixFailure.notPrefix(file: file) }
      if entry.shape != parameter.shape { throw PrefixFailure.otherShape(file: file, tensor: path, there: entry.shape, here: parameter.shape) }
    }
    if let known = metadata["base"], known != fingerprint(base) { throw PrefixFailure.otherNumbers(file: file, base: base.name) }
    for (path, parameter) in learned {
      let own = try Tensor(asking: parameter.shape).checked()
      UnsafeMutableRawPointer(own.pointer).copyMemory(from: entries[path]!.bytes.baseAddress!, byteCount: own.count * 4)
      parameter.bind(own)
    }
    return kept
  }

  // MARK: what a prefix does

  /// λ: the share of attention that goes to the prefix, for every layer.   by name of the layer's attention; [batch, heads, tokens]
  ///
  /// A head's output is (1 − λ)·Attn(q, text) + λ·Attn(q, prefix): a prefix mixes, it does not rewrite (He et al. 2022, 2110.04366, eq. 7).
  public static func shares(_ tuned: Architecture, length: Int, _ ids: [[Int]]) throws -> [(name: String, share: Tensor)] {
    let run = Run(keepsMemory: false, watch: .matching(["*.pattern"]))
    _ = try tuned.hidden(Architecture.Input(ids), run).checked()
    return run.seen.map { name, pattern in (name, pattern.slice(0..<length, axis: 3).sum().reshaped(Array(pattern.shape.dropLast())).untracked) }
  }
}
