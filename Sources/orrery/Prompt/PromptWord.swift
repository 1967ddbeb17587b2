// What people type who know other prompts: words that mean a command here, and those that fail as a cell.

import Lessons

enum PromptWord {
  /// The command that a line stands for: `help`, `help(x)`, `?x`, `quit`, `exit()`, `lesson masks`, `orrery lesson masks`; nil for a cell. A name
  /// that is defined is that name.
  static func command(for typed: String, isDefined: (String) -> Bool) -> String? {
    let line = typed.trimmed
    if line.contains(where: \.isNewline) { return nil }
    if line == "?" || line == "help" && !isDefined("help") { return ":help" }
    if line.hasPrefix("?") { return ":doc " + String(line.drop { $0 == "?" }).trimmed }
    let word = String(line.prefix { $0.isLetter })
    if isDefined(word) { return nil }
    let rest = String(line.dropFirst(word.count)).trimmed
    let bare = rest.isEmpty || rest == "()" || rest == "();" || rest == ";"
    switch word {
    case "help":
      if bare { return ":help" }
      var name = rest
      if name.hasPrefix("("), name.hasSuffix(")") { name = String(name.dropFirst().dropLast()).trimmed }
      name = name.filter { $0 != "\"" && $0 != "'" }
      return name == "language" ? ":help language" : ":doc " + name
    case "quit", "exit", "bye", "logout": return bare ? ":quit" : nil
    case "q": return rest.isEmpty ? ":quit" : nil
    case "lesson": return rest.isEmpty ? ":lesson" : rest.hasPrefix("=") || rest.hasPrefix(".") || rest.hasPrefix("(") ? nil : ":lesson " + rest
    case "orrery":
      if rest == "lesson" { return ":lesson" }
      return rest.hasPrefix("lesson ") ? ":lesson " + String(rest.dropFirst(7)).trimmed : nil
    default: return nil
    }
  }

  private static let elsewhere = ["?": PromptCommand.help, "h": .help, "lessons": .lesson, "ls": .vars, "dir": .vars, "vars": .vars]

  /// A line for a word that failed as a cell; nil where it means no command.
  static func hint(for word: String) -> String? {
    if let command = PromptCommand(rawValue: word) ?? elsewhere[word] { return "Did you mean the command :\(command.rawValue)?" }
    if LessonCommand(rawValue: word) != nil { return "`\(word)` is a command inside of lessons; :lesson opens the next one." }
    return nil
  }
}
