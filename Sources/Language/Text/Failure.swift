/// What can go wrong, as cases. Their wording is in Wording.swift, their place in the text in Rendering.swift.

/// The stable names of failures: a lesson says `error=wrongShape` and means one of these. Hosts may add their own.
public struct FailureKind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ name: String) { rawValue = name }
  public var description: String { rawValue }

  public static let syntax = FailureKind("syntax")
  public static let unknownName = FailureKind("unknownName")
  public static let unknownMember = FailureKind("unknownMember")
  public static let immutable = FailureKind("immutable")
  public static let wrongArgument = FailureKind("wrongArgument")
  public static let wrongType = FailureKind("wrongType")
  public static let wrongShape = FailureKind("wrongShape")
  public static let outOfRange = FailureKind("outOfRange")
  public static let arithmetic = FailureKind("arithmetic")
  public static let blank = FailureKind("blank")
  public static let interrupted = FailureKind("interrupted")
  public static let limit = FailureKind("limit")
  public static let host = FailureKind("host")
}

/// One failure: what, where, and through which calls it came.
public struct Failure: Error, Sendable {
  public var problem: Problem
  /// The text that is underlined; nil until the evaluator knows it.
  public var span: Span?
  /// Where the caret stands, if not at the start of the span (the operator of `a + b`).
  public var caret: Int?
  public var source: Source?
  /// The calls that led there from other sources, innermost first.
  public var calls: [Call] = []

  /// A call on the way to a failure.
  public struct Call: Sendable {
    public let function: String
    public let span: Span
    public let source: Source
  }

  public init(_ problem: Problem, at span: Span? = nil, caret: Int? = nil, in source: Source? = nil) {
    self.problem = problem
    self.span = span
    self.caret = caret
    self.source = source
  }

  /// A failure of the host, with its own kind and words.
  public init(_ kind: FailureKind, _ message: String, suggestion: String? = nil, at span: Span? = nil) {
    self.init(.host(kind: kind, message: message, suggestion: suggestion), at: span)
  }

  public var kind: FailureKind { problem.kind }
  public var message: String { problem.message }
  public var suggestion: String? { problem.suggestion }
}

/// A host's error that knows how to be shown at the prompt.
public protocol FailureConvertible: Error {
  var failure: Failure { get }
}

/// Everything that is wrong with one cell, in the order of the text; never empty.
public struct Failures: Error, Sendable {
  public let all: [Failure]
  public init(_ all: [Failure]) { self.all = all }
  public var first: Failure { all[0] }
  public var kind: FailureKind { first.kind }
}

/// The cases. Names are those that the learner wrote; `nearest` is what was probably meant.
public indirect enum Problem: Equatable, Sendable {
  // Reading
  case unexpectedCharacter(String, instead: String?)
  case unterminatedString
  case unterminatedComment
  case invalidEscape(String)
  case invalidNumber(String, instead: String?)
  case integerTooLarge(String)
  case badIndentation
  case expected(String, found: String)
  case unfinished(String)
  case unmatched(String)
  case chainedComparison
  case needsSeparator
  case nestedTooDeeply
  case notTheRightSyntax(String, instead: String)

  // Names
  case unknownVariable(String, nearest: String?)
  case unknownFunction(String, nearest: String?)
  case unknownMember(type: String, name: String, nearest: String?)
  case unknownImplicit(String, nearest: String?)
  case unknownType(String, nearest: String?)
  case memberNeedsCall(type: String, name: String)
  case memberIsNoMethod(type: String, name: String)
  case usedBeforeDefinition(String)
  case immutable(String)
  case duplicateName(String)
  case outsideFunction(String)
  case blank

  // Calls
  case unknownLabel(function: String, label: String, nearest: String?, known: [String])
  case missingLabel(function: String, label: String)
  case missingArgument(function: String, name: String, type: String)
  case tooManyArguments(function: String, allowed: Int, given: Int)
  case repeatedArgument(function: String, label: String)
  case noClosureWanted(function: String)
  case wrongArgumentType(function: String, parameter: String, expected: String, found: String)
  case notCallable(String, hiding: String?)

  // Values
  case wrongOperands(String, left: String, right: String)
  case wrongOperand(String, type: String)
  case wrongType(expected: String, found: String, what: String)
  case notSubscriptable(String)
  case notIterable(String)
  case wrongCount(expected: Int, found: Int)
  case indexOutOfRange(Int, count: Int)
  case rangeOutOfRange(String, count: Int)
  case emptyRange(lower: Int, upper: Int)
  case endlessRange
  case unknownKey(String, nearest: String?)
  case emptyList(String)
  case invalidValue(function: String, parameter: String, requirement: String, found: String)
  case cannotConvert(String, to: String)
  case divisionByZero
  case overflow(String)

  // Limits
  case interrupted
  case tooManySteps(Int)
  case tooManyElements(Int)
  case textTooLong
  case recursionTooDeep
  case valueTooDeep

  case host(kind: FailureKind, message: String, suggestion: String?)
}
