// lessons/paths.txt: ways through the lessons, a line each: `core | The core, in three hours | tour attention masks`. A line that begins with # says nothing.

public struct CoursePath: Sendable, Equatable {
  public var name: String
  public var title: String
  /// Lessons by their files' names without `.md`, in the order of the path.
  public var lessons: [String]
  public var line: Int

  static func read(_ text: String, file: String, problems: inout [LessonProblem]) -> [CoursePath] {
    var paths: [CoursePath] = []
    for (index, raw) in text.splitLines.enumerated() {
      let line = raw.trimmed
      if line.isEmpty || line.hasPrefix("#") { continue }
      let parts = line.split(separator: "|", omittingEmptySubsequences: false).map { String($0).trimmed }
      guard parts.count == 3, FrontMatter.isID(parts[0]), !parts[1].isEmpty, !parts[2].isEmpty else {
        problems.append(LessonProblem(file: file, line: index + 1, cause: .badPath(line)))
        continue
      }
      if let first = paths.first(where: { $0.name == parts[0] }) {
        problems.append(LessonProblem(file: file, line: index + 1, cause: .pathTwice(parts[0], first: first.line)))
        continue
      }
      paths.append(CoursePath(name: parts[0], title: parts[1], lessons: parts[2].split { $0 == " " || $0 == "," }.map(String.init), line: index + 1))
    }
    return paths
  }
}
