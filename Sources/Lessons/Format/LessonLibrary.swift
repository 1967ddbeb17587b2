// The folder of lessons: every NAME.md with its NAME.solution.md, read and put into the order of the path; the glossary, the sources and the
// paths beside them; and in a folder of its own for each language the translations.

import Files

public struct LessonLibrary: Sendable {
  /// In an order in which each lesson comes after what it needs.
  public var lessons: [Lesson]
  /// Faults of the files that could not be read as lessons.
  public var problems: [LessonProblem]
  public var glossary = Glossary()
  public var bibliography = Bibliography()
  public var paths: [CoursePath] = []
  /// The file that the paths were read from.
  public var pathsFile = ""
  /// By language and the original's file name without `.md`.
  public var translations: [String: [String: Translation]] = [:]

  /// What stands beside the lessons and is none.
  static let others: Set<String> = ["README.md", "glossary.md"]

  /// - Parameter language: the folder of a translation, `zh`: its words take the place of the original's, where they are there and not stale.
  /// - Throws: `FileFailure` if a file cannot be read.
  public init(folder: String, language: String? = nil) throws(FileFailure) {
    if !Path.isFolder(folder) { throw Path.exists(folder) ? .notFolder(path: folder) : .missing(folder) }
    var found: [Lesson] = []
    problems = []
    for name in Path.names(in: folder) where name.hasSuffix(".md") && !name.hasSuffix(".solution.md") && !Self.others.contains(name) {
      do {
        found.append(try Self.load(Path.join(folder, name)))
      } catch {
        switch error {
        case .file(let failure): throw failure
        case .lesson(let faults): problems += faults.problems
        }
      }
    }
    func text(_ name: String) throws(FileFailure) -> (text: String, file: String)? {
      let file = Path.join(folder, name)
      return Path.isFile(file) ? (String(decoding: try Self.bytes(file), as: UTF8.self), file) : nil
    }
    if let (text, file) = try text("glossary.md") { glossary = Glossary(text, file: file) }
    if let (text, file) = try text("sources.bib") { bibliography = Bibliography(text, file: file) }
    pathsFile = Path.join(folder, "paths.txt")
    if let (text, file) = try text("paths.txt") { paths = CoursePath.read(text, file: file, problems: &problems) }
    problems += glossary.problems + bibliography.problems
    let names = Set(found.map { $0.stem + ".md" })
    for language in Path.names(in: folder) where Self.isLanguage(language) && Path.isFolder(Path.join(folder, language)) {
      for name in Path.names(in: Path.join(folder, language)) where name.hasSuffix(".md") && names.contains(name) {
        let file = Path.join(Path.join(folder, language), name)
        do { translations[language, default: [:]][String(name.dropLast(3))] = try Translation.parse(try Self.bytes(file), file: file) } catch {
          if let failure = error as? FileFailure { throw failure }
          if let faults = error as? LessonProblems { problems += faults.problems }
        }
      }
    }
    if let language, let known = translations[language] { found = found.map { lesson in known[lesson.stem].map(lesson.translated) ?? lesson } }
    lessons = Linter.path(through: found)
  }

  /// `zh`, `pt`, as ISO 639-1 has it.
  private static func isLanguage(_ name: String) -> Bool { name.count == 2 && name.allSatisfy { $0.isASCII && $0.isLowercase } }

  /// The language that `ORRERY_LANG` names: `zh`, or of `zh_CN.UTF-8` its first two letters.
  public static func language(environment: [String: String]) -> String? {
    guard let name = environment["ORRERY_LANG"].map({ String($0.prefix(2)) }), isLanguage(name), name != "en" else { return nil }
    return name
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
