// A lesson at a prompt: its state, and what an empty line does. What an answer does stands in LessonAnswering.swift, what a command
// does in LessonCommanding.swift. No terminal in here: it takes typed lines and gives events.

public final class LessonSession {
  public enum Waiting: Sendable, Equatable {
    /// For Enter.
    case step
    case exercise(String)
    case quiz(String)
    case prediction(String)
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
    let ownership: Ownership
  }
  /// What has run in the session and stayed, the lesson's own cells included: the session as a lesson file is made of it.
  public internal(set) var transcript: [(source: String, result: CellResult)] = []
  /// The same of a play.
  var played: [(source: String, result: CellResult)] = []
  var hintsShown: [String: Int] = [:]
  var attempts: [String: Int] = [:]
  /// Exercises with some of their blanks filled.
  var filled: [String: String] = [:]
  /// Guesses that wait for their cell.
  var guesses: [String: String] = [:]
  /// Whether `reset progress` was asked for, and is to be said once more.
  var asksToForget = false
  var ownership = Ownership()
  /// Names that a failed cell would have made, with the cell.
  private var missing: [String: String] = [:]
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
    (hintsShown, attempts, filled, guesses, missing) = ([:], [:], [:], [:], [:])
    if work.isEmpty { work = LearnerWork(progress, of: lesson) }
    for cell in lesson.setup {
      let result = session.run(cell.source)
      transcript.append((cell.source, result))
      if let failure = result.failure { emit(.result(CellResult(failure: failure), declared: false)) }
    }
    ownership = Ownership(start: session.snapshot())
    for cell in lesson.setup { ownership.lesson(binds: SourceTokens.cut(cell.source).bound, in: cell.source, session.snapshot()) }
    let summary = progress.summary(of: lesson)
    if summary.done > 0, summary.done < summary.total || summary.changed > 0 {
      let changed = summary.changed == 0 ? "" : ", of which \(summary.changed) changed since"
      emit(.note("You have done \(summary.done) of \(summary.total) here\(changed)." + (summary.done < summary.total ? " `continue` goes on from there." : "")))
    }
    step()
  }

  /// One typed line (or a cell of several).
  public func respond(to typed: String, _ show: @escaping (LessonEvent) -> Void) {
    emit = show
    let line = typed.trimmed
    if line.isEmpty { return enter() }
    if line == LessonCommand.forget { return forget() }
    asksToForget = false
    if let command = LessonCommand(rawValue: line) { return obey(command) }
    switch waiting {
    case .exercise(let id):
      if let exercise = lesson.exercises.first(where: { $0.id == id }), answered(exercise, typed) { return }
    case .quiz(let id):
      if let quiz = lesson.quizzes.first(where: { $0.id == id }), answered(quiz, line) { return }
    case .prediction(let id):
      if let prediction = lesson.predictions.first(where: { $0.id == id }), guessed(prediction, line) { return }
    case .step, .play, .finished: break
    }
    own(typed)
  }

  /// Runs what is no answer to anything.
  func own(_ typed: String) {
    let result = executor.run(typed)
    if fork == nil { ownership.learner(binds: SourceTokens.cut(typed).bound) }
    // A line that failed was a slip: `:record` keeps it, a recap is what the learner made.
    if fork == nil, result.failure == nil { work.add(.own(source: typed, result)) }
    add(typed, result)
    emit(.result(result, declared: false))
  }

  /// Gives the lesson its own values back of names that the learner has used for something else, where `source` needs them.
  func reclaim(for source: String, except: [String] = []) {
    let taken = ownership.taken(by: source, isBuiltIn: session.isBuiltIn).filter { !except.contains($0) }
    if taken.isEmpty { return }
    for name in taken { session.restore([name], from: ownership.snapshot(of: name)) }
    ownership.returned(taken)
    let names = taken.map { "`\($0)`" }.joined(separator: " and ")
    emit(.note(taken.count == 1 ? "\(names) was yours; from here it is the lesson's again." : "\(names) were yours; from here they are the lesson's again."))
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
    case .exercise(let id):
      let left = filled[id].map { Answers.open($0) } ?? []
      emit(.note("Type your answer\(left.isEmpty ? "" : ", now for `\(left[0].trimmed)`"); or `hint`, `play` to try things, `skip`."))
    case .quiz: emit(.note("Answer with a letter or a word of a choice; or `skip`."))
    case .prediction:
      waiting = .step
      step()
    case .play: emit(.note("You are in play; `back` leaves it."))
    case .finished: emit(.note("The lesson is at its end; `back`, `recap` or `list`."))
    }
  }

  /// Shows what comes up to the next place to rest: after a cell, before a heading, at a question.
  func step() {
    let start = Place(position: position, snapshot: session.snapshot(), ran: transcript.count, ownership: ownership)
    waiting = .step
    var shown = false
    while position < lesson.blocks.count {
      let index = position
      switch lesson.blocks[index] {
      case .prose(let prose):
        if shown, case .heading? = prose.blocks.first { return rest(start) }
        if !prose.numbers.isEmpty { reclaim(for: prose.numbers.map(\.expression).joined(separator: "\n")) }
        let values = prose.numbers.map { session.text(of: $0.expression).inProse }
        position += 1
        emit(.prose(prose.blocks(values: values)))
        shown = true
      case .cell(let cell) where cell.isSetup: position += 1
      case .cell(let cell):
        guard run(cell) else { return }
        position += 1
        passExpectations()
        return rest(start)
      case .exercise(let exercise):
        position += 1
        waiting = .exercise(exercise.id)
        reclaim(for: exercise.stub)
        emit(.exercise(id: exercise.id, stub: exercise.stub, standing: standing(exercise.id)))
        return rest(start)
      case .quiz(let quiz):
        position += 1
        waiting = .quiz(quiz.id)
        if standing(quiz.id) != .open { emit(.note(standing(quiz.id).invitation)) }
        emit(.quiz(id: quiz.id, question: MarkdownProse.blocks(quiz.question), choices: quiz.choices.map(\.text)))
        return rest(start)
      case .predict(let prediction):
        position += 1
        waiting = .prediction(prediction.id)
        emit(.predict(prediction))
        return rest(start)
      case .caption(let caption):
        position += 1
        show(caption)
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
    reclaim(for: cell.source + "\n" + lesson.expects(of: cell.id).flatMap(\.clauses).map(\.condition).joined(separator: "\n"))
    emit(.cell(id: cell.id, source: cell.source))
    let before = session.snapshot()
    var result = session.run(cell.source)
    if result.failure?.kind == CellFailure.interrupted {
      session.restore(before)
      emit(.result(result, declared: false))
      emit(.note("Stopped; Enter runs the cell again."))
      return false
    }
    transcript.append((cell.source, result))
    let made = SourceTokens.cut(cell.source).bound
    ownership.lesson(binds: made, in: cell.source, session.snapshot())
    if cell.silent, result.failure == nil { (result.text, result.figures) = ("", []) }
    let declared = result.failure != nil && result.failure?.kind == cell.failure
    emit(.result(result, declared: declared))
    if declared {
      emit(.note("This cell fails on purpose."))
    } else if result.failure != nil {
      if let cause = SourceTokens.cut(cell.source).lazy.compactMap({ self.missing[$0.text] }).first {
        emit(.note("It fails because the cell `\(cause)` failed before. Enter goes on; `back` tries it again."))
      } else {
        emit(.note("This cell should have run. Enter goes on; `back` tries it again."))
      }
      for name in made { missing[name] = cell.id }
      return true
    }
    for name in made { missing[name] = nil }
    compare(cell, result)
    note(cell.id, .done)
    return true
  }

  private func show(_ caption: Caption) {
    emit(.caption(number: lesson.figureNumber(of: caption.of) ?? 0, MarkdownProse.blocks(caption.text)))
  }

  func passExpectations() {
    while position < lesson.blocks.count {
      switch lesson.blocks[position] {
      case .output, .check, .hint: break
      case .expect(let expect): hold(expect)
      case .caption(let caption): show(caption)
      default: return
      }
      position += 1
    }
  }

  private func hold(_ expect: Expect) {
    for clause in expect.clauses {
      let verdict = ClauseVerdict(clause: clause, verdict: session.verdict(on: clause.condition), message: nil)
      if !verdict.holds { emit(.note("Here `\(clause.condition)` should hold, and does not. " + verdict.explanationForAuthor)) }
    }
  }

  // MARK: Progress

  func standing(_ id: String) -> Standing {
    progress.standings(in: lesson).first { $0.item == id }?.standing ?? .open
  }

  func note(_ id: String, _ event: ProgressEntry.Event, work: ProgressEntry.Work = .init()) {
    guard let item = lesson.items.first(where: { $0.id == id }) else { return }
    keep(ProgressEntry(time: now(), lesson: lesson.id, item: id, hash: item.hash, event: event, work: work))
  }

  func note(_ prediction: Prediction, guess: String, truth: String, isNear: Bool) {
    keep(
      ProgressEntry(
        time: now(), lesson: lesson.id, item: prediction.id, hash: ContentHash.of(prediction.question), event: .predicted,
        work: .init(answer: guess, truth: truth, isNear: isNear)))
  }

  /// Forgets all that was done in this lesson.
  func forgetProgress() {
    let entry = ProgressEntry(time: now(), lesson: lesson.id, item: "", hash: "", event: .reset)
    progress.add(entry)
    record(entry)
    work = LearnerWork()
  }

  private func keep(_ entry: ProgressEntry) {
    let before = progress
    progress.add(entry)
    // A cell run again is no news; the file grows by what is.
    if progress.entry(lesson: lesson.id, item: entry.item)?.news != before.entry(lesson: lesson.id, item: entry.item)?.news { record(entry) }
  }
}

extension LessonBlock {
  /// Whether a session shows anything for it.
  var isShown: Bool {
    switch self {
    case .cell(let cell): !cell.isSetup
    case .prose, .exercise, .quiz, .predict, .caption: true
    case .output, .expect, .check, .hint: false
    }
  }
}
