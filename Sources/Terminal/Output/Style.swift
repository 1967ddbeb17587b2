// Colour by role, not by number: what a thing is, and the terminal's abilities decide how it looks.
// Colour is never the only cue; whatever is painted reads the same without it.
import Glibc

/// What a piece of text is.
public enum Role: Sendable, CaseIterable {
  case plain, prompt, heading, name, number, string, quiet, good, warning, bad, marked
}

public struct Style: Sendable, Equatable {
  /// How many colours there are.
  public enum Depth: Int, Sendable, Comparable {
    case none, sixteen, indexed, full
    public static func < (a: Depth, b: Depth) -> Bool { a.rawValue < b.rawValue }
  }

  public var depth: Depth
  /// Say in sentences what grids and boxes show.
  public var plain: Bool

  public init(depth: Depth, plain: Bool = false) {
    self.depth = depth
    self.plain = plain
  }

  public static let colourless = Style(depth: .none)

  /// Colour only on a terminal, and never with NO_COLOR, TERM=dumb or `--no-color`; ORRERY_PLAIN=1 is `--plain`.
  public static func detected(
    descriptor: Int32 = STDOUT_FILENO, noColor: Bool = false, plain: Bool = false, environment: [String: String]
  ) -> Style {
    let plain = plain || ["1", "true", "yes"].contains(environment["ORRERY_PLAIN"] ?? "")
    let allowed = !noColor && (environment["NO_COLOR"] ?? "").isEmpty && Screen.isTerminal(descriptor)
    return Style(depth: allowed ? Depth(environment: environment) : .none, plain: plain)
  }

  public var hasColour: Bool { depth != .none }

  /// `text` in the colour of `role`; the text itself where there is no colour. What the text would have the terminal do is shown, not done.
  public func paint(_ text: String, _ role: Role) -> ScreenText {
    guard hasColour, role != .plain, !text.isEmpty else { return ScreenText(text) }
    return ScreenText(trusted: "\u{1B}[\(role.code)m\(text.harmless)\u{1B}[0m")
  }

  /// `text` in given colours, as near as the terminal can.
  public func paint(_ text: String, foreground: Colour? = nil, background: Colour? = nil) -> ScreenText {
    let codes = [foreground?.code(depth, background: false), background?.code(depth, background: true)].compactMap { $0 }
    return codes.isEmpty ? ScreenText(text) : ScreenText(trusted: "\u{1B}[\(codes.joined(separator: ";"))m\(text.harmless)\u{1B}[0m")
  }
}

extension Style.Depth {
  /// From what terminals say about colour in the environment. (Only the number of colours; never the ability to show images.)
  init(environment: [String: String]) {
    let term = environment["TERM"] ?? ""
    let direct = environment["COLORTERM"].map { ["truecolor", "24bit"].contains($0) } ?? false
    switch true {
    case term == "dumb" || term.isEmpty: self = .none
    case direct || term.hasSuffix("-direct"): self = .full
    case term.contains("256color"): self = .indexed
    default: self = .sixteen
    }
  }
}

extension Role {
  /// Only the sixteen colours that a person's theme sets, so they are legible on light and dark.
  fileprivate var code: String {
    switch self {
    case .plain: "0"
    case .prompt: "1;36"
    case .heading: "1"
    case .name: "36"
    case .number: "34"
    case .string: "32"
    case .quiet: "2"
    case .good: "32"
    case .warning: "33"
    case .bad: "1;31"
    case .marked: "1;35"
    }
  }
}
