/// Text to tokens. It never stops early: what is wrong is noted in `failures`, and the rest is read all the same, so that
/// highlighting and completion work on half-written lines. Strings and numbers are read in LexerLiterals.swift.

struct Lexer {
  let source: Source
  let bytes: [UInt8]
  var position: Int
  let end: Int
  var tokens: [Token] = []
  var comments: [Span] = []
  var failures: [Failure] = []
  /// How many interpolations are open, and whether they were too many to go on.
  var nesting = 0
  var gaveUp = false

  static let deepest = 24

  init(_ source: Source) {
    self.source = source
    bytes = source.bytes
    position = 0
    end = bytes.count
  }

  /// Reads everything.
  static func read(_ source: Source) -> Lexer {
    var lexer = Lexer(source)
    lexer.run(untilParenthesis: false)
    return lexer
  }

  /// Reads to the end, or to the `)` that closes an interpolation.
  mutating func run(untilParenthesis: Bool) {
    var newline = tokens.isEmpty
    var open = 0
    while true {
      let before = position
      newline = skipBlanks() || newline
      let touches = position == before && !tokens.isEmpty
      guard let scalar = peek() else { break }
      if untilParenthesis {
        if scalar == ")" && open == 0 { break }
        if scalar == "(" { open += 1 }
        if scalar == ")" { open -= 1 }
      }
      let start = position
      if let kind = next(scalar) {
        tokens.append(Token(kind: kind, span: Span(start, position), newlineBefore: newline, touchesPrevious: touches))
        newline = false
      }
    }
    tokens.append(Token(kind: .end, span: Span(position, position), newlineBefore: newline))
  }

  private mutating func next(_ scalar: Unicode.Scalar) -> Token.Kind? {
    if scalar == "\"" { return .text(string()) }
    if ("0"..."9").contains(scalar) { return number() }
    if Lexer.startsName(scalar) { return word() }
    if let symbol = symbol() { return .symbol(symbol) }
    let start = position
    advance()
    fail(.unexpectedCharacter(String(scalar), instead: Lexer.replacement(scalar)), start)
    return nil
  }

  private mutating func word() -> Token.Kind {
    let start = position
    while let scalar = peek(), Lexer.continuesName(scalar) { advance() }
    let text = source.text(of: Span(start, position))
    if let keyword = Keyword(rawValue: text) { return .keyword(keyword) }
    return text.count >= 3 && text.allSatisfy { $0 == "_" } ? .hole : .name(text)
  }

  /// The longest symbol that stands here; the typographer's signs count as the plain ones.
  private mutating func symbol() -> Symbol? {
    guard let first = peek() else { return nil }
    if let plain = Lexer.lookalikes[first] {
      advance()
      return plain
    }
    for length in [3, 2, 1] {
      guard position + length <= end else { continue }
      let text = source.text(of: Span(position, position + length))
      if let symbol = Symbol(rawValue: text) {
        position += length
        return symbol
      }
    }
    return nil
  }

  /// Skips spaces and comments; true if a line ended.
  private mutating func skipBlanks() -> Bool {
    var newline = false
    while let scalar = peek() {
      if scalar == "\n" || scalar == "\r" || scalar == "\u{2028}" || scalar == "\u{2029}" {
        newline = true
        advance()
      } else if scalar == " " || scalar == "\t" || scalar == "\u{FEFF}" || scalar.properties.generalCategory == .spaceSeparator {
        advance()
      } else if scalar == "/", byte(position + 1) == 0x2F {
        let start = position
        while let scalar = peek(), scalar != "\n" { advance() }
        comments.append(Span(start, position))
      } else if scalar == "/", byte(position + 1) == 0x2A {
        newline = blockComment() || newline
      } else {
        break
      }
    }
    return newline
  }

  /// Block comments nest, as Swift's do.
  private mutating func blockComment() -> Bool {
    let start = position
    var depth = 0
    var newline = false
    repeat {
      switch (byte(position), byte(position + 1)) {
      case (0x2F, 0x2A):
        depth += 1
        position += 2
      case (0x2A, 0x2F):
        depth -= 1
        position += 2
      case (nil, _):
        failures.append(Failure(.unterminatedComment, at: Span(start, start + 2), in: source))
        comments.append(Span(start, position))
        return newline
      case (let value, _):
        newline = newline || value == 10
        position += 1
      }
    } while depth > 0
    comments.append(Span(start, position))
    return newline
  }

  mutating func fail(_ problem: Problem, _ start: Int) {
    failures.append(Failure(problem, at: Span(start, max(position, start + 1)), in: source))
  }

  func byte(_ index: Int) -> UInt8? { index < end ? bytes[index] : nil }

  /// The scalar at the position, without moving.
  func peek() -> Unicode.Scalar? {
    guard position < end else { return nil }
    let first = bytes[position]
    if first < 0x80 { return Unicode.Scalar(first) }
    var decoder = UTF8()
    var iterator = bytes[position..<min(position + 4, end)].makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) { return scalar }
    return "\u{FFFD}"
  }

  mutating func advance() {
    guard position < end else { return }
    position += 1
    while position < end, bytes[position] & 0xC0 == 0x80 { position += 1 }
  }
}

extension Lexer {
  static let lookalikes: [Unicode.Scalar: Symbol] = [
    "≈": .approximately, "±": .tolerance, "−": .minus, "×": .times, "·": .times, "÷": .divide, "≤": .lessEqual,
    "≥": .greaterEqual, "≠": .notEqual, "…": .closed,
  ]

  /// Letters of any script, the underscore, `$0`, and the signs that formulas use as names (∞, ∇).
  static func startsName(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.properties.isAlphabetic || scalar == "_" || scalar == "$" }
    return scalar.properties.isXIDStart || "∞∇∂√∑".unicodeScalars.contains(scalar)
  }

  /// As above, with digits, combining marks, small raised and lowered digits (x₁), and primes.
  static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return startsName(scalar) || ("0"..."9").contains(scalar) }
    return startsName(scalar) || scalar.properties.isXIDContinue || scalar.properties.generalCategory == .otherNumber
      || scalar == "′" || scalar == "″"
  }

  /// What a learner who typed this sign probably meant.
  static func replacement(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "“", "”", "„", "«", "»", "'", "‘", "’", "`": return "strings between straight double quotes"
    case "#": return "comments after //"
    case "^": return "** for powers"
    case "\\": return "\\( ) only inside of a string"
    case "~": return "! for the complement"
    case "\u{FF01}"..."\u{FF5E}":  // the full-width forms of ASCII
      return Unicode.Scalar(scalar.value - 0xFEE0).map { "\($0) : this is its full-width form" }
    case "、": return ", : this is an East Asian comma"
    case "。": return ". : this is an East Asian full stop"
    case "「", "」", "『", "』": return "strings between straight double quotes"
    default: return nil
    }
  }

  /// The number and the name of a character that leaves no mark on the screen; nil for one that does.
  static func invisible(_ character: String) -> String? {
    guard let scalar = character.unicodeScalars.first else { return nil }
    switch scalar.properties.generalCategory {
    case .format, .control, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .nonspacingMark, .enclosingMark: break
    default: return nil
    }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let name = scalar.properties.name.map { ", " + $0.lowercased() } ?? ""
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + name
  }
}
