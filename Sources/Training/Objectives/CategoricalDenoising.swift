// D3PM's objective: the variational bound of a chain over words, and an auxiliary cross-entropy on the clean words (Austin et al. 2021, equations 1 and 5).

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// L_vb + λ·E[−log p(x̂₀ = x₀ | x_t)], in nats a token; one time for each text, so that the bound is T times the term that was drawn.
///
/// The prior's term has no parameters and is left out: it is 0 where the schedule ends in pure noise.
public struct CategoricalDenoising: PartedObjective {
  public let name = "categorical diffusion"
  public let special: SpecialTokens
  public let process: CategoricalProcess
  /// λ: 0.01 for absorbing noise, 0.001 else.
  public var auxiliary: Double
  /// Q̄₀ … Q̄_{T−1} where they have no closed form.
  private let products: [[[Double]]]

  public init(_ special: SpecialTokens, _ process: CategoricalProcess) throws {
    (self.special, self.process) = (special, process)
    auxiliary = 0.001
    if case .absorbing = process.noise { auxiliary = 0.01 }
    guard process.canKeepProducts else {
      throw ObjectiveFailure.empty(objective: name, "Gaussian noise keeps \(process.steps) matrices of \(process.count) × \(process.count); take fewer steps or words")
    }
    products = process.products
  }

  /// Q_t where it has no closed form.
  private func spelled(_ t: Int) -> [[Double]]? { if case .gaussian = process.noise { process.step(t) } else { nil } }

  /// Q_t[·][j]: how each word comes to j in one step.   [count]
  private func reaching(_ j: Int, _ t: Int, _ step: [[Double]]?) -> [Double] {
    if let step { return step.map { $0[j] } }
    let beta = process.rates[t - 1], rest = process.stationary
    return (0..<process.count).map { ($0 == j ? 1 - beta : 0) + beta * rest[j] }
  }

  /// Q̄_{t−1}[i][·]: where the word i is before the step t.   [count]
  private func before(_ i: Int, _ t: Int) -> [Double] {
    if case .gaussian = process.noise { return products[t - 1][i] }
    let signal = process.signal(t - 1), rest = process.stationary
    return (0..<process.count).map { ($0 == i ? signal : 0) + (1 - signal) * rest[$0] }
  }

  /// x_t ~ Q̄_t[i][·].
  private func noised(_ i: Int, _ t: Int, _ step: [[Double]]?, _ generator: inout SeededGenerator) -> Int {
    var row = before(i, t)
    if let step {
      row = (0..<process.count).map { k in row.indices.reduce(0) { $0 + row[$1] * step[$1][k] } }
    } else {
      let signal = process.signal(t), rest = process.stationary
      row = (0..<process.count).map { ($0 == i ? signal : 0) + (1 - signal) * rest[$0] }
    }
    let u = Double(generator.uniform()) * row.reduce(0, +)
    var sum = 0.0
    for (word, p) in row.enumerated() {
      sum += p
      if u < sum { return word }
    }
    return row.lastIndex { $0 > 0 } ?? i
  }

  /// A batch at given times, one for each text.
  public func batch(_ texts: [[Int]], times: [Int], using generator: inout SeededGenerator) throws -> Batch {
    let steps = process.steps, count = process.count
    let examples = try zip(texts, times).map { text, t -> Example in
      guard !text.isEmpty else { throw ObjectiveFailure.tooShort(objective: name, tokens: 0, least: 1) }
      if let bad = text.first(where: { !(0..<count).contains($0) }) {
        throw ObjectiveFailure.vocabulary(objective: name, "a sample's token", bad, vocabulary: count)
      }
      let step = spelled(t)
      var example = Example(text.map { noised($0, t, step, &generator) }, targets: text)
      example.original = text
      example.notes = [("t", Array(repeating: "\(t) of \(steps)", count: text.count))]
      return example
    }
    var batch = try Batch(examples, filler: special.filler, divisor: .positions, readsBothWays: true, objective: name)
    batch.input.times = times.map(Float.init)
    let width = batch.targets[0].count, rows = texts.count
    let posterior = Tensor.filled([rows, width, count], with: 0), reaching = Tensor.filled([rows, width, count], with: 1), entropy = Tensor.filled([rows, width], with: 0)
    for table in [posterior, reaching, entropy] { _ = try table.checked() }
    for (row, t) in times.enumerated() {
      // The same word at the same place of the chain is common: remember it.
      var known: [[Int]: ([Double], [Double])] = [:]
      let step = spelled(t)
      for place in texts[row].indices {
        let j = batch.input.ids[row][place], i = texts[row][place]
        let (q, reached) = known[[j, i]] ?? {
          let reaching = self.reaching(j, t, step), product = zip(reaching, before(i, t)).map { $0 * $1 }, total = product.reduce(0, +)
          return (product.map { total > 0 ? $0 / total : 0 }, reaching)
        }()
        known[[j, i]] = (q, reached)
        let at = (row * width + place) * count
        for k in 0..<count {
          (posterior.pointer[at + k], reaching.pointer[at + k]) = (Float(q[k]), Float(reached[k]))
        }
        entropy.pointer[row * width + place] = Float(q.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) })
      }
    }
    (batch.extras.numbers["posterior"], batch.extras.numbers["reaching"], batch.extras.numbers["entropy"]) = (posterior, reaching, entropy)
    if case .gaussian = process.noise {
      batch.extras.numbers["before"] = Tensor(times.flatMap { t in products[t - 1].flatMap { $0.map(Float.init) } }, [rows, count, count])
    } else {
      batch.extras.numbers["signal"] = Tensor(times.map { Float(process.signal($0 - 1)) }, [rows, 1, 1])
    }
    return batch
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard !samples.isEmpty else { throw ObjectiveFailure.noSamples(objective: name) }
    let spread = MaskingProcess.spreadTimes(Double(generator.uniform()), batch: samples.count)
    return try batch(samples.map(\.tokens), times: spread.map { 1 + min(process.steps - 1, Int($0 * Double(process.steps))) }, using: &generator)
  }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    let logits = try model.read(batch, run)
    var parts = [(name: "bound", value: try bound(logits, batch, run))]
    if auxiliary > 0 { parts.append(("auxiliary", weightedCrossEntropy(logits, batch.targets, batch.weights) * Float(auxiliary))) }
    return Loss(parts)
  }

  /// T·KL(q(x_{t−1} | x_t, x₀) ‖ p(x_{t−1} | x_t)), averaged over positions.   logits [b, t, count] → one number
  func bound(_ logits: Tensor, _ batch: Batch, _ run: Run) throws -> Tensor {
    guard logits.shape.last == process.count else {
      throw ObjectiveFailure.vocabulary(objective: name, "the last category", process.count - 1, vocabulary: logits.shape.last ?? 0)
    }
    let numbers = batch.extras.numbers
    guard let q = numbers["posterior"], let reaching = numbers["reaching"], let entropy = numbers["entropy"] else {
      throw ObjectiveFailure.missing(objective: name, "the batch was made by another objective")
    }
    let predicted = softmax(logits)                                                      // p(x̂₀)
    let mixed: Tensor
    if let before = numbers["before"] {
      mixed = contract("bti,bik->btk", predicted, before)                                // Σᵢ Q̄_{t−1}[i][k]·p(i)
    } else {
      let signal = numbers["signal"] ?? Tensor(1), rest = Tensor(process.stationary.map(Float.init), [1, 1, process.count])
      mixed = predicted * signal + rest * (signal * -1 + 1)
    }
    let joint = mixed * reaching                                                         // ∝ p(x_{t−1} | x_t)
    let total = joint.sum().reshaped([joint.shape[0], joint.shape[1], 1])
    // Where the posterior is 0 nothing counts, and the logarithm must not be asked.
    let silent = Tensor(q.values.map { $0 == 0 ? 1 : 0 }, q.shape)
    let cross = (((joint / total) + silent + 1e-30).map(.log) * q).sum().reshaped(entropy.shape)
    let weights = Tensor(batch.weights.flatMap { $0 }, entropy.shape)
    return ((entropy - cross) * weights).total * Float(process.steps)
  }
}
