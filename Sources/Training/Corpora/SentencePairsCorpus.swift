// Pairs of sentences, for next-sentence prediction (BERT: does B follow A?) and sentence order (ALBERT: are the two in order?). A bag of words can
// solve the first, where the topics differ, and not the second, where the words are the same.

import Tensors

/// `ann has a kite .` / `her kite is red .` Label 0: B follows A. Label 1: B comes from another text (next), or the two are swapped (order).
public struct SentencePairsCorpus: Corpus {
  public enum Task: String, Sendable, CaseIterable { case next, order }

  public let name = "sentence-pairs"
  public let about = "two sentences: do they follow one another (0) or not (1)?"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  public let task: Task
  /// The sentences decide the label.
  public var floor: Double? { 0 }
  public var longest: Extent? { Extent(source: 7, text: 7) }

  private static let people = [("tom", "he", "his"), ("ben", "he", "his"), ("sam", "he", "his"), ("ann", "she", "her"), ("eve", "she", "her"), ("mia", "she", "her")]
  private static let things = ["kite", "ball", "boat", "drum", "bell", "book", "hat", "key"]
  private static let colours = ["red", "blue", "green", "white", "black", "old"]
  private static let places = ["park", "school", "lake", "market", "forest", "farm"]

  public init(task: Task = .next) {
    self.task = task
    vocabulary = WordList(
      ["has", "a", ".", "is", "goes", "to", "the", "finds", "there"] + Self.people.flatMap { [$0.0, $0.1, $0.2] } + Self.things + Self.colours + Self.places + ["[CLS]"])
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part, by: { ($0.source + $0.tokens).sorted() }) {                 // swapped or not: the same part
      let (a, b, topic) = text(&generator)
      let follows = generator.below(2) == 0
      if follows { return Sample(vocabulary[words: b], source: vocabulary[words: a], label: 0) }
      guard task == .next else { return Sample(vocabulary[words: a], source: vocabulary[words: b], label: 1) }
      while true {
        let (_, other, otherTopic) = text(&generator)
        if otherTopic != topic { return Sample(vocabulary[words: other], source: vocabulary[words: a], label: 1) }
      }
    }
  }

  /// A text of two sentences, and the word that ties them together.
  private func text(_ generator: inout SeededGenerator) -> (String, String, String) {
    let (name, pronoun, possessive) = generator.pick(Self.people), thing = generator.pick(Self.things), place = generator.pick(Self.places)
    return generator.below(2) == 0
      ? ("\(name) has a \(thing) .", "\(possessive) \(thing) is \(generator.pick(Self.colours)) .", thing)
      : ("\(name) goes to the \(place) .", "\(pronoun) finds a \(thing) there .", pronoun)
  }
}
