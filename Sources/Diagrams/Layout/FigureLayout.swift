// Puts a whole figure together: columns, cross-attention between them, insets beside them with their dotted lines,
// a diffusion loop around them, the header over all of it.

struct FigureLayout {
  let figure: Figure
  private var scene = Scene()
  private var columns: [StreamLayout] = []
  private var bounds = Rect(left: 0, bottom: 0, right: 0, top: 0)

  static func scene(_ figure: Figure) -> Scene {
    var layout = FigureLayout(figure)
    layout.build()
    return layout.scene
  }

  private init(_ figure: Figure) { self.figure = figure }

  private mutating func build() {
    let insets = insetColumns()
    let tallest = insets.map(\.height).max() ?? 0
    placeStreams(stretch: 1)
    // Stretching the gaps makes a short column stand level with its insets: find how far, by how much one step gives.
    let missing = tallest - roomForInsets
    if missing > 0 {
      let before = roomForInsets
      placeStreams(stretch: 1.2)
      let gain = (roomForInsets - before) / 0.2
      placeStreams(stretch: min(1.9, 1 + missing / max(gain, 1)))
    }
    for column in columns { scene.append(column.scene) }
    joinColumns()
    for column in columns { placeLoop(column) }
    place(insets)
    let width = max(bounds.width, HeaderLayout.least(figure))
    scene.append(HeaderLayout(figure, left: bounds.left, width: width, bottom: bounds.top + 16).scene)
  }

  /// Insets stand between the foot of the panel and the foot of the topmost box.
  private var insetBase: Double { (columns.map(\.panel.bottom).min() ?? 0) - 38 }
  private var insetTop: Double { (columns.map(\.panel.top).max() ?? 0) + 8 }
  private var roomForInsets: Double { insetTop - insetBase }

  private mutating func placeStreams(stretch: Double) {
    columns = []
    var edge: Double?
    for (index, stream) in figure.streams.enumerated() {
      let side: Double = index == 0 ? 1 : -1
      let trial = StreamLayout(stream, x: 0, side: side, stretch: stretch)
      // A loop beside a later column stands between the two.
      let room = stream.loop.map { FigureLayout.width(of: $0) + 40 } ?? 0
      let x = edge.map { $0 + 52 + room - trial.bounds.left } ?? 0
      let column = StreamLayout(stream, x: x, side: side, stretch: stretch)
      edge = column.bounds.right
      columns.append(column)
    }
    bounds = columns.map(\.bounds).reduce(columns.first?.bounds ?? bounds) { $0.union($1) }
  }

  /// The way from an encoder's last part into every box that reads it.
  private mutating func joinColumns() {
    for target in columns {
      for box in target.stream.boxes {
        guard let reads = box.reads, let to = target.frames[box.id] else { continue }
        guard let source = columns.first(where: { $0.frames[reads] != nil }), let from = source.frames[reads] else { continue }
        let top = source.panel.top + 15
        let lane = target.stream.loop == nil ? (source.panel.right + target.panel.left) / 2 : source.panel.right + 20
        scene.lines.append(
          Scene.Line(
            from: reads, to: box.id,
            points: [
              Point(x: from.x, y: from.top), Point(x: from.x, y: top), Point(x: lane, y: top), Point(x: lane, y: to.y),
              Point(x: to.left - 1.3, y: to.y),
            ], colour: Kind.embedding.border, width: 2.1, tooltip: "keys and values come from the encoder"))
      }
    }
  }

  private static func width(of loop: Loop) -> Double {
    max(arialWidth(loop.title, size: 12.5, bold: true), arialWidth(loop.subtitle, size: 10)) + 22
  }

  private mutating func placeLoop(_ column: StreamLayout) {
    guard let loop = column.stream.loop, let first = column.stream.boxes.first, let last = column.stream.boxes.last(where: { loop.from == nil || $0.id == loop.from }),
      let low = column.frames[first.id], let high = column.frames[last.id]
    else { return }
    let width = FigureLayout.width(of: loop)
    let lane = column.panel.left - 18 - width / 2
    let paint = Kind.diffusion.paint(.full)
    scene.lines.append(
      Scene.Line(
        from: last.id, to: first.id,
        points: [
          Point(x: high.left, y: high.y), Point(x: lane, y: high.y), Point(x: lane, y: low.y), Point(x: low.left - 1.3, y: low.y),
        ], colour: paint.border, width: 2.1, tooltip: "the output goes back in: \(loop.title)"))
    // Clear of the way in from an encoder.
    let share = columns.count > 1 ? 0.2 : 0.5
    let rect = Rect(x: lane, y: low.y + share * (high.y - low.y), width: width, height: loop.subtitle.isEmpty ? 29 : 38)
    scene.shapes.append(
      Scene.Shape(
        id: "loop", outline: .rounded, rect: rect, paint: paint, title: Text(loop.title), bold: true, subtitle: loop.subtitle,
        tooltip: loop.title, kind: Kind.diffusion.rawValue))
    bounds = bounds.union(rect)
  }

  // MARK: insets

  private struct InsetStack {
    var insets: [FlowLayout]
    var width: Double { insets.map(\.size.width).max() ?? 0 }
    var height: Double { insets.map { $0.size.height + 16 }.reduce(-16, +) }
  }

  /// One column of insets, or two when one would be far taller than the streams.
  private func insetColumns() -> [InsetStack] {
    let layouts = figure.insets.map(FlowLayout.init)
    guard !layouts.isEmpty else { return [] }
    let one = InsetStack(insets: layouts)
    let streams = figure.streams.map { StreamLayout($0, x: 0).bounds.height }.max() ?? 0
    guard layouts.count > 2, one.height > 1.35 * streams else { return [one] }
    var split = 1
    while split + 1 < layouts.count, InsetStack(insets: Array(layouts[..<(split + 1)])).height <= one.height * 0.58 { split += 1 }
    return [InsetStack(insets: Array(layouts[..<split])), InsetStack(insets: Array(layouts[split...]))]
  }

  private mutating func place(_ insets: [InsetStack]) {
    var left = bounds.right + 34
    for (index, column) in insets.enumerated() {
      let top = max(insetTop, insetBase + column.height)
      var y = insetBase
      var lane = 0.0
      var rest = column.height
      for layout in column.insets {
        let size = layout.size
        let wanted = target(of: layout.inset).map { $0.rect.y - size.height * 0.5 } ?? y
        y = min(max(y, wanted), max(top - rest, y))
        let frame = Rect(left: left, bottom: y, right: left + column.width, top: y + size.height)
        scene.append(layout.scene(in: frame))
        if index == 0 { lead(to: frame, for: layout.inset, lane: lane) }
        lane += 1
        bounds = bounds.union(frame)
        y = frame.top + 16
        rest -= size.height + 16
      }
      left += column.width + 16
    }
  }

  private func target(of inset: Inset) -> (id: String, rect: Rect, column: StreamLayout)? {
    for column in columns.reversed() {
      for id in inset.boxes { if let rect = column.frames[id] { return (id, rect, column) } }
    }
    return nil
  }

  /// The dotted line from a box to the inset that opens it. Bent lines take lanes of their own; a line that would run
  /// behind a neighbour (parallel branches) leaves above it.
  private mutating func lead(to frame: Rect, for inset: Inset, lane: Double) {
    guard let target = target(of: inset), target.column.x == columns.last?.x else { return }
    let (from, panel) = (target.rect, target.column.bounds)
    let isBlocked = target.column.frames.values.contains { $0.left > from.right && $0.bottom < from.y && from.y < $0.top }
    let out = isBlocked ? from.top + 9 : from.y
    var points = isBlocked
      ? [Point(x: from.right - 16, y: from.top), Point(x: from.right - 16, y: out)] : [Point(x: from.right, y: out)]
    let height = min(max(out, frame.bottom + 16), frame.top - 16)
    if abs(height - out) > 0.5 {
      let x = (panel.right + frame.left) / 2 + (lane - 0.5) * 5
      points += [Point(x: x, y: out), Point(x: x, y: height)]
    }
    points.append(Point(x: frame.left, y: height))
    scene.lines.append(
      Scene.Line(
        from: target.id, to: "\(inset.id).frame", points: points, colour: inset.kind.border, width: 1.7, style: .dotted,
        arrow: false, tooltip: inset.title))
  }
}
