// Sentiment with negation: what is good or bad is one word, what it comes to is decided by not and but. Some pairs of a modifier and an adjective are
// held out, so the score on them says whether negation was learned or the pairs by heart.

import Tensors

/// `the film was not good .` → 0, `the film was good , but the music was never dull .` → 1. After but counts what follows.
public struct SentimentCorpus: Corpus {
  public let name = "sentiment"
  public let about = "small reviews, liked (1) or not (0), with negation; some pairs of modifier and adjective are held out"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  /// The text decides the label.
  public var floor: Double? { 0 }
  public var longest: Extent? { Extent(text: 15) }

  private static let subjects = ["film", "book", "food", "music", "play", "hotel", "song", "show"]
  private static let good = ["good", "great", "lovely", "clever", "funny", "brilliant", "charming", "perfect"]
  private static let bad = ["bad", "awful", "boring", "silly", "sad", "dull", "terrible", "poor"]
  /// What it says and whether it turns the adjective around.
  private static let modifiers = [("", false), ("very", false), ("really", false), ("not", true), ("never", true), ("not very", true)]

  public init() {
    vocabulary = WordList(["the", "was", ".", ",", "but", "and", "very", "really", "not", "never"] + Self.subjects + Self.good + Self.bad)
  }

  /// Whether a modifier with an adjective is kept for the held-out part: each adjective with one of its six, evenly.
  static func holdsOut(modifier: Int, adjective: Int) -> Bool { (modifier + adjective) % 6 == 0 }

  /// The held-out part has at least one held-out pair in every text, the training part none.
  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    while true {
      let (first, firstLikes, firstHeld) = clause(&generator)
      var (text, likes, held) = (first, firstLikes, firstHeld)
      if generator.below(2) == 0 {
        let (second, secondLikes, secondHeld) = clause(&generator)
        text += secondLikes == likes ? " , and " : " , but "
        text += second
        (likes, held) = (secondLikes, held || secondHeld)
      }
      if held == (part == .heldOut) { return Sample(vocabulary[words: text + " ."], label: likes ? 1 : 0) }
    }
  }

  private func clause(_ generator: inout SeededGenerator) -> (text: String, likes: Bool, held: Bool) {
    let m = generator.below(Self.modifiers.count), a = generator.below(Self.good.count), positive = generator.below(2) == 0
    let (modifier, turns) = Self.modifiers[m]
    let text = "the \(generator.pick(Self.subjects)) was \(modifier) \((positive ? Self.good : Self.bad)[a])"
    return (text, positive != turns, Self.holdsOut(modifier: m, adjective: positive ? a : a + 3))
  }
}
