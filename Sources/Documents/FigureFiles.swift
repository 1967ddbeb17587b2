// The figures of an executed lesson as files beside its page: SVG to look at, DOT to compare by.

import Lessons

enum FigureFiles {
  /// `figures/masks-pattern.svg`, with a number from the second on.
  static func path(_ lesson: Lesson, cell: String, _ index: Int, _ ending: String) -> String {
    "figures/\(lesson.stem)-\(cell)\(index == 0 ? "" : "-\(index + 1)").\(ending)"
  }

  static func files(of execution: Execution) -> [BookFile] {
    var files: [BookFile] = []
    for (block, outcome) in zip(execution.lesson.blocks, execution.outcomes) {
      guard case .cell(let cell) = block, case .cell(let result) = outcome else { continue }
      for (index, figure) in result.figures.enumerated() {
        let source = execution.lesson.file
        if let dot = figure.dot {
          let text = "// \(GeneratedMarker.line(source))\n" + dot + (dot.hasSuffix("\n") ? "" : "\n")
          files.append(BookFile(path: path(execution.lesson, cell: cell.id, index, "dot"), parts: [.exact(text)], source: source))
        }
        if let svg = figure.svg {
          let part = figure.dot.map { GeneratedMarker.drawing(svg, of: $0, from: source) }
            ?? .exact(svg + (svg.hasSuffix("\n") ? "" : "\n") + GeneratedMarker.comment(source) + "\n")
          files.append(BookFile(path: path(execution.lesson, cell: cell.id, index, "svg"), parts: [part], source: source))
        }
      }
    }
    return files
  }
}
