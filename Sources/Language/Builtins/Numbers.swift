/// Functions of numbers. A host adds overloads of the same names for its own objects (`sqrt(tensor)`).

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Environment {
  mutating func addNumbers() {
    define(constant: "pi", .number(.pi), "the ratio of a circle's circumference to its diameter")
    define(constant: "π", .number(.pi), "the ratio of a circle's circumference to its diameter")
    define(constant: "infinity", .number(.infinity), "larger than every number; .infinity is the same")
    define(constant: "∞", .number(.infinity), "larger than every number")
    define(constant: "nan", .number(.nan), "not a number; equal to nothing, not even itself")
    define(implicit: "infinity", .number(.infinity), "larger than every number")
    define(implicit: "pi", .number(.pi), "the ratio of a circle's circumference to its diameter")
    define(implicit: "nan", .number(.nan), "not a number")

    for (name, summary, example, function) in Environment.curves {
      define(name, [.value("x", .number)], returns: "Double", summary, example: example) {
        .number(function(try $0.number("x")))
      }
    }
    for (name, summary, rule) in Environment.roundings {
      define(name, [.value("x", .number)], returns: "Int", "\(summary), as an Int", example: "\(name)(2.5)") {
        whole(try $0.number("x").rounded(rule))
      }
    }
    define(
      "round", [.value("x", .number), .labelled("places", .integer, "digits after the point")], returns: "Double",
      "the number with so many digits after the point", example: "round(pi, places: 2)"
    ) { arguments in
      let places = try arguments.integer("places")
      guard (0...15).contains(places) else { throw arguments.invalid("places", "from 0 to 15") }
      let scale = pow(10, Double(places))
      return .number((try arguments.number("x") * scale).rounded() / scale)
    }
    define("abs", [.value("x", .number)], returns: "Double", "the amount without its sign", example: "abs(-3)") {
      if case .integer(let value) = $0["x"] {
        guard value != .min else { throw Failure(.overflow("abs(\(value))")) }
        return .integer(Swift.abs(value))
      }
      return .number(try $0.number("x").magnitude)
    }
    define(
      "pow", [.value("base", .number), .value("exponent", .number)], returns: "Double", "base ** exponent",
      example: "pow(2, 0.5)"
    ) { .number(pow(try $0.number("base"), try $0.number("exponent"))) }
    addExtremes()
    addConversions()
  }

  private static let curves: [(String, String, String, @Sendable (Double) -> Double)] = [
    ("sqrt", "the square root", "sqrt(2)", { $0.squareRoot() }),
    ("exp", "e to the power of x", "exp(1)", { exp($0) }),
    ("log", "the natural logarithm", "log(10)", { log($0) }),
    ("log2", "the logarithm to base 2", "log2(8)", { log2($0) }),
    ("log10", "the logarithm to base 10", "log10(1000)", { log10($0) }),
    ("sin", "the sine of an angle in radians", "sin(pi / 2)", { sin($0) }),
    ("cos", "the cosine of an angle in radians", "cos(pi)", { cos($0) }),
    ("tan", "the tangent of an angle in radians", "tan(pi / 4)", { tan($0) }),
    ("tanh", "the hyperbolic tangent", "tanh(1)", { tanh($0) }),
  ]

  private static let roundings: [(String, String, FloatingPointRoundingRule)] = [
    ("floor", "the whole number below", .down), ("ceil", "the whole number above", .up),
    ("round", "the nearest whole number, halves away from zero", .toNearestOrAwayFromZero),
  ]

  private mutating func addExtremes() {
    for (name, summary, sign) in [("min", "smallest", 1.0), ("max", "largest", -1.0)] {
      let pick = { (values: [Value]) throws -> Value in
        guard var best = values.first else { throw Failure(.emptyList(name)) }
        for value in values.dropFirst() where sign * (value.asDouble ?? 0) < sign * (best.asDouble ?? 0) {
          best = value
        }
        return best
      }
      define(
        name, [.value("first", .number), .rest("others", .number)], returns: "Double", "the \(summary) of the numbers",
        example: "\(name)(3, 1, 2)"
      ) { try pick([$0["first"]] + $0.list("others").elements) }
      define(
        name, [.value("list", .list(of: .number))], returns: "Double", "the \(summary) number of a list",
        example: "\(name)([3, 1, 2])"
      ) { try pick($0.list("list").elements) }
      extend(
        "List",
        .method(name, returns: "Double", "the \(summary) number") { value, arguments in
          try pick(try arguments.context.numbers(value, "List.\(name)"))
        })
    }
    define(
      "sum", [.value("list", .list(of: .number))], returns: "Double", "the sum of a list", example: "sum([1, 2, 3])"
    ) {
      try $0.context.sum($0.list("list").elements)
    }
    define(
      "mean", [.value("list", .list(of: .number))], returns: "Double", "the average of a list", example: "mean([1, 2])"
    ) {
      let values = try $0.numbers("list")
      guard !values.isEmpty else { throw Failure(.emptyList("mean"), at: $0.span(of: "list")) }
      return .number(values.reduce(0, +) / Double(values.count))
    }
  }

  private mutating func addConversions() {
    define(
      "Int", [.value("x")], returns: "Int", "a number or a text as an Int; cuts off after the point",
      example: "Int(\"42\")"
    ) {
      if case .string(let text) = $0["x"], let value = Int(text) { return .integer(value) }
      if let number = $0["x"].asDouble, let value = Int(exactly: number.rounded(.towardZero)) { return .integer(value) }
      throw Failure(.cannotConvert($0["x"].summary, to: "Int"), at: $0.span(of: "x"))
    }
    define("Double", [.value("x")], returns: "Double", "a number or a text as a Double", example: "Double(3)") {
      if case .string(let text) = $0["x"], let value = Double(text) { return .number(value) }
      if let value = $0["x"].asDouble { return .number(value) }
      throw Failure(.cannotConvert($0["x"].summary, to: "Double"), at: $0.span(of: "x"))
    }
  }
}

/// A whole number as an Int if it fits.
private func whole(_ number: Double) -> Value { Int(exactly: number).map { .integer($0) } ?? .number(number) }

extension Interpreter {
  /// The elements of a value, all of them numbers.
  func numbers(_ value: Value, _ function: String) throws -> [Value] {
    let values = try elements(of: value)
    if let wrong = values.first(where: { $0.asDouble == nil }) {
      throw Failure(.wrongType(expected: "Double", found: wrong.typeDescription, what: "every element for \(function)"))
    }
    return values
  }

  /// Stays an Int as long as all are.
  func sum(_ values: [Value]) throws -> Value {
    try spend(values.count)
    return try values.reduce(.integer(0)) { try binary(.add, $0, $1) }
  }
}
