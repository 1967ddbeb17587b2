// A cell's source in pieces that say what they are: for colour at the prompt and in the book, and for making mutants.
// The pieces joined are the source.

import Language

public struct CodePiece: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case keyword, number, string, comment, name, function, member, label, symbol, blank
    /// Spaces, line ends, and what the language cannot read.
    case plain
  }
  public var text: String
  public var kind: Kind
}

public enum CodeText {
  public static func pieces(_ source: String) -> [CodePiece] {
    let bytes = Array(source.utf8)
    var pieces: [CodePiece] = []
    var at = 0
    func add(upTo end: Int, _ kind: CodePiece.Kind) {
      if end > at { pieces.append(CodePiece(text: String(decoding: bytes[at..<end], as: UTF8.self), kind: kind)) }
      at = max(at, end)
    }
    for span in highlight(source) where span.span.start >= at && span.span.end <= bytes.count {
      add(upTo: span.span.start, .plain)
      add(upTo: span.span.end, kind(span.kind))
    }
    add(upTo: bytes.count, .plain)
    return pieces
  }

  /// The same by lines, without their ends.
  static func lines(_ source: String) -> [[CodePiece]] {
    var lines: [[CodePiece]] = [[]]
    for piece in pieces(source) {
      for (index, part) in piece.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
        if index > 0 { lines.append([]) }
        if !part.isEmpty { lines[lines.count - 1].append(CodePiece(text: String(part), kind: piece.kind)) }
      }
    }
    return lines
  }

  private static func kind(_ kind: HighlightKind) -> CodePiece.Kind {
    switch kind {
    case .keyword: .keyword
    case .number: .number
    case .string, .interpolation: .string
    case .comment: .comment
    case .function: .function
    case .member: .member
    case .label: .label
    case .name: .name
    case .symbol: .symbol
    case .hole: .blank
    case .unknown: .plain
    }
  }
}
