// Latent attention and multi-token prediction, composed from builders.

import Blocks
import Files
import Generation
import Models
import Tensors
import Testing

private func built(_ recipe: String) throws -> Architecture {
  try Recipe(JSON.parse(Array(recipe.utf8), name: "recipe")).architecture()
}

private let ids = [5, 17, 9, 31, 7, 12]

@Suite struct LatentBuildTests {
  private static let latent = #""attention": {"latent": {"heads": 4, "latent": 12, "plain": 8, "rotary": 4, "value": 6, "topKeys": 5}}"#

  @Test(arguments: ["1", "2"]) func composedModelsDraft(_ count: String) throws {
    let model = try built(#"{"decoder": {"layers": 2, "width": 16, "vocabulary": 40, "context": 64, \#(Self.latent), "predicting": {"multiTokenPrediction": {"count": \#(count)}}}}"#)
    #expect(model.predictions.count == Int(count))
    var generator = SeededGenerator(seed: 4)
    for (_, parameter) in model.allParameters { try parameter.initialise(using: &generator) }
    let text = try Autoregressive(model).generate(ids, limit: 20, sampler: .greedy, run: Run())
    #expect(try Speculative(model).generate(ids, limit: 20, sampler: .greedy, run: Run()).tokens == text)
  }

  @Test func headsSideBySide() throws {
    let model = try built(#"{"decoder": {"layers": 3, "width": 16, "vocabulary": 40, "context": 64, "attention": {"multiHead": {"heads": 4}}, "predicting": {"multiTokenPrediction": {"count": 2, "parallel": true}}}}"#)
    let plain = try built(#"{"decoder": {"layers": 5, "width": 16, "vocabulary": 40, "context": 64, "attention": {"multiHead": {"heads": 4}}}}"#)
    #expect(model.parallelPredictions.count == 2)
    #expect(model.parameterCount == plain.parameterCount)
    var generator = SeededGenerator(seed: 4)
    for (_, parameter) in model.allParameters { try parameter.initialise(using: &generator) }
    let text = try Autoregressive(model).generate(ids, limit: 20, sampler: .greedy, run: Run())
    let result = try Speculative(model).generate(ids, limit: 20, sampler: .greedy, run: Run())
    #expect(result.tokens == text && result.drafted > 0)
  }

  @Test(arguments: [
    (#""rotary": 3"#, "latent: rotary positions turn pairs: rotary must be even, not 3"),
    (#""rotary": 4, "indexWidth": 2"#, "latent: indexWidth 2 must hold the 4 rotary numbers"),
    (#""rotary": 4, "position": "alibi""#, "latent: latent attention knows rotary positions only: rope(…)"),
  ]) func whatDoesNotFit(_ arguments: String, _ message: String) {
    #expect(throws: BuildFailure.self) { try built(#"{"decoder": {"layers": 1, "width": 16, "attention": {"latent": {"heads": 2, "latent": 8, "plain": 4, "value": 4, \#(arguments)}}}}"#) }
    do {
      _ = try built(#"{"decoder": {"layers": 1, "width": 16, "attention": {"latent": {"heads": 2, "latent": 8, "plain": 4, "value": 4, \#(arguments)}}}}"#)
    } catch { #expect("\(error)" == message) }
  }

  @Test func aTrunkNeedsTwoLayers() {
    #expect(throws: BuildFailure.contradiction(builder: "decoder", "heads side by side need a trunk: at least two layers")) {
      try built(#"{"decoder": {"layers": 1, "width": 16, "attention": {"multiHead": {"heads": 2}}, "predicting": {"multiTokenPrediction": {"count": 1, "parallel": true}}}}"#)
    }
  }
}
