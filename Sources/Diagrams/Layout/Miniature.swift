// Pictures to scale: query heads over the key/value heads that they share, experts with the chosen ones lit.

/// A grid of experts.
struct Miniature {
  let cell: Double
  let columns: Int
  let rows: Int

  /// The grid for a number of experts: large cells for few, small ones for many.
  static func experts(_ count: Int) -> Miniature {
    switch count {
    case ...8: Miniature(cell: 18, columns: max(count, 1), rows: 1)
    case ...16: Miniature(cell: 11, columns: count, rows: 1)
    case ...64: Miniature(cell: 9, columns: 16, rows: (count + 15) / 16)
    default: Miniature(cell: 6, columns: 32, rows: (count + 31) / 32)
    }
  }

  private var pitch: Double { cell + 1.5 }
  var height: Double { Double(rows) * pitch + 4 }
  func width(groups: Int) -> Double { Double(columns) * pitch + Double(groups - 1) * 4 + 4 }

  /// Which experts are lit in the picture: spread evenly over the open groups. Any choice is only an example.
  static func example(count: Int, active: Int, groups: Int, open: Int) -> (lit: Set<Int>, closed: Set<Int>) {
    let perGroup = max(count / max(groups, 1), 1)
    let openGroups = (0..<open).map { $0 * groups / max(open, 1) }
    var lit: Set<Int> = []
    for index in 0..<min(active, count) {
      let group = openGroups.isEmpty ? 0 : openGroups[index % openGroups.count]
      var place = (index * 11 + 3) % perGroup
      while lit.contains(group * perGroup + place) { place = (place + 1) % perGroup }
      lit.insert(group * perGroup + place)
    }
    let closed = (0..<groups).filter { !openGroups.contains($0) }.flatMap { group in
      (0..<perGroup).map { group * perGroup + $0 }
    }
    return (lit, Set(closed))
  }

  func draw(active: Int, groups: Int, open: Int, in rect: Rect, tooltip: String, into scene: inout Scene) {
    let count = columns * rows
    let example = Miniature.example(count: count, active: active, groups: groups, open: open)
    let perGroup = max(count / max(groups, 1), 1)
    let groupColumns = max(columns / max(groups, 1), 1)
    for index in 0..<count {
      let (group, place) = (index / perGroup, index % perGroup)
      let column = groups > 1 ? group * groupColumns + place % groupColumns : index % columns
      let row = groups > 1 ? place / groupColumns : index / columns
      let left = rect.left + 2 + Double(column) * pitch + (groups > 1 ? Double(group) * 4 : 0)
      let top = rect.top - 2 - Double(row) * pitch
      let fill = example.lit.contains(index) ? "8E4B9E" : example.closed.contains(index) ? "E4E4EA" : "DCC3E3"
      scene.cells.append(Scene.Cell(rect: Rect(left: left, bottom: top - cell, right: left + cell, top: top), fill: fill, tooltip: tooltip))
    }
  }

  private static let labelWidth = 34.0

  static func headsWidth(query: Int, keyValue: Int) -> Double { 240 }

  static func heads(query: Int, keyValue: Int, in rect: Rect, kind: Kind, tooltip: String, into scene: inout Scene) {
    let strong = kind.strong.fill
    scene.label(Text("\(query) Q"), size: 9, colour: strong, bold: true, align: .right, x: rect.left + labelWidth - 4, y: rect.y + 7.5)
    scene.label(Text("\(keyValue) KV"), size: 9, colour: "3F7DC0", bold: true, align: .right, x: rect.left + labelWidth - 4, y: rect.y - 7)
    let left = rect.left + labelWidth
    let room = rect.right - left
    let groups = max(keyValue, 1)
    let groupWidth = room / Double(groups)
    let groupGap = min(groupWidth * 0.2, 4)
    let each = max(query / groups, 1)
    for group in 0..<groups {
      let start = left + Double(group) * groupWidth
      let width = groupWidth - groupGap
      let headWidth = width / Double(each)
      let headGap = each == 1 ? 0 : min(headWidth * 0.22, 1.5)
      for head in 0..<each {
        let x = start + Double(head) * headWidth
        scene.cells.append(
          Scene.Cell(
            rect: Rect(left: x, bottom: rect.y + 1, right: x + headWidth - headGap, top: rect.y + 14), fill: strong, tooltip: tooltip))
      }
      scene.cells.append(
        Scene.Cell(
          rect: Rect(left: start, bottom: rect.y - 13, right: start + width - (each == 1 ? 0 : headGap), top: rect.y - 1), fill: "7FB2E5",
          tooltip: tooltip))
    }
  }

  /// A column for each time: how much of the text is left; what is noise is light.
  static func schedule(_ signal: [Double], in rect: Rect, tooltip: String, into scene: inout Scene) {
    let step = (rect.right - rect.left) / Double(max(1, signal.count))
    for (index, share) in signal.enumerated() {
      let left = rect.left + Double(index) * step, right = left + step - 1.5
      let middle = rect.bottom + (rect.top - rect.bottom) * min(max(share, 0), 1)
      scene.cells.append(Scene.Cell(rect: Rect(left: left, bottom: rect.bottom, right: right, top: rect.top), fill: "F9D9E2", tooltip: tooltip))
      if share > 0.004 {
        scene.cells.append(Scene.Cell(rect: Rect(left: left, bottom: rect.bottom, right: right, top: middle), fill: "A8325C", tooltip: tooltip))
      }
    }
  }
}
