// Styled lines as values: what a terminal colours, and what `--plain` prints as it is. No escape sequence is made here.

/// What a piece of a line is; the prompt gives each a colour.
public enum TextRole: Sendable, Equatable {
  case text
  case heading(Int)
  case emphasis, strong, struck
  case code, codeBlock
  /// A piece of a cell's source.
  case source(CodePiece.Kind)
  case link
  case marker
  case tableHeader, tableRule
  case quote
  case rule
  /// A right answer, a wrong one, and what the session says itself.
  case good, bad, note
}

public struct StyledSpan: Sendable, Equatable {
  public var text: String
  public var role: TextRole

  public init(_ text: String, _ role: TextRole = .text) {
    self.text = text
    self.role = role
  }
}

public struct StyledLine: Sendable, Equatable {
  public var spans: [StyledSpan]

  public init(_ spans: [StyledSpan] = []) { self.spans = spans }

  public var plain: String { spans.map(\.text).joined().trimmedEnd }
  var width: Int { spans.reduce(0) { $0 + displayWidth($1.text) } }
}

extension [StyledLine] {
  public var plain: String { map(\.plain).joined(separator: "\n") }
}

/// Columns that a text takes in a terminal: two for wide East Asian characters and emoji, none for what combines.
func displayWidth(_ text: String) -> Int {
  text.reduce(0) { sum, character in
    guard let scalar = character.unicodeScalars.first else { return sum }
    let value = scalar.value
    if value < 0x300 { return sum + 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return sum
    default: break
    }
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return sum + 2
    default: return sum + (scalar.properties.isEmojiPresentation ? 2 : 1)
    }
  }
}
