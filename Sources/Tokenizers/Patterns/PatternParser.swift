/// Reads a pattern in the syntax of the reference's engine (Oniguruma, Ruby flavour), as far as tokenizers use it.
///
/// There are no captures to ask for, so groups only group; references back to them, conditions, calls and free spacing are
/// refused by name. `(?i)` folds one scalar to one: "ß" is not "SS". Classes are in `PatternClassParser`.
struct PatternParser {
  struct Problem: Error, Equatable {
    /// Index of the scalar in the pattern, from 0.
    let at: Int
    let what: String
  }

  var scalars: [UInt32]
  var at = 0
  var ignoresCase = false
  var dotTakesNewlines = false
  private var depth = 0
  static let deepest = 100
  static let most = 10_000

  private init(_ pattern: [UInt8]) { scalars = UTF8Text.scalars(pattern) }

  static func parse(_ pattern: [UInt8]) throws(Problem) -> PatternNode {
    var parser = PatternParser(pattern)
    if parser.scalars.count > most { throw Problem(at: 0, what: "the pattern has more than \(most) characters") }
    let node = try parser.choice()
    if parser.at < parser.scalars.count { throw Problem(at: parser.at, what: "\")\" closes nothing") }
    return node
  }

  // MARK: Scalars

  func peek(_ ahead: Int = 0) -> Character? {
    guard at + ahead < scalars.count, let scalar = Unicode.Scalar(scalars[at + ahead]) else { return nil }
    return Character(scalar)
  }

  mutating func take(_ text: String) -> Bool {
    let wanted = text.unicodeScalars.map(\.value)
    guard at + wanted.count <= scalars.count, Array(scalars[at..<at + wanted.count]) == wanted else { return false }
    at += wanted.count
    return true
  }

  mutating func number() -> Int? {
    var value: Int?
    while at < scalars.count, (0x30...0x39).contains(scalars[at]) {
      value = min((value ?? 0) * 10 + Int(scalars[at] - 0x30), 1 << 20)
      at += 1
    }
    return value
  }

  // MARK: Structure

  private mutating func choice() throws(Problem) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw Problem(at: at, what: "more than \(Self.deepest) groups inside each other") }
    // An option such as (?i) holds to the end of the group that it stands in, across "|".
    let (caseBefore, dotBefore) = (ignoresCase, dotTakesNewlines)
    defer { (ignoresCase, dotTakesNewlines) = (caseBefore, dotBefore) }
    var ways = [try sequence()]
    while take("|") { ways.append(try sequence()) }
    return ways.count == 1 ? ways[0] : .choice(ways)
  }

  private mutating func sequence() throws(Problem) -> PatternNode {
    var parts: [PatternNode] = []
    while let next = peek(), next != "|", next != ")" {
      guard let atom = try atom() else { continue }
      parts.append(try repeated(atom))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  /// `* + ? {n,m}` and what may follow them. As in Ruby, `+` after braces repeats again instead of being possessive.
  private mutating func repeated(_ atom: PatternNode) throws(Problem) -> PatternNode {
    var node = atom
    while let next = peek() {
      let start = at
      var least = 0
      var most: Int?
      var isInterval = false
      switch next {
      case "*": at += 1
      case "+": (at, least) = (at + 1, 1)
      case "?": (at, most) = (at + 1, 1)
      case "{":
        guard let (low, high) = interval() else {
          at = start
          return node
        }
        (least, most, isInterval) = (low, high, true)
        if let high, high < low { throw Problem(at: start, what: "the repetition {\(low),\(high)} counts down") }
        if max(low, high ?? 0) > 1000 { throw Problem(at: start, what: "a repetition of more than 1000 times") }
      default: return node
      }
      var greed = PatternNode.Greed.greedy
      if take("?") {
        greed = .lazy
      } else if !isInterval, take("+") {
        greed = .possessive
      }
      if case .look = node, isInterval || least > 0 || most != 1 { most = 1 }
      node = .repetition(node, least: least, most: most, greed)
    }
    return node
  }

  private mutating func interval() -> (Int, Int?)? {
    at += 1
    let low = number()
    if take("}") { return low.map { ($0, $0) } }
    guard take(",") else { return nil }
    let high = number()
    guard low != nil || high != nil, take("}") else { return nil }
    return (low ?? 0, high)
  }

  /// One atom; nil for what stands for nothing (an option, a comment).
  private mutating func atom() throws(Problem) -> PatternNode? {
    let start = at
    let next = scalars[at]
    at += 1
    switch Character(Unicode.Scalar(next) ?? " ") {
    case "(": return try group(start)
    case "[": return .set(try characterClass(openedAt: start))
    case ".":
      let all = ScalarSet([0...0x10FFFF])
      return .set(dotTakesNewlines ? all : ScalarSet([0x0A...0x0A]).inverted)
    case "^": return .position(.lineStart)
    case "$": return .position(.lineEnd)
    case "\\": return try escape(start)
    case "*", "+", "?": throw Problem(at: start, what: "nothing stands before the repetition \"\(Character(Unicode.Scalar(next)!))\"")
    default: return literal(next)
    }
  }

  func literal(_ scalar: UInt32) -> PatternNode {
    let set = ScalarSet([scalar...scalar])
    return .set(ignoresCase ? set.folded : set)
  }

  private mutating func group(_ start: Int) throws(Problem) -> PatternNode? {
    func closed(_ parser: inout PatternParser) throws(Problem) -> PatternNode {
      let node = try parser.choice()
      guard parser.take(")") else { throw Problem(at: start, what: "\"(\" is never closed") }
      return node
    }
    guard take("?") else { return try closed(&self) }
    if take(":") { return try closed(&self) }
    if take("=") { return .look(try closed(&self), ahead: true, negative: false) }
    if take("!") { return .look(try closed(&self), ahead: true, negative: true) }
    if take(">") { return .atomic(try closed(&self)) }
    if take("#") {
      while let c = peek(), c != ")" { _ = c; at += 1 }
      guard take(")") else { throw Problem(at: start, what: "the comment is never closed") }
      return nil
    }
    if take("<=") { return try behind(try closed(&self), negative: false, start) }
    if take("<!") { return try behind(try closed(&self), negative: true, start) }
    if take("<") || take("'") || take("P<") {
      while let c = peek(), c != ">", c != "'" { _ = c; at += 1 }
      guard peek() != nil else { throw Problem(at: start, what: "the group's name is never closed") }
      at += 1
      return try closed(&self)
    }
    return try options(start)
  }

  private func behind(_ node: PatternNode, negative: Bool, _ start: Int) throws(Problem) -> PatternNode {
    guard let most = node.lengths.most, most <= 255 else {
      throw Problem(at: start, what: "looking back needs a bounded length")
    }
    return .look(node, ahead: false, negative: negative)
  }

  /// `(?i)`, `(?m-i:…)`: i ignores case, m lets the dot take newlines.
  private mutating func options(_ start: Int) throws(Problem) -> PatternNode? {
    let before = (ignoresCase, dotTakesNewlines)
    var on = true
    while let letter = peek() {
      at += 1
      switch letter {
      case "-": on = false
      case "i": ignoresCase = on
      case "m": dotTakesNewlines = on
      case ")":
        // The rest of the enclosing group stands under the new option.
        let rest = try inheritedChoice()
        return rest
      case ":":
        let node = try choice()
        guard take(")") else { throw Problem(at: start, what: "\"(\" is never closed") }
        (ignoresCase, dotTakesNewlines) = before
        return node
      default: throw Problem(at: start, what: "the group \"(?\(letter)\" is not supported")
      }
    }
    throw Problem(at: start, what: "\"(\" is never closed")
  }

  /// What follows `(?i)` in its group, alternatives and all: `a(?i)b|c` is `a(?i:b|c)`, as in Ruby.
  private mutating func inheritedChoice() throws(Problem) -> PatternNode { try choice() }

  // MARK: Escapes

  private mutating func escape(_ start: Int) throws(Problem) -> PatternNode {
    guard let letter = peek() else { throw Problem(at: start, what: "the pattern ends in a backslash") }
    switch letter {
    case "A": at += 1; return .position(.textStart)
    case "z": at += 1; return .position(.textEnd)
    case "Z": at += 1; return .position(.textEndOrLastLine)
    case "b": at += 1; return .position(.wordEdge)
    case "B": at += 1; return .position(.notWordEdge)
    case "R":
      at += 1
      let pair = PatternNode.sequence([.set(ScalarSet([0x0D...0x0D])), .set(ScalarSet([0x0A...0x0A]))])
      return .atomic(.choice([pair, .set(ScalarSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029]))]))
    case "G", "K", "X", "k", "g", "1"..."9": throw Problem(at: start, what: "\"\\\(letter)\" is not supported")
    default:
      switch try classEscape(start) {
      case .set(let set): return .set(ignoresCase ? set.folded : set)
      case .scalar(let scalar): return literal(scalar)
      }
    }
  }
}
