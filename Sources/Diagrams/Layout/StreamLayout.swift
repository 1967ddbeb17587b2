// Places one column: boxes bottom to top, panels around groups, rails around residual parts.

struct StreamLayout {
  let stream: Column
  /// The column's middle.
  let x: Double
  /// +1: rails on the left; −1: rails on the right (the decoder, whose left side receives the encoder).
  let side: Double
  /// How far vertical gaps are stretched, so that a short column stands level with tall insets.
  let stretch: Double
  let boxWidth: Double
  private(set) var scene = Scene()
  /// Boxes by id, for whoever joins them to something outside the column.
  private(set) var frames: [String: Rect] = [:]
  /// The panel around the body, or what is placed if there is none.
  private(set) var panel: Rect
  private var y = 0.0
  /// What the next arrow starts from.
  private var source: (id: String, top: Double)?

  private static let gap = 14.0

  init(_ stream: Column, x: Double, side: Double = 1, stretch: Double = 1) {
    (self.stream, self.x, self.side, self.stretch) = (stream, x, side, stretch)
    boxWidth = StreamLayout.boxWidth(stream.parts)
    panel = Rect(left: x, bottom: 0, right: x, top: 0)
    place()
  }

  /// The whole extent, panels included.
  var bounds: Rect {
    let rects = scene.panels.map(\.rect) + scene.shapes.map(\.rect) + scene.labels.map(\.rect)
    return rects.dropFirst().reduce(rects.first ?? panel) { $0.union($1) }
  }

  private mutating func place() {
    if !stream.sample.isEmpty {
      scene.label(Text(stream.sample), size: 11, mono: true, align: .centre, x: x, y: 0)
      source = ("sample", 8)
      y = 8
    }
    for part in stream.input { place(part, x: x) }
    if !stream.body.isEmpty {
      let reach = extent(stream.body)
      let bottom = source == nil ? y : y + 9.5
      y = bottom + (source == nil ? 10 : -3)
      for part in stream.body { place(part, x: x) }
      panel = Rect(left: x + reach.left - 16, bottom: bottom, right: x + reach.right + 16, top: y + 10)
      scene.panels.insert(
        Scene.Panel(id: "\(stream.name ?? "model")-panel", rect: panel, fill: Ink.panel, border: Ink.panelBorder, tooltip: stream.name ?? ""), at: 0)
      y = panel.top - 1
    } else {
      panel = Rect(left: x - boxWidth / 2, bottom: 0, right: x + boxWidth / 2, top: y)
    }
    for piece in stream.output { place(piece, x: x) }
    placeName()
  }

  /// The column's name: at the panel's upper corner, or over everything if it is too long to stand beside the output.
  private mutating func placeName() {
    guard let name = stream.name else { return }
    let room = side > 0 ? x - boxWidth / 2 - panel.left : panel.right - x - boxWidth / 2
    if stream.output.isEmpty || arialWidth(name, size: 12, bold: true) + 8 < room {
      let edge = side > 0 ? panel.left + 3 : panel.right - 3
      scene.label(Text(name), size: 12, bold: true, align: side > 0 ? .left : .right, x: edge, y: panel.top + 9)
    } else {
      scene.label(Text(name), size: 12, bold: true, align: .centre, x: x, y: y + 14)
    }
  }

  /// How far parts reach to either side of the column's middle.
  func extent(_ parts: [Piece]) -> (left: Double, right: Double) {
    var (left, right) = (-boxWidth / 2, boxWidth / 2)
    for part in parts {
      switch part {
      case .box: break
      case .residual(_, let inner):
        let reach = extent(inner)
        left = min(left, reach.left - (side > 0 ? 19 : 0))
        right = max(right, reach.right + (side > 0 ? 0 : 19))
      case .group(let group):
        let reach = extent(group.parts)
        left = min(left, reach.left - 17)
        right = max(right, reach.right + 18)
      case .parallel(_, let branches), .fork(_, _, let branches):
        let width = branchWidths(branches).reduce(0, +) + 14 * Double(branches.count - 1)
        left = min(left, -width / 2)
        right = max(right, width / 2)
      }
    }
    return (left, right)
  }

  private func branchWidths(_ branches: [[Piece]]) -> [Double] {
    branches.map { max(110, StreamLayout.boxWidth($0, least: 0)) }
  }

  private static func boxWidth(_ parts: [Piece], least: Double = 196) -> Double {
    parts.reduce(least) { widest, part in
      switch part {
      case .box(let box):
        max(widest, box.title.width(size: 12.5, bold: true, mutedSize: 10) + 26, arialWidth(box.subtitle, size: 10) + 26)
      case .group(let group): max(widest, boxWidth(group.parts, least: least))
      case .residual(_, let inner): max(widest, boxWidth(inner, least: least))
      case .parallel, .fork: widest
      }
    }
  }

  private mutating func place(_ part: Piece, x: Double) {
    switch part {
    case .box(let box): place(box, x: x, width: boxWidth)
    case .group(let group): place(group, x: x)
    case .residual(let id, let inner): placeResidual(id, inner, x: x)
    case .parallel(let id, let branches): placeParallel(id, branches, x: x)
    case .fork(let id, let joins, let branches): placeParallel(id, branches, x: x, sign: joins ? "‖" : nil, isInput: joins)
    }
  }

  private mutating func place(_ box: Box, x: Double, width: Double, from way: [Point] = []) {
    let height = box.subtitle.isEmpty ? 29.0 : 36.0
    // A broken edge carries words: what was asked of which shapes, on two lines.
    if source != nil { y += StreamLayout.gap * stretch + (box.fault == nil ? 0 : 18) }
    let rect = Rect(x: x, y: y + height / 2, width: width, height: height)
    scene.shapes.append(
      Scene.Shape(
        id: box.id, outline: .rounded, rect: rect, paint: box.kind.paint(.full), title: box.title,
        bold: box.kind != .norm && box.kind != .inputOutput, subtitle: box.subtitle, tooltip: box.keys, kind: box.kind.rawValue,
        dashed: box.fault != nil))
    if let source {
      let points = (way.isEmpty ? [Point(x: x, y: source.top)] : way) + [Point(x: x, y: rect.bottom - 1.3)]
      var line = Scene.Line(from: source.id, to: box.id, points: points)
      if let fault = box.fault {
        line.colour = Ink.residual
        line.width = 2.4
        line.style = .dashed
        line.tooltip = fault
        let words = fault.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
        for (line, text) in words.enumerated() {
          scene.label(Text((line == 0 ? "✗ " : "") + text), size: 10, colour: Ink.residual, bold: true, x: x + (line == 0 ? 8 : 19), y: rect.bottom - 9 - 12 * Double(line))
        }
      }
      scene.lines.append(line)
    }
    frames[box.id] = rect
    y = rect.top
    source = (box.id, rect.top)
  }

  private mutating func place(_ group: Group, x: Double) {
    let reach = extent(group.parts)
    let bottom = y + (source == nil ? 0 : 11)
    let index = scene.panels.count
    var foot = group.repeats > 1 || !group.title.isEmpty ? 8.0 : 2
    // "× N" needs a line of its own where a panel, a box or a rail on its side would stand in it.
    switch group.parts.first {
    case .group: foot = 22
    case .box where group.repeats > 1: foot = 20
    case .residual where group.repeats > 1 && side < 0: foot = 18
    default: break
    }
    y = bottom + foot
    for part in group.parts { place(part, x: x) }
    let rect = Rect(left: x + reach.left - 17, bottom: bottom, right: x + reach.right + 18, top: y + 16)
    scene.panels.insert(
      Scene.Panel(id: group.id, rect: rect, fill: group.kind.ground, border: group.kind.border, width: 1.8, tooltip: group.keys), at: index)
    frames[group.id] = rect
    if group.repeats > 1 {
      scene.label(Text("× \(group.repeats)"), size: 20, colour: group.kind.border, bold: true, align: .right, x: rect.right - 10, y: bottom + 16)
    }
    if !group.title.isEmpty {
      scene.label(Text(group.title), size: 10, colour: group.kind.border, bold: true, x: rect.left + 10, y: bottom + 10)
    }
    y = rect.top - 3
  }

  private mutating func placeResidual(_ id: String, _ inner: [Piece], x: Double) {
    let tap = y + 16 * stretch
    let reach = extent(inner)
    let rail = side > 0 ? x + reach.left - 19 : x + reach.right + 19
    scene.shapes.append(
      Scene.Shape(
        id: "\(id).tap", outline: .dot, rect: Rect(x: x, y: tap, width: 4.3, height: 4.3),
        paint: Paint(fill: Ink.residual, border: Ink.residual, subtext: Ink.residual)))
    y = tap + 2
    for part in inner { place(part, x: x) }
    if let source, source.top < y - 1 { y = source.top }
    y = sum(id, x: x, tooltip: "residual: the input is added back")
    let centre = y - 9.5
    scene.lines.append(
      Scene.Line(
        from: "\(id).tap", to: id,
        points: [
          Point(x: x, y: tap), Point(x: rail, y: tap), Point(x: rail, y: centre), Point(x: x - side * 10.8, y: centre),
        ], colour: Ink.residual, width: 2.1))
  }

  /// A plus in a circle above what was placed last; returns its top.
  private mutating func sum(_ id: String, x: Double, tooltip: String, joined: Bool = true, sign: String = "+") -> Double {
    let centre = y + 13 * max(1, stretch * 0.9) + 9.5
    let rect = Rect(x: x, y: centre, width: 19, height: 19)
    scene.shapes.append(
      Scene.Shape(
        id: id, outline: .circle, rect: rect, paint: Paint(fill: Ink.white, border: Ink.residual, text: Ink.residual, subtext: Ink.residual),
        penWidth: 1.6, title: Text(sign), titleSize: 14, bold: true, tooltip: tooltip))
    if joined, let source {
      scene.lines.append(Scene.Line(from: source.id, to: id, points: [Point(x: x, y: source.top), Point(x: x, y: rect.bottom - 0.8)]))
    }
    frames[id] = rect
    source = (id, rect.top)
    return rect.top
  }

  /// - Parameters:
  ///   - sign: how the branches come together; nil: they do not.
  ///   - isInput: whether they are the ways in, below which nothing stands.
  private mutating func placeParallel(_ id: String, _ branches: [[Piece]], x: Double, sign: String? = "+", isInput: Bool = false) {
    let widths = branchWidths(branches)
    let total = widths.reduce(0, +) + 14 * Double(branches.count - 1)
    let start = isInput ? nil : source
    let bottom = y
    let fork = bottom + 10
    var left = x - total / 2
    var ends: [(x: Double, top: Double, id: String)] = []
    var top = bottom
    for (branch, width) in zip(branches, widths) {
      let middle = left + width / 2
      y = bottom + 10
      source = start
      for (index, part) in branch.enumerated() {
        if case .box(let box) = part {
          let way = index == 0 ? [Point(x: x, y: start?.top ?? bottom), Point(x: x, y: fork), Point(x: middle, y: fork)] : []
          place(box, x: middle, width: width, from: way)
        } else {
          place(part, x: middle)
        }
      }
      if let source { ends.append((middle, source.top, source.id)) }
      top = max(top, y)
      left += width + 14
    }
    y = top
    guard let sign else {
      source = nil
      return
    }
    y = sum(id, x: x, tooltip: sign == "+" ? "the branches are added" : "one behind the other", joined: false, sign: sign)
    for end in ends {
      let edge = end.x < x ? x - 10.8 : x + 10.8
      let points = abs(end.x - x) < 1
        ? [Point(x: x, y: end.top), Point(x: x, y: y - 19)]
        : [Point(x: end.x, y: end.top), Point(x: end.x, y: y - 9.5), Point(x: edge, y: y - 9.5)]
      scene.lines.append(Scene.Line(from: end.id, to: id, points: points))
    }
  }
}
