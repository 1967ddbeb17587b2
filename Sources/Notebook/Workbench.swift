// The workbench: models that are open, their tokenizers, and the flag that stops what runs. One for every front end.

import Blocks
import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Tokenizers

/// A model as a person names it: a folder, a config.json, or a shipped mini model; with its tokenizer where there is one.
public final class OpenModel: @unchecked Sendable {
  public let model: Model
  /// What the person called it.
  public let reference: String
  /// The tokenizer of a model that lies nowhere: what it was trained with at the prompt, kept by all that is made from it.
  let text: Text?
  private var loaded: Tokenizer?

  /// A tokenizer, with the tokenizer.json that it was read from.
  struct Text {
    let tokenizer: Tokenizer, json: String
  }

  /// - Throws: one line that says what is wrong, or which names there are.
  public init(_ reference: String) throws {
    self.reference = reference
    text = nil
    model = try Model(path: OpenModel.path(of: reference))
  }

  /// A model that was composed and lies nowhere.
  init(_ model: Model, text: Text? = nil) { (self.model, reference, self.text, loaded) = (model, model.architecture.name, text, text?.tokenizer) }

  /// Writes the model and its tokenizer.
  func save(to folder: String) throws {
    try model.save(to: folder, tokenizer: text?.json)
  }

  /// The path that a reference means: what exists on disk comes first.
  static func path(of reference: String) throws -> String {
    if FileManager.default.fileExists(atPath: reference) { return reference }
    let shipped = ShippedModel.all
    if let known = shipped.first(where: { $0.name == reference }) { return known.path }
    if let path = try KnownArchitecture.path(of: reference) { return path }
    if reference.contains("/") || reference.hasSuffix(".json") { return reference }
    throw UnknownModel(reference: reference, shipped: shipped.map(\.name))
  }

  public var architecture: Architecture { model.architecture }

  /// The tokenizer that lies beside the weights.
  public func tokenizer() throws -> Tokenizer {
    if let loaded { return loaded }
    guard let path = model.folder.tokenizer else { throw NoTokenizer(reference: reference) }
    let fresh = try Tokenizer(path: path)
    loaded = fresh
    return fresh
  }

  /// The tokenizer, or nil: traces then show ids instead of text.
  public var tokenizerIfAny: Tokenizer? { hasTokenizer ? try? tokenizer() : nil }
  public var hasTokenizer: Bool { loaded != nil || model.folder.tokenizer != nil }

  /// Text of one token.
  public func text(of id: Int) -> String { tokenizerIfAny.map { $0.decode([id], skipSpecial: false) } ?? "" }

  /// A run that has read the source text, and the tokens that a decoder begins with.
  /// - Parameter ids: the prompt; for an encoder–decoder, the source.
  public func begin(_ ids: [Int], run: Run) throws -> (prompt: [Int], forced: Int?) {
    try model.requireWeights()
    guard architecture.family != .encoder else {
      throw GenerationFailure.cannotGenerate(
        "\(reference) is an encoder: it reads text and does not write it; `orrery fill` fills its blanks, `orrery embed` gives its vectors")
    }
    guard architecture.encoder != nil else { return (ids, nil) }
    try Autoregressive(architecture).check(ids, isSource: true)
    architecture.encode(Architecture.Input([ids]), run)
    // A denoiser begins with noise alone.
    if architecture.denoiser != nil { return ([], nil) }
    guard let start = try model.decoderStart ?? (model.configuration.optionalInt("pad_token_id", in: 0...1 << 31)) else {
      throw GenerationFailure.cannotGenerate("\(model.configuration.file): the key 'decoder_start_token_id' is missing")
    }
    return ([start], model.forcedFirst)
  }

  /// What new tokens add to a text that stands before them, spaced as the tokenizer spaces both together; special tokens are left out.
  public func continuation(of read: [Int], by new: [Int]) throws -> String {
    let tokenizer = try tokenizer()
    let before = tokenizer.decode(read, skipSpecial: true), whole = tokenizer.decode(read + new, skipSpecial: true)
    return whole.hasPrefix(before) ? String(whole.dropFirst(before.count)) : tokenizer.decode(new, skipSpecial: true)
  }

  /// A generator with the model's own stop tokens.
  public func generator(usesMemory: Bool = true) -> Autoregressive {
    Autoregressive(architecture, stops: model.stops, last: model.forcedLast, usesMemory: usesMemory)
  }
}

struct UnknownModel: Error, CustomStringConvertible {
  let reference: String, shipped: [String]
  var description: String {
    let near = (Suggestion.nearest(to: reference, in: shipped) ?? KnownArchitecture.nearest(to: reference)).map { "did you mean '\($0)'?" }
    return "there is no folder, file, shipped model or known architecture '\(reference)'; "
      + (near ?? "`orrery models` lists the shipped ones, `orrery inspect --table` the known ones")
  }
}

struct NoTokenizer: Error, CustomStringConvertible {
  let reference: String
  var description: String { "\(reference) has no tokenizer.json and cannot read text; where a command takes --ids, give token ids" }
}
