// A little SVG: enough for heat maps and curves. Every drawing carries its role, title and description, and refers to
// nothing outside itself.

struct SVG {
  private var body: [String] = []
  let width: Double
  let height: Double

  init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, stroke: String? = nil, tooltip: String = "") {
    let border = stroke.map { " stroke=\"#\($0)\"" } ?? ""
    let place = "x=\"\(decimal(x))\" y=\"\(decimal(y))\" width=\"\(decimal(width))\" height=\"\(decimal(height))\" fill=\"#\(fill)\"\(border)"
    body.append(tooltip.isEmpty ? "<rect \(place)/>" : "<rect \(place)><title>\(escaped(tooltip))</title></rect>")
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, stroke: String, width: Double = 1) {
    body.append("<path d=\"M\(decimal(x1)) \(decimal(y1))L\(decimal(x2)) \(decimal(y2))\" stroke=\"#\(stroke)\" stroke-width=\"\(decimal(width))\"/>")
  }

  mutating func path(_ points: [Point], stroke: String, width: Double, dashes: String, tooltip: String) {
    guard let first = points.first else { return }
    let way = points.dropFirst().map { "L\(decimal($0.x)) \(decimal($0.y))" }.joined()
    let dash = dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\""
    body.append(
      "<path d=\"M\(decimal(first.x)) \(decimal(first.y))\(way)\" fill=\"none\" stroke=\"#\(stroke)\" stroke-width=\"\(decimal(width))\""
        + " stroke-linejoin=\"round\"\(dash)><title>\(escaped(tooltip))</title></path>")
  }

  mutating func circle(_ x: Double, _ y: Double, _ radius: Double, fill: String) {
    body.append("<circle cx=\"\(decimal(x))\" cy=\"\(decimal(y))\" r=\"\(decimal(radius))\" fill=\"#\(fill)\"/>")
  }

  enum Anchor: String { case start, middle, end }

  /// Text with its baseline at y; `turn` turns it about its anchor, in degrees.
  mutating func text(
    _ text: String, _ x: Double, _ y: Double, size: Double, colour: String = Ink.text, bold: Bool = false, anchor: Anchor = .start,
    turn: Double = 0
  ) {
    let weight = bold ? " font-weight=\"bold\"" : ""
    let turned = turn == 0 ? "" : " transform=\"rotate(\(decimal(turn)) \(decimal(x)) \(decimal(y)))\""
    body.append(
      "<text x=\"\(decimal(x))\" y=\"\(decimal(y))\" font-size=\"\(decimal(size))\" fill=\"#\(colour)\" text-anchor=\"\(anchor.rawValue)\""
        + "\(weight)\(turned)>\(escaped(text))</text>")
  }

  func document(title: String, description: String) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <svg xmlns="http://www.w3.org/2000/svg" role="img" width="\(decimal(width))" height="\(decimal(height))" \
    viewBox="0 0 \(decimal(width)) \(decimal(height))" font-family="Arial, 'Liberation Sans', sans-serif">
    <title>\(escaped(title))</title>
    <desc>\(escaped(description))</desc>
    <rect width="100%" height="100%" fill="#FFFFFF"/>
    \(body.joined(separator: "\n"))
    </svg>

    """
  }
}
