// A line of numbers as a sparkline, or as a chart in braille dots: a loss curve, a norm by layer.

/// One character a value, eight heights; longer series are averaged to `width`. What is not finite is a gap.
public func sparkline(_ values: [Float], width: Int = 60) -> String {
  let marks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  let series = resampled(values, to: width)
  let finite = series.filter(\.isFinite)
  guard let low = finite.min(), let high = finite.max() else { return String(repeating: " ", count: series.count) }
  return String(series.map { value -> Character in
    guard value.isFinite else { return " " }
    guard high > low else { return marks[3] }
    return marks[min(7, Int((value - low) / (high - low) * 8))]
  })
}

/// A curve over its index, with its ends written at the sides.
public struct LineChart {
  public var values: [Float]
  public var title: String

  public init(_ values: [Float], title: String = "") {
    self.values = values
    self.title = title
  }

  public func lines(style: Style, width: Int = 72, height: Int = 10) -> [ScreenText] {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return [title.isEmpty ? "no finite value" : "\(title): no finite value"] }
    if style.plain { return [ScreenText(sentence)] }
    let top = short(high)
    let bottom = short(low)
    let margin = max(displayWidth(top), displayWidth(bottom))
    let across = max(4, width - margin - 2)
    let series = resampled(values, to: across * 2)
    let rows = height * 4
    // A braille character is two dots wide and four high.
    var dots = [UInt32](repeating: 0, count: across * height)
    func set(_ x: Int, _ y: Int) {
      let bit: [UInt32] = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80]
      dots[y / 4 * across + x / 2] |= bit[x % 2 * 4 + y % 4]
    }
    var before: Int?
    for (x, value) in series.enumerated() {
      guard value.isFinite else {
        before = nil
        continue
      }
      let part = high > low ? Double((value - low) / (high - low)) : 0.5
      let y = Int((1 - part) * Double(rows - 1) + 0.5)
      // The steps between neighbours are joined, so a steep curve stays one line.
      for step in min(y, before ?? y)...max(y, before ?? y) { set(x, step) }
      before = y
    }
    var result: [ScreenText] = title.isEmpty ? [] : [style.paint(title, .heading)]
    for row in 0..<height {
      let label = row == 0 ? top : row == height - 1 ? bottom : ""
      let line = String(String.UnicodeScalarView(dots[row * across..<(row + 1) * across].map { Unicode.Scalar(0x2800 + $0) ?? " " }))
      result.append("\(label.padded(toWidth: margin, alignRight: true)) │\(style.paint(line.trimmedBraille, .name))")
    }
    let end = String(values.count)
    result.append(ScreenText(String(repeating: " ", count: margin + 1) + "└" + String(repeating: "─", count: across)))
    result.append(ScreenText(String(repeating: " ", count: margin + 2) + "1".padded(toWidth: across - displayWidth(end)) + end))
    return result
  }

  /// "loss: 200 values from 5.1 to 1.9; highest 5.1, lowest 1.85 at 187."
  public var sentence: String {
    let finite = values.indices.filter { values[$0].isFinite }
    guard let first = finite.first, let last = finite.last, let low = finite.min(by: { values[$0] < values[$1] }),
      let high = finite.max(by: { values[$0] < values[$1] })
    else { return "\(title.isEmpty ? "" : title + ": ")no finite value." }
    let lead = title.isEmpty ? "" : title + ": "
    return "\(lead)\(values.count) values from \(short(values[first])) to \(short(values[last])); "
      + "highest \(short(values[high])) at \(high + 1), lowest \(short(values[low])) at \(low + 1)."
  }
}

/// Means of equal parts, if there are more values than room.
private func resampled(_ values: [Float], to count: Int) -> [Float] {
  guard values.count > count, count > 0 else { return values }
  return (0..<count).map { index in
    let part = values[index * values.count / count..<(index + 1) * values.count / count].filter(\.isFinite)
    return part.isEmpty ? .nan : part.reduce(0, +) / Float(part.count)
  }
}

extension String {
  fileprivate var trimmedBraille: String {
    var text = self[...]
    while text.last == "\u{2800}" { text.removeLast() }
    return String(text)
  }
}
