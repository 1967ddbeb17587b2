// Text that may go to a terminal. Files, lessons, tokenizers and names are other people's: what they say must not move the cursor, set the title, write the
// clipboard or turn the direction of reading. So what reaches the screen is a type of its own, and a string becomes one only by being made harmless; the escape
// sequences in it are those that `Style` and `Graphics` put there.

public struct ScreenText: Sendable, Hashable {
  /// What is written to the terminal, our own escape sequences included.
  public let text: String

  /// Whatever the text is: every control character in it is shown instead of obeyed.
  public init(_ text: String) { self.text = text.harmless }

  /// Escape sequences that are ours.
  init(trusted text: String) { self.text = text }

  public var isEmpty: Bool { text.isEmpty }

  public static func + (a: ScreenText, b: ScreenText) -> ScreenText { ScreenText(trusted: a.text + b.text) }
  public static func += (a: inout ScreenText, b: ScreenText) { a = a + b }

  /// Without the blanks at its end.
  var withoutTrailingSpaces: ScreenText { ScreenText(trusted: text.withoutTrailingSpaces) }

  /// With a line break at its end.
  public var ended: ScreenText { text.hasSuffix("\n") ? self : ScreenText(trusted: text + "\n") }
}

extension ScreenText: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(text) }
  public init(stringInterpolation made: Interpolation) { text = made.text }

  /// `"\(style.paint("error:", .bad)) \(message)"`: what is styled stays, all else is made harmless.
  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    public init(literalCapacity: Int, interpolationCount: Int) {}
    public mutating func appendLiteral(_ literal: String) { text += literal.harmless }
    public mutating func appendInterpolation(_ part: ScreenText) { text += part.text }
    public mutating func appendInterpolation(_ part: some CustomStringConvertible) { text += part.description.harmless }
  }
}

extension Sequence<ScreenText> {
  public func joined(separator: ScreenText = "") -> ScreenText { ScreenText(trusted: map(\.text).joined(separator: separator.text)) }
}

extension String {
  /// The text with every character that a terminal would obey shown as `\u{1B}`: the controls of ASCII but for line ends and tabs, those of C1, and the
  /// marks that turn the direction of reading. Everything that is written stays as it is.
  public var harmless: String {
    // ASCII without controls, which is nearly everything, is looked at once.
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 }) { return self }
    var result = String.UnicodeScalarView()
    var scalars = unicodeScalars.makeIterator(), next = scalars.next()
    while let scalar = next {
      next = scalars.next()
      if scalar == "\r", next == "\n" { continue }
      if scalar.isObeyed {
        result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension Unicode.Scalar {
  /// Whether a terminal, or whoever lays out a line of text, does what the character says instead of showing it.
  fileprivate var isObeyed: Bool {
    switch value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB: true
    default: false
    }
  }
}
