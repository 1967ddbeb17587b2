// One interface for all ways of writing text with a model: token by token, by beams, by filling in masks, by removing noise.

import Blocks
import Tensors

/// A way of writing.
public protocol Decoding: Sendable {
  /// Writes up to `limit` tokens after `prompt`.
  /// - Parameters:
  ///   - run: keeps memory between steps, if the way uses any; its stop flag ends the generation.
  ///   - each: called after every step; returning false ends the generation.
  /// - Returns: the new tokens, a stop token included.
  /// - Throws: `GenerationFailure` or `Fault`.
  func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int]
}

extension Decoding {
  public func write(_ prompt: [Int], limit: Int, run: Run) throws -> [Int] {
    try write(prompt, limit: limit, run: run) { _ in true }
  }
}

/// What one step did. A step is what a person wants to see at a time: a token, or a pass over the canvas.
public struct DecodingStep: Sendable {
  public let index: Int
  /// Tokens that the forward read; `canvas` from `start` on.
  public let read: [Int]
  public let start: Int
  /// The whole text as this step found it.
  public let canvas: [Int]
  /// Forwards that it took.
  public let passes: Int
  /// Tokens that it decided, with their places, the surest first.
  public let chosen: [(token: Int, position: Int)]
  /// Logits of the tokens read, one row after the other; empty if there are none (noise on vectors).
  public let logits: Tensor?
  /// What the way has to show of itself: its canvas, its noise.
  public let details: [TraceDetail]

  public init(
    index: Int, read: [Int], start: Int = 0, canvas: [Int], passes: Int = 1, chosen: [(token: Int, position: Int)], logits: Tensor?,
    details: [TraceDetail] = []
  ) {
    (self.index, self.read, self.start, self.canvas, self.passes) = (index, read, start, canvas, passes)
    (self.chosen, self.logits, self.details) = (chosen, logits, details)
  }
}

/// Token by token.
public struct TokenByToken: Decoding {
  public let decoder: Autoregressive
  public let sampler: Sampler
  /// A token that must come first (BART).
  public let forced: Int?

  public init(_ decoder: Autoregressive, sampler: Sampler = .greedy, forced: Int? = nil) {
    (self.decoder, self.sampler, self.forced) = (decoder, sampler, forced)
  }

  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    var text = prompt
    return try decoder.generate(prompt, limit: limit, sampler: sampler, run: run, forced: forced) { step in
      defer { text.append(step.chosen) }
      return try each(
        DecodingStep(
          index: step.index, read: step.read, start: text.count - step.read.count, canvas: text, chosen: [(step.chosen, text.count)],
          logits: Tensor(step.logits, [1, step.logits.count])))
    }
  }
}

extension BeamSearch: Decoding {
  /// The winner is known at the end only: there is one step.
  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    let new = try generate(prompt, limit: limit, run: run)
    _ = try each(
      DecodingStep(
        index: 0, read: prompt, canvas: prompt, passes: new.count, chosen: new.enumerated().map { ($0.element, prompt.count + $0.offset) },
        logits: nil))
    return new
  }
}

/// What is wrong with a request to denoise. One line each.
public enum DiffusionFailure: Error, CustomStringConvertible, Equatable {
  case steps(Int)
  case block(Int)

  public var description: String {
    switch self {
    case .steps(let n): "the number of denoising steps is \(n), but must be at least 1"
    case .block(let n): "the block size is \(n), but must be at least 1"
    }
  }
}
