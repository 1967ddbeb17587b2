// Whose a name is. A lesson's cells build on each other's names, and the learner may use the same ones: the shown solution must pass and a
// later cell must tell the truth all the same, so the lesson takes its own values back where it needs them.

struct Ownership {
  /// What the lesson has bound: the state right after.
  private var lessons: [String: Snapshot] = [:]
  /// The names that a function of the lesson mentions, by its name.
  private var bodies: [String: Set<String>] = [:]
  /// Names that the learner has bound since.
  private var learners: Set<String> = []
  private let start: Snapshot

  init(start: Snapshot = Snapshot(())) { self.start = start }

  mutating func lesson(binds names: [String], in source: String, _ state: Snapshot) {
    let tokens = SourceTokens.cut(source)
    let mentioned = Set(tokens.filter { $0.kind == .name }.map(\.text))
    let hasFunctions = tokens.contains { $0.text == "func" || $0.text == "{" }
    for name in names {
      lessons[name] = state
      bodies[name] = hasFunctions ? mentioned : nil
      learners.remove(name)
    }
  }

  mutating func learner(binds names: [String]) { learners.formUnion(names) }
  mutating func returned(_ names: [String]) { learners.subtract(names) }

  /// Names of the learner's that a source of the lesson needs in the lesson's meaning.
  func taken(by source: String, isBuiltIn: (String) -> Bool) -> [String] {
    if learners.isEmpty { return [] }
    let tokens = SourceTokens.cut(source).filter { $0.kind != .space && $0.kind != .comment }
    var needed: Set<String> = []
    for (i, token) in tokens.enumerated() where token.kind == .name {
      // Neither a member nor a label is a variable.
      if i > 0, tokens[i - 1].text == "." { continue }
      if i + 1 < tokens.count, tokens[i + 1].text == ":" { continue }
      needed.insert(token.text)
    }
    // Expressions inside of texts.
    for token in tokens where token.kind == .string && token.text.contains("\\(") {
      needed.formUnion(SourceTokens.cut(token.text.filter { $0 != "\"" && $0 != "\\" }).filter { $0.kind == .name }.map(\.text))
    }
    var open = Array(needed)
    while let name = open.popLast() {
      for inner in bodies[name] ?? [] where needed.insert(inner).inserted { open.append(inner) }
    }
    return learners.filter { needed.contains($0) && (lessons[$0] != nil || isBuiltIn($0)) }.sorted()
  }

  /// The state that holds the lesson's value of a name, or none where it is the program's.
  func snapshot(of name: String) -> Snapshot { lessons[name] ?? start }
}
