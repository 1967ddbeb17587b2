/// `:doc`: what is known about a name, from the descriptions that bind and check its calls.

extension Signature {
  /// The call, the summary, the parameters that have words, and the example.
  public var documentation: String {
    var lines = [text]
    if !summary.isEmpty { lines.append("  " + summary) }
    for parameter in parameters where !parameter.documentation.isEmpty {
      lines.append("  \(parameter.name): \(parameter.documentation)")
    }
    if !example.isEmpty { lines.append("  Example: \(example)") }
    return lines.joined(separator: "\n")
  }
}

extension Member {
  public var documentation: String {
    guard isProperty else { return signature.documentation }
    return ".\(name)" + (signature.result.isEmpty ? "" : ": \(signature.result)")
      + (summary.isEmpty ? "" : "\n  \(summary)")
  }
}

extension Interpreter {
  /// Text for a function, a constant, a variable, a type, `Type.member`, `variable.member`, an operator or a keyword.
  public func documentation(_ query: String) throws -> String {
    let name = query.trimmingSpaces
    if let words = Reference.entries[name] { return words.documentation }
    if let value = variables[name] { return document(name, value) }
    if let overloads = environment.functions[name] {
      return overloads.map(\.signature.documentation).joined(separator: "\n")
    }
    if let constant = environment.constants[name] {
      let meaning = "\(name) = \(constant.value.summary)\n  \(constant.summary)"
      // What an object can be asked is most of what it means; a number's or a string's members stand under its type.
      guard case .object = constant.value else { return meaning }
      return document(type: meaning, environment.members(of: constant.value))
    }
    if name.hasPrefix("."), let constant = environment.implicit[String(name.dropFirst())] {
      return "\(name) = \(constant.value.summary)\n  \(constant.summary)"
    }
    if let members = environment.extensions[name] { return document(type: name, members) }
    if let dot = name.lastIndex(of: "."),
      let text = document(String(name[..<dot]), member: String(name[name.index(after: dot)...]))
    {
      return text
    }
    let everywhere = environment.extensions.sorted { $0.key < $1.key }.flatMap { type, members in
      members.filter { $0.name == name }.map { "\(type): \($0.documentation)" }
    }
    if !everywhere.isEmpty { return everywhere.joined(separator: "\n") }
    let known = knownNames + environment.extensions.keys + environment.extensions.values.joined().map(\.name)
    throw Failure(.unknownVariable(name, nearest: nearest(name, known)))
  }

  private func document(_ name: String, _ value: Value) -> String {
    if case .function(let function) = value { return function.signatures.map(\.documentation).joined(separator: "\n") }
    return document(type: "\(name): \(value.typeDescription)", environment.members(of: value))
  }

  private func document(type: String, _ members: [Member]) -> String {
    let width = members.map { displayWidth($0.shortForm) }.max() ?? 0
    let lines = members.map { member in
      "  " + member.shortForm + String(repeating: " ", count: width - displayWidth(member.shortForm) + 2)
        + member.summary
    }
    return ([type] + lines.map(\.trimmingTrailingSpaces)).joined(separator: "\n")
  }

  private func document(_ base: String, member: String) -> String? {
    let members: [Member]
    if let known = environment.extensions[base] {
      members = known
    } else if let expression = chain(Array(Lexer.read(Source(base)).tokens.dropLast()), Source(base)),
      let value = quietValue(expression)
    {
      members = environment.members(of: value)
    } else {
      return nil
    }
    let found = members.filter { $0.name == member }
    return found.isEmpty ? nil : found.map(\.documentation).joined(separator: "\n")
  }
}

extension Member {
  /// `.count`, `.map(…)`.
  var shortForm: String { isProperty ? ".\(name)" : ".\(name)(\(signature.parameters.isEmpty ? "" : "…"))" }
}

extension String {
  var trimmingSpaces: String {
    String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }

  var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
