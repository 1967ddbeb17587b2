// Every objective's gradient against finite differences, along one direction through all parameters of a mini model.

import Blocks
import Models
import Tensors
import Testing

@testable import Training

@Suite struct ObjectiveGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var settings: [String: Recipe.Value] = [:]
    let model: @Sendable () throws -> Architecture
    var samples = [Sample(Toy.ids("the dog near the cats runs . ann has a kite .")), Sample(Toy.ids("it is red . the bird runs near ann ."))]
    var hasNoise = false
    var testDescription: String { settings.isEmpty ? name : "\(name) \(settings)" }
  }

  static let pairs = [Sample(Toy.ids("我 爱 你"), source: Toy.ids("i love you")), Sample(Toy.ids("你 我"), source: Toy.ids("you"))]
  static let cases: [Case] = [
    Case(name: "next", model: { try Toy.decoder() }),
    Case(name: "next", settings: ["packing": .text("closed")], model: { try Toy.decoder() }),
    Case(name: "masked", model: { try Toy.encoder() }),
    Case(name: "spans", settings: ["rate": .number(0.4)], model: { try Toy.encoderDecoder() }),
    Case(name: "denoising", model: { try Toy.encoderDecoder() }),
    Case(name: "blanks", model: { try Toy.model(Toy.stack("decoder", 64, [.init("blockPositions", .integer(16))])) }),
    Case(name: "prefix", model: { try Toy.decoder() }, samples: pairs),
    Case(name: "pairs", model: { try Toy.decoder() }, samples: pairs),
    Case(name: "translation", model: { try Toy.encoderDecoder() }, samples: pairs),
    Case(
      name: "further", settings: ["count": .integer(2)],
      model: { try Toy.model(Toy.stack("decoder", 64, [.init("predicting", .call(Recipe("multiTokenPrediction", [.init("count", .integer(2))])))])) }),
    Case(
      name: "further",
      model: { try Toy.model(Toy.stack("decoder", 64, [.init("predicting", .call(Recipe("multiTokenPrediction", [.init("parallel", .boolean(true))])))])) }),
    Case(
      name: "sentence order",
      model: { try Toy.model(Recipe("classifier", [.init("model", .call(Toy.stack("encoder", 64, [.init("segments", .integer(2))])))])) }),
    Case(
      name: "classification", model: { try Toy.model(Recipe("classifier", [.init("model", .call(Toy.stack("decoder", 64)))])) },
      samples: [Sample(Toy.ids("the dog runs"), label: 1), Sample(Toy.ids("red"), label: 0)]),
    Case(name: "masked diffusion", model: { try Toy.encoder() }),
    Case(name: "block diffusion", settings: ["size": .integer(4)], model: { try Toy.decoder() }),
    Case(name: "categorical diffusion", model: { try Noisy.categorical("absorbing") }),
    Case(name: "categorical diffusion", settings: ["auxiliary": .integer(0)], model: { try Noisy.categorical("uniform") }),
    Case(name: "categorical diffusion", settings: ["auxiliary": .number(0.1)], model: { try Noisy.categorical("gaussian", steps: 6) }),
    Case(name: "vector diffusion", model: { try Noisy.gaussian() }),
    Case(name: "vector diffusion", settings: ["prior": .boolean(false)], model: { try Noisy.gaussian("velocity", perPosition: true) }),
    Case(name: "vector diffusion", model: { try Noisy.gaussian("noise") }, samples: pairs),
    Case(name: "flow matching", model: { try Noisy.flow() }),
    Case(name: "simplex diffusion", model: { try Noisy.simplex() }),
    Case(
      name: "regression",
      model: {
        try Toy.model(Recipe("denoiser", [.init("model", .call(Toy.stack("decoder", 64))), .init("noise", .call(Recipe("flow"))), .init("vectors", .integer(3))]))
      },
      samples: [Sample([], numbers: [[1, 0, 0.5], [0, 1, -1], [1, 2, -1.5]]), Sample([], numbers: [[0.3, 1, 0.5], [2, -1, 2], [1, 1, 1]])]),
    Case(
      name: "next", settings: ["switch": .number(0.1), "z": .number(0.01), "importance": .number(0.1), "load": .number(0.1)],
      model: {
        try Toy.model(
          Toy.stack("decoder", 64, [
            .init("feedForward", .call(Recipe("experts", [.init("count", .integer(4)), .init("active", .integer(2)), .init("noisy", .boolean(true))])))
          ]))
      }, hasNoise: true),
  ]

  /// Float32: a step of 2e-3 along a unit direction; 1 % of the slope, or 1e-3 where the slope is small.
  @Test(arguments: cases) func followsTheDirectionalDifference(_ item: Case) throws {
    let model = try item.model()
    let objective = try Objectives.named(item.name, item.settings, Toy.special, for: model)
    var generator = SeededGenerator(seed: 11)
    let batch = try objective.batch(item.samples, using: &generator)
    let result = try directionalError(GradientStep(model)) { run in
      if item.hasNoise { run.noise = SeededGenerator(seed: 5) }
      return try objective.loss(model, batch, run)
    }
    #expect(abs(result.slope - result.difference) < max(1e-3, 1e-2 * abs(result.slope)) && abs(result.slope) > 1e-3, "\(result)")
  }

  /// The same batch gives the same loss, and the same seed the same batch.
  @Test(arguments: cases) func isDeterministic(_ item: Case) throws {
    let model = try item.model(), objective = try Objectives.named(item.name, item.settings, Toy.special, for: model)
    func loss() throws -> Float {
      var generator = SeededGenerator(seed: 12)
      let run = Run(keepsMemory: false)
      if item.hasNoise { run.noise = SeededGenerator(seed: 5) }
      return try objective.loss(model, try objective.batch(item.samples, using: &generator), run).checked().item
    }
    let first = try loss()
    #expect(first.isFinite)
    #expect(try loss() == first)
  }
}
