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
    case wrongAccepted(exercise: String)
    case wrongUntold(exercise: String, message: String, said: String)
    case wordsUnreadable(exercise: String, message: String)
    case claimUnmeasured(Int)
    case claimUndeclared(Int, cell: String)
    case claimUnheld(cell: String)
    case figureOfNothing(cell: String)
    case predictionWithoutTruth(id: String, message: String)
    case answerBeforePrediction(id: String, answer: String)
    // Several lessons
    case idTwice(String, first: String)
    case unknownNeed(String, nearest: String?)
    case circle([String])
    // The course
    case unknownTerm(String, nearest: String?)
    case termUnexplained(String)
    case unknownSource(String, nearest: String?)
    case termOfNoLesson(String, first: String, nearest: String?)
    case termNotExplained(String, first: String)
    case unknownPathLesson(String, path: String, nearest: String?)
    case pathOutOfOrder(String, needs: String, path: String)
    // Translations
    case untranslated(String, line: Int)
    case translationStale(String, line: Int)
    case translates([String])
    case translationOfNothing(String, nearest: String?)
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
    case .wrongAccepted(let exercise): "exercise `\(exercise)` accepts this answer, which should be refused; add a check that tells it"
    case .wrongUntold(let exercise, let message, let said):
      "this wrong answer to `\(exercise)` should be told “\(message)”, but reads “\(LessonProblem.Cause.shorten(said))”; put the check with that message first, or correct message=…"
    case .wordsUnreadable(let exercise, let message): "the words of exercise `\(exercise)` are no list: \(LessonProblem.Cause.shorten(message))"
    case .claimUnmeasured(let claim): "the front matter names claim \(claim), but no cell says claim=\(claim); add it to the cell that measures it, or take it out"
    case .claimUndeclared(let claim, let cell): "cell `\(cell)` measures claim \(claim), which the front matter does not name; write claims: […, \(claim)]"
    case .claimUnheld(let cell): "cell `\(cell)` measures a claim that nothing holds; add ```expect {of=\(cell)} with what it shows"
    case .figureOfNothing(let cell): "the figure of `\(cell)` has nothing to show: its cell prints nothing"
    case .predictionWithoutTruth(let id, let message): "prediction `\(id)`: \(message)"
    case .answerBeforePrediction(let id, let answer): "prediction `\(id)` is given away: its answer, \(answer), stands in its own question"
    case .unknownTerm(let term, let nearest): "`[[\(term)]]` is not in the glossary" + (nearest.map { "; did you mean `[[\($0)]]`?" } ?? "; add it to glossary.md")
    case .termUnexplained(let term): "the term “\(term)” is used before it is explained; link its first use: [[\(term)]]"
    case .unknownSource(let key, let nearest): "`[@\(key)]` is not in sources.bib" + (nearest.map { "; did you mean `[@\($0)]`?" } ?? "; add it there")
    case .termOfNoLesson(let term, let first, let nearest): "the term `\(term)` names the lesson `\(first)`, but there is none" + LessonProblem.Cause.suggest(nearest)
    case .termNotExplained(let term, let first): "the term `\(term)` is first explained in \(first).md, says the glossary, but it is not linked there; write [[\(term)]] where it is explained"
    case .unknownPathLesson(let lesson, let path, let nearest): "the path `\(path)` names the lesson `\(lesson)`, but there is none" + LessonProblem.Cause.suggest(nearest)
    case .pathOutOfOrder(let lesson, let needs, let path): "the path `\(path)` has `\(lesson)` before `\(needs)`, which it needs; move it behind"
    case .untranslated(let place, let line): "the prose \(place) (line \(line) of the original) is not translated"
    case .translationStale(let place, let line): "the prose \(place) was translated from an earlier text; compare it with line \(line) of the original"
    case .translates(let hashes): "when all of it is up to date, write in the front matter: translates: [\(hashes.joined(separator: ", "))]"
    case .translationOfNothing(let id, let nearest): "`\(id)` is no block of the original" + LessonProblem.Cause.suggest(nearest)
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
