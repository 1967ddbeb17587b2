import ArgumentParser
import Files
import Glibc
import Lessons
import Notebook
import Terminal

struct RunCommand: ParsableCommand, Conversational {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a lesson or a script without a person.",
    discussion: """
      EXAMPLES
        orrery run lessons/tour.md
        orrery run lessons/tour.md --check
        orrery run measurements.orrery

      A file that ends in .md is a lesson: --check holds its outputs, expectations and exercises against what they do. Any other file
      is a script, and yours: its cells run in order, and the first that fails ends it with exit code 1. A lesson that did not come with Orrery reads and writes
      only below its own folder and the scratch folder, unless you allow more.
      """)

  @Argument(help: "A lesson (.md) or a script; - is a script on standard input.", completion: .file()) var file: String
  @Flag(help: "Exit with 1 if anything in the lesson is not as it says.") var check = false
  @Flag(help: "Rewrite the lesson's output blocks with what its cells print, and nothing else.") var bless = false
  @OptionGroup var trust: TrustOption
  @OptionGroup var display: DisplayOptions

  func run() throws {
    guard file.hasSuffix(".md") else { return try script() }
    let lesson = try LessonLibrary.load(file)
    let screen = Screenful(style: display.style, isRead: false)
    let (execution, lints) = Interrupts.whileRunning {
      let session = Session(stop: stopFlag)
      session.isPlain = display.style.plain && !check && !bless
      trust.apply(to: session, lesson: file)
      let execution = Runner.run(lesson, with: session) { _ in !Interrupts.stopRequested }
      return (execution, check && !Interrupts.stopRequested ? Linter.lint(lesson, with: session) : [])
    }
    if Interrupts.stopRequested { throw Interrupted() }
    if bless {
      try write(execution.blessing)
      guard check else { return }
      // What is written now is what is checked.
      return try RunCommand.parse([file, "--check"] + (trust.trust ? ["--trust"] : [])).run()
    }
    if !check { LessonTranscript(screen: screen).show(execution) }
    let faults = check ? execution.differences.map(\.description) + lints.map(\.description) : []
    faults.forEach { sayError($0) }
    if !faults.isEmpty { throw ExitCode(1) }
    if check {
      execution.moved.forEach { print($0) }
      print("\(file): \(lesson.held)")
    }
    if !check, execution.differences.contains(where: \.isFailure) { throw ExitCode(1) }
  }

  private func write(_ blessing: Execution.Blessing) throws {
    blessing.refused.forEach { sayError("\($0)") }
    if !blessing.changed.isEmpty { try AtomicFile.write(file, blessing.bytes) }
    print(blessing.changed.isEmpty ? "\(file): every output is as it was" : "\(file): new outputs of \(blessing.changed.joined(separator: ", "))")
    if !blessing.refused.isEmpty { throw ExitCode(1) }
  }

  private func script() throws {
    if bless { throw Refusal("--bless rewrites the outputs of a lesson; \(file) is a script") }
    var descriptor = STDIN_FILENO
    if file != "-" {
      descriptor = open(file, O_RDONLY | O_CLOEXEC)
      if descriptor < 0 || Path.isFolder(file) { throw Refusal(Path.isFolder(file) ? "\(file) is a folder" : "cannot read \(file): \(String(cString: strerror(errno)))") }
    }
    let style = display.style
    let host = NotebookHost(session: Session(stop: stopFlag), style: style, file: file == "-" ? "standard input" : file)
    let code = Prompt(host: host, style: style, history: nil).runPiped(descriptor: descriptor)
    if code != 0 { throw ExitCode(code) }
  }
}

extension LessonDifference {
  /// A cell or a solution that does not run at all, as against one that says something else.
  var isFailure: Bool {
    switch cause {
    case .failed, .failedAfter, .didNotFail, .failedOtherwise, .solutionFailed, .number, .prediction: true
    case .output, .expect, .solutionWrong: false
    }
  }
}

extension Lesson {
  /// What a check has found to hold.
  fileprivate var held: String {
    let outputs = blocks.count { if case .output = $0 { true } else { false } }
    let expectations = blocks.reduce(0) { if case .expect(let expect) = $1 { $0 + expect.clauses.count } else { $0 } }
    return [(cells.count, "cell"), (outputs, "output"), (expectations, "expectation"), (exercises.count, "exercise")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ") + " hold"
  }
}

/// A lesson that ran without a person, as a person would have seen it.
private struct LessonTranscript {
  let screen: Screenful

  func show(_ execution: Execution) {
    let lines = EventLines(width: min(100, Screen.size.columns), plain: screen.style.plain)
    for (block, outcome) in zip(execution.lesson.blocks, execution.outcomes) {
      switch (block, outcome) {
      case (.prose(let prose), .prose(let values)):
        screen.say(lines.lines(.prose(prose.blocks(values: values.map(\.inProse)))))
      case (.cell(let cell), _) where cell.isSetup: break
      case (.predict(let prediction), _): screen.say(lines.lines(.predict(prediction)) + [StyledLine()])
      case (.caption(let caption), _):
        screen.say(lines.lines(.caption(number: execution.lesson.figureNumber(of: caption.of) ?? 0, MarkdownProse.blocks(caption.text))) + [StyledLine()])
      case (.cell(let cell), .cell(var result)):
        result.figures = []  // their drawings are in the text
        screen.say(lines.lines(.cell(id: cell.id, source: cell.source)) + lines.lines(.result(result, declared: cell.failure != nil)) + [StyledLine()])
      case (.exercise(let exercise), .exercise(let solved)):
        screen.say(lines.lines(.exercise(id: exercise.id, stub: exercise.stub, standing: .open)))
        if let solved { screen.say(lines.lines(.solution(solved.solution.source)) + [StyledLine()]) }
      default: break
      }
    }
  }
}
