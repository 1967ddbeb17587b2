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
    return rows
  }

  private func difference(_ x: Fact?, _ y: Fact?) -> String {
    guard let x, let y else { return "≠" }
    if let first = x.exact, let second = y.exact { return Comparison.difference(first, second) }
    return x.value == y.value ? "=" : "≠"
  }

  static func difference(_ x: Int, _ y: Int) -> String {
    if x == y { return "=" }
    let change = (y > x ? "+" : "−") + rounded(abs(y - x))
    guard x > 0, y > 0 else { return change }
    return "\(change) (× \(significant(Double(y) / Double(x))))"
  }

  private static func union(_ a: [String], _ b: [String]) -> [String] {
    (a + b).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Ids of the boxes that have no equal on the other side, for each side.
  var differing: (a: Set<String>, b: Set<String>) {
    let (x, y) = (a.streams.flatMap(\.boxes), b.streams.flatMap(\.boxes))
    func same(_ p: Box, _ q: Box) -> Bool { p.kind == q.kind && p.title.plain == q.title.plain && p.subtitle == q.subtitle }
    // The longest common sequence: equal boxes in the same order stay, all others differ.
    var longest = Array(repeating: Array(repeating: 0, count: y.count + 1), count: x.count + 1)
    for i in x.indices.reversed() {
      for j in y.indices.reversed() {
        longest[i][j] = same(x[i], y[j]) ? longest[i + 1][j + 1] + 1 : max(longest[i + 1][j], longest[i][j + 1])
      }
    }
    var (left, right) = (Set(x.map(\.id)), Set(y.map(\.id)))
    var (i, j) = (0, 0)
    while i < x.count, j < y.count {
      if same(x[i], y[j]) {
        left.remove(x[i].id)
        right.remove(y[j].id)
        (i, j) = (i + 1, j + 1)
      } else if longest[i + 1][j] >= longest[i][j + 1] { i += 1 } else { j += 1 }
    }
    return (left, right)
  }

  /// The comparison in sentences.
  public var alternative: String {
    let changed = rows.filter(\.differs)
    var sentences = ["\(title), compared."]
    if !changed.isEmpty {
      sentences.append(changed.map { "\($0.label): \($0.a) against \($0.b)" }.joined(separator: "; ") + ".")
    }
    for (figure, ids) in [(a, differing.a), (b, differing.b)] {
      let names = figure.streams.flatMap(\.boxes).filter { ids.contains($0.id) }.map { $0.subtitle.isEmpty ? $0.title.plain : "\($0.title.plain) (\($0.subtitle))" }
      sentences.append(names.isEmpty ? "\(figure.title) has no part of its own." : "Only in \(figure.title): \(names.joined(separator: ", ")).")
    }
    return sentences.joined(separator: " ")
  }

  public func dot() -> String { DotWriter.write(ComparisonLayout.scene(self), heading: title, alternative: alternative) }

  /// The table, then both columns side by side; what differs is marked "≠".
  public func terminal(width: Int = 80, colour: Bool = false) -> String {
    let width = max(width, 60)
    var canvas = Canvas(width: width)
    canvas.write(title, row: 0, column: 0, ink: .strong)
    let labels = min(rows.map(\.label.count).max() ?? 0, width / 3)
    let cells = max(rows.flatMap { [$0.a.count, $0.b.count] }.max() ?? 0, 8)
    canvas.write(String(a.title.prefix(cells + 6)), row: 2, column: labels + 2, ink: .strong)
    canvas.write(String(b.title.prefix(cells + 6)), row: 2, column: labels + cells + 10, ink: .strong)
    var row = 3
    for line in rows {
      canvas.write(String(line.label.prefix(labels)), row: row, column: 0, ink: .muted)
      canvas.write(line.a, row: row, column: labels + 2)
      canvas.write(line.b, row: row, column: labels + cells + 10)
      canvas.write(line.difference, row: row, column: labels + 2 * cells + 18, ink: line.differs ? .kind(.diffusion) : .muted)
      row += 1
    }
    row += 1
    let differing = differing
    let half = (width - 4) / 2
    let left = TerminalColumn(Comparison.marked(a, differing.a), width: half)
    let right = TerminalColumn(Comparison.marked(b, differing.b), width: half)
    let height = max(left.height, right.height)
    canvas.paste(left.canvas, row: row + height - left.height, column: 0)
    canvas.paste(right.canvas, row: row + height - right.height, column: half + 4)
    return canvas.text(colour: colour)
  }

  /// The last column with "≠" before what differs, and the rest in grey.
  private static func marked(_ figure: Figure, _ differing: Set<String>) -> Column {
    guard var column = figure.streams.last else { return Column(body: []) }
    func mark(_ pieces: [Piece]) -> [Piece] {
      pieces.map { piece in
        switch piece {
        case .box(var box):
          if differing.contains(box.id) { box.title = "≠ " + box.title } else { box.kind = box.kind == .norm || box.kind == .inputOutput ? .inputOutput : .inactive }
          return .box(box)
        case .group(var group):
          group.parts = mark(group.parts)
          return .group(group)
        case .residual(let id, let inner): return .residual(id: id, mark(inner))
        case .parallel(let id, let branches): return .parallel(id: id, branches.map(mark))
        }
      }
    }
    (column.input, column.body, column.output) = (mark(column.input), mark(column.body), mark(column.output))
    return column
  }
}
