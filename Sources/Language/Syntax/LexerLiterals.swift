/// Numbers and strings. Interpolations are lexed in place, so every span points into the one source.

extension Lexer {
  mutating func number() -> Token.Kind {
    let start = position
    if byte(position) == 0x30, let radix = radix(byte(position + 1)) {
      position += 2
      let digits = take { Lexer.isWordByte($0) }.filter { $0 != "_" }
      if let value = Int(digits, radix: radix) { return .integer(value) }
      let text = source.text(of: Span(start, position))
      fail(
        digits.allSatisfy(\.isHexDigit) && radix == 16 && !digits.isEmpty
          ? .integerTooLarge(text) : .invalidNumber(text, instead: nil), start)
      return .integer(0)
    }
    _ = take { Lexer.isDigit($0) || $0 == 0x5F }
    var fractional = false
    if byte(position) == 0x2E, let after = byte(position + 1), Lexer.isDigit(after) {
      fractional = true
      position += 1
      _ = take { Lexer.isDigit($0) || $0 == 0x5F }
    }
    if byte(position) == 0x65 || byte(position) == 0x45 {
      let sign = byte(position + 1) == 0x2B || byte(position + 1) == 0x2D ? 1 : 0
      if let digit = byte(position + 1 + sign), Lexer.isDigit(digit) {
        fractional = true
        position += 1 + sign
        _ = take { Lexer.isDigit($0) || $0 == 0x5F }
      }
    }
    let text = source.text(of: Span(start, position)).filter { $0 != "_" }
    if let next = peek(), Lexer.continuesName(next) {
      while let scalar = peek(), Lexer.continuesName(scalar) { advance() }
      fail(.invalidNumber(source.text(of: Span(start, position)), instead: nil), start)
      return .integer(0)
    }
    if !fractional {
      if let value = Int(text) { return .integer(value) }
      fail(.integerTooLarge(text), start)
      return .integer(0)
    }
    guard let value = Double(text) else {
      fail(.invalidNumber(text, instead: nil), start)
      return .number(0)
    }
    return .number(value)
  }

  private func radix(_ letter: UInt8?) -> Int? {
    switch letter {
    case 0x78: return 16
    case 0x62: return 2
    case 0x6F: return 8
    default: return nil
    }
  }

  private mutating func take(_ accepts: (UInt8) -> Bool) -> String {
    let start = position
    while let value = byte(position), accepts(value) { position += 1 }
    return source.text(of: Span(start, position))
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  static func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == 0x5F || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
  }

  // MARK: Strings

  mutating func string() -> [TextPiece] {
    let start = position
    let isBlock = byte(position + 1) == 0x22 && byte(position + 2) == 0x22
    position += isBlock ? 3 : 1
    var pieces: [TextPiece] = []
    var text = ""
    while true {
      guard let scalar = peek(), isBlock || scalar != "\n" else {
        if !gaveUp {
          failures.append(Failure(.unterminatedString, at: Span(start, start + (isBlock ? 3 : 1)), in: source))
        }
        break
      }
      if scalar == "\"" {
        if !isBlock {
          position += 1
          break
        }
        if byte(position + 1) == 0x22 && byte(position + 2) == 0x22 {
          position += 3
          break
        }
      }
      if scalar == "\\" {
        if byte(position + 1) == 0x28 {
          if !text.isEmpty { pieces.append(.literal(text)) }
          text = ""
          pieces.append(.interpolation(interpolation()))
        } else {
          text += escape(isBlock)
        }
        continue
      }
      text.unicodeScalars.append(scalar)
      advance()
    }
    if !text.isEmpty { pieces.append(.literal(text)) }
    return isBlock ? stripped(pieces, start) : pieces
  }

  /// The tokens between `\(` and its `)`.
  private mutating func interpolation() -> [Token] {
    let start = position
    position += 2
    guard nesting < Lexer.deepest else {
      fail(.nestedTooDeeply, start)
      position = end
      gaveUp = true
      return [Token(kind: .end, span: Span(end, end))]
    }
    let outer = tokens
    tokens = []
    nesting += 1
    run(untilParenthesis: true)
    nesting -= 1
    let inner = tokens
    tokens = outer
    if byte(position) == 0x29 { position += 1 } else if !gaveUp { fail(.unterminatedString, start) }
    return inner
  }

  private mutating func escape(_ isBlock: Bool) -> String {
    let start = position
    position += 1
    guard let scalar = peek() else { return "" }
    advance()
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "0": return "\0"
    case "\"", "'", "\\": return String(scalar)
    case "\n" where isBlock: return ""
    case "u" where byte(position) == 0x7B:
      position += 1
      let digits = take { Lexer.isWordByte($0) }
      let closed = byte(position) == 0x7D
      if closed { position += 1 }
      if closed, digits.utf8.count <= 8, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
        return String(scalar)
      }
    default: break
    }
    fail(.invalidEscape(source.text(of: Span(start, position))), start)
    return ""
  }

  /// A block string begins after its first line end; the indentation of the closing quotes is taken from every line.
  private mutating func stripped(_ pieces: [TextPiece], _ start: Int) -> [TextPiece] {
    guard case .literal(var last)? = pieces.last, let lineEnd = last.lastIndex(of: "\n") else { return pieces }
    let margin = String(last[last.index(after: lineEnd)...])
    guard margin.allSatisfy({ $0 == " " || $0 == "\t" }) else { return pieces }
    last = String(last[..<lineEnd]) + "\n"
    var result: [TextPiece] = []
    var atLineStart = false
    for (index, piece) in pieces.enumerated() {
      guard case .literal(let original) = piece else {
        result.append(piece)
        atLineStart = false
        continue
      }
      var text = index == pieces.count - 1 ? last : original
      if index == 0 {
        if text.hasPrefix("\n") { text.removeFirst() }
        atLineStart = true
      }
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for row in lines.indices where row > 0 || atLineStart {
        if lines[row].hasPrefix(margin) {
          lines[row].removeFirst(margin.count)
        } else if !lines[row].isEmpty {
          fail(.badIndentation, start)
        }
      }
      text = lines.joined(separator: "\n")
      if index == pieces.count - 1, text.hasSuffix("\n") { text.removeLast() }
      atLineStart = text.hasSuffix("\n")
      if !text.isEmpty { result.append(.literal(text)) }
    }
    return result
  }
}
