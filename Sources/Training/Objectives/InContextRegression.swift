// Regression in context: pairs (x, y) of a function that changes with every text, and a query whose y is to be said (Garg et al. 2022; von Oswald et al. 2023).

import Blocks
import Tensors

/// Says the y of the last pair from the pairs before it: ½·E(ŷ − y)².
///
/// A text is rows of numbers, (x, y) each; the model (a way in and out for vectors around any body) reads the last one with 0 for its y, and the last number of
/// what it says there is the prediction.
public struct InContextRegression: Objective {
  public let name = "regression"
  /// Numbers of y.
  public var outputs = 1

  public init() {}

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard let first = samples.first else { throw ObjectiveFailure.noSamples(objective: name) }
    let (count, width) = (first.numbers.count, first.numbers.first?.count ?? 0)
    guard count > 1, width > outputs else { throw ObjectiveFailure.lacking(objective: name, .numbers) }
    guard samples.allSatisfy({ $0.numbers.count == count && $0.numbers.allSatisfy { $0.count == width } }) else {
      throw ObjectiveFailure.empty(objective: name, "all samples of a batch need the same number of rows of the same length")
    }
    var batch = Batch(Architecture.Input(samples.map { _ in [] }), targets: [], weights: [])
    var read = samples.flatMap { $0.numbers.flatMap { $0 } }
    for row in samples.indices {
      for i in 0..<outputs { read[(row * count + count) * width - 1 - i] = 0 }
    }
    batch.input.vectors = Tensor(read, [samples.count, count, width])
    batch.extras.numbers["y"] = Tensor(samples.flatMap { $0.numbers[count - 1].suffix(outputs) }, [samples.count, outputs])
    func shown(_ x: Float) -> String { "\((x * 100).rounded() / 100)" }
    batch.extras.notes = [
      .init(name: "x", cells: samples.map { $0.numbers.map { $0.dropLast(outputs).map(shown).joined(separator: " ") } }),
      .init(name: "y read", cells: samples.map { s in s.numbers.enumerated().map { $0 == count - 1 ? "0" : $1.suffix(outputs).map(shown).joined(separator: " ") } }),
      .init(name: "y wanted", cells: samples.map { s in s.numbers.enumerated().map { $0 == count - 1 ? $1.suffix(outputs).map(shown).joined(separator: " ") : "" } }),
      .init(name: "loss mask", cells: samples.map { s in s.numbers.indices.map { $0 == count - 1 ? "1" : "0" } }),
    ]
    return batch
  }

  /// [b, outputs]
  public func predictions(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    guard let vectors = batch.input.vectors else { throw ObjectiveFailure.missing(objective: name, "the batch was made by another objective") }
    guard model.denoiser != nil else { throw ObjectiveFailure.noPart("a way in for vectors", of: model.name) }
    try model.prepare(batch, run)
    let said = try model.hidden(batch.input, run).checked(), count = vectors.shape[1], width = said.shape[2]
    return said.slice((count - 1)..<count, axis: 1).slice((width - outputs)..<width, axis: 2).reshaped([said.shape[0], outputs])
  }

  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    let said = try predictions(model, batch, run)
    guard let y = batch.extras.numbers["y"] else { throw ObjectiveFailure.missing(objective: name, "the batch was made by another objective") }
    return (said - y).mean(of: .square) * (0.5 * batch.extras.share)
  }
}
