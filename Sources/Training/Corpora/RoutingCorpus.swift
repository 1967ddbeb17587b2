// Text for looking at routers: four kinds of text whose words do not overlap (sums, code, English, Chinese), so that a table of experts against
// classes of tokens says whether experts follow the token, its class, or neither.

import Glibc
import Tensors

/// Segments of six tokens, each of a kind drawn anew: `3 + 4 = 7 ;`, `let x := y * z`, `the red dog sees a cat`, `这 只 猫 看见 狗 。`
public struct RoutingCorpus: JudgedCorpus {
  public enum Kind: String, Sendable, CaseIterable { case sums, code, english, chinese }

  public let name = "routing"
  public let about = "segments of sums, code, English and Chinese, whose words do not overlap"
  public let vocabulary: WordList
  public var words: [String] { vocabulary.list }
  public let segments: Int
  private let laws: [FactoredLaw]
  /// Entropy of a segment, its kind included, over its six tokens.
  public var floor: Double? { (log(4) + laws.reduce(0) { $0 + $1.entropy } / 4) / 6 }
  public var longest: Extent? { Extent(text: 6 * segments) }

  public init(segments: Int = 4) {
    self.segments = max(1, segments)
    let variables = ["x", "y", "z", "u", "v"], colours = ["red", "big", "old", "new"], animals = ["dog", "cat", "bird", "fish"], verbs = ["sees", "likes", "helps"]
    let nouns = [("只", "猫"), ("只", "狗"), ("匹", "马"), ("头", "牛")], acts = ["看见", "喜欢", "帮助"]
    func different(_ items: [String]) -> [[String]] { items.flatMap { a in items.filter { $0 != a }.map { [a, $0] } } }
    let sums: [[String]] = (0..<25).map { n in ["\(n / 5)", "\(n % 5)", "\(n / 5 + n % 5)"] }
    let whoWhom: [[String]] = nouns.flatMap { n in nouns.map(\.1).filter { $0 != n.1 }.map { [n.0, n.1, $0] } }
    let tables: [(Kind, String, [([Int], [[String]])])] = [
      (.sums, "_ + _ = _ ;", [([0, 2, 4], sums)]),
      (.code, "let _ := _ _ _", [([1], variables.map { [$0] }), ([3, 5], different(variables)), ([4], [["*"], ["-"]])]),
      (.english, "the _ _ _ a _", [([1], colours.map { [$0] }), ([2, 5], different(animals)), ([3], verbs.map { [$0] })]),
      (.chinese, "_ _ _ _ _ 。", [([0], [["这"], ["那"]]), ([1, 2, 4], whoWhom), ([3], acts.map { [$0] })]),
    ]
    var words: [String] = []
    for (_, fixed, factors) in tables {
      words += fixed.split(separator: " ").map(String.init).filter { $0 != "_" }
      for (_, rows) in factors { words += rows.joined() }
    }
    let vocabulary = WordList(words)
    laws = tables.map { _, fixed, factors in
      FactoredLaw(
        fixed: fixed.split(separator: " ").map { vocabulary.id(of: String($0)) ?? 0 },
        factors: factors.map { places, rows in .init(places, rows.map { $0.map { vocabulary[$0] } }) }, vocabulary: vocabulary.count)
    }
    self.vocabulary = vocabulary
  }

  public func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample {
    HeldOut.draw(part) { Sample((0..<segments).flatMap { _ in laws[generator.below(4)].sample(using: &generator) }) }
  }

  /// The kind of text a word belongs to; nil for special tokens.
  public func kind(of token: Int) -> Kind? { laws.firstIndex { $0.canHave(token) }.map { Kind.allCases[$0] } }

  public func problem(in tokens: [Int], source: [Int]) -> String? {
    let text = tokens.filter { !vocabulary.special.isSpecial($0) }
    guard text.count == 6 * segments else { return "\(text.count) words; a text has \(6 * segments)" }
    for n in 0..<segments {
      let segment = Array(text[6 * n..<6 * n + 6])
      if !laws.contains(where: { $0.contains(segment) }) { return "segment \(n + 1), '\(vocabulary.text(of: segment))', is none of the four kinds" }
    }
    return nil
  }
}

extension FactoredLaw {
  /// Whether a word occurs in some text.
  func canHave(_ word: Int) -> Bool { fixed.contains { $0 == word && word > 0 } || factors.contains { $0.values.contains(UInt8(truncatingIfNeeded: word)) } }
}
