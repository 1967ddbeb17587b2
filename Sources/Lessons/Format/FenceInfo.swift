// The info string of a lesson's fence: `word {#id key=value flag}`.

import Files

/// A lesson block's kind: its word, and the attributes that it takes.
enum FenceWord: String, CaseIterable {
  case orrery, output, expect, exercise, check, hint, quiz, predict, figure, solution, wrong

  var attributes: [String] {
    switch self {
    case .orrery: ["#id", "error", "silent", "setup", "claim"]
    case .output: ["of", "tol"]
    case .expect, .check, .hint, .solution: ["of"]
    case .exercise: ["#id", "needs", "points", "words"]
    case .quiz: ["#id"]
    case .predict: ["#id", "of", "answer", "kind", "tol"]
    case .figure: ["of"]
    case .wrong: ["of", "message"]
    }
  }

  var hasID: Bool { attributes.contains("#id") }
  /// Whether a block of this kind must have an id, and must say what it belongs to; a prediction has either.
  var needsID: Bool { hasID && self != .predict }
  var needsOf: Bool { attributes.contains("of") && self != .predict }
  /// Whether it stands in the solution file.
  var isOfSolutions: Bool { self == .solution || self == .wrong }
  /// Whether a translation may hold it in other words.
  var isWords: Bool { [.quiz, .predict, .hint, .figure].contains(self) }
  /// Attributes without a value.
  static let flags: Set<String> = ["silent", "setup"]
}

struct FenceInfo {
  var word: FenceWord
  var id: String?
  var values: [String: String] = [:]

  /// Words that mark a code sample of some other language, though they lie near one of ours.
  private static let samples: Set<String> = [
    "text", "txt", "swift", "python", "json", "sh", "bash", "console", "shell", "yaml", "html", "markdown", "md", "c", "dot",
    "diff", "make", "inputrc", "mermaid", "math", "none",
  ]

  /// Nil for a code sample that is none of ours; faults go to `report`.
  static func read(_ info: String, report: (LessonProblem.Cause) -> Void) -> FenceInfo? {
    let text = info.trimmed
    let word = String(text.prefix { $0 != " " && $0 != "{" && $0 != "\t" })
    let rest = String(text.dropFirst(word.count)).trimmed
    guard let known = FenceWord(rawValue: word) else {
      let words = FenceWord.allCases.map(\.rawValue)
      let near = Suggestion.nearest(to: word, in: words)
      if rest.hasPrefix("{") || (near != nil && !samples.contains(word.lowercased())) {
        report(.unknownFence(word, nearest: near, known: words))
      }
      return nil
    }
    var result = FenceInfo(word: known)
    if rest.isEmpty { return result }
    guard rest.hasPrefix("{"), rest.hasSuffix("}"), let parts = split(String(rest.dropFirst().dropLast())) else {
      report(.attributes(word: word, text: rest))
      return result
    }
    for part in parts {
      if part.hasPrefix("#") {
        let id = String(part.dropFirst())
        if !known.hasID {
          report(.unknownAttribute(part, word: word, nearest: known.attributes.contains("of") ? "of=\(id)" : nil, known: known.attributes))
        } else if result.id != nil {
          report(.attributeTwice("#id", word: word))
        } else if !FrontMatter.isID(id) {
          report(.badID(id))
        } else {
          result.id = id
        }
        continue
      }
      let name = String(part.prefix { $0 != "=" })
      let hasValue = part.contains("=")
      var value = String(part.dropFirst(name.count + 1))
      if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = String(value.dropFirst().dropLast()) }
      guard known.attributes.contains(name) else {
        report(.unknownAttribute(name, word: word, nearest: Suggestion.nearest(to: name, in: known.attributes), known: known.attributes))
        continue
      }
      if result.values[name] != nil {
        report(.attributeTwice(name, word: word))
      } else if !FenceWord.flags.contains(name), !hasValue || value.isEmpty {
        report(.noValue(name, word: word))
      } else {
        result.values[name] = value
      }
    }
    return result
  }

  /// Parts between spaces; quotes keep theirs. Nil if a quote stays open.
  private static func split(_ text: String) -> [String]? {
    var parts: [String] = []
    var part = ""
    var quoted = false
    for c in text {
      if c == "\"" { quoted.toggle() }
      if (c == " " || c == "\t"), !quoted {
        if !part.isEmpty { parts.append(part) }
        part = ""
      } else {
        part.append(c)
      }
    }
    if !part.isEmpty { parts.append(part) }
    return quoted ? nil : parts
  }
}
