// What the commands of a lesson do: hint, skip, back, play, reset, list, recap, continue.

extension LessonSession {
  func obey(_ command: LessonCommand) {
    switch command {
    case .hint: hint()
    case .skip: skip()
    case .back: back()
    case .play: play()
    case .reset:
      fork = nil
      emit(.note("From the start, with an empty session. What you have done stays noted; `reset progress` forgets it, too."))
      waiting = .step
      open(emit)
    case .list:
      let all = catalogue.isEmpty ? [lesson] : catalogue
      emit(.list(all.map { progress.summary(of: $0) }, current: lesson.id))
    case .recap: emit(.recap(work.markdown(title: lesson.title)))
    case .continue: skipAhead()
    }
  }

  /// `reset progress`: asked back, since nothing brings it back.
  func forget() {
    let done = progress.summary(of: lesson).done
    guard asksToForget else {
      asksToForget = true
      emit(.note("This forgets the \(done) item\(done == 1 ? "" : "s") that you have done in this lesson, with your answers. Type `reset progress` again to do so."))
      return
    }
    asksToForget = false
    forgetProgress()
    fork = nil
    emit(.note("Forgotten. From the start, with an empty session."))
    waiting = .step
    open(emit)
  }

  private var exerciseAtHand: String? {
    if case .exercise(let id) = waiting { return id }
    if waiting == .play, case .exercise(let id) = beforePlay { return id }
    return nil
  }

  private func hint() {
    guard let id = exerciseAtHand else {
      emit(.note("There is nothing to hint at here."))
      return
    }
    let hints = lesson.hints(of: id)
    let shown = hintsShown[id] ?? 0
    let solution = lesson.solutions[id]
    if shown < hints.count {
      hintsShown[id] = shown + 1
      emit(.hint(number: shown + 1, of: hints.count, MarkdownProse.blocks(hints[shown].text)))
      if shown + 1 == hints.count {
        emit(.note(solution == nil ? "That was the last hint." : "That was the last hint; `hint` once more shows the solution."))
      }
    } else if let solution {
      emit(.solution(solution.source))
    } else {
      emit(.note(hints.isEmpty ? "This exercise has no hints." : "There are no more hints."))
    }
  }

  private func skip() {
    switch waiting {
    case .exercise(let id):
      if let solution = lesson.solutions[id] {
        emit(.solution(solution.source))
        if let failure = pass(solution.source).failure { emit(.note("The solution fails: \(failure.message)")) }
        emit(.note("Skipped; what follows goes on with the solution's value."))
      } else {
        emit(.note("Skipped; it has no solution to go on with, so what follows may fail."))
      }
      note(id, .skipped)
      settle()
    case .quiz(let id):
      note(id, .skipped)
      emit(.note("Skipped."))
      settle()
    case .prediction:
      waiting = .step
      step()
    case .step: emit(.note("There is nothing to skip here; Enter goes on."))
    case .play: emit(.note("You are in play; `back` leaves it."))
    case .finished: emit(.note("The lesson is at its end."))
    }
  }

  private func back() {
    if fork != nil {
      fork = nil
      waiting = beforePlay
      emit(.note("Back in the lesson; what you tried is gone."))
      return
    }
    // The last step is the one on the screen; the one before it is shown again.
    guard steps.count > 1 else {
      emit(.note("This is the start of the lesson."))
      return
    }
    steps.removeLast()
    let place = steps.removeLast()
    session.restore(place.snapshot)
    ownership = place.ownership
    transcript.removeLast(transcript.count - place.ran)
    position = place.position
    step()
  }

  private func play() {
    guard fork == nil else {
      emit(.note("You are in play already; `back` leaves it."))
      return
    }
    fork = session.fork()
    played = []
    beforePlay = waiting
    waiting = .play
    emit(.note("A copy to play in: nothing here touches the lesson. `back` leaves it."))
  }

  /// Runs what is done, and shows the first step that is not.
  private func skipAhead() {
    guard fork == nil else {
      emit(.note("You are in play; `back` leaves it."))
      return
    }
    if case .exercise(let id) = waiting, standing(id) == .open { return enter() }
    if case .quiz(let id) = waiting, standing(id) == .open { return enter() }
    func isDone(_ id: String) -> Bool { standing(id) == .done || standing(id) == .doneChangedSince }
    if case .exercise(let id) = waiting, isDone(id), let solution = lesson.solutions[id] { _ = pass(solution.source) }
    var ahead = position
    var target = position
    search: while ahead < lesson.blocks.count {
      switch lesson.blocks[ahead] {
      case .cell(let cell) where cell.isSetup: break
      case .cell(let cell) where !isDone(cell.id): break search
      case .exercise(let exercise) where !isDone(exercise.id): break search
      case .quiz(let quiz) where !isDone(quiz.id): break search
      case .cell(let cell):
        _ = pass(cell.source)
        target = ahead + 1
      case .exercise(let exercise):
        if let solution = lesson.solutions[exercise.id] { _ = pass(solution.source) }
        target = ahead + 1
      case .quiz: target = ahead + 1
      case .prose, .output, .expect, .check, .hint, .predict, .caption: break
      }
      ahead += 1
    }
    if target == position, waiting == .finished { return enter() }
    if target > position { emit(.note("What you have done is done; on from there.")) }
    position = target
    step()
  }

  /// Runs a source of the lesson that is passed over, unseen.
  private func pass(_ source: String) -> CellResult {
    reclaim(for: source, except: SourceTokens.cut(source).bound)
    let result = session.run(source)
    transcript.append((source, result))
    ownership.lesson(binds: SourceTokens.cut(source).bound, in: source, session.snapshot())
    return result
  }
}
