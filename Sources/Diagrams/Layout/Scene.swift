// A laid-out figure: places in points, y upward, ready to be written as DOT. It knows no architecture.

struct Point: Equatable {
  var x: Double
  var y: Double
}

struct Rect: Equatable {
  var left: Double
  var bottom: Double
  var right: Double
  var top: Double

  init(left: Double, bottom: Double, right: Double, top: Double) {
    (self.left, self.bottom, self.right, self.top) = (left, bottom, right, top)
  }
  init(x: Double, y: Double, width: Double, height: Double) {
    self.init(left: x - width / 2, bottom: y - height / 2, right: x + width / 2, top: y + height / 2)
  }

  var x: Double { (left + right) / 2 }
  var y: Double { (bottom + top) / 2 }
  var width: Double { right - left }
  var height: Double { top - bottom }

  func union(_ other: Rect) -> Rect {
    Rect(
      left: min(left, other.left), bottom: min(bottom, other.bottom), right: max(right, other.right), top: max(top, other.top))
  }
}

struct Scene: Equatable {
  var panels: [Panel] = []
  var shapes: [Shape] = []
  var labels: [Label] = []
  var cells: [Cell] = []
  var lines: [Line] = []

  /// A ground behind other things.
  struct Panel: Equatable {
    var id: String
    var rect: Rect
    var fill: String
    var border: String
    var width = 1.3
    var dashed = false
    var tooltip = ""
  }

  /// A box, circle or cylinder with a label inside.
  struct Shape: Equatable {
    enum Outline: Equatable { case rounded, circle, cylinder, dot }
    var id: String
    var outline: Outline
    var rect: Rect
    var paint: Paint
    var penWidth = 1.3
    var title: Text = ""
    var titleSize = 12.5
    var bold = false
    var subtitle = ""
    var subtitleSize = 10.0
    var tooltip = ""
    var kind = ""
    var dashed = false
  }

  enum Align: Equatable { case left, centre, right }

  /// Type on the ground; `rect` is the room that it stands in.
  struct Label: Equatable {
    var text: Text
    var size: Double
    var colour: String
    var bold = false
    var mono = false
    var align = Align.left
    var rect: Rect
  }

  /// A filled rectangle without a border: bars, ribbons, miniatures.
  struct Cell: Equatable {
    var rect: Rect
    var fill: String
    var text = ""
    var ink = Ink.white
    var tooltip = ""
  }

  /// A way through right-angled corners, which are rounded when drawn.
  struct Line: Equatable {
    enum Style: Equatable { case solid, dotted, dashed }
    var from: String
    var to: String
    var points: [Point]
    var colour = Ink.stream
    var width = 1.3
    var style = Style.solid
    var arrow = true
    /// A head at both ends.
    var isBoth = false
    var tooltip = ""
    var radius = 9.0
  }

  /// Adds type, in a room exactly as wide as it is measured.
  mutating func label(
    _ text: Text, size: Double, colour: String = Ink.muted, bold: Bool = false, mono: Bool = false, align: Align = .left, x: Double,
    y: Double
  ) {
    let measured = mono ? Double(text.plain.count) * size * 0.603 : text.width(size: size, bold: bold)
    let width = measured + 2
    let left: Double =
      switch align {
      case .left: x
      case .centre: x - width / 2
      case .right: x - width
      }
    let rect = Rect(left: left, bottom: y - size * 0.65, right: left + width, top: y + size * 0.65)
    labels.append(Label(text: text, size: size, colour: colour, bold: bold, mono: mono, align: align, rect: rect))
  }

  mutating func append(_ other: Scene) {
    panels += other.panels
    shapes += other.shapes
    labels += other.labels
    cells += other.cells
    lines += other.lines
  }

  /// Room that everything in it takes.
  var bounds: Rect {
    let all = panels.map(\.rect) + shapes.map(\.rect) + labels.map(\.rect) + cells.map(\.rect)
    return all.dropFirst().reduce(all.first ?? Rect(left: 0, bottom: 0, right: 0, top: 0)) { $0.union($1) }
  }

  /// The same elsewhere, with ids of its own.
  func moved(by dx: Double, _ dy: Double, prefix: String) -> Scene {
    func moved(_ rect: Rect) -> Rect { Rect(left: rect.left + dx, bottom: rect.bottom + dy, right: rect.right + dx, top: rect.top + dy) }
    var copy = self
    for i in copy.panels.indices { (copy.panels[i].rect, copy.panels[i].id) = (moved(panels[i].rect), prefix + panels[i].id) }
    for i in copy.shapes.indices { (copy.shapes[i].rect, copy.shapes[i].id) = (moved(shapes[i].rect), prefix + shapes[i].id) }
    for i in copy.labels.indices { copy.labels[i].rect = moved(labels[i].rect) }
    for i in copy.cells.indices { copy.cells[i].rect = moved(cells[i].rect) }
    for i in copy.lines.indices {
      copy.lines[i].points = lines[i].points.map { Point(x: $0.x + dx, y: $0.y + dy) }
      (copy.lines[i].from, copy.lines[i].to) = (prefix + lines[i].from, prefix + lines[i].to)
    }
    return copy
  }
}
