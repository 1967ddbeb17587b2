// Front matter: `key: value` lines between two lines `---`. A small part of YAML, and nothing more:
// plain or quoted words, lists in brackets, comments after ` #`.

import Files

struct FrontMatter {
  static let keys = ["orrery", "id", "title", "needs", "seed", "claims", "minutes", "level", "mini", "core", "translates"]
  var id = ""
  var title = ""
  var needs: [String] = []
  var seed: UInt64 = 0
  var claims: [Int] = []
  var minutes: Int?
  var level = Lesson.Level.first
  var mini: [String] = []
  var isCore = false
  /// In a translation: the hashes of the pieces of prose that it was made from.
  var translates: [String] = []
  /// Lines of the file that it takes, with both rulers.
  var lineCount = 0

  static func read(_ source: SourceLines, file: String, problems: inout [LessonProblem]) -> FrontMatter {
    var result = FrontMatter()
    func report(_ line: Int, _ cause: LessonProblem.Cause) {
      problems.append(LessonProblem(file: file, line: line, cause: cause))
    }
    guard source.count > 0, source[0].trimmedEnd == "---" else {
      report(1, .noFrontMatter)
      return result
    }
    guard let end = (1..<source.count).first(where: { source[$0].trimmedEnd == "---" }) else {
      report(1, .frontMatterOpen)
      result.lineCount = source.count
      return result
    }
    result.lineCount = end + 1
    var seen: [String: Int] = [:]
    for index in 1..<end {
      let text = withoutComment(source[index]).trimmed
      let line = index + 1
      if text.isEmpty { continue }
      guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
        report(line, .frontMatterLine(text))
        continue
      }
      let key = String(text[..<colon]).trimmed
      let value = String(text[text.index(after: colon)...]).trimmed
      guard keys.contains(key) else {
        report(line, .unknownKey(key, nearest: Suggestion.nearest(to: key, in: keys), known: keys))
        continue
      }
      if let first = seen[key] {
        report(line, .keyTwice(key, first: first))
        continue
      }
      seen[key] = line
      switch key {
      case "orrery": if value != "1" { report(line, .version(value)) }
      case "id":
        result.id = unquoted(value)
        if !isLessonID(result.id) { report(line, .badLessonID(result.id)) }
      case "title": result.title = unquoted(value)
      case "seed":
        if let seed = UInt64(value) { result.seed = seed } else { report(line, .badSeed(value)) }
      case "claims":
        let numbers = list(value)?.map { Int($0) }
        if let numbers, numbers.allSatisfy({ $0.map { $0 > 0 } ?? false }) { result.claims = numbers.compactMap { $0 } } else { report(line, .badClaims(value)) }
      case "minutes":
        if let minutes = Int(value), (1...600).contains(minutes) { result.minutes = minutes } else { report(line, .badMinutes(value)) }
      case "level":
        if let level = Lesson.Level(rawValue: unquoted(value)) { result.level = level } else { report(line, .badLevel(value)) }
      case "core":
        if value == "true" || value == "false" { result.isCore = value == "true" } else { report(line, .badCore(value)) }
      case "mini":
        if let names = list(value), names.allSatisfy(isLessonID) { result.mini = names } else { report(line, .badMini(value)) }
      case "translates":
        if let hashes = list(value) { result.translates = hashes } else { report(line, .badTranslates(value)) }
      default:
        if let ids = list(value), ids.allSatisfy(isLessonID) { result.needs = ids } else { report(line, .badNeeds(value)) }
      }
    }
    for key in ["orrery", "id", "title"] where seen[key] == nil { report(1, .missingKey(key)) }
    if seen["title"] != nil, result.title.isEmpty { report(seen["title"]!, .missingKey("title")) }
    return result
  }

  /// The entries of `[a, b]`; nil for what is no list.
  private static func list(_ value: String) -> [String]? {
    guard value.hasPrefix("["), value.hasSuffix("]"), value.count >= 2 else { return nil }
    let inner = String(value.dropFirst().dropLast()).trimmed
    return inner.isEmpty ? [] : inner.split(separator: ",", omittingEmptySubsequences: false).map { unquoted(String($0).trimmed) }
  }

  /// YAML: a `#` at the start or after a space opens a comment, unless it stands in quotes.
  private static func withoutComment(_ line: String) -> String {
    var quote: Character?
    var before: Character = " "
    for index in line.indices {
      let c = line[index]
      if let open = quote {
        if c == open { quote = nil }
      } else if c == "\"" || c == "'", before == " " || before == "[" || before == "," {
        quote = c
      } else if c == "#", before == " " || before == "\t" {
        return String(line[..<index])
      }
      before = c
    }
    return line
  }

  private static func unquoted(_ value: String) -> String {
    guard value.count >= 2, let first = value.first, first == value.last, first == "\"" || first == "'" else { return value }
    return String(value.dropFirst().dropLast())
  }

  static func isLessonID(_ id: String) -> Bool {
    !id.isEmpty && id.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isID(String($0)) }
  }

  /// Letters, digits, `-` and `_`.
  static func isID(_ id: String) -> Bool {
    !id.isEmpty && id.unicodeScalars.allSatisfy { $0 == "-" || $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
  }
}
