// How far a long built-in is, for a front end that shows it while a person waits. Whether anybody looks is the front end's business.

/// Where a long job stands.
public struct Underway: Sendable {
  public let title: String, unit: String
  public let done: Int, total: Int
  /// What else is to be said of where it stands.
  public let note: String
}

/// Who is told of long jobs, and of what is to be said beside a cell's value: one for a session and its copies.
final class Onlooker: @unchecked Sendable {
  /// Takes a line for standard error.
  var note: ((String) -> Void)?
  /// Nil says that the job is over.
  var tell: ((Underway?) -> Void)?
}
