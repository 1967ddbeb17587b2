// Two architectures side by side: what is equal goes grey, what differs keeps its colour, gets an outline and a mark,
// and a table holds the counts against each other.

/// Two figures, held against each other.
public struct Comparison: Equatable, Sendable {
  public var a: Figure
  public var b: Figure

  public init(_ a: Figure, _ b: Figure) { (self.a, self.b) = (a, b) }

  /// One line of the table.
  public struct Row: Equatable, Sendable {
    public var label: String
    public var a: String
    public var b: String
    /// "+7.91 B (× 64.5)", "=", or "≠" where there is nothing to count.
    public var difference: String
    public var differs: Bool { difference != "=" }
  }

  public var title: String { "\(a.title) and \(b.title)" }

  /// Facts first, then where the parameters live.
  public var rows: [Row] {
    var rows: [Row] = []
    for label in Comparison.union(a.facts.map(\.label), b.facts.map(\.label)) {
      let (x, y) = (a.facts.first { $0.label == label }, b.facts.first { $0.label == label })
      rows.append(Row(label: label, a: x?.value ?? "–", b: y?.value ?? "–", difference: difference(x, y)))
      // As many layers, and yet not in the same order.
      if label == "layers", let order = orders { rows.append(order) }
    }
    func total(_ figure: Figure, _ label: String) -> Int? {
      let counts = figure.shares.filter { $0.label == label }.map(\.count)
      return counts.isEmpty ? nil : counts.reduce(0, +)
    }
    for label in Comparison.union(a.shares.map(\.label), b.shares.map(\.label)) {
      let (x, y) = (total(a, label), total(b, label))
      rows.append(
        Row(
          label: "in \(label)", a: x.map(rounded) ?? "–", b: y.map(rounded) ?? "–",
          difference: Comparison.difference(x ?? 0, y ?? 0)))
    }
    return rows + settingRows
  }

  /// How equal layers follow each other; nil where both have one kind only.
  private var orders: Row? {
    guard let x = a.ribbon, let y = b.ribbon, x.runs.count > 1 || y.runs.count > 1 else { return nil }
    let same = x.order == y.order && x.layers.map(\.name) == y.layers.map(\.name)
    return Row(label: "in runs of equal layers", a: x.order, b: y.order, difference: same ? "=" : "≠")
  }

  private func difference(_ x: Fact?, _ y: Fact?) -> String {
    guard let x, let y else { return "≠" }
    if let first = x.exact, let second = y.exact {
      return Comparison.difference(first, second, x.isBytes || y.isBytes ? binaryBytes : rounded)
    }
    return x.value == y.value ? "=" : "≠"
  }

  static func difference(_ x: Int, _ y: Int, _ name: (Int) -> String = rounded) -> String {
    if x == y { return "=" }
    let change = (y > x ? "+" : "−") + name(abs(y - x))
    guard x > 0, y > 0 else { return change }
    return "\(change) (× \(significant(Double(y) / Double(x))))"
  }

  private static func union(_ a: [String], _ b: [String]) -> [String] {
    (a + b).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The comparison in sentences.
  public var alternative: String {
    let changed = rows.filter(\.differs)
    var sentences = ["\(title), compared."]
    if !changed.isEmpty {
      sentences.append(changed.map { "\($0.label): \($0.a) against \($0.b)" }.joined(separator: "; ") + ".")
    }
    let standings = standings
    for (figure, standings) in [(a, standings.a), (b, standings.b)] {
      let own = figure.streams.flatMap(\.boxes).filter { (standings[$0.id] ?? .different) == .different }
      let names = own.map { $0.subtitle.isEmpty ? $0.title.plain : "\($0.title.plain) (\($0.subtitle))" }
      sentences.append(names.isEmpty ? "\(figure.title) has no part of its own." : "Only in \(figure.title): \(names.joined(separator: ", ")).")
    }
    return sentences.joined(separator: " ")
  }

  public func dot() -> String { DotWriter.write(ComparisonLayout.scene(self), heading: title, alternative: alternative) }

  /// The table, then both side by side: bar, ribbon, column, insets. What differs is marked "≠".
  public func terminal(width: Int = 80, colour: Bool = false) -> String {
    let width = max(width, 60)
    var canvas = Canvas(width: width)
    var row = 0
    for line in wrapWords(title, width: width) {
      canvas.write(line, row: row, column: 0, ink: .strong)
      row += 1
    }
    row = writeTable(row + 1, into: &canvas) + 1
    for line in wrapWords(Comparison.legend, width: width) {
      canvas.write(line, row: row, column: 0, ink: .muted)
      row += 1
    }
    row += 1
    let standings = standings, repeats = repeats, half = (width - 4) / 2
    let sides = [(a, standings.a, repeats.a), (b, standings.b, repeats.b)].map { figure, standings, repeats in
      (heads: figure.bars(width: half), column: TerminalColumn(Comparison.marked(figure, standings, repeats), width: half), insets: figure.insets.reversed().map { TerminalInset.canvas($0, width: half) })
    }
    let heads = sides.map(\.heads.height).max() ?? 0, height = sides.map(\.column.height).max() ?? 0
    for (side, start) in zip(sides, [0, half + 4]) {
      canvas.paste(side.heads, row: row, column: start)
      canvas.paste(side.column.canvas, row: row + heads + 1 + height - side.column.height, column: start)
      var below = row + heads + height + 2
      for inset in side.insets {
        canvas.paste(inset, row: below, column: start)
        below += inset.height + 1
      }
    }
    return canvas.text(colour: colour)
  }

  /// Label, both values, difference; what is too long for its column goes on below.
  private func writeTable(_ start: Int, into canvas: inout Canvas) -> Int {
    let rows = rows, width = canvas.width
    let differences = min(max(rows.map(\.difference.count).max() ?? 0, 1), 20)
    let labels = min(rows.map(\.label.count).max() ?? 0, (width - differences) * 2 / 5)
    let cells = (width - labels - differences - 6) / 2
    let columns = [0, labels + 2, labels + cells + 4, labels + 2 * cells + 6]
    func write(_ texts: [String], _ inks: [TerminalInk], _ row: Int) -> Int {
      let lines = zip(texts, [labels, cells, cells, differences]).map { wrapWords($0, width: max($1, 4)) }
      for (column, text) in lines.enumerated() {
        for (offset, line) in text.enumerated() { canvas.write(line, row: row + offset, column: columns[column], ink: inks[column]) }
      }
      return row + max(1, lines.map(\.count).max() ?? 1)
    }
    var row = write(["", a.title, b.title, ""], [.muted, .strong, .strong, .muted], start)
    for line in rows { row = write([line.label, line.a, line.b, line.difference], [.muted, .plain, .plain, line.differs ? .kind(.diffusion) : .muted], row) }
    return row
  }

  static let legend = "grey: equal · ±: other sizes, settings or repeats · ≠: another part"

  /// The last column with marks before what differs, and the rest in grey.
  private static func marked(_ figure: Figure, _ standings: [String: Standing], _ repeats: Set<String>) -> Column {
    guard var column = figure.streams.last else { return Column(body: []) }
    func mark(_ pieces: [Piece]) -> [Piece] {
      pieces.map { piece in
        switch piece {
        case .box(var box):
          switch standings[box.id] ?? .different {
          case .different: box.title = "≠ " + box.title
          case .resized: box.title = "± " + box.title
          case .equal: box.kind = box.kind == .norm || box.kind == .inputOutput ? .inputOutput : .inactive
          }
          return .box(box)
        case .group(var group):
          group.parts = mark(group.parts)
          if repeats.contains(group.id) { group.title = group.title.isEmpty ? "±" : "± " + group.title }
          return .group(group)
        case .residual(let id, let inner): return .residual(id: id, mark(inner))
        case .fork(let id, let joins, let branches): return .fork(id: id, joins: joins, branches.map(mark))
        case .parallel(let id, let branches): return .parallel(id: id, branches.map(mark))
        }
      }
    }
    (column.input, column.body, column.output) = (mark(column.input), mark(column.body), mark(column.output))
    return column
  }
}
