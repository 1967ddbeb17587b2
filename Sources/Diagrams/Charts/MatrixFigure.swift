// A matrix as a picture: attention patterns, scores, routing weights. Cells are coloured by value, numbers are written
// where there is room, closed cells are crossed out.

/// A heat map with labelled axes.
public struct MatrixFigure: Equatable, Sendable {
  public var title: String
  public var rows: [String]
  public var columns: [String]
  /// One row of numbers for each label; nil: the cell is closed (masked).
  public var values: [[Double?]]
  /// What the axes are: "query", "key".
  public var rowAxis: String
  public var columnAxis: String

  public init(
    _ title: String, rows: [String], columns: [String], values: [[Double?]], rowAxis: String = "query", columnAxis: String = "key"
  ) {
    (self.title, self.rows, self.columns, self.values) = (title, rows, columns, values)
    (self.rowAxis, self.columnAxis) = (rowAxis, columnAxis)
  }

  private var finite: [Double] { values.joined().compactMap { $0 }.filter(\.isFinite) }

  /// The range that colours stretch over: from zero where all are positive, symmetric where signs are mixed.
  private var range: (low: Double, high: Double) {
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    if low >= 0 { return (0, max(high, 1e-12)) }
    let reach = max(abs(low), abs(high))
    return (-reach, reach)
  }

  public func svg() -> String {
    let cell = columns.count <= 12 ? 40.0 : columns.count <= 32 ? 20.0 : max(480 / Double(max(columns.count, 1)), 3)
    let hasLabels = cell >= 12
    let left = 30 + (hasLabels ? (rows.map { arialWidth($0, size: 11) }.max() ?? 0) + 8 : 6)
    let longest = columns.map { arialWidth($0, size: 11) }.max() ?? 0
    let isTurned = longest > cell - 4
    let top = 46 + (hasLabels ? (isTurned ? longest + 6 : 16) : 4)
    let grid = (width: cell * Double(columns.count), height: cell * Double(rows.count))
    let width = max(left + grid.width + 84, arialWidth(title, size: 15, bold: true) + 32)
    var svg = SVG(width: width, height: top + grid.height + 22)
    svg.text(title, 16, 24, size: 15, colour: Kind.attention.border, bold: true)
    svg.text(columnAxis + " →", left + grid.width / 2, 42, size: 10, colour: Ink.muted, anchor: .middle)
    svg.text("← " + rowAxis, 18, top + grid.height / 2, size: 10, colour: Ink.muted, anchor: .middle, turn: -90)
    for (index, label) in columns.enumerated() where hasLabels {
      let x = left + cell * (Double(index) + 0.5)
      if isTurned {
        svg.text(label, x + 4, top - 5, size: 11, turn: -90)
      } else {
        svg.text(label, x, top - 6, size: 11, anchor: .middle)
      }
    }
    for (row, numbers) in values.enumerated() {
      let y = top + cell * Double(row)
      if hasLabels, row < rows.count { svg.text(rows[row], left - 6, y + cell / 2 + 4, size: 11, anchor: .end) }
      for (column, value) in numbers.enumerated() {
        let x = left + cell * Double(column)
        draw(value, row, column, x, y, cell, &svg)
      }
    }
    scale(at: left + grid.width + 16, top: top, height: max(grid.height, 60), &svg)
    return svg.document(title: title, description: alternative)
  }

  private func draw(_ value: Double?, _ row: Int, _ column: Int, _ x: Double, _ y: Double, _ cell: Double, _ svg: inout SVG) {
    let name = "\(row < rows.count ? rows[row] : "\(row)") → \(column < columns.count ? columns[column] : "\(column)")"
    guard let value, value.isFinite else {
      let word = value == nil || value == -.infinity ? "closed" : "\(value ?? 0)"
      svg.rectangle(x, y, cell - 1, cell - 1, fill: "ECECF0", tooltip: "\(name): \(word)")
      if cell >= 12 { svg.line(x + cell * 0.3, y + cell * 0.7 - 1, x + cell * 0.7, y + cell * 0.3 - 1, stroke: "B9BEC7") }
      return
    }
    let shade = MatrixFigure.shade(value, range)
    svg.rectangle(x, y, cell - 1, cell - 1, fill: shade.fill, tooltip: "\(name): \(MatrixFigure.number(value))")
    if cell >= 30 {
      svg.text(MatrixFigure.number(value), x + cell / 2 - 0.5, y + cell / 2 + 3.5, size: 10, colour: shade.ink, anchor: .middle)
    }
  }

  /// The legend: a bar of the colours with the numbers at its ends.
  private func scale(at x: Double, top: Double, height: Double, _ svg: inout SVG) {
    let steps = 24
    let height = min(height, 160)
    for step in 0..<steps {
      let share = 1 - (Double(step) + 0.5) / Double(steps)
      let value = range.low + (range.high - range.low) * share
      svg.rectangle(x, top + height * Double(step) / Double(steps), 10, height / Double(steps) + 0.5, fill: MatrixFigure.shade(value, range).fill)
    }
    svg.text(MatrixFigure.number(range.high), x + 15, top + 8, size: 10, colour: Ink.muted)
    svg.text(MatrixFigure.number(range.low), x + 15, top + height, size: 10, colour: Ink.muted)
  }

  /// White to blue for positive, white to orange for negative numbers; the ink that is legible on it.
  static func shade(_ value: Double, _ range: (low: Double, high: Double)) -> (fill: String, ink: String) {
    let share = min(max(abs(value) / max(abs(range.high), abs(range.low), 1e-12), 0), 1)
    let end = value < 0 ? (184.0, 90.0, 18.0) : (27.0, 74.0, 128.0)
    func mix(_ channel: Double) -> Int { Int((255 + (channel - 255) * share).rounded()) }
    let colour = [mix(end.0), mix(end.1), mix(end.2)]
    let fill = colour.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    return (fill, share > 0.5 ? Ink.white : Ink.text)
  }

  /// Two decimals for small numbers, fewer for large ones.
  static func number(_ value: Double) -> String {
    let size = abs(value)
    if size >= 1000 { return grouped(Int(value.rounded())) }
    let text = size >= 100 ? decimal(value, places: 0) : decimal(value, places: size >= 10 ? 1 : 2)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// The matrix in sentences: its size and range, what every row weighs most (for few rows), what is closed.
  public var alternative: String {
    var sentences = ["\(title): a matrix of \(rows.count) × \(columns.count), \(rowAxis) by \(columnAxis)."]
    let closed = values.joined().count { $0 == nil || $0 == -.infinity }
    if closed > 0 { sentences.append("\(closed) of \(values.joined().count) cells are closed.") }
    if let low = finite.min(), let high = finite.max() {
      sentences.append("Values from \(MatrixFigure.number(low)) to \(MatrixFigure.number(high)).")
    }
    if rows.count <= 12 {
      let largest = zip(rows, values).compactMap { name, numbers -> String? in
        let best = numbers.enumerated().compactMap { index, value in value.map { (index, $0) } }.filter { $0.1.isFinite }.max { $0.1 < $1.1 }
        guard let best, best.0 < columns.count else { return nil }
        return "\(name) most to \(columns[best.0]) (\(MatrixFigure.number(best.1)))"
      }
      if !largest.isEmpty { sentences.append(largest.joined(separator: "; ") + ".") }
    }
    return sentences.joined(separator: " ")
  }
}
