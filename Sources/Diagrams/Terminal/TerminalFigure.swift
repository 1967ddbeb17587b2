// The whole figure in a terminal: head, columns, insets. The same value as the drawing; nothing is left out but colour
// where there is none.

extension Figure {
  /// The figure in box characters.
  /// - Parameters:
  ///   - width: columns of the terminal; at least 40 are used. From 76 on, insets stand beside the column.
  ///   - colour: whether to write escape sequences for colour.
  public func terminal(width: Int = 80, colour: Bool = false) -> String {
    let width = max(width, 40)
    var canvas = Canvas(width: width)
    var row = writeHead(into: &canvas)
    let isWide = width >= 76
    let columnWidth = isWide ? (width - 4) / 2 : width - 1
    let left = streams.first.map { TerminalColumn($0, width: columnWidth) }
    if streams.count == 2, isWide, let left {
      let right = TerminalColumn(streams[1], width: columnWidth, side: -1)
      let height = max(left.height, right.height)
      canvas.paste(left.canvas, row: row + height - left.height, column: 0)
      canvas.paste(right.canvas, row: row + height - right.height, column: columnWidth + 4)
      join(left, right, bottom: row + height - 1, offset: columnWidth + 4, on: &canvas)
      row += height + 1
      writeInsets(insets, from: row, column: 0, width: width, pair: true, into: &canvas)
    } else {
      for (index, stream) in streams.enumerated() {
        let column = TerminalColumn(stream, width: columnWidth)
        canvas.paste(column.canvas, row: row, column: 0)
        if isWide, index == 0 { writeInsets(insets, from: row, column: columnWidth + 3, width: width - columnWidth - 3, pair: false, into: &canvas) }
        row += column.height + 1
      }
      if !isWide { writeInsets(insets, from: canvas.height + 1, column: 0, width: width, pair: false, into: &canvas) }
    }
    return canvas.text(colour: colour)
  }

  /// The parameter bar and the layer ribbon alone.
  func bars(width: Int) -> Canvas {
    var canvas = Canvas(width: width)
    let row = writeShares(0, into: &canvas)
    if let ribbon, !ribbon.layers.isEmpty { _ = write(ribbon, row, into: &canvas) }
    return canvas
  }

  // MARK: head

  private func writeHead(into canvas: inout Canvas) -> Int {
    let width = canvas.width
    canvas.write(title, row: 0, column: 0, ink: .strong)
    var row = 1
    for line in wrapWords(recipe, width: width) {
      canvas.write(line, row: row, column: 0, ink: .muted)
      row += 1
    }
    row += 1
    if !facts.isEmpty { row = writeFacts(row, into: &canvas) + 1 }
    row = writeShares(row, into: &canvas)
    if let ribbon, !ribbon.layers.isEmpty { row = write(ribbon, row, into: &canvas) }
    return row
  }

  /// Values over their names, spread over the width; what does not fit goes to the next row.
  private func writeFacts(_ start: Int, into canvas: inout Canvas) -> Int {
    var rows: [[Fact]] = [[]]
    func length(_ fact: Fact) -> Int { max(fact.value.count, fact.label.count) }
    for fact in facts {
      if (rows[rows.count - 1] + [fact]).reduce(0, { $0 + length($1) + 2 }) - 2 > canvas.width { rows.append([]) }
      rows[rows.count - 1].append(fact)
    }
    for (index, facts) in rows.enumerated() {
      let slack = canvas.width - facts.reduce(0) { $0 + length($1) }
      let gap = min(facts.count > 1 ? slack / (facts.count - 1) : 0, 8)
      var column = 0
      for fact in facts {
        canvas.write(fact.value, row: start + 2 * index, column: column, ink: .kind(accent))
        canvas.write(fact.label, row: start + 2 * index + 1, column: column, ink: .muted)
        column += length(fact) + gap
      }
    }
    return start + 2 * rows.count
  }

  private func writeShares(_ start: Int, into canvas: inout Canvas) -> Int {
    let shares = shares.filter { $0.count > 0 }
    let total = shares.reduce(0) { $0 + $1.count }
    guard total > 0 else { return start }
    var (row, filled, sum) = (start, 0, 0)
    for share in shares {
      sum += share.count
      let end = Int((Double(sum) / Double(total) * Double(canvas.width)).rounded())
      canvas.write(String(repeating: share.kind.texture, count: max(end - filled, 0)), row: row, column: filled, ink: .kind(share.kind))
      filled = max(end, filled)
    }
    row += 1
    var column = 0
    for share in shares {
      let words = "\(share.label) \(percent(Double(share.count) / Double(total)))"
      if column > 0, column + words.count + 2 > canvas.width {
        row += 1
        column = 0
      }
      canvas.set(share.kind.texture, row: row, column: column, ink: .kind(share.kind))
      canvas.write(words, row: row, column: column + 2)
      column += words.count + 5
    }
    return row + 2
  }

  private func write(_ ribbon: Ribbon, _ start: Int, into canvas: inout Canvas) -> Int {
    var row = start
    let cells = ribbon.layers
    let split = Set(cells.map(\.name)).count > 1 && cells.contains { $0.feed != nil }
    let perRow = min(canvas.width, 80)
    for chunk in stride(from: 0, to: cells.count, by: perRow) {
      for (column, layer) in cells[chunk..<min(chunk + perRow, cells.count)].enumerated() {
        if split, let feed = layer.feed {
          canvas.set(feed.texture, row: row, column: column, ink: .kind(feed))
          canvas.set(layer.pale ? "░" : layer.mixer.texture, row: row + 1, column: column, ink: .kind(layer.mixer))
        } else {
          let kind = layer.feed ?? layer.mixer
          canvas.set(kind.texture, row: row, column: column, ink: .kind(kind))
        }
      }
      row += split ? 2 : 1
    }
    for line in wrapWords(ribbon.caption, width: canvas.width) {
      canvas.write(line, row: row, column: 0, ink: .muted)
      row += 1
    }
    return row + 1
  }

  // MARK: cross-attention

  /// From the encoder's way out, between the columns, to every box that reads it.
  private func join(_ left: TerminalColumn, _ right: TerminalColumn, bottom: Int, offset: Int, on canvas: inout Canvas) {
    let lane = left.width + 1
    let ink = TerminalInk.kind(.embedding)
    let out = bottom - left.height
    for box in streams[1].boxes where box.reads != nil {
      guard let frame = right.frames[box.id] else { continue }
      let row = bottom - frame.row
      for column in left.exit...lane { canvas.set("─", row: max(out, 0), column: column, ink: ink) }
      canvas.set("╭", row: max(out, 0), column: left.exit, ink: ink)
      canvas.set(row > out ? "╮" : "╯", row: max(out, 0), column: lane, ink: ink)
      for between in (min(row, out) + 1)..<max(row, out, min(row, out) + 1) { canvas.set("│", row: between, column: lane, ink: ink) }
      canvas.set(row > out ? "╰" : "╭", row: row, column: lane, ink: ink)
      for column in (lane + 1)..<(offset + frame.left) { canvas.set("─", row: row, column: column, ink: ink) }
      canvas.set("▶", row: row, column: offset + frame.left - 1, ink: ink)
    }
  }

  // MARK: insets

  private func writeInsets(_ insets: [Inset], from start: Int, column: Int, width: Int, pair: Bool, into canvas: inout Canvas) {
    var (left, right) = (start, start)
    let half = (width - 4) / 2
    for inset in pair ? insets : insets.reversed() {
      let panel = TerminalInset.canvas(inset, width: pair ? half : width)
      if pair, right < left {
        canvas.paste(panel, row: right, column: column + half + 4)
        right += panel.height + 1
      } else {
        canvas.paste(panel, row: left, column: column)
        left += panel.height + 1
      }
    }
  }
}

/// One inset: its rows of operations from top (output) to bottom (input), arrows between them.
enum TerminalInset {
  static func canvas(_ inset: Inset, width: Int) -> Canvas {
    var canvas = Canvas(width: width)
    let ink = TerminalInk.kind(inset.kind)
    let inner = width - 4
    var lines: [[(text: String, column: Int, ink: TerminalInk)]] = []
    for (index, nodes) in inset.flow.rows.enumerated().reversed() {
      lines += rows(nodes, inner: inner, ink: ink)
      guard index > 0 else { continue }
      let columns = Set(nodes.flatMap { arrows(into: $0, of: inset.flow, inner) })
      if !columns.isEmpty { lines.append(columns.sorted().map { (text: "↑", column: 2 + $0, ink: TerminalInk.muted) }) }
    }
    let count = inset.parameters.map { " \(rounded($0)) " } ?? ""
    let title = " \(inset.title.prefix(max(width - count.count - 6, 4))) "
    let rule = String(repeating: "─", count: max(width - 4 - title.count - count.count, 0))
    canvas.write("┌─", row: 0, column: 0, ink: ink)
    canvas.write(title, row: 0, column: 2, ink: ink)
    canvas.write(rule, row: 0, column: 2 + title.count, ink: ink)
    canvas.write(count, row: 0, column: 2 + title.count + rule.count, ink: .muted)
    canvas.write("─┐", row: 0, column: width - 2, ink: ink)
    for (index, line) in lines.enumerated() {
      for piece in line { canvas.write(piece.text, row: index + 1, column: piece.column, ink: piece.ink) }
      canvas.write("│", row: index + 1, column: 0, ink: ink)
      canvas.write("│", row: index + 1, column: width - 1, ink: ink)
    }
    canvas.write("└" + String(repeating: "─", count: width - 2) + "┘", row: lines.count + 1, column: 0, ink: ink)
    return canvas
  }

  private static func place(_ node: Flow.Node, _ inner: Int) -> Int {
    switch node.shape {
    case .wide, .heads, .experts: inner / 2
    default: min(max(Int(node.x * Double(inner)), 0), inner - 1)
    }
  }

  /// Where arrows into a node stand: under it, or over their sources when it is as wide as the inset.
  private static func arrows(into node: Flow.Node, of flow: Flow, _ inner: Int) -> [Int] {
    let sources = flow.arrows.filter { $0.to == node.id }.map(\.from)
    guard node.shape == .wide || node.shape == .memory else { return sources.isEmpty ? [] : [place(node, inner)] }
    return flow.nodes.filter { sources.contains($0.id) }.map { place($0, inner) }
  }

  private static func words(_ node: Flow.Node) -> String {
    switch node.shape {
    case .operation: "(\(node.title.plain))"
    case .memory: "[\(node.title.plain)]"
    case .wide: node.title.plain.replacing("( ", with: "(").replacing(" )", with: ")").replacing(" / ", with: "/")
    default: node.title.plain
    }
  }

  /// A row of nodes as one or two lines; a row that is too wide for its places becomes one line for each node.
  private static func rows(_ nodes: [Flow.Node], inner: Int, ink: TerminalInk) -> [[(text: String, column: Int, ink: TerminalInk)]] {
    if nodes.count == 1, let picture = picture(nodes[0], inner: inner, ink: ink) { return picture }
    let drawn = nodes.filter { if case .experts = $0.shape { false } else { true } }
    let experts = nodes.filter { if case .experts = $0.shape { true } else { false } }
    var result = experts.flatMap { picture($0, inner: inner, ink: ink) ?? [] }
    let spans = drawn.map { node -> (start: Int, end: Int) in
      let length = max(words(node).count, node.subtitle.count)
      let start = min(max(place(node, inner) - length / 2, 0), max(inner - length, 0))
      return (start, start + length)
    }
    let fits = zip(spans, spans.dropFirst()).allSatisfy { $0.end + 1 <= $1.start } && spans.allSatisfy { $0.end <= inner }
    guard fits else {
      for node in drawn {
        for text in wrapWords(node.subtitle.isEmpty ? words(node) : "\(words(node))  \(node.subtitle)", width: inner) { result.append([(text, 2, ink)]) }
      }
      return result
    }
    func line(_ text: (Flow.Node) -> String, _ ink: TerminalInk) -> [(text: String, column: Int, ink: TerminalInk)] {
      zip(drawn, spans).map { node, span in
        let words = text(node)
        return (words, 2 + span.start + (span.end - span.start - words.count) / 2, ink)
      }
    }
    if !drawn.isEmpty { result.append(line(words, ink)) }
    if drawn.contains(where: { !$0.subtitle.isEmpty }) { result.append(line(\.subtitle, .muted)) }
    return result
  }

  /// Miniatures: heads in their groups, experts with the chosen ones lit.
  private static func picture(_ node: Flow.Node, inner: Int, ink: TerminalInk) -> [[(text: String, column: Int, ink: TerminalInk)]]? {
    switch node.shape {
    case .heads(let query, let keyValue):
      let each = max(query / max(keyValue, 1), 1)
      let room = inner - 7
      // As many groups as fit; the numbers in front tell how many there are.
      let shown = min(keyValue, max(room / (each + 1), 1))
      let width = min(each, room)
      let more = shown < keyValue || width < each ? "…" : ""
      func groups(_ glyph: String) -> String { Array(repeating: String(repeating: glyph, count: width), count: shown).joined(separator: " ") + more }
      func label(_ number: Int, _ name: String) -> String {
        let text = "\(number) \(name)"
        return String(repeating: " ", count: max(6 - text.count, 0)) + text
      }
      return [
        [(label(query, "Q"), 2, ink), (groups("▮"), 9, ink)], [(label(keyValue, "KV"), 2, ink), (groups("▬"), 9, ink)],
      ]
    case .experts(let count, let active, let groups, let open):
      let example = Miniature.example(count: count, active: active, groups: groups, open: open)
      let perRow = min(32, count)
      var lines: [[(text: String, column: Int, ink: TerminalInk)]] = []
      if !node.title.isEmpty { for line in wrapWords(node.title.plain, width: inner) { lines.append([(line, 2, .muted)]) } }
      for start in stride(from: 0, to: count, by: perRow) {
        let cells = (start..<min(start + perRow, count)).map { example.lit.contains($0) ? "■" : example.closed.contains($0) ? "·" : "□" }.joined()
        lines.append([(cells, 2 + max((inner - perRow) / 2, 0), ink)])
      }
      return lines
    default: return nil
    }
  }
}
