// Curves over steps: drawn with braille dots in a terminal, and as SVG. Losses, mostly; this file knows only numbers.

#if canImport(Glibc)
import Glibc
#endif

/// Several lines over one axis.
public struct Curve: Sendable {
  public struct Line: Sendable {
    public var name: String
    public var points: [(x: Double, y: Double)]
    public init(_ name: String, _ points: [(x: Double, y: Double)]) { (self.name, self.points) = (name, points) }
  }
  public var title: String
  public var lines: [Line]
  /// A level that is drawn across, and what it is: the entropy of the source.
  public var level: (name: String, y: Double)?
  public var axis: String

  public init(_ title: String, _ lines: [Line], level: (name: String, y: Double)? = nil, axis: String = "step") {
    (self.title, self.level, self.axis) = (title, level, axis)
    self.lines = lines.map { Line($0.name, $0.points.filter { $0.y.isFinite }) }.filter { !$0.points.isEmpty }
  }

  private var points: [(x: Double, y: Double)] { lines.flatMap(\.points) }
  private var ys: ClosedRange<Double> {
    let all = points.map(\.y) + (level.map { [$0.y] } ?? [])
    let low = all.min() ?? 0, high = all.max() ?? 1
    return low...(high > low ? high : low + 1)
  }
  private var xs: ClosedRange<Double> {
    let low = points.map(\.x).min() ?? 0, high = points.map(\.x).max() ?? 1
    return low...(high > low ? high : low + 1)
  }

  /// Means of neighbouring points, each at the place of its last: at most about `most` of them.
  public static func thinned(_ points: [(x: Double, y: Double)], most: Int = 120) -> [(x: Double, y: Double)] {
    let size = max(1, points.count / most)
    return stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      return (part.last!.x, part.reduce(0) { $0 + $1.y } / Double(part.count))
    }
  }

  /// In words: where each line begins and ends.
  public var alternative: String {
    let said = lines.map { line in
      "\(line.name) goes from \(Curve.number(line.points[0].y)) to \(Curve.number(line.points[line.points.count - 1].y)) in \(Curve.number(line.points[line.points.count - 1].x)) \(axis)s"
    }
    return ([title] + said + (level.map { ["\($0.name): \(Curve.number($0.y))"] } ?? [])).joined(separator: "; ")
  }

  static func number(_ x: Double) -> String {
    if x == x.rounded(), abs(x) < 1e9 { return String(Int(x)) }
    let digits = abs(x) >= 100 ? 1.0 : abs(x) >= 1 ? 100.0 : 10_000.0
    let scaled = (x * digits).rounded() / digits
    return scaled == 0 ? "0" : "\(scaled)"
  }
}

// MARK: terminal

extension Curve {
  /// - Parameters:
  ///   - width: columns, the axis's numbers included.
  ///   - height: rows of the plot.
  public func terminal(width: Int = 72, height: Int = 10) -> String {
    guard !points.isEmpty else { return title }
    let (xs, ys) = (xs, ys)
    let labels = [ys.upperBound, ys.lowerBound].map(Curve.number), margin = labels.map(\.count).max()! + 1
    let columns = max(8, width - margin - 1)
    // Two by four dots a cell.
    var cells = [[UInt32]](repeating: [UInt32](repeating: 0, count: columns), count: height)
    let bits: [[UInt32]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
    func dot(_ x: Double, _ y: Double) {
      let column = Int((x - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * Double(columns * 2 - 1) + 0.5)
      let row = Int((ys.upperBound - y) / (ys.upperBound - ys.lowerBound) * Double(height * 4 - 1) + 0.5)
      guard (0..<columns * 2).contains(column), (0..<height * 4).contains(row) else { return }
      cells[row / 4][column / 2] |= bits[column % 2][row % 4]
    }
    for line in lines {
      for (a, b) in zip(line.points, line.points.dropFirst()) {
        for i in 0..<32 {
          let t = Double(i) / 32
          dot(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t)
        }
      }
      if let last = line.points.last { dot(last.x, last.y) }
    }
    if let level { for i in stride(from: 0, to: columns * 2, by: 3) { dot(xs.lowerBound + Double(i) / Double(columns * 2 - 1) * (xs.upperBound - xs.lowerBound), level.y) } }
    func padded(_ text: String) -> String { String(repeating: " ", count: margin - 1 - text.count) + text + " " }
    var rows = [title]
    for (i, row) in cells.enumerated() {
      let label = i == 0 ? padded(labels[0]) : i == height - 1 ? padded(labels[1]) : padded("")
      var text = ""
      for cell in row { text.unicodeScalars.append(UnicodeScalar(0x2800 + cell)!) }
      rows.append(label + "│" + text)
    }
    let first = Curve.number(xs.lowerBound), last = "\(axis) \(Curve.number(xs.upperBound))"
    rows.append(padded("") + "└" + String(repeating: "─", count: columns))
    rows.append(padded("") + " " + first + String(repeating: " ", count: max(1, columns - first.count - last.count)) + last)
    for line in lines where lines.count > 1 { rows.append("  \(line.name): \(Curve.number(line.points.first!.y)) → \(Curve.number(line.points.last!.y))") }
    if let level { rows.append("  dotted: \(level.name) \(Curve.number(level.y))") }
    return rows.joined(separator: "\n")
  }
}

// MARK: SVG

extension Curve {
  private static let colours = ["#2F6DB5", "#C0392B", "#24805F", "#8E4B9E", "#B85A12", "#1C7C8C"]
  private static let dashes = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4"]

  /// A figure of its own: axes, lines (told apart by colour and by dash), the level, a legend.
  public func svg(width: Double = 720, height: Double = 400) -> String {
    let (xs, ys) = (xs, ys)
    let left = 64.0, right = 24.0, top = 48.0, bottom = 48.0 + Double(lines.count > 1 || level != nil ? 22 : 0)
    func px(_ x: Double) -> Double { left + (x - xs.lowerBound) / (xs.upperBound - xs.lowerBound) * (width - left - right) }
    func py(_ y: Double) -> Double { top + (ys.upperBound - y) / (ys.upperBound - ys.lowerBound) * (height - top - bottom) }
    func f(_ x: Double) -> String { let v = (x * 10).rounded() / 10; return v == v.rounded() ? String(Int(v)) : "\(v)" }
    func text(_ s: String, _ x: Double, _ y: Double, _ size: Int, _ anchor: String, _ fill: String = "#2B3138") -> String {
      let escaped = s.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      return "<text x=\"\(f(x))\" y=\"\(f(y))\" font-size=\"\(size)\" text-anchor=\"\(anchor)\" fill=\"\(fill)\">\(escaped)</text>\n"
    }
    var svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(f(width)) \(f(height))\" width=\"\(f(width))\" height=\"\(f(height))\" font-family=\"Arial, sans-serif\" role=\"img\" aria-label=\"\(alternative.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;"))\">\n"
    svg += "<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n" + text(title, left, 28, 18, "start")
    for i in 0...4 {
      let y = ys.lowerBound + (ys.upperBound - ys.lowerBound) * Double(i) / 4, x = xs.lowerBound + (xs.upperBound - xs.lowerBound) * Double(i) / 4
      svg += "<line x1=\"\(f(left))\" y1=\"\(f(py(y)))\" x2=\"\(f(width - right))\" y2=\"\(f(py(y)))\" stroke=\"#E3E6EA\"/>\n"
      svg += text(Curve.number((y * 1000).rounded() / 1000), left - 8, py(y) + 4, 11, "end") + text(Curve.number(x.rounded()), px(x), height - bottom + 18, 11, "middle")
    }
    svg += "<path d=\"M\(f(left)) \(f(top)) V\(f(height - bottom)) H\(f(width - right))\" fill=\"none\" stroke=\"#2B3138\"/>\n"
    svg += text(axis, width - right, height - bottom + 34, 12, "end")
    if let level {
      svg += "<line x1=\"\(f(left))\" y1=\"\(f(py(level.y)))\" x2=\"\(f(width - right))\" y2=\"\(f(py(level.y)))\" stroke=\"#2B3138\" stroke-dasharray=\"2 4\"/>\n"
    }
    for (i, line) in lines.enumerated() {
      let path = line.points.enumerated().map { ($0.offset == 0 ? "M" : "L") + f(px($0.element.x)) + " " + f(py($0.element.y)) }.joined(separator: " ")
      let dash = Curve.dashes[i % Curve.dashes.count]
      svg += "<path d=\"\(path)\" fill=\"none\" stroke=\"\(Curve.colours[i % Curve.colours.count])\" stroke-width=\"2\"\(dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\"")/>\n"
    }
    var x = left
    for (i, line) in lines.enumerated() where lines.count > 1 {
      let dash = Curve.dashes[i % Curve.dashes.count]
      svg += "<line x1=\"\(f(x))\" y1=\"\(f(height - 16))\" x2=\"\(f(x + 24))\" y2=\"\(f(height - 16))\" stroke=\"\(Curve.colours[i % Curve.colours.count])\" stroke-width=\"2\"\(dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\"")/>\n"
      svg += text(line.name, x + 30, height - 12, 12, "start")
      x += 46 + Double(line.name.count) * 7
    }
    if let level { svg += text("dotted: \(level.name) \(Curve.number(level.y))", width - right, height - 12, 12, "end") }
    return svg + "</svg>\n"
  }
}
