// Proves a lesson's checks: every stub fails, every solution passes, every check can fail, and every wrong answer that can be made
// from the solution by small changes is caught. And what needs no running: ids, needs, alternatives.

import Files

public enum Linter {
  /// Faults of one lesson; runs it, its solutions and their mutants.
  public static func lint(_ lesson: Lesson, with executor: any Executor) -> [LintProblem] {
    var problems: [LintProblem] = []
    func report(_ line: Int, _ cause: LintProblem.Cause, file: String? = nil) {
      problems.append(LintProblem(file: file ?? lesson.file, line: line, cause: cause))
    }
    for image in lesson.bareImages { report(image.line, .bareImage(image.source)) }
    problems += claims(of: lesson)
    executor.reset(seed: lesson.seed)
    for cell in lesson.setup { _ = executor.run(cell.source) }
    for block in lesson.blocks {
      switch block {
      case .cell(let cell) where cell.isSetup: break
      case .predict(let prediction) where prediction.of == nil:
        if case .failure(let failure) = prediction.truth(after: nil, executor) { report(prediction.line, .predictionWithoutTruth(id: prediction.id, message: failure.message)) }
      case .cell(let cell):
        let result = executor.run(cell.source)
        if let caption = lesson.caption(of: cell.id), result.shown.isBlank, result.figures.isEmpty { report(caption.line, .figureOfNothing(cell: cell.id)) }
        for prediction in lesson.predictions where prediction.of == cell.id {
          switch prediction.truth(after: result, executor) {
          case .failure(let failure): report(prediction.line, .predictionWithoutTruth(id: prediction.id, message: failure.message))
          case .success(let truth):
            if prediction.kind == .number, truth.count > 2, Guess.numbers(in: prediction.question).contains(where: { prediction.accepts($0, truth: truth) }) {
              report(prediction.line, .answerBeforePrediction(id: prediction.id, answer: truth))
            }
          }
        }
        if lesson.caption(of: cell.id) == nil, result.figures.contains(where: { $0.alternative.isBlank }) { report(cell.line, .noAlternative(cell: cell.id)) }
        if lesson.output(of: cell.id) == nil, lesson.expects(of: cell.id).isEmpty, !cell.silent, cell.failure == nil {
          report(cell.line, .noOutput(cell: cell.id))
        }
      case .exercise(let exercise): problems += lint(exercise, of: lesson, with: executor)
      default: break
      }
    }
    return problems
  }

  private static func lint(_ exercise: Exercise, of lesson: Lesson, with executor: any Executor) -> [LintProblem] {
    var problems: [LintProblem] = []
    func report(_ cause: LintProblem.Cause, _ solution: Solution? = nil) {
      problems.append(LintProblem(file: solution?.file ?? lesson.file, line: solution?.line ?? exercise.line, cause: cause))
    }
    let clauses = lesson.clauses(of: exercise.id)
    if lesson.hints(of: exercise.id).isEmpty { report(.noHint(exercise: exercise.id)) }
    if let words = exercise.words, case .failure(let failure) = executor.text(of: "(\(words)).count") {
      report(.wordsUnreadable(exercise: exercise.id, message: failure.message))
    }
    let names = SourceTokens.cut(exercise.stub).bound
    if names.isEmpty { report(.bindsNothing(exercise: exercise.id)) }

    let before = executor.snapshot()
    if executor.run(exercise.stub).failure == nil, clauses.firstFailure(executor) == nil { report(.stubPasses(exercise: exercise.id)) }
    executor.restore(before)

    guard let solution = lesson.solutions[exercise.id] else {
      report(.noSolution(exercise: exercise.id, file: LessonParser.solutionFile(of: lesson.file)))
      return problems
    }
    if let failure = executor.run(solution.source).failure {
      report(.solutionFails(exercise: exercise.id, message: failure.message), solution)
      return problems
    }
    if let wrong = clauses.firstFailure(executor) {
      report(.solutionWrong(exercise: exercise.id, explanation: wrong.explanationForAuthor), solution)
      return problems
    }
    let right = executor.fingerprint(of: names)
    let after = executor.snapshot()

    let scope = lesson.blocks.flatMap { block -> [String] in
      switch block {
      case .cell(let cell) where cell.line < exercise.line: return SourceTokens.cut(cell.source).bound
      case .exercise(let other) where other.line < exercise.line: return SourceTokens.cut(other.stub).bound
      default: return []
      }
    }
    var tried = 0
    var idle = clauses
    for mutant in Mutants.of(solution.source, names: Set(scope).sorted()) {
      executor.restore(before)
      // One that does not run is no wrong answer but an error, and one with the same value is right.
      guard executor.run(mutant).failure == nil, executor.fingerprint(of: names) != right else { continue }
      tried += 1
      let caught = clauses.filter { !$0.judge(executor).holds }
      idle.removeAll { caught.contains($0) }
      if caught.isEmpty { report(.uncaught(exercise: exercise.id, mutant: mutant)) }
    }
    for wrong in lesson.wrongs(of: exercise.id) {
      executor.restore(before)
      let source: String =
        switch Answers.reading(wrong.source, stub: exercise.stub) {
        case .whole(let source), .expression(let source): source
        case .part, .none: wrong.source
        }
      let judged = Judgement.of(source, exercise, lesson, executor)
      if executor.run(source).failure == nil { idle.removeAll { !$0.judge(executor).holds } }
      func report(_ cause: LintProblem.Cause) { problems.append(LintProblem(file: wrong.file, line: wrong.line, cause: cause)) }
      guard let said = judged.refusal else {
        report(.wrongAccepted(exercise: exercise.id))
        continue
      }
      tried += 1
      if !said.contains(wrong.message) { report(.wrongUntold(exercise: exercise.id, message: wrong.message, said: said)) }
    }
    executor.restore(after)
    if tried == 0 {
      report(.noMutant(exercise: exercise.id), solution)
    } else {
      for clause in idle {
        problems.append(
          LintProblem(file: lesson.file, line: clause.line, cause: .idleCheck(exercise: exercise.id, condition: clause.condition)))
      }
    }
    return problems
  }

  /// Whether each claim of the front matter has a cell that measures it, and each such cell something that holds it.
  private static func claims(of lesson: Lesson) -> [LintProblem] {
    var problems: [LintProblem] = []
    func report(_ line: Int, _ cause: LintProblem.Cause) { problems.append(LintProblem(file: lesson.file, line: line, cause: cause)) }
    let measured = Set(lesson.cells.flatMap(\.claims))
    for claim in lesson.claims where !measured.contains(claim) { report(1, .claimUnmeasured(claim)) }
    for cell in lesson.cells where !cell.claims.isEmpty {
      for claim in cell.claims where !lesson.claims.contains(claim) { report(cell.line, .claimUndeclared(claim, cell: cell.id)) }
      if lesson.expects(of: cell.id).isEmpty { report(cell.line, .claimUnheld(cell: cell.id)) }
    }
    return problems
  }

  /// Faults between lessons: ids that are taken, `needs` that name nothing or go in a circle.
  public static func lint(together lessons: [Lesson]) -> [LintProblem] {
    var problems: [LintProblem] = []
    var byID: [String: Lesson] = [:]
    for lesson in lessons {
      if let first = byID[lesson.id] {
        problems.append(LintProblem(file: lesson.file, line: 1, cause: .idTwice(lesson.id, first: first.file)))
      } else {
        byID[lesson.id] = lesson
      }
    }
    for lesson in lessons {
      for need in lesson.needs where byID[need] == nil {
        let cause = LintProblem.Cause.unknownNeed(need, nearest: Suggestion.nearest(to: need, in: byID.keys.sorted()))
        problems.append(LintProblem(file: lesson.file, line: 1, cause: cause))
      }
    }
    var done: Set<String> = []
    var reported: Set<Set<String>> = []
    func visit(_ id: String, _ path: [String]) {
      if let start = path.firstIndex(of: id) {
        let circle = Array(path[start...]) + [id]
        if reported.insert(Set(circle)).inserted, let lesson = byID[id] {
          problems.append(LintProblem(file: lesson.file, line: 1, cause: .circle(circle)))
        }
        return
      }
      if done.contains(id) { return }
      for need in byID[id]?.needs ?? [] { visit(need, path + [id]) }
      done.insert(id)
    }
    for lesson in lessons { visit(lesson.id, []) }
    return problems
  }

  /// The lessons in an order in which each comes after what it needs; otherwise as given.
  public static func path(through lessons: [Lesson]) -> [Lesson] {
    var placed: Set<String> = []
    var rest = lessons
    var path: [Lesson] = []
    let known = Set(lessons.map(\.id))
    while !rest.isEmpty {
      // In a circle, which the linter reports, the next one given comes first.
      let next = rest.firstIndex { $0.needs.allSatisfy { placed.contains($0) || !known.contains($0) } } ?? 0
      let lesson = rest.remove(at: next)
      placed.insert(lesson.id)
      path.append(lesson)
    }
    return path
  }
}
