// Multi-token prediction and the balance of experts.

import Blocks
import Foundation
import Models
import Tensors
import Testing

@testable import Training

private func cells(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

@Suite struct FurtherTokenTests {
  private func model(parallel: Bool, count: Int = 1) throws -> Architecture {
    try Toy.model(
      Toy.stack("decoder", 64, [.init("predicting", .call(Recipe("multiTokenPrediction", [.init("count", .integer(count)), .init("parallel", .boolean(parallel))])))]))
  }
  private func objective(_ count: Int) throws -> FurtherTokens { try FurtherTokens(Toy.special("<pad>"), count: count) }
  private let text = Toy.ids("a b c d e f")

  /// Section 6: lengths 5 and 4, the extra input b c d e, each depth averaged by its own count.
  @Test func tableOfThePage() throws {
    var generator = SeededGenerator(seed: 0)
    let table = try objective(1).table(Sample(text), Toy.special, using: &generator)
    #expect(
      table.rows == [
        .init("position", cells("0 1 2 3 4")), .init("input", cells("a b c d e")), .init("target", cells("b c d e f")), .init("loss mask", cells("1 1 1 1 1")),
        .init("reads 1 on", cells("b c d e –")), .init("target 2 on", cells("c d e f –")),
      ])
    let batch = try objective(2).batch([Sample(text)], using: &generator)
    #expect(batch.extras.further.map { $0.weights[0] } == [Array(repeating: 0.25, count: 4), Array(repeating: Float(1) / 3, count: 3)])
    #expect(batch.extras.further[1].reads == [Toy.ids("c d e")] && batch.extras.further[1].targets == [Toy.ids("d e f")])
  }

  /// n = 1 is the next token alone; the parts are weighted λ/D, and 1 for heads side by side.
  @Test(arguments: [false, true]) func parts(_ parallel: Bool) throws {
    let model = try model(parallel: parallel, count: parallel ? 1 : 2)
    var generator = SeededGenerator(seed: 0)
    let count = parallel ? 1 : 2
    var objective = try objective(count)
    let batch = try objective.batch([Sample(text), Sample(Toy.ids("b a d"))], using: &generator)
    let loss = try objective.losses(model, batch, Run(keepsMemory: false))
    let next = try objective.base.loss(model, batch, Run(keepsMemory: false)).item
    #expect(loss.parts.map(\.name) == ["next", "2 on", "3 on"].prefix(count + 1).map { $0 } && abs(loss.parts[0].value.item - next) < 1e-5)
    objective.weight = 0
    #expect(abs(try objective.loss(model, batch, Run(keepsMemory: false)).item - next) < 1e-5)
    objective.weight = Double(count)
    let whole = try objective.losses(model, batch, Run(keepsMemory: false)).parts[1].value.item
    #expect(abs(loss.parts[1].value.item - whole * (parallel ? 1 : 0.15)) < 1e-4)
  }

  /// No module sees what it is to say: the losses up to a token do not react to it, those behind do.
  @Test(arguments: [false, true]) func leaks(_ parallel: Bool) throws {
    let model = try model(parallel: parallel)
    func losses(_ text: [Int]) throws -> [Float] {
      var generator = SeededGenerator(seed: 0)
      let batch = try objective(1).batch([Sample(text)], using: &generator), further = batch.extras.further[0]
      let logits = try model.furtherLogits(batch.input, reads: [further.reads], Run(keepsMemory: false)).further[0]
      return crossEntropy(logits, targets: further.targets[0].map(Int32.init)).values
    }
    let before = try losses(text)
    var other = text
    other[4] = Toy.ids("red")[0]
    let after = try losses(other)
    // Place 4 is said at place 2; modules one behind the other read it at place 3.
    #expect(before[..<2] == after[..<2] && before[2] != after[2] && (parallel || before[3] != after[3]))
  }

  /// The gradient at the trunk is the sum of the heads' own.
  @Test func gradientsAddUp() throws {
    let model = try model(parallel: true), step = try GradientStep(model)
    var generator = SeededGenerator(seed: 0)
    let objective = try objective(1), batch = try objective.batch([Sample(text)], using: &generator)
    let all = try step { try objective.loss(model, batch, $0) }.gradients
    let each = try (0..<2).map { i in try step { try objective.losses(model, batch, $0).parts[i].value }.gradients }
    for (i, whole) in all.enumerated() {
      #expect(whole.largestDifference(from: each[0][i].untracked + each[1][i].untracked) < 1e-5)
    }
  }

  @Test func needsModules() throws {
    var generator = SeededGenerator(seed: 0)
    let failure = ObjectiveFailure.noPart("a module for each of 1 further tokens (it has 0)", of: ""), decoder = try Toy.decoder()
    let batch = try objective(1).batch([Sample(text)], using: &generator), objective = try objective(1)
    #expect(throws: failure) { try objective.losses(decoder, batch, Run(keepsMemory: false)) }
    #expect("\(failure)" == "the model has no module for each of 1 further tokens (it has 0), which this objective trains")
  }
}

@Suite struct BalancedTests {
  private func model(_ more: [Recipe.Argument] = [], active: Int = 2) throws -> Architecture {
    try Toy.model(
      Toy.stack("decoder", 64, [.init("feedForward", .call(Recipe("experts", [.init("count", .integer(4)), .init("active", .integer(active))] + more)))]))
  }
  private func batch() throws -> Batch {
    var generator = SeededGenerator(seed: 0)
    return try NextToken(Toy.special).batch([Sample(Toy.ids("the dog near the cats runs .")), Sample(Toy.ids("ann has a kite ."))], using: &generator)
  }

  /// Section 7: the golden values; the gradient by P is N·f.
  @Test func goldenValues() throws {
    // f = (.5, .25, .25, 0), P = (.4, .3, .2, .1): logits that are the logarithms of P, for every token alike.
    let trace = Trace(recording: Recording()), row = [0.4, 0.3, 0.2, 0.1].map { Float(log($0)) }
    let logits = Tensor((0..<8).flatMap { _ in row }, [8, 4]).tracked(by: trace), chosen = Tensor([0, 0, 0, 0, 1, 1, 2, 2], [8, 1])
    let loss = Balance.switchLoss(logits: logits, chosen: chosen)
    #expect(abs(loss.item - 1.30) < 1e-6)
    // ∂/∂z = Σ over P of N·f·∂P/∂z: p·(N·f − Σ p·N·f)/8 for each token, with N·f = (2, 1, 1, 0).
    let gradient = try #require(try trace.recording!.gradients(of: loss, by: [logits])[logits]).values
    for (i, (p, f)) in zip([0.4, 0.3, 0.2, 0.1], [2.0, 1, 1, 0]).enumerated() { #expect(abs(Double(gradient[i]) - p * (f - 1.3) / 8) < 1e-6) }
    #expect(abs(Balance.zLoss(Tensor([2, 0, -1, 1], [1, 4])).item - 5.954526) < 1e-5)
    // Uniform probabilities and even choices: 1, and k for k choices.
    #expect(abs(Balance.switchLoss(logits: Tensor.filled([4, 4], with: 0), chosen: Tensor([0, 1, 2, 3], [4, 1])).item - 1) < 1e-6)
    #expect(abs(Balance.switchLoss(logits: Tensor.filled([2, 4], with: 0), chosen: Tensor([0, 1, 2, 3], [2, 2])).item - 2) < 1e-6)
  }

  /// The losses are read off the routers of the very forward, and stand beside the objective's own.
  @Test func partsOfAModel() throws {
    let model = try model(), batch = try batch()
    var balanced = Balanced(try NextToken(Toy.special))
    (balanced.switching, balanced.z, balanced.importance) = (0.01, 0.001, 0.1)
    let loss = try balanced.losses(model, batch, Run(keepsMemory: false))
    let plain = try balanced.base.loss(model, batch, Run(keepsMemory: false)).item
    #expect(loss.parts.map(\.name) == ["next", "switch", "z", "importance"] && abs(loss.parts[0].value.item - plain) < 1e-6)
    // Two layers, two choices of each token; padding chooses nothing.
    let tokens = batch.extras.lengths.reduce(0, +)
    #expect(tokens < batch.input.ids.count * batch.input.ids[0].count)
    #expect(loss.loads.count == 2 && loss.loads.allSatisfy { $0.counts.reduce(0, +) == Float(2 * tokens) } && loss.loads[0].path == "layers.0.feedForward.router")
    #expect(abs(loss.total.item - loss.parts.reduce(0) { $0 + $1.value.item }) < 1e-5)
    let run = Run(keepsMemory: false)
    run.routings = []
    _ = try model.read(batch, run)
    let expected = run.routings!.reduce(Float(0)) { $0 + 0.01 * Balance.switchLoss(logits: batch.withoutPadding($1).logits, chosen: batch.withoutPadding($1).chosen).item }
    #expect(abs(loss.parts[1].value.item - expected) < 1e-6 && expected >= 0.04 * 0.99)
  }

  /// Load is there while the run has noise, and gradients reach the router through it.
  @Test func loadNeedsNoise() throws {
    let model = try model([.init("scoring", .text("softmaxOfChosen")), .init("noisy", .boolean(true))]), batch = try batch()
    var balanced = Balanced(try NextToken(Toy.special))
    (balanced.load, balanced.importance) = (0.1, 0.1)
    #expect(try balanced.losses(model, batch, Run(keepsMemory: false)).parts.map(\.name) == ["next", "importance"])
    let step = try GradientStep(model), router = model.allParameters.firstIndex { $0.path.hasSuffix("router.weight") }!
    let gradient = try step { run in
      run.noise = SeededGenerator(seed: 1)
      return try balanced.losses(model, batch, run).parts[2].value
    }.gradients[router]
    #expect(gradient.values.contains { $0 != 0 })
  }

  /// Section 7: up for idle experts, down for busy ones; the weights of a fixed choice do not change.
  @Test func balancingBias() throws {
    #expect(Balanced.moved([0, 0.5, 0, 0], [8, 4, 4, 0], by: 0.001) == [-0.001, 0.5, 0, 0.001])
    let model = try model([.init("balanced", .boolean(true)), .init("scoring", .text("sigmoid"))]), batch = try batch()
    var balanced = Balanced(try NextToken(Toy.special))
    balanced.bias = 1e-4
    func weights() throws -> [RoutingRecord] {
      let run = Run(keepsMemory: false)
      run.routings = []
      _ = try model.read(batch, run)
      return run.routings!
    }
    let before = try weights(), loss = try balanced.losses(model, batch, Run(keepsMemory: false))
    balanced.afterStep(model, [loss])
    let after = try weights()
    let moved = model.allParameters.filter { $0.path.hasSuffix("router.correction") }.map(\.parameter.tensor.values)
    #expect(moved.count == 2)
    for (bias, load) in zip(moved, loss.loads) { #expect(bias == Balanced.moved([0, 0, 0, 0], load.counts, by: 1e-4)) }
    #expect(moved.contains { $0.contains { $0 != 0 } })
    // Where a choice stayed the same, its weights did too.
    let same = zip(before[0].chosen.values, after[0].chosen.values).allSatisfy { $0 == $1 }
    #expect(same && before[0].weights.values == after[0].weights.values)
  }

  @Test func badInput() throws {
    let decoder = try Toy.decoder(), model = try model(), batch = try batch()
    var balanced = Balanced(try NextToken(Toy.special))
    balanced.switching = 0.01
    #expect(throws: ObjectiveFailure.noPart("a router", of: "")) { try balanced.losses(decoder, batch, Run(keepsMemory: false)) }
    (balanced.bias, balanced.load) = (0.001, 0)
    #expect(throws: ObjectiveFailure.noPart("a router with a balancing bias", of: "")) { try balanced.losses(model, batch, Run(keepsMemory: false)) }
    (balanced.bias, balanced.load) = (0, 0.1)
    #expect(throws: ObjectiveFailure.noPart("a noisy router", of: "")) { try balanced.losses(model, batch, Run(keepsMemory: false)) }
  }

  /// A batch in pieces: the parts of the pieces that are no sums over positions count by their share.
  @Test func shares() {
    var extras = BatchExtras()
    extras.labels = [0, 1, 1, 0]
    extras.numbers["noise"] = Tensor((0..<8).map(Float.init), [4, 2])
    let piece = extras.piece(1..<3, of: 4)
    #expect(piece.labels == [1, 1] && piece.numbers["noise"]!.values == [2, 3, 4, 5] && piece.share == 0.5)
  }
}
