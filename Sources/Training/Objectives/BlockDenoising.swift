// Block diffusion's objective: blocks from left to right, each a masked diffusion of its own; one forward over [noisy; clean] trains all of them (BD3-LM,
// Arriola et al. 2025, 2503.09573).

import Blocks
import Tensors

/// Σ over blocks of E_t (1/t) Σ_masked CE, given the clean blocks before: a bound of the text's cost in nats a token.
public struct BlockDenoising: Objective {
  public let name = "block diffusion"
  public let special: SpecialTokens
  public let process: MaskingProcess
  /// Tokens of a block.
  public let size: Int
  /// The times that training draws from: a narrower interval is less noisy, and no bound any more.
  public var interval: ClosedRange<Double> = 0...1

  public init(_ special: SpecialTokens, size: Int, least: Double = 1e-3) throws {
    (self.special, self.size) = (special, size)
    process = MaskingProcess(mask: try special.required(.mask, by: name), least: least)
  }

  /// A text behind its noised form, both at the same positions.
  /// - Parameter times: one for each block.
  public func example(_ text: [Int], times: [Double], using generator: inout SeededGenerator) -> Example {
    var noisy: [Int] = [], weights: [Float] = []
    for (block, t) in times.enumerated() {
      let part = Array(text[(block * size)..<min(text.count, (block + 1) * size)])
      noisy += size == 1 && interval == 0...1 ? [process.mask] : process.noised(part, at: t, using: &generator)
      // A block of one token is autoregression: it is always masked, and counts once.
      weights += Array(repeating: size == 1 && interval == 0...1 ? 1 : Float(process.weight(t)), count: part.count)
    }
    let silent = Array(repeating: Batch.none, count: text.count)
    var example = Example(noisy + text, targets: zip(text, noisy).map { $0 != $1 ? $0 : Batch.none } + silent)
    example.weights = weights + Array(repeating: 0, count: text.count)
    example.positions = Array(text.indices) + Array(text.indices)
    example.notes = [
      ("block", (text + text).indices.map { "\($0 % text.count / size)" }),
      ("t", text.indices.map { "\((times[$0 / size] * 100).rounded() / 100)" } + silent.map { _ in "" }),
    ]
    return example
  }

  /// Texts of one length: the mask is one for the batch. Shorter ones end in padding, which is neither masked nor counted.
  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard let length = samples.map(\.tokens.count).max(), length > 0 else { throw ObjectiveFailure.noSamples(objective: name) }
    let blocks = (length + size - 1) / size, all = samples.count * blocks
    // Every block has a time of its own; together they are spread evenly, and shuffled.
    let u = Double(generator.uniform())
    let spread = generator.shuffled((0..<all).map { interval.lowerBound + (interval.upperBound - interval.lowerBound) * (Double($0) + u) / Double(all) })
    let filler = special.filler
    var examples = samples.enumerated().map { row, sample -> Example in
      let text = sample.tokens + Array(repeating: filler, count: length - sample.tokens.count)
      var example = example(text, times: Array(spread[(row * blocks)..<((row + 1) * blocks)]), using: &generator)
      for place in sample.tokens.count..<length {
        example.tokens[place] = filler
        example.targets[place] = Batch.none
      }
      return example
    }
    // Positions of the clean half are no part of the divisor.
    let real = samples.reduce(0) { $0 + $1.tokens.count }, factor = Float(2 * length * samples.count) / Float(max(1, real))
    for i in examples.indices { examples[i].weights = examples[i].weights?.map { $0 * factor } }
    var batch = try Batch(examples, filler: filler, divisor: .positions, readsBothWays: true, objective: name)
    batch.mask = .blockDiffusion(block: size, length: length)
    if samples.contains(where: { $0.tokens.count < length }) {
      batch.input.padding = samples.map { sample in (0..<(2 * length)).map { $0 % length < sample.tokens.count } }
    }
    return batch
  }
}
