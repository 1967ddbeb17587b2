// Settings of a corpus, as a plan file writes them: names and plain values. Every corpus says which settings it has, with their default and range;
// whatever else is given is an error.

import Models

extension Recipe.Value {
  /// As it is written: 8, 0.5, true, plain; anything else is a word, without its quotes.
  init(written text: String) {
    if let n = Int(text) { self = .integer(n) }
    else if let x = Double(text), x.isFinite { self = .number(x) }
    else if text == "true" || text == "false" { self = .boolean(text == "true") }
    else { self = .text(text.count > 1 && text.first == "\"" && text.last == "\"" ? String(text.dropFirst().dropLast()) : text) }
  }

  var written: String {
    switch self {
    case .integer(let n): "\(n)"
    case .number(let x): "\(x)"
    case .boolean(let b): "\(b)"
    case .text(let s): "'\(s)'"
    case .list: "a list"
    case .call(let recipe): "a call of \(recipe.builder)"
    }
  }
}

/// What a setting may be.
public struct SettingInfo: Sendable {
  public enum Range: Sendable {
    case int(ClosedRange<Int>), real(ClosedRange<Double>), flag, words([String])
    /// Any text, such as a path.
    case text
  }
  public let name: String
  /// Nil: it must be given.
  public let standard: Recipe.Value?
  public let range: Range
  public let about: String

  init(_ name: String, _ standard: Recipe.Value?, _ range: Range, _ about: String) { (self.name, self.standard, self.range, self.about) = (name, standard, range, about) }

  /// What is expected, for a message.
  var expected: String {
    switch range {
    case .int(let r): "a whole number from \(r.lowerBound) to \(r.upperBound)"
    case .real(let r): "a number from \(r.lowerBound) to \(r.upperBound)"
    case .flag: "true or false"
    case .words(let words): "one of \(words.joined(separator: ", "))"
    case .text: "a text"
    }
  }

  func accepts(_ value: Recipe.Value) -> Bool {
    switch (range, value) {
    case (.int(let r), .integer(let n)): r.contains(n)
    case (.real(let r), .integer(let n)): r.contains(Double(n))
    case (.real(let r), .number(let x)): r.contains(x)
    case (.flag, .boolean): true
    case (.words(let words), .text(let s)): words.contains(s)
    case (.text, .text): true
    default: false
    }
  }
}

/// Checked settings, with the defaults filled in.
struct Settings {
  let corpus: String
  private let values: [String: Recipe.Value]

  init(_ corpus: String, _ given: [String: Recipe.Value], _ infos: [SettingInfo]) throws(CorpusFailure) {
    var values: [String: Recipe.Value] = [:]
    for (key, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let info = infos.first(where: { $0.name == key }) else { throw .unknownSetting(corpus: corpus, key, known: infos.map(\.name)) }
      guard info.accepts(value) else { throw .wrongValue(corpus: corpus, setting: key, expected: info.expected, found: value.written) }
    }
    for info in infos {
      guard let value = given[info.name] ?? info.standard else {
        throw .contradiction(corpus: corpus, "the setting \(info.name) is missing (\(info.about))")
      }
      values[info.name] = value
    }
    (self.corpus, self.values) = (corpus, values)
  }

  func int(_ name: String) -> Int { if case .integer(let n)? = values[name] { n } else { 0 } }
  func real(_ name: String) -> Double {
    switch values[name] {
    case .number(let x): x
    case .integer(let n): Double(n)
    default: 0
    }
  }
  func flag(_ name: String) -> Bool { values[name] == .boolean(true) }
  func word(_ name: String) -> String { if case .text(let s)? = values[name] { s } else { "" } }
}
