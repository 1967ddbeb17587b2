// The experiment beside the construction: a layer of linear attention that is trained on regressions, held against gradient descent with the best rate
// (von Oswald et al. 2023, 2212.07677, figure 2).

import Blocks
import Tensors

/// A layer of linear self-attention on tokens (x, y), learned from regressions that change with every text.
public final class LearnedRegression {
  public let inputs: Int, pairs: Int
  /// Queries and keys, values, and what is added to the stream; each [inputs + 1, inputs + 1].
  public let query: Parameter, key: Parameter, value: Parameter, output: Parameter
  private let step: GradientStep, optimiser: Optimiser
  private var generator: SeededGenerator

  public init(inputs: Int, pairs: Int, rate: Double = 0.01, seed: UInt64 = 0) throws {
    (self.inputs, self.pairs) = (inputs, pairs)
    generator = SeededGenerator(seed: seed)
    let width = inputs + 1
    let made = (0..<4).map { _ in Parameter(width, width, initial: .normal(deviation: 0.3)) }
    for parameter in made { try parameter.initialise(using: &generator) }
    (query, key, value, output) = (made[0], made[1], made[2], made[3])
    step = try GradientStep(made)
    optimiser = Optimiser(OptimiserSettings(.adamW(), rate: rate, clip: 1), made)
  }

  /// Regressions y = w·x with w normal and x uniform in [−1, 1].   tokens [texts, pairs, inputs + 1], queries [texts, inputs + 1] with y = 0, answers [texts]
  public static func texts(_ count: Int, inputs: Int, pairs: Int, using generator: inout SeededGenerator) -> (tokens: Tensor, queries: Tensor, answers: Tensor) {
    var tokens: [Float] = [], queries: [Float] = [], answers: [Float] = []
    for _ in 0..<count {
      let w = (0..<inputs).map { _ in generator.normal() }
      func draw() -> (x: [Float], y: Float) {
        let x = (0..<inputs).map { _ in 2 * generator.uniform() - 1 }
        return (x, zip(w, x).reduce(0) { $0 + $1.0 * $1.1 })
      }
      for _ in 0..<pairs {
        let (x, y) = draw()
        tokens += x + [y]
      }
      let (x, y) = draw()
      queries += x + [0]
      answers.append(y)
    }
    return (Tensor(tokens, [count, pairs, inputs + 1]), Tensor(queries, [count, inputs + 1]), Tensor(answers, [count]))
  }

  /// −y of the query's token after the layer.   → [texts]
  public func predictions(_ tokens: Tensor, _ queries: Tensor) -> Tensor {
    let (texts, width) = (queries.shape[0], inputs + 1)
    let q = linear(queries, query.tensor), k = linear(tokens, key.tensor), v = linear(tokens, value.tensor)
    let state = contract("bne,bnf->bef", v, k)                               // Σ_i (W_V e_i)(W_K e_i)ᵀ
    let read = contract("bef,bf->be", state, q) * (1 / Float(pairs))
    return (linear(read, output.tensor).slice((width - 1)..<width, axis: 1) * -1).reshaped([texts])
  }

  /// ½·E(ŷ − y)² before a step on fresh regressions.
  @discardableResult
  public func advance(batch: Int = 64) throws -> Float {
    let (tokens, queries, answers) = LearnedRegression.texts(batch, inputs: inputs, pairs: pairs, using: &generator)
    let result = try step { _ in (predictions(tokens, queries) - answers).map(.square).total * (0.5 / Float(batch)) }
    optimiser.update(result.gradients, rate: optimiser.settings.rate)
    return result.loss
  }

  /// Losses of the layer and of a step of gradient descent from 0 with the rate that is best, and the correlation of what they say.
  public func comparison(texts count: Int = 512, seed: UInt64 = 1) -> (layer: Double, descent: Double, rate: Double, correlation: Double) {
    var generator = SeededGenerator(seed: seed)
    let (tokens, queries, answers) = LearnedRegression.texts(count, inputs: inputs, pairs: pairs, using: &generator)
    let said = predictions(tokens, queries).values.map(Double.init), y = answers.values.map(Double.init)
    // One step from 0 says η·s with s = (1/N)·Σ y_i·(x_i·x_q): the best η is a regression itself.
    let products = contract("bni,bi->bn", tokens.slice(0..<inputs, axis: 2), queries.slice(0..<inputs, axis: 1))
    let targets = tokens.slice(inputs..<(inputs + 1), axis: 2).reshaped([count, pairs])
    let s = ((products * targets).sum() * (1 / Float(pairs))).values.map(Double.init)
    let rate = zip(s, y).reduce(0) { $0 + $1.0 * $1.1 } / s.reduce(0) { $0 + $1 * $1 }
    func loss(_ x: [Double]) -> Double { zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(2 * count) }
    func centred(_ x: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / Double(count)
      return x.map { $0 - mean }
    }
    let a = centred(said), b = centred(s)
    func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let correlation = product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    return (loss(said), loss(s.map { rate * $0 }), rate, correlation)
  }
}
