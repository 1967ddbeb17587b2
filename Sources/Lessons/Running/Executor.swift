// What a lesson needs of whoever runs it. The front ends implement this; nothing here knows the language or a model.

/// A picture that a cell shows.
public struct Figure: Sendable, Equatable {
  /// As DOT, where it was drawn by Graphviz: that is what the book compares.
  public var dot: String?
  /// As SVG, where a program to draw it was at hand.
  public var svg: String?
  /// In words, for who cannot see it.
  public var alternative: String

  public init(dot: String? = nil, svg: String? = nil, alternative: String) {
    self.dot = dot
    self.svg = svg
    self.alternative = alternative
  }
}

/// A measured time: shown, never compared.
public struct Timing: Sendable, Equatable {
  public var label: String
  /// With its unit.
  public var text: String

  public init(label: String, text: String) {
    self.label = label
    self.text = text
  }
}

/// Why a cell or an expression could not be run.
public struct CellFailure: Error, Sendable, Equatable {
  /// The kind of a cell that was stopped by hand.
  public static let interrupted = "interrupted"
  /// The error's case, as `error=Kind` names it; the language's own are `FailureKind`'s.
  public var kind: String
  /// Rendered for people; several lines when it shows the source with a caret.
  public var message: String

  public init(kind: String, message: String) {
    self.kind = kind
    self.message = message
  }
}

/// What came of a cell.
public struct CellResult: Sendable, Equatable {
  /// What the cell showed up to its end or to its failure.
  public var text: String
  public var figures: [Figure]
  public var timings: [Timing]
  public var failure: CellFailure?

  public init(text: String = "", figures: [Figure] = [], timings: [Timing] = [], failure: CellFailure? = nil) {
    self.text = text
    self.figures = figures
    self.timings = timings
    self.failure = failure
  }

  /// The text that stands in an output block: what was shown, then the failure's message.
  public var shown: String {
    var parts: [String] = []
    if !text.isBlank { parts.append(text.trimmedEnd) }
    if let failure { parts.append(failure.message.trimmedEnd) }
    return parts.joined(separator: "\n")
  }
}

/// Whether a condition holds.
public enum Verdict: Sendable, Equatable {
  case holds
  /// `detail` says what lies apart, for instance the first element in which two tensors differ.
  /// `place` alone: it helps a learner, and gives no value away.
  case fails(detail: String?, place: String? = nil)
  /// It could not be evaluated to true or false.
  case unclear(CellFailure)
}

/// Everything that a session's variables hold, to go back to; made and read by its executor only.
public struct Snapshot: @unchecked Sendable {
  /// Held by value or never changed again.
  public let state: Any
  public init(_ state: Any) { self.state = state }
}

/// Runs a lesson's cells in one session.
public protocol Executor: AnyObject {
  /// Runs a cell's source; a failing cell keeps what it defined before its failure.
  func run(_ source: String) -> CellResult
  /// The value of an expression as it stands in prose: one line, without the name.
  func text(of expression: String) -> Result<String, CellFailure>
  /// Whether a condition of `expect` or `check` is true.
  func verdict(on condition: String) -> Verdict

  func snapshot() -> Snapshot
  func restore(_ snapshot: Snapshot)
  /// Gives some names the values that they had, or none.
  func restore(_ names: [String], from snapshot: Snapshot)
  /// Whether a name means something without having been defined.
  func isBuiltIn(_ name: String) -> Bool
  /// Bytes that are equal exactly when the state is: of the named variables, or of everything for nil.
  func fingerprint(of names: [String]?) -> [UInt8]
  /// A session with the same state that goes its own way from here.
  func fork() -> any Executor
  /// An empty session with this seed.
  func reset(seed: UInt64)
}
