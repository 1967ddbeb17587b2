// What a typed line is: a command, an answer to an exercise, an answer to a quiz, or work of the learner's own.

public enum LessonCommand: String, CaseIterable, Sendable {
  case hint, skip, back, play, reset, list, recap
  case `continue`

  /// One line each for `:help`.
  public var meaning: String {
    switch self {
    case .hint: "a hint for the exercise, one at a time; after the last, the solution"
    case .skip: "leave the exercise or the quiz for later; what follows gets the solution's value"
    case .back: "one step back; out of play, to where you were"
    case .play: "a copy of the session to try things in; back leaves it"
    case .reset: "the lesson from its start, with an empty session"
    case .list: "all lessons with what you have done"
    case .recap: "your own work in this lesson, as Markdown"
    case .continue: "on to the first item that is not done"
    }
  }
}

enum Answers {
  /// The source that an answer stands for. A whole `let` is taken as it is; an expression fills a stub's only blank.
  /// Nil for what answers nothing.
  static func source(_ typed: String, stub: String) -> String? {
    let wanted = SourceTokens.cut(stub).bound
    let given = SourceTokens.cut(typed).bound
    if given.contains(where: wanted.contains) { return typed }
    if !given.isEmpty { return nil }
    guard let blank = stub.firstRange(of: "___") else { return nil }
    let rest = String(stub[blank.upperBound...])
    guard rest.firstRange(of: "___") == nil else { return nil }
    return String(stub[..<blank.lowerBound]) + typed + rest
  }

  /// The choices (from 0) that a line names by letters or numbers; nil if it is something else.
  static func choices(_ typed: String) -> [Int]? {
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
