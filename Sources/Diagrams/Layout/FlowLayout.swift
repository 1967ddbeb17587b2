// Places an inset: its frame, title, rows of operations and arrows. Widths come from the words: an inset grows until
// nothing overlaps, so no label can leave its box.

struct FlowLayout {
  let inset: Inset
  private static let padding = 14.0
  private let padding = FlowLayout.padding
  private let between = 10.0
  private static let side: Double = 280
  /// The least inner width of an inset.
  static let least = side - 2 * padding

  init(_ inset: Inset) { self.inset = inset }

  /// The least size that holds everything.
  var size: (width: Double, height: Double) {
    let title = arialWidth(inset.title, size: 12.5, bold: true) + arialWidth(countLabel, size: 10) + 2 * padding + 24
    var inner = max(FlowLayout.side, title) - 2 * padding
    for row in inset.flow.rows where inset.flow.width == nil {
      for (index, node) in row.enumerated() {
        let width = nodeWidth(node)
        if fills(node) {
          inner = max(inner, width)
          continue
        }
        inner = max(inner, width / 2 / max(node.x, 0.01), width / 2 / max(1 - node.x, 0.01))
        if index > 0 {
          let other = row[index - 1]
          inner = max(inner, ((width + nodeWidth(other)) / 2 + between) / max(node.x - other.x, 0.01))
        }
      }
    }
    if let width = inset.flow.width { inner = max(inner, width) }
    return (inner + 2 * padding, bottoms.height + 30)
  }

  var countLabel: String { inset.parameters.map { "\(rounded($0)) parameters" } ?? "" }

  /// Where each row's bottom lies above the inset's bottom.
  private var bottoms: (rows: [Double], height: Double) {
    var y = 6.0
    var rows: [Double] = []
    for (index, row) in inset.flow.rows.enumerated() {
      if index > 0 { y += gap(below: row, above: inset.flow.rows[index - 1]) }
      rows.append(y)
      y += row.map(nodeHeight).max() ?? 0
    }
    return (rows, y)
  }

  private func gap(below row: [Flow.Node], above previous: [Flow.Node]) -> Double {
    if row.contains(where: { if case .heads = $0.shape { true } else { false } }) { return 16 }
    if row.contains(where: { $0.shape == .caption }) { return 4 }
    if previous.contains(where: { $0.shape == .caption }) { return 16 }
    if inset.flow.width != nil, let at = inset.flow.rows.firstIndex(where: { $0.map(\.id) == previous.map(\.id) }) {
      let count = FlowWays(inset.flow).tracks(above: at)
      return count == 0 ? 14 : 13 + 7 * Double(count)
    }
    let forks = previous.contains { node in
      inset.flow.arrows.count { $0.from == node.id } > 1 && (node.shape == .symbol || node.shape == .box || node.shape == .operation)
    }
    return forks ? 20 : 14
  }

  /// Whether a node is as wide as the inset.
  private func fills(_ node: Flow.Node) -> Bool {
    switch node.shape {
    case .wide, .heads: true
    default: false
    }
  }

  func nodeHeight(_ node: Flow.Node) -> Double {
    switch node.shape {
    case .box: node.subtitle.isEmpty ? 28 : 36
    case .operation: node.subtitle.isEmpty ? 20 : 34
    case .wide: node.subtitle.isEmpty ? 29 : 38
    case .circle: 19
    case .memory: node.subtitle.isEmpty ? 34 : 46
    case .symbol: 16
    case .caption: 12
    case .heads: 28
    case .experts(let count, _, _, _): Miniature.experts(count).height + (node.title.isEmpty ? 0 : 14)
    }
  }

  func nodeWidth(_ node: Flow.Node) -> Double { FlowLayout.width(of: node) }

  /// How wide a node must be for its words.
  static func width(of node: Flow.Node) -> Double {
    let subtitle = arialWidth(node.subtitle, size: 9)
    switch node.shape {
    case .box: return max(node.title.width(size: 11), subtitle) + 20
    case .operation: return max(node.title.width(size: 10), subtitle) + 20
    case .wide: return max(node.title.width(size: 11.5), subtitle) + 24
    case .circle: return 19
    case .memory: return max(node.title.width(size: 11), subtitle) + 18
    case .symbol: return node.title.width(size: 13) + 4
    case .caption: return node.title.width(size: 9) + 4
    case .heads(let query, let keyValue): return Miniature.headsWidth(query: query, keyValue: keyValue)
    case .experts(let count, _, let groups, _): return max(Miniature.experts(count).width(groups: groups), node.title.width(size: 9) + 4)
    }
  }

  /// Draws the inset into `frame`, which is at least `size`.
  func scene(in frame: Rect) -> Scene {
    var scene = Scene()
    scene.panels.append(
      Scene.Panel(
        id: inset.id, rect: frame, fill: inset.kind.insetGround, border: inset.kind.border, dashed: true, tooltip: inset.title))
    scene.label(Text(inset.title), size: 12.5, colour: inset.kind.border, bold: true, x: frame.left + 12, y: frame.top - 14)
    if !countLabel.isEmpty {
      scene.label(Text(countLabel), size: 10, align: .right, x: frame.right - 12, y: frame.top - 14)
    }
    // What has a width of its own stands in the middle of a wider inset.
    let width = inset.flow.width ?? frame.width - 2 * padding
    let inner = (left: frame.x - width / 2, width: width)
    let slack = max(frame.height - size.height, 0)
    let places = bottoms.rows
    var rects: [String: (rect: Rect, node: Flow.Node, row: Int)] = [:]
    for (row, nodes) in inset.flow.rows.enumerated() {
      let height = nodes.map(nodeHeight).max() ?? 0
      let y = frame.bottom + places[row] + height / 2 + slack * Double(row) / Double(max(inset.flow.rows.count, 1))
      for node in nodes {
        let x = inner.left + node.x * inner.width
        let fills = fills(node) && node.width == nil
        let width = fills ? inner.width : node.width.map { max($0 * inner.width, nodeWidth(node)) } ?? nodeWidth(node)
        let rect = Rect(x: fills ? inner.left + inner.width / 2 : x, y: y, width: width, height: nodeHeight(node))
        rects[node.id] = (rect, node, row)
      }
    }
    let tops = inset.flow.rows.indices.map { row in rects.values.filter { $0.row == row }.map(\.rect.top).max() ?? 0 }
    for node in inset.flow.nodes {
      if let place = rects[node.id] { draw(node, in: place.rect, within: inner, into: &scene) }
    }
    for arrow in inset.flow.arrows {
      guard let from = rects[arrow.from], let to = rects[arrow.to] else { continue }
      let points = arrow.lane.map { lane in
        let x = inner.left + lane * inner.width
        return arrow.isBackward
          ? [Point(x: from.rect.right, y: from.rect.y), Point(x: x, y: from.rect.y), Point(x: x, y: to.rect.y), Point(x: to.rect.right + 1.3, y: to.rect.y)]
          : way(from, to, x: x, tops)
      }
      var line = Scene.Line(from: scope(arrow.from), to: scope(arrow.to), points: points ?? route(from, to))
      line.isBoth = arrow.isBoth
      if let kind = arrow.kind {
        line.colour = kind.paint(.part).border
        line.width = 1.7
      }
      scene.lines.append(line)
    }
    return scene
  }

  private func scope(_ id: String) -> String { "\(inset.id).\(id)" }

  private func draw(_ node: Flow.Node, in rect: Rect, within inner: (left: Double, width: Double), into scene: inout Scene) {
    let kind = node.kind ?? inset.kind
    func shape(_ outline: Scene.Shape.Outline, _ paint: Paint, size: Double) {
      scene.shapes.append(
        Scene.Shape(
          id: scope(node.id), outline: outline, rect: rect, paint: paint, title: node.title, titleSize: size,
          subtitle: node.subtitle, subtitleSize: 9, tooltip: node.keys, kind: kind.rawValue))
    }
    switch node.shape {
    case .box: shape(.rounded, kind.paint(.part), size: 11)
    case .operation: shape(.rounded, node.kind == .norm ? kind.paint(.part) : kind.paint(.operation), size: 10)
    case .wide: shape(.rounded, kind.paint(.operation), size: 11.5)
    case .memory: shape(.cylinder, kind.paint(.operation), size: 11)
    case .circle:
      var paint = kind.paint(.operation)
      paint.text = kind.paint(.part).border
      paint.border = paint.text
      scene.shapes.append(
        Scene.Shape(
          id: scope(node.id), outline: .circle, rect: rect, paint: paint, penWidth: 1.6, title: node.title, titleSize: 14, bold: true,
          tooltip: node.keys, kind: kind.rawValue))
    case .symbol: scene.label(node.title, size: 13, colour: Ink.text, align: .centre, x: rect.x, y: rect.y)
    case .caption: scene.label(node.title, size: 9, colour: kind.border, align: .centre, x: rect.x, y: rect.y)
    case .heads(let query, let keyValue):
      Miniature.heads(query: query, keyValue: keyValue, in: rect, kind: kind, tooltip: node.keys, into: &scene)
    case .experts(let count, let active, let groups, let open):
      let grid = Miniature.experts(count), width = grid.width(groups: groups), top = rect.top - (node.title.isEmpty ? 0 : 14)
      if !node.title.isEmpty { scene.label(node.title, size: 9, colour: kind.border, align: .centre, x: rect.x, y: rect.top - 6) }
      grid.draw(
        active: active, groups: groups, open: open, in: Rect(left: rect.x - width / 2, bottom: rect.bottom, right: rect.x + width / 2, top: top),
        tooltip: node.keys.split(separator: ";").first.map(String.init) ?? "", into: &scene)
    }
  }

  /// Along a lane: across in the gap above where it comes from, up, across in the gap below where it goes.
  private func way(
    _ from: (rect: Rect, node: Flow.Node, row: Int), _ to: (rect: Rect, node: Flow.Node, row: Int), x: Double, _ tops: [Double]
  ) -> [Point] {
    let ways = FlowWays(inset.flow)
    func height(_ row: Int, _ track: Int) -> Double { tops[row] + 9 + 7 * Double(track) }
    let margin = min(8.0, to.rect.width / 4)
    // Several that come in from the side do not meet in the middle.
    let aside = inset.flow.arrows.count { $0.to == to.node.id } > 1 ? min(24, to.rect.width / 4) * (x < to.rect.x ? -1 : 1) : 0
    let lands = x > to.rect.left + margin && x < to.rect.right - margin ? x : to.rect.x + aside
    var points = [Point(x: from.rect.x, y: from.rect.top)]
    let starts = x > from.rect.left + 6 && x < from.rect.right - 6 && (from.node.shape == .wide || abs(x - from.rect.x) < 0.5)
    if starts { points = [Point(x: x, y: from.rect.top)] } else if abs(x - from.rect.x) > 0.5 {
      let y = height(from.row, ways.track(of: "from " + from.node.id, above: from.row))
      points += [Point(x: from.rect.x, y: y), Point(x: x, y: y)]
    }
    if to.node.shape == .circle, abs(x - to.rect.x) > 4 {
      return points + [Point(x: x, y: to.rect.y), Point(x: x < to.rect.x ? to.rect.left - 1.3 : to.rect.right + 1.3, y: to.rect.y)]
    }
    if abs(lands - x) > 0.5 {
      let y = height(to.row - 1, ways.track(of: "to " + to.node.id, above: to.row - 1))
      points += [Point(x: x, y: y), Point(x: lands, y: y)]
    }
    return points + [Point(x: lands, y: to.rect.bottom - 1.3)]
  }

  /// Straight up where the two stand over each other; up, across and up where they do not; into a circle from its side.
  private func route(
    _ from: (rect: Rect, node: Flow.Node, row: Int), _ to: (rect: Rect, node: Flow.Node, row: Int)
  ) -> [Point] {
    let leave = Point(x: from.rect.x, y: from.rect.top)
    let margin = 8.0
    func covers(_ rect: Rect, _ x: Double) -> Bool { x > rect.left + margin && x < rect.right - margin }
    if to.node.shape == .circle && abs(to.rect.x - from.rect.x) > 4 {
      let edge = from.rect.x < to.rect.x ? to.rect.left - 1.3 : to.rect.right + 1.3
      return [leave, Point(x: from.rect.x, y: to.rect.y), Point(x: edge, y: to.rect.y)]
    }
    let landing = to.rect.bottom - 1.3
    if abs(from.rect.x - to.rect.x) < 0.5 || covers(to.rect, from.rect.x) && from.node.shape != .symbol {
      return [leave, Point(x: from.rect.x, y: landing)]
    }
    if covers(from.rect, to.rect.x) { return [Point(x: to.rect.x, y: from.rect.top), Point(x: to.rect.x, y: landing)] }
    let fork = from.rect.top + 9
    return [leave, Point(x: leave.x, y: fork), Point(x: to.rect.x, y: fork), Point(x: to.rect.x, y: landing)]
  }
}
