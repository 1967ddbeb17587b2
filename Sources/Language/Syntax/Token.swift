/// The words of the language: what the lexer hands to the parser.

struct Token {
  var kind: Kind
  var span: Span
  /// A line ends before this token: it may begin a statement, and may not continue a call.
  var newlineBefore = false
  /// No space stands between this token and the one before it.
  var touchesPrevious = false

  enum Kind: Equatable {
    case integer(Int)
    case number(Double)
    case text([TextPiece])
    case name(String)
    case keyword(Keyword)
    case symbol(Symbol)
    case hole
    /// The end of the text, or of an interpolation.
    case end
  }

  /// How the token is called in "expected …, found …".
  var name: String {
    switch kind {
    case .integer, .number: return "a number"
    case .text: return "a string"
    case .name(let name): return "'\(name)'"
    case .keyword(let word): return "'\(word.rawValue)'"
    case .symbol(let symbol): return "'\(symbol.rawValue)'"
    case .hole: return "'___'"
    case .end: return "the end"
    }
  }
}

/// A string literal is text and interpolated expressions by turns.
enum TextPiece: Equatable {
  case literal(String)
  case interpolation([Token])

  static func == (a: TextPiece, b: TextPiece) -> Bool {
    switch (a, b) {
    case (.literal(let x), .literal(let y)): return x == y
    case (.interpolation(let x), .interpolation(let y)): return x.map(\.span) == y.map(\.span)
    default: return false
    }
  }
}

enum Keyword: String, CaseIterable {
  case `let`, `func`, `for`, `in`, `if`, `else`, `return`, `true`, `false`, `nil`
}

enum Symbol: String, CaseIterable {
  case leftParen = "("
  case rightParen = ")"
  case leftBracket = "["
  case rightBracket = "]"
  case leftBrace = "{"
  case rightBrace = "}"
  case comma = ","
  case colon = ":"
  case semicolon = ";"
  case dot = "."
  case question = "?"
  case coalesce = "??"
  case assign = "="
  case arrow = "->"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessEqual = "<="
  case greater = ">"
  case greaterEqual = ">="
  case approximately = "≈"
  case tolerance = "±"
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case remainder = "%"
  case power = "**"
  case matrix = "@"
  case and = "&"
  case or = "|"
  case logicalAnd = "&&"
  case logicalOr = "||"
  case not = "!"
  case halfOpen = "..<"
  case closed = "..."
  /// The whole of an axis, as others write `...`.
  case whole = ".."
}
