// Rows and columns as text: aligned by display width, the headings over a rule, or bare for `--plain`.

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

  /// The table in lines of text. A heading may have several lines. With `width`, the widest column that is left aligned gives way until it fits.
  public func lines(style: Style, width: Int? = nil) -> [ScreenText] {
    let rows = rows.map { $0.map(\.harmless) }
    let columns = max(headers.count, rows.map(\.count).max() ?? 0)
    guard columns > 0 else { return [] }
    let headings = headings
    var widths = (0..<columns).map { column in
      (headings + rows).map { column < $0.count ? displayWidth($0[column]) : 0 }.max() ?? 0
    }
    if let width { narrow(&widths, to: width - 2 * (columns - 1)) }

    func line(_ cells: [String], _ role: Role) -> ScreenText {
      let padded = (0..<columns).map { column -> String in
        let text = column < cells.count ? cells[column] : ""
        let cut = displayWidth(text) > widths[column] ? text.cut(toWidth: widths[column]) : text
        return cut.padded(toWidth: widths[column], alignRight: alignment(column) == .right)
      }
      return style.paint(padded.joined(separator: "  ").withoutTrailingSpaces, role)
    }
    let rule = style.plain || headings.isEmpty ? [] : [ScreenText(String(repeating: "─", count: widths.reduce(-2) { $0 + $1 + 2 }))]
    return headings.map { line($0, .heading) } + rule + rows.map { line($0, .plain) }
  }

  /// The headings as rows, each heading on the lowest that it needs.
  private var headings: [[String]] {
    let parts = headers.map { $0.harmless.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    let height = parts.map(\.count).max() ?? 0
    return (0..<height).map { row in parts.map { part in row < height - part.count ? "" : part[row - height + part.count] } }
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
