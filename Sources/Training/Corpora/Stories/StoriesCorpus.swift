// STORIES: two people, what they own, two animals, a pronoun, a question; 32 words whose law is known exactly. It asks for agreement past a nearer
// noun (place 17), for recall of what was said (22, 23) and for an answer about the other person (30, 31). Three forms: see `Form`.

import Tensors

/// Stories of 32 tokens:
/// `N1 has P1 C1 O1 . N2 has P2 C2 O2 . the A near the B V . s T P1 C1 O1 . what has N2 ? P2 C2 O2`
public struct StoriesCorpus: JudgedCorpus {
  public enum Form: String, Sendable, CaseIterable {
    /// The pronoun means the first person, the question the second.
    case plain
    /// The pronoun and the question mean either: pronoun → gender → name → colour and thing must be bound.
    case bind
    /// As `bind`, with a and the for his and her: only names bind.
    case hard
  }

  public let form: Form
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  let law: FactoredLaw

  public var name: String { form == .plain ? "stories" : "stories-\(form)" }
  public var about: String {
    switch form {
    case .plain: "stories of 32 words about two people, their things and two animals, with a question about the second person"
    case .bind: "the same stories, where the pronoun and the question mean either person"
    case .hard: "stories-bind with a and the for his and her: only names tell who owns what"
    }
  }
  public var longest: Extent? { Extent(text: Story.length) }
  /// 0.404618 nats a token of `plain`: the entropy of a story over its 32 tokens.
  public var floor: Double? { law.entropy / Double(Story.length) }
  /// How many stories there are.
  public var count: Int { law.count }

  public init(_ form: Form = .plain) {
    self.form = form
    vocabulary = Story.words(form)
    law = Story.law(form, vocabulary)
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part) { Sample(law.sample(using: &generator)) }
  }

  // MARK: What a model is held against

  /// What a perfect model of the next token loses at each of the 32 places, in nats.
  public var floors: [Double] { law.conditionalEntropies() }
  /// Entropy of each place by itself.
  public var marginalEntropies: [Double] { law.marginalEntropies() }
  /// The best guess at hidden words (nil), by enumeration.   [32][vocabulary]
  public func posterior(_ seen: [Int?]) -> [[Double]] { law.posterior(seen) }
  /// What a perfect masked model loses at a hidden word, if each word is hidden with probability `rate`; exact for `plain`, otherwise the mean of
  /// seeded draws.
  public func maskedFloor(rate: Double = 0.15, draws: Int = 400, seed: UInt64 = 1) -> Double {
    law.maskedLoss(rate: rate) ?? law.maskedLoss(rate: rate, draws: draws, seed: seed)
  }

  public var probes: [Probe] {
    let verbs = Story.verbs.map { forms in forms.map { vocabulary[$0] } }
    return [
      Probe(name: "agreement") { sample in
        let many = verbs[1].contains(sample.tokens[17])
        return [.init(place: 17, right: verbs[many ? 1 : 0], wrong: verbs[many ? 0 : 1])]
      },
      Probe(name: "recall") { sample in [22, 23].map { .init(place: $0, right: [sample.tokens[$0]], wrong: []) } },
      Probe(name: "answer") { sample in [30, 31].map { .init(place: $0, right: [sample.tokens[$0]], wrong: []) } },
    ]
  }
}

/// The words of the stories and which of them go together.
enum Story {
  static let length = 32
  static let names = [["tom", "ben", "sam"], ["ann", "eve", "mia"]]
  static let pronouns = ["he", "she"], possessives = ["his", "her"]
  static let colours = ["red", "blue", "green"]
  static let things = ["ball", "kite", "book", "cup"]
  static let animals = [["dog", "cat", "bird"], ["dogs", "cats", "birds"]]
  /// One sleeps, many sleep.
  static let verbs = [["sleeps", "runs", "sings"], ["sleep", "run", "sing"]]
  static let wishes = ["likes", "sees", "wants"]

  static func words(_ form: StoriesCorpus.Form) -> WordList {
    let determiners = form == .hard ? ["a"] : possessives
    return WordList(
      names.joined() + ["has"] + determiners + colours + things + [".", "the", "near"] + animals.joined() + verbs.joined() + pronouns + wishes + ["what", "?"])
  }

  static func law(_ form: StoriesCorpus.Form, _ words: WordList) -> FactoredLaw {
    var fixed = [Int](repeating: 0, count: length)
    for (place, word) in [
      (1, "has"), (5, "."), (7, "has"), (11, "."), (12, "the"), (14, "near"), (15, "the"), (18, "."), (24, "."), (25, "what"), (26, "has"), (28, "?"),
    ] { fixed[place] = words[word] }

    // Who: the names of the two, and what follows from their gender.
    var who: [[String]] = []                                                        // N1 P1 N2 P2, then by person: pronoun, possessive
    for g in 0..<2 {
      for n1 in names[g] { for n2 in names[1 - g] { who.append([n1, possessives[g], n2, possessives[1 - g], pronouns[g], pronouns[1 - g]]) } }
    }
    let colourPairs = colours.flatMap { a in colours.filter { $0 != a }.map { [a, $0] } }
    let thingPairs = things.flatMap { a in things.filter { $0 != a }.map { [a, $0] } }
    let animalVerbs = (0..<2).flatMap { number in animals[number].flatMap { a in verbs[number].map { [a, $0] } } }

    func table(_ places: [Int], _ rows: [[String]]) -> FactoredLaw.Factor { .init(places, rows.map { $0.map { words[$0] } }) }
    let independent = [
      table([13, 17], animalVerbs), table([16], animals.joined().map { [$0] }), table([20], wishes.map { [$0] }),
    ]
    switch form {
    case .plain:
      return FactoredLaw(
        fixed: fixed,
        factors: [
          table([0, 2, 6, 8, 19, 21, 27, 29], who.map { [$0[0], $0[1], $0[2], $0[3], $0[4], $0[1], $0[2], $0[3]] }),
          table([3, 9, 22, 30], colourPairs.map { [$0[0], $0[1], $0[0], $0[1]] }), table([4, 10, 23, 31], thingPairs.map { [$0[0], $0[1], $0[0], $0[1]] }),
        ] + independent, vocabulary: words.count)
    case .bind, .hard:
      // Whom the pronoun means and whom the question asks for ties all of it together: one table.
      var rows: [[String]] = []
      let bind = form == .bind
      for w in who { for c in colourPairs { for o in thingPairs { for told in 0..<2 { for asked in 0..<2 {
        rows.append([
          w[0], bind ? w[1] : "a", c[0], o[0], w[2], bind ? w[3] : "a", c[1], o[1], w[4 + told], bind ? w[2 * told + 1] : "the", c[told], o[told],
          w[2 * asked], bind ? w[2 * asked + 1] : "the", c[asked], o[asked],
        ])
      } } } } }
      return FactoredLaw(
        fixed: fixed, factors: [table([0, 2, 3, 4, 6, 8, 9, 10, 19, 21, 22, 23, 27, 29, 30, 31], rows)] + independent, vocabulary: words.count)
    }
  }
}
