import ArgumentParser
import Files
import Glibc
import Lessons
import Notebook
import Terminal

struct LessonsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lessons", abstract: "Lists the lessons with what you have done.",
    discussion: """
      EXAMPLES
        orrery lessons
        orrery lessons --format json
      """)
  @OptionGroup var output: OutputOptions
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let shelf = try Shelf()
    let all = shelf.library.lessons
    if output.format == .json {
      return write(.array(all.map { lesson in
        let summary = shelf.progress.summary(of: lesson)
        return .object([
          ("id", .string(lesson.id)), ("title", .string(lesson.title)), ("needs", .array(lesson.needs.map { .string($0) })),
          ("items", .int(summary.total)), ("done", .int(summary.done)), ("changed", .int(summary.changed)), ("path", .string(lesson.file)),
        ])
      }))
    }
    if all.isEmpty { throw Refusal("there are no lessons in \(shelf.folder)") }
    let screen = Screenful(style: display.style)
    screen.say(EventLines(width: Screen.size.columns, plain: display.style.plain).lines(.list(all.map { shelf.progress.summary(of: $0) }, current: "")))
  }
}

struct LessonOpenCommand: ParsableCommand, Conversational {
  static let configuration = CommandConfiguration(
    commandName: "lesson", abstract: "Opens a lesson at the prompt.",
    discussion: """
      EXAMPLES
        orrery lesson
        orrery lesson masks

      Without a name: the lesson that you are in, or the first that you have not begun. Enter goes on; hint, skip, back, play, reset, list, recap.
      A lesson that did not come with Orrery reads and writes only below its own folder and the scratch folder, and asks once before anything else.
      """)
  @Argument(help: "A lesson's id, its file's name, or the end of its id; `orrery lessons` lists them.", completion: .lesson) var name: String?
  @OptionGroup var trust: TrustOption
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let style = display.style
    let host = Stage(style: style, file: Screen.isInteractive ? nil : "standard input", trust: trust)
    try Interrupts.whileRunning { try host.begin(lesson: name) }
    let code = Prompt(host: host, style: style, history: .standard(environment: Environment.all)).run()
    if code != 0 { throw ExitCode(code) }
  }
}

/// The lessons that come with Orrery, and the record of what was done.
struct Shelf {
  let folder: String
  let library: LessonLibrary
  let file: ProgressFile?
  let progress: Progress

  init() throws {
    folder = Path.join(try Home.required(), "lessons")
    library = try LessonLibrary(folder: folder)
    library.problems.forEach { sayError("orrery: \($0)") }
    file = ProgressFile.standard(environment: Environment.all)
    do {
      let record = try file?.read()
      progress = record?.progress ?? Progress()
      // One line may be what a crash left of it; more is damage.
      if let file, let skipped = record?.skipped, skipped > 1 {
        sayError("orrery: \(skipped) lines of \(file.path) cannot be read, so what they said of your progress is not known; the others count")
      }
    } catch {
      // A record that cannot be read is no reason not to learn.
      sayError("orrery: your progress so far is not known: \(error)")
      progress = Progress()
    }
  }

  /// By its name; without one, where the learner is.
  func lesson(_ name: String?) throws -> Lesson {
    if let name {
      if let found = library.lesson(named: name) { return found }
      // A lesson of one's own, by its path.
      if name.hasSuffix(".md"), Path.isFile(name) { return try LessonLibrary.load(name) }
      throw Refusal("there is no lesson '\(name)'; " + (library.nearest(to: name).map { "did you mean '\($0)'?" } ?? "orrery lessons lists them"))
    }
    let standings = library.lessons.map { ($0, progress.summary(of: $0)) }
    let begun = standings.first { $0.1.done > 0 && $0.1.done < $0.1.total }
    guard let next = begun ?? standings.first(where: { $0.1.done < $0.1.total }) ?? standings.first else {
      throw Refusal("there are no lessons in \(folder)")
    }
    return next.0
  }
}
