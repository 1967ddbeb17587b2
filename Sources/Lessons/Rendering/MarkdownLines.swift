// The Markdown tree → styled lines of a given width. Links show their address where it is not their text;
// an image shows its alternative. It draws no box around anything: what is copied from a terminal should be clean.

public struct MarkdownLines: Sendable {
  /// Columns to fill; long words and code run over.
  public var width: Int
  /// Marks emphasis by characters, since nothing can be coloured.
  public var marks: Bool

  public init(width: Int = 80, marks: Bool = false) {
    self.width = max(20, width)
    self.marks = marks
  }

  public func lines(_ blocks: [MarkdownBlock]) -> [StyledLine] { lines(blocks, width: width, tight: false) }

  private func lines(_ blocks: [MarkdownBlock], width: Int, tight: Bool) -> [StyledLine] {
    var output: [StyledLine] = []
    for (index, block) in blocks.enumerated() {
      if index > 0, !tight { output.append(StyledLine()) }
      output += lines(block, width: width)
    }
    return output
  }

  private func lines(_ block: MarkdownBlock, width: Int) -> [StyledLine] {
    switch block {
    case .heading(let level, let parts):
      let role = TextRole.heading(level)
      var output = wrap(spans(parts, role), width: width)
      if marks, level <= 2 {
        let rule = String(repeating: level == 1 ? "=" : "-", count: output.map(\.width).max() ?? 0)
        output.append(StyledLine([StyledSpan(rule, role)]))
      }
      return output
    case .paragraph(let parts): return wrap(spans(parts, .text), width: width)
    case .quote(let blocks):
      return lines(blocks, width: width - 2, tight: false).map { line in
        StyledLine([StyledSpan(marks ? "> " : "│ ", .quote)] + line.spans)
      }
    case .code(_, let text):
      return text.trimmedEnd.splitLines.map { StyledLine([StyledSpan("    " + $0, .codeBlock)]) }
    case .rule: return [StyledLine([StyledSpan(String(repeating: marks ? "-" : "─", count: min(width, 40)), .rule)])]
    case .list(let start, let tight, let items): return list(start, tight, items, width: width)
    case .table(let table): return self.table(table, width: width)
    }
  }

  private func list(_ start: Int?, _ tight: Bool, _ items: [MarkdownItem], width: Int) -> [StyledLine] {
    var output: [StyledLine] = []
    let last = (start ?? 0) + items.count - 1
    for (offset, item) in items.enumerated() {
      if offset > 0, !tight { output.append(StyledLine()) }
      var marker = marks ? "- " : "• "
      if let start {
        let number = "\(start + offset). "
        marker = String(repeating: " ", count: max(0, "\(last). ".count - number.count)) + number
      }
      if let done = item.done { marker += done ? "[x] " : "[ ] " }
      let indent = displayWidth(marker)
      for (row, line) in lines(item.blocks, width: width - indent, tight: tight).enumerated() {
        let lead = row == 0 ? StyledSpan(marker, .marker) : StyledSpan(String(repeating: " ", count: line.spans.isEmpty ? 0 : indent))
        output.append(StyledLine(line.spans.isEmpty && row > 0 ? [] : [lead] + line.spans))
      }
      if item.blocks.isEmpty { output.append(StyledLine([StyledSpan(marker, .marker)])) }
    }
    return output
  }

  private func table(_ table: MarkdownTable, width: Int) -> [StyledLine] {
    let rows = [table.header] + table.rows
    let columns = rows.map(\.count).max() ?? 0
    let cells = rows.enumerated().map { index, row in
      (0..<columns).map { StyledLine($0 < row.count ? spans(row[$0], index == 0 ? .tableHeader : .text) : []) }
    }
    let widths = (0..<columns).map { column in cells.map { $0[column].width }.max() ?? 0 }
    guard widths.reduce(0, +) + 2 * max(0, columns - 1) <= width else { return records(table, cells, width: width) }
    var output: [StyledLine] = []
    for (index, row) in cells.enumerated() {
      var line: [StyledSpan] = []
      for column in 0..<columns {
        if column > 0 { line.append(StyledSpan("  ", .tableRule)) }
        let space = widths[column] - row[column].width
        let alignment = column < table.alignments.count ? table.alignments[column] : .natural
        let left = alignment == .right ? space : alignment == .center ? space / 2 : 0
        if left > 0 { line.append(StyledSpan(String(repeating: " ", count: left))) }
        line += row[column].spans
        if space > left, column + 1 < columns { line.append(StyledSpan(String(repeating: " ", count: space - left))) }
      }
      output.append(StyledLine(line))
      if index == 0 {
        let rule = widths.map { String(repeating: marks ? "-" : "─", count: $0) }.joined(separator: "  ")
        output.append(StyledLine([StyledSpan(rule, .tableRule)]))
      }
    }
    return output
  }

  /// A table that is too wide: its rows one below the other, each cell under its header.
  private func records(_ table: MarkdownTable, _ cells: [[StyledLine]], width: Int) -> [StyledLine] {
    var output: [StyledLine] = []
    for (index, row) in cells.dropFirst().enumerated() {
      if index > 0 { output.append(StyledLine()) }
      for (column, cell) in row.enumerated() {
        var line = cells[0][column].spans
        line.append(StyledSpan(": ", .tableRule))
        let wrapped = wrap(line + cell.spans, width: width - 2)
        for (n, part) in wrapped.enumerated() { output.append(n == 0 ? part : StyledLine([StyledSpan("  ")] + part.spans)) }
      }
    }
    return output
  }

  private func spans(_ parts: [MarkdownInline], _ role: TextRole) -> [StyledSpan] {
    var output: [StyledSpan] = []
    func marked(_ mark: String, _ inner: [StyledSpan], _ kind: TextRole) {
      if marks { output.append(StyledSpan(mark, kind)) }
      output += inner
      if marks { output.append(StyledSpan(mark, kind)) }
    }
    for part in parts {
      switch part {
      case .text(let text): output.append(StyledSpan(text, role))
      case .emphasis(let inner): marked("*", spans(inner, .emphasis), .emphasis)
      case .strong(let inner): marked("**", spans(inner, .strong), .strong)
      case .struck(let inner): marked("~~", spans(inner, .struck), .struck)
      case .code(let text): output.append(StyledSpan(marks ? "`\(text)`" : text, .code))
      case .link(let destination, _, let inner):
        output += spans(inner, .link)
        if destination != inner.plainText, !destination.hasPrefix("mailto:") { output.append(StyledSpan(" (\(destination))", .link)) }
      case .image(_, _, let alternative): output.append(StyledSpan("[figure: \(alternative)]", .link))
      case .softBreak: output.append(StyledSpan(" ", role))
      case .lineBreak: output.append(StyledSpan("\n", role))
      case .formula(let tex, _): output.append(StyledSpan(FormulaText.unicode(tex), .emphasis))
      case .term(_, let shown): output.append(StyledSpan(shown, .emphasis))
      case .citation, .figureReference: output.append(StyledSpan(part.plainText, role))
      case .computed(let expression): output.append(StyledSpan("\\(\(expression))", .code))
      }
    }
    return output
  }

  /// Breaks at spaces; a code span is not broken.
  func wrap(_ spans: [StyledSpan], width: Int) -> [StyledLine] {
    var lines: [StyledLine] = []
    var line: [StyledSpan] = []
    var used = 0
    var word: [StyledSpan] = []
    var wordWidth = 0
    var gap: StyledSpan?
    func append(_ span: StyledSpan) {
      if let last = line.last, last.role == span.role { line[line.count - 1].text += span.text } else { line.append(span) }
    }
    func endWord() {
      guard !word.isEmpty else { return }
      if used > 0, used + 1 + wordWidth > width {
        lines.append(StyledLine(line))
        line = []
        used = 0
      } else if used > 0, let gap {
        append(gap)
        used += 1
      }
      word.forEach(append)
      used += wordWidth
      word = []
      wordWidth = 0
      gap = nil
    }
    for span in spans {
      if span.text == "\n" {
        endWord()
        lines.append(StyledLine(line))
        line = []
        used = 0
        continue
      }
      if span.role == .code {
        word.append(span)
        wordWidth += displayWidth(span.text)
        continue
      }
      for piece in span.text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
        if piece.offset > 0 {
          endWord()
          gap = StyledSpan(" ", span.role)
        }
        if !piece.element.isEmpty {
          word.append(StyledSpan(String(piece.element), span.role))
          wordWidth += displayWidth(String(piece.element))
        }
      }
    }
    endWord()
    if !line.isEmpty || lines.isEmpty { lines.append(StyledLine(line)) }
    return lines
  }
}
