// Places a comparison: the table on top, the columns of both figures below, marks on what differs.

struct ComparisonLayout {
  private var scene = Scene()
  private static let mark = Kind.diffusion.border

  static func scene(_ comparison: Comparison) -> Scene {
    var layout = ComparisonLayout()
    layout.build(comparison)
    return layout.scene
  }

  private mutating func build(_ comparison: Comparison) {
    let standings = comparison.standings, repeats = comparison.repeats
    var left: Double?
    var bounds: Rect?
    for (index, (figure, side)) in [(comparison.a, standings.a), (comparison.b, standings.b)].enumerated() {
      let repeated = index == 0 ? repeats.a : repeats.b
      for (number, column) in figure.streams.enumerated() {
        var column = column
        column.name = column.name.map { "\(figure.title) · \($0)" } ?? figure.title
        let rails: Double = number == 0 ? 1 : -1
        let trial = StreamLayout(column, x: 0, side: rails)
        let x = left.map { $0 + 44 - trial.bounds.left } ?? 0
        let placed = StreamLayout(column, x: x, side: rails)
        scene.append(ComparisonLayout.dressed(placed, side, repeated, prefix: "\(index == 0 ? "a" : "b")\(number)."))
        left = placed.bounds.right
        bounds = bounds.map { $0.union(placed.bounds) } ?? placed.bounds
      }
    }
    guard let bounds else { return }
    placeTable(comparison, left: bounds.left, width: max(bounds.width, 520), bottom: bounds.top + 22)
  }

  /// The column's scene with ids of its own; equal parts grey, others outlined and marked.
  private static func dressed(_ layout: StreamLayout, _ standings: [String: Comparison.Standing], _ repeats: Set<String>, prefix: String) -> Scene {
    var scene = layout.scene
    let boxes = Set(layout.stream.boxes.map(\.id))
    for index in scene.shapes.indices {
      let id = scene.shapes[index].id
      if boxes.contains(id) {
        let rect = scene.shapes[index].rect
        switch standings[id] ?? .different {
        case .different:
          scene.shapes[index].penWidth = 2.6
          scene.shapes[index].tooltip = "another part" + (scene.shapes[index].tooltip.isEmpty ? "" : ": " + scene.shapes[index].tooltip)
          scene.label("≠", size: 16, colour: mark, bold: true, x: rect.right + 2, y: rect.y)
        case .resized:
          scene.shapes[index].tooltip = "other sizes or settings" + (scene.shapes[index].tooltip.isEmpty ? "" : ": " + scene.shapes[index].tooltip)
          scene.label("±", size: 14, colour: mark, bold: true, x: rect.right + 2, y: rect.y)
        case .equal:
          scene.shapes[index].paint = Kind.inactive.paint(.full)
          scene.shapes[index].bold = false
        }
      }
      scene.shapes[index].id = prefix + id
    }
    for index in scene.panels.indices {
      if repeats.contains(scene.panels[index].id) {
        let rect = scene.panels[index].rect
        scene.label("±", size: 14, colour: mark, bold: true, x: rect.right + 3, y: rect.bottom + 16)
      }
      scene.panels[index].id = prefix + scene.panels[index].id
    }
    for index in scene.lines.indices {
      scene.lines[index].from = prefix + scene.lines[index].from
      scene.lines[index].to = prefix + scene.lines[index].to
    }
    return scene
  }

  private mutating func placeTable(_ comparison: Comparison, left: Double, width: Double, bottom: Double) {
    let rows = comparison.rows
    func room(_ texts: [String], bold: Bool = false) -> Double { (texts.map { arialWidth($0, size: 11, bold: bold) }.max() ?? 0) + 22 }
    let names = room(rows.map(\.label))
    let first = room(rows.map(\.a) + [comparison.a.title], bold: true)
    let second = room(rows.map(\.b) + [comparison.b.title], bold: true)
    let columns = [left, left + names + first, left + names + first + second, left + names + first + second + 22]
    var y = bottom + 8
    for row in rows.reversed() {
      let ink = row.differs ? Ink.text : Ink.muted
      scene.label(Text(row.label), size: 11, x: columns[0], y: y)
      scene.label(Text(row.a), size: 11, colour: ink, bold: row.differs, align: .right, x: columns[1], y: y)
      scene.label(Text(row.b), size: 11, colour: ink, bold: row.differs, align: .right, x: columns[2], y: y)
      scene.label(Text(row.difference), size: 11, colour: row.differs ? ComparisonLayout.mark : Ink.muted, x: columns[3], y: y)
      y += 17
    }
    scene.cells.append(Scene.Cell(rect: Rect(left: left, bottom: y - 7, right: left + max(width, columns[3] - left + 110), top: y - 6.2), fill: Ink.panelBorder))
    y += 5
    scene.label(Text(comparison.a.title), size: 11, colour: Ink.text, bold: true, align: .right, x: columns[1], y: y)
    scene.label(Text(comparison.b.title), size: 11, colour: Ink.text, bold: true, align: .right, x: columns[2], y: y)
    scene.label("difference", size: 11, x: columns[3], y: y)
    y += 28
    scene.label(Text(Comparison.legend), size: 12, x: left, y: y)
    scene.label(Text(comparison.title), size: 26, colour: Kind.attention.border, bold: true, x: left, y: y + 26)
  }
}
