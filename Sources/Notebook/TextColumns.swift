// Rows of cells as aligned columns of text. Columns that a page has no room for go on in a block below, under the first ones again.

import Language

struct TextColumns {
  private let rows: [[String]]
  /// Columns that are aligned at their left; the others at their right.
  private let left: Set<Int>
  private let widths: [Int]

  /// - Parameter rows: of equal length, the headings first where there are some.
  init(_ rows: [[String]], leftAligned left: Set<Int> = []) {
    (self.rows, self.left) = (rows, left)
    widths = (rows.first ?? []).indices.map { column in rows.map { displayWidth($0[column]) }.max() ?? 0 }
  }

  /// - Parameters:
  ///   - width: of the page; a single column may be wider.
  ///   - kept: how many of the first columns every block begins with.
  func lines(fitting width: Int = .max, repeating kept: Int = 1) -> [String] {
    var blocks: [[Int]] = [], block = Array(widths.indices.prefix(kept))
    func room(_ columns: [Int]) -> Int { columns.reduce(-2) { $0 + widths[$1] + 2 } }
    for column in widths.indices.dropFirst(kept) {
      if block.count > kept, room(block + [column]) > width {
        blocks.append(block)
        block = Array(widths.indices.prefix(kept))
      }
      block.append(column)
    }
    blocks.append(block)
    return Array(blocks.map(lines).joined(separator: [""]))
  }

  private func lines(of columns: [Int]) -> [String] {
    rows.map { row in
      columns.map { column in
        let space = String(repeating: " ", count: widths[column] - displayWidth(row[column]))
        return left.contains(column) ? row[column] + space : space + row[column]
      }.joined(separator: "  ").trimmingEnd
    }
  }
}
