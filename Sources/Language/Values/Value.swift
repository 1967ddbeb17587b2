/// What an expression is worth. Values are immutable: copying one is a snapshot of it.

public enum Value {
  case nothing
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list(List)
  case dictionary(Record)
  case range(Interval)
  case function(Function)
  case object(any Object)

  /// The name of the type, as the learner writes it: `Int`, `List`, `Tensor`.
  public var typeName: String {
    switch self {
    case .nothing: return "nil"
    case .boolean: return "Bool"
    case .integer: return "Int"
    case .number: return "Double"
    case .string: return "String"
    case .list: return "List"
    case .dictionary: return "Dictionary"
    case .range: return "Range"
    case .function: return "Function"
    case .object(let object): return object.typeName
    }
  }

  /// The type with what matters of its size: `List of 3`, `Tensor [3×4]`. For `:type` and for errors.
  public var typeDescription: String {
    switch self {
    case .list(let list): return "List of \(list.count)"
    case .object(let object): return object.typeDescription
    default: return typeName
    }
  }

  /// How many lists, dictionaries and closures are inside one another.
  var nesting: Int {
    switch self {
    case .list(let list): return list.nesting
    case .dictionary(let record): return record.nesting
    case .function(let function): return function.nesting
    default: return 0
    }
  }

  public var isNothing: Bool { if case .nothing = self { true } else { false } }

  /// A list from elements: what hosts write most.
  public static func elements(_ values: some Sequence<Value>) -> Value { .list(List(Array(values))) }
  public static func shape(_ sizes: some Sequence<Int>) -> Value { .elements(sizes.map { .integer($0) }) }

  /// The number in an Int, a Double, or an object that stands for one.
  public var asDouble: Double? {
    switch self {
    case .integer(let value): return Double(value)
    case .number(let value): return value
    case .object(let object): return object.scalar
    default: return nil
    }
  }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: Value...) { self = .elements(elements) }
}

/// The elements of a list, and how deep they nest (known at once, so that a deep value is refused before anything walks it).
public struct List: RandomAccessCollection, ExpressibleByArrayLiteral {
  public let elements: [Value]
  let nesting: Int

  public init(_ elements: [Value]) {
    self.elements = elements
    nesting = 1 + (elements.lazy.map(\.nesting).max() ?? 0)
  }

  public init(arrayLiteral elements: Value...) { self.init(elements) }
  public var startIndex: Int { 0 }
  public var endIndex: Int { elements.count }
  public subscript(index: Int) -> Value { elements[index] }
}

/// A dictionary with String keys, in the order in which they were written.
public struct Record {
  public private(set) var keys: [String] = []
  private var values: [String: Value] = [:]
  private(set) var nesting = 1

  public init() {}
  public init(_ pairs: some Sequence<(String, Value)>) {
    for (key, value) in pairs { self[key] = value }
  }

  /// The pairs of both, in order; where both have a key, the other's value.
  public func merging(_ other: Record) -> Record {
    var merged = self
    for (key, value) in other.pairs { merged[key] = value }
    return merged
  }

  public var count: Int { keys.count }
  public var pairs: [(key: String, value: Value)] { keys.map { ($0, values[$0] ?? .nothing) } }

  public subscript(key: String) -> Value? {
    get { values[key] }
    set {
      if let newValue {
        if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
        nesting = Swift.max(nesting, 1 + newValue.nesting)
      } else if values.removeValue(forKey: key) != nil {
        keys.removeAll { $0 == key }
      }
    }
  }
}

/// `0..<4`, `0...3`, `2...`, `...3`, and `...` for everything.
public struct Interval: Hashable, Sendable {
  public let lower: Int?
  /// The last position if `isClosed`, else the one after it.
  public let upper: Int?
  public let isClosed: Bool

  public init(_ lower: Int?, _ upper: Int?, isClosed: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.isClosed = isClosed
  }

  /// As written.
  public var text: String {
    (lower.map(String.init) ?? "") + (isClosed || upper == nil ? "..." : "..<") + (upper.map(String.init) ?? "")
  }

  /// The positions among `count`, or a failure of kind `outOfRange`.
  public func positions(in count: Int) throws -> Range<Int> {
    let from = lower ?? 0
    var to = upper ?? count
    if isClosed, upper != nil { to = to == .max ? to : to + 1 }
    guard from >= 0, to <= count, from <= to else {
      throw from > to && lower != nil && upper != nil
        ? Failure(.emptyRange(lower: from, upper: upper ?? to)) : Failure(.rangeOutOfRange(text, count: count))
    }
    return from..<to
  }

  /// The integers of a range that has both ends; a missing lower end is 0.
  func integers() throws -> Range<Int> {
    guard let upper else { throw Failure(.endlessRange) }
    let end = upper.addingReportingOverflow(isClosed ? 1 : 0)
    guard !end.overflow else { throw Failure(.overflow("the range's end")) }
    guard (lower ?? 0) <= end.partialValue else { throw Failure(.emptyRange(lower: lower ?? 0, upper: upper)) }
    return (lower ?? 0)..<end.partialValue
  }
}
