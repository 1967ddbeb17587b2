// Selective copying (Jing et al. 2019; Gu and Dao 2023, section 3.1): a few symbols among noise, to be repeated in their order. A system that treats
// every token alike can count distances, but not pass over the noise at other lengths.

import Tensors

/// `length` tokens with `symbols` of them at random places among noise, then as many markers; the answers stand at the markers.
public struct CopyingCorpus: LengthwiseCorpus {
  public let name = "selective-copying"
  public let about = "a few symbols among noise, to be repeated in their order at the end"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  public let length, symbols, kinds: Int
  public var floor: Double? { 0 }
  public var longest: Extent? { Extent(text: length + symbols) }
  public var longer: any Corpus { CopyingCorpus(length: length * 3 / 2, symbols: symbols, kinds: kinds) }

  /// - Precondition: `symbols` ≤ `length`, `kinds` in 2...26.
  public init(length: Int = 64, symbols: Int = 4, kinds: Int = 6) {
    precondition(symbols > 0 && symbols <= length && (2...26).contains(kinds))
    (self.length, self.symbols, self.kinds) = (length, symbols, kinds)
    vocabulary = WordList(specials: [], [".", "?"] + "abcdefghijklmnopqrstuvwxyz".prefix(kinds).map(String.init))
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part) {
      var tokens = [Int](repeating: 0, count: length)
      var answers = [Int](repeating: Batch.none, count: length)
      for place in generator.distinct(symbols, below: length).sorted() {
        tokens[place] = 2 + generator.below(kinds)
        answers.append(tokens[place])
      }
      return Sample(tokens + [Int](repeating: 1, count: symbols), answers: answers)
    }
  }
}
