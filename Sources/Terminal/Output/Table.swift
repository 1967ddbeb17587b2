// Rows and columns as text: aligned by display width, with a box of rules, or bare for `--plain` and for pipes.

public struct Table {
  public enum Alignment: Sendable { case left, right }

  public var headers: [String]
  public var rows: [[String]]
  /// One for each column; further columns are left aligned.
  public var alignments: [Alignment]

  public init(_ headers: [String], alignments: [Alignment] = [], rows: [[String]] = []) {
    self.headers = headers
    self.alignments = alignments
    self.rows = rows
  }

  /// The table in lines of text. With `width`, the widest column that is left aligned gives way until it fits.
  public func lines(style: Style, width: Int? = nil) -> [String] {
    let columns = max(headers.count, rows.map(\.count).max() ?? 0)
    guard columns > 0 else { return [] }
    var widths = (0..<columns).map { column in
      ([headers] + rows).map { column < $0.count ? displayWidth($0[column]) : 0 }.max() ?? 0
    }
    let boxed = !style.plain
    if let width { narrow(&widths, to: width - (boxed ? 3 * columns + 1 : 2 * (columns - 1))) }

    func line(_ cells: [String], _ role: Role, left: String, between: String, right: String) -> String {
      let padded = (0..<columns).map { column -> String in
        let text = column < cells.count ? cells[column] : ""
        let cut = displayWidth(text) > widths[column] ? text.withoutEscapes.cut(toWidth: widths[column]) : text
        return style.paint(cut.padded(toWidth: widths[column], alignRight: alignment(column) == .right), role)
      }
      return left + padded.joined(separator: between) + right
    }
    guard boxed else {
      let shown = headers.isEmpty ? rows : [headers] + rows
      return shown.map { line($0, .plain, left: "", between: "  ", right: "").withoutTrailingSpaces }
    }
    func rule(_ left: String, _ cross: String, _ right: String) -> String {
      left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: cross) + right
    }
    var result = [rule("┌", "┬", "┐")]
    if !headers.isEmpty { result += [line(headers, .heading, left: "│ ", between: " │ ", right: " │"), rule("├", "┼", "┤")] }
    result += rows.map { line($0, .plain, left: "│ ", between: " │ ", right: " │") }
    return result + [rule("└", "┴", "┘")]
  }

  private func alignment(_ column: Int) -> Alignment { column < alignments.count ? alignments[column] : .left }

  private func narrow(_ widths: inout [Int], to room: Int) {
    while widths.reduce(0, +) > room {
      let candidates = widths.indices.filter { alignment($0) == .left && widths[$0] > 6 }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
    }
  }
}

extension String {
  var withoutTrailingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
