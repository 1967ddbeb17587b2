// Curves: losses over steps, times over lengths. Series differ in colour, in dashes and by their names at the ends.

/// Lines over two axes with ticks.
public struct CurveFigure: Equatable, Sendable {
  public struct Series: Equatable, Sendable {
    public var name: String
    public var points: [(x: Double, y: Double)]

    public init(_ name: String, _ points: [(x: Double, y: Double)]) { (self.name, self.points) = (name, points) }
    public static func == (a: Series, b: Series) -> Bool {
      a.name == b.name && a.points.count == b.points.count && zip(a.points, b.points).allSatisfy { $0 == $1 }
    }
  }

  public var title: String
  public var xAxis: String
  public var yAxis: String
  public var series: [Series]

  public init(_ title: String, xAxis: String, yAxis: String, series: [Series]) {
    (self.title, self.xAxis, self.yAxis, self.series) = (title, xAxis, yAxis, series)
  }

  private static let colours = ["1B4A80", "B85A12", "24805F", "8E4B9E", "A8325C", "1C7C8C"]
  private static let dashes = ["", "7 3", "2 3", "9 3 2 3", "4 4", "12 4"]

  /// Points that can be drawn.
  private var drawn: [Series] { series.map { Series($0.name, $0.points.filter { $0.x.isFinite && $0.y.isFinite }) } }

  public func svg() -> String {
    let plot = (left: 64.0, top: 44.0, width: 460.0, height: 260.0)
    let points = drawn.flatMap(\.points)
    let xTicks = CurveFigure.ticks(points.map(\.x).min() ?? 0, points.map(\.x).max() ?? 1)
    let yTicks = CurveFigure.ticks(points.map(\.y).min() ?? 0, points.map(\.y).max() ?? 1)
    let names = series.map { arialWidth($0.name, size: 11, bold: true) }.max() ?? 0
    let width = max(plot.left + plot.width + names + 24, arialWidth(title, size: 15, bold: true) + 32)
    var svg = SVG(width: width, height: plot.top + plot.height + 52)
    svg.text(title, 16, 24, size: 15, colour: Kind.attention.border, bold: true)
    func x(_ value: Double) -> Double { plot.left + (value - xTicks.low) / (xTicks.high - xTicks.low) * plot.width }
    func y(_ value: Double) -> Double { plot.top + plot.height - (value - yTicks.low) / (yTicks.high - yTicks.low) * plot.height }
    for tick in yTicks.values {
      svg.line(plot.left, y(tick), plot.left + plot.width, y(tick), stroke: "E3E6EB")
      svg.text(CurveFigure.tick(tick, yTicks.step), plot.left - 7, y(tick) + 3.5, size: 10, colour: Ink.muted, anchor: .end)
    }
    for tick in xTicks.values {
      svg.line(x(tick), plot.top + plot.height, x(tick), plot.top + plot.height + 4, stroke: Ink.muted)
      svg.text(CurveFigure.tick(tick, xTicks.step), x(tick), plot.top + plot.height + 17, size: 10, colour: Ink.muted, anchor: .middle)
    }
    svg.line(plot.left, plot.top + plot.height, plot.left + plot.width, plot.top + plot.height, stroke: Ink.muted)
    svg.text(xAxis, plot.left + plot.width / 2, plot.top + plot.height + 38, size: 11, colour: Ink.muted, anchor: .middle)
    svg.text(yAxis, 18, plot.top + plot.height / 2, size: 11, colour: Ink.muted, anchor: .middle, turn: -90)
    let ends = CurveFigure.spread(drawn.map { $0.points.last.map { y($0.y) } ?? plot.top }, by: 14)
    for (index, line) in drawn.enumerated() {
      guard let last = line.points.last else { continue }
      let colour = CurveFigure.colours[index % CurveFigure.colours.count]
      svg.path(
        line.points.map { Point(x: x($0.x), y: y($0.y)) }, stroke: colour, width: 2, dashes: CurveFigure.dashes[index % CurveFigure.dashes.count],
        tooltip: line.name)
      if line.points.count <= 16 { for point in line.points { svg.circle(x(point.x), y(point.y), 2.6, fill: colour) } }
      let beside = min(x(last.x), plot.left + plot.width) + 7
      svg.text(line.name, beside, ends[index] + 4, size: 11, colour: colour, bold: true)
    }
    return svg.document(title: title, description: alternative)
  }

  /// Round numbers that cover a range: 1, 2 or 5 times a power of ten.
  static func ticks(_ low: Double, _ high: Double, about count: Int = 6) -> (low: Double, high: Double, step: Double, values: [Double]) {
    let span = high > low ? high - low : max(abs(low), 1)
    var power = 1.0
    while power * 10 <= span / Double(count) { power *= 10 }
    while power > span / Double(count) { power /= 10 }
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { span / $0 <= Double(count) } ?? power * 10
    let first = (low / step).rounded(.down)
    let last = max((high / step).rounded(.up), first + 1)
    return (first * step, last * step, step, (0...Int(last - first)).map { (first + Double($0)) * step })
  }

  /// A tick's number, with as many decimals as its step has.
  static func tick(_ value: Double, _ step: Double) -> String {
    if step >= 1 { return grouped(Int(value.rounded())) }
    var places = 0
    var scaled = step
    while scaled < 0.999, places < 8 {
      scaled *= 10
      places += 1
    }
    let text = decimal(value, places: places)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// Moves labels apart so that none covers another, keeping their order.
  static func spread(_ heights: [Double], by distance: Double) -> [Double] {
    var result = heights
    let order = heights.indices.sorted { heights[$0] < heights[$1] }
    for (previous, next) in zip(order, order.dropFirst()) where result[next] - result[previous] < distance {
      result[next] = result[previous] + distance
    }
    return result
  }

  /// The curves in sentences: where each begins, ends and is lowest.
  public var alternative: String {
    let lines = drawn.map { line -> String in
      guard let first = line.points.first, let last = line.points.last, let low = line.points.min(by: { $0.y < $1.y }) else {
        return "\(line.name) has no points"
      }
      func at(_ point: (x: Double, y: Double)) -> String { "\(MatrixFigure.number(point.y)) at \(MatrixFigure.number(point.x))" }
      return "\(line.name) goes from \(at(first)) to \(at(last)), lowest \(at(low))"
    }
    return "\(title): \(yAxis) over \(xAxis). " + lines.joined(separator: "; ") + "."
  }
}
