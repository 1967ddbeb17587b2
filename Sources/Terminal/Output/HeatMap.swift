// A matrix of numbers as a picture in text: coloured half blocks, two rows in a line; shades where there is no colour; and
// a sentence for `--plain`. −∞ and NaN are drawn apart from numbers. It does not compute what it shows.

public struct HeatMap {
  /// Row by row.
  public var values: [Float]
  public var columns: Int
  public var palette: Palette
  public var rowLabels: [String]
  public var columnLabels: [String]
  /// The ends of the scale; by default the values' own (symmetric about zero for the diverging palette).
  public var range: ClosedRange<Float>?

  public var rows: Int { columns == 0 ? 0 : values.count / columns }

  public init(
    _ values: [Float], columns: Int, palette: Palette? = nil, rowLabels: [String] = [], columnLabels: [String] = [],
    range: ClosedRange<Float>? = nil
  ) {
    precondition(columns >= 0 && (columns == 0 ? values.isEmpty : values.count % columns == 0), "rows of equal length")
    self.values = values
    self.columns = columns
    self.palette = palette ?? (values.contains { $0 < 0 && $0.isFinite } ? .diverging : .sequential)
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.range = range
  }

  /// The picture in at most `width` columns; larger matrices are averaged down, and the legend says so.
  public func lines(style: Style, width: Int = 80, height: Int = 40) -> [ScreenText] {
    guard !values.isEmpty else { return ["empty"] }
    if style.plain { return [ScreenText(sentence)] }
    let labels = rowLabels.count == rows ? rowLabels : []
    let margin = labels.map(displayWidth).max().map { $0 + 1 } ?? 0
    let across = max(1, width - margin)
    let picture = reduced(toColumns: across, rows: style.hasColour ? height * 2 : height)
    let cell = max(1, min(style.hasColour ? 2 : 2, across / picture.columns))
    let scale = self.scale
    var result: [ScreenText] = []
    if columnLabels.count == columns, picture.columns == columns, cell > 1 { result += header(cell, margin).map { ScreenText($0) } }
    if style.hasColour {
      let twoRows = labels.isEmpty || picture.rows != rows
      for row in stride(from: 0, to: picture.rows, by: twoRows ? 2 : 1) {
        var line = ScreenText(picture.rows == rows && !labels.isEmpty ? labels[row].padded(toWidth: margin) : String(repeating: " ", count: margin))
        for column in 0..<picture.columns {
          let upper = colour(picture[row, column], scale)
          if !twoRows {
            line += style.paint(String(repeating: " ", count: cell), background: upper)
          } else if row + 1 < picture.rows {
            let lower = colour(picture[row + 1, column], scale)
            line += style.paint(String(repeating: "▀", count: cell), foreground: upper, background: lower)
          } else {
            line += style.paint(String(repeating: "▀", count: cell), foreground: upper)
          }
        }
        result.append(line)
      }
    } else {
      for row in 0..<picture.rows {
        let label = picture.rows == rows && !labels.isEmpty ? labels[row].padded(toWidth: margin) : ""
        let shades = (0..<picture.columns).map { String(repeating: shade(picture[row, $0], scale), count: cell) }
        result.append(ScreenText(label + shades.joined()).withoutTrailingSpaces)
      }
    }
    return result + [legend(style, scale, shrunk: picture.rows != rows || picture.columns != columns ? (picture.rows, picture.columns) : nil)]
  }

  /// What the picture shows, in words.
  public var sentence: String {
    let finite = values.indices.filter { values[$0].isFinite }
    guard let low = finite.min(by: { values[$0] < values[$1] }), let high = finite.max(by: { values[$0] < values[$1] }) else {
      return "\(rows) by \(columns), no finite value."
    }
    let mean = finite.reduce(0.0) { $0 + Double(values[$1]) } / Double(finite.count)
    var text = "\(rows) by \(columns), from \(short(values[low])) at \(place(low)) to \(short(values[high])) at \(place(high)), mean \(short(Float(mean)))"
    let infinite = values.count { $0 == -.infinity }
    let other = values.count - finite.count - infinite
    if infinite > 0 { text += "; \(infinite) of \(values.count) are −∞" }
    if other > 0 { text += "; \(other) of \(values.count) are not finite" }
    return text + "."
  }

  private func place(_ index: Int) -> String {
    let (row, column) = (index / columns, index % columns)
    let rowName = rowLabels.count == rows ? "row \(row) (\(rowLabels[row]))" : "row \(row)"
    return rowName + ", " + (columnLabels.count == columns ? "column \(column) (\(columnLabels[column]))" : "column \(column)")
  }
}

// MARK: - Cells

extension HeatMap {
  private struct Picture {
    var columns: Int
    var rows: Int
    var values: [Float]
    subscript(row: Int, column: Int) -> Float { values[row * columns + column] }
  }

  /// Means of equal parts, where the matrix is larger than the room. Means leave out what is not finite.
  private func reduced(toColumns width: Int, rows height: Int) -> Picture {
    let (c, r) = (min(columns, width), min(rows, max(1, height)))
    guard c < columns || r < rows else { return Picture(columns: c, rows: r, values: values) }
    var result: [Float] = []
    for row in 0..<r {
      for column in 0..<c {
        var sum = 0.0
        var count = 0
        for y in row * rows / r..<(row + 1) * rows / r {
          for x in column * columns / c..<(column + 1) * columns / c where values[y * columns + x].isFinite {
            sum += Double(values[y * columns + x])
            count += 1
          }
        }
        result.append(count > 0 ? Float(sum / Double(count)) : values[row * rows / r * columns + column * columns / c])
      }
    }
    return Picture(columns: c, rows: r, values: result)
  }

  private var scale: ClosedRange<Float> {
    if let range { return range }
    let finite = values.filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    guard palette == .diverging else { return low...high }
    let far = max(abs(low), abs(high))
    return -far...far
  }

  private func part(_ value: Float, _ scale: ClosedRange<Float>) -> Double {
    guard scale.upperBound > scale.lowerBound else { return palette == .diverging ? 0.5 : 1 }
    return Double(value - scale.lowerBound) / Double(scale.upperBound - scale.lowerBound)
  }

  private func colour(_ value: Float, _ scale: ClosedRange<Float>) -> Colour {
    if value.isNaN { return Colour(hex: 0xFF00FF) }
    if value == -.infinity { return Colour(hex: 0x303030) }
    return palette.colour(value == .infinity ? 1 : part(value, scale))
  }

  private func shade(_ value: Float, _ scale: ClosedRange<Float>) -> String {
    if value.isNaN { return "?" }
    if value == -.infinity { return "·" }
    let shades = [" ", "░", "▒", "▓", "█"]
    return shades[min(max(Int(part(value, scale) * 5), 0), 4)]
  }

  private func header(_ cell: Int, _ margin: Int) -> [String] {
    let names = columnLabels.map { $0.cut(toWidth: cell) }
    return [(String(repeating: " ", count: margin) + names.map { $0.padded(toWidth: cell) }.joined()).withoutTrailingSpaces]
  }

  private func legend(_ style: Style, _ scale: ClosedRange<Float>, shrunk: (Int, Int)?) -> ScreenText {
    let bar: ScreenText
    if style.hasColour {
      bar = (0..<16).map { style.paint(" ", background: palette.colour(Double($0) / 15)) }.joined()
    } else {
      bar = "░▒▓█"
    }
    var text: ScreenText = "\(short(scale.lowerBound)) \(bar) \(short(scale.upperBound))"
    if values.contains(-.infinity) { text += style.hasColour ? "   \(style.paint("  ", background: Colour(hex: 0x303030))) −∞" : "   · −∞" }
    if values.contains(where: \.isNaN) { text += style.hasColour ? "   \(style.paint("  ", background: Colour(hex: 0xFF00FF))) NaN" : "   ? NaN" }
    if let shrunk { text += "   \(rows) × \(columns) averaged to \(shrunk.0) × \(shrunk.1)" }
    return text
  }
}

/// Three significant digits, as people write them.
func short(_ value: Float) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "−∞" : "∞" }
  let magnitude = abs(value)
  if magnitude != 0, magnitude < 0.001 || magnitude >= 100_000 {
    var exponent = 0
    var mantissa = Double(value)
    // What would round to 10 is 1 of the next power.
    while abs(mantissa) >= 9.995 { mantissa /= 10; exponent += 1 }
    while abs(mantissa) < 0.9995 { mantissa *= 10; exponent -= 1 }
    return "\(decimals(mantissa, 2))e\(exponent)"
  }
  return decimals(Double(value), magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3)
}

/// With at most `places` digits behind the point; zeros at the end are left out.
func decimals(_ value: Double, _ places: Int) -> String {
  var power = 1.0
  for _ in 0..<places { power *= 10 }
  let scaled = (abs(value) * power).rounded()
  let whole = Int(scaled / power)
  var digits = String(Int(scaled) - whole * Int(power))
  digits = String(repeating: "0", count: max(0, places - digits.count)) + digits
  while digits.last == "0" { digits.removeLast() }
  let sign = value < 0 && scaled > 0 ? "-" : ""
  return sign + String(whole) + (digits.isEmpty || places == 0 ? "" : "." + digits)
}
