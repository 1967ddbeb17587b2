/// Arithmetic, order and logic of plain values; objects answer for themselves. Integers are exact: what does not fit in
/// 64 bits is an error. `/` of integers gives an Int if it divides, and a Double if not.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Interpreter {
  func binary(_ operation: Operator, _ left: Value, _ right: Value) throws -> Value {
    if case .object(let object) = left, let result = try object.binary(operation, .left, right) { return result }
    if case .object(let object) = right, let result = try object.binary(operation, .right, left) { return result }
    switch operation {
    case .equal: return .boolean(try equal(left, right))
    case .notEqual: return .boolean(try !equal(left, right))
    default: break
    }
    if let result = try plain(operation, left, right) { return result }
    throw Failure(.wrongOperands(operation.rawValue, left: left.typeDescription, right: right.typeDescription))
  }

  private func plain(_ operation: Operator, _ left: Value, _ right: Value) throws -> Value? {
    switch (left, right) {
    case (.integer(let a), .integer(let b)): return try integers(operation, a, b)
    case (.number, .number), (.number, .integer), (.integer, .number):
      return numbers(operation, left.asDouble ?? 0, right.asDouble ?? 0)
    case (.boolean(let a), .boolean(let b)):
      return operation == .and ? .boolean(a && b) : operation == .or ? .boolean(a || b) : nil
    case (.string(let a), .string(let b)):
      switch operation {
      case .add:
        try spend((a.utf8.count + b.utf8.count) >> 4)
        return .string(a + b)
      case .less: return .boolean(a < b)
      case .lessEqual: return .boolean(a <= b)
      case .greater: return .boolean(a > b)
      case .greaterEqual: return .boolean(a >= b)
      default: return nil
      }
    case (.list(let a), .list(let b)) where operation == .add:
      guard a.count + b.count <= limits.elements else { throw Failure(.tooManyElements(limits.elements)) }
      try spend(a.count + b.count)
      return .elements(a.elements + b.elements)
    // The right one's values are taken where both have a key.
    case (.dictionary(let a), .dictionary(let b)) where operation == .add:
      guard a.count + b.count <= limits.elements else { throw Failure(.tooManyElements(limits.elements)) }
      try spend(a.count + b.count)
      return .dictionary(a.merging(b))
    default: return nil
    }
  }

  private func integers(_ operation: Operator, _ a: Int, _ b: Int) throws -> Value? {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = a.addingReportingOverflow(b)
    case .subtract: result = a.subtractingReportingOverflow(b)
    case .multiply: result = a.multipliedReportingOverflow(by: b)
    case .divide:
      guard b != 0 else { throw Failure(.divisionByZero) }
      let (quotient, overflow) = a.dividedReportingOverflow(by: b)
      if !overflow, quotient * b != a { return .number(Double(a) / Double(b)) }
      result = (quotient, overflow)
    case .remainder:
      guard b != 0 else { throw Failure(.divisionByZero) }
      result = (b == -1 ? 0 : a % b, false)
    case .power:
      if b < 0 { return .number(pow(Double(a), Double(b))) }
      result = power(a, b)
    case .and: return .integer(a & b)
    case .or: return .integer(a | b)
    case .less: return .boolean(a < b)
    case .lessEqual: return .boolean(a <= b)
    case .greater: return .boolean(a > b)
    case .greaterEqual: return .boolean(a >= b)
    default: return nil
    }
    if result.overflow { throw Failure(.overflow("\(a) \(operation.rawValue) \(b)")) }
    return .integer(result.partialValue)
  }

  private func power(_ base: Int, _ exponent: Int) -> (Int, Bool) {
    if exponent == 0 || base == 1 { return (1, false) }
    if base == 0 { return (0, false) }
    if base == -1 { return (exponent % 2 == 0 ? 1 : -1, false) }
    var result = 1
    for _ in 0..<min(exponent, 64) {
      let (next, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return (0, true) }
      result = next
    }
    return (result, exponent > 64)
  }

  private func numbers(_ operation: Operator, _ a: Double, _ b: Double) -> Value? {
    switch operation {
    case .add: return .number(a + b)
    case .subtract: return .number(a - b)
    case .multiply: return .number(a * b)
    case .divide: return .number(a / b)
    case .remainder: return .number(fmod(a, b))
    case .power: return .number(pow(a, b))
    case .less: return .boolean(a < b)
    case .lessEqual: return .boolean(a <= b)
    case .greater: return .boolean(a > b)
    case .greaterEqual: return .boolean(a >= b)
    default: return nil
    }
  }

  func unary(_ operation: Operator, _ value: Value) throws -> Value {
    switch (operation, value) {
    case (.subtract, .integer(let number)):
      let (result, overflow) = (0).subtractingReportingOverflow(number)
      if overflow { throw Failure(.overflow("-(\(number))")) }
      return .integer(result)
    case (.subtract, .number(let number)): return .number(-number)
    case (.add, .integer), (.add, .number): return value
    case (.not, .boolean(let truth)): return .boolean(!truth)
    case (_, .object(let object)):
      if let result = try object.unary(operation) { return result }
    default: break
    }
    let sign = operation == .subtract ? "-" : operation == .add ? "+" : "!"
    throw Failure(.wrongOperand(sign, type: value.typeDescription))
  }
}
