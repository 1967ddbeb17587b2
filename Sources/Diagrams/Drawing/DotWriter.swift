// A scene as DOT. Every place is given (layout=nop2): Graphviz measures text and draws, it decides nothing.
// Element ids are prefixed with the figure's own, so that several drawings can stand in one page.

struct DotWriter {
  var prefix: String
  private var counter = 0
  private var ids: Set<String> = []

  init(prefix: String) { self.prefix = prefix }

  /// The whole graph.
  static func write(_ scene: Scene, heading: String, alternative: String) -> String {
    var writer = DotWriter(prefix: identifier(heading))
    return writer.graph(scene, heading: heading, alternative: alternative)
  }

  private mutating func graph(_ scene: Scene, heading: String, alternative: String) -> String {
    ids = Set(scene.shapes.map(\.id) + scene.panels.map(\.id))
    var lines = [
      "// Orrery figure. Self-contained: every position is given (layout=nop2); Graphviz measures text and draws.",
      "digraph figure {",
      #"graph [layout=nop2, outputorder=edgesfirst, fontname="Arial", bgcolor="white", pad=0.25, tooltip=" ","#,
      "  heading=\(quoted(heading)),",
      "  alternative=\(quoted(alternative))];",
      #"node [shape=box, style="rounded,filled", fontname="Arial", fontsize=12.5, penwidth=1.3, margin=0, fixedsize=true, tooltip=" "];"#,
      "edge [penwidth=1.3, arrowsize=0.6, color=\"#\(Ink.stream)\", tooltip=\" \"];",
    ]
    lines += scene.panels.map { panel($0) }
    lines += scene.shapes.map { shape($0) }
    if !scene.cells.isEmpty {
      lines.append(#"subgraph cells { node [style=filled, penwidth=0, fontsize=9, label="", class="cell"];"#)
      lines += scene.cells.map { cell($0) }
      lines.append("}")
    }
    if !scene.labels.isEmpty {
      lines.append("subgraph labels { node [shape=plaintext, style=\"\", class=\"text\"];")
      lines += scene.labels.map { label($0) }
      lines.append("}")
    }
    lines += scene.lines.flatMap { line($0) }
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  private mutating func next(_ letter: String) -> String {
    repeat { counter += 1 } while ids.contains("\(letter)\(counter)")
    return "\(letter)\(counter)"
  }

  private func panel(_ panel: Scene.Panel) -> String {
    let r = panel.rect
    let corner = "shape=point, width=0.001, height=0.001, style=invis"
    return """
      subgraph \(quoted("cluster_" + panel.id)) { bb="\(decimal(r.left)),\(decimal(r.bottom)),\(decimal(r.right)),\(decimal(r.top))"; \
      style="rounded,\(panel.dashed ? "dashed," : "")filled"; fillcolor="#\(panel.fill)"; color="#\(panel.border)"; \
      penwidth=\(decimal(panel.width)); id=\(quoted(prefix + panel.id)); tooltip=\(quoted(panel.tooltip.isEmpty ? " " : panel.tooltip)); label=""; \
      \(quoted(panel.id + ".a")) [pos="\(decimal(r.left)),\(decimal(r.bottom))", \(corner)]; \
      \(quoted(panel.id + ".b")) [pos="\(decimal(r.right)),\(decimal(r.top))", \(corner)]; }
      """
  }

  private func place(_ rect: Rect) -> String {
    "pos=\"\(decimal(rect.x)),\(decimal(rect.y))\", width=\(decimal(rect.width / 72, places: 4)), height=\(decimal(rect.height / 72, places: 4))"
  }

  private func shape(_ shape: Scene.Shape) -> String {
    var attributes = [place(shape.rect)]
    switch shape.outline {
    case .rounded: if shape.dashed { attributes.append("style=\"rounded,filled,dashed\"") }
    case .circle: attributes.append("shape=circle, style=filled")
    case .cylinder: attributes.append("shape=cylinder, style=filled")
    case .dot: attributes.append("shape=circle, style=filled, label=\"\"")
    }
    if shape.outline != .dot { attributes.append("label=\(html(shape))") }
    attributes.append("fillcolor=\"#\(shape.paint.fill)\", color=\"#\(shape.paint.border)\", fontcolor=\"#\(shape.paint.text)\"")
    if shape.titleSize != 12.5 { attributes.append("fontsize=\(decimal(shape.titleSize))") }
    if shape.penWidth != 1.3 { attributes.append("penwidth=\(decimal(shape.penWidth))") }
    attributes.append("id=\(quoted(prefix + shape.id))")
    if !shape.kind.isEmpty { attributes.append("class=\"k-\(shape.kind)\"") }
    if !shape.tooltip.isEmpty { attributes.append("tooltip=\(quoted(shape.tooltip))") }
    return "\(quoted(shape.id)) [\(attributes.joined(separator: ", "))];"
  }

  /// Title over subtitle. A cylinder's lid takes the upper rim, so its words start below it.
  private func html(_ shape: Scene.Shape) -> String {
    let title = markup(shape.title, bold: shape.bold, mutedSize: shape.subtitleSize)
    if shape.subtitle.isEmpty && shape.outline != .cylinder { return "<\(title)>" }
    var rows = shape.outline == .cylinder ? "<tr><td height=\"7\"></td></tr>" : ""
    rows += "<tr><td>\(title)</td></tr>"
    if !shape.subtitle.isEmpty {
      rows += "<tr><td><font point-size=\"\(decimal(shape.subtitleSize))\" color=\"#\(shape.paint.subtext)\">\(escaped(shape.subtitle))</font></td></tr>"
    }
    return "<<table border=\"0\" cellspacing=\"0\" cellpadding=\"0\">\(rows)</table>>"
  }

  private func markup(_ text: Text, bold: Bool, mutedSize: Double = 10) -> String {
    text.runs.map { run in
      let characters = escaped(run.characters)
      if run.muted { return "<font point-size=\"\(decimal(mutedSize))\" color=\"#\(Ink.muted)\">\(characters)</font>" }
      switch run.style {
      case .upright: return bold ? "<b>\(characters)</b>" : characters
      case .italic: return "<i>\(characters)</i>"
      case .bold: return "<b>\(characters)</b>"
      case .raised: return "<sup>\(characters)</sup>"
      }
    }.joined()
  }

  private mutating func cell(_ cell: Scene.Cell) -> String {
    var attributes = [place(cell.rect), "fillcolor=\"#\(cell.fill)\""]
    if !cell.text.isEmpty { attributes.append("label=\(quoted(cell.text)), fontcolor=\"#\(cell.ink)\"") }
    if !cell.tooltip.isEmpty { attributes.append("tooltip=\(quoted(cell.tooltip))") }
    return "\(next("c")) [\(attributes.joined(separator: ", "))];"
  }

  private mutating func label(_ label: Scene.Label) -> String {
    let face = label.mono ? " face=\"DejaVu Sans Mono\"" : ""
    let align = label.align == .left ? "left" : label.align == .right ? "right" : "center"
    let text = "<font point-size=\"\(decimal(label.size))\" color=\"#\(label.colour)\"\(face)>\(markup(label.text, bold: label.bold))</font>"
    let width = Int(label.rect.width.rounded(.up))
    let room = Rect(x: label.rect.x, y: label.rect.y, width: Double(width) + 8, height: label.size * 1.4 + 6)
    let table =
      "<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"0\"><tr><td width=\"\(width)\" align=\"\(align)\">\(text)</td></tr></table>>"
    return "\(next("t")) [\(place(room)), label=\(table)];"
  }

  private mutating func line(_ line: Scene.Line) -> [String] {
    let splines = spline(line)
    let ends = [line.from, line.to].map { ids.contains($0) ? quoted($0) : nil }
    var result: [String] = []
    let names = zip(ends, [line.points.first, line.points.last]).map { end, point -> String in
      if let end { return end }
      let name = next("p")
      let at = point ?? Point(x: 0, y: 0)
      result.append("\(name) [pos=\"\(decimal(at.x)),\(decimal(at.y))\", shape=point, width=0.001, height=0.001, style=invis];")
      return name
    }
    var attributes = ["pos=\"\(splines)\""]
    if line.colour != Ink.stream { attributes.append("color=\"#\(line.colour)\"") }
    if line.width != 1.3 { attributes.append("penwidth=\(decimal(line.width))") }
    if line.style != .solid { attributes.append("style=\(line.style == .dotted ? "dotted" : "dashed")") }
    if !line.arrow { attributes.append("dir=none") }
    if line.isBoth { attributes.append("dir=both") }
    if !line.tooltip.isEmpty { attributes.append("tooltip=\(quoted(line.tooltip))") }
    result.append("\(names[0]) -> \(names[1]) [\(attributes.joined(separator: ", "))];")
    return result
  }

  /// Bézier pieces along the way: straight runs, and quarter circles at the corners. The spline ends where the
  /// arrowhead (6 points long at arrowsize 0.6) begins.
  private func spline(_ line: Scene.Line) -> String {
    guard var end = line.points.last, line.points.count > 1 else { return "" }
    var points = line.points
    var head = ""
    if line.arrow {
      head = "e,\(decimal(end.x)),\(decimal(end.y)) "
      let before = points[points.count - 2]
      let length = max(hypotenuse(end, before), 0.1)
      let share = min(6, length * 0.9) / length
      end = Point(x: end.x + (before.x - end.x) * share, y: end.y + (before.y - end.y) * share)
      points[points.count - 1] = end
    }
    if line.isBoth {
      let start = points[0], length = max(hypotenuse(start, points[1]), 0.1), share = min(6, length * 0.4) / length
      head = "s,\(decimal(start.x)),\(decimal(start.y)) " + head
      points[0] = between(start, points[1], share)
    }
    var pieces: [Point] = [points[0]]
    func straight(to point: Point) {
      let from = pieces[pieces.count - 1]
      pieces.append(between(from, point, 1.0 / 3))
      pieces.append(between(from, point, 2.0 / 3))
      pieces.append(point)
    }
    for index in 1..<points.count {
      let corner = points[index]
      guard index + 1 < points.count else {
        straight(to: corner)
        break
      }
      let next = points[index + 1]
      let before = pieces[pieces.count - 1]
      let reach = min(line.radius, hypotenuse(before, corner) / 2, hypotenuse(corner, next) / 2)
      let enter = between(corner, before, reach / max(hypotenuse(before, corner), 0.1))
      let leave = between(corner, next, reach / max(hypotenuse(corner, next), 0.1))
      straight(to: enter)
      // 0.5523 is the control point of a quarter circle.
      pieces += [between(enter, corner, 0.5523), between(leave, corner, 0.5523), leave]
    }
    return head + pieces.map { "\(decimal($0.x)),\(decimal($0.y))" }.joined(separator: " ")
  }
}

private func between(_ a: Point, _ b: Point, _ share: Double) -> Point {
  Point(x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share)
}

private func hypotenuse(_ a: Point, _ b: Point) -> Double {
  ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
}

/// Text inside an HTML-like label or an XML element.
func escaped(_ text: String) -> String {
  text.reduce(into: "") { result, character in
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    default: result.append(character)
    }
  }
}

/// A DOT string. Graphviz reads escapes and HTML entities in it, so both are written as themselves.
func quoted(_ text: String) -> String {
  "\"" + text.reduce(into: "") { result, character in
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\\": result += "\\\\"
    case "\n": result += " "
    default: result.append(character)
    }
  } + "\""
}

/// "Llama 3 (8B)" → "llama-3-8b-": the start of every id in one drawing.
func identifier(_ title: String) -> String {
  let words = title.lowercased().unicodeScalars.split { !(("a"..."z").contains($0) || ("0"..."9").contains($0)) }
  return words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-") + "-"
}
