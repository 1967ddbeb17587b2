// Parity: whether the ones so far are even or odd, asked at every bit. One state that flips its sign does it; a recurrence whose step only shrinks
// cannot (Merrill et al. 2024, "The Illusion of State").

import Tensors

/// A start token and `length` bits; at each bit the answer is the running exclusive or.
public struct ParityCorpus: LengthwiseCorpus {
  public let name = "parity"
  public let about = "bits; at each one, whether the ones so far are odd"
  public let vocabulary = WordList(specials: [], ["0", "1", ">"])
  public var words: [String] { vocabulary.list }
  public let length: Int
  public var floor: Double? { 0 }
  public var longest: Extent? { Extent(text: length + 1) }
  public var longer: any Corpus { ParityCorpus(length: length * 3 / 2) }

  public init(length: Int = 32) { self.length = max(1, length) }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    // Of short texts there are few: every fourth is held out.
    HeldOut.draw(part, oneIn: 4) {
      let bits = (0..<length).map { _ in generator.below(2) }
      var odd = 0
      return Sample([2] + bits, answers: [Batch.none] + bits.map { bit in odd ^= bit; return odd })
    }
  }
}
