// The prompt and the lessons that are opened from it: one host for the editor, which passes everything on to whoever is on stage.
// The prompt's variables wait while a lesson runs in a session of its own.

import Files
import Lessons
import Notebook
import Terminal

final class Stage: PromptHost {
  private let notebook: NotebookHost
  private var lesson: LessonHost?
  private let style: Style
  private let trust: TrustOption

  /// - Parameters:
  ///   - file: names the input in messages of a script; nil for a person.
  ///   - trust: what lessons may do.
  init(style: Style, file: String?, trust: TrustOption) {
    self.style = style
    self.trust = trust
    notebook = NotebookHost(session: Session(stop: stopFlag), style: style, file: file)
    notebook.commands.openLesson = { [unowned self] in open($0) }
  }

  private var current: any PromptHost { lesson ?? notebook }

  var greeting: ScreenText { current.greeting }
  var promptText: ScreenText { current.promptText }
  var continuationText: ScreenText { current.continuationText }
  func completeness(of text: String) -> Completeness { current.completeness(of: text) }
  func completions(of text: String, at cursor: Int) -> Completions { current.completions(of: text, at: cursor) }
  func run(_ cell: Terminal.Cell) -> Outcome { current.run(cell) }
  func command(_ line: String) -> Outcome { current.command(line) }

  /// - Throws: what is wrong with the name or with the folder of lessons.
  func begin(lesson name: String?) throws {
    let shelf = try Shelf()
    let lesson = try shelf.lesson(name), session = Session(stop: stopFlag)
    trust.apply(to: session, lesson: lesson.file)
    let host = LessonHost(lesson, catalogue: shelf.library.lessons, progress: shelf.progress, file: shelf.file, session: session, style: style)
    host.commands.openLesson = { [unowned self] in open($0) }
    self.lesson = host
    host.begin()
  }

  private func open(_ name: String) -> Outcome {
    let screen = Screenful(style: style)
    if name == "off" {
      guard lesson != nil else {
        screen.complain("error: no lesson is open; :lesson opens the next one")
        return .failed
      }
      lesson = nil
      screen.say("Back at the prompt; its variables are as they were. The lesson keeps your place.")
      return .done
    }
    do {
      try begin(lesson: name.isEmpty ? nil : name)
      return .done
    } catch {
      screen.complain("error: \(error)")
      return .failed
    }
  }
}
