// The words that a lesson itself understands.

public enum LessonCommand: String, CaseIterable, Sendable {
  case hint, skip, back, play, reset, list, recap
  case `continue`

  /// One line each for `:help`.
  public var meaning: String {
    switch self {
    case .hint: "a hint, one at a time; after the last, the solution"
    case .skip: "leaves the question; shows and takes the solution"
    case .back: "one step back; out of play, to where you were"
    case .play: "a copy of the session to try things in; back leaves it"
    case .reset: "from the start; `reset progress` forgets what you did"
    case .list: "all lessons with what you have done"
    case .recap: "your own work in this lesson, as Markdown"
    case .continue: "on to the first item that is not done"
    }
  }

  /// What is typed after `reset` to forget what was done.
  static let forget = "reset progress"
}
