// Runs a lesson without a person: cells in order, the solutions where the exercises stand (what follows may build on them).
//
// It reads and compares; writing a file is its caller's business.

public enum Runner {
  /// Called with a block's index before it runs, for progress; return false to stop. A cell that is interrupted ends the run, too.
  public typealias Progress = (Int) -> Bool

  /// Runs the lesson from an empty session with its seed.
  public static func run(_ lesson: Lesson, with executor: any Executor, progress: Progress = { _ in true }) -> Execution {
    executor.reset(seed: lesson.seed)
    var execution = Execution(lesson: lesson, outcomes: [])
    var results: [String: CellResult] = [:]
    for cell in lesson.setup { results[cell.id] = executor.run(cell.source) }
    for (index, block) in lesson.blocks.enumerated() {
      guard progress(index) else { break }
      let outcome = outcome(of: block, lesson, executor, &results)
      execution.outcomes.append(outcome)
      if case .cell(let cell) = block { tell(cell.id, lesson, executor, results, &execution) }
      if case .cell(let result) = outcome, result.failure?.kind == CellFailure.interrupted { break }
    }
    return execution
  }

  private static func outcome(
    of block: LessonBlock, _ lesson: Lesson, _ executor: any Executor, _ results: inout [String: CellResult]
  ) -> Execution.Outcome {
    switch block {
    case .prose(let prose): return .prose(prose.numbers.map { executor.text(of: $0.expression) })
    case .cell(let cell):
      let result = cell.isSetup ? results[cell.id] ?? CellResult() : executor.run(cell.source)
      results[cell.id] = result
      return .cell(result)
    case .output(let output):
      let shown = results[output.of]?.shown ?? ""
      return .output(OutputComparison(expected: output.text, shown: shown, tolerance: output.tolerance))
    case .expect(let expect): return .clauses(expect.clauses.map { executor.verdict(on: $0.condition) })
    case .exercise(let exercise):
      guard let solution = lesson.solutions[exercise.id] else { return .exercise(nil) }
      let result = executor.run(solution.source)
      let verdicts = lesson.clauses(of: exercise.id).map { $0.judge(executor) }
      return .exercise(Execution.Solved(solution: solution, result: result, verdicts: verdicts))
    // A cell's truth is known when it has run.
    case .predict(let prediction): return .prediction(prediction.of == nil ? prediction.truth(after: nil, executor) : nil)
    case .check, .hint, .quiz, .caption: return .nothing
    }
  }

  /// Fills in the truth of the prediction that stands before a cell.
  private static func tell(
    _ cell: String, _ lesson: Lesson, _ executor: any Executor, _ results: [String: CellResult], _ execution: inout Execution
  ) {
    for (index, block) in lesson.blocks.prefix(execution.outcomes.count).enumerated() {
      if case .predict(let prediction) = block, prediction.of == cell {
        execution.outcomes[index] = .prediction(prediction.truth(after: results[cell], executor))
      }
    }
  }

  /// A plain script: one cell, from an empty session.
  public static func run(script: String, seed: UInt64 = 0, with executor: any Executor) -> CellResult {
    executor.reset(seed: seed)
    return executor.run(script)
  }
}

extension Execution {
  /// Outputs whose numbers moved within their tolerance, in words; `--bless` brings them up to date.
  public var moved: [String] {
    zip(lesson.blocks, outcomes).compactMap { block, outcome in
      guard case .output(let output) = block, case .output(let comparison) = outcome, comparison.isEqual else { return nil }
      let moved = comparison.moved
      if moved.isEmpty { return nil }
      let few = moved.prefix(3).map { "\($0.expected) → \($0.shown)" }.joined(separator: ", ")
      return "\(lesson.file):\(output.line): within its tolerance, the output of `\(output.of)` moved: \(few)\(moved.count > 3 ? " and \(moved.count - 3) more" : "")"
    }
  }

  /// Every difference between what the lesson says and what it does, in the order of the file.
  public var differences: [LessonDifference] {
    var found: [LessonDifference] = []
    // Names that a failed cell would have made, with the cell.
    var missing: [String: String] = [:]
    for (block, outcome) in zip(lesson.blocks, outcomes) {
      func report(_ cause: LessonDifference.Cause, file: String? = nil, line: Int? = nil) {
        found.append(LessonDifference(file: file ?? lesson.file, line: line ?? block.line, cause: cause))
      }
      switch (block, outcome) {
      case (.prose(let prose), .prose(let values)):
        for (number, value) in zip(prose.numbers, values) {
          if case .failure(let failure) = value {
            report(.number(expression: number.expression, failure: failure), line: number.line)
          }
        }
      case (.cell(let cell), .cell(let result)):
        switch (cell.failure, result.failure) {
        case (nil, let failure?):
          if let first = SourceTokens.cut(cell.source).lazy.compactMap({ missing[$0.text] }).first {
            report(.failedAfter(id: cell.id, first: first, failure))
          } else {
            report(.failed(id: cell.id, failure))
          }
          for name in SourceTokens.cut(cell.source).bound { missing[name] = cell.id }
        case (let kind?, nil): report(.didNotFail(id: cell.id, kind: kind))
        case (let kind?, let failure?) where kind != failure.kind: report(.failedOtherwise(id: cell.id, kind: kind, failure))
        default: break
        }
      case (.output(let output), .output(let comparison)):
        if !comparison.isEqual { report(.output(of: output.of, difference: comparison.difference)) }
      case (.expect(let expect), .clauses(let verdicts)):
        for (clause, verdict) in zip(expect.clauses, verdicts) where verdict != .holds {
          report(.expect(condition: clause.condition, verdict), line: clause.line)
        }
      case (.exercise(let exercise), .exercise(let solved?)):
        if let failure = solved.result.failure {
          report(.solutionFailed(of: exercise.id, failure), file: solved.solution.file, line: solved.solution.line)
        } else if let wrong = solved.verdicts.first(where: { !$0.holds }) {
          report(
            .solutionWrong(of: exercise.id, explanation: wrong.explanationForAuthor), file: solved.solution.file,
            line: solved.solution.line)
        }
      case (.predict(let prediction), .prediction(.failure(let failure)?)): report(.prediction(id: prediction.id, failure))
      default: break
      }
    }
    return found
  }
}

/// One thing that a lesson says and that is not so.
public struct LessonDifference: Sendable, Equatable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var cause: Cause

  public enum Cause: Sendable, Equatable {
    case number(expression: String, failure: CellFailure)
    case prediction(id: String, CellFailure)
    case failed(id: String, CellFailure)
    case failedAfter(id: String, first: String, CellFailure)
    case didNotFail(id: String, kind: String)
    case failedOtherwise(id: String, kind: String, CellFailure)
    case output(of: String, difference: String)
    case expect(condition: String, Verdict)
    case solutionFailed(of: String, CellFailure)
    case solutionWrong(of: String, explanation: String)
  }

  /// One line, and below it, indented, what was seen.
  public var description: String {
    let (head, detail) = cause.wording
    let lines = detail.map { $0.splitLines.map { "  " + $0 } } ?? []
    return (["\(file):\(line): \(head)"] + lines).joined(separator: "\n")
  }
}

extension LessonDifference.Cause {
  fileprivate var wording: (head: String, detail: String?) {
    switch self {
    case .number(let expression, let failure): ("the computed number \\(\(expression)) fails", failure.message)
    case .prediction(let id, let failure): ("the prediction `\(id)` has no truth to be held against", failure.message)
    case .failed(let id, let failure):
      ("cell `\(id)` fails; if that is meant, write ```orrery {#\(id) error=\(failure.kind)}", failure.message)
    case .failedAfter(let id, let first, let failure): ("cell `\(id)` fails because cell `\(first)` failed", failure.message)
    case .didNotFail(let id, let kind): ("cell `\(id)` should fail with \(kind), but runs", nil)
    case .failedOtherwise(let id, let kind, let failure):
      ("cell `\(id)` should fail with \(kind), but fails with \(failure.kind)", failure.message)
    case .output(let of, let difference): ("the output of `\(of)` differs (- expected, + shown)", difference)
    case .expect(let condition, let verdict):
      switch verdict {
      case .unclear(let failure): ("cannot tell whether `\(condition)` holds", failure.message)
      case .fails(let detail, _): ("`\(condition)` does not hold", detail)
      case .holds: ("`\(condition)` holds", nil)
      }
    case .solutionFailed(let of, let failure): ("the solution of `\(of)` fails", failure.message)
    case .solutionWrong(let of, let explanation): ("the solution of `\(of)` does not pass its checks", explanation)
    }
  }
}
