// Induction heads (Olsson et al. 2022; as posed by Gu and Dao 2023): a mark stands somewhere in a random text and again at its end; what followed
// it the first time must follow it now.

import Tensors

/// `length` random tokens with one mark among them and one at the end, where the answer is asked.
public struct InductionCorpus: LengthwiseCorpus {
  public let name = "induction"
  public let about = "a mark in a random text and again at its end: what followed it must be said"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  public let length, kinds: Int
  public var floor: Double? { 0 }
  public var longest: Extent? { Extent(text: length) }
  public var longer: any Corpus { InductionCorpus(length: length * 3 / 2, kinds: kinds) }

  /// - Precondition: `length` ≥ 3, `kinds` in 2...26.
  public init(length: Int = 64, kinds: Int = 16) {
    precondition(length >= 3 && (2...26).contains(kinds))
    (self.length, self.kinds) = (length, kinds)
    vocabulary = WordList(specials: [], ["*"] + "abcdefghijklmnopqrstuvwxyz".prefix(kinds).map(String.init))
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part) {
      var tokens = (0..<length).map { _ in 1 + generator.below(kinds) }
      let mark = generator.below(length - 2)
      tokens[mark] = 0
      tokens[length - 1] = 0
      var answers = [Int](repeating: Batch.none, count: length)
      answers[length - 1] = tokens[mark + 1]
      return Sample(tokens, answers: answers)
    }
  }
}
