// Associative recall (MQAR: Arora et al. 2023): pairs of a key and a value, then the keys again; at each the model answers with its value. What a
// state of fixed size can hold shows as the number of pairs grows. With `updated` every key is written twice and the later value counts: a memory
// that adds cannot tell the two apart, one that corrects can (DeltaNet).

import Tensors

/// `k1 v1 k2 v2 … [k2 v9 …] | k2 . k1 . …`, keys queried in random order with a filler behind each; answers stand at the queried keys.
public struct RecallCorpus: Corpus {
  public let name = "recall"
  public let about = "pairs of a key and a value, then each key is asked for its value"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  public let pairs, keys, values: Int
  public let updated: Bool
  /// The pairs decide the answers.
  public var floor: Double? { 0 }
  public var longest: Extent? { Extent(text: (updated ? 6 : 4) * pairs) }

  /// - Precondition: `pairs` ≤ `keys`, and `values` ≥ 2.
  public init(pairs: Int = 16, keys: Int = 127, values: Int = 128, updated: Bool = false) {
    precondition(pairs > 0 && pairs <= keys && values > 1)
    (self.pairs, self.keys, self.values, self.updated) = (pairs, keys, values, updated)
    vocabulary = WordList(specials: [], ["."] + (0..<keys).map { "k\($0)" } + (0..<values).map { "v\($0)" })
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part) {
      let chosen = generator.distinct(pairs, below: keys)
      var value = chosen.map { _ in generator.below(values) }
      var tokens: [Int] = []
      for (key, v) in zip(chosen, value) { tokens += [1 + key, 1 + keys + v] }
      if updated {
        for n in generator.shuffled(Array(0..<pairs)) {
          value[n] = (value[n] + 1 + generator.below(values - 1)) % values           // never the old one
          tokens += [1 + chosen[n], 1 + keys + value[n]]
        }
      }
      var answers = [Int](repeating: Batch.none, count: tokens.count)
      for n in generator.shuffled(Array(0..<pairs)) {
        tokens += [1 + chosen[n], 0]
        answers += [1 + keys + value[n], Batch.none]
      }
      return Sample(tokens, answers: answers)
    }
  }

  /// The value that a key had before it was written again, at each place with an answer; `Batch.none` elsewhere, and everywhere if none was updated.
  public func stale(in sample: Sample) -> [Int] {
    sample.tokens.indices.map { place in
      guard updated, sample.answers[place] != Batch.none, let first = sample.tokens.firstIndex(of: sample.tokens[place]) else { return Batch.none }
      return sample.tokens[first + 1]
    }
  }
}
