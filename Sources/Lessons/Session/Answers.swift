// What a typed line answers: an exercise, in whole or one of its blanks; a quiz; a prediction.

enum Answers {
  enum Reading: Equatable {
    /// A source that fills every blank.
    case whole(String)
    /// A bare expression in the only blank: right, or the learner only looked.
    case expression(String)
    /// The stub with one blank fewer.
    case part(String)
    /// No answer: work of the learner's own.
    case none
  }

  /// A stub's statements: the lines up to where all brackets are closed, with the comments above them.
  private struct Statement {
    var text: String
    var names: [String] { SourceTokens.cut(text).bound }
    var blanks: Int { text.split(separator: "___", omittingEmptySubsequences: false).count - 1 }
  }

  private static func statements(_ stub: String) -> [Statement] {
    var found: [Statement] = []
    var pending = ""
    for line in stub.splitLines {
      pending += pending.isEmpty ? line : "\n" + line
      if Clauses.isOpen(pending) || line.trimmed.hasPrefix("//") { continue }
      found.append(Statement(text: pending))
      pending = ""
    }
    if !pending.isEmpty { found.append(Statement(text: pending)) }
    return found
  }

  /// - Parameter stub: the exercise's, perhaps with some blanks filled already.
  static func reading(_ typed: String, stub: String) -> Reading {
    let typed = binding(typed.trimmed, names: SourceTokens.cut(stub).bound)
    var parts = statements(stub)
    let given = SourceTokens.cut(typed).bound
    let open = parts.indices.filter { parts[$0].blanks > 0 }
    if given.isEmpty {
      guard let first = open.first, parts[first].blanks == 1, open.count == 1 || isLiteral(typed) else { return .none }
      parts[first].text = parts[first].text.replacing("___", with: typed)
      let source = parts.map(\.text).joined(separator: "\n")
      return open.count > 1 ? .part(source) : isLiteral(typed) ? .whole(source) : .expression(source)
    }
    let answered = open.filter { parts[$0].names.contains(where: given.contains) }
    guard !answered.isEmpty else { return .none }
    // What was typed takes the place of the statements that it answers, and of those that it defines anew.
    parts[answered[0]].text = typed
    let dropped = Set(answered.dropFirst() + parts.indices.filter { $0 != answered[0] && parts[$0].blanks == 0 && parts[$0].names.contains(where: given.contains) })
    let source = parts.indices.filter { !dropped.contains($0) }.map { parts[$0].text }.joined(separator: "\n")
    return answered.count == open.count ? .whole(source) : .part(source)
  }

  /// `place = 7` for `let place = 7`, where the exercise asks for a place.
  private static func binding(_ typed: String, names: [String]) -> String {
    let name = String(typed.prefix { $0 == "_" || $0.isLetter || $0.isNumber })
    let rest = typed.dropFirst(name.count).drop { $0 == " " }
    return names.contains(name) && rest.hasPrefix("=") && !rest.hasPrefix("==") ? "let " + typed : typed
  }

  /// Numbers, texts and lists of them: nobody types those to look at them.
  static func isLiteral(_ typed: String) -> Bool {
    let solid = SourceTokens.cut(typed).filter { $0.kind != .space }
    return !solid.isEmpty && solid.allSatisfy { token in
      switch token.kind {
      case .number, .string, .open, .close: true
      case .op: [",", "-", ":", "."].contains(token.text)
      case .name: ["true", "false", "nil", "infinity"].contains(token.text)
      case .space, .comment: false
      }
    }
  }

  /// The open blanks of a stub, as they are to be typed.
  static func open(_ stub: String) -> [String] {
    statements(stub).filter { $0.blanks > 0 }.map { statement in
      statement.text.splitLines.filter { !$0.trimmed.hasPrefix("//") }.joined(separator: "\n")
    }
  }

  enum Picked: Equatable {
    case these([Int])
    /// A word of several choices.
    case several
    case none
  }

  /// The choices (from 0) that a line names: by letters, by numbers, or by words that only one of them has.
  static func choices(_ typed: String, of texts: [String]) -> Picked {
    let plain = texts.map(Guess.plain)
    let wanted = Guess.plain(typed)
    if wanted.isEmpty { return .none }
    if let exact = plain.firstIndex(of: wanted) { return .these([exact]) }
    if let picked = letters(typed) { return .these(picked) }
    func words(_ text: String) -> [String] { text.split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init) }
    let given = words(wanted)
    // A call or an arithmetic expression is something to run, whatever words it has.
    guard !given.isEmpty, typed.allSatisfy({ $0.isLetter || $0.isNumber || " -,.'’?!%".contains($0) }) else { return .none }
    let fitting = plain.indices.filter { index in given.allSatisfy(words(plain[index]).contains) }
    return fitting.isEmpty ? .none : fitting.count == 1 ? .these(fitting) : .several
  }

  /// The choices (from 0) that a line names by letters or numbers; nil if it is something else.
  private static func letters(_ typed: String) -> [Int]? {
    let words = typed.split { $0 == " " || $0 == "," || $0 == ";" }.map { $0.hasSuffix(")") || $0.hasSuffix(".") ? $0.dropLast() : $0 }
    guard !words.isEmpty else { return nil }
    var picked: [Int] = []
    for word in words {
      if let number = Int(word), number >= 0 {
        picked.append(number - 1)
      } else if word.count == 1, let letter = word.lowercased().unicodeScalars.first, ("a"..."z").contains(letter) {
        picked.append(Int(letter.value) - 97)
      } else {
        return nil
      }
    }
    return picked
  }

  /// `a`, `b`, …
  static func letter(_ index: Int) -> String { String(UnicodeScalar(UInt8(97 + index % 26))) }
}
