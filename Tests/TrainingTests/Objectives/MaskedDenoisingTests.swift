import Blocks
import Tensors
import Testing

@testable import Training

@Suite struct MaskedDenoisingTests {
  private let text = Toy.ids("the dog near the cats runs .")

  @Test func tableAndWeights() throws {
    let objective = try MaskedDenoising(Toy.special)
    var generator = SeededGenerator(seed: 3)
    let example = objective.example(text, masked: 2, using: &generator)
    let table = ObjectiveTable(try Batch([example], filler: 0, divisor: .positions, readsBothWays: true, objective: ""), Toy.special)
    let masked = (0..<7).filter { table["input"]![$0] == "<mask>" }
    #expect(masked.count == 2 && table["original"] == text.map { Toy.words[$0] })
    for place in 0..<7 {
      #expect(table["target"]![place] == (masked.contains(place) ? Toy.words[text[place]] : "–"))
      #expect(table["loss mask"]![place] == (masked.contains(place) ? "1" : "0"))
    }
    #expect(table["t"] == Array(repeating: "0.29", count: 7))
    // The count form: 2 of 7 masked count 7/2 each, divided by 7 positions.
    let batch = try Batch([example], filler: 0, divisor: .positions, readsBothWays: true, objective: "")
    #expect(masked.allSatisfy { abs(batch.weights[0][$0] - 0.5) < 1e-6 })
  }

  /// A begin token is never masked and never counts; what can be masked still weighs 1 together.
  @Test func beginStaysOpen() throws {
    var objective = try MaskedDenoising(Toy.special)
    (objective.begins, objective.times) = (true, .counts)
    var generator = SeededGenerator(seed: 4)
    let batch = try objective.batch(Array(repeating: Sample(text), count: 14), using: &generator), begin = try #require(Toy.special[.begin])
    for row in batch.input.ids.indices {
      #expect(batch.input.ids[row].count == 8 && batch.input.ids[row][0] == begin && batch.targets[row][0] == Batch.none)
      #expect(batch.input.ids[row].contains(objective.process.mask))
    }
    #expect(abs(batch.weights.enumerated().reduce(Float(0)) { sum, row in sum + zip(row.element, batch.targets[row.offset]).reduce(0) { $0 + ($1.1 >= 0 ? $1.0 : 0) } } - 1) < 1e-5)
  }

  /// A model that gives every word the same costs ln V whatever is masked: E[Σ weight] = 1, with even times closer to it than with independent ones.
  @Test func weightsAreUnbiasedAndEvenTimesSteadier() throws {
    var objective = try MaskedDenoising(Toy.special)
    let samples = Array(repeating: Sample((0..<8).flatMap { _ in text }), count: 16)
    func totals(_ times: MaskedDenoising.Times) throws -> (mean: Double, deviation: Double) {
      objective.times = times
      var generator = SeededGenerator(seed: 9)
      let sums = try (0..<300).map { _ in try Double(objective.batch(samples, using: &generator).weights.flatMap { $0 }.reduce(0, +)) }
      let mean = sums.reduce(0, +) / 300
      return (mean, (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 299).squareRoot())
    }
    let even = try totals(.even), independent = try totals(.independent), counts = try totals(.counts)
    #expect(abs(even.mean - 1) < 3 * even.deviation / 300.0.squareRoot() && abs(independent.mean - 1) < 3 * independent.deviation / 300.0.squareRoot())
    #expect(abs(counts.mean - 1) < 1e-5 && counts.deviation < 1e-5)
    #expect(even.deviation < independent.deviation * 1.05)
  }

  /// The masked share follows the time, and times of a batch are spread.
  @Test func shares() throws {
    let objective = try MaskedDenoising(Toy.special)
    var generator = SeededGenerator(seed: 1)
    let long = (0..<10_000).map { _ in text[1] }
    for t in [0.1, 0.5, 0.9] {
      let masked = objective.example(long, at: t, using: &generator).targets.filter { $0 >= 0 }.count, p = objective.process.probability(t)
      #expect(abs(Double(masked) - 10_000 * p) < 3 * (10_000 * p * (1 - p)).squareRoot())
    }
  }

  /// A source is never masked, its positions are not in the divisor, and the end of the answer is part of it.
  @Test func sourcesAreGiven() throws {
    let objective = try MaskedDenoising(Toy.special)
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<50 {
      let batch = try objective.batch([Sample(Toy.ids("我 爱 你"), source: Toy.ids("i love you"))], using: &generator)
      #expect(Array(batch.input.ids[0][..<4]) == Toy.ids("i love you <sep>") && batch.targets[0].count == 8)
      let p = objective.process
      let t = Double(batch.extras.notes[0].cells[0][0])!
      for (target, weight) in zip(batch.targets[0], batch.weights[0]) where target >= 0 && t > 0.2 {
        #expect(abs(Double(weight) - p.weight(t) / 4) < 0.03)
      }
    }
  }

  /// Losses react to both sides.
  @Test func leaks() throws {
    let model = try Toy.encoder(), objective = try MaskedDenoising(Toy.special), mask = objective.process.mask
    func loss(_ input: [Int]) throws -> Float {
      var example = Example(input, targets: text.indices.map { $0 == 3 ? text[3] : -100 })
      example.weights = Array(repeating: 1, count: 7)
      return try objective.loss(model, try Batch([example], filler: 0, divisor: .positions, readsBothWays: true, objective: ""), Run(keepsMemory: false)).item
    }
    var input = text
    input[3] = mask
    let before = try loss(input)
    for place in [1, 5] {
      var other = input
      other[place] = mask
      #expect(try loss(other) != before)
    }
  }

  /// D4, with a random model and three tokens: the count form equals the mean over all orders of saying them, and the integral over times.
  @Test func countFormIsTheMeanOverOrders() throws {
    let model = try Toy.encoder(), objective = try MaskedDenoising(Toy.special), text = Toy.ids("dog near cats"), mask = objective.process.mask
    // Losses of the masked tokens, for each set of masked places.
    var losses: [Int: [Double]] = [:]
    for set in 1..<8 {
      let input = (0..<3).map { set >> $0 & 1 == 1 ? mask : text[$0] }
      let batch = Batch(Architecture.Input([input]), targets: [text], weights: [[1, 1, 1]])
      losses[set] = try objective.positionLosses(model, batch)[0].map(Double.init)
    }
    func masked(_ set: Int) -> Double { (0..<3).reduce(0) { $0 + (set >> $1 & 1 == 1 ? losses[set]![$1] : 0) } }
    func count(_ set: Int) -> Int { set.nonzeroBitCount }
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].reduce(0.0) { sum, order in
      var open = 7
      return sum + order.reduce(0.0) { total, place in
        defer { open &= ~(1 << place) }
        return total + losses[open]![place]
      } / 6
    }
    // The weights are the objective's own: L/l of each text with l masks, divided by the positions.
    var generator = SeededGenerator(seed: 1)
    let form = try (1..<8).reduce(0.0) { sum, set in
      let example = objective.example(text, masked: count(set), using: &generator)
      let weight = try Batch([example], filler: 0, divisor: .positions, readsBothWays: true, objective: "").weights[0].max()!
      return sum + masked(set) * Double(weight) / [3.0, 3, 1][count(set) - 1]
    }
    // ∫ t^l (1 − t)^(3 − l) / t dt = (l − 1)!·(3 − l)!/3!
    let integral = (1..<8).reduce(0.0) { $0 + masked($1) * [2.0 / 6, 1.0 / 6, 2.0 / 6][count($1) - 1] }
    // One of three counts each: the mean over counts, times the positions.
    #expect(abs(form - orders) < 1e-5 && abs(integral - orders) < 1e-9)
  }
}
