// The lines of `expect` and `check`: an expression each, in a check with `else "message"`.
// A line that leaves a bracket open goes on below; blank lines and `//` comments say nothing.

enum Clauses {
  /// - Parameter line: line of the block's first text line, from 1.
  static func read(_ text: String, line: Int, withMessages: Bool, report: (Int, LessonProblem.Cause) -> Void) -> [Clause] {
    var clauses: [Clause] = []
    var pending = ""
    var start = line
    func finish() {
      defer { pending = "" }
      let whole = pending.trimmed
      if whole.isEmpty { return }
      guard withMessages else {
        clauses.append(Clause(line: start, condition: whole, message: nil))
        return
      }
      guard let (condition, message) = splitElse(whole) else {
        report(start, .noElse(whole))
        return
      }
      guard message.count >= 2, message.hasPrefix("\""), message.hasSuffix("\"") else {
        report(start, .messageNotString(message))
        return
      }
      clauses.append(Clause(line: start, condition: condition, message: message))
    }
    for (offset, raw) in text.splitLines.enumerated() {
      let body = withoutComment(raw)
      if pending.isEmpty {
        if body.isBlank { continue }
        start = line + offset
        pending = body
      } else if isOpen(pending) || body.trimmed.hasPrefix("else ") {
        pending += " " + body.trimmed
      } else {
        finish()
        if body.isBlank { continue }
        start = line + offset
        pending = body
      }
    }
    if isOpen(pending) {
      report(start, .clauseOpen(pending.trimmed))
    } else {
      finish()
    }
    return clauses
  }

  /// Cuts at the last `else` outside strings and brackets.
  static func splitElse(_ text: String) -> (condition: String, message: String)? {
    let characters = Array(text)
    var cut: Int?
    scan(characters) { i, depth in
      guard depth == 0, i > 0, characters[i] == "e", characters[i - 1] == " ", i + 4 < characters.count else { return }
      if String(characters[i..<(i + 4)]) == "else", characters[i + 4] == " " || characters[i + 4] == "\"" { cut = i }
    }
    guard let cut else { return nil }
    let condition = String(characters[..<cut]).trimmed
    return condition.isEmpty ? nil : (condition, String(characters[(cut + 4)...]).trimmed)
  }

  static func isOpen(_ text: String) -> Bool {
    let characters = Array(text)
    return scan(characters) { _, _ in } != 0
  }

  private static func withoutComment(_ line: String) -> String {
    let characters = Array(line)
    var cut: Int?
    scan(characters) { i, _ in
      if cut == nil, characters[i] == "/", i + 1 < characters.count, characters[i + 1] == "/" { cut = i }
    }
    return cut.map { String(characters[..<$0]) } ?? line
  }

  /// Visits every character outside strings with its bracket depth; returns the depth at the end (1 more in an open string).
  @discardableResult
  static func scan(_ characters: [Character], _ visit: (Int, Int) -> Void) -> Int {
    var depth = 0
    var i = 0
    // Brackets opened inside the interpolations of the strings around us; empty outside strings.
    var strings: [Int] = []
    var inString = false
    while i < characters.count {
      let c = characters[i]
      if inString {
        if c == "\\", i + 1 < characters.count {
          if characters[i + 1] == "(" {
            strings.append(0)
            inString = false
          }
          i += 2
          continue
        }
        if c == "\"" { inString = false }
      } else {
        if c == "\"" {
          inString = true
        } else if c == "(" || c == "[" || c == "{" {
          if strings.isEmpty { depth += 1 } else { strings[strings.count - 1] += 1 }
        } else if c == ")" || c == "]" || c == "}" {
          if strings.isEmpty {
            depth -= 1
          } else if strings[strings.count - 1] == 0 {
            strings.removeLast()
            inString = true
          } else {
            strings[strings.count - 1] -= 1
          }
        }
        if strings.isEmpty { visit(i, max(0, depth)) }
      }
      i += 1
    }
    return max(0, depth) + (inString || !strings.isEmpty ? 1 : 0)
  }
}
