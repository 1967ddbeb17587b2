/// Words and signs of Swift and Python that this language does without: what to say when they are met.

extension Parser {
  /// Where one statement has ended and another cannot begin.
  var foreign: Problem? {
    if at(.tolerance) { return .notTheRightSyntax("'±' without '≈'", instead: "write a ≈ b ± tolerance") }
    if case .name(let word) = token.kind, let instead = Parser.between[word] {
      return .notTheRightSyntax("'\(word)'", instead: instead)
    }
    guard index > 0, case .name(let word) = tokens[index - 1].kind, let instead = Parser.before[word] else { return nil }
    return .notTheRightSyntax("'\(word)'", instead: instead)
  }

  /// What is wrong where a statement has ended and something goes on in its line.
  var afterStatement: Problem {
    let before = tokens[max(0, index - 1)]
    let name: String? = if case .name(let word) = before.kind { word } else { nil }
    switch token.kind {
    case .text where token.touchesPrevious && name.map({ ["f", "F", "r", "b", "u", "rf", "fr"].contains($0) }) ?? false:
      return .notTheRightSyntax("\(name ?? "")\"…\"", instead: "a value stands in a string as \"\\(x)\"")
    case .symbol(.comma):
      if case .integer = before.kind, case .integer = following.kind, following.touchesPrevious, following.span.end - following.span.start == 3 {
        return .notTheRightSyntax("a comma in a number", instead: "write \(source.text(of: before.span))\(source.text(of: following.span))")
      }
      return .notTheRightSyntax("a list without brackets", instead: "write [a, b]")
    case .symbol(.leftBrace): return .notTheRightSyntax("a second closure", instead: "a call takes one in braces; go on with .name { … } after it")
    case .symbol(.colon): return .notTheRightSyntax("':' here", instead: "a body stands in braces: { … }")
    case .keyword(let word) where [.let, .func, .for, .return, .if].contains(word): return .needsSeparator
    case .name, .integer, .number, .text, .hole, .keyword:
      guard let name, startsStatement(index - 1) else { return .needsSeparator }
      let rest = source.text(of: token.span)
      if name == "orrery" { return .notTheRightSyntax("'orrery \(rest)'", instead: "it is a command for the shell: type it after :quit") }
      return .notTheRightSyntax("'\(name) \(rest)'", instead: "a call needs brackets: \(name)(\(rest))")
    default: return .expected("the end of the line", found: found)
    }
  }

  /// Whether the token at an index is the first of its line.
  private func startsStatement(_ index: Int) -> Bool { index == 0 || tokens[index].newlineBefore || tokens[index - 1].kind == .symbol(.semicolon) }

  /// `axis=0`: a label as Python writes it.
  mutating func foreignLabel() throws {
    guard case .name(let name) = token.kind, following.kind == .symbol(.assign) else { return }
    let start = token.span.start
    take()
    take()
    let value = try expression()
    let label = Foreign.labels[name] ?? name
    throw fail(.notTheRightSyntax("'\(name)=…'", instead: "a label takes a colon: \(label): \(source.text(of: value.span))"), at: Span(start, value.span.end))
  }

  /// `x[:, 0]`, `x[0:2]`, `x[-1:]`: a slice as Python writes it; `lower` has been read, if there is one.
  mutating func foreignSlice(from lower: Expression?) throws {
    guard at(.colon) else { return }
    let start = lower?.span.start ?? token.span.start
    take()
    let isOpen = at(.comma) || at(.rightBracket) || at(.colon)
    let upper = isOpen ? nil : try expression()
    let (a, b) = (lower.map { source.text(of: $0.span) }, upper.map { source.text(of: $0.span) })
    let instead: String
    if a?.hasPrefix("-") ?? false || b?.hasPrefix("-") ?? false {
      instead = "indices count from 0: with n of them, the last is x[n - 1], and the last two are x[(n - 2)...]"
    } else {
      switch (a, b) {
      case (nil, nil): instead = "all of an axis is 0..., as in x[0..., 0]"
      case (let a?, nil): instead = "write \(a)..."
      case (nil, let b?): instead = "write ..<\(b)"
      case (let a?, let b?): instead = "write \(a)..<\(b)"
      }
    }
    throw fail(.notTheRightSyntax("'\(a ?? ""):\(b ?? "")' in a subscript", instead: instead), at: Span(start, tokens[index - 1].span.end))
  }

  /// Where an operand is wanted and `=` stands: `x += 1`, `x === y`.
  var foreignAssignment: Problem? {
    guard at(.assign), token.touchesPrevious, index > 0, case .symbol(let symbol) = tokens[index - 1].kind else {
      return nil
    }
    if symbol == .equal { return .notTheRightSyntax("'==='", instead: "write '=='") }
    return .notTheRightSyntax(
      "'\(symbol.rawValue)='", instead: "variables do not change; write 'let x = x \(symbol.rawValue) …'")
  }

  private static let before = [
    "var": "write 'let': variables do not change", "def": "write 'func'", "fn": "write 'func'",
    "function": "write 'func'", "import": "everything is there already", "while": "write 'for x in … { }'",
    "not": "write '!'", "lambda": "write { x in … }", "const": "write 'let'", "elif": "write 'else if'",
  ]
  private static let between = [
    "and": "write '&&'", "or": "write '||'", "is": "write '==', or type(x) == …", "mod": "write '%'",
  ]
}
