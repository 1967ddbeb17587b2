/// The words for every problem: one line for what is wrong, one hint for what would be right.

extension Problem {
  public var kind: FailureKind {
    switch self {
    case .unexpectedCharacter, .unterminatedString, .unterminatedComment, .invalidEscape, .invalidNumber,
      .integerTooLarge, .badIndentation, .expected, .unfinished, .unmatched, .chainedComparison, .needsSeparator,
      .nestedTooDeeply, .notTheRightSyntax, .outsideFunction:
      return .syntax
    case .unknownVariable, .unknownFunction, .unknownImplicit, .unknownType, .usedBeforeDefinition: return .unknownName
    case .unknownMember, .memberNeedsCall, .memberIsNoMethod: return .unknownMember
    case .immutable, .duplicateName: return .immutable
    case .blank: return .blank
    case .unknownLabel, .missingLabel, .missingArgument, .tooManyArguments, .repeatedArgument, .noClosureWanted,
      .invalidValue:
      return .wrongArgument
    case .wrongArgumentType, .notCallable, .wrongOperands, .wrongOperand, .wrongType, .notSubscriptable, .notIterable,
      .cannotConvert:
      return .wrongType
    case .wrongCount, .indexOutOfRange, .rangeOutOfRange, .emptyRange, .endlessRange, .unknownKey, .emptyList:
      return .outOfRange
    case .divisionByZero, .overflow: return .arithmetic
    case .interrupted: return .interrupted
    case .tooManySteps, .tooManyElements, .textTooLong, .recursionTooDeep, .valueTooDeep: return .limit
    case .host(let kind, _, _): return kind
    }
  }

  /// One line, without the full stop and without the hint.
  public var message: String {
    switch self {
    case .unexpectedCharacter(let character, _):
      guard let name = Lexer.invisible(character) else { return "unexpected character '\(character)'" }
      return "there is a character that cannot be seen: \(name)"
    case .unterminatedString: return "this string is not closed"
    case .unterminatedComment: return "this comment is not closed"
    case .invalidEscape(let escape): return "'\(escape)' is not an escape in a string"
    case .invalidNumber(let text, _): return "'\(text)' is not a number"
    case .integerTooLarge(let text): return "the integer \(text) does not fit in 64 bits"
    case .badIndentation: return "this line is indented less than the closing quotes"
    case .expected(let wanted, let found): return "expected \(wanted), found \(found)"
    case .unfinished(let wanted): return "expected \(wanted), but the text ends here"
    case .unmatched(let bracket): return "'\(bracket)' closes nothing"
    case .chainedComparison: return "comparisons cannot be chained"
    case .needsSeparator: return "two statements on one line need a ';' between them"
    case .nestedTooDeeply: return "this is nested too deeply to be read"
    case .notTheRightSyntax(let written, _): return "\(written) is not part of this language"

    case .unknownVariable(let name, _): return "no variable named '\(name)'"
    case .unknownFunction(let name, _): return "no function named '\(name)'"
    case .unknownMember(let type, let name, _): return "\(type) has no member '\(name)'"
    case .unknownImplicit(let name, _): return "no value named '.\(name)'"
    case .unknownType(let name, _): return "no type named '\(name)'"
    case .memberNeedsCall(_, let name): return "'\(name)' is a method and must be called"
    case .memberIsNoMethod(_, let name): return "'\(name)' is a property and takes no arguments"
    case .usedBeforeDefinition(let name): return "'\(name)' is used before its 'let'"
    case .immutable(let name): return "'\(name)' cannot be changed"
    case .duplicateName(let name): return "'\(name)' is named twice here"
    case .outsideFunction(let what): return "'\(what)' has no meaning outside of a function"
    case .blank: return "fill in the blank"

    case .unknownLabel(let function, let label, _, _): return "\(function) has no argument '\(label)'"
    case .missingLabel(let function, let label): return "\(function)'s argument '\(label)' needs its label"
    case .missingArgument(let function, let name, let type): return "\(function) needs '\(name)' (\(type))"
    case .tooManyArguments(let function, let allowed, let given):
      let allows = allowed == 0 ? "no arguments" : allowed == 1 ? "1 argument" : "\(allowed) arguments"
      return "\(function) takes \(allows), not \(given)"
    case .repeatedArgument(let function, let label): return "\(function) is given '\(label)' twice"
    case .noClosureWanted(let function): return "\(function) takes no closure"
    case .wrongArgumentType(let function, let parameter, let expected, let found):
      return "\(function)'s '\(parameter)' must be \(article(expected)), not \(article(found))"
    case .notCallable(let type, _): return "\(article(type)) cannot be called"

    case .wrongOperands(let name, let left, let right):
      return "'\(name)' cannot join \(article(left)) and \(article(right))"
    case .wrongOperand(let name, let type): return "'\(name)' cannot be applied to \(article(type))"
    case .wrongType(let expected, let found, let what):
      return "\(what) must be \(article(expected)), not \(article(found))"
    case .notSubscriptable(let type): return "\(article(type)) has no subscript"
    case .notIterable(let type): return "\(article(type)) has no elements to go through"
    case .wrongCount(let expected, let found):
      return "\(expected) names, but \(found) \(found == 1 ? "value" : "values")"
    case .indexOutOfRange(let index, let count): return "index \(index) is outside of \(elements(count))"
    case .rangeOutOfRange(let range, let count): return "range \(range) is outside of \(elements(count))"
    case .emptyRange(let lower, let upper): return "a range cannot go from \(lower) down to \(upper)"
    case .endlessRange: return "this range has no end to stop at"
    case .unknownKey(let key, _): return "no key \(key)"
    case .emptyList(let what): return "an empty list has no \(what)"
    case .invalidValue(let function, let parameter, let requirement, let found):
      // A requirement may bring its own verb: "must hold one number for each token".
      let words = requirement.hasPrefix("must ") ? requirement : "must be \(requirement)"
      return "\(function)'s '\(parameter)' \(words), not \(found)"
    case .cannotConvert(let value, let type): return "\(value) cannot become \(article(type))"
    case .divisionByZero: return "division of an integer by zero"
    case .overflow(let operation): return "\(operation) does not fit in 64 bits"

    case .interrupted: return "interrupted"
    case .tooManySteps(let limit): return "stopped after \(limit) steps"
    case .tooManyElements(let limit): return "a list cannot hold more than \(limit) elements"
    case .textTooLong: return "this text has grown too long"
    case .recursionTooDeep: return "calls are nested too deeply"
    case .valueTooDeep: return "this value is nested too deeply"
    case .host(_, let message, _): return message
    }
  }

  /// What would be right, as a clause: "did you mean 'axis'?"
  public var suggestion: String? {
    switch self {
    case .unexpectedCharacter(let character, let instead):
      if Lexer.invisible(character) != nil { return "delete it, or type the line anew" }
      return instead.map { "write \($0)" }
    case .unterminatedString: return "a string on several lines is written between \"\"\" and \"\"\""
    case .invalidEscape: return "escapes are \\n \\t \\r \\0 \\\" \\' \\\\ \\u{1F600} \\(value)"
    case .invalidNumber(_, let instead): return instead.map { "write \($0)" }
    case .integerTooLarge(let text): return "write \(text).0 for a floating-point number"
    case .chainedComparison: return "join two with '&&'"
    case .notTheRightSyntax(_, let instead): return instead
    case .unknownVariable(let name, let nearest): return Foreign.variable(name) ?? nearest.map { "did you mean '\($0)'?" }
    case .unknownFunction(let name, let nearest): return Foreign.function(name) ?? nearest.map { "did you mean '\($0)'?" }
    case .unknownMember(let type, let name, let nearest): return Foreign.member(name, of: type) ?? nearest.map { "did you mean '\($0)'?" }
    case .unknownType(_, let nearest): return nearest.map { "did you mean '\($0)'?" }
    case .unknownImplicit(_, let nearest): return nearest.map { "did you mean '.\($0)'?" }
    case .memberNeedsCall(_, let name): return "write .\(name)()"
    case .memberIsNoMethod(_, let name): return "write .\(name)"
    case .immutable(let name): return "write 'let \(name) = …' for a new one; collect with map or reduce"
    case .blank: return "replace ___"
    case .unknownLabel(let function, let label, let nearest, let known):
      if ["axis", "dim"].contains(label), ["sum", "mean", "max", "min", "argmax"].contains(function) { return "write x.\(function)(axis: …)" }
      if let ours = Foreign.labels[label], known.contains(where: { $0.prefix { $0.isLetter } == ours }) { return "write \(ours): …" }
      if let nearest { return "did you mean '\(nearest)'?" }
      return known.isEmpty ? "it takes no labelled arguments" : "it has \(known.joined(separator: ", "))"
    case .missingLabel(_, let label): return "write \(label): …"
    case .notCallable(_, let name): return name.map { "your variable '\($0)' hides the function" }
    case .divisionByZero: return "write 0.0 for an infinite result"
    case .overflow: return "a floating-point number (2.0) goes further"
    case .indexOutOfRange(let index, let count) where index < 0 && count > 0: return "the last one is [\(count - 1)]"
    case .indexOutOfRange(_, let count), .rangeOutOfRange(_, let count):
      return count == 0 ? nil : count == 1 ? "the only index is 0" : "indices go from 0 to \(count - 1)"
    case .unknownKey(_, let nearest): return nearest.map { "did you mean \($0)?" }
    case .recursionTooDeep: return "does the function call itself without an end?"
    case .host(_, _, let suggestion): return suggestion
    default: return nil
    }
  }

  private func elements(_ count: Int) -> String {
    count == 0 ? "an empty list" : "\(count) element\(count == 1 ? "" : "s")"
  }
}

/// "an Int", "a Tensor [3×4]"; `nil`, plurals and alternatives stand alone.
func article(_ type: String) -> String {
  guard let first = type.first, type != "nil", !type.hasPrefix("a "), !type.hasPrefix("an ") else { return type }
  return ("AEIOaeio".contains(first) ? "an " : "a ") + type
}
