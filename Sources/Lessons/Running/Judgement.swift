// What comes of an answer: the prompt tells it to a learner, and the linter holds right and wrong answers against it. The state afterwards is the
// answer's if it is right, else as it was.

enum Judgement {
  case right(CellResult)
  /// It could not be run.
  case failed(CellFailure)
  /// What the learner reads.
  case wrong(String)

  static func of(_ source: String, _ exercise: Exercise, _ lesson: Lesson, _ executor: any Executor) -> Judgement {
    let before = executor.snapshot()
    let result = executor.run(source)
    if let failure = result.failure {
      executor.restore(before)
      return .failed(failure)
    }
    guard let wrong = lesson.clauses(of: exercise.id).firstFailure(executor) else { return .right(result) }
    let said = mismatch(wrong, exercise, lesson, executor, before) ?? wrong.explanation
    executor.restore(before)
    return .wrong(said)
  }

  /// What is shown of an answer that is refused.
  var refusal: String? {
    switch self {
    case .right: nil
    case .failed(let failure): failure.message
    case .wrong(let said): said
    }
  }

  /// An answer of another type than the solution's is told as that, where the check could make nothing of it.
  private static func mismatch(_ wrong: ClauseVerdict, _ exercise: Exercise, _ lesson: Lesson, _ executor: any Executor, _ before: Snapshot) -> String? {
    guard case .unclear = wrong.verdict, let solution = lesson.solutions[exercise.id] else { return nil }
    let names = SourceTokens.cut(exercise.stub).bound
    func types() -> [String: String] {
      var found: [String: String] = [:]
      for name in names { if case .success(let text) = executor.text(of: "type(\(name))") { found[name] = text } }
      return found
    }
    let given = types()
    executor.restore(before)
    guard executor.run(solution.source).failure == nil else { return nil }
    let wanted = types()
    for name in names {
      guard let a = given[name].map(kind), let b = wanted[name].map(kind), a != b else { continue }
      return "I need \(b); this is \(a)."
    }
    return nil
  }

  /// `Tensor [3×4]` in words: "a tensor".
  private static func kind(_ type: String) -> String {
    switch type.prefix(while: \.isLetter) {
    case "Int", "Double", "Number": "a number"
    case "String": "a text"
    case "Bool": "true or false"
    case let word where "AEIOU".contains(word.first ?? " "): "an \(word.lowercased())"
    case let word: "a \(word.lowercased())"
    }
  }
}
