import Files
import Glibc
import Models
import Tensors
import Testing
import Tokenizers

@testable import Training

@Suite struct TaskCorporaTests {
  @Test func recallAnswersWithTheValueOfTheKey() {
    let corpus = RecallCorpus(pairs: 5, keys: 20, values: 9)
    #expect(RecallCorpus().words.count == 256)
    for sample in corpus.samples(50, .training, seed: 1) {
      #expect(sample.tokens.count == 20 && sample.answers.filter { $0 != Batch.none }.count == 5)
      for place in 10..<20 where sample.answers[place] != Batch.none {
        #expect(sample.answers[place] == sample.tokens[sample.tokens.firstIndex(of: sample.tokens[place])! + 1])
      }
      #expect(Set(corpus.stale(in: sample)) == [Batch.none])
    }
  }

  @Test func recallOfUpdatedValuesWantsTheLaterOne() {
    let corpus = RecallCorpus(pairs: 4, keys: 20, values: 9, updated: true)
    for sample in corpus.samples(50, .heldOut, seed: 2) {
      let stale = corpus.stale(in: sample)
      for place in 16..<24 where sample.answers[place] != Batch.none {
        let written = sample.tokens[..<16].indices.filter { sample.tokens[$0] == sample.tokens[place] }
        #expect(written.count == 2 && sample.answers[place] == sample.tokens[written[1] + 1] && stale[place] == sample.tokens[written[0] + 1])
        #expect(stale[place] != sample.answers[place])
      }
    }
  }

  @Test func copyingInductionAndParity() {
    for sample in CopyingCorpus(length: 20, symbols: 3).samples(50, .training, seed: 3) {
      #expect(sample.tokens[..<20].filter { $0 > 1 } == Array(sample.answers[20...]) && sample.tokens[20...].allSatisfy { $0 == 1 })
    }
    for sample in InductionCorpus(length: 12).samples(50, .training, seed: 4) {
      let first = sample.tokens.firstIndex(of: 0)!
      #expect(sample.tokens.filter { $0 == 0 }.count == 2 && sample.answers[11] == sample.tokens[first + 1] && first < 10)
    }
    for sample in ParityCorpus(length: 9).samples(50, .training, seed: 5) {
      for n in 1...9 { #expect(sample.answers[n] == sample.tokens[1...n].reduce(0, +) % 2) }
    }
  }

  @Test func regressionIsLinear() {
    for sample in RegressionCorpus(points: 6, dimension: 1).samples(20, .training, seed: 6) {
      let slopes = sample.numbers.map { $0[1] / $0[0] }
      #expect(sample.numbers.count == 7 && slopes.allSatisfy { abs($0 - slopes[0]) <= 1e-5 * abs(slopes[0]) })
    }
  }

  @Test func sentimentHoldsOutPairs() {
    let corpus = SentimentCorpus()
    func label(_ text: String) -> Int {
      // What counts is the last clause; not and never turn it around.
      let words = text.split(separator: " ").map(String.init)
      let clause = words[(words.lastIndex { $0 == "," } ?? 0)...]
      let good = ["good", "great", "lovely", "clever", "funny", "brilliant", "charming", "perfect"].contains { clause.contains($0) }
      return good != (clause.contains("not") || clause.contains("never")) ? 1 : 0
    }
    var pairs: [CorpusPart: Set<String>] = [:]
    for part in CorpusPart.allCases {
      for sample in corpus.samples(2000, part, seed: 7) {
        let text = corpus.vocabulary.text(of: sample.tokens)
        #expect(sample.label == label(text))
        for clause in text.split(separator: ",") { pairs[part, default: []].insert(String(clause.drop { $0 != "w" }.split(separator: ".").first ?? "")) }
      }
      let positive = corpus.samples(2000, part, seed: 8).filter { $0.label == 1 }.count
      #expect((850...1150).contains(positive))
    }
    #expect(pairs[.heldOut]!.subtracting(pairs[.training]!).count >= 12)
  }

  @Test func preferencesDifferInOneWord() {
    let corpus = PreferencesCorpus()
    for part in CorpusPart.allCases {
      for sample in corpus.samples(50, part, seed: 9) {
        #expect(sample.source.count == 19 && sample.tokens.count == 13)
        #expect(sample.tokens.indices.filter { sample.tokens[$0] != sample.rejected[$0] } == [1])
        #expect(corpus.reward(sample.tokens) == 1 && corpus.reward(sample.rejected) == 0)
        #expect(sample.counted.indices.filter { sample.counted[$0] } == Array(1...5))
        #expect(HeldOut.has(sample.source + sample.tokens) == (part == .heldOut))
      }
    }
  }

  /// A bag of words is the same in both orders, and is not where the second sentence is of another text.
  @Test func sentencePairs() {
    for task in SentencePairsCorpus.Task.allCases {
      let samples = SentencePairsCorpus(task: task).samples(400, .training, seed: 10)
      #expect((150...250).contains(samples.filter { $0.label == 1 }.count))
    }
    let ordered = SentencePairsCorpus(task: .order)
    let words = ordered.vocabulary
    for sample in ordered.samples(100, .training, seed: 11) {
      let first = words[sample.label == 0 ? sample.source[1] : sample.tokens[1]]
      #expect(["has", "goes"].contains(first))
    }
  }

  @Test func routingTokensHaveAClass() {
    let corpus = RoutingCorpus()
    #expect(corpus.kind(of: corpus.vocabulary["猫"]) == .chinese && corpus.kind(of: corpus.vocabulary["let"]) == .code && corpus.kind(of: 0) == nil)
    for sample in corpus.samples(100, .training, seed: 12) {
      for n in 0..<4 { #expect(Set(sample.tokens[6 * n..<6 * n + 6].map { corpus.kind(of: $0) }).count == 1) }
    }
    // ln 4 for the kind; 25 sums, 5·20·2 lines of code, 4·12·3 sentences, 2·12·3 Chinese ones.
    let kinds: [Double] = [25, 200, 144, 72]
    let entropy = log(Double(4)) + kinds.reduce(0) { $0 + log($1) } / 4
    #expect(abs(corpus.floor! - entropy / 6) < 1e-12)
    var broken = corpus.samples(1, .training, seed: 1)[0].tokens
    broken[8] = broken[2] == broken[8] ? broken[1] : broken[2]
    broken[7] = 0
    #expect(corpus.problem(in: broken) == "23 words; a text has 24")
  }

  @Test(arguments: [
    ("tom has the ball in the park . ann has the kite in the barn . eve has the cup in the house . where is ann ?", "in the barn"),
    ("tom has the ball in the park . ann has the kite in the barn . eve has the cup in the house . who has the cup ?", "eve"),
    ("tom has the ball in the park . ann has the kite in the barn . eve has the cup in the house . where is ben ?", nil),
  ] as [(String, String?)]) func answers(source: String, answer: String?) throws {
    let corpus = QuestionsCorpus(), tokens = try #require(corpus.vocabulary.tokens(of: source))
    #expect(corpus.answer(to: tokens) == answer)
    let wrong = corpus.problem(in: corpus.vocabulary[words: "tom"], source: tokens)
    #expect(wrong == (answer.map { "the answer is '\($0)', not 'tom'" } ?? "the source asks nothing that it tells"))
  }

  // MARK: Settings and files

  @Test(arguments: [
    ("recall(pars: 3)", "the corpus recall has no setting 'pars'; did you mean 'pairs'?"),
    ("recall(colour: 3)", "the corpus recall has no setting 'colour'; it has pairs, keys, values, updated"),
    ("recall(pairs: many)", "the corpus recall: pairs must be a whole number from 1 to 4096, not 'many'"),
    ("recall(updated: 3)", "the corpus recall: updated must be true or false, not 3"),
    ("recall(pairs: 200)", "the corpus recall: 200 pairs need as many keys, and there are 127"),
    ("sentence-pairs(task: both)", "the corpus sentence-pairs: task must be one of next, order, not 'both'"),
    ("regression(noise: -1)", "the corpus regression: noise must be a number from 0.0 to 100.0, not -1"),
    ("selective-copying(length: 3)", "the corpus selective-copying: 4 symbols do not fit into 3 tokens"),
    ("file", "the corpus file: the setting path is missing (of the text file)"),
    ("file(path: 3)", "the corpus file: path must be a text, not 3"),
  ]) func wrongSettings(text: String, message: String) {
    #expect { try Corpora.named(text) } throws: { "\($0)" == message }
  }

  @Test func settingsAreTaken() throws {
    let corpus = try #require(try Corpora.named("recall(pairs: 8)", ["updated": .boolean(true)]) as? RecallCorpus)
    #expect(corpus.pairs == 8 && corpus.updated && corpus.keys == 127)
  }

  private func file(_ text: String) throws -> String {
    let path = "/tmp/orrery-corpus-\(getpid())-\(abs(text.hashValue)).txt"
    try AtomicFile.write(path, text)
    return path
  }

  @Test func aFileIsACorpus() throws {
    let path = try file("a b c\n# a note\nc b\ta\na b c\n\nb b\n")
    defer { unlink(path) }
    let corpus = try #require(try Corpora.named("file", ["path": .text(path)]) as? FileCorpus)
    #expect(corpus.words == WordList.usualSpecials + ["a", "b", "c"])
    #expect(corpus.training == [Sample([5, 6, 7, 2]), Sample([5, 2], source: [7, 6])] && corpus.heldOut == [Sample([6, 6, 2])])
    #expect(corpus.longest == Extent(source: 2, text: 4))
    #expect(corpus.training.map(corpus.line) == ["a b c", "c b\ta"])
  }

  @Test func badFiles() throws {
    let empty = try file("\n \n# only a note\n"), one = try file("a b\na b\n"), other = try file("tom has\ntom haz\n")
    defer { for path in [empty, one, other] { unlink(path) } }
    #expect { try FileCorpus(path: empty) } throws: { "\($0)" == "\(empty): the corpus is empty; it wants one sample a line" }
    #expect { try FileCorpus(path: one) } throws: { "\($0)" == "\(one): 1 different lines are too few; one in ten is held out, so at least 2 are needed" }
    let words = StoriesCorpus().vocabulary
    #expect { try FileCorpus(path: other, vocabulary: words) } throws: { "\($0)" == "\(other):2: the word 'haz' is not in the vocabulary; the nearest is 'has'" }
    let tokenizer = try Tokenizer(json: JSON.parse(Array(words.tokenizerJSON().utf8), name: "tokenizer.json"))
    #expect { try FileCorpus(path: other, tokenizer: tokenizer) } throws: { "\($0)" == "\(other):2: the word 'haz' is not in the vocabulary; the nearest is 'has'" }
    #expect { try FileCorpus(path: "/no/such/file") } throws: { $0 is FileFailure }
  }

  /// What is learned at one length is measured at another: on the same task in texts half again as long.
  @Test func longerTextsAreOfTheSameTask() throws {
    let copying = CopyingCorpus(length: 8, symbols: 2, kinds: 3)
    #expect(copying.longer.longest == Extent(text: 14) && copying.longer.words == copying.words)
    #expect(ParityCorpus(length: 8).longer.longest == Extent(text: 13) && InductionCorpus(length: 8).longer.longest == Extent(text: 12))
    #expect(Measure("longer", corpus: copying) == .longer && Measure("longer", corpus: StoriesCorpus()) == nil)

    let recipe = Recipe("decoder", [
      .init("layers", .integer(1)), .init("width", .integer(16)), .init("attention", .call(Recipe("multiHead", [.init("heads", .integer(2))]))),
      .init("vocabulary", .integer(copying.words.count)),
    ])
    let model = try recipe.architecture()
    try model.initialise(seed: 3, rule: .mini)
    let next = try NextToken(copying.vocabulary.special)
    let trainer = try Trainer(model, on: copying, next, TrainingSettings(optimiser: OptimiserSettings(.adamW(), rate: 0.01), steps: 40, batch: 16, heldOutSamples: 8))
    while !trainer.isFinished { try trainer.advance() }
    func value(_ measure: Measure, _ corpus: any Corpus) throws -> Double { try Measuring(model, corpus, next, Plan.Writing()).value(of: measure, samples: 200) }
    let longer = try value(.longer, copying), right = try value(.right, copying)
    #expect(try longer == value(.right, CopyingCorpus(length: 12, symbols: 2, kinds: 3)) && longer > 0 && longer != right, "\(longer), \(right)")
  }
}
