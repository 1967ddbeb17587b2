// A line of type: runs of upright, italic, bold or raised characters, and how wide they are in Arial.
// It knows nothing of boxes or of DOT.

/// A line of text for a figure. A plain string literal is one upright run.
public struct Text: Equatable, Sendable, ExpressibleByStringLiteral {
  /// How a run stands on the line.
  public enum Style: Equatable, Sendable { case upright, italic, bold, raised }

  /// Characters of one style; `muted` runs are set smaller and greyer (a shape behind a name).
  public struct Run: Equatable, Sendable {
    public var characters: String
    public var style: Style
    public var muted: Bool
  }

  public var runs: [Run]

  public init(runs: [Run]) { self.runs = runs }
  public init(_ characters: String, _ style: Style = .upright, muted: Bool = false) {
    runs = characters.isEmpty ? [] : [Run(characters: characters, style: style, muted: muted)]
  }
  public init(stringLiteral characters: String) { self.init(characters) }

  public static func + (a: Text, b: Text) -> Text { Text(runs: a.runs + b.runs) }
  public static func italic(_ characters: String) -> Text { Text(characters, .italic) }
  public static func bold(_ characters: String) -> Text { Text(characters, .bold) }
  public static func raised(_ characters: String) -> Text { Text(characters, .raised) }
  public static func muted(_ characters: String) -> Text { Text(characters, .upright, muted: true) }

  public var isEmpty: Bool { runs.isEmpty }

  /// The characters alone, as a terminal or a screen reader gets them.
  public var plain: String { runs.map { $0.style == .raised && $0.characters == "⊤" ? "ᵀ" : $0.characters }.joined() }

  /// The width in points at a type size; `bold` sets upright runs bold.
  func width(size: Double, bold: Bool = false, mutedSize: Double? = nil) -> Double {
    runs.reduce(0) { sum, run in
      let scale = run.style == .raised ? 0.7 : 1
      let runSize = run.muted ? (mutedSize ?? size) : size * scale
      return sum + arialWidth(run.characters, size: runSize, bold: run.style == .bold || (bold && !run.muted))
    }
  }
}

/// The width in points of a string in Arial at a type size. Characters without a known width count as one em:
/// too wide rather than out of the box.
func arialWidth(_ string: String, size: Double, bold: Bool = false) -> Double {
  let latin = bold ? ArialWidths.bold : ArialWidths.regular
  let symbols = bold ? ArialWidths.boldSymbols : ArialWidths.regularSymbols
  let thousandths = string.unicodeScalars.reduce(0) { sum, scalar in
    switch scalar.value {
    case 0x20...0x7E: sum + Int(latin[Int(scalar.value) - 0x20])
    default: sum + Int(symbols[scalar] ?? 1000)
    }
  }
  return Double(thousandths) * size / 1000
}
