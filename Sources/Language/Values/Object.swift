/// What a host brings into the language: tensors, masks, models, runs, figures. Everything has a default, so a
/// new kind of object begins with a name and a description. `nil` always means "I do not have this": the language then
/// words the error, with the nearest member or both operands' types.

public protocol Object {
  /// `Tensor`, as in `:type` and in errors.
  var typeName: String { get }
  /// The type with its size: `Tensor [3×4]`.
  var typeDescription: String { get }
  /// What the prompt prints; may have several lines.
  var description: String { get }
  /// The same for a page of so many columns, where the object can be narrower (or wider) than it is by itself.
  func description(fitting width: Int) -> String
  /// One line, inside of lists and strings.
  var summary: String { get }
  /// Sentences instead of grids and boxes, for `--plain`.
  var plain: String { get }
  /// Properties and methods, for completion, `:doc`, and the binding of a method's arguments.
  var members: [Member] { get }
  /// The number that this object stands for, if it is as good as one.
  var scalar: Double? { get }

  func property(_ name: String) throws -> Value?
  /// Arguments are bound to the parameters of the member of this name; if it has none, they come as written.
  func call(_ method: String, _ arguments: Arguments) throws -> Value?
  func element(_ arguments: Arguments) throws -> Value?
  /// `side` is where this object stands. Asked of the left operand first.
  func binary(_ operation: Operator, _ side: Side, _ other: Value) throws -> Value?
  /// `.subtract` (minus), `.add` (plus) or `.not`.
  func unary(_ operation: Operator) throws -> Value?
  /// For `==` inside of lists and for lessons. nil: not comparable.
  func equals(_ other: Value) throws -> Bool?
  /// For `≈`, and for the message when a check fails.
  func difference(from other: Value, _ tolerance: Tolerance) throws -> Difference?
  /// For `for x in …`, `map` and `let (a, b) = …`.
  func elements() throws -> [Value]?
  /// What may stand in `object["…"]`, given what is typed so far.
  func keys(startingWith prefix: String) -> [Candidate]
}

public enum Side: Sendable { case left, right }

/// How near is near: `|a − b| ≤ absolute + relative · max(|a|, |b|)`.
public struct Tolerance: Hashable, Sendable {
  public var absolute: Double
  public var relative: Double

  public init(absolute: Double, relative: Double = 0) {
    self.absolute = absolute
    self.relative = relative
  }

  /// What `a ≈ b` means without `±`: four digits.
  public static let standard = Tolerance(absolute: 1e-4, relative: 1e-4)

  /// Equal infinities are near; a NaN is near to nothing.
  public func holds(_ a: Double, _ b: Double) -> Bool {
    a == b || (a - b).magnitude <= absolute + relative * max(a.magnitude, b.magnitude) && a.isFinite && b.isFinite
  }
}

/// The answer to a comparison with tolerance.
public enum Difference: Equatable, Sendable {
  case none
  /// The place, ` at [0, 1]`, ` in shape`, or nothing for a value as a whole; and what stands there, `0.5 instead of 0.25`. The place alone
  /// gives nothing away.
  case found(place: String, values: String)
}

extension Object {
  public var typeDescription: String { typeName }
  public func description(fitting width: Int) -> String { description }
  public var summary: String { typeDescription }
  public var plain: String { description }
  public var members: [Member] { [] }
  public var scalar: Double? { nil }
  public func property(_ name: String) throws -> Value? { nil }
  public func call(_ method: String, _ arguments: Arguments) throws -> Value? { nil }
  public func element(_ arguments: Arguments) throws -> Value? { nil }
  public func binary(_ operation: Operator, _ side: Side, _ other: Value) throws -> Value? { nil }
  public func unary(_ operation: Operator) throws -> Value? { nil }
  public func equals(_ other: Value) throws -> Bool? { nil }
  public func difference(from other: Value, _ tolerance: Tolerance) throws -> Difference? { nil }
  public func elements() throws -> [Value]? { nil }
  public func keys(startingWith prefix: String) -> [Candidate] { [] }
}
