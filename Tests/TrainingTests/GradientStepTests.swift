// The gradient of whole models against finite differences, along a random direction through all parameters.

import Blocks
import Foundation
import Models
import Tensors
import Testing

@testable import Training

private let checkpoints = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/checkpoints")

/// (L(w + hu) − L(w − hu)) / 2h against u·g, for a u of unit length: half random, half along the gradient, so that the difference stands above
/// the rounding of the loss.
func directionalError(_ step: GradientStep, h: Float = 2e-3, loss: @escaping (Run) throws -> Tensor) throws -> (slope: Double, difference: Double) {
  let (_, gradients) = try step(loss)
  var generator = SeededGenerator(seed: 3)
  var directions = step.parameters.map { Tensor.normal($0.shape, deviation: 1, using: &generator).values }
  func norm(_ x: [[Float]]) -> Double { x.reduce(0.0) { $0 + $1.reduce(0.0) { $0 + Double($1) * Double($1) } }.squareRoot() }
  let along = gradients.map(\.values), share = Float(norm(directions) / max(1e-30, norm(along)))
  directions = zip(directions, along).map { zip($0, $1).map { $0 + $1 * share } }
  let length = norm(directions)
  directions = directions.map { $0.map { $0 / Float(length) } }
  let slope = zip(gradients, directions).reduce(0.0) { sum, pair in sum + zip(pair.0.values, pair.1).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }
  let before = step.parameters.map { $0.tensor.values }
  func moved(by h: Float) throws -> Double {
    for (i, parameter) in step.parameters.enumerated() {
      for j in 0..<parameter.count { parameter.tensor.pointer[j] = before[i][j] + h * directions[i][j] }
    }
    return Double(try loss(Run(trace: step.trace, keepsMemory: false)).checked().item)
  }
  let difference = (try moved(by: h) - moved(by: -h)) / Double(2 * h)
  _ = try moved(by: 0)
  return (slope, difference)
}

@Suite struct WholeModelGradientTests {
  @Test(arguments: ["gpt2", "llama-gqa", "mistral-window", "qwen3", "gpt-oss", "mixtral", "mamba", "glm"])
  func followsTheDirectionalDifference(_ name: String) throws {
    let model = try Model(path: checkpoints.appendingPathComponent(name).path)
    let step = try GradientStep(model.architecture)
    let ids = [[5, 9, 2, 7, 11, 3], [4, 4, 8, 1, 6, 10]]
    let targets: [Int32] = ids.flatMap { row -> [Int32] in row.dropFirst().map { Int32($0) } + [-100] }
    let result = try directionalError(step) { run in
      (crossEntropy(try model.architecture(Architecture.Input(ids), run), targets: targets)).total * 0.1
    }
    #expect(abs(result.slope - result.difference) < 5e-3 * max(0.1, abs(result.slope)), "\(result)")
  }
}
