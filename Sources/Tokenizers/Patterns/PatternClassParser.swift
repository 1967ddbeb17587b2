/// Character classes and the escapes that stand for sets: `[^\s\p{L}]`, `\p{Han}`, `\x{4e00}`.
extension PatternParser {
  enum Escaped {
    case scalar(UInt32)
    case set(ScalarSet)
  }

  /// After `[`. Sets may be nested and intersected with `&&`; a `]` that comes first is meant literally.
  mutating func characterClass(openedAt start: Int) throws(Problem) -> ScalarSet {
    let isNegated = take("^")
    var left: ScalarSet?
    var parts: [ClosedRange<UInt32>] = []
    var isFirst = true
    func closed(_ parts: [ClosedRange<UInt32>]) -> ScalarSet {
      let set = ScalarSet(parts)
      return ignoresCase ? set.folded : set
    }
    while true {
      guard at < scalars.count else { throw Problem(at: start, what: "\"[\" is never closed") }
      if peek() == "]", !isFirst {
        at += 1
        break
      }
      isFirst = false
      if take("&&") {
        left = left.map { $0.intersection(closed(parts)) } ?? closed(parts)
        parts = []
        continue
      }
      let itemStart = at
      if peek() == "[" {
        at += 1
        if let named = try posixClass(itemStart) {
          parts += named.ranges
        } else {
          parts += try characterClass(openedAt: itemStart).ranges
        }
        continue
      }
      switch try classItem() {
      case .set(let set): parts += set.ranges
      case .scalar(let low):
        guard peek() == "-", let after = peek(1), after != "]" else {
          parts.append(low...low)
          continue
        }
        let dash = at
        at += 1
        if after == "[" {
          parts += [low...low, 0x2D...0x2D]
          continue
        }
        switch try classItem() {
        case .set(let set): parts += set.ranges + [low...low, 0x2D...0x2D]
        case .scalar(let high):
          guard low <= high else { throw Problem(at: dash, what: "the range in \"[…]\" runs backwards") }
          parts.append(low...high)
        }
      }
    }
    var set = closed(parts)
    if let left { set = left.intersection(set) }
    return isNegated ? set.inverted : set
  }

  private mutating func classItem() throws(Problem) -> Escaped {
    let start = at
    let scalar = scalars[at]
    at += 1
    guard scalar == 0x5C else { return .scalar(scalar) }
    guard at < scalars.count else { throw Problem(at: start, what: "the pattern ends in a backslash") }
    if take("b") { return .scalar(0x08) }
    if take("w") { return .set(PatternSets.bracketedWord) }
    if take("W") { return .set(PatternSets.bracketedWord.inverted) }
    return try classEscape(start)
  }

  /// `[:alpha:]`, after its first bracket.
  private mutating func posixClass(_ start: Int) throws(Problem) -> ScalarSet? {
    guard take(":") else { return nil }
    let isNegated = take("^")
    for (name, set) in PatternSets.posix where take(name + ":]") { return isNegated ? set().inverted : set() }
    throw Problem(at: start, what: "an unknown class \"[:…:]\"; there are \(PatternSets.posix.map(\.name).joined(separator: ", "))")
  }

  /// After a backslash at `start`.
  mutating func classEscape(_ start: Int) throws(Problem) -> Escaped {
    let scalar = scalars[at]
    at += 1
    switch Character(Unicode.Scalar(scalar) ?? " ") {
    case "n": return .scalar(0x0A)
    case "r": return .scalar(0x0D)
    case "t": return .scalar(0x09)
    case "f": return .scalar(0x0C)
    case "v": return .scalar(0x0B)
    case "a": return .scalar(0x07)
    case "e": return .scalar(0x1B)
    case "0": return .scalar(0)
    case "s": return .set(PatternSets.space)
    case "S": return .set(PatternSets.space.inverted)
    case "d": return .set(PatternSets.digit)
    case "D": return .set(PatternSets.digit.inverted)
    case "w": return .set(PatternSets.word)
    case "W": return .set(PatternSets.word.inverted)
    case "h": return .set(PatternSets.hex)
    case "H": return .set(PatternSets.hex.inverted)
    case "p": return .set(try property(start, inverted: false))
    case "P": return .set(try property(start, inverted: true))
    case "x": return .scalar(try hexadecimal(start, digits: 2))
    case "u": return .scalar(try hexadecimal(start, digits: 4))
    case let letter where letter.isASCII && (letter.isLetter || letter.isNumber):
      if ["c", "C", "M"].contains(letter) { throw Problem(at: start, what: "\"\\\(letter)\" is not supported") }
      return .scalar(scalar)
    default: return .scalar(scalar)
    }
  }

  private mutating func hexadecimal(_ start: Int, digits: Int) throws(Problem) -> UInt32 {
    let isBraced = take("{")
    var value: UInt32 = 0
    var count = 0
    while count < (isBraced ? 8 : digits), let digit = peek()?.hexDigitValue, peek()!.isASCII {
      value = value << 4 | UInt32(digit)
      at += 1
      count += 1
    }
    guard count > 0, !isBraced || take("}"), Unicode.Scalar(value) != nil else {
      throw Problem(at: start, what: "this hexadecimal escape is no character")
    }
    return value
  }

  private mutating func property(_ start: Int, inverted: Bool) throws(Problem) -> ScalarSet {
    guard take("{") else { throw Problem(at: start, what: "a property needs braces, as in \\p{L}") }
    let isNegated = take("^")
    var name = ""
    while let letter = peek(), letter != "}" {
      name.append(letter)
      at += 1
    }
    guard take("}") else { throw Problem(at: start, what: "\"\\p{\" is never closed") }
    guard let set = PatternSets.property(name) else {
      throw Problem(at: start, what: "an unknown property \"\(name)\"; there are \(PatternSets.propertyNames)")
    }
    return inverted != isNegated ? set.inverted : set
  }
}
