// A whole step (forward, gradients, clipping, AdamW) gives the same bits for any number of threads; parts of one tensor gather in place.

import Blocks
import CKernels
import Files
import Models
import Tensors
import Testing

@testable import Training

@Suite struct StepBitsTests {
  private static let stack = "\"layers\": 2, \"width\": 64, \"vocabulary\": 43"
  static let recipes = [
    miniDecoder,
    "{\"decoder\": {\(stack), \"attention\": {\"grouped\": {\"heads\": 4, \"keyValue\": 2}}, \"norm\": {\"rmsNorm\": {}}, \"position\": {\"rope\": {}}, \"feedForward\": {\"swiglu\": {\"hidden\": 172}}}}",
    "{\"decoder\": {\(stack), \"attention\": {\"mamba\": {}}}}",
    "{\"decoder\": {\(stack), \"attention\": {\"gatedDeltaNet\": {\"heads\": 2}}}}",
    "{\"decoder\": {\(stack), \"context\": 32, \"attention\": {\"hyena\": {}}}}",
    "{\"decoder\": {\(stack), \"attention\": {\"rwkv4\": {}}}}",
    "{\"decoder\": {\(stack), \"attention\": {\"multiHead\": {\"heads\": 4}}, \"feedForward\": {\"experts\": {\"count\": 4, \"active\": 2, \"of\": {\"feedForward\": {\"hidden\": 64}}}}}}",
  ]

  private func bits(_ recipe: String, threads: Int32) throws -> [UInt32] {
    let before = ork_threads()
    ork_set_threads(threads)
    defer { ork_set_threads(before) }
    let model = try architecture(recipe)
    try model.initialise(seed: 3)
    let step = try GradientStep(model), optimiser = Optimiser(OptimiserSettings(rate: 1e-3, decay: 0.1, clip: 1), step.parameters)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<2 {
      let ids = (0..<8).map { _ in (0..<32).map { _ in Int(generator.next() % 43) } }
      let targets = ids.flatMap { $0.reversed().map { Int32($0) } }
      let (_, gradients) = try step { run in crossEntropy(try model(Architecture.Input(ids), run), targets: targets).total * 0.01 }
      optimiser.update(gradients, rate: 1e-3)
    }
    return step.parameters.flatMap { $0.tensor.values.map(\.bitPattern) }
  }

  @Test(arguments: recipes) func areTheSameForAnyNumberOfThreads(_ recipe: String) throws {
    let one = try bits(recipe, threads: 1)
    #expect(try bits(recipe, threads: 2) == one)
  }

  /// Overlapping parts, parts in another order and the whole: Σ w·part adds up where they lie.
  @Test func gradientsOfPartsGatherInTheirPlaces() throws {
    let trace = Trace(recording: Recording(isDetailed: false))
    let leaf = Tensor((0..<24).map(Float.init), [2, 3, 4]).tracked(by: trace), x = leaf * 1
    let parts = [x.slice(1..<3, axis: 1), x.slice(0..<1, axis: 1), x.slice(0..<3, axis: 1, step: 2), x.transposed.slice(0..<2, axis: 1)]
    let loss = parts.enumerated().reduce(x.total) { $0 + ($1.element * Float($1.offset + 1)).total }
    let recording = trace.recording!
    trace.recording = nil
    let gradient = try #require(try recording.gradients(of: loss, by: [leaf], trace: trace)[leaf])
    // 1 for the whole; rows 0, 1, 2: 2 + 3, 1, 1 + 3 more; the first two columns: 4 more.
    #expect(gradient.values == [10, 10, 6, 6, 6, 6, 2, 2, 9, 9, 5, 5, 10, 10, 6, 6, 6, 6, 2, 2, 9, 9, 5, 5])
  }
}
