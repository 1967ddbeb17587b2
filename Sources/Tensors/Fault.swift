// What went wrong inside a formula. Formulas have no `try`: an operation that cannot run gives a poisoned outline that
// carries the first fault, and operations on it do nothing. Whoever asked for the result throws the fault.

/// The first thing that went wrong in a computation, with the part and the operation it happened in.
public final class Fault: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// Shapes that do not go together. The text says what was expected.
    case shape(operation: String, shapes: [Shape], expected: String)
    /// The stop flag was raised.
    case interrupted
    /// A value was asked of an outline.
    case outline(operation: String)
    /// More memory than the budget has left, all in bytes.
    case memory(wanted: Int, used: Int, limit: Int)
    /// A result that is no number (NaN) or infinite.
    case notFinite(String)
    /// Something else that the operation itself explains.
    case other(operation: String, message: String)
  }
  public let kind: Kind
  /// Path of the block, such as `layers.3.attention`; empty outside of a model.
  public let part: String

  public init(_ kind: Kind, part: String = "") {
    self.kind = kind
    self.part = part
  }

  public var description: String {
    let place = part.isEmpty ? "" : " in \(part)"
    switch kind {
    case .shape(let operation, let shapes, let expected):
      let given = shapes.map(\.described).joined(separator: " and ")
      return "\(operation)\(place): \(expected), got \(given)"
    case .interrupted: return "interrupted\(place)"
    case .outline(let operation): return "\(operation)\(place): this tensor is an outline: it has a shape and no numbers"
    case .memory(let wanted, let used, let limit):
      return "not enough memory\(place): this needs \(wanted.asBytes), and \(used.asBytes) of \(limit.asBytes) are in use (ORRERY_MEMORY sets another limit, such as 8G)"
    case .notFinite(let name): return "\(name)\(place): the result is not a number (NaN) or infinite"
    case .other(let operation, let message): return "\(operation)\(place): \(message)"
    }
  }
}
