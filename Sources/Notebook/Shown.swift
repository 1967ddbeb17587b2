// A value that some terminals can show better than text does: a figure, or a matrix of numbers.

import Diagrams
import Language

public enum Shown {
  /// A figure as Graphviz reads it, and in words.
  case figure(dot: String, alternative: String)
  case matrix(Matrix)

  public struct Matrix {
    /// `pattern [6×6] f32`.
    public let title: String
    /// Row by row.
    public let values: [Float]
    public let columns: Int
    /// The tokens of rows and columns; empty where there are none.
    public let rowLabels: [String], columnLabels: [String]
  }

  /// A figure as it is drawn; nil for a matrix.
  var drawing: (dot: String, alternative: String)? {
    if case .figure(let dot, let alternative) = self { (dot, alternative) } else { nil }
  }

  /// More numbers than this are told in text: averaged down to a screen they would show nothing of themselves.
  private static let mostCells = 1 << 20

  /// Nil for what text shows as well. A matrix of a few numbers is read, not looked at.
  init?(_ object: any Object) {
    if let figure = object as? FigureObject {
      self = .figure(dot: figure.figure.dot(), alternative: figure.figure.alternative)
    } else if let report = object as? ReportObject, let dot = report.dot {
      self = .figure(dot: dot, alternative: report.alternative)
    } else if let tensor = object as? TensorObject, tensor.tensor.rank == 2, tensor.tensor.count <= Shown.mostCells {
      let display = TensorDisplay(tensor)
      let (rows, columns) = (tensor.tensor.shape[0], tensor.tensor.shape[1])
      guard rows > display.rows || columns > display.columns, rows > 1, columns > 1, !display.isMask else { return nil }
      self = .matrix(
        Matrix(title: display.head, values: tensor.tensor.values, columns: columns, rowLabels: tensor.rowTokens, columnLabels: tensor.columnTokens))
    } else {
      return nil
    }
  }
}
