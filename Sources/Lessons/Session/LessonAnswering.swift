// What an answer to an exercise, a quiz or a prediction does: run, held against the checks, taken back if it is wrong.

extension LessonSession {
  /// False for what answers nothing.
  func answered(_ exercise: Exercise, _ typed: String) -> Bool {
    switch Answers.reading(typed, stub: filled[exercise.id] ?? exercise.stub) {
    case .none:
      guard let named = naming(exercise, typed) else { return false }
      judge(exercise, named)
    case .part(let stub):
      filled[exercise.id] = stub
      emit(.note("Noted. Now: " + Answers.open(stub).joined(separator: "\n")))
    case .whole(let source): judge(exercise, source)
    case .expression(let source):
      if let named = naming(exercise, typed) { judge(exercise, named) } else { look(exercise, source, typed) }
    }
    return true
  }

  /// The source of an answer that is given by its word, where the exercise has words.
  private func naming(_ exercise: Exercise, _ typed: String) -> String? {
    guard let words = exercise.words, typed.allSatisfy({ $0.isLetter || $0.isNumber || "\" '’-_.<>/␣".contains($0) }),
      case .success(let text) = session.text(of: "(\(words)).count"), let count = Int(text)
    else { return nil }
    let wanted = Guess.plain(typed)
    for index in 0..<min(count, 4096) {
      guard case .success(let word) = session.text(of: "(\(words))[\(index)]"), Guess.plain(word) == wanted else { continue }
      if case .whole(let source) = Answers.reading("\(index)", stub: exercise.stub) { return source }
    }
    return nil
  }

  private func judge(_ exercise: Exercise, _ source: String) {
    filled[exercise.id] = nil
    attempts[exercise.id, default: 0] += 1
    let clauses = lesson.clauses(of: exercise.id)
    reclaim(for: ([source] + clauses.map(\.condition)).joined(separator: "\n"), except: SourceTokens.cut(source).bound)
    switch Judgement.of(source, exercise, lesson, session) {
    case .right(let result): return accept(exercise, source, result)
    case .failed(let failure): emit(.result(CellResult(failure: failure), declared: false))
    case .wrong(let said): emit(.wrong(said))
    }
    if attempts[exercise.id] == 1 { emit(.note("Nothing has changed. Try again; or `hint`, `play`, `skip`.")) }
  }

  /// An expression at an exercise is the answer if it is right; else somebody has looked at something, which is no try.
  private func look(_ exercise: Exercise, _ source: String, _ typed: String) {
    if case .right(let result) = Judgement.of(source, exercise, lesson, session) {
      attempts[exercise.id, default: 0] += 1
      return accept(exercise, source, result)
    }
    let before = session.snapshot()
    let looked = session.run(typed)
    session.restore(before)
    emit(.result(looked, declared: false))
    guard looked.failure == nil, let blank = Answers.open(exercise.stub).first, !blank.contains(where: \.isNewline) else { return }
    emit(.note("Only looked at: that was no try. As your answer:\n" + blank.trimmed.replacing("___", with: typed.trimmed)))
  }

  private func accept(_ exercise: Exercise, _ source: String, _ result: CellResult) {
    if !result.text.isBlank || !result.figures.isEmpty { emit(.result(result, declared: false)) }
    let tries = attempts[exercise.id] ?? 1
    let hints = hintsShown[exercise.id] ?? 0
    transcript.append((source, result))
    ownership.lesson(binds: SourceTokens.cut(source).bound, in: source, session.snapshot())
    work.add(.answer(exercise: exercise.id, source: source, tries: tries, hints: hints))
    note(exercise.id, .done, work: .init(answer: source, tries: tries, hints: hints))
    let points = exercise.points == 1 ? "" : ": \(exercise.points) points"
    emit(.right(tries == 1 ? "Right\(points)." : "Right\(points), at try \(tries)."))
    settle()
  }

  // MARK: Quizzes

  /// False for what answers nothing.
  func answered(_ quiz: Quiz, _ typed: String) -> Bool {
    switch Answers.choices(typed, of: quiz.choices.map(\.text)) {
    case .none: return false
    case .several: emit(.note("Several choices have that word; answer with a letter from a to \(Answers.letter(quiz.choices.count - 1))."))
    case .these(let picked): answer(quiz, picked)
    }
    return true
  }

  private func answer(_ quiz: Quiz, _ picked: [Int]) {
    guard picked.allSatisfy(quiz.choices.indices.contains) else {
      emit(.note("Answer with a letter from a to \(Answers.letter(quiz.choices.count - 1))."))
      return
    }
    attempts[quiz.id, default: 0] += 1
    let right = quiz.choices.indices.filter { quiz.choices[$0].right }
    let explanations = Set(picked).sorted().compactMap { quiz.choices[$0].explanation }.joined(separator: "\n")
    if Set(picked) == Set(right) {
      let tries = attempts[quiz.id] ?? 1
      work.add(.choice(quiz: quiz.question, answer: right.map { quiz.choices[$0].text }.joined(separator: "; "), tries: tries))
      note(quiz.id, .done, work: .init(answer: right.map(Answers.letter).joined(separator: " "), tries: tries))
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

  // MARK: Predictions

  /// False for what is no guess.
  func guessed(_ prediction: Prediction, _ typed: String) -> Bool {
    let guess: String
    switch prediction.kind {
    case .number:
      if Guess.number(typed) != nil {
        guess = typed
      } else if SourceTokens.cut(typed).bound.isEmpty, !typed.contains(where: \.isLetter), case .success(let text) = executor.text(of: typed), Guess.number(text) != nil {
        guess = text  // 4 * 96
      } else if typed.allSatisfy({ $0.isLetter || $0 == " " || $0 == "?" }), !executor.isBuiltIn(typed), case .failure = executor.text(of: typed) {
        emit(.note("A number is asked for; Enter goes on without a guess."))
        return true
      } else {
        return false
      }
    case .word:
      guard typed.allSatisfy({ $0.isLetter || $0.isNumber || " '’\"-␣.,!?<>/".contains($0) }) else { return false }
      guess = Guess.bare(typed)
    case .choice:
      switch Answers.choices(typed, of: prediction.choices.map(\.text)) {
      case .none: return false
      case .several:
        emit(.note("Several choices have that word; guess with a letter from a to \(Answers.letter(prediction.choices.count - 1))."))
        return true
      case .these(let picked):
        guard picked.count == 1, prediction.choices.indices.contains(picked[0]) else {
          emit(.note("Guess with one letter from a to \(Answers.letter(prediction.choices.count - 1))."))
          return true
        }
        guess = prediction.choices[picked[0]].text
      }
    }
    waiting = .step
    if let cell = prediction.of {
      guesses[cell] = guess
      step()
    } else {
      compare(prediction, guess, nil)
      settle()
    }
    return true
  }

  /// Shows a guess beside what its cell has shown.
  func compare(_ cell: Cell, _ result: CellResult) {
    guard let guess = guesses.removeValue(forKey: cell.id), let prediction = lesson.predictions.first(where: { $0.of == cell.id }) else { return }
    compare(prediction, guess, result)
  }

  private func compare(_ prediction: Prediction, _ guess: String, _ result: CellResult?) {
    guard case .success(let truth) = prediction.truth(after: result, session) else { return }
    let isNear = prediction.accepts(guess, truth: truth)
    let said = prediction.choices.first { $0.text == guess }?.explanation
    work.add(.guess(question: prediction.question, guess: guess, truth: truth))
    note(prediction, guess: guess, truth: truth, isNear: isNear)
    emit(.compared(guess: guess, truth: truth, isRight: isNear, said: said))
  }

  /// After a question is settled: its checks and hints are behind us, and Enter goes on.
  func settle() {
    waiting = .step
    passExpectations()
    if lesson.blocks[position...].contains(where: \.isShown) { emit(.note("Enter goes on.")) } else { finish() }
  }
}
