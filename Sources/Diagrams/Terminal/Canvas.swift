// A grid of characters with colours: what terminal drawings are made on. Every glyph used is one column wide.

/// Colours of a terminal drawing, by what they mean.
enum TerminalInk: Equatable {
  case plain, muted, strong, rail
  case kind(Kind)

  /// The parameters of the escape sequence (256 colours, which every terminal of this century knows).
  var code: String {
    switch self {
    case .plain: "0"
    case .muted: "38;5;245"
    case .strong: "1"
    case .rail: "38;5;160"
    case .kind(let kind): "38;5;\(kind.terminalColour)"
    }
  }
}

extension Kind {
  var terminalColour: Int {
    switch self {
    case .embedding: 36
    case .norm: 178
    case .attention: 33
    case .feedForward: 208
    case .experts: 134
    case .stateSpace: 37
    case .diffusion: 168
    case .inputOutput, .inactive: 245
    }
  }

  /// The bar's filling: a texture of its own for every kind, so that it reads without colour.
  var texture: Character {
    switch self {
    case .embedding: "█"
    case .attention: "▓"
    case .feedForward: "▒"
    case .experts: "░"
    case .stateSpace: "▚"
    case .diffusion: "▞"
    case .norm: "▪"
    case .inputOutput, .inactive: "·"
    }
  }
}

/// Rows from top to bottom.
struct Canvas {
  struct Cell: Equatable {
    var character: Character = " "
    var ink = TerminalInk.plain
  }

  let width: Int
  private(set) var rows: [[Cell]] = []

  init(width: Int) { self.width = width }
  init(width: Int, height: Int) {
    self.width = width
    rows = Array(repeating: Canvas.blank(width), count: height)
  }

  private static func blank(_ width: Int) -> [Cell] { Array(repeating: Cell(), count: width) }

  var height: Int { rows.count }

  mutating func grow(to height: Int) {
    while rows.count < height { rows.append(Canvas.blank(width)) }
  }

  /// Writes text from a column on; what does not fit is cut.
  mutating func write(_ text: String, row: Int, column: Int, ink: TerminalInk = .plain) {
    grow(to: row + 1)
    for (offset, character) in text.enumerated() where (0..<width).contains(column + offset) {
      rows[row][column + offset] = Cell(character: character, ink: ink)
    }
  }

  mutating func set(_ character: Character, row: Int, column: Int, ink: TerminalInk = .plain) {
    write(String(character), row: row, column: column, ink: ink)
  }

  func character(row: Int, column: Int) -> Character {
    rows.indices.contains(row) && (0..<width).contains(column) ? rows[row][column].character : " "
  }

  /// Copies another canvas onto this one.
  mutating func paste(_ other: Canvas, row: Int, column: Int) {
    grow(to: row + other.height)
    for (offset, cells) in other.rows.enumerated() {
      for (index, cell) in cells.enumerated() where cell.character != " " && (0..<width).contains(column + index) {
        rows[row + offset][column + index] = cell
      }
    }
  }

  /// The lines, without trailing spaces.
  func text(colour: Bool) -> String {
    rows.map { cells in
      var line = ""
      var current = TerminalInk.plain
      for cell in cells.prefix((cells.lastIndex { $0.character != " " } ?? -1) + 1) {
        if colour, cell.ink != current, cell.character != " " {
          line += "\u{1B}[0m" + (cell.ink == .plain ? "" : "\u{1B}[\(cell.ink.code)m")
          current = cell.ink
        }
        line.append(cell.character)
      }
      return current == .plain ? line : line + "\u{1B}[0m"
    }.joined(separator: "\n") + "\n"
  }
}

/// Breaks words so that no line is longer than `width` characters. A longer word breaks after its hyphens; what is
/// still longer is cut with "…".
func wrapWords(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  let words = text.split(separator: " ").flatMap { word -> [String] in
    guard word.count > width else { return [String(word)] }
    let parts = word.split(separator: "-").map(String.init)
    return parts.enumerated().map { $0.offset + 1 < parts.count ? $0.element + "-" : $0.element }
  }
  for word in words {
    let piece = word.count > width ? String(word.prefix(max(width - 1, 1))) + "…" : word
    if let last = lines.last, last.count + 1 + piece.count <= width { lines[lines.count - 1] = last + " " + piece } else { lines.append(piece) }
  }
  // A line of its own for "·" says nothing: it belongs to the line before it.
  return lines.map { $0.hasPrefix("· ") ? String($0.dropFirst(2)) : $0.hasSuffix(" ·") ? String($0.dropLast(2)) : $0 }
}
