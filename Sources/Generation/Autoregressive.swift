// One token after the other: prefill, then a step for each new token. Works for decoders and for the decoder of an
// encoder–decoder, with and without memory.

import Blocks
import Tensors

/// What is wrong with a request to generate. One line each.
public enum GenerationFailure: Error, CustomStringConvertible, Equatable {
  case emptyPrompt
  case tooLong(tokens: Int, context: Int)
  case outside(id: Int, vocabulary: Int)
  case cannotGenerate(String)

  public var description: String {
    switch self {
    case .emptyPrompt: "the prompt is empty: there must be at least one token"
    case .tooLong(let tokens, let context): "the text has \(tokens) tokens; this model reads at most \(context)"
    case .outside(let id, let vocabulary): "the token id \(id) is outside of the vocabulary 0..<\(vocabulary)"
    case .cannotGenerate(let why): why
    }
  }
}

/// Generates token by token.
public struct Autoregressive: Sendable {
  public let architecture: Architecture
  /// Tokens that end the text.
  public var stops: Set<Int> = []
  /// With memory each step reads one token; without, the whole text so far.
  public var usesMemory = true

  /// The token that a text must end with when it reaches the limit (BART's forced end).
  public var last: Int?

  public init(_ architecture: Architecture, stops: [Int] = [], last: Int? = nil, usesMemory: Bool = true) {
    self.last = last
    self.architecture = architecture
    self.stops = Set(stops)
    self.usesMemory = usesMemory
  }

  /// One step: what was read, and the logits that the choice was made from.
  public struct Step: Sendable {
    public let index: Int
    /// Tokens that this step's forward read.
    public let read: [Int]
    public let logits: [Float]
    public let chosen: Int
  }

  /// Checks a prompt before anything runs.
  public func check(_ ids: [Int], isSource: Bool = false) throws(GenerationFailure) {
    if ids.isEmpty { throw .emptyPrompt }
    if let bad = ids.first(where: { $0 < 0 || $0 >= architecture.embedding.vocabulary }) {
      throw .outside(id: bad, vocabulary: architecture.embedding.vocabulary)
    }
    if let context = architecture.bound, ids.count > context { throw .tooLong(tokens: ids.count, context: context) }
  }

  /// Generates up to `limit` tokens after `prompt`.
  /// - Parameters:
  ///   - run: keeps memory between steps; its stop flag ends the generation.
  ///   - forced: a token that must come first (BART).
  ///   - each: called after every step; returning false ends the generation.
  /// - Returns: the new tokens, the stop token included.
  /// - Throws: `GenerationFailure` or `Fault`.
  public func generate(
    _ prompt: [Int], limit: Int, sampler: Sampler, run: Run, forced: Int? = nil, each: (Step) throws -> Bool = { _ in true }
  ) throws -> [Int] {
    try check(prompt)
    var sampler = sampler
    var text = prompt, new: [Int] = []
    var unread = prompt
    if run.prefix == nil { run.prefix = prompt.count }
    run.expected = prompt.count + min(limit, 4096)
    // A table of positions ends: a model without room for one more token stops.
    while new.count < limit {
      if let context = architecture.bound, text.count > context { break }
      let logits = try architecture(Architecture.Input([usesMemory ? unread : text]), run, lastOnly: true).values
      let must = new.count == limit - 1 ? last ?? (new.isEmpty ? forced : nil) : new.isEmpty ? forced : nil
      let chosen = must ?? sampler.choose(logits)
      let goesOn = try each(Step(index: new.count, read: usesMemory ? unread : text, logits: logits, chosen: chosen))
      new.append(chosen)
      text.append(chosen)
      unread = [chosen]
      if stops.contains(chosen) || !goesOn { break }
    }
    return new
  }
}
