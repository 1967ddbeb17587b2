// Values that this terminal shows better than text does: figures as pictures, large matrices as heat maps.

import Notebook
import Terminal

struct Showing {
  let style: Style

  /// Nil where text is the best that there is.
  func text(_ shown: Shown) -> ScreenText? {
    switch shown {
    case .figure(let dot, _):
      // The terminal is asked for its abilities here, at the first figure, and not at the start.
      guard Screen.isInteractive, Graphics.way(style: style) != .none, let png = try? Painter.paint(dot, as: "png") else { return nil }
      return Graphics.escape(png: png, style: style)
    case .matrix(let matrix):
      guard style.hasColour else { return nil }
      let map = HeatMap(matrix.values, columns: matrix.columns, rowLabels: matrix.rowLabels, columnLabels: matrix.columnLabels)
      let size = Screen.size
      return ([ScreenText(matrix.title)] + map.lines(style: style, width: min(100, size.columns), height: max(8, size.rows - 8))).joined(separator: "\n").ended
    }
  }
}
