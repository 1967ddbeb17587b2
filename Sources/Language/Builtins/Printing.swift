/// Text for people: `print`, `String`, `exact`, `type`.

extension Environment {
  mutating func addText() {
    define(
      "print", [.rest("values"), .labelled("separator", .string, default: " ")], "writes values, and ends the line",
      example: "print(\"loss\", 0.25)"
    ) { arguments in
      let line = try arguments.list("values").map { value in
        guard case .object(let object) = value else { return value.interpolated }
        return arguments.context.isPlain ? object.plain : object.description
      }.joined(separator: try arguments.string("separator"))
      arguments.context.output(line + "\n")
      return .nothing
    }
    define("String", [.value("x")], returns: "String", "a value as text", example: "String(1 / 3)") {
      .string($0["x"].interpolated)
    }
    define("exact", [.value("x")], returns: "String", "a value as text with all its digits", example: "exact(1 / 3)") {
      .string($0["x"].exact())
    }
    define(
      "formatted", [.value("x", .number), .labelled("digits", .integer, default: 6, "significant digits, 1 to 17")],
      returns: "String", "a number with so many significant digits", example: "formatted(pi, digits: 3)"
    ) { arguments in
      let digits = try arguments.integer("digits")
      guard (1...17).contains(digits) else { throw arguments.invalid("digits", "from 1 to 17") }
      return .string(formatted(try arguments.number("x"), digits: digits))
    }
    define("type", [.value("x")], returns: "String", "the type of a value, with its size", example: "type([1, 2])") {
      .string($0["x"].typeDescription)
    }
  }
}
