// What the linter can find, and how it says so.

public struct LintProblem: Error, Sendable, Equatable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var cause: Cause

  public enum Cause: Sendable, Equatable {
    // One lesson
    case noOutput(cell: String)
    case noAlternative(cell: String)
    case bareImage(String)
    case bindsNothing(exercise: String)
    case noSolution(exercise: String, file: String)
    case stubPasses(exercise: String)
    case solutionFails(exercise: String, message: String)
    case solutionWrong(exercise: String, explanation: String)
    case noMutant(exercise: String)
    case uncaught(exercise: String, mutant: String)
    case idleCheck(exercise: String, condition: String)
    case noHint(exercise: String)
    // Several lessons
    case idTwice(String, first: String)
    case unknownNeed(String, nearest: String?)
    case circle([String])
  }

  public var description: String { "\(file):\(line): \(cause.wording)" }
}

extension LintProblem.Cause {
  var wording: String {
    switch self {
    case .noOutput(let cell):
      "cell `\(cell)` has neither an output block nor an expect; add one, or mark it: ```orrery {#\(cell) silent}"
    case .noAlternative(let cell): "a figure of cell `\(cell)` has no text alternative"
    case .bareImage(let source): "the image `\(source)` has no text alternative: ![what it shows](\(source))"
    case .bindsNothing(let exercise): "the stub of `\(exercise)` binds no name for its checks to look at: let NAME = ___"
    case .noSolution(let exercise, let file): "exercise `\(exercise)` has no solution in \(file)"
    case .stubPasses(let exercise): "the unanswered stub of `\(exercise)` passes its checks"
    case .solutionFails(let exercise, let message): "the solution of `\(exercise)` fails: \(LessonProblem.Cause.shorten(message))"
    case .solutionWrong(let exercise, let explanation):
      "the solution of `\(exercise)` does not pass: \(LessonProblem.Cause.shorten(explanation))"
    case .noMutant(let exercise): "no wrong answer could be made from the solution of `\(exercise)`, so its checks are unproven"
    case .uncaught(let exercise, let mutant): "the checks of `\(exercise)` accept a wrong answer: \(Self.oneLine(mutant))"
    case .idleCheck(let exercise, let condition):
      "the check `\(condition)` of `\(exercise)` rejects no wrong answer that was tried"
    case .noHint(let exercise): "exercise `\(exercise)` has no hint"
    case .idTwice(let id, let first): "the lesson id `\(id)` is taken; first in \(first)"
    case .unknownNeed(let id, let nearest): "`needs` names `\(id)`, but there is no such lesson" + LessonProblem.Cause.suggest(nearest)
    case .circle(let ids): "`needs` goes in a circle: \(ids.joined(separator: " → "))"
    }
  }

  private static func oneLine(_ source: String) -> String {
    let lines = source.splitLines.map(\.trimmed).filter { !$0.isEmpty }
    return lines.joined(separator: "; ")
  }
}
