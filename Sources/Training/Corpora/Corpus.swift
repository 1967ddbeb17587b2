// A corpus: a seeded source of samples whose law is known. What a sample means (a text, a pair, a question) is the corpus's own; how it
// becomes inputs and targets is the objective's.

import Tensors

/// A source of samples.
public protocol Corpus: Sendable {
  var name: String { get }
  /// The words, in the order of their ids.
  var words: [String] { get }
  /// A fresh sample; the same generator state gives the same sample.
  func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample
  /// Entropy of a sample's tokens under the corpus's own law, in nats a token: no model can score lower on average. Nil where it is not known.
  var floor: Double? { get }
}

/// Which part of a corpus: what is held out is never trained on.
public enum CorpusPart: String, Sendable, CaseIterable { case training, heldOut = "held out" }

/// One sample, as token ids.
public struct Sample: Sendable, Equatable {
  /// The text, specials included.
  public var tokens: [Int]
  /// What is read before it is written: the source of a translation, the question of an answer; empty if there is none.
  public var source: [Int]
  /// The class of a text that has one.
  public var label: Int?
  /// The text that is liked less, of a preference.
  public var rejected: [Int]
  /// Places of `tokens` that count in the loss; empty: all.
  public var counted: [Bool]
  /// Vectors instead of words (in-context regression), row by row.
  public var numbers: [[Float]]

  public init(_ tokens: [Int], source: [Int] = [], label: Int? = nil, rejected: [Int] = [], counted: [Bool] = [], numbers: [[Float]] = []) {
    (self.tokens, self.source, self.label) = (tokens, source, label)
    (self.rejected, self.counted, self.numbers) = (rejected, counted, numbers)
  }
}
