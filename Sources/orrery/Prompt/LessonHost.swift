// A lesson at the prompt: typed lines go to the lesson's session, its events come back as coloured lines.

import Glibc
import Lessons
import Notebook
import Terminal

final class LessonHost: PromptHost {
  private let session: Session
  private let lesson: LessonSession
  private let screen: Screenful
  let commands: PromptCommands
  private let showing: Showing

  /// - Parameters:
  ///   - catalogue: all lessons, for `list` and what comes next.
  ///   - file: where progress is kept; nil: nowhere.
  init(_ opened: Lesson, catalogue: [Lesson], progress: Progress, file: ProgressFile?, session: Session, style: Style) {
    self.session = session
    session.isPlain = style.plain
    session.columns = { Screen.size.columns }
    session.showsLongJobs(style)
    screen = Screenful(style: style)
    showing = Showing(style: style)
    commands = PromptCommands(session: session, screen: screen)
    commands.more = [("Enter", "goes on")] + LessonCommand.allCases.map { ($0.rawValue, $0.meaning) }
    let screen = screen
    var hasWarned = false
    lesson = LessonSession(
      opened, executor: session, progress: progress, catalogue: catalogue,
      record: { entry in
        do { try file?.append(entry) } catch {
          if !hasWarned { screen.complain("orrery: your progress is not kept: \(error)") }
          hasWarned = true
        }
      },
      now: { time(nil) })
  }

  /// Shows the lesson's beginning; to be called once, before the first prompt.
  func begin() {
    commands.note = { [unowned self] source, result in
      lesson.add(source, result)
      commands.record = lesson.sessionRecord
    }
    let words = LessonCommand.allCases.map(\.rawValue).joined(separator: ", ")
    let lines = wrap("Enter goes on; \(words); Ctrl-D leaves and keeps your place.", width: min(100, Screen.size.columns))
    lines.forEach { screen.say(screen.style.paint($0, .quiet)) }
    screen.say("")
    lesson.open { [self] in show($0) }
  }

  var promptText: ScreenText {
    let place = lesson.waiting == .play ? "\(lesson.lesson.stem) play" : lesson.lesson.stem
    return screen.style.paint("\(place)> ", .prompt)
  }
  var continuationText: ScreenText { screen.style.paint("… ", .quiet) }

  func completeness(of text: String) -> Completeness {
    LessonCommand(rawValue: text.trimmed) != nil ? .complete : Completeness(session.completeness(of: text))
  }

  func completions(of text: String, at cursor: Int) -> Completions {
    let running = lesson.executor as? Session ?? session
    var found = Offering(session: running).completions(of: text, at: cursor)
    let typed = String(decoding: text.utf8.prefix(cursor), as: UTF8.self)
    let words = LessonCommand.allCases.filter { $0.rawValue.hasPrefix(typed) && !typed.hasPrefix(":") }
    if !words.isEmpty, found.start == 0 || found.candidates.isEmpty {
      found.start = 0
      found.candidates = words.map { Candidate($0.rawValue, note: $0.meaning) } + found.candidates
    }
    return found
  }

  private var failed = false

  func run(_ cell: Terminal.Cell) -> Outcome {
    failed = false
    if cell.text.trimmed == LessonCommand.reset.rawValue { commands.closeRecording() }
    lesson.respond(to: cell.text) { [self] in show($0) }
    commands.record = lesson.sessionRecord
    commands.keepRecording()
    // A slip of a command is an unknown name to the language.
    let word = cell.text.trimmed
    if failed, !word.isEmpty, word.allSatisfy(\.isLetter), let near = nearest(word, in: LessonCommand.allCases.map(\.rawValue)) {
      screen.say(screen.style.paint("Did you mean the lesson's command \(near)?", .quiet))
    }
    return failed ? .failed : .done
  }

  func command(_ line: String) -> Outcome {
    commands.session = lesson.executor as? Session ?? session
    commands.record = lesson.sessionRecord
    // To forget the variables in the middle of a lesson would break what follows.
    if PromptCommand(rawValue: String(line.dropFirst()).trimmed) == .reset { return run(Terminal.Cell(LessonCommand.reset.rawValue)) }
    return commands.run(line) { [screen] failure in
      guard let failure else { return .done }
      screen.complain(failure.message)
      return .failed
    }
  }

  private func show(_ event: LessonEvent) {
    switch event {
    case .wrong: failed = true
    case .result(let result, let declared): failed = failed || result.failure != nil && !declared
    default: break
    }
    if case .result(var result, let declared) = event {
      // The text of a figure is its drawing; a terminal that can show the picture shows that beside its words.
      let pictures = result.figures.compactMap { figure in figure.dot.flatMap { showing.text(.figure(dot: $0, alternative: figure.alternative)) } }
      if !pictures.isEmpty, pictures.count == result.figures.count { result.text = "" }
      if pictures.isEmpty { result.figures = [] }
      screen.say(lines(.result(result, declared: declared)))
      pictures.forEach { screen.pass($0) }
      return
    }
    screen.say(lines(event))
  }

  private func lines(_ event: LessonEvent) -> [StyledLine] {
    EventLines(width: min(100, Screen.size.columns), plain: screen.style.plain).lines(event)
  }
}
