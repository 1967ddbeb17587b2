// A law over texts of one length that is a product of small tables: each table says which words may stand together at some places, each of its
// rows is as likely as any other, and the tables are independent. So everything that a model is held against is exact: entropies by counting rows,
// the best guess at a hidden word by going through the rows that fit what is seen.

import Glibc
import Tensors

struct FactoredLaw: Sendable {
  /// A table. All rows differ.
  struct Factor: Sendable {
    let places: [Int]
    /// Row by row.
    let values: [UInt8]
    var rows: Int { values.count / places.count }

    init(_ places: [Int], _ rows: [[Int]]) { (self.places, values) = (places, rows.flatMap { $0.map { UInt8($0) } }) }
    func value(_ row: Int, _ column: Int) -> Int { Int(values[row * places.count + column]) }
  }

  /// The words that are always the same; 0 where a table decides.
  let fixed: [Int]
  let factors: [Factor]
  let vocabulary: Int

  var length: Int { fixed.count }
  /// How many texts there are.
  var count: Int { factors.reduce(1) { $0 * $1.rows } }
  /// Entropy of a text in nats.
  var entropy: Double { factors.reduce(0) { $0 + log(Double($1.rows)) } }

  func sample(using generator: inout SeededGenerator) -> [Int] {
    var tokens = fixed
    for factor in factors {
      let row = generator.below(factor.rows) * factor.places.count
      for (column, place) in factor.places.enumerated() { tokens[place] = Int(factor.values[row + column]) }
    }
    return tokens
  }

  func contains(_ tokens: [Int]) -> Bool {
    tokens.count == length && zip(posterior(tokens.map { $0 }), tokens).allSatisfy { $0.indices.contains($1) && $0[$1] > 0 }
  }

  // MARK: Best guesses

  /// The probability of every word at every place, given the words that are seen (nil: hidden): Bayes' rule by enumeration.
  /// A text that cannot be has only zeros in the places of the table it contradicts.   [length][vocabulary]
  func posterior(_ seen: [Int?]) -> [[Double]] {
    var result = fixed.enumerated().map { place, word in
      var p = [Double](repeating: 0, count: vocabulary)
      if seen[place] == nil || seen[place] == word { p[word] = 1 }
      return p
    }
    for factor in factors {
      for place in factor.places { result[place] = [Double](repeating: 0, count: vocabulary) }
      let known = factor.places.enumerated().compactMap { column, place in seen[place].map { (column, $0) } }
      var fitting = 0.0
      for row in 0..<factor.rows where known.allSatisfy({ factor.value(row, $0.0) == $0.1 }) {
        fitting += 1
        for (column, place) in factor.places.enumerated() { result[place][factor.value(row, column)] += 1 }
      }
      guard fitting > 0 else { continue }
      for place in factor.places { for word in 0..<vocabulary { result[place][word] /= fitting } }
    }
    return result
  }

  // MARK: Floors

  /// Entropy of each place given the places before it: what a perfect model of the next token loses there. Their sum is `entropy`.
  func conditionalEntropies() -> [Double] { entropies { factor, column in Array(0..<column) } }

  /// Entropy of each place by itself: what a model loses that knows the place and nothing else.
  func marginalEntropies() -> [Double] { entropies { _, _ in [] } }

  private func entropies(given: (Factor, Int) -> [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: length)
    for factor in factors {
      for (column, place) in factor.places.enumerated() {
        let before = given(factor, column)
        result[place] = Self.entropy(factor, before + [column]) - Self.entropy(factor, before)
      }
    }
    return result
  }

  /// Joint entropy of some columns of a table.
  private static func entropy(_ factor: Factor, _ columns: [Int]) -> Double {
    var counts: [[UInt8]: Int] = [:]
    for row in 0..<factor.rows { counts[columns.map { factor.values[row * factor.places.count + $0] }, default: 0] += 1 }
    return counts.values.reduce(0) { $0 - Double($1) / Double(factor.rows) * log(Double($1) / Double(factor.rows)) }
  }

  /// What the best masked model loses at a hidden word, if each word is hidden with probability `rate`: the mean over all masks and texts.
  /// Exact, if no table has more than `exact` places; otherwise nil, and `maskedLoss(rate:draws:)` estimates it.
  func maskedLoss(rate: Double, exact: Int = 10) -> Double? {
    guard factors.allSatisfy({ $0.places.count <= exact }) else { return nil }
    var total = 0.0
    for factor in factors {
      let n = factor.places.count
      for mask in 1..<(1 << n) {
        let hidden = (0..<n).filter { mask >> $0 & 1 == 1 }, seen = (0..<n).filter { mask >> $0 & 1 == 0 }
        let base = Self.entropy(factor, seen)
        let loss = hidden.reduce(0) { $0 + Self.entropy(factor, seen + [$1]) - base }
        var weight = 1.0
        for i in 0..<n { weight *= mask >> i & 1 == 1 ? rate : 1 - rate }
        total += weight * loss
      }
    }
    return total / (rate * Double(length))
  }

  /// The same from seeded draws of text and mask: the mean of −ln p(true word) under the exact posterior.
  func maskedLoss(rate: Double, draws: Int, seed: UInt64) -> Double {
    var generator = SeededGenerator(seed: seed)
    var loss = 0.0, hidden = 0
    for _ in 0..<draws {
      let text = sample(using: &generator)
      let seen: [Int?] = text.map { generator.chance(rate) ? nil : $0 }
      let p = posterior(seen)
      for place in text.indices where seen[place] == nil {
        loss -= log(p[place][text[place]])
        hidden += 1
      }
    }
    return hidden == 0 ? 0 : loss / Double(hidden)
  }
}
