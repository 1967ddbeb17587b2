// The folder of lessons: every NAME.md with its NAME.solution.md, read and put into the order of the path.

import Files

public struct LessonLibrary: Sendable {
  /// In an order in which each lesson comes after what it needs.
  public var lessons: [Lesson]
  /// Faults of the files that could not be read as lessons.
  public var problems: [LessonProblem]

  /// - Throws: `FileFailure` if a file cannot be read.
  public init(folder: String) throws(FileFailure) {
    if !Path.isFolder(folder) { throw Path.exists(folder) ? .notFolder(path: folder) : .missing(folder) }
    var found: [Lesson] = []
    problems = []
    for name in Path.names(in: folder) where name.hasSuffix(".md") && !name.hasSuffix(".solution.md") && name != "README.md" {
      do {
        found.append(try Self.load(Path.join(folder, name)))
      } catch {
        switch error {
        case .file(let failure): throw failure
        case .lesson(let faults): problems += faults.problems
        }
      }
    }
    lessons = Linter.path(through: found)
  }

  public enum LoadFailure: Error, Sendable, CustomStringConvertible {
    case file(FileFailure)
    case lesson(LessonProblems)
    public var description: String {
      switch self {
      case .file(let failure): failure.description
      case .lesson(let problems): problems.description
      }
    }
  }

  /// One lesson with its solutions.
  public static func load(_ path: String) throws(LoadFailure) -> Lesson {
    do {
      var lesson = try LessonParser.parse(try Self.bytes(path), file: path)
      let solutions = LessonParser.solutionFile(of: path)
      if Path.isFile(solutions) { try LessonParser.attach(solutions: try Self.bytes(solutions), file: solutions, to: &lesson) }
      return lesson
    } catch let failure as FileFailure {
      throw .file(failure)
    } catch let problems as LessonProblems {
      throw .lesson(problems)
    } catch {
      throw .lesson(LessonProblems([]))
    }
  }

  /// A lesson by its id, its file's name, or the end of its id.
  public func lesson(named name: String) -> Lesson? {
    lessons.first { $0.id == name } ?? lessons.first { $0.file == name || $0.stem == name }
      ?? lessons.first { $0.id.hasSuffix("." + name) }
  }

  /// What a name was probably meant to be.
  public func nearest(to name: String) -> String? { Suggestion.nearest(to: name, in: lessons.map(\.id) + lessons.map(\.stem)) }

  private static func bytes(_ path: String) throws(FileFailure) -> [UInt8] {
    let file = try MappedFile(path, limit: LessonParser.longest)
    return withExtendedLifetime(file) { Array(file.bytes) }
  }
}

extension Lesson {
  /// The file's name without `.md`.
  public var stem: String {
    let name = Path.name(of: file)
    return name.hasSuffix(".md") ? String(name.dropLast(3)) : name
  }
}
