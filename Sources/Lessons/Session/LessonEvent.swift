// What a lesson's session has to show, one thing at a time, without a terminal.

public enum LessonEvent: Sendable, Equatable {
  /// Prose with its computed numbers filled in.
  case prose([MarkdownBlock])
  /// A cell that is about to run.
  case cell(id: String, source: String)
  /// What came of the cell, or of something typed; `declared` is a failure that the lesson meant.
  case result(CellResult, declared: Bool)
  /// An exercise, waiting for an answer.
  case exercise(id: String, stub: String, standing: Standing)
  /// A quiz, waiting for an answer.
  case quiz(id: String, question: [MarkdownBlock], choices: [String])
  /// A prediction, waiting for a guess.
  case predict(Prediction)
  /// A guess beside what is true, and what is said of that choice.
  case compared(guess: String, truth: String, isRight: Bool, said: String?)
  /// What the figure above shows.
  case caption(number: Int, [MarkdownBlock])
  case right(String)
  case wrong(String)
  case hint(number: Int, of: Int, [MarkdownBlock])
  case solution(String)
  /// A line that the session says itself.
  case note(String)
  case list([LessonSummary], current: String)
  /// The learner's own work as Markdown.
  case recap(String)
  case finished(LessonSummary, next: [LessonSummary])
}
