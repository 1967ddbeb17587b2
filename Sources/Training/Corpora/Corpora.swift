// The corpora by name: what plan files and commands choose from.

import Models
import Tokenizers

/// All corpora.
public enum Corpora {
  /// A kind of corpus and what may be set about it.
  public struct Entry: Sendable {
    public let name, about: String
    public let settings: [SettingInfo]
    let make: @Sendable (Settings) throws -> any Corpus

    init(_ name: String, _ about: String, _ settings: [SettingInfo] = [], _ make: @escaping @Sendable (Settings) throws -> any Corpus) {
      (self.name, self.about, self.settings, self.make) = (name, about, settings, make)
    }
  }

  public static let all: [Entry] = [
    Entry("stories", StoriesCorpus(.plain).about) { _ in StoriesCorpus(.plain) },
    Entry("stories-bind", StoriesCorpus(.bind).about) { _ in StoriesCorpus(.bind) },
    Entry("stories-hard", StoriesCorpus(.hard).about) { _ in StoriesCorpus(.hard) },
    Entry("tales", "small English stories of different lengths, about 300 words", [
      SettingInfo("tokenizer", .text(""), .text, "path of a tokenizer.json that cuts them; without one the words are the vocabulary"),
    ]) { s in
      if s.word("tokenizer").isEmpty { return TalesCorpus() }
      return try TokenizedTales(tokenizer: s.word("tokenizer"))
    },
    Entry("translation", "small English sentences and their Chinese") { _ in TranslationCorpus() },
    Entry("sentiment", "small reviews with negation, liked or not") { _ in SentimentCorpus() },
    Entry("questions", "who has what where, and a question with its answer", [
      SettingInfo("facts", .integer(3), .int(1...6), "how many are told"),
    ]) { QuestionsCorpus(facts: $0.int("facts")) },
    Entry("sentence-pairs", "two sentences: does the second follow the first?", [
      SettingInfo("task", .text("next"), .words(SentencePairsCorpus.Task.allCases.map(\.rawValue)), "next: the second may be of another text; order: the two may be swapped"),
    ]) { SentencePairsCorpus(task: .init(rawValue: $0.word("task")) ?? .next) },
    Entry("preferences", "stories cut in two, with a preferred and a rejected response") { _ in PreferencesCorpus() },
    Entry("routing", "sums, code, English and Chinese, whose words do not overlap", [
      SettingInfo("segments", .integer(4), .int(1...64), "of six tokens each"),
    ]) { RoutingCorpus(segments: $0.int("segments")) },
    Entry("recall", "pairs of a key and a value, then each key is asked for its value", [
      SettingInfo("pairs", .integer(16), .int(1...4096), "how many"), SettingInfo("keys", .integer(127), .int(1...65_536), "how many different ones there are"),
      SettingInfo("values", .integer(128), .int(2...65_536), "how many different ones there are"),
      SettingInfo("updated", .boolean(false), .flag, "every key is written twice, the later value counts"),
    ]) { s in
      guard s.int("pairs") <= s.int("keys") else {
        throw CorpusFailure.contradiction(corpus: "recall", "\(s.int("pairs")) pairs need as many keys, and there are \(s.int("keys"))")
      }
      return RecallCorpus(pairs: s.int("pairs"), keys: s.int("keys"), values: s.int("values"), updated: s.flag("updated"))
    },
    Entry("selective-copying", "a few symbols among noise, to be repeated in order", [
      SettingInfo("length", .integer(64), .int(1...65_536), "tokens before the markers"), SettingInfo("symbols", .integer(4), .int(1...4096), "to be repeated"),
      SettingInfo("kinds", .integer(6), .int(2...26), "of symbols"),
    ]) { s in
      guard s.int("symbols") <= s.int("length") else {
        throw CorpusFailure.contradiction(corpus: "selective-copying", "\(s.int("symbols")) symbols do not fit into \(s.int("length")) tokens")
      }
      return CopyingCorpus(length: s.int("length"), symbols: s.int("symbols"), kinds: s.int("kinds"))
    },
    Entry("induction", "a mark in a random text and again at its end: what followed it?", [
      SettingInfo("length", .integer(64), .int(3...65_536), "tokens, the second mark included"), SettingInfo("kinds", .integer(16), .int(2...26), "of tokens"),
    ]) { InductionCorpus(length: $0.int("length"), kinds: $0.int("kinds")) },
    Entry("parity", "bits; at each one, whether the ones so far are odd", [
      SettingInfo("length", .integer(32), .int(8...65_536), "bits"),
    ]) { ParityCorpus(length: $0.int("length")) },
    Entry("regression", "points of a hidden linear function, and a query", [
      SettingInfo("points", .integer(16), .int(1...4096), "before the query"), SettingInfo("dimension", .integer(4), .int(1...256), "of x"),
      SettingInfo("noise", .number(0), .real(0...100), "standard deviation of what is added to y"),
    ]) { RegressionCorpus(points: $0.int("points"), dimension: $0.int("dimension"), noise: Float($0.real("noise"))) },
    Entry("file", "a text file, one sample a line (source and text with a tab between)", [
      SettingInfo("path", nil, .text, "of the text file"), SettingInfo("tokenizer", .text(""), .text, "path of a tokenizer.json; without one its own words are the vocabulary"),
    ]) { s in
      s.word("tokenizer").isEmpty ? try FileCorpus(path: s.word("path")) : try FileCorpus(path: s.word("path"), tokenizer: Tokenizer(path: s.word("tokenizer")))
    },
  ]

  /// A corpus by its name, or by a name with settings: `recall(pairs: 8, updated: true)`. Settings that are given beside the name win.
  /// Throws `CorpusFailure` (and the failures of a file, for a corpus from one).
  public static func named(_ text: String, _ settings: [String: Recipe.Value] = [:]) throws -> any Corpus {
    let (name, written) = try parse(text)
    guard let entry = all.first(where: { $0.name == name }) else { throw CorpusFailure.unknownCorpus(name, known: all.map(\.name)) }
    return try entry.make(Settings(name, written.merging(settings) { $1 }, entry.settings))
  }

  /// `name` or `name(key: value, …)`.
  static func parse(_ text: String) throws(CorpusFailure) -> (name: String, settings: [String: Recipe.Value]) {
    let text = trimmed(text)
    guard let open = text.firstIndex(of: "(") else { return (text, [:]) }
    guard text.last == ")" else { throw .notCall(text) }
    var settings: [String: Recipe.Value] = [:]
    let inside = text[text.index(after: open)...].dropLast()
    for part in inside.split(separator: ",") {
      let sides = part.split(separator: ":", maxSplits: 1).map { trimmed($0) }
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty, settings[sides[0]] == nil else { throw .notCall(text) }
      settings[sides[0]] = Recipe.Value(written: sides[1])
    }
    return (trimmed(text[..<open]), settings)
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
