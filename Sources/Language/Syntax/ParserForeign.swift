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
