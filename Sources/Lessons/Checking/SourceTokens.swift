// A cell's source as tokens for mutation. It knows only how the language looks, not what it means: a mutant that makes no sense
// fails to run and counts for nothing.

struct SourceToken: Equatable {
  enum Kind { case name, number, string, op, open, close, space, comment }
  var kind: Kind
  var text: String
}

enum SourceTokens {
  static func cut(_ source: String) -> [SourceToken] {
    CodeText.pieces(source).map { piece in
      let kind: SourceToken.Kind =
        switch piece.kind {
        case .keyword, .name, .function, .member, .label, .blank: .name
        case .number: .number
        // A part of a string around an interpolation is left alone.
        case .string: piece.text.count > 1 && piece.text.hasPrefix("\"") && piece.text.hasSuffix("\"") ? .string : .comment
        case .comment: .comment
        case .symbol where ["(", "[", "{"].contains(piece.text): .open
        case .symbol where [")", "]", "}"].contains(piece.text): .close
        case .symbol: .op
        case .plain: .space
        }
      return SourceToken(kind: kind, text: piece.text)
    }
  }
}

extension [SourceToken] {
  var source: String { map(\.text).joined() }

  /// Names that `let` and `func` bind, in order; `let (a, b)` binds two.
  var bound: [String] {
    let solid = filter { $0.kind != .space && $0.kind != .comment }
    var names: [String] = []
    for (i, token) in solid.enumerated() where token.kind == .name && (token.text == "let" || token.text == "func") && i + 1 < solid.count {
      if solid[i + 1].kind == .name {
        names.append(solid[i + 1].text)
      } else if token.text == "let", solid[i + 1].text == "(" {
        names += solid[(i + 2)...].prefix { $0.kind != .close }.filter { $0.kind == .name }.map(\.text)
      }
    }
    return names
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
