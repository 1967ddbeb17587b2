import Glibc
import Tensors
import Testing

@testable import Training

@Suite struct StoriesTests {
  let plain = StoriesCorpus(.plain), bind = StoriesCorpus(.bind), hard = StoriesCorpus(.hard)

  /// The figures of the reference page, 13.2.
  @Test func countsAndFloors() {
    #expect(plain.words.count == 43 && bind.words.count == 43)
    #expect(plain.count == 419_904 && bind.count == 1_679_616 && hard.count == 1_679_616)
    #expect(abs(plain.floor! - 0.404618) < 5e-7)
    #expect(abs(bind.floor! - 0.447940) < 5e-7)
    #expect(hard.floor == bind.floor)
    #expect(abs(plain.marginalEntropies.reduce(0, +) - 25.2545) < 5e-5)
  }

  /// What a perfect model loses at each place sums to the entropy and stands where the choices are.
  @Test func floorsOfTheTokens() {
    let floors = plain.floors
    #expect(abs(floors.reduce(0, +) - 12.94778) < 5e-6)
    for (place, options) in [(0, 6.0), (3, 3), (4, 4), (6, 3), (9, 2), (10, 3), (13, 6), (16, 6), (17, 3), (20, 3)] {
      #expect(abs(floors[place] - log(options)) < 1e-6)
    }
    #expect(floors.filter { $0 > 1e-12 }.count == 10)
    #expect(abs(bind.floors.reduce(0, +) / 32 - bind.floor!) < 1e-12)
  }

  /// 0.2449 and 0.2549 were measured on draws of text and mask; ours is exact, or the mean of 400 draws.
  @Test func maskedFloors() {
    let exact = plain.maskedFloor()
    #expect(abs(exact - 0.2449) < 0.004)
    #expect(abs(plain.law.maskedLoss(rate: 0.15, draws: 6000, seed: 3) - exact) < 0.01)
    #expect(abs(bind.maskedFloor(draws: 300) - 0.2549) < 0.03)
    // All hidden: the places by themselves. Nearly none hidden: what one hole leaves open.
    #expect(abs(plain.maskedFloor(rate: 1) - 25.2545 / 32) < 1e-5)
  }

  @Test func bestGuesses() throws {
    let story = try #require(plain.vocabulary.tokens(of: "tom has his red ball . ann has her blue kite . the dog near the cats runs . he likes his red ball . what has ann ? her blue kite"))
    #expect(plain.problem(in: story) == nil)
    var seen = story.map(Optional.some)
    for place in [3, 22, 16] { seen[place] = nil }
    let p = plain.posterior(seen)
    #expect(p[3][plain.vocabulary["red"]] == 0.5 && p[3][plain.vocabulary["blue"]] == 0 && p[3][plain.vocabulary["green"]] == 0.5)
    #expect(p[16].filter { $0 > 0 }.count == 6)
    seen[22] = story[22]
    #expect(plain.posterior(seen)[3][plain.vocabulary["red"]] == 1)
  }

  @Test(arguments: [
    ("tom has his red ball . ben has his blue kite . the dog near the cats runs . he likes his red ball . what has ben ? his blue kite",
     "word 7, 'ben': the two people must be he and she, as tom is the other he"),
    ("tom has her red ball . ann has her blue kite . the dog near the cats runs . he likes her red ball . what has ann ? her blue kite", "word 3, 'her': does not fit tom"),
    ("tom has his red ball . ann has his blue kite . the dog near the cats runs . he likes his red ball . what has ann ? his blue kite", "word 9, 'his': does not fit ann"),
    ("tom has his red ball . ann has her red kite . the dog near the cats runs . he likes his red ball . what has ann ? her red kite", "word 10, 'red': both have the same colour"),
    ("tom has his red ball . ann has her blue ball . the dog near the cats runs . he likes his red ball . what has ann ? her blue ball", "word 11, 'ball': both have the same thing"),
    ("tom has his red ball . ann has her blue kite . the dog near the cats run . he likes his red ball . what has ann ? her blue kite",
     "word 18, 'run': does not agree with 'dog' (word 14)"),
    ("tom has his red ball . ann has her blue kite . the dog near the cats runs . she likes his red ball . what has ann ? her blue kite", "word 20, 'she': must mean tom"),
    ("tom has his red ball . ann has her blue kite . the dog near the cats runs . he likes his red kite . what has ann ? her blue kite",
     "word 24, 'kite': tom (he) has his red ball"),
    ("tom has his red ball . ann has her blue kite . the dog near the cats runs . he likes his red ball . what has ann ? her red kite", "word 31, 'red': ann has her blue kite"),
    ("tom has his red ball . ann has her blue kite . the dog near the cats runs . he likes his red ball . what has tom ? his red ball", "word 28, 'tom': the question is about ann"),
    ("tom has his red ball . ann has her blue", "10 words; a story has 32"),
    ("tom has his ball ball", "word 4, 'ball': expected a colour"),
    ("tom has tom", "word 3, 'tom': expected 'his' or 'her'"),
  ]) func reasons(text: String, reason: String) throws {
    #expect(plain.problem(in: try #require(plain.vocabulary.tokens(of: text))) == reason)
  }

  @Test func questionsAboutEitherPerson() throws {
    let text = "tom has his red ball . ann has her blue kite . the dog near the cats runs . she likes her blue kite . what has tom ? his red ball"
    #expect(bind.problem(in: try #require(bind.vocabulary.tokens(of: text))) == nil)
    let other = "tom has a red ball . ann has a blue kite . the dog near the cats runs . she likes the blue kite . what has sam ? the red ball"
    #expect(hard.problem(in: try #require(hard.vocabulary.tokens(of: other))) == "word 28, 'sam': is not one of the two people")
    #expect(hard.problem(in: try #require(hard.vocabulary.tokens(of: other.replacing("sam", with: "tom").replacing("likes the blue", with: "likes the red")))) == "word 23, 'red': ann (she) has a blue kite")
  }

  /// The judge and the tables, written apart, say the same of stories with one word replaced.
  @Test(arguments: StoriesCorpus.Form.allCases) func judgeAgreesWithTheLaw(form: StoriesCorpus.Form) {
    let corpus = StoriesCorpus(form)
    var generator = SeededGenerator(seed: 8), right = 0
    for _ in 0..<400 {
      var story = corpus.sample(.training, using: &generator).tokens
      story[generator.below(32)] = 5 + generator.below(corpus.words.count - 5)
      let valid = corpus.law.contains(story)
      #expect((corpus.problem(in: story) == nil) == valid)
      if valid { right += 1 }
    }
    #expect(right > 0 && right < 100)
  }

  @Test func heldOutShare() {
    var generator = SeededGenerator(seed: 1), held = 0
    for _ in 0..<20_000 where HeldOut.has(plain.law.sample(using: &generator)) { held += 1 }
    #expect(abs(Double(held) / 20_000 - 1.0 / 64) < 0.004)                        // 4 standard deviations of 0.0009
  }
}

@Suite struct TranslationTests {
  let corpus = TranslationCorpus()

  /// The figures of the reference page, 13.2.
  @Test func counts() throws {
    #expect(corpus.training.count == 11_483 && corpus.heldOut.count == 2_872)
    #expect(corpus.words.count == 72 && corpus.longest == Extent(source: 8, text: 10))
    #expect(Set((corpus.training + corpus.heldOut).map(\.source)).count == 14_355)
    let love = try #require(corpus.vocabulary.tokens(of: "i love you"))
    #expect(corpus.heldOut.contains { $0.source == love && corpus.vocabulary.text(of: $0.tokens) == "我 爱 你" })
  }

  @Test(arguments: [
    ("does she see those cars", nil), ("she does not see two red cars today", "她 今天 不 看见 两 辆 红 车"), ("do they know that cat now ?", "他们 现在 认识 那 只 猫 吗 ?"),
    ("he helps us", "他 帮助 我们"),
  ] as [(String, String?)]) func translations(english: String, chinese: String?) {
    let found = corpus.vocabulary.tokens(of: english).flatMap { corpus.translation(of: $0) }.map { corpus.vocabulary.text(of: $0) }
    #expect(found == chinese)
  }

  @Test(arguments: [
    ("我 爱 你", nil), ("我 不 爱 你", "word 2 must be '爱', not '不'"), ("我 爱", "'你' is missing after word 2"), ("我 爱 你 吗 ?", "word 4 is one too many"),
  ] as [(String, String?)]) func reasons(chinese: String, reason: String?) throws {
    let source = try #require(corpus.vocabulary.tokens(of: "i love you")), tokens = try #require(corpus.vocabulary.tokens(of: chinese))
    #expect(corpus.problem(in: tokens, source: source) == reason)
    #expect(corpus.problem(in: tokens, source: Array(source.reversed())) == "'you love i' is not a sentence of the grammar")
  }
}
