// The text of a prediction: a question, for a choice with its choices as a quiz has them. And of a figure's block: a caption, then
// `alt:` and the text alternative.

enum PredictionText {
  static func read(
    _ text: String, _ fence: FenceInfo, line: Int, isTranslation: Bool = false, report: (Int, LessonProblem.Cause) -> Void
  ) -> Prediction? {
    let of = fence.values["of"]
    let answer = fence.values["answer"]
    guard let id = fence.id ?? of.map({ $0 + "-prediction" }) else {
      report(line, .predictionOfNothing)
      return nil
    }
    if of == nil, answer == nil, !isTranslation { report(line, .recallWithoutAnswer(id)) }
    var kind = Prediction.Kind.number
    if let text = fence.values["kind"] {
      if let known = Prediction.Kind(rawValue: text) { kind = known } else { report(line, .badKind(text)) }
    }
    var tolerance = 0.0
    if let text = fence.values["tol"] {
      if let value = Double(text), value >= 0, value.isFinite { tolerance = value } else { report(line, .badTolerance(text)) }
    }
    var faults: [(Int, LessonProblem.Cause)] = []
    let quiz = QuizText.read(text, id: id, line: line) { faults.append(($0, $1)) }
    for (line, fault) in faults {
      switch fault {
      case .quizNoChoices, .quizNoRight: break
      default: report(line, fault)
      }
    }
    if isTranslation {
      // Its kind is the original's.
    } else if kind == .choice {
      if quiz.choices.count < 2 { report(line, .tooFewChoices(id)) }
      else if answer == nil, !quiz.choices.contains(where: \.right) { report(line, .noRightChoice(id)) }
    } else if !quiz.choices.isEmpty {
      report(line, .choicesWithoutKind(id))
    }
    return Prediction(
      id: id, line: line, of: of, answer: answer, kind: kind, tolerance: tolerance, question: quiz.question, choices: quiz.choices)
  }
}

enum CaptionText {
  static func read(_ text: String, of: String, line: Int, report: (Int, LessonProblem.Cause) -> Void) -> Caption {
    let lines = text.splitLines
    let alt = lines.firstIndex { $0.trimmed.hasPrefix("alt:") }
    let alternative = alt.map { ([String(lines[$0].trimmed.dropFirst(4))] + lines[($0 + 1)...]).map(\.trimmed).joined(separator: " ").trimmed } ?? ""
    if alternative.isEmpty { report(line, .noAlternative(of)) }
    let before = lines[..<(alt ?? lines.count)].map(\.trimmed)
    let caption = before.drop { $0.isEmpty }.prefix { !$0.isEmpty }.joined(separator: " ")
    return Caption(of: of, line: line, text: caption, alternative: alternative)
  }
}
