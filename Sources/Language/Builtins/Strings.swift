/// Members of strings. Positions count characters, as a reader does; `utf8` has the bytes.

extension Environment {
  mutating func addStrings() {
    text("count", returns: "Int", "how many characters") { .integer($0.count) }
    text("isEmpty", returns: "Bool", "whether there are no characters") { .boolean($0.isEmpty) }
    text("characters", returns: "List", "the characters, one by one") { .elements($0.map { .string(String($0)) }) }
    text("lines", returns: "List", "the lines") { text in
      .elements(text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { .string(String($0)) })
    }
    text("utf8", returns: "List", "the bytes of its UTF-8") { .elements($0.utf8.map { .integer(Int($0)) }) }
    method("uppercased", [], "in capitals", example: "\"a\".uppercased()") { text, _ in .string(text.uppercased()) }
    method("lowercased", [], "in small letters", example: "\"A\".lowercased()") { text, _ in .string(text.lowercased())
    }
    method("trimmed", [], "without the spaces around", example: "\" a \".trimmed()") { text, _ in
      let tail = text.drop(while: \.isWhitespace)
      return .string(String(tail.reversed().drop(while: \.isWhitespace).reversed()))
    }
    method(
      "split", [.value("separator", .string, default: " ")], returns: "List", "the parts between separators",
      example: "\"the cat sat\".split()"
    ) { text, arguments in
      let separator = try arguments.string("separator")
      guard !separator.isEmpty else { throw arguments.invalid("separator", "at least one character") }
      return .elements(text.parts(separator).map { .string($0) })
    }
    method(
      "contains", [.value("other", .string)], returns: "Bool", "whether the text is in it",
      example: "\"cat\".contains(\"at\")"
    ) { text, arguments in
      let other = try arguments.string("other")
      return .boolean(other.isEmpty || text.parts(other).count > 1)
    }
    method(
      "hasPrefix", [.value("other", .string)], returns: "Bool", "whether it begins so",
      example: "\"cat\".hasPrefix(\"c\")"
    ) {
      .boolean($0.hasPrefix(try $1.string("other")))
    }
    method(
      "hasSuffix", [.value("other", .string)], returns: "Bool", "whether it ends so",
      example: "\"cat\".hasSuffix(\"t\")"
    ) {
      .boolean($0.hasSuffix(try $1.string("other")))
    }
    method(
      "replacing", [.value("old", .string), .labelled("with", .string)], "with one text in place of another",
      example: "\"cat\".replacing(\"c\", with: \"h\")"
    ) { text, arguments in
      let old = try arguments.string("old")
      let new = try arguments.string("with")
      guard !old.isEmpty else { throw arguments.invalid("old", "at least one character") }
      let parts = text.parts(old)
      guard text.utf8.count + parts.count * new.utf8.count <= arguments.context.limits.textBytes else {
        throw Failure(.textTooLong)
      }
      return .string(parts.joined(separator: new))
    }
    method("repeated", [.value("times", .integer)], "several times over", example: "\"ab\".repeated(3)") {
      text, arguments in
      let times = try arguments.integer("times")
      guard times >= 0 else { throw arguments.invalid("times", "0 or more") }
      guard times <= arguments.context.limits.textBytes / max(1, text.utf8.count) else { throw Failure(.textTooLong) }
      return .string(String(repeating: text, count: times))
    }
  }

  private mutating func text(
    _ name: String, returns result: String, _ summary: String, _ body: @escaping (String) -> Value
  ) {
    extend(
      "String",
      .property(name, returns: result, summary) { value in
        if case .string(let text) = value { body(text) } else { .nothing }
      })
  }

  private mutating func method(
    _ name: String, _ parameters: [Parameter], returns result: String = "String", _ summary: String, example: String,
    _ body: @escaping (String, Arguments) throws -> Value
  ) {
    extend(
      "String",
      .method(name, parameters, returns: result, summary, example: example) { value, arguments in
        guard case .string(let text) = value else { return .nothing }
        try arguments.context.spend(text.utf8.count >> 4)
        return try body(text, arguments)
      })
  }
}

extension String {
  /// The parts between the occurrences of a separator, which is not empty.
  func parts(_ separator: String) -> [String] {
    let text = Array(utf8)
    let mark = Array(separator.utf8)
    var parts: [String] = []
    var start = 0
    var index = 0
    while index + mark.count <= text.count {
      if text[index] == mark[0], text[index..<(index + mark.count)].elementsEqual(mark) {
        parts.append(String(decoding: text[start..<index], as: UTF8.self))
        index += mark.count
        start = index
      } else {
        index += 1
      }
    }
    parts.append(String(decoding: text[start...], as: UTF8.self))
    return parts
  }
}
