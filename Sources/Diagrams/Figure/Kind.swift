// The kinds of parts and their colours: the one table that every figure, chart and terminal drawing reads.

/// What a part of an architecture does. Colour follows kind; kind is always named in words as well.
public enum Kind: String, CaseIterable, Sendable {
  case embedding, norm, attention, feedForward, experts, stateSpace, diffusion, inputOutput, inactive

  /// The kind's name in a legend.
  public var name: String {
    switch self {
    case .embedding: "embedding"
    case .norm: "norms"
    case .attention: "attention"
    case .feedForward: "feed-forward"
    case .experts: "experts"
    case .stateSpace: "state space"
    case .diffusion: "diffusion"
    case .inputOutput: "input and output"
    case .inactive: "inactive"
    }
  }
}

/// How strongly a kind's colour is laid on.
public enum Tone: Equatable, Sendable {
  /// A whole part in the stream.
  case full
  /// A piece of a part, inside an inset.
  case part
  /// An operation without parameters: white, with the kind's border.
  case operation
}

/// The colours of one box, as six hexadecimal digits.
struct Paint: Equatable {
  var fill: String
  var border: String
  var text = Ink.text
  var subtext: String
}

/// Colours that belong to no kind.
enum Ink {
  static let text = "1B1F24"
  static let muted = "5B6470"
  static let stream = "2B3138"
  static let residual = "C0392B"
  static let white = "FFFFFF"
  static let panel = "F4F6F9"
  static let panelBorder = "AEB6C1"
}

extension Kind {
  /// The table of design.md, "Figures".
  func paint(_ tone: Tone) -> Paint {
    switch (self, tone) {
    case (_, .operation): Paint(fill: Ink.white, border: border, subtext: Ink.muted)
    case (.embedding, _): Paint(fill: "D3ECE2", border: border, subtext: "2F5D4C")
    case (.norm, _): Paint(fill: "FFF3C4", border: border, subtext: "6B5200")
    case (.attention, .full): Paint(fill: "2F6DB5", border: border, text: Ink.white, subtext: "DCE9FA")
    case (.attention, _): Paint(fill: "DEE9F7", border: border, subtext: "2B4E7A")
    case (.feedForward, .full): Paint(fill: "F8D9BC", border: border, subtext: "7A3F10")
    case (.feedForward, _): Paint(fill: "FBE8D7", border: border, subtext: "7A3F10")
    case (.experts, .full): Paint(fill: "8E4B9E", border: border, text: Ink.white, subtext: "F3E3F7")
    case (.experts, _): Paint(fill: "EFE0F3", border: "7A3A8A", subtext: border)
    case (.stateSpace, .full): Paint(fill: "D5EEF2", border: border, subtext: "14535D")
    case (.stateSpace, _): Paint(fill: "E8F6F8", border: border, subtext: "14535D")
    case (.diffusion, _): Paint(fill: "F9D9E2", border: border, subtext: "7C2340")
    case (.inputOutput, _): Paint(fill: Ink.white, border: border, subtext: Ink.muted)
    case (.inactive, _): Paint(fill: "ECECF0", border: border, subtext: Ink.muted)
    }
  }

  var border: String {
    switch self {
    case .embedding: "24805F"
    case .norm: "A67C00"
    case .attention: "1B4A80"
    case .feedForward: "B85A12"
    case .experts: "5E2A6C"
    case .stateSpace: "1C7C8C"
    case .diffusion: "A8325C"
    case .inputOutput: "8A929C"
    case .inactive: "9AA1AB"
    }
  }

  /// The strong colour of bars, ribbons and miniatures, and the ink that is legible on it.
  var strong: (fill: String, ink: String) {
    switch self {
    case .embedding: ("24805F", Ink.white)
    case .norm: ("A67C00", Ink.white)
    case .attention: ("2F6DB5", Ink.white)
    case .feedForward: ("DD8237", Ink.text)
    case .experts: ("8E4B9E", Ink.white)
    case .stateSpace: ("1C7C8C", Ink.white)
    case .diffusion: ("A8325C", Ink.white)
    case .inputOutput: ("8A929C", Ink.white)
    case .inactive: ("D5D8DE", Ink.text)
    }
  }

  /// The pale ground of a panel around parts of this kind.
  var ground: String {
    switch self {
    case .embedding: "F0F9F5"
    case .norm: "FFFBEA"
    case .attention: "DEE9F7"
    case .feedForward: "FDF0E3"
    case .experts: "F4E9F6"
    case .stateSpace: "E3F3F6"
    case .diffusion: "FDEFF3"
    case .inputOutput, .inactive: Ink.panel
    }
  }

  /// The still paler ground of an inset.
  var insetGround: String {
    switch self {
    case .attention: "F3F7FC"
    case .feedForward: "FEF8F2"
    case .experts: "FAF6FC"
    case .stateSpace: "F3FAFB"
    case .diffusion: "FEF7F9"
    default: "F8F9FB"
    }
  }
}
