// A toy language pair: every sentence of a small English grammar with its Chinese. The order of words differs (the time follows the subject, 不
// stands before the verb, 吗 ends a question), English bends its verbs and nouns, Chinese wants a measure word, and the pronouns change their form.

import Tensors

/// English → Chinese: 6 subjects × statement, negation, question × 5 verbs × objects × time, 14,355 pairs, a fifth of them held out,
/// `i love you` among those. The source decides the target.
public struct TranslationCorpus: JudgedCorpus {
  public let name = "translation"
  public let about = "small English sentences and their Chinese; word order, measure words, negation and questions differ"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  public let longest: Extent?
  public var floor: Double? { 0 }
  /// English and Chinese; the Chinese ends with `<eos>`.
  public let training, heldOut: [Sample]
  private let chinese: [[Int]: [Int]]

  public init() {
    let pairs = Self.pairs()
    let english = Set(pairs.flatMap { $0.english.split(separator: " ").map(String.init) })
    let other = Set(pairs.flatMap { $0.chinese.split(separator: " ").map(String.init) }).subtracting(english)
    let words = WordList(specials: ["<pad>", "<bos>", "<eos>", "<sep>"], english.sorted() + other.sorted())
    var all = pairs.map { Sample(words[words: $0.chinese] + [words["<eos>"]], source: words[words: $0.english]) }
    let first = all.firstIndex { $0.source == words[words: "i love you"] }!
    let beloved = all.remove(at: first)
    // A fifth of the others and that one: the order is drawn once and for all.
    var generator = SeededGenerator(seed: 14_355)
    all = generator.shuffled(all)
    let share = pairs.count / 5
    heldOut = [beloved] + all.prefix(share)
    training = Array(all.dropFirst(share))
    longest = Extent(source: (training + heldOut).map(\.source.count).max()!, text: (training + heldOut).map(\.tokens.count).max()!)
    chinese = Dictionary(uniqueKeysWithValues: (training + heldOut).map { ($0.source, $0.tokens) })
    vocabulary = words
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample { generator.pick(part == .training ? training : heldOut) }

  /// The Chinese of an English sentence, with `<eos>`; nil if it is not a sentence of the grammar.
  public func translation(of source: [Int]) -> [Int]? { chinese[source] }

  public func problem(in tokens: [Int], source: [Int]) -> String? {
    guard var right = chinese[source] else { return "'\(vocabulary.text(of: source))' is not a sentence of the grammar" }
    right.removeLast()
    let found = tokens.prefix { $0 != vocabulary.special[.end] }.drop { $0 == vocabulary.special[.begin] }
    for (n, (a, b)) in zip(found, right).enumerated() where a != b {
      return "word \(n + 1) must be '\(words[b])', not '\(words.indices.contains(a) ? words[a] : "token \(a)")'"
    }
    if found.count < right.count { return "'\(words[right[found.count]])' is missing after word \(found.count)" }
    return found.count > right.count ? "word \(right.count + 1) is one too many" : nil
  }

  // MARK: The grammar

  private static let subjects = [("i", "我"), ("you", "你"), ("he", "他"), ("she", "她"), ("we", "我们"), ("they", "他们")]
  private static let persons = [("me", "我"), ("you", "你"), ("him", "他"), ("her", "她"), ("us", "我们"), ("them", "他们")]
  /// Those would want -self, or are odd.
  private static let reflexive: Set = ["i me", "i us", "we me", "we us", "you you"]
  private static let verbs = [("love", "爱"), ("see", "看见"), ("help", "帮助"), ("know", "认识"), ("like", "喜欢")]
  private static let determiners = [("a", "一"), ("this", "这"), ("that", "那"), ("two", "两")]
  private static let adjectives = [("", ""), ("red", "红"), ("big", "大"), ("new", "新")]
  private static let nouns = [("book", "本", "书"), ("cat", "只", "猫"), ("car", "辆", "车")]
  private static let times = [("", ""), ("today", "今天"), ("now", "现在")]

  /// All pairs, always in the same order.
  static func pairs() -> [(english: String, chinese: String)] {
    func joined(_ words: String...) -> String { words.filter { !$0.isEmpty }.joined(separator: " ") }
    let things = determiners.flatMap { d in adjectives.flatMap { a in nouns.map { n in
      (joined(d.0, a.0, d.0 == "two" ? n.0 + "s" : n.0), joined(d.1, n.1, a.1, n.2))
    } } }
    var found: [(english: String, chinese: String)] = []
    for s in subjects {
      let third = s.0 == "he" || s.0 == "she"
      let objects = persons.filter { !reflexive.contains(joined(s.0, $0.0)) } + things
      for v in verbs { for o in objects { for t in times {
        found.append((joined(s.0, third ? v.0 + "s" : v.0, o.0, t.0), joined(s.1, t.1, v.1, o.1)))
        found.append((joined(s.0, third ? "does" : "do", "not", v.0, o.0, t.0), joined(s.1, t.1, "不", v.1, o.1)))
        found.append((joined(third ? "does" : "do", s.0, v.0, o.0, t.0, "?"), joined(s.1, t.1, v.1, o.1, "吗", "?")))
      } } }
    }
    return found
  }
}
