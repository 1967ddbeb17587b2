// A corpus: a seeded source of samples whose law is known. What a sample means (a text, a pair, a question) is the corpus's own; how it
// becomes inputs and targets is the objective's.

import Tensors

/// A source of samples.
public protocol Corpus: Sendable {
  var name: String { get }
  /// The words, in the order of their ids; the special ones come first. Empty, if the samples are numbers.
  var words: [String] { get }
  /// A fresh sample; the same generator state gives the same sample.
  func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample
  /// Entropy of the tokens that count, given the source, under the corpus's own law, in nats a token that counts: no model can score lower on
  /// average. Zero, if the source decides the text. Nil where it is not known.
  var floor: Double? { get }
  /// One line: what its samples are.
  var about: String { get }
  /// The words with their ids and their spelling.
  var vocabulary: WordList { get }
  /// How many tokens a sample has at most; nil: not known.
  var longest: Extent? { get }
  /// Questions with a right answer, asked of a sample.
  var probes: [Probe] { get }
  /// The tokenizer.json that cuts its texts, as it was published; nil: its words are its tokens.
  var publishedTokenizer: String? { get }
  /// Tokens as they are read, without the special ones.
  func text(of tokens: [Int]) -> String
}

extension Corpus {
  public var probes: [Probe] { [] }
  public var about: String { name }
  public var vocabulary: WordList { WordList(specials: [], words) }
  public var longest: Extent? { nil }
  public var publishedTokenizer: String? { nil }
  public func text(of tokens: [Int]) -> String { vocabulary.text(of: tokens) }

  /// As many samples; the same seed gives the same ones.
  public func samples(_ count: Int, _ part: CorpusPart, seed: UInt64) -> [Sample] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in sample(part, using: &generator) }
  }
}

/// A corpus that knows whether a text is one of its own.
public protocol JudgedCorpus: Corpus {
  /// Why the text is not right (after this source, where there is one), in one line; nil: it is right. Special tokens at its ends are passed over.
  func problem(in tokens: [Int], source: [Int]) -> String?
}

extension JudgedCorpus {
  public func problem(in tokens: [Int]) -> String? { problem(in: tokens, source: []) }
}

/// A corpus that knows the exact probability of each of its texts.
public protocol LawfulCorpus: JudgedCorpus {
  /// −ln of the probability of a whole text that ends with the end token; infinite if it is none.
  func nats(of tokens: [Int]) -> Double
}

/// A task whose texts have a length that says nothing of how they are solved: what is learned at one must hold at another.
public protocol LengthwiseCorpus: Corpus {
  /// The same task in texts half again as long: none of that length has been seen.
  var longer: any Corpus { get }
}

/// Which part of a corpus: what is held out is never trained on.
public enum CorpusPart: String, Sendable, CaseIterable { case training, heldOut = "held out" }

/// Numbers of tokens.
public struct Extent: Sendable, Equatable {
  public var source, text: Int
  public init(source: Int = 0, text: Int) { (self.source, self.text) = (source, text) }
}

/// One sample, as token ids.
public struct Sample: Sendable, Equatable {
  /// The text. It ends with `<eos>` where texts differ in length (where to end is part of what is learned); `<bos>`, `<sep>` and padding
  /// are put around it by the objective.
  public var tokens: [Int]
  /// What is read before it is written: the source of a translation, the question of an answer, the first of two sentences; empty if there is none.
  public var source: [Int]
  /// The class of a text that has one.
  public var label: Int?
  /// The text that is liked less, of a preference.
  public var rejected: [Int]
  /// Places of `tokens` that count in the loss; empty: all.
  public var counted: [Bool]
  /// What must be answered at each place of `tokens`, where that is not the next token; `Batch.none`: nothing. Empty: the next tokens.
  public var answers: [Int]
  /// Vectors instead of words (in-context regression), row by row.
  public var numbers: [[Float]]

  public init(
    _ tokens: [Int], source: [Int] = [], label: Int? = nil, rejected: [Int] = [], counted: [Bool] = [], answers: [Int] = [], numbers: [[Float]] = []
  ) {
    (self.tokens, self.source, self.label, self.rejected) = (tokens, source, label, rejected)
    (self.counted, self.answers, self.numbers) = (counted, answers, numbers)
  }
}

/// A question that a sample asks of a model: which words may stand at certain places. It is passed if every place of it is.
public struct Probe: Sendable {
  /// One place of `tokens`, to be predicted (from its left, or with all places of the probe masked).
  public struct Question: Sendable, Equatable {
    public let place: Int
    /// These must be more probable together than …
    public let right: [Int]
    /// … these together; empty: the most probable token must be one of the right ones.
    public let wrong: [Int]
  }
  public let name: String
  /// The questions; none, if the sample does not ask this.
  public let questions: @Sendable (Sample) -> [Question]
}
