// The corpora by name: what plan files and commands choose from.

import Models

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
    Entry("translation", "small English sentences and their Chinese") { _ in TranslationCorpus() },
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
