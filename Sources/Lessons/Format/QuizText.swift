// The text of a quiz: a question, then choices `- [ ] text — explanation`.

enum QuizText {
  static func read(_ text: String, id: String, line: Int, report: (Int, LessonProblem.Cause) -> Void) -> Quiz {
    var quiz = Quiz(id: id, line: line, question: "", choices: [])
    var question: [String] = []
    for (offset, raw) in text.splitLines.enumerated() {
      let body = raw.trimmed
      if let choice = choice(body) {
        quiz.choices.append(choice)
      } else if quiz.choices.isEmpty {
        question.append(raw.trimmedEnd)
      } else if !body.isEmpty {
        if raw.hasPrefix("  ") {  // a choice that runs on
          let last = quiz.choices.count - 1
          if let explanation = quiz.choices[last].explanation {
            quiz.choices[last].explanation = explanation + " " + body
          } else {
            let joined = quiz.choices[last].text + " " + body
            let (text, explanation) = explained(joined)
            quiz.choices[last].text = text
            quiz.choices[last].explanation = explanation
          }
        } else {
          report(line + 1 + offset, .quizLine(body))
        }
      }
    }
    quiz.question = question.joined(separator: "\n").trimmed
    if quiz.question.isEmpty { report(line, .quizNoQuestion(id)) }
    if quiz.choices.count < 2 { report(line, .quizNoChoices(id)) }
    if quiz.choices.count >= 2, !quiz.choices.contains(where: \.right) { report(line, .quizNoRight(id)) }
    return quiz
  }

  private static func choice(_ line: String) -> Quiz.Choice? {
    for (mark, right) in [("- [ ]", false), ("- [x]", true), ("- [X]", true), ("* [ ]", false), ("* [x]", true)] where line.hasPrefix(mark) {
      let (text, explanation) = explained(String(line.dropFirst(mark.count)).trimmed)
      return Quiz.Choice(text: text, right: right, explanation: explanation)
    }
    return nil
  }

  private static func explained(_ text: String) -> (String, String?) {
    guard let dash = text.firstRange(of: "—") else { return (text, nil) }
    let explanation = String(text[dash.upperBound...]).trimmed
    return (String(text[..<dash.lowerBound]).trimmed, explanation.isEmpty ? nil : explanation)
  }
}
