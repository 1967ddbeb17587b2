import ArgumentParser
import Files
import Glibc
import Lessons
import Notebook
import Terminal

struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint", abstract: "Proves what lessons promise (checks that catch wrong answers, terms, claims, figures, links), and says what is wrong with pages of families.",
    discussion: """
      EXAMPLES
        orrery lint
        orrery lint lessons/tour.md
        orrery lint lessons/families
        orrery lint ./my-model/family.orrery

      Without a file: all lessons, the glossary, the sources, the paths, the translations and the families' pages. Each fault is a line: where, what, what to do.
      Outputs are compared by orrery run --check.
      """)
  @Argument(help: "Lessons (.md), pages of families (.orrery), or folders of pages.", completion: .file()) var files: [String] = []

  func run() throws {
    var faults: [String] = []
    var lessons: [Lesson] = []
    var course: LessonLibrary?
    if let missing = files.first(where: { !Path.exists($0) }) { throw Refusal("\(missing.shown(limit: 400)): there is no such file or folder") }
    let pages = files.filter { Path.isFolder($0) || $0.hasSuffix(".orrery") }, files = files.filter { !pages.contains($0) }
    faults += try pageFaults( self.files.isEmpty ? [Path.join(try Home.required(), "lessons/families")] : pages)
    if self.files.isEmpty {
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
    print(lessons.isEmpty ? "nothing to mend" : "\(lessons.count) lesson\(lessons.count == 1 ? "" : "s"): nothing to mend")
  }
}
