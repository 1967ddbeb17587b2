import Tensors
import Testing

@testable import Training

@Suite struct GradientDescentAttentionTests {
  private let x: [[Double]] = [[1, 0], [0, 1], [1, 1], [2, -1]], y: [[Double]] = [[0.5], [-1], [-0.5], [2]], query = [1.0, 2]

  @Test func oneLayerIsOneStep() {
    for (start, prediction) in [([[0.0, 0]], -0.075), ([[0.2, 0.1]], 0.2925)] {
      let layer = GradientDescentAttention(start: start, rate: 0.1)
      let tokens = layer.tokens(x, y, query: query)
      let said = layer.prediction(layer(tokens.context, query: tokens.query).query)[0]
      let w = GradientDescentAttention.step(start, x, y, rate: 0.1)
      #expect(abs(said - prediction) < 1e-12)
      if prediction < 0 { #expect(abs(w[0][0] - 0.1) < 1e-12 && abs(w[0][1] + 0.0875) < 1e-12) }
      #expect(abs(w[0][0] * query[0] + w[0][1] * query[1] - said) < 1e-12)
    }
  }

  @Test func threeLayersAreThreeSteps() {
    let layer = GradientDescentAttention(start: [[0, 0]], rate: 0.1)
    var (context, token) = layer.tokens(x, y, query: query), w = [[0.0, 0]]
    for expected in [-0.075, -0.1490625, -0.2216015625] {
      (context, token) = layer(context, query: token)
      w = GradientDescentAttention.step(w, x, y, rate: 0.1)
      #expect(abs(layer.prediction(token)[0] - expected) < 1e-12)
      #expect(abs(w[0][0] * 1 + w[0][1] * 2 - expected) < 1e-12)
      // Every context token holds its residual.
      for (i, e) in context.enumerated() { #expect(abs(e[2] - (y[i][0] - w[0][0] * x[i][0] - w[0][1] * x[i][1])) < 1e-12) }
    }
  }

  /// Any sizes; and with a softmax the equality fails.
  @Test func anySizes() {
    var generator = SeededGenerator(seed: 4)
    func matrix(_ rows: Int, _ columns: Int) -> [[Double]] { (0..<rows).map { _ in (0..<columns).map { _ in Double(generator.normal()) } } }
    for (inputs, outputs, count) in [(1, 1, 1), (3, 2, 5), (5, 4, 2), (2, 6, 9)] {
      let start = matrix(outputs, inputs), x = matrix(count, inputs), y = matrix(count, outputs), query = matrix(1, inputs)[0]
      var layer = GradientDescentAttention(start: start, rate: 0.3)
      let tokens = layer.tokens(x, y, query: query)
      let w = GradientDescentAttention.step(start, x, y, rate: 0.3)
      let descent = w.map { zip($0, query).reduce(0) { $0 + $1.0 * $1.1 } }
      func difference() -> Double { zip(layer.prediction(layer(tokens.context, query: tokens.query).query), descent).map { abs($0 - $1) }.max()! }
      #expect(difference() < 1e-12)
      layer.normalises = true
      if count > 1 { #expect(difference() > 1e-3, "\(inputs) \(outputs) \(count)") }
    }
  }

  /// A trained layer says what a step of gradient descent with the best rate says.
  @Test func aTrainedLayerFindsTheStep() throws {
    let experiment = try LearnedRegression(inputs: 2, pairs: 8, rate: 0.01, seed: 3)
    let first = try experiment.advance()
    for _ in 0..<500 { try experiment.advance() }
    let found = experiment.comparison()
    #expect(first > 0.25)
    #expect(found.layer < 1.1 * found.descent, "\(found)")
    #expect(found.correlation > 0.97, "\(found)")
    #expect(found.rate > 0.5)
  }
}
