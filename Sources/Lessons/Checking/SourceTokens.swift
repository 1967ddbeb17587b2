// Cuts a cell's source into tokens for mutation. It knows only how the language looks (Swift's look), not what it means: a
// mutant that makes no sense fails to run and counts for nothing.

struct SourceToken: Equatable {
  enum Kind { case name, number, string, op, open, close, space, comment }
  var kind: Kind
  var text: String
}

enum SourceTokens {
  static let operators = [
    "...", "..<", "===", "==", "!=", "<=", ">=", "&&", "||", "->", "≈", "+", "-", "*", "/", "%", "@", "&", "|", "!", "<", ">", "=",
    ".", ",", ":", ";", "?", "^", "~", "−", "×",
  ].map(Array.init)

  static func cut(_ source: String) -> [SourceToken] {
    let text = Array(source)
    var tokens: [SourceToken] = []
    var i = 0
    func take(_ kind: SourceToken.Kind, upTo end: Int) {
      tokens.append(SourceToken(kind: kind, text: String(text[i..<end])))
      i = end
    }
    while i < text.count {
      let c = text[i]
      var end = i + 1
      if c.isWhitespace {
        while end < text.count, text[end].isWhitespace { end += 1 }
        take(.space, upTo: end)
      } else if c == "/", end < text.count, text[end] == "/" {
        while end < text.count, !text[end].isNewline { end += 1 }
        take(.comment, upTo: end)
      } else if c == "\"" {
        while end < text.count, text[end] != "\"" { end += text[end] == "\\" ? 2 : 1 }
        take(.string, upTo: min(text.count, end + 1))
      } else if c.isASCII, c.isNumber {
        while end < text.count, text[end].isLetter || text[end].isNumber || text[end] == "_" || point(text, end) || exponentSign(text, end) { end += 1 }
        take(.number, upTo: end)
      } else if c.isLetter || c == "_" {
        while end < text.count, text[end].isLetter || text[end].isNumber || text[end] == "_" { end += 1 }
        take(.name, upTo: end)
      } else if "([{".contains(c) {
        take(.open, upTo: end)
      } else if ")]}".contains(c) {
        take(.close, upTo: end)
      } else {
        let match = operators.first { text[i...].starts(with: $0) }
        take(.op, upTo: i + (match?.count ?? 1))
      }
    }
    return tokens
  }

  private static func point(_ text: [Character], _ i: Int) -> Bool {
    text[i] == "." && i + 1 < text.count && text[i + 1].isASCII && text[i + 1].isNumber
  }
  private static func exponentSign(_ text: [Character], _ i: Int) -> Bool {
    (text[i] == "-" || text[i] == "+") && (text[i - 1] == "e" || text[i - 1] == "E")
  }
}

extension [SourceToken] {
  var source: String { map(\.text).joined() }

  /// Names that `let` binds, in order.
  var bound: [String] {
    let solid = filter { $0.kind != .space && $0.kind != .comment }
    return zip(solid, solid.dropFirst()).compactMap { $0.kind == .name && $0.text == "let" && $1.kind == .name ? $1.text : nil }
  }

  /// The index of the bracket that closes the one at `index`.
  func partner(of index: Int) -> Int? {
    var depth = 0
    for i in index..<count {
      if self[i].kind == .open { depth += 1 }
      if self[i].kind == .close {
        depth -= 1
        if depth == 0 { return i }
      }
    }
    return nil
  }
}
