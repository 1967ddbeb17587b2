// The published configurations that come with Orrery, and the names by which a person finds them. What a folder is called decides;
// other names are data (lessons/architecture-names.txt), and spelling is forgiven here.

import Files

/// A published configuration that comes with Orrery: no weights, but everything that a recipe can be asked.
public enum KnownArchitecture {
  /// All names, as their publishers write them.
  public static var names: [String] {
    guard let home = Home.folder else { return [] }
    let folder = Path.join(home, "lessons/architectures")
    return Path.names(in: folder).filter { Path.isFile(Path.join(folder, $0 + "/config.json")) }
      .sorted { ($0.lowercased(), $0) < ($1.lowercased(), $1) }
  }

  /// The folder of a name in any sensible spelling: `llama-3-8b`, `Llama3 8B`, `meta-llama/Meta-Llama-3-8B-Instruct`.
  /// - Throws: `Unpublished` for a system whose architecture is not known to anyone outside, `Several` for the beginning of many names.
  static func path(of name: String) throws -> String? {
    try self.name(for: name).flatMap { name in Home.folder.map { "\($0)/lessons/architectures/\(name)" } }
  }

  /// The known name that another spelling means.
  public static func name(for spelling: String) throws -> String? {
    guard isName(spelling) else { return nil }
    let all = names.map { (name: $0, words: words($0)) }
    if let same = all.first(where: { $0.name.lowercased() == spelling.lowercased() }) { return same.name }
    let wanted = words(spelling)
    guard !wanted.isEmpty else { return nil }
    let others = OtherName.all
    // As it stands; without what tuning adds; without "base"; without a date.
    for spelled in reductions(of: wanted) {
      if let found = all.first(where: { $0.words == spelled }) { return found.name }
      if let other = others.first(where: { words($0.name) == spelled }) { return try other.folder(for: spelling) }
      let longer = all.filter { $0.words.count > spelled.count && Array($0.words.prefix(spelled.count)) == spelled }
      if longer.count == 1 { return longer[0].name }
      if longer.count > 1, let titled = titled(spelling) { return titled }
      if longer.count > 1 { throw Several(name: spelling, names: longer.map { $0.name.lowercased() }) }
      // Written as one word what is two, or the other way round: "upalm", "delta net".
      let whole = joined(spelled)
      if let found = all.first(where: { joined($0.words) == whole }) { return found.name }
      if let other = others.first(where: { joined(words($0.name)) == whole }) { return try other.folder(for: spelling) }
    }
    return titled(spelling)
  }

  /// The name whose recipe has this title, as tables and figures write it.
  private static func titled(_ title: String) -> String? {
    func first(_ json: JSON) -> String? {
      json["name"]?.string ?? json.members?.lazy.compactMap { first($0.value) }.first ?? json.array?.lazy.compactMap { first($0) }.first
    }
    guard let home = Home.folder else { return nil }
    return names.first { name in
      guard let json = try? JSON.read(Path.join(home, "lessons/architectures/\(name)/config.json"), limits: .settings), let recipe = json["recipe"] else { return false }
      return first(recipe)?.lowercased() == title.lowercased()
    }
  }

  /// The nearest known name: of the same system if there is one, else by edits.
  static func nearest(to spelling: String) -> String? {
    let names = self.names.map { $0.lowercased() }
    if let near = Suggestion.nearest(to: spelling.lowercased(), in: names + OtherName.all.map(\.name)) { return near }
    // Written with other signs between the words: "gtp-2".
    let slip = words(spelling).joined()
    if let near = Suggestion.nearest(to: slip, in: names.map { words($0).joined() }) {
      return names.first { words($0).joined() == near }
    }
    guard let first = words(spelling).first, first.count > 1 else { return nil }
    let wanted = Set(words(spelling))
    let kin = names.filter { words($0).first == first }.map { (name: $0, shared: wanted.intersection(words($0)).count) }
    return kin.first { $0.shared == kin.map(\.shared).max() }?.name
  }

  /// Whether this can be a name and is no path: at most a publisher in front.
  private static func isName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return text.utf8.count <= 128 && parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0 != "~" } && !text.hasSuffix(".json")
  }

  /// The words of a name: runs of letters and numbers, in small letters, behind a publisher. `Llama3-8B` and `llama 3 8b` have the same; a
  /// "v" in front of a number is none.
  static func words(_ name: String) -> [String] {
    var found: [String] = [], current = ""
    let text = Array((name.split(separator: "/").last ?? "").lowercased())
    func finish() {
      if !current.isEmpty { found.append(current) }
      current = ""
    }
    for (index, character) in text.enumerated() {
      let isDigit = character.isASCII && character.isNumber
      let isPoint = character == "." && current.last?.isNumber == true && index + 1 < text.count && text[index + 1].isNumber
      guard isDigit || isPoint || character.isLetter else {
        finish()
        continue
      }
      if let last = current.last, (last.isNumber || last == ".") != (isDigit || isPoint) { finish() }
      current.append(character)
    }
    finish()
    return found.enumerated().compactMap { index, word in
      guard word.hasSuffix("v"), index + 1 < found.count, found[index + 1].first!.isNumber else { return word }
      return word.count == 1 ? nil : String(word.dropLast())
    }
  }

  /// Neighbouring words of letters as one; numbers stay apart.
  private static func joined(_ words: [String]) -> [String] {
    words.reduce(into: []) { all, word in
      if let last = all.last, last.last!.isLetter, word.first!.isLetter { all[all.count - 1] = last + word } else { all.append(word) }
    }
  }

  /// What tuning, storing and publishing add to a name.
  private static let additions: Set<String> = ["meta", "hf", "instruct", "instruction", "chat", "it", "fp", "bf", "preview", "original", "model", "official"]

  /// The words, then fewer of them.
  private static func reductions(of words: [String]) -> [[String]] {
    var all = [words]
    func add(_ next: [String]) {
      if !next.isEmpty, next != all.last { all.append(next) }
    }
    var plain: [String] = []
    for (index, word) in words.enumerated() {
      let follows = index > 0 ? words[index - 1] : ""
      if additions.contains(word) || (["fp", "bf"].contains(follows) && ["8", "16", "32"].contains(word)) { continue }
      plain.append(word)
    }
    add(plain)
    if plain.last == "base" { add(plain.dropLast()) }
    if let last = plain.last, last.count == 4, last.allSatisfy(\.isNumber) { add(plain.dropLast()) }
    return all
  }

  /// A name that is the beginning of many.
  struct Several: Error, CustomStringConvertible {
    let name: String, names: [String]
    var description: String {
      "'\(name)' can be \(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? " and \(names.count - 8) more" : ""): say which"
    }
  }

  /// A system of which only the name is public.
  struct Unpublished: Error, CustomStringConvertible {
    let name: String, text: String
    var description: String { "\(name): \(text)" }
  }
}

/// Another name of a known architecture: a line of names.txt.
struct OtherName {
  enum Meaning { case folder(String), unpublished(String) }
  let name: String, meaning: Meaning

  /// The folder that it means.
  func folder(for spelling: String) throws -> String {
    switch meaning {
    case .folder(let name): return name
    case .unpublished(let text): throw KnownArchitecture.Unpublished(name: spelling, text: text)
    }
  }

  static var all: [OtherName] {
    guard let home = Home.folder, let file = try? MappedFile(Path.join(home, "lessons/architecture-names.txt"), limit: 1 << 20) else { return [] }
    return String(decoding: file.contents, as: UTF8.self).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
      guard parts.count == 3 else { return nil }
      return switch parts[1] {
      case "=": OtherName(name: parts[0], meaning: .folder(parts[2]))
      case "!": OtherName(name: parts[0], meaning: .unpublished(parts[2]))
      default: nil
      }
    }
  }
}
