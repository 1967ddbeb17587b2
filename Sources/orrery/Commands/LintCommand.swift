import ArgumentParser
import Files
import Glibc
import Lessons
import Notebook
import Terminal

struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint", abstract: "Proves what lessons promise: checks that catch wrong answers, terms, claims, figures, links.",
    discussion: """
      EXAMPLES
        orrery lint
        orrery lint lessons/tour.md

      Without a file: all lessons, the glossary, the sources, the paths and the translations. Each fault is a line: where, what, what to do.
      Outputs are compared by orrery run --check.
      """)
  @Argument(help: "Lessons (.md).", completion: .file()) var files: [String] = []

  func run() throws {
    var faults: [String] = []
    var lessons: [Lesson] = []
    var course: LessonLibrary?
    if files.isEmpty {
      let library = try LessonLibrary(folder: Path.join(try Home.required(), "lessons"))
      faults += library.problems.map(\.description) + Linter.lint(library).map(\.description)
      lessons = library.lessons
    } else {
      for file in files {
        do { lessons.append(try LessonLibrary.load(file)) } catch {
          if case .lesson(let problems) = error as? LessonLibrary.LoadFailure { faults += problems.problems.map(\.description) } else { throw error }
        }
      }
      // A lesson's terms and sources stand beside it.
      for folder in Set(lessons.map { Path.folder(of: $0.file) }).sorted() {
        course = try LessonLibrary(folder: folder.isEmpty ? "." : folder)
        let names = Set(lessons.map { Path.name(of: $0.file) })
        faults += (course.map { Linter.lint($0) } ?? []).filter { names.contains(Path.name(of: $0.file)) }.map(\.description)
      }
    }
    faults.forEach { sayError($0) }
    var count = faults.count
    for lesson in lessons {
      let found = Interrupts.whileRunning { Linter.lint(lesson, with: Session(stop: stopFlag)) }
      if Interrupts.stopRequested { throw Interrupted() }
      found.forEach { sayError("\($0)") }
      count += found.count
    }
    if count > 0 { throw ExitCode(1) }
    print("\(lessons.count) lesson\(lessons.count == 1 ? "" : "s"): nothing to mend")
  }
}
