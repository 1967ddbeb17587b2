// Who may look at whom: a mask as a picture and in words.

/// An attention mask.
public struct MaskFigure: Equatable, Sendable {
  public var title: String
  public var rows: [String]
  public var columns: [String]
  /// open[i][j]: query i may look at key j.
  public var open: [[Bool]]

  public init(_ title: String, rows: [String], columns: [String]? = nil, open: [[Bool]]) {
    (self.title, self.rows, self.columns, self.open) = (title, rows, columns ?? rows, open)
  }

  public func svg() -> String {
    let cell = columns.count <= 24 ? 26.0 : max(480 / Double(columns.count), 4)
    let hasLabels = cell >= 14
    let left = 30 + (hasLabels ? (rows.map { arialWidth($0, size: 11) }.max() ?? 0) + 8 : 6)
    let longest = columns.map { arialWidth($0, size: 11) }.max() ?? 0
    let isTurned = longest > cell - 4
    let top = 46 + (hasLabels ? (isTurned ? longest + 6 : 16) : 4)
    let grid = (width: cell * Double(columns.count), height: cell * Double(rows.count))
    let legend = arialWidth("open   closed", size: 10) + 60
    var svg = SVG(
      width: max(left + max(grid.width, legend) + 18, arialWidth(title, size: 15, bold: true) + 32), height: top + grid.height + 36)
    svg.text(title, 16, 24, size: 15, colour: Kind.attention.border, bold: true)
    svg.text("key →", left + grid.width / 2, 42, size: 10, colour: Ink.muted, anchor: .middle)
    svg.text("← query", 18, top + grid.height / 2, size: 10, colour: Ink.muted, anchor: .middle, turn: -90)
    for (index, label) in columns.enumerated() where hasLabels {
      let x = left + cell * (Double(index) + 0.5)
      if isTurned { svg.text(label, x + 4, top - 5, size: 11, turn: -90) } else { svg.text(label, x, top - 6, size: 11, anchor: .middle) }
    }
    for (row, cells) in open.enumerated() {
      let y = top + cell * Double(row)
      if hasLabels, row < rows.count { svg.text(rows[row], left - 6, y + cell / 2 + 4, size: 11, anchor: .end) }
      for (column, isOpen) in cells.enumerated() {
        let name = "\(row < rows.count ? rows[row] : "\(row)") \(isOpen ? "sees" : "does not see") \(column < columns.count ? columns[column] : "\(column)")"
        MaskFigure.draw(isOpen, left + cell * Double(column), y, cell, name, &svg)
      }
    }
    let y = top + grid.height + 10
    MaskFigure.draw(true, left, y, 14, "", &svg)
    svg.text("open", left + 19, y + 11, size: 10, colour: Ink.muted)
    MaskFigure.draw(false, left + 56, y, 14, "", &svg)
    svg.text("closed", left + 75, y + 11, size: 10, colour: Ink.muted)
    return svg.document(title: title, description: alternative)
  }

  /// Open cells are blue with a dot, closed ones grey with a stroke: legible without colour.
  private static func draw(_ isOpen: Bool, _ x: Double, _ y: Double, _ cell: Double, _ name: String, _ svg: inout SVG) {
    svg.rectangle(x, y, cell - 1, cell - 1, fill: isOpen ? "2F6DB5" : "ECECF0", tooltip: name)
    guard cell >= 12 else { return }
    if isOpen {
      svg.circle(x + cell / 2 - 0.5, y + cell / 2 - 0.5, cell * 0.13, fill: Ink.white)
    } else {
      svg.line(x + cell * 0.32, y + cell * 0.68 - 1, x + cell * 0.68, y + cell * 0.32 - 1, stroke: "B9BEC7")
    }
  }

  /// "lower triangular, 10 of 16 open".
  public var shape: String {
    let cells = open.joined()
    let count = "\(cells.count { $0 }) of \(cells.count) open"
    func all(_ rule: (Int, Int) -> Bool) -> Bool {
      open.indices.allSatisfy { i in open[i].indices.allSatisfy { open[i][$0] == rule(i, $0) } }
    }
    let shift = columns.count - rows.count
    if all({ _, _ in true }) { return "all open, \(count)" }
    if all({ _, _ in false }) { return "all closed, \(count)" }
    if all({ i, j in j <= i + shift }) { return "lower triangular, \(count)" }
    if all({ i, j in j >= i }) { return "upper triangular, \(count)" }
    if all({ i, j in i == j }) { return "only the diagonal, \(count)" }
    for size in stride(from: 1, to: columns.count, by: 1) {
      if all({ i, j in j <= i + shift && j > i + shift - size }) { return "a band of \(size) below the diagonal, \(count)" }
      if all({ i, j in j < size || j <= i + shift }) { return "lower triangular with the first \(size) open to all, \(count)" }
      if all({ i, j in j / size <= i / size }) { return "lower triangular in blocks of \(size), \(count)" }
    }
    return count
  }

  /// The mask in sentences: its shape, and who sees whom for up to twelve queries.
  public var alternative: String {
    var text = "\(title): \(shape)."
    if rows.count <= 12 {
      let lines = zip(rows, open).map { name, cells -> String in
        let seen = zip(columns, cells).filter(\.1).map(\.0)
        return "\(name) → \(seen.isEmpty ? "nothing" : seen.joined(separator: " "))"
      }
      text += " " + lines.joined(separator: "; ") + "."
    }
    return text
  }
}
