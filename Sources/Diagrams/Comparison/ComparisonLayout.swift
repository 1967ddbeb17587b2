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
    var (left, top) = (0.0, 0.0)
    for (index, (figure, side)) in [(comparison.a, standings.a), (comparison.b, standings.b)].enumerated() {
      var own = FigureLayout.scene(figure)
      ComparisonLayout.dress(&own, figure, side, index == 0 ? repeats.a : repeats.b)
      let bounds = own.bounds
      scene.append(own.moved(by: left - bounds.left, -bounds.bottom, prefix: index == 0 ? "a." : "b."))
      left += bounds.width + 56
      top = max(top, bounds.height)
    }
    placeTable(comparison, left: 0, width: max(left - 56, 520), bottom: top + 30)
  }

  /// Equal parts grey, others outlined and marked.
  private static func dress(_ scene: inout Scene, _ figure: Figure, _ standings: [String: Comparison.Standing], _ repeats: Set<String>) {
    let boxes = Set(figure.streams.flatMap(\.boxes).map(\.id))
    for index in scene.shapes.indices where boxes.contains(scene.shapes[index].id) {
      let rect = scene.shapes[index].rect
      switch standings[scene.shapes[index].id] ?? .different {
      case .different:
        scene.shapes[index].penWidth = 2.6
        scene.shapes[index].tooltip = "another part" + (scene.shapes[index].tooltip.isEmpty ? "" : ": " + scene.shapes[index].tooltip)
        scene.label("≠", size: 16, colour: mark, bold: true, x: rect.right + 2, y: rect.y + 9)
      case .resized:
        scene.shapes[index].tooltip = "other sizes or settings" + (scene.shapes[index].tooltip.isEmpty ? "" : ": " + scene.shapes[index].tooltip)
        scene.label("±", size: 14, colour: mark, bold: true, x: rect.right + 2, y: rect.y + 9)
      case .equal:
        scene.shapes[index].paint = Kind.inactive.paint(.full)
        scene.shapes[index].bold = false
      }
    }
    for panel in scene.panels where repeats.contains(panel.id) {
      scene.label("±", size: 14, colour: mark, bold: true, x: panel.rect.right + 3, y: panel.rect.bottom + 16)
    }
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
