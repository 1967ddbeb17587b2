// A lesson at a prompt: its state, and what an empty line does. What an answer does stands in LessonAnswering.swift, what a command
// does in LessonCommanding.swift. No terminal in here: it takes typed lines and gives events.

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
  public internal(set) var waiting = Waiting.step
  public private(set) var progress: Progress
  /// Where typed lines run: the session, or its copy in `play`.
  public var executor: any Executor { fork ?? session }

  let session: any Executor
  var fork: (any Executor)?
  var beforePlay = Waiting.step
  let catalogue: [Lesson]
  private let record: (ProgressEntry) -> Void
  private let now: () -> Int
  /// The next block to come.
  var position = 0
  var steps: [Place] = []
  /// A place to come back to: the next block, the variables, and how much had run.
  struct Place {
    let position: Int
    let snapshot: Snapshot
    let ran: Int
  }
  /// What has run in the session and stayed, the lesson's own cells included: the session as a lesson file is made of it.
  public internal(set) var transcript: [(source: String, result: CellResult)] = []
  /// The same of a play.
  var played: [(source: String, result: CellResult)] = []
  var hintsShown: [String: Int] = [:]
  var attempts: [String: Int] = [:]
  var work = LearnerWork()
  var emit: (LessonEvent) -> Void = { _ in }

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
    transcript = []
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
    // A line that failed was a slip: `:record` keeps it, a recap is what the learner made.
    if fork == nil, result.failure == nil { work.add(.own(source: typed, result)) }
    add(typed, result)
    emit(.result(result, declared: false))
  }

  /// Notes a cell that was run where typed lines run.
  public func add(_ source: String, _ result: CellResult) {
    if fork == nil { transcript.append((source, result)) } else { played.append((source, result)) }
  }

  /// The session so far, what was tried in a play included while it lasts.
  public var sessionRecord: SessionRecord { SessionRecord(fork == nil ? transcript : transcript + played) }

  // MARK: Going on

  func enter() {
    switch waiting {
    case .step: step()
    case .exercise: emit(.note("Type your answer; or `hint`, `play` to try things, `skip`."))
    case .quiz: emit(.note("Answer with a letter; or `skip`."))
    case .play: emit(.note("You are in play; `back` leaves it."))
    case .finished: emit(.note("The lesson is at its end; `back`, `recap` or `list`."))
    }
  }

  /// Shows what comes up to the next place to rest: after a cell, before a heading, at a question.
  func step() {
    let start = Place(position: position, snapshot: session.snapshot(), ran: transcript.count)
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

  func rest(_ start: Place) {
    steps.append(start)
    if waiting == .step, !lesson.blocks[position...].contains(where: \.isShown) { finish() }
  }

  func finish() {
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
    transcript.append((cell.source, result))
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

  func passExpectations() {
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

  // MARK: Progress

  func standing(_ id: String) -> Standing {
    progress.standings(in: lesson).first { $0.item == id }?.standing ?? .open
  }

  func note(_ id: String, _ event: ProgressEntry.Event) {
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
  var isShown: Bool {
    switch self {
    case .prose, .cell, .exercise, .quiz: true
    case .output, .expect, .check, .hint: false
    }
  }
}
