// How many columns a text takes: East Asian wide characters two, combining marks none, an emoji sequence two.
//
// A terminal counts by character cells, so the unit is the grapheme cluster. Escape sequences that colour take no room.
// It does not know a terminal's own mistakes about newer emoji.

/// Columns of `text`, escape sequences not counted.
public func displayWidth(_ text: String) -> Int {
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
  return text.withoutEscapes.reduce(0) { $0 + $1.columns }
}

extension String {
  /// Spaces behind (or before) the text up to `width` columns.
  public func padded(toWidth width: Int, alignRight: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - displayWidth(self)))
    return alignRight ? space + self : self + space
  }

  /// At most `width` columns, with an ellipsis if something was cut. For text without escape sequences.
  public func cut(toWidth width: Int) -> String {
    guard displayWidth(self) > width else { return self }
    guard width > 0 else { return "" }
    var result = ""
    var used = 0
    for character in self {
      guard used + character.columns <= width - 1 else { break }
      result.append(character)
      used += character.columns
    }
    return result + "…"
  }

  /// Without CSI and OSC sequences.
  public var withoutEscapes: String {
    guard utf8.contains(0x1B) else { return self }
    var result = String.UnicodeScalarView()
    var scalars = unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      guard scalar == "\u{1B}" else {
        result.append(scalar)
        continue
      }
      switch scalars.popFirst() {
      case "[": while let next = scalars.popFirst(), !(0x40...0x7E).contains(next.value) {}
      case "]":
        while let next = scalars.popFirst(), next != "\u{07}" {
          if next == "\u{1B}" {
            _ = scalars.popFirst()
            break
          }
        }
      default: break
      }
    }
    return String(result)
  }
}

extension Character {
  /// Columns that a terminal gives this grapheme cluster.
  public var columns: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if first.value < 0x20 || (0x7F..<0xA0).contains(first.value) { return 0 }
    if first.value < 0x300 { return unicodeScalars.contains("\u{FE0F}") ? 2 : 1 }
    if first.properties.isEmojiPresentation || unicodeScalars.contains("\u{FE0F}") { return 2 }
    // A cluster of several letters (Indic conjuncts) takes what its letters take; terminals know no more.
    return unicodeScalars.reduce(0) { $0 + Character.columns(of: $1) }
  }

  private static func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if (0x1160...0x11FF).contains(scalar.value) { return 0 }  // vowels and finals that join a Hangul syllable
    return isWide(scalar.value) ? 2 : 1
  }

  /// Unicode's East_Asian_Width W and F (UAX #11), without the emoji, which are found by their property.
  private static func isWide(_ value: UInt32) -> Bool {
    wide.contains { $0.contains(value) }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x2FF0...0x303E, 0x3041...0x3096,
    0x3099...0x30FF, 0x3105...0x312F, 0x3131...0x318E, 0x3190...0x31E5, 0x31EF...0x321E, 0x3220...0x3247, 0x3250...0x4DBF,
    0x4E00...0xA48C, 0xA490...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE52,
    0xFE54...0xFE66, 0xFE68...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x16FE4, 0x16FF0...0x16FF1,
    0x17000...0x187F7, 0x18800...0x18CD5, 0x18D00...0x18D08, 0x1AFF0...0x1AFFE, 0x1B000...0x1B122, 0x1B132...0x1B132,
    0x1B150...0x1B152, 0x1B155...0x1B155, 0x1B164...0x1B167, 0x1B170...0x1B2FB, 0x1F200...0x1F202, 0x1F210...0x1F23B,
    0x1F240...0x1F248, 0x1F250...0x1F251, 0x1F260...0x1F265, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
  ]
}
