/// Members of lists; ranges have them too. Closures run through the interpreter, which counts their work.

extension Environment {
  mutating func addLists() {
    addParts()
    addTransformations()
    define(
      "zip", [.value("first"), .value("second")], returns: "List", "pairs of the elements of two lists",
      example: "zip([1, 2], [\"a\", \"b\"])"
    ) { arguments in
      let pairs = Swift.zip(
        try arguments.context.elements(of: arguments["first"]), try arguments.context.elements(of: arguments["second"]))
      return .elements(pairs.map { .elements([$0, $1]) })
    }
    define(
      "stride",
      [.labelled("from", .number), .labelled("to", .number, "not reached"), .labelled("by", .number)], returns: "List",
      "numbers in equal steps", example: "stride(from: 0, to: 1, by: 0.25)"
    ) { arguments in
      let (from, to, by) = (try arguments.number("from"), try arguments.number("to"), try arguments.number("by"))
      guard by != 0, by.isFinite, from.isFinite, to.isFinite else {
        throw arguments.invalid("by", "a step other than 0")
      }
      let count = max(0, ((to - from) / by).rounded(.up))
      guard count <= Double(arguments.context.limits.elements) else {
        throw Failure(.tooManyElements(arguments.context.limits.elements))
      }
      let isWhole = ["from", "by"].allSatisfy { if case .integer = arguments[$0] { true } else { false } }
      return .elements(
        (0..<Int(count)).map {
          let value = from + Double($0) * by
          return isWhole ? .integer(Int(value)) : .number(value)
        })
    }
    extend(
      "Dictionary",
      .property("count", returns: "Int", "how many keys") { value in
        if case .dictionary(let record) = value { .integer(record.count) } else { .nothing }
      })
    extend(
      "Dictionary",
      .property("keys", returns: "List", "the keys, in their order") { value in
        if case .dictionary(let record) = value { .elements(record.keys.map { .string($0) }) } else { .nothing }
      })
    extend(
      "Dictionary",
      .property("values", returns: "List", "the values, in the keys' order") { value in
        if case .dictionary(let record) = value { .elements(record.pairs.map(\.value)) } else { .nothing }
      })
    extend(
      "Dictionary",
      .method("contains", [.value("key", .string)], returns: "Bool", "whether it has a key") { value, arguments in
        if case .dictionary(let record) = value {
          .boolean(record[try arguments.string("key")] != nil)
        } else {
          .nothing
        }
      })
  }

  private mutating func list(
    _ name: String, returns result: String, _ summary: String, _ body: @escaping ([Value]) throws -> Value
  ) {
    extend(
      "List",
      Member(signature: Signature(name, returns: result, summary), isProperty: true) { value, arguments in
        if case .range(let range) = value, name == "count" { return .integer(try range.integers().count) }
        return try body(try arguments.context.elements(of: value))
      })
  }

  private mutating func method(
    _ name: String, _ parameters: [Parameter], returns result: String, _ summary: String, example: String,
    _ body: @escaping ([Value], Arguments) throws -> Value
  ) {
    extend(
      "List",
      .method(name, parameters, returns: result, summary, example: example) { value, arguments in
        try body(try arguments.context.elements(of: value), arguments)
      })
  }

  private mutating func addParts() {
    list("count", returns: "Int", "how many elements") { .integer($0.count) }
    list("isEmpty", returns: "Bool", "whether there are no elements") { .boolean($0.isEmpty) }
    list("first", returns: "value", "the first element; nil if there is none") { $0.first ?? .nothing }
    list("last", returns: "value", "the last element; nil if there is none") { $0.last ?? .nothing }
    list("indices", returns: "Range", "0..<count") { .range(Interval(0, $0.count)) }
    method("prefix", [.value("count", .integer)], returns: "List", "the first elements", example: "[1, 2, 3].prefix(2)")
    {
      .elements($0.prefix(max(0, try $1.integer("count"))))
    }
    method("suffix", [.value("count", .integer)], returns: "List", "the last elements", example: "[1, 2, 3].suffix(2)")
    {
      .elements($0.suffix(max(0, try $1.integer("count"))))
    }
    method(
      "dropFirst", [.value("count", .integer, default: 1)], returns: "List", "without the first",
      example: "[1, 2].dropFirst()"
    ) {
      .elements($0.dropFirst(max(0, try $1.integer("count"))))
    }
    method(
      "dropLast", [.value("count", .integer, default: 1)], returns: "List", "without the last",
      example: "[1, 2].dropLast()"
    ) {
      .elements($0.dropLast(max(0, try $1.integer("count"))))
    }
    method(
      "contains", [.value("element")], returns: "Bool", "whether an element equals it", example: "[1, 2].contains(2)"
    ) { values, arguments in
      .boolean(try values.contains { try arguments.context.equal($0, arguments["element"]) })
    }
    method(
      "firstIndex", [.labelled("of")], returns: "Int or nil", "where the element stands first",
      example: "[5, 6].firstIndex(of: 6)"
    ) { values, arguments in
      try values.firstIndex { try arguments.context.equal($0, arguments["of"]) }.map { .integer($0) } ?? .nothing
    }
    method("appending", [.value("element")], returns: "List", "with one more element", example: "[1, 2].appending(3)") {
      .elements($0 + [$1["element"]])
    }
    method(
      "joined", [.labelled("separator", .string, default: "")], returns: "String", "one text of all",
      example: "[\"a\", \"b\"].joined(separator: \", \")"
    ) { values, arguments in
      .string(values.map(\.interpolated).joined(separator: try arguments.string("separator")))
    }
  }

  private mutating func addTransformations() {
    method(
      "map", [.value("transform", .function)], returns: "List", "what a function makes of each element",
      example: "[1, 2, 3].map { $0 * 2 }"
    ) { values, arguments in
      let transform = try arguments.function("transform")
      return .elements(try values.map { try arguments.context.call(transform, [$0]) })
    }
    method(
      "flatMap", [.value("transform", .function)], returns: "List", "the lists a function makes, joined",
      example: "[1, 2].flatMap { [$0, $0] }"
    ) { values, arguments in
      let transform = try arguments.function("transform")
      var result: [Value] = []
      for value in values {
        result += try arguments.context.elements(of: arguments.context.call(transform, [value]))
        if result.count > arguments.context.limits.elements {
          throw Failure(.tooManyElements(arguments.context.limits.elements))
        }
      }
      return .elements(result)
    }
    method(
      "filter", [.value("isIncluded", .function)], returns: "List", "the elements for which it is true",
      example: "[1, 2, 3].filter { $0 > 1 }"
    ) { values, arguments in
      .elements(try values.filter { try arguments.truth("isIncluded", [$0]) })
    }
    method(
      "allSatisfy", [.value("condition", .function)], returns: "Bool", "whether it is true for all",
      example: "[1, 2].allSatisfy { $0 > 0 }"
    ) { values, arguments in
      .boolean(try values.allSatisfy { try arguments.truth("condition", [$0]) })
    }
    method(
      "reduce", [.value("initial"), .value("combine", .function)], returns: "value",
      "all elements combined, one after the other", example: "[1, 2, 3].reduce(0) { $0 + $1 }"
    ) { values, arguments in
      let combine = try arguments.function("combine")
      return try values.reduce(arguments["initial"]) {
        try arguments.context.bounded(arguments.context.call(combine, [$0, $1]))
      }
    }
    method("reversed", [], returns: "List", "from the last to the first", example: "[1, 2].reversed()") { values, _ in
      .elements(values.reversed())
    }
    method("enumerated", [], returns: "List", "pairs of index and element", example: "[\"a\"].enumerated()") {
      values, _ in
      .elements(values.enumerated().map { .elements([.integer($0), $1]) })
    }
    method("sum", [], returns: "Double", "the sum of the numbers", example: "[1, 2].sum()") { values, arguments in
      try arguments.context.sum(try arguments.context.numbers(.elements(values), "sum"))
    }
    method("zip", [.value("other")], returns: "List", "pairs with another list's elements", example: "[1].zip([2])") {
      values, arguments in
      .elements(Swift.zip(values, try arguments.context.elements(of: arguments["other"])).map { .elements([$0, $1]) })
    }
    method(
      "sorted", [.labelled("by", .optional(.function), "true if the first goes before the second")], returns: "List",
      "in order", example: "[3, 1, 2].sorted()"
    ) { values, arguments in
      if !arguments["by"].isNothing { return .elements(try values.sorted { try arguments.truth("by", [$0, $1]) }) }
      return .elements(
        try values.sorted {
          guard case .boolean(let truth) = try arguments.context.binary(.less, $0, $1) else { return false }
          return truth
        })
    }
  }
}

extension Arguments {
  /// What a learner's closure answers, which must be a Bool.
  func truth(_ name: String, _ values: [Value]) throws -> Bool {
    let value = try context.call(function(name), values)
    guard case .boolean(let truth) = value else {
      throw Failure(
        .wrongType(expected: "Bool", found: value.typeDescription, what: "the closure's value"), at: span(of: name))
    }
    return truth
  }
}
