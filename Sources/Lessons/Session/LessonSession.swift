// A lesson at a prompt: what an empty line does, and what each answer and command does. No terminal in here: it takes typed lines
// and gives events.
//
// Longer than most files, since it is one state machine; what needs no state stands beside it in this folder.

public final class LessonSession {
  public enum Waiting: Sendable, Equatable {
    /// For Enter.
    case step
    case exercise(String)
    case quiz(String)
    case play
    case finished
  }

  public let lesson: Lesson
  public private(set) var waiting = Waiting.step
  public private(set) var progress: Progress
  /// Where typed lines run: the session, or its copy in `play`.
  public var executor: any Executor { fork ?? session }

  private let session: any Executor
  private var fork: (any Executor)?
  private var beforePlay = Waiting.step
  private let catalogue: [Lesson]
  private let record: (ProgressEntry) -> Void
  private let now: () -> Int
  /// The next block to come.
  private var position = 0
  private var steps: [(position: Int, snapshot: Snapshot)] = []
  private var hintsShown: [String: Int] = [:]
  private var attempts: [String: Int] = [:]
  private var work = LearnerWork()
  private var emit: (LessonEvent) -> Void = { _ in }

  /// - Parameters:
  ///   - catalogue: all lessons, for `list` and for what comes next.
  ///   - record: keeps an entry (`ProgressFile.append`).
  ///   - now: seconds since 1970.
  public init(
    _ lesson: Lesson, executor: any Executor, progress: Progress = Progress(), catalogue: [Lesson] = [],
    record: @escaping (ProgressEntry) -> Void = { _ in }, now: @escaping () -> Int = { 0 }
  ) {
    self.lesson = lesson
    self.session = executor
    self.progress = progress
    self.catalogue = catalogue
    self.record = record
    self.now = now
  }

  /// Begins: an empty session with the lesson's seed, and the first step.
  public func open(_ show: @escaping (LessonEvent) -> Void) {
    emit = show
    session.reset(seed: lesson.seed)
    position = 0
    steps = []
    fork = nil
    let summary = progress.summary(of: lesson)
    if summary.done > 0, summary.done < summary.total {
      emit(.note("You have done \(summary.done) of \(summary.total) here; `continue` goes on from there."))
    }
    step()
  }

  /// One typed line (or a cell of several).
  public func respond(to typed: String, _ show: @escaping (LessonEvent) -> Void) {
    emit = show
    let line = typed.trimmed
    if line.isEmpty { return enter() }
    if let command = LessonCommand(rawValue: line) { return obey(command) }
    switch waiting {
    case .exercise(let id):
      if let exercise = lesson.exercises.first(where: { $0.id == id }), let source = Answers.source(typed, stub: exercise.stub) {
        return answer(exercise, source, typed: typed)
      }
    case .quiz(let id):
      if let quiz = lesson.quizzes.first(where: { $0.id == id }), let picked = Answers.choices(line) { return answer(quiz, picked) }
    case .step, .play, .finished: break
    }
    let result = executor.run(typed)
    if fork == nil { work.add(.own(source: typed, result)) }
    emit(.result(result, declared: false))
  }

  // MARK: Going on

  private func enter() {
    switch waiting {
    case .step: step()
    case .exercise: emit(.note("Type your answer; or `hint`, `play` to try things, `skip`."))
    case .quiz: emit(.note("Answer with a letter; or `skip`."))
    case .play: emit(.note("You are in play; `back` leaves it."))
    case .finished: emit(.note("The lesson is at its end; `back`, `recap` or `list`."))
    }
  }

  /// Shows what comes up to the next place to rest: after a cell, before a heading, at a question.
  private func step() {
    let start = (position: position, snapshot: session.snapshot())
    waiting = .step
    var shown = false
    while position < lesson.blocks.count {
      let index = position
      switch lesson.blocks[index] {
      case .prose(let prose):
        if shown, case .heading? = prose.blocks.first { return rest(start) }
        let values = prose.numbers.map { number in
          switch session.text(of: number.expression) {
          case .success(let text): text
          case .failure(let failure): "[\(failure.kind)]"
          }
        }
        position += 1
        emit(.prose(prose.blocks(values: values)))
        shown = true
      case .cell(let cell):
        guard run(cell) else { return }
        position += 1
        passExpectations()
        return rest(start)
      case .exercise(let exercise):
        position += 1
        waiting = .exercise(exercise.id)
        emit(.exercise(id: exercise.id, stub: exercise.stub, standing: standing(exercise.id)))
        return rest(start)
      case .quiz(let quiz):
        position += 1
        waiting = .quiz(quiz.id)
        emit(.quiz(id: quiz.id, question: MarkdownProse.blocks(quiz.question), choices: quiz.choices.map(\.text)))
        return rest(start)
      case .output, .check, .hint: position += 1
      case .expect(let expect):
        position += 1
        hold(expect)
      }
    }
    rest(start)
  }

  private func rest(_ start: (position: Int, snapshot: Snapshot)) {
    steps.append(start)
    if waiting == .step, !lesson.blocks[position...].contains(where: \.isShown) { finish() }
  }

  private func finish() {
    waiting = .finished
    let next = catalogue.filter { $0.needs.contains(lesson.id) }.map { progress.summary(of: $0) }
    emit(.finished(progress.summary(of: lesson), next: next))
  }

  /// Runs a cell; false if it was stopped, and then the session is as it was before.
  private func run(_ cell: Cell) -> Bool {
    emit(.cell(id: cell.id, source: cell.source))
    let before = session.snapshot()
    let result = session.run(cell.source)
    if result.failure?.kind == CellFailure.interrupted {
      session.restore(before)
      emit(.result(result, declared: false))
      emit(.note("Stopped; Enter runs the cell again."))
      return false
    }
    let declared = result.failure != nil && result.failure?.kind == cell.failure
    emit(.result(result, declared: declared))
    if declared {
      emit(.note("This cell fails on purpose."))
    } else if result.failure != nil {
      emit(.note("This cell should have run. Enter goes on; `back` tries it again."))
      return true
    }
    note(cell.id, .done)
    return true
  }

  private func passExpectations() {
    while position < lesson.blocks.count {
      switch lesson.blocks[position] {
      case .output, .check, .hint: break
      case .expect(let expect): hold(expect)
      default: return
      }
      position += 1
    }
  }

  private func hold(_ expect: Expect) {
    for clause in expect.clauses {
      let verdict = ClauseVerdict(clause: clause, verdict: session.verdict(on: clause.condition), message: nil)
      if !verdict.holds { emit(.note("Here `\(clause.condition)` should hold, and does not. " + verdict.explanation)) }
    }
  }

  // MARK: Answers

  private func answer(_ exercise: Exercise, _ source: String, typed: String) {
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
    work.add(.answer(exercise: exercise.id, source: source, tries: tries, hints: hintsShown[exercise.id] ?? 0))
    note(exercise.id, .done)
    emit(.right(tries == 1 ? "Right." : "Right, at try \(tries)."))
    settle()
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
      work.add(.choice(quiz: quiz.question, answer: right.map { quiz.choices[$0].text }.joined(separator: "; "), tries: attempts[quiz.id] ?? 1))
      note(quiz.id, .done)
      emit(.right(explanations.isEmpty ? "Right." : "Right: " + explanations))
      settle()
      return
    }
    // The explanation of a right choice would give the rest away.
    let wrong = Set(picked).sorted().filter { !quiz.choices[$0].right }.compactMap { quiz.choices[$0].explanation }.joined(separator: "\n")
    if Set(picked).isSubset(of: right) {
      emit(.wrong("That is right, and not all: \(right.count) choices are."))
    } else {
      emit(.wrong(wrong.isEmpty ? "No. Try again." : "No: " + wrong))
    }
  }

  /// After a question is settled: its checks and hints are behind us, and Enter goes on.
  private func settle() {
    waiting = .step
    passExpectations()
    if !lesson.blocks[position...].contains(where: \.isShown) { finish() }
  }

  // MARK: Commands

  private func obey(_ command: LessonCommand) {
    switch command {
    case .hint: hint()
    case .skip: skip()
    case .back: back()
    case .play: play()
    case .reset:
      fork = nil
      emit(.note("From the start, with an empty session."))
      waiting = .step
      open(emit)
    case .list:
      let all = catalogue.isEmpty ? [lesson] : catalogue
      emit(.list(all.map { progress.summary(of: $0) }, current: lesson.id))
    case .recap: emit(.recap(work.markdown(title: lesson.title)))
    case .continue: skipAhead()
    }
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
        let result = session.run(solution.source)
        if let failure = result.failure { emit(.note("The solution fails: \(failure.message)")) }
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
    let (position, snapshot) = steps.removeLast()
    session.restore(snapshot)
    self.position = position
    step()
  }

  private func play() {
    guard fork == nil else {
      emit(.note("You are in play already; `back` leaves it."))
      return
    }
    fork = session.fork()
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
    if case .exercise(let id) = waiting, isDone(id), let solution = lesson.solutions[id] { _ = session.run(solution.source) }
    var ahead = position
    var target = position
    search: while ahead < lesson.blocks.count {
      switch lesson.blocks[ahead] {
      case .cell(let cell) where !isDone(cell.id): break search
      case .exercise(let exercise) where !isDone(exercise.id): break search
      case .quiz(let quiz) where !isDone(quiz.id): break search
      case .cell(let cell):
        _ = session.run(cell.source)
        target = ahead + 1
      case .exercise(let exercise):
        if let solution = lesson.solutions[exercise.id] { _ = session.run(solution.source) }
        target = ahead + 1
      case .quiz: target = ahead + 1
      case .prose, .output, .expect, .check, .hint: break
      }
      ahead += 1
    }
    if target == position, waiting == .finished { return enter() }
    if target > position { emit(.note("What you have done is done; on from there.")) }
    position = target
    step()
  }

  // MARK: Progress

  private func standing(_ id: String) -> Standing {
    progress.standings(in: lesson).first { $0.item == id }?.standing ?? .open
  }

  private func note(_ id: String, _ event: ProgressEntry.Event) {
    guard let item = lesson.items.first(where: { $0.id == id }) else { return }
    let before = progress
    let entry = ProgressEntry(time: now(), lesson: lesson.id, item: id, hash: item.hash, event: event)
    progress.add(entry)
    // A cell run again is no news; the file grows by what is.
    if progress.standing(lesson: lesson.id, item: id, hash: item.hash) != before.standing(lesson: lesson.id, item: id, hash: item.hash) {
      record(entry)
    }
  }
}

extension LessonBlock {
  /// Whether a session shows anything for it.
  fileprivate var isShown: Bool {
    switch self {
    case .prose, .cell, .exercise, .quiz: true
    case .output, .expect, .check, .hint: false
    }
  }
}
