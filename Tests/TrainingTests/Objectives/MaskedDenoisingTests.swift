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
}
