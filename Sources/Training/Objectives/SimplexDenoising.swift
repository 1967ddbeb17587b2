// SSD-LM's objective: a block of tokens as noisy logits behind a clean context, and plain cross-entropy on the words (Han et al. 2022, 2210.17432).

import Blocks
import Tensors

/// Says the words of a noised block.
public struct SimplexDenoising: Objective {
  public let name = "simplex diffusion"
  public let special: SpecialTokens
  public let process: SimplexProcess
  /// Tokens of a block, and of the vocabulary.
  public let block: Int, vocabulary: Int

  public init(_ special: SpecialTokens, for model: Architecture) throws {
    guard case .simplex(let process, let block) = model.denoiser?.process else { throw ObjectiveFailure.noPart("noise on the simplex", of: model.name) }
    (self.special, self.process, self.block, vocabulary) = (special, process, block, model.embedding.vocabulary)
  }

  /// The context is as long as the batch's draw says, the same for all texts; a begin token stands before it, so that there is one.
  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard let shortest = samples.map(\.tokens.count).min() else { throw ObjectiveFailure.noSamples(objective: name) }
    let begin = special[.begin].map { [$0] } ?? []
    let most = begin.count + shortest - block
    guard most >= 1 else { throw ObjectiveFailure.tooShort(objective: name, tokens: shortest, least: block + 1 - begin.count) }
    let context = 1 + generator.below(most), steps = process.schedule.steps
    let spread = MaskingProcess.spreadTimes(Double(generator.uniform()), batch: samples.count)
    let times = spread.map { 1 + min(steps - 1, Int($0 * Double(steps))) }
    var points: [Tensor] = []
    var examples: [Example] = []
    for (sample, t) in zip(samples, times) {
      let text = (sample.tokens.first == begin.first ? [] : begin) + sample.tokens
      let open = Array(text[context..<(context + block)])
      if let bad = open.first(where: { $0 >= vocabulary || $0 < 0 }) { throw ObjectiveFailure.vocabulary(objective: name, "a sample's token", bad, vocabulary: vocabulary) }
      points.append(process.noised(process.point(open, vocabulary: vocabulary), .normal([block, vocabulary], using: &generator), at: t).reshaped([1, block, vocabulary]))
      var example = Example(Array(text[..<(context + block)]), targets: Array(repeating: Batch.none, count: context) + open)
      example.notes = [("t", Array(repeating: "", count: context) + Array(repeating: "\(t) of \(steps)", count: block))]
      examples.append(example)
    }
    var batch = try Batch(examples, filler: special.filler, readsBothWays: true, objective: name)
    batch.extras.numbers["s"] = concatenate(points, axis: 0)
    batch.input.times = times.map { Float($0) / Float(steps) }
    return batch
  }

  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    guard let s = batch.extras.numbers["s"], s.shape.count == 3 else { throw ObjectiveFailure.missing(objective: name, "the batch was made by another objective") }
    try model.prepare(batch, run)
    let context = batch.input.ids[0].count - block
    var input = Architecture.Input(batch.input.ids.map { Array($0[..<context]) })
    (input.vectors, input.times) = (s, batch.input.times)
    return weightedCrossEntropy(try model(input, run), batch.targets, batch.weights)
  }
}
