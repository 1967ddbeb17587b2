// A figure at the prompt: drawn with box characters there, as DOT and SVG for the book.

import Diagrams
import Language

struct FigureObject: Object {
  let figure: Diagrams.Figure
  init(_ figure: Diagrams.Figure) { self.figure = figure }

  var typeName: String { "Figure" }
  var summary: String { figure.title }
  var description: String { figure.terminal(width: 80) }
  func description(fitting width: Int) -> String { figure.terminal(width: min(width, 80)) }
  var plain: String { figure.alternative }
  var members: [Member] {
    [.property("dot", returns: "String", "the figure as Graphviz reads it"), .property("alternative", returns: "String", "the figure in words")]
  }

  func property(_ name: String) throws -> Value? {
    switch name {
    case "dot": .string(figure.dot())
    case "alternative": .string(figure.alternative)
    default: nil
    }
  }
}
