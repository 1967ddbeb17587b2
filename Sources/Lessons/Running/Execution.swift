// What came of running a lesson: the lesson, and one result per block. The book is made of this; so are the differences.

public struct Execution: Sendable {
  public var lesson: Lesson
  /// Beside the lesson's blocks, one for each.
  public var outcomes: [Outcome]

  public enum Outcome: Sendable {
    /// The values of the prose's computed numbers.
    case prose([Result<String, CellFailure>])
    case cell(CellResult)
    /// An output block beside what its cell showed.
    case output(OutputComparison)
    case clauses([Verdict])
    /// An exercise's solution, if there is one, and what its checks say.
    case exercise(Solved?)
    /// What is true of a prediction, once its cell has run.
    case prediction(Result<String, CellFailure>?)
    /// Nothing to run: a hint, a quiz, the checks of an exercise.
    case nothing
  }

  public struct Solved: Sendable {
    public var solution: Solution
    public var result: CellResult
    /// Beside the exercise's clauses.
    public var verdicts: [ClauseVerdict]
  }

  public func result(of cell: String) -> CellResult? {
    for (block, outcome) in zip(lesson.blocks, outcomes) {
      if case .cell(let found) = block, found.id == cell, case .cell(let result) = outcome { return result }
    }
    return nil
  }
}

/// A clause with its verdict and, where it fails, its message with the numbers filled in.
public struct ClauseVerdict: Sendable, Equatable {
  public var clause: Clause
  public var verdict: Verdict
  public var message: String?

  public var holds: Bool { verdict == .holds }
}

extension Clause {
  /// Evaluates the condition, and the message only if it fails.
  func judge(_ executor: any Executor) -> ClauseVerdict {
    let verdict = executor.verdict(on: condition)
    guard verdict != .holds, let message else { return ClauseVerdict(clause: self, verdict: verdict, message: nil) }
    // A message can need what a wrong answer lacks; then the error itself says more.
    let text: String? = if case .success(let text) = executor.text(of: message) { text } else { nil }
    return ClauseVerdict(clause: self, verdict: verdict, message: text)
  }
}

extension ClauseVerdict {
  /// What a learner reads: the check's message, and where tensors lie apart, never the right value; or why it cannot be said.
  public var explanation: String {
    switch verdict {
    case .holds: return ""
    case .fails(_, let place):
      let said = message ?? "`\(clause.condition)` does not hold"
      guard let place, place.hasPrefix("differs at [") else { return said }
      return said + "\nThe first difference is at " + place.dropFirst("differs at ".count) + "."
    case .unclear(let failure): return message ?? failure.message
    }
  }

  /// What a lesson's author reads: a condition that cannot be evaluated is a slip of the check, whatever its message would say.
  var explanationForAuthor: String {
    guard case .unclear(let failure) = verdict else {
      guard case .fails(let detail?, _) = verdict else { return explanation }
      return (message ?? "`\(clause.condition)` does not hold") + "\n" + detail
    }
    return "cannot tell whether `\(clause.condition)` holds\n\(failure.message)"
  }
}

extension [Clause] {
  /// The first that does not hold.
  func firstFailure(_ executor: any Executor) -> ClauseVerdict? {
    for clause in self {
      let verdict = clause.judge(executor)
      if !verdict.holds { return verdict }
    }
    return nil
  }
}

extension Execution {
  /// What a reader would see, for `orrery run`: prose, cells with what they showed, stubs and quizzes.
  public var events: [LessonEvent] {
    var events: [LessonEvent] = []
    for (block, outcome) in zip(lesson.blocks, outcomes) {
      switch (block, outcome) {
      case (.prose(let prose), .prose(let values)):
        events.append(.prose(prose.blocks(values: values.map(\.inProse))))
      case (.cell(let cell), .cell(let result)) where !cell.isSetup:
        events.append(.cell(id: cell.id, source: cell.source))
        events.append(.result(result, declared: cell.failure != nil && cell.failure == result.failure?.kind))
      case (.exercise(let exercise), _): events.append(.exercise(id: exercise.id, stub: exercise.stub, standing: .open))
      case (.quiz(let quiz), _):
        events.append(.quiz(id: quiz.id, question: MarkdownProse.blocks(quiz.question), choices: quiz.choices.map(\.text)))
      case (.predict(let prediction), _): events.append(.predict(prediction))
      case (.caption(let caption), _): events.append(.caption(number: lesson.figureNumber(of: caption.of) ?? 0, MarkdownProse.blocks(caption.text)))
      default: break
      }
    }
    return events
  }
}

extension Result<String, CellFailure> {
  /// The value as prose shows it; a question mark where there is none, since the kind of a failure is no word for a reader.
  public var inProse: String { if case .success(let text) = self { text } else { "?" } }
}
