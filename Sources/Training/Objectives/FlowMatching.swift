// Rectified flow on word vectors: the velocity of the straight line from noise to words (Liu et al. 2022; Lipman et al. 2022), and a rounding term, since
// the words' vectors are learned too.

import Blocks
import Tensors

/// E‖v̂(x_u, u) − (y − z)‖² with x_u = (1 − u)·z + u·y; noise at u = 0, words at u = 1.
public struct FlowMatching: PartedObjective {
  public let name = "flow matching"
  public let special: SpecialTokens
  /// Numbers of a word's vector.
  public let width: Int
  /// Without rounding the vectors of all words fall together.
  public var rounds = true

  public init(_ special: SpecialTokens, for model: Architecture) throws {
    guard case .flow = model.denoiser?.process else { throw ObjectiveFailure.noPart("a flow", of: model.name) }
    (self.special, width) = (special, model.embedding.width)
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard let length = samples.map(\.tokens.count).max(), length > 0 else { throw ObjectiveFailure.noSamples(objective: name) }
    let spread = MaskingProcess.spreadTimes(Double(generator.uniform()), batch: samples.count)
    let examples = zip(samples, spread).map { sample, u -> Example in
      let text = sample.tokens + Array(repeating: special.filler, count: length - sample.tokens.count)
      var example = Example(text, targets: text)
      example.notes = [("u", text.map { _ in "\((u * 100).rounded() / 100)" })]
      return example
    }
    var batch = try Batch(examples, filler: special.filler, divisor: .positions, readsBothWays: true, objective: name)
    batch.extras.numbers["u"] = Tensor(spread.map(Float.init), [samples.count, 1, 1])
    batch.extras.numbers["noise"] = .normal([samples.count, length, width], using: &generator)
    return batch
  }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    guard let u = batch.extras.numbers["u"], let z = batch.extras.numbers["noise"] else {
      throw ObjectiveFailure.missing(objective: name, "the batch was made by another objective")
    }
    try model.prepare(batch, run)
    let y = model.vectors(batch.input.ids, run)                                          // [b, t, d]
    var input = Architecture.Input(batch.input.ids.map { _ in [] })
    (input.vectors, input.times) = (z * (u * -1 + 1) + y * u, u.values.map { 1000 * $0 })
    let answer = try model.hidden(input, run).checked()
    var parts = [(name: "mse", value: (answer - RectifiedFlow.velocity(noise: z, data: y)).mean(of: .square) * batch.extras.share)]
    if rounds {
      guard let head = model.head else { throw ObjectiveFailure.noPart("a head over the vocabulary", of: model.name) }
      parts.append(("rounding", weightedCrossEntropy(try head(y, run).checked(), batch.targets, batch.weights)))
    }
    return Loss(parts)
  }
}
