// What a text costs a diffusion model: no chain of next tokens, but a bound that its own objective states, estimated by drawing noise.

import Blocks
import Tensors

/// An upper bound of a text's cost in nats a token, averaged over draws of noise.
public struct DenoisingBound: Sendable {
  /// The mean over all draws, and the standard error of that mean.
  public let loss: Double, error: Double
  public let draws: Int, seed: UInt64

  /// Draws are made in batches whose times are spread evenly; the error is read off the batches' means.
  static let batches = 8, each = 16

  /// - Parameters:
  ///   - ids: the text; a begin token at its front is given and costs nothing.
  ///   - special: the vocabulary's special tokens.
  /// - Throws: `ObjectiveFailure.noBound` where the process states none in nats, or the model's own `Fault`.
  public init(
    of ids: [Int], by model: Architecture, _ special: SpecialTokens, seed: UInt64 = 0, stop: UnsafeMutablePointer<Int32>? = nil
  ) throws {
    let begin = special[.begin], begins = begin != nil && ids.first == begin, text = begins ? Array(ids.dropFirst()) : ids
    guard !text.isEmpty else { throw ObjectiveFailure.tooShort(objective: "the bound", tokens: 0, least: 1) }
    let objective: any Objective
    switch model.denoiser?.process {
    case .masked?:
      var masked = try MaskedDenoising(special)
      masked.begins = begins
      objective = masked
    case nil where model.family == .diffusion: objective = try MaskedDenoising(special)
    case .blocks(_, let size)?: objective = try BlockDenoising(special, size: size)
    case .categorical(let noise, let schedule)?:
      var chain = try CategoricalDenoising(special, CategoricalProcess(noise, count: model.embedding.vocabulary, schedule: schedule))
      chain.auxiliary = 0
      objective = chain
    case let process: throw ObjectiveFailure.noBound(of: model.name, process?.described ?? "none")
    }
    var generator = SeededGenerator(seed: seed), means: [Double] = []
    let sample = Sample(begins && model.denoiser.map { if case .masked = $0.process { true } else { false } } != true ? ids : text)
    for _ in 0..<Self.batches {
      let batch = try objective.batch(Array(repeating: sample, count: Self.each), using: &generator)
      means.append(Double(try objective.loss(model, batch, Run(trace: Trace(stop: stop), keepsMemory: false)).checked().item))
    }
    let mean = means.reduce(0, +) / Double(means.count)
    let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count - 1)
    (loss, error, draws, self.seed) = (mean, (variance / Double(means.count)).squareRoot(), Self.batches * Self.each, seed)
  }
}
