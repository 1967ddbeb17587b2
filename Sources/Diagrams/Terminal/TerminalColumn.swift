// One column of a figure in box characters: built from the bottom upward, turned over at the end.

struct TerminalColumn {
  let width: Int
  /// +1: rails on the left; −1: rails on the right.
  let side: Int
  private let centre: Int
  /// Rows from bottom to top.
  private var lines: [[Canvas.Cell]] = []
  /// Row (from the bottom) and left edge of each box's title.
  private(set) var frames: [String: (row: Int, left: Int, right: Int)] = [:]

  init(_ column: Column, width: Int, side: Int = 1) {
    (self.width, self.side) = (width, side)
    centre = width / 2
    let span = column.loop == nil ? 0..<width : 2..<width
    if !column.sample.isEmpty {
      write(column.sample, row: newRow(), ink: .muted)
    }
    for piece in column.parts { draw(piece, in: span) }
    if let name = column.name {
      // Beside the arrow out of the column, where nothing else stands.
      let row = newRow()
      put(name, row: row, column: side > 0 ? 1 : width - name.count - 1, ink: .strong)
      if column.output.isEmpty { put("│", row: row, column: centre) }
    }
    if let loop = column.loop { draw(loop, around: column) }
  }

  var height: Int { lines.count }

  var canvas: Canvas {
    var canvas = Canvas(width: width, height: lines.count)
    for (index, line) in lines.reversed().enumerated() {
      for (column, cell) in line.enumerated() where cell.character != " " {
        canvas.set(cell.character, row: index, column: column, ink: cell.ink)
      }
    }
    return canvas
  }

  /// Where the column's way out stands.
  var exit: Int { centre }

  // MARK: drawing

  private mutating func newRow() -> Int {
    lines.append(Array(repeating: Canvas.Cell(), count: width))
    return lines.count - 1
  }

  private mutating func put(_ text: String, row: Int, column: Int, ink: TerminalInk = .plain) {
    for (offset, character) in text.enumerated() where (0..<width).contains(column + offset) {
      lines[row][column + offset] = Canvas.Cell(character: character, ink: ink)
    }
  }

  private mutating func write(_ text: String, row: Int, ink: TerminalInk, middle: Int? = nil) {
    put(text, row: row, column: (middle ?? centre) - text.count / 2, ink: ink)
  }

  private mutating func draw(_ piece: Piece, in span: Range<Int>) {
    switch piece {
    case .box(let box): draw(box, in: span, middle: centre)
    case .group(let group): draw(group, in: span)
    case .residual(_, let inner): draw(residual: inner, in: span)
    case .parallel(_, let branches): draw(branches, in: span)
    case .fork(_, let joins, let branches): draw(branches, in: span, sign: joins ? "‖" : nil, isFirst: lines.isEmpty || joins)
    }
  }

  private mutating func draw(_ box: Box, in span: Range<Int>, middle: Int, arrow: Bool = true) {
    if let fault = box.fault {
      let room = max(2 * min(middle - span.lowerBound, span.upperBound - 1 - middle) - 1, 8)
      for text in wrapWords("✗ " + fault, width: room).reversed() { write(text, row: newRow(), ink: .rail, middle: middle) }
    } else if arrow, !lines.isEmpty {
      put("▲", row: newRow(), column: middle, ink: .plain)
    }
    let ink = TerminalInk.kind(box.kind)
    let half = min(middle - span.lowerBound, span.upperBound - 1 - middle)
    let room = max(2 * half + 1 - 4, 6)
    let titles = wrapWords(box.title.plain, width: room)
    if box.kind == .norm || box.kind == .inputOutput, titles.count == 1 {
      let row = newRow()
      frames[box.id] = (row, middle - titles[0].count / 2 - 2, middle + titles[0].count / 2 + 2)
      write("( \(titles[0]) )", row: row, ink: ink, middle: middle)
      return
    }
    let subtitles = wrapWords(box.subtitle, width: room)
    let longest = max((titles + subtitles).map(\.count).max() ?? 0, min(room, 22))
    let inner = longest + (longest % 2 == 0 ? 1 : 0)
    let left = middle - inner / 2 - 2
    func border(_ start: String, _ end: String) -> String { start + String(repeating: "─", count: inner + 2) + end }
    put(border("╰", "╯"), row: newRow(), column: left, ink: ink)
    for text in subtitles.reversed() { line(text, .muted) }
    for text in titles.reversed() { line(text, .strong) }
    frames[box.id] = (lines.count - 1, left, left + inner + 3)
    put(border("╭", "╮"), row: newRow(), column: left, ink: ink)
    func line(_ text: String, _ textInk: TerminalInk) {
      let row = newRow()
      put("│", row: row, column: left, ink: ink)
      put("│", row: row, column: left + inner + 3, ink: ink)
      write(text, row: row, ink: textInk, middle: middle)
    }
  }

  private mutating func draw(_ group: Group, in span: Range<Int>) {
    let ink = TerminalInk.kind(group.kind)
    let (left, right) = (span.lowerBound, span.upperBound - 1)
    if !lines.isEmpty { put("│", row: newRow(), column: centre) }
    let foot = newRow()
    put("└" + String(repeating: "─", count: right - left - 1) + "┘", row: foot, column: left, ink: ink)
    put("┼", row: foot, column: centre)
    if group.repeats > 1 {
      let times = " × \(group.repeats) "
      put(times, row: foot, column: right - times.count - 1, ink: .strong)
    }
    if !group.title.isEmpty {
      put(" \(group.title.prefix(max(centre - left - 4, 0))) ", row: foot, column: left + 2, ink: .strong)
    }
    for piece in group.parts { draw(piece, in: (left + 2)..<(right - 1)) }
    let top = newRow()
    put("┌" + String(repeating: "─", count: right - left - 1) + "┐", row: top, column: left, ink: ink)
    put("┼", row: top, column: centre)
    for row in (foot + 1)..<top {
      put("│", row: row, column: left, ink: ink)
      put("│", row: row, column: right, ink: ink)
    }
  }

  private mutating func draw(residual inner: [Piece], in span: Range<Int>) {
    let rail = side > 0 ? span.lowerBound : span.upperBound - 1
    let room = side > 0 ? (span.lowerBound + 2)..<span.upperBound : span.lowerBound..<(span.upperBound - 2)
    let tap = newRow()
    reach(tap, to: rail, corner: side > 0 ? "╰" : "╯", end: "●")
    for piece in inner { draw(piece, in: room) }
    put("│", row: newRow(), column: centre)
    let sum = newRow()
    reach(sum, to: rail, corner: side > 0 ? "╭" : "╮", end: "⊕")
    put(side > 0 ? "▶" : "◀", row: sum, column: centre - side, ink: .rail)
    for row in (tap + 1)..<sum where lines[row][rail].character == " " { put("│", row: row, column: rail, ink: .rail) }
  }

  /// A horizontal piece of rail from the column's middle to its lane.
  private mutating func reach(_ row: Int, to rail: Int, corner: String, end: String) {
    for column in min(rail, centre)...max(rail, centre) { put("─", row: row, column: column, ink: .rail) }
    put(corner, row: row, column: rail, ink: .rail)
    put(end, row: row, column: centre, ink: .rail)
  }

  /// - Parameter sign: how the branches come together; nil: they do not.
  private mutating func draw(_ branches: [[Piece]], in span: Range<Int>, sign: String? = "⊕", isFirst: Bool = false) {
    let share = span.count / max(branches.count, 1)
    let middles = branches.indices.map { span.lowerBound + share * $0 + share / 2 }
    if !isFirst { bridge(middles, start: "╰", middle: "┴", end: "╯") }
    let base = lines.count
    var top = base
    for (branch, middle) in zip(branches, middles) {
      // Each branch is drawn on rows of its own and then laid beside the others.
      var other = TerminalColumn(width: width, side: side)
      for case .box(let box) in branch {
        other.draw(box, in: (middle - share / 2 + 1)..<(middle + share / 2), middle: middle, arrow: true)
      }
      while top < base + other.lines.count + 1 {
        _ = newRow()
        top = lines.count
      }
      if base < lines.count, !isFirst { put("▲", row: base, column: middle) }
      for (offset, line) in other.lines.enumerated() {
        for (column, cell) in line.enumerated() where cell.character != " " { lines[base + 1 + offset][column] = cell }
      }
      for (id, frame) in other.frames { frames[id] = (frame.row + base + 1, frame.left, frame.right) }
    }
    for row in base..<lines.count {
      for middle in middles where lines[row][middle].character == " " && isOver(row, middle, base) {
        put("│", row: row, column: middle)
      }
    }
    if let sign { bridge(middles, start: "╭", middle: sign, end: "╮") }
  }

  /// Whether a cell stands above a finished branch.
  private func isOver(_ row: Int, _ column: Int, _ base: Int) -> Bool {
    row > base && (base..<row).contains { lines[$0][column].character == "─" } && !(row..<lines.count).contains { lines[$0][column].character == "─" }
  }

  private mutating func bridge(_ columns: [Int], start: String, middle: String, end: String) {
    guard let first = columns.first, let last = columns.last else { return }
    let row = newRow()
    for column in first...last { put("─", row: row, column: column) }
    put(start, row: row, column: first)
    put(end, row: row, column: last)
    put(middle, row: row, column: centre)
  }

  private init(width: Int, side: Int) {
    (self.width, self.side) = (width, side)
    centre = width / 2
  }

  private mutating func draw(_ loop: Loop, around column: Column) {
    let ink = TerminalInk.kind(.diffusion)
    guard let first = column.boxes.first.flatMap({ frames[$0.id] }), let last = column.boxes.last(where: { loop.from == nil || $0.id == loop.from }).flatMap({ frames[$0.id] }) else { return }
    for row in first.row...last.row { put("│", row: row, column: 0, ink: ink) }
    put("╰" + String(repeating: "─", count: max(first.left - 2, 0)) + "▶", row: first.row, column: 0, ink: ink)
    put("╭" + String(repeating: "─", count: max(last.left - 1, 0)), row: last.row, column: 0, ink: ink)
    for text in wrapWords("↺ \(loop.title): \(loop.subtitle)", width: width).reversed() { put(text, row: newRow(), column: 0, ink: ink) }
  }
}
