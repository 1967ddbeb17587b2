// Trace details as parts of the page: matrices as heat maps, tokens as chips, facts as a line. Every cell says its number on hover, and marks
// have a shape besides their colour.

import Files
import Generation

extension DetailWriter {
  /// The rules that the drawings need.
  static let style = """
    .detail { margin: .8rem 0; } .detail h3 { font-size: 1rem; margin: .2rem 0; font-weight: normal; } .detail h3 b { font-family: monospace; }
    .chips span { display: inline-block; border: 1px solid var(--line); border-radius: .3rem; padding: 0 .35rem; margin: .1rem; font-family: monospace; }
    .chips small { color: var(--soft); font-family: Arial, sans-serif; }
    .chips .chosen, .chips .accepted { border: 2px solid var(--old); } .chips .masked { border-style: dashed; color: var(--gone); }
    .chips .remasked { border-style: dotted; border-color: var(--new); color: var(--soft); } .chips .rejected { text-decoration: line-through; color: var(--gone); }
    .chips .changed { border: 2px solid var(--new); }
    """

  /// What a mark is called where a token is shown: nothing of a canvas of vectors is masked, and what is not decided is open.
  static func name(_ mark: TraceDetail.Mark) -> String { mark == .masked ? "open" : mark.rawValue }

  func html(_ detail: TraceDetail) -> String {
    let note = detail.note.isEmpty ? "" : " <span class=\"soft\">\(escape(detail.note))</span>"
    let body = switch detail.content {
    case .facts(let facts): "<p>" + facts.map { "\(escape($0.name)) <b>\(escape(shown($0)))</b>" }.joined(separator: " · ") + "</p>"
    case .tokens(let cells): "<p class=\"chips\">" + cells.map(html).joined() + "</p>"
    case .matrix(let matrix): html(matrix, detail.title)
    }
    return "<div class=\"detail\"><h3><b>\(escape(detail.title))</b>\(note)</h3>\n\(body)</div>"
  }

  private func html(_ cell: TraceDetail.TokenCell) -> String {
    let title = [DetailWriter.name(cell.mark), cell.note].filter { !$0.isEmpty }.joined(separator: ": ")
    let known = cell.number.map { " <small>\(number($0))</small>" } ?? ""
    return "<span class=\"\(cell.mark.rawValue)\" title=\"\(escape(title))\">\(escape(shown(cell.token)))\(known)</span>"
  }

  /// A heat map; a cell's strength is its size relative to the largest (of its column, where columns have units of their own), negative cells are orange. Few columns say their numbers; what a row
  /// picked out has a strong border.
  private func html(_ matrix: TraceDetail.Matrix, _ title: String) -> String {
    let names = matrix.rows.map(shown), heads = matrix.columns.map(shown)
    let left = Double(min(40, names.map(\.count).max() ?? 0)) * 8 + 8
    let isNumbers = heads.count <= 12 && names.count <= 64
    let wide = isNumbers ? Double(max(8, heads.map { min(20, $0.count) }.max() ?? 0)) * 7.6 + 8 : 26
    let size = isNumbers ? min(wide, 880 / Double(max(1, heads.count))) : min(26.0, max(3, 900 / Double(max(1, heads.count))))
    let height = isNumbers ? 24 : min(22.0, max(6, 600 / Double(max(1, names.count))))
    let largest = matrix.largest
    let showsHeads = size >= 14
    let top = isNumbers ? 20 : showsHeads ? Double(min(12, heads.map(\.count).max() ?? 0)) * 7.2 + 10 : 2
    var parts: [String] = []
    if showsHeads {
      for (column, head) in heads.enumerated() {
        let x = left + Double(column) * size + size / 2
        let place = isNumbers ? "x=\"\(tenths(x))\" y=\"14\" text-anchor=\"middle\"" : "transform=\"translate(\(tenths(x + 4)) \(tenths(top - 4))) rotate(-90)\""
        parts.append("<text \(place) font-size=\"13\" fill=\"currentColor\">\(escape(String(head.prefix(isNumbers ? 20 : 12))))</text>")
      }
    }
    for (row, values) in matrix.values.enumerated() {
      let y = top + Double(row) * height
      if height >= 11 {
        parts.append("<text x=\"0\" y=\"\(tenths(y + height - 7))\" font-size=\"13.5\" fill=\"currentColor\">\(escape(String(names[row].prefix(40))))</text>")
      }
      for (column, value) in values.enumerated() {
        let strength = value.isFinite && largest[column] > 0 ? Double(abs(value) / largest[column]) : 0
        let isMarked = matrix.marked.indices.contains(row) && matrix.marked[row].contains(column)
        let stroke = isMarked ? "currentColor\" stroke-width=\"2.4" : "var(--line)"
        parts.append(
          "<rect x=\"\(tenths(left + Double(column) * size + 1.5))\" y=\"\(tenths(y + 1.5))\" width=\"\(tenths(size - 3))\" height=\"\(tenths(height - 3))\" "
            + "fill=\"var(\(value < 0 ? "--new" : "--old"))\" fill-opacity=\"\(String(printf: "%.3f", isNumbers ? strength * 0.55 : strength))\" stroke=\"\(stroke)\">"
            + "<title>\(escape(names[row])), \(escape(heads[column])): \(number(value))\(isMarked ? " (chosen)" : "")</title></rect>")
        if isNumbers {
          parts.append(
            "<text x=\"\(tenths(left + (Double(column) + 0.5) * size))\" y=\"\(tenths(y + height - 7.5))\" font-size=\"13\" text-anchor=\"middle\" "
              + "fill=\"currentColor\" pointer-events=\"none\"\(isMarked ? " font-weight=\"bold\"" : "")>\(number(value))</text>")
        }
      }
    }
    let width = left + Double(heads.count) * size + 4, tall = top + Double(names.count) * height + 2
    return "<svg width=\"\(Int(width))\" height=\"\(Int(tall))\" viewBox=\"0 0 \(Int(width)) \(Int(tall))\" role=\"img\" aria-label=\"\(escape(title)): \(names.count) rows, \(heads.count) columns\">\n"
      + parts.joined(separator: "\n") + "\n</svg>"
  }

  private func tenths(_ x: Double) -> String { String(printf: "%.1f", x) }
}

/// Text as HTML shows it.
func escape(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
}
