// What holds of every corpus.

import Files
import Tensors
import Testing
import Tokenizers

@testable import Training

@Suite struct CorporaTests {
  static let names = Corpora.all.map(\.name).filter { $0 != "file" }

  @Test(arguments: names) func sameSeedSameSamples(name: String) throws {
    for part in CorpusPart.allCases {
      let a = try Corpora.named(name).samples(20, part, seed: 3), b = try Corpora.named(name).samples(20, part, seed: 3)
      #expect(a == b)
      #expect(a != (try Corpora.named(name).samples(20, part, seed: 4)))
    }
  }

  @Test(arguments: names) func heldOutIsNeverTrainedOn(name: String) throws {
    let corpus = try Corpora.named(name)
    let training = Set(corpus.samples(3000, .training, seed: 1).map(\.everything))
    for sample in corpus.samples(300, .heldOut, seed: 2) { #expect(!training.contains(sample.everything)) }
  }

  @Test(arguments: names) func samplesFitTheVocabularyAndTheExtent(name: String) throws {
    let corpus = try Corpora.named(name), longest = try #require(corpus.longest)
    for sample in corpus.samples(300, .training, seed: 5) {
      #expect(sample.tokens.count <= longest.text && sample.rejected.count <= longest.text && sample.source.count <= longest.source)
      #expect((sample.tokens + sample.source + sample.rejected).allSatisfy { corpus.words.indices.contains($0) })
      #expect(sample.answers.isEmpty || sample.answers.count == sample.tokens.count)
      #expect(sample.counted.isEmpty || sample.counted.count == sample.tokens.count)
      #expect(sample.answers.allSatisfy { $0 == Batch.none || corpus.words.indices.contains($0) })
      for probe in corpus.probes {
        for question in probe.questions(sample) { #expect(sample.tokens.indices.contains(question.place) && question.right.contains(sample.tokens[question.place])) }
      }
      if let judge = corpus as? any JudgedCorpus { #expect(judge.problem(in: sample.tokens, source: sample.source) == nil) }
    }
  }

  /// The published format says the same ids as the corpus, and the text comes back.
  @Test(arguments: names) func tokenizerReadsWhatTheCorpusWrites(name: String) throws {
    let corpus = try Corpora.named(name)
    guard !corpus.words.isEmpty else { return }
    let tokenizer = try Tokenizer(json: JSON.parse(Array(corpus.vocabulary.tokenizerJSON().utf8), name: "tokenizer.json"))
    #expect(tokenizer.idLimit == corpus.words.count && tokenizer.kind == "WordLevel")
    for (id, word) in corpus.words.enumerated() { #expect(tokenizer.id(of: word) == id) }
    for sample in corpus.samples(50, .training, seed: 6) {
      for tokens in [sample.tokens, sample.source] {
        let text = corpus.vocabulary.text(of: tokens, specials: true)
        #expect(tokenizer.encode(text).ids == tokens)
        #expect(corpus.vocabulary.tokens(of: text) == tokens)
        #expect(tokenizer.decode(tokens) == corpus.vocabulary.text(of: tokens))
      }
    }
  }

  @Test func beginAndEndOfATextAreWritten() throws {
    let words = StoriesCorpus().vocabulary
    let both = try Tokenizer(json: JSON.parse(Array(words.tokenizerJSON(begins: true, ends: true).utf8), name: "tokenizer.json"))
    #expect(both.encode("tom has").ids == [1] + words[words: "tom has"] + [2])
    #expect(both.encode(pair: "tom", "has").ids == [1] + words[words: "tom"] + words[words: "has"] + [2])
  }

  // MARK: Names and settings

  @Test(arguments: [
    ("storeis", "no corpus is called 'storeis'; did you mean 'stories'?"),
    ("stories(pairs: 3)", "the corpus stories has no setting 'pairs'; it has none"),
    ("stories(pairs 3)", "'stories(pairs 3)' is not a corpus; write a name, or a name with settings: recall(pairs: 8)"),
    ("stories(", "'stories(' is not a corpus; write a name, or a name with settings: recall(pairs: 8)"),
  ]) func wrongNames(text: String, message: String) {
    #expect { try Corpora.named(text) } throws: { "\($0)" == message }
  }

  @Test func namesAreUnlikeAnything() {
    #expect { try Corpora.named("qqqqqqqqqq") } throws: { "\($0)".hasPrefix("no corpus is called 'qqqqqqqqqq'; there are stories, stories-bind") }
  }

  @Test func settingsAreReadAsWritten() throws {
    let (name, settings) = try Corpora.parse(" recall( pairs: 8, updated: true, rate: 0.5, form: \"plain\" ) ")
    #expect(name == "recall" && settings == ["pairs": .integer(8), "updated": .boolean(true), "rate": .number(0.5), "form": .text("plain")])
  }

  @Test func drawsAreFair() {
    var generator = SeededGenerator(seed: 9)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<6000 { counts[generator.below(6)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 1000) < 120 })                            // 4 standard deviations of 29
    for _ in 0..<50 { #expect(Set(generator.distinct(5, below: 7)).count == 5 && Set(generator.distinct(3, below: 900)).count == 3) }
  }
}

extension Sample {
  /// All that makes it this sample.
  var everything: [String] { [tokens, source, rejected].map { "\($0)" } + ["\(numbers)"] }
}
