// Whether the blocks of a lesson that name each other fit together: ids once, `of` and `needs` naming what stands above.

import Files

enum LinkChecker {
  static func check(_ blocks: inout [LessonBlock], file: String, problems: inout [LessonProblem]) {
    var found: [LessonProblem] = []
    func report(_ line: Int, _ cause: LessonProblem.Cause) {
      found.append(LessonProblem(file: file, line: line, cause: cause))
    }
    // id → what it names and where
    var names: [String: (kind: String, line: Int)] = [:]
    func define(_ id: String, _ kind: String, _ line: Int) {
      if let first = names[id] { report(line, .idTwice(id, first: first.line)) } else { names[id] = (kind, line) }
    }
    for block in blocks {
      switch block {
      case .cell(let cell): define(cell.id, "a cell", cell.line)
      case .exercise(let exercise):
        define(exercise.id, "an exercise", exercise.line)
        if !exercise.stub.contains("___") { report(exercise.line, .noBlank(exercise.id)) }
      case .quiz(let quiz): define(quiz.id, "a quiz", quiz.line)
      case .predict(let prediction): define(prediction.id, "a prediction", prediction.line)
      default: break
      }
    }
    func link(_ word: String, _ of: String, _ line: Int, to kinds: [String], called: String) {
      guard let target = names[of] else {
        let fitting = names.filter { kinds.contains($0.value.kind) }.keys.sorted()
        let plain = called.hasPrefix("an ") ? String(called.dropFirst(3)) : String(called.dropFirst(2))
        report(line, .unknownOf(word: word, of: of, kind: plain, nearest: Suggestion.nearest(to: of, in: fitting)))
        return
      }
      if !kinds.contains(target.kind) {
        report(line, .wrongOf(word: word, of: of, kind: called, found: target.kind))
      } else if target.line > line {
        report(line, .tooEarly(word: word, of: of, line: target.line))
      }
    }
    var outputs: [String: Int] = [:]
    var predicted: [String: Int] = [:]
    var captioned: [String: Int] = [:]
    let setups = Set(blocks.compactMap { if case .cell(let cell) = $0, cell.isSetup { cell.id } else { nil } })
    var checked: Set<String> = []
    for block in blocks {
      switch block {
      case .output(let output):
        link("output", output.of, output.line, to: ["a cell"], called: "a cell")
        if setups.contains(output.of) { report(output.line, .setupWithOutput(output.of)) }
        if let first = outputs[output.of] { report(output.line, .outputTwice(of: output.of, first: first)) } else { outputs[output.of] = output.line }
      case .expect(let expect):
        link("expect", expect.of, expect.line, to: ["a cell", "an exercise"], called: "a cell")
      case .check(let check):
        link("check", check.of, check.line, to: ["an exercise"], called: "an exercise")
        if !check.clauses.isEmpty { checked.insert(check.of) }
      case .predict(let prediction):
        guard let of = prediction.of else { break }
        if let target = names[of], target.kind == "a cell", target.line > prediction.line {
          if let first = predicted[of] { report(prediction.line, .predictionTwice(of, first: first)) } else { predicted[of] = prediction.line }
        } else if let target = names[of], target.kind == "a cell" {
          report(prediction.line, .tooLate(word: "predict", of: of, line: target.line))
        } else {
          link("predict", of, prediction.line, to: ["a cell"], called: "a cell")
        }
      case .caption(let caption):
        link("figure", caption.of, caption.line, to: ["a cell"], called: "a cell")
        if setups.contains(caption.of) { report(caption.line, .setupWithOutput(caption.of)) }
        if let first = captioned[caption.of] { report(caption.line, .figureTwice(of: caption.of, first: first)) } else { captioned[caption.of] = caption.line }
      case .hint(let hint): link("hint", hint.of, hint.line, to: ["an exercise"], called: "an exercise")
      case .exercise(let exercise):
        for need in exercise.needs {
          let above = names.filter { $0.value.line < exercise.line && ($0.value.kind == "a cell" || $0.value.kind == "an exercise") }.keys.sorted()
          if !above.contains(need) { report(exercise.line, .unknownNeed(need, nearest: Suggestion.nearest(to: need, in: above))) }
        }
      default: break
      }
    }
    for block in blocks {
      if case .exercise(let exercise) = block, !checked.contains(exercise.id),
        !(problems + found).contains(where: { $0.line > exercise.line && ($0.cause.isAboutAClause) })
      {
        report(exercise.line, .noCheck(exercise.id))
      }
    }
    problems += found
  }
}

extension LessonProblem.Cause {
  /// A check that could not be read is no missing check.
  fileprivate var isAboutAClause: Bool {
    switch self {
    case .noElse, .messageNotString, .clauseOpen: true
    default: false
    }
  }
}
