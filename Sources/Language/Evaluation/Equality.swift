/// `==` and `≈`. Work is counted, since shared parts can make a small value a huge one to walk.

extension Interpreter {
  /// Equality of values: an Int equals a Double of the same amount; values of other types differ.
  public func equal(_ left: Value, _ right: Value) throws -> Bool {
    try spend()
    switch (left, right) {
    case (.nothing, .nothing): return true
    case (.boolean(let a), .boolean(let b)): return a == b
    case (.integer(let a), .integer(let b)): return a == b
    case (.integer(let a), .number(let b)): return b == Double(a) && Int(exactly: b) == a
    case (.number(let a), .integer(let b)): return a == Double(b) && Int(exactly: a) == b
    case (.number(let a), .number(let b)): return a == b
    case (.string(let a), .string(let b)): return a == b
    case (.range(let a), .range(let b)): return a == b
    case (.list(let a), .list(let b)):
      guard a.count == b.count else { return false }
      for (x, y) in zip(a, b) where try !equal(x, y) { return false }
      return true
    case (.dictionary(let a), .dictionary(let b)):
      guard a.count == b.count else { return false }
      for (key, value) in a.pairs {
        guard let other = b[key], try equal(value, other) else { return false }
      }
      return true
    default: break
    }
    if case .object(let object) = left, let result = try object.equals(right) { return result }
    if case .object(let object) = right, let result = try object.equals(left) { return result }
    return false
  }

  /// Where two values differ by more than the tolerance. Throws if they cannot be compared.
  public func difference(_ left: Value, _ right: Value, _ tolerance: Tolerance = .standard) throws -> Difference {
    try spend()
    if case .object(let object) = left, let result = try object.difference(from: right, tolerance) { return result }
    if case .object(let object) = right, let result = try object.difference(from: left, tolerance) { return result }
    if let a = left.asDouble, let b = right.asDouble {
      if tolerance.holds(a, b) { return .none }
      if left.summary != right.summary { return .found(place: "", values: "\(left.summary) instead of \(right.summary)") }
      let (x, y) = toldApart(a, b)
      return .found(place: "", values: "\(x) instead of \(y)")
    }
    switch (left, right) {
    case (.list(let a), .list(let b)):
      guard a.count == b.count else { return .found(place: " in length", values: "\(a.count) instead of \(b.count)") }
      for (index, (x, y)) in zip(a, b).enumerated() {
        if case .found(let place, let values) = try difference(x, y, tolerance) {
          let inner = place.hasPrefix(" at [") ? " at [\(index), \(place.dropFirst(5))" : " at [\(index)]\(place)"
          return .found(place: inner, values: values)
        }
      }
      return .none
    case (.string, .string), (.boolean, .boolean), (.nothing, .nothing), (.dictionary, .dictionary), (.range, .range):
      return try equal(left, right) ? .none : .found(place: "", values: "\(left.summary) instead of \(right.summary)")
    default: throw Failure(.wrongOperands("≈", left: left.typeDescription, right: right.typeDescription))
    }
  }
}
