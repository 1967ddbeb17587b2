// The tales as a published tokenizer cuts them: the same texts and the same law, in pieces of words.

import Files
import Tensors
import Tokenizers

/// The tales in the tokens of a tokenizer.json. Their entropy a story is that of the tales; what it is a token depends on the cut, so there is no
/// `floor`, and a model is held against the exact probability of each story instead.
public struct TokenizedTales: LawfulCorpus {
  public let name = "tales"
  public let words: [String]
  public let vocabulary: WordList
  public let publishedTokenizer: String?
  public var about: String { tales.about }
  public var floor: Double? { nil }
  public var longest: Extent? { Extent(text: 2 * TalesCorpus.most) }
  private let tales = TalesCorpus(), tokenizer: Tokenizer

  /// - Throws: `FileFailure`, `TokenizerFailure`; `CorpusFailure`, if the tokenizer has no end token.
  public init(tokenizer path: String) throws {
    tokenizer = try Tokenizer(path: path)
    let file = try MappedFile(path)
    publishedTokenizer = withExtendedLifetime(file) { String(decoding: file.bytes, as: UTF8.self) }
    words = (0..<tokenizer.idLimit).map { [tokenizer] in tokenizer.token($0)?.string ?? "" }
    vocabulary = WordList(specials: [], words)
    guard vocabulary.special[.end] != nil else { throw CorpusFailure.contradiction(corpus: "tales", "\(path) has no end token, and a story ends somewhere") }
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    let text = tales.text(of: tales.sample(part, using: &generator).tokens)
    return Sample(tokenizer.encode(text, addSpecial: false).ids + [vocabulary.special[.end]!])
  }

  public func text(of tokens: [Int]) -> String { tokenizer.decode(tokens, skipSpecial: true) }

  public func nats(of tokens: [Int]) -> Double {
    tales.vocabulary.tokens(of: text(of: tokens)).map { tales.nats(of: $0) } ?? .infinity
  }

  public func problem(in tokens: [Int], source: [Int]) -> String? {
    let text = text(of: tokens), list = tales.vocabulary
    guard let words = list.tokens(of: text) else { return "'\(list.firstUnknown(in: text) ?? text)' is no word of the tales" }
    if let problem = tales.problem(in: words) { return problem }
    // Read back it must be the same text: the words alone do not show a space too many.
    return tales.text(of: words) == text ? nil : "its words are right, but not the spaces between them"
  }
}
