// What can be wrong with a lesson file. The wording lives in LessonProblem+Wording.swift.

/// One fault of a lesson: where, and which.
public struct LessonProblem: Error, Sendable, Equatable {
  public var file: String
  /// From 1; 0 for the file as a whole.
  public var line: Int
  public var cause: Cause

  public init(file: String, line: Int, cause: Cause) {
    self.file = file
    self.line = line
    self.cause = cause
  }

  public enum Cause: Sendable, Equatable {
    // The file
    case notUTF8
    case tooLong(bytes: Int, limit: Int)
    case tooDeep(limit: Int)
    case reservedCharacter
    case rawHTML(String)
    case unsafeLink(String)
    case unsafePicture(String)

    // Front matter
    case noFrontMatter
    case frontMatterOpen
    case frontMatterLine(String)
    case unknownKey(String, nearest: String?, known: [String])
    case keyTwice(String, first: Int)
    case missingKey(String)
    case version(String)
    case badSeed(String)
    case badLessonID(String)
    case badNeeds(String)

    // Fences
    case unknownFence(String, nearest: String?, known: [String])
    case fenceOpen(String)
    case nestedFence(String)
    case attributes(word: String, text: String)
    case unknownAttribute(String, word: String, nearest: String?, known: [String])
    case attributeTwice(String, word: String)
    case noValue(String, word: String)
    case noID(word: String)
    case badID(String)
    case idTwice(String, first: Int)
    case noOf(word: String)
    case unknownOf(word: String, of: String, kind: String, nearest: String?)
    case wrongOf(word: String, of: String, kind: String, found: String)
    case tooEarly(word: String, of: String, line: Int)
    case badTolerance(String)
    case unknownNeed(String, nearest: String?)

    // What stands in them
    case empty(word: String)
    case outputTwice(of: String, first: Int)
    case noBlank(String)
    case noCheck(String)
    case noElse(String)
    case messageNotString(String)
    case clauseOpen(String)
    case quizNoQuestion(String)
    case quizNoChoices(String)
    case quizLine(String)
    case quizNoRight(String)
    case numberOpen
    case numberEmpty
    case fenceTooShort(of: String, length: Int)

    // The solution file
    case solutionInLesson(of: String)
    case lessonFenceInSolutions(String)
    case solutionTwice(of: String, first: Int)
    case unknownExercise(String, nearest: String?)
  }
}

/// All faults of one or several files, in the order of the text.
public struct LessonProblems: Error, Sendable, Equatable, CustomStringConvertible {
  public var problems: [LessonProblem]
  public init(_ problems: [LessonProblem]) { self.problems = problems }
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
