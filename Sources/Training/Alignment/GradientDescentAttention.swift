// In-context learning as gradient descent (von Oswald et al. 2023, 2212.07677, proposition 1): one layer of linear self-attention with certain weights does one
// step of gradient descent on the pairs that stand in its context. An identity for linear attention; with a softmax it holds no longer.
// In double precision and spelled out: the point is equality, not speed.

#if canImport(Glibc)
import Glibc
#endif

/// Linear self-attention on tokens (x, y) whose weights make it a step of gradient descent on (1/2N)·Σ‖W₀·x_i − y_i‖².
///
/// W_K = W_Q = [[I, 0], [0, 0]], W_V = [[0, 0], [W₀, −I]], P = (η/N)·I; a token becomes e_j + P·Σ_i (W_V e_i)(W_K e_i)ᵀ(W_Q e_j), the query left out of the sum.
public struct GradientDescentAttention: Sendable {
  public let inputs: Int, outputs: Int
  /// [inputs + outputs][inputs + outputs]
  public let key: [[Double]], value: [[Double]]
  public let rate: Double
  /// Softmax over the context instead of plain products: what breaks the identity.
  public var normalises = false

  /// - Parameter start: W₀   [outputs][inputs]
  public init(start: [[Double]], rate: Double) {
    (outputs, inputs, self.rate) = (start.count, start.first?.count ?? 0, rate)
    let width = inputs + outputs
    var key = Array(repeating: Array(repeating: 0.0, count: width), count: width), value = key
    for i in 0..<inputs { key[i][i] = 1 }
    for o in 0..<outputs {
      for i in 0..<inputs { value[inputs + o][i] = start[o][i] }
      value[inputs + o][inputs + o] = -1
    }
    (self.key, self.value) = (key, value)
  }

  /// The tokens of a context and the query's: (x_i, y_i) and (x_q, −W₀·x_q).
  public func tokens(_ x: [[Double]], _ y: [[Double]], query: [Double]) -> (context: [[Double]], query: [Double]) {
    let start = (0..<outputs).map { Array(value[inputs + $0][..<inputs]) }
    return (zip(x, y).map { $0 + $1 }, query + start.map { -dot($0, query) })
  }

  /// One layer: what every token becomes.
  public func callAsFunction(_ context: [[Double]], query: [Double]) -> (context: [[Double]], query: [Double]) {
    let keys = context.map { times(key, $0) }, values = context.map { times(value, $0) }
    func updated(_ token: [Double]) -> [Double] {
      let question = times(key, token)
      var weights = keys.map { dot($0, question) }
      if normalises {
        let most = weights.max() ?? 0, powers = weights.map { exp($0 - most) }, sum = powers.reduce(0, +)
        weights = powers.map { $0 / sum * Double(context.count) }
      }
      var result = token
      for (weight, v) in zip(weights, values) { for i in result.indices { result[i] += rate / Double(context.count) * weight * v[i] } }
      return result
    }
    return (context.map(updated), updated(query))
  }

  /// What the query's token says: −y.
  public func prediction(_ query: [Double]) -> [Double] { query[inputs...].map { -$0 } }

  /// The same without a network: W after one step of gradient descent.
  public static func step(_ w: [[Double]], _ x: [[Double]], _ y: [[Double]], rate: Double) -> [[Double]] {
    var next = w
    let count = Double(max(1, x.count))
    for (x, y) in zip(x, y) {
      for o in w.indices {
        let error = dot(w[o], x) - y[o]
        for i in x.indices { next[o][i] -= rate / count * error * x[i] }
      }
    }
    return next
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
private func times(_ m: [[Double]], _ x: [Double]) -> [Double] { m.map { dot($0, x) } }
