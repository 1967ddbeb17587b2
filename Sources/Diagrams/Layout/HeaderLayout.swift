// The head of a figure: title, recipe, facts, the parameter bar with its legend, the layer ribbon with its caption.
// Built from the bottom upward over whatever stands below; everything is as wide as the figure.

struct HeaderLayout {
  let figure: Figure
  let left: Double
  let width: Double
  private(set) var scene = Scene()
  private var y: Double

  /// Draws the header with its lowest line above `bottom`.
  init(_ figure: Figure, left: Double, width: Double, bottom: Double) {
    (self.figure, self.left, self.width, y) = (figure, left, width, bottom)
    if let ribbon = figure.ribbon, !ribbon.layers.isEmpty { place(ribbon) }
    if figure.shares.contains(where: { $0.count > 0 }) { placeShares() }
    if !figure.facts.isEmpty { placeFacts() }
    let colour = figure.accent.border
    for line in wrap(figure.recipe, at: " · ", size: 12, width: width).reversed() {
      scene.label(Text(line), size: 12, x: left, y: y + 8)
      y += 17
    }
    scene.label(Text(figure.title), size: 26, colour: colour, bold: true, x: left, y: y + 16)
    y += 34
  }

  /// The narrowest figure that this header fits.
  static func least(_ figure: Figure) -> Double {
    let facts = figure.facts.map { max(arialWidth($0.value, size: 15, bold: true), arialWidth($0.label, size: 9.5)) + 14 }
    return max(arialWidth(figure.title, size: 26, bold: true) + 8, (facts.max() ?? 0) * Double(min(figure.facts.count, 3)), 300)
  }

  private mutating func placeFacts() {
    let widest = figure.facts.map { max(arialWidth($0.value, size: 15, bold: true), arialWidth($0.label, size: 9.5)) + 14 }.max() ?? 1
    let columns = max(1, min(figure.facts.count, Int(width / widest)))
    let rows = (figure.facts.count + columns - 1) / columns
    for row in (0..<rows).reversed() {
      for column in 0..<columns where row * columns + column < figure.facts.count {
        let fact = figure.facts[row * columns + column]
        let x = left + Double(column) * width / Double(columns)
        scene.label(Text(fact.label), size: 9.5, x: x, y: y + 8)
        scene.label(Text(fact.value), size: 15, colour: figure.accent.border, bold: true, x: x, y: y + 23)
      }
      y += 38
    }
  }

  private mutating func placeShares() {
    let shares = figure.shares.filter { $0.count > 0 }
    let total = shares.reduce(0) { $0 + $1.count }
    let entries = shares.map { share in
      (share, "\(share.label) \(percent(Double(share.count) / Double(total)))")
    }
    // The legend, wrapped; each entry is a swatch and words, so the colour never stands alone.
    var rows: [[(Share, String, Double)]] = [[]]
    var used = arialWidth("where the parameters live:", size: 9.5) + 6
    for (share, words) in entries {
      let room = 12 + arialWidth(words, size: 9.5) + 9
      if used + room > width, !rows[rows.count - 1].isEmpty {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append((share, words, room))
      used += room
    }
    for (index, row) in rows.enumerated().reversed() {
      var x = left
      if index == 0 {
        scene.label("where the parameters live:", size: 9.5, x: x, y: y + 7)
        x += arialWidth("where the parameters live:", size: 9.5) + 6
      }
      for (share, words, room) in row {
        scene.cells.append(
          Scene.Cell(rect: Rect(left: x, bottom: y + 3, right: x + 8, top: y + 11), fill: share.kind.strong.fill, tooltip: exactly(share)))
        scene.label(Text(words), size: 9.5, colour: Ink.text, x: x + 11, y: y + 7)
        x += room
      }
      y += 15
    }
    var x = left
    for share in shares {
      let piece = width * Double(share.count) / Double(total)
      let rect = Rect(left: x, bottom: y + 3, right: x + max(piece, 0.6), top: y + 18)
      let figures = percent(Double(share.count) / Double(total))
      let long = share.note.isEmpty ? figures : "\(share.label) \(figures) — \(share.note)"
      let text = arialWidth(long, size: 9) + 8 < piece ? long : arialWidth(figures, size: 9) + 4 < piece ? figures : ""
      scene.cells.append(
        Scene.Cell(rect: rect, fill: share.kind.strong.fill, text: text, ink: share.kind.strong.ink, tooltip: exactly(share)))
      x += piece
    }
    y += 26
  }

  private func exactly(_ share: Share) -> String { "\(share.label): \(grouped(share.count)) parameters" }

  private mutating func place(_ ribbon: Ribbon) {
    for line in wrap(ribbon.caption, at: " ", size: 9.5, width: width).reversed() {
      scene.label(Text(line), size: 9.5, x: left, y: y + 8)
      y += 13
    }
    y += 3
    let perRow = RibbonShape.perRow(ribbon.layers.count)
    let rows = (ribbon.layers.count + perRow - 1) / perRow
    let pitch = min(width / Double(perRow), 80)
    let split = ribbon.layers.contains { $0.feed != nil } && Set(ribbon.layers.map(\.name)).count > 1
    for row in (0..<rows).reversed() {
      for column in 0..<perRow where row * perRow + column < ribbon.layers.count {
        let index = row * perRow + column
        let layer = ribbon.layers[index]
        let x = left + Double(column) * pitch
        let tooltip = "layer \(index): \(layer.name)"
        func cell(_ kind: Kind, pale: Bool, bottom: Double, top: Double, letter: String) {
          let fits = pitch > 12 && top - bottom > 9
          scene.cells.append(
            Scene.Cell(
              rect: Rect(left: x, bottom: y + bottom, right: x + pitch - min(1, pitch * 0.2), top: y + top),
              fill: pale ? kind.palePaint : kind.strong.fill, text: fits ? letter : "", ink: pale ? Ink.text : kind.strong.ink,
              tooltip: tooltip))
        }
        if split {
          cell(layer.mixer, pale: layer.pale, bottom: 2, top: 13, letter: initial(layer.mixerName))
          if let feed = layer.feed { cell(feed, pale: false, bottom: 14, top: 25, letter: initial(layer.feedName)) }
        } else {
          cell(layer.feed ?? layer.mixer, pale: layer.pale, bottom: 2, top: 13, letter: "")
        }
      }
      y += split ? 28 : 16
    }
    y += 5
  }

  private func initial(_ name: String) -> String { name.first.map { String($0).uppercased() } ?? "" }
}

extension Kind {
  /// The strong colour's pale sister, for a variant of the same kind.
  var palePaint: String {
    switch self {
    case .attention: "A9C8EC"
    case .feedForward: "F3C79F"
    case .experts: "CFA9D8"
    case .stateSpace: "9AD0D8"
    default: "D5D8DE"
    }
  }
}

/// How ribbons break into rows: one row up to 80 layers, then rows of equal length.
enum RibbonShape {
  static func perRow(_ layers: Int) -> Int {
    let rows = (layers + 79) / 80
    return max(1, (layers + rows - 1) / max(rows, 1))
  }
}

/// Breaks text at a separator so that no line is wider than `width`.
func wrap(_ text: String, at separator: String, size: Double, width: Double, bold: Bool = false) -> [String] {
  var lines: [String] = []
  for piece in text.split(separator: separator, omittingEmptySubsequences: true).map(String.init) {
    if let last = lines.last, arialWidth(last + separator + piece, size: size, bold: bold) <= width {
      lines[lines.count - 1] = last + separator + piece
    } else {
      lines.append(piece)
    }
  }
  return lines
}
