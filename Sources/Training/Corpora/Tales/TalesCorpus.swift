// The tales: small English stories of different lengths, told by a grammar whose law is known exactly. For the tour and the story models.

import Glibc
import Tensors

/// Stories such as: Once there was a shy fox named Ann. She had a red kite. …
public struct TalesCorpus: LawfulCorpus {
  public let name = "tales"
  public let about = "small English stories: who, what they have, what befalls them; of different lengths, about 300 words"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  /// Entropy of a story over its mean number of tokens, `<eos>` counted.
  public let floor: Double?
  /// Entropy of a story in nats, and its mean number of tokens, `<eos>` counted.
  public let entropy, meanLength: Double
  public var longest: Extent? { Extent(text: Self.most) }
  let grammar: TaleGrammar

  /// Written and counted once.
  private static let tales = TaleGrammar.tales()
  private static let law = tales.entropy()

  /// No story is longer (tokens, `<eos>` counted): the longest of 4,000 in a test has far fewer.
  static let most = 200

  public init() {
    grammar = Self.tales
    vocabulary = WordList(grammar.words, spelling: .prose)
    let (nats, words) = Self.law
    (entropy, meanLength) = (nats, words + 1)
    floor = nats / (words + 1)
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part) { Sample(grammar.tell(using: &generator) + [vocabulary["<eos>"]]) }
  }

  /// What may come after the beginning of a story, with its exact probability, likeliest first; empty if no story begins so.
  public func next(after tokens: [Int]) -> [(token: Int, probability: Double)] {
    guard let walk = walk(tokens).walk else { return [] }
    return grammar.next(walk).map { (token: $0.word ?? vocabulary["<eos>"], probability: $0.probability) }
      .sorted { ($1.probability, $0.token) < ($0.probability, $1.token) }
  }

  /// −ln of the probability of a whole story that ends with `<eos>`; infinite if it is none.
  public func nats(of tokens: [Int]) -> Double {
    let (walk, nats, _) = walk(tokens.last == vocabulary.special[.end] ? Array(tokens.dropLast()) : tokens)
    guard let walk, grammar.next(walk).contains(where: { $0.word == nil }) else { return .infinity }
    return nats - log(grammar.next(walk).reduce(0) { $0 + ($1.word == nil ? $1.probability : 0) })
  }

  public func problem(in tokens: [Int], source: [Int]) -> String? {
    var text = tokens.first == vocabulary.special[.begin] ? Array(tokens.dropFirst()) : tokens
    if text.last == vocabulary.special[.end] { text.removeLast() }
    let (walk, _, at) = walk(text)
    if let walk {
      let options = grammar.next(walk)
      return options.contains { $0.word == nil } ? nil : "after word \(text.count) the story goes on; expected \(expected(options))"
    }
    let word = vocabulary.indices.contains(text[at]) ? words[text[at]] : "token \(text[at])"
    return "word \(at + 1), '\(word)': expected \(expected(grammar.next(self.walk(Array(text[..<at])).walk ?? TaleWalk(grammar))))"
  }

  /// The state after a text, minus its log-probability, and, where it is no beginning of a story, the place of the first wrong word.
  private func walk(_ tokens: [Int]) -> (walk: TaleWalk?, nats: Double, place: Int) {
    var walk = TaleWalk(grammar), nats = 0.0
    for (place, token) in tokens.enumerated() {
      guard let step = grammar.next(walk).first(where: { $0.word == token }) else { return (nil, .infinity, place) }
      nats -= log(step.probability)
      walk = step.walk
    }
    return (walk, nats, tokens.count)
  }

  private func expected(_ options: [(word: Int?, probability: Double, walk: TaleWalk)]) -> String {
    let names = options.sorted { $0.probability > $1.probability }.map { $0.word.map { "'\(words[$0])'" } ?? "the end" }
    let shown = names.prefix(6).joined(separator: names.count == 2 ? " or " : ", ")
    return (names.count > 2 ? "one of " : "") + shown + (names.count > 6 ? ", … (\(names.count))" : "")
  }
}
