// Open and closed cells: a mask as ● and ·, with names at its sides; as who sees whom; and in a sentence.

public struct Grid {
  /// Row by row; true may look.
  public var open: [Bool]
  public var columns: Int
  public var rowLabels: [String]
  public var columnLabels: [String]

  public var rows: Int { columns == 0 ? 0 : open.count / columns }

  public init(_ open: [Bool], columns: Int, rowLabels: [String] = [], columnLabels: [String] = []) {
    precondition(columns >= 0 && (columns == 0 ? open.isEmpty : open.count % columns == 0), "rows of equal length")
    self.open = open
    self.columns = columns
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
  }

  public func lines(style: Style, width: Int = 80) -> [ScreenText] {
    if style.plain || open.isEmpty { return [ScreenText(sentence)] }
    let margin = rowLabels.count == rows ? (rowLabels.map(displayWidth).max() ?? 0) + 1 : 0
    let widest = columnLabels.count == columns ? columnLabels.map(displayWidth).max() ?? 1 : 1
    // Names over the columns only where they fit; otherwise two columns a cell.
    let cell = margin + (widest + 1) * columns <= width ? widest + 1 : 2
    let shown = min(columns, max(1, (width - margin) / cell))
    var result: [ScreenText] = []
    if columnLabels.count == columns && cell > widest {
      let names = columnLabels.map { $0.padded(toWidth: cell) }.joined()
      result.append(ScreenText(String(repeating: " ", count: margin) + names).withoutTrailingSpaces)
    }
    for row in 0..<rows {
      var line = ScreenText(margin > 0 ? rowLabels[row].padded(toWidth: margin) : "")
      for column in 0..<shown {
        let mark = open[row * columns + column] ? style.paint("●", .good) : style.paint("·", .quiet)
        line += mark + ScreenText(String(repeating: " ", count: cell - 1))
      }
      result.append(line.withoutTrailingSpaces + (shown < columns ? "…" : ""))
    }
    return result
  }

  /// `C → A B C`, one line a row. Rows and columns without names are called by their numbers.
  public var whoSeesWhom: [String] {
    let margin = (0..<rows).map { displayWidth(rowName($0)) }.max() ?? 0
    return (0..<rows).map { row in
      let seen = (0..<columns).filter { open[row * columns + $0] }.map(columnName)
      return rowName(row).padded(toWidth: margin) + " → " + (seen.isEmpty ? "nothing" : seen.joined(separator: " "))
    }
  }

  /// "lower triangular, 10 of 16 open".
  public var sentence: String {
    let count = open.count { $0 }
    return "\(kind), \(count) of \(open.count) open"
  }

  private var kind: String {
    let square = rows == columns
    func all(_ rule: (Int, Int) -> Bool) -> Bool {
      open.indices.allSatisfy { open[$0] == rule($0 / columns, $0 % columns) }
    }
    if open.isEmpty { return "empty" }
    if open.allSatisfy({ $0 }) { return "\(rows) by \(columns), all open" }
    if !open.contains(true) { return "\(rows) by \(columns), all closed" }
    guard square else { return "\(rows) by \(columns)" }
    if all({ $0 == $1 }) { return "diagonal" }
    if all({ $1 <= $0 }) { return "lower triangular" }
    if all({ $1 >= $0 }) { return "upper triangular" }
    let last = open[((rows - 1) * columns)...].count { $0 }
    if all({ $1 <= $0 && $0 - $1 < last }) { return "band of \(last) below the diagonal" }
    let first = open[..<columns].count { $0 }
    if all({ $1 <= $0 || $1 < first }) { return "lower triangular with a prefix of \(first)" }
    if first > 1, all({ $1 / first <= $0 / first }) { return "lower triangular in blocks of \(first)" }
    return "\(rows) by \(columns)"
  }

  private func rowName(_ row: Int) -> String { rowLabels.count == rows ? rowLabels[row] : String(row) }
  private func columnName(_ column: Int) -> String { columnLabels.count == columns ? columnLabels[column] : String(column) }
}
