// What can go wrong while drawing, and the one line that says so.

/// A reason not to draw.
enum DrawFault: Error {
  case missingFormat
  case unknownFormat(String)
  case unknownArgument(String)
  case notText
  case noGraph
  case badGraph(String)
  case badLabel(String)
  case failed(String)

  var message: String {
    switch self {
    case .missingFormat: "-T needs a format: \(DrawFault.formats)"
    case .unknownFormat(let name): "no format is called '\(name)'; there are \(DrawFault.formats)"
    case .unknownArgument(let argument): "unknown argument '\(argument)'; orrery-draw reads DOT on standard input and takes -T FORMAT"
    case .notText: "standard input is not UTF-8 text"
    case .noGraph: "standard input holds no graph"
    case .badGraph(let text): "not a graph in DOT: \(text)"
    case .badLabel(let text): "a label cannot be drawn: \(text)"
    case .failed(let text): "Graphviz could not draw this: \(text)"
    }
  }

  private static let formats = Format.allCases.map(\.rawValue).joined(separator: ", ")
}
