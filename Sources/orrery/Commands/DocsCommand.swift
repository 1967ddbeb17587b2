import ArgumentParser
import Documents
import Files
import Glibc
import Lessons
import Notebook
import Terminal

struct DocsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "docs", abstract: "The book: lessons, executed, with their figures.",
    discussion: """
      EXAMPLES
        orrery docs build
        orrery docs build --format html --output book
        orrery docs check
      """, subcommands: [Build.self, Check.self])

  struct Options: ParsableArguments {
    @Option(help: "The book's folder; by default Docs beside lessons/.") var output: String?
    @Option(help: "markdown, html or ipynb.") var format: BookFormat = .markdown

    func folder() throws -> BookFolder { BookFolder(path: try output ?? Path.join(Home.required(), "Docs")) }
  }

  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs the lessons and writes the book.")
    @OptionGroup var options: Options

    func run() throws {
      var complaint: String?
      let book = try bookOfLessons(options.format) { dot in
        do { return String(decoding: try Painter.paint(dot, as: "svg"), as: UTF8.self) } catch {
          complaint = "\(error)"
          return nil
        }
      }
      // Without its pictures the book would lose those that it has.
      if let complaint { throw Refusal("\(complaint); nothing was written") }
      // A page must not teach an error that its lesson does not know of.
      let failures = book.executions.flatMap(\.differences).filter(\.isFailure)
      if !failures.isEmpty {
        failures.forEach { sayError($0.description) }
        sayError("orrery: the book was left as it was")
        throw ExitCode(1)
      }
      let folder = try options.folder()
      let result = try folder.write(book)
      for file in result.written { print("wrote \(Path.join(folder.path, file))") }
      for file in result.removed { print("removed \(Path.join(folder.path, file))") }
      if result.written.isEmpty, result.removed.isEmpty { print("\(folder.path): \(result.unchanged.count) files are up to date") }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Exits with 1 if the book is stale or a link is dead.")
    @OptionGroup var options: Options

    func run() throws {
      // Pictures are compared as DOT, so none is painted.
      let book = try bookOfLessons(options.format) { _ in "" }
      let root = try Home.required()
      var faults = book.executions.flatMap(\.differences).map(\.description)
      faults += Linter.lint(together: book.executions.map(\.lesson)).map(\.description)
      faults += try options.folder().check(book).map(\.description)
      faults += try LinkCheck.check(root: root).map(\.description)
      faults.forEach { sayError($0) }
      if !faults.isEmpty { throw ExitCode(1) }
      print("\(book.executions.count) lessons are in the book as they run, and every link leads somewhere")
    }
  }
}

extension BookFormat: ExpressibleByArgument {}

/// All lessons, executed.
private func bookOfLessons(_ format: BookFormat, draw: @escaping (String) -> String?) throws -> Book {
  let folder = Path.join(try Home.required(), "lessons")
  let library = try LessonLibrary(folder: folder)
  library.problems.forEach { sayError("\($0)") }
  if !library.problems.isEmpty { throw ExitCode(1) }
  if library.lessons.isEmpty { throw Refusal("there are no lessons in \(folder)") }
  let executions = library.lessons.map { lesson in
    // Pages say what they were made from, and say the same in every checkout.
    var lesson = lesson
    lesson.file = Path.join("lessons", Path.name(of: lesson.file))
    let session = Session(stop: stopFlag)
    session.draw = draw
    return Runner.run(lesson, with: session) { _ in !Interrupts.stopRequested }
  }
  if Interrupts.stopRequested { throw Interrupted() }
  var book = Book(executions, format: format)
  if format == .markdown { book.architectures = try ContactSheet.known(draw: draw) }
  return book
}
