// Masked diffusion's loss: any share of the tokens is masked, and the masked ones count 1/t (LLaDA, Nie et al. 2025; MDLM, Sahoo et al. 2024).

import Blocks
import Tensors

/// L = E_t (1/(B·L)) Σ_masked CE / p, with p = (1 − ε)·t + ε: a bound of the text's cost in nats a token.
public struct MaskedDenoising: Objective {
  public let name = "masked diffusion"
  public let special: SpecialTokens
  public let process: MaskingProcess
  public var times = Times.even
  /// A begin token before each text, never masked. Without one, a model that knows places only from each other (rotary positions) cannot tell them apart
  /// while all is masked.
  public var begins = false

  /// How the times of a batch are drawn.
  public enum Times: String, Sendable, CaseIterable {
    /// One draw for the batch, spread evenly over its texts: less variance, the same mean.
    case even
    /// Each text by itself.
    case independent
    /// No times: an exact number of masks from 1 to L, evenly spread, weight L/l. For evaluation.
    case counts
  }

  public init(_ special: SpecialTokens, least: Double = 1e-3) throws {
    self.special = special
    process = MaskingProcess(mask: try special.required(.mask, by: name), least: least)
  }

  /// A text with its tokens masked at a time; the `given` first ones never.
  public func example(_ text: [Int], given: Int = 0, at t: Double, using generator: inout SeededGenerator) -> Example {
    let noisy = process.noised(text, at: t, given: Set(0..<given), using: &generator)
    return example(text, noisy: noisy, weight: process.weight(t), level: t)
  }

  /// A text with exactly `count` of its tokens masked, `given` first ones never.
  public func example(_ text: [Int], given: Int = 0, masked count: Int, using generator: inout SeededGenerator) -> Example {
    var noisy = text
    for place in generator.shuffled(Array(given..<text.count)).prefix(count) { noisy[place] = process.mask }
    let length = text.count - given
    return example(text, noisy: noisy, weight: MaskingProcess.countWeight(masked: count, of: length), level: Double(count) / Double(length))
  }

  private func example(_ text: [Int], noisy: [Int], weight: Double, level: Double) -> Example {
    var example = Example(noisy, targets: zip(text, noisy).map { $1 == process.mask && $0 != $1 ? $0 : Batch.none })
    example.weights = Array(repeating: Float(weight), count: text.count)
    example.original = text
    example.notes = [("t", Array(repeating: "\((level * 100).rounded() / 100)", count: text.count))]
    return example
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard !samples.isEmpty else { throw ObjectiveFailure.noSamples(objective: name) }
    let spread = MaskingProcess.spreadTimes(Double(generator.uniform()), batch: samples.count)
    var open = 0
    var examples = try zip(samples, spread).map { sample, t -> Example in
      // A source is read as it is: the answer alone is masked, and its end with it.
      let given = (begins ? special[.begin].map { [$0] } ?? [] : []) + (sample.source.isEmpty ? [] : sample.source + (special[.separator].map { [$0] } ?? []))
      let end = sample.source.isEmpty ? [] : special[.end].map { [$0] } ?? []
      let text = given + sample.tokens + (sample.tokens.last == end.first ? [] : end)
      guard text.count > given.count else { throw ObjectiveFailure.empty(objective: name, "a sample has no token to mask") }
      open += text.count - given.count
      switch times {
      case .even: return example(text, given: given.count, at: t, using: &generator)
      case .independent: return example(text, given: given.count, at: Double(generator.uniform()), using: &generator)
      case .counts:
        let length = text.count - given.count
        return example(text, given: given.count, masked: min(length, 1 + Int(t * Double(length))), using: &generator)
      }
    }
    // The divisor is all that could be masked: without a source every position.
    let all = examples.reduce(0) { $0 + $1.tokens.count }, factor = Float(all) / Float(max(1, open))
    if factor != 1 { for i in examples.indices { examples[i].weights = examples[i].weights?.map { $0 * factor } } }
    return try Batch(examples, filler: special.filler, divisor: .positions, readsBothWays: true, objective: name)
  }
}
