// What an answer to an exercise or a quiz does: run, held against the checks, taken back if it is wrong.

extension LessonSession {
  func answer(_ exercise: Exercise, _ source: String, typed: String) {
    attempts[exercise.id, default: 0] += 1
    let before = session.snapshot()
    let result = session.run(source)
    let wrong = result.failure == nil ? lesson.clauses(of: exercise.id).firstFailure(session) : nil
    if result.failure != nil || wrong != nil {
      session.restore(before)
      if let failure = result.failure {
        emit(.result(CellResult(failure: failure), declared: false))
      } else if let wrong {
        // Who typed an expression may have wanted to look at it.
        if source != typed {
          let looked = session.run(typed)
          session.restore(before)
          if looked.failure == nil, !looked.text.isBlank || !looked.figures.isEmpty { emit(.result(looked, declared: false)) }
        }
        emit(.wrong(wrong.explanation))
      }
      if attempts[exercise.id] == 1 { emit(.note("Nothing has changed. Try again; or `hint`, `play`, `skip`.")) }
      return
    }
    if !result.text.isBlank || !result.figures.isEmpty { emit(.result(result, declared: false)) }
    let tries = attempts[exercise.id] ?? 1
    transcript.append((source, result))
    work.add(.answer(exercise: exercise.id, source: source, tries: tries, hints: hintsShown[exercise.id] ?? 0))
    note(exercise.id, .done)
    emit(.right(tries == 1 ? "Right." : "Right, at try \(tries)."))
    settle()
  }

  func answer(_ quiz: Quiz, _ picked: [Int]) {
    guard picked.allSatisfy(quiz.choices.indices.contains) else {
      emit(.note("Answer with a letter from a to \(Answers.letter(quiz.choices.count - 1))."))
      return
    }
    attempts[quiz.id, default: 0] += 1
    let right = quiz.choices.indices.filter { quiz.choices[$0].right }
    let explanations = Set(picked).sorted().compactMap { quiz.choices[$0].explanation }.joined(separator: "\n")
    if Set(picked) == Set(right) {
      work.add(.choice(quiz: quiz.question, answer: right.map { quiz.choices[$0].text }.joined(separator: "; "), tries: attempts[quiz.id] ?? 1))
      note(quiz.id, .done)
      emit(.right(explanations.isEmpty ? "Right." : "Right: " + explanations))
      settle()
      return
    }
    // The explanation of a right choice would give the rest away.
    let wrong = Set(picked).sorted().filter { !quiz.choices[$0].right }.compactMap { quiz.choices[$0].explanation }.joined(separator: "\n")
    if Set(picked).isSubset(of: right) {
      emit(.wrong("That is right, and not all: \(right.count) choices are. Give them together, such as `a b`."))
    } else {
      emit(.wrong(wrong.isEmpty ? "No. Try again." : "No: " + wrong))
    }
  }

  /// After a question is settled: its checks and hints are behind us, and Enter goes on.
  func settle() {
    waiting = .step
    passExpectations()
    if !lesson.blocks[position...].contains(where: \.isShown) { finish() }
  }
}
