import Glibc
import Tensors
import Testing

@testable import Training

@Suite struct TalesTests {
  static let corpus = TalesCorpus()
  var corpus: TalesCorpus { Self.corpus }

  /// A grammar small enough to list: what the forward sum says is what the list says.
  @Test func entropyOfASmallGrammar() {
    var g = TaleGrammar()
    let he = g.things("he", ["Tom", "Ben", "Sam"], forms: ["he": "he"]), she = g.things("she", ["Ann", "Eve"], forms: ["he": "she"])
    let scene = g.when(.not([.alike(g.slot("a"), g.slot("b"))]), [g.oneOf([(3, [g.form("a", "he")]), (1, [g.form("b", "he"), g.say("too")])])], else: [g.form("a")])
    g.start = g.list([
      g.pick("a", he + she), g.oneOf([(2, [g.say("and"), g.pick("b", he + she, except: ["a"])]), (1, [g.say("or"), g.pick("b", he, except: ["a"])])]), scene,
    ])
    var texts: [[Int]: Double] = [:], open: [(text: [Int], p: Double, walk: TaleWalk)] = [([], 1, TaleWalk(g))]
    while let (text, p, walk) = open.popLast() {
      for step in g.next(walk) {
        if let word = step.word { open.append((text + [word], p * step.probability, step.walk)) } else { texts[text, default: 0] += p * step.probability }
      }
    }
    #expect(texts.count > 30 && abs(texts.values.reduce(0, +) - 1) < 1e-12)
    let (nats, words) = g.entropy()
    #expect(abs(nats + texts.values.reduce(0) { $0 + $1 * log($1) }) < 1e-12)
    #expect(abs(words - texts.reduce(0) { $0 + $1.value * Double($1.key.count) }) < 1e-12)
  }

  /// The mean cost of stories under the law is its entropy: 4,000 stories, within four standard errors.
  @Test func floorIsTheMeanCost() {
    var generator = SeededGenerator(seed: 21)
    let stories = (0..<4000).map { _ in corpus.grammar.tell(using: &generator) }
    let costs = stories.map { corpus.nats(of: $0) }
    let mean = costs.reduce(0, +) / 4000, spread = sqrt(costs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000)
    #expect(abs(mean - corpus.entropy) < 4 * spread / sqrt(4000))
    let lengths = stories.map { Double($0.count + 1) }, length = lengths.reduce(0, +) / 4000
    let deviation = sqrt(lengths.reduce(0) { $0 + ($1 - length) * ($1 - length) } / 4000)
    #expect(abs(length - corpus.meanLength) < 4 * deviation / sqrt(4000))
    #expect(corpus.floor == corpus.entropy / corpus.meanLength)
    #expect(lengths.max()! <= Double(TalesCorpus.most))
  }

  /// One derivation a text: wherever there is a choice, no two of its ways begin with the same word.
  @Test func everyChoiceShowsInTheNextWord() {
    var generator = SeededGenerator(seed: 22)
    for _ in 0..<400 {
      var walk = TaleWalk(corpus.grammar)
      while true {
        let options = corpus.grammar.next(walk)
        #expect(Set(options.map(\.word)).count == options.count)
        #expect(abs(options.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
        guard let step = options[safe: generator.below(options.count)], step.word != nil else { break }
        walk = step.walk
      }
    }
  }

  @Test func vocabularyIsAFewHundredWords() {
    #expect((250...400).contains(corpus.words.count))
  }

  @Test(arguments: [
    ("Once there was a fox named Ann. She had a red kite. He", "word 15, 'He': expected one of 'She', 'Ann', '“', 'The'"),
    ("Once there was a fox named Ann. The dogs near the cat was", "word 14, 'was': expected 'were'"),
    ("Once there was a fox named Ann. \"The dogs near the cat sings", "word 15, 'sings': expected one of 'sing', 'sleep', 'run', 'jump', 'play', 'hide', … (8)"),
    ("Once there was a boy named Ann", "word 7, 'Ann': expected one of 'Tom', 'Ben', 'Sam', 'Max', 'Leo', 'Jack', … (10)"),
    ("Ann was a shy fox. She was thirsty, so she went to the lake. There she drank some cold water. At last Ann smiled.", nil),
    ("Ann was a shy fox.", "after word 6 the story goes on; expected one of 'She', 'Ann', '“', 'The', 'Then', 'Suddenly'"),
  ] as [(String, String?)]) func reasons(text: String, reason: String?) throws {
    #expect(corpus.problem(in: try #require(corpus.vocabulary.tokens(of: text))) == reason)
  }

  /// Pronouns by the law: she or the name, in six cases of ten the pronoun; where it could mean two people, the name alone.
  @Test func whatComesNext() throws {
    func probability(_ word: String, after text: String) throws -> Double {
      let tokens = try #require(corpus.vocabulary.tokens(of: text))
      return corpus.next(after: tokens).first { corpus.words[$0.token] == word }?.probability ?? 0
    }
    let alone = "Ann was a shy fox. She had a red kite."
    #expect(try abs(probability("She", after: alone) / probability("Ann", after: alone) - 1.5) < 1e-9)
    let two = "Once there were two friends, Ann the fox and Mia the girl. Ann had a red kite."
    #expect(try probability("She", after: two) == 0 && probability("Ann", after: two) > 0.5)
    #expect(corpus.next(after: [9999]).isEmpty)
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
