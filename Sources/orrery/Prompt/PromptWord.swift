// A command typed as if it were a cell: to the language it is an unknown name, to the person the way out.

import Lessons

enum PromptWord {
  /// What people type who know other prompts.
  private static let elsewhere = ["exit": PromptCommand.quit, "q": .quit, "bye": .quit, "?": .help, "h": .help, "lessons": .lesson, "ls": .vars]

  /// A line for a word that failed as a cell; nil where it means no command.
  static func hint(for word: String) -> String? {
    if let command = PromptCommand(rawValue: word) ?? elsewhere[word] { return "Did you mean the command :\(command.rawValue)?" }
    if LessonCommand(rawValue: word) != nil { return "`\(word)` is a command inside of lessons; :lesson opens the next one." }
    return nil
  }
}
