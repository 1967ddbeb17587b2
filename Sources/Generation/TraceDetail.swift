// A trace detail: what one family has to show of a step beyond memory and attention, in a form that every front end can draw. What a
// detail says is its provider's business (TraceProvider); how it looks is Notebook's.

import Tensors

/// One reading of a step: a matrix, a row of tokens, or facts.
public struct TraceDetail: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    case matrix(Matrix)
    case tokens([TokenCell])
    case facts([Fact])
  }

  /// What a row, a column or a token is called. Generation knows ids; the front end puts the text in their place.
  public enum Label: Sendable, Equatable, ExpressibleByStringInterpolation {
    case text(String)
    case token(Int)
    public init(stringLiteral text: String) { self = .text(text) }
  }

  /// Numbers with names on both sides.
  public struct Matrix: Sendable, Equatable {
    public let rows: [Label], columns: [Label]
    /// [row][column]
    public let values: [[Float]]
    /// Columns that each row picked out (the experts that a token was sent to); empty: none.
    public let marked: [[Int]]
    /// What a shade is relative to: the largest of all numbers, or, where columns have units of their own, of the column.
    public enum Shading: Sendable { case all, columns }
    public let shading: Shading

    public init(rows: [Label], columns: [Label], values: [[Float]], marked: [[Int]] = [], shading: Shading = .all) {
      precondition(values.count == rows.count && values.allSatisfy { $0.count == columns.count }, "a matrix has a label for each row and column")
      (self.rows, self.columns, self.values, self.marked, self.shading) = (rows, columns, values, marked, shading)
    }
  }

  /// What became of a token in this step.
  public enum Mark: String, Sendable, CaseIterable {
    /// Was there before and stays: the prompt, what earlier steps decided.
    case kept
    /// Decided in this step.
    case chosen
    /// Not known yet.
    case masked
    /// Was proposed in this step and put back.
    case remasked
    /// A draft that the model agreed with, or not.
    case accepted, rejected
    /// Known, and another token than a step before.
    case changed
  }

  /// One token of a row: its mark and what is known of it.
  public struct TokenCell: Sendable, Equatable {
    public let token: Label
    public let mark: Mark
    /// Between 0 and 1: how sure the model is, or how much noise is left; what it is stands in the detail's note.
    public let number: Float?
    /// One more line: the runner-up, a distance.
    public let note: String

    public init(_ token: Label, _ mark: Mark, number: Float? = nil, note: String = "") {
      (self.token, self.mark, self.number, self.note) = (token, mark, number, note)
    }
  }

  /// A named value: `noise level 0.25`.
  public struct Fact: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
      case number(Float)
      case count(Int)
      case text(String)
      case token(Int)
    }
    public let name: String
    public let value: Value
    public let unit: String
    public init(_ name: String, _ value: Value, unit: String = "") { (self.name, self.value, self.unit) = (name, value, unit) }
  }

  /// In words, or the name of the tensor that it shows: `layers.0.router.weights`.
  public let title: String
  /// What the numbers are, in a few words; empty if the title says it.
  public let note: String
  public let content: Content

  public init(_ title: String, note: String = "", _ content: Content) {
    (self.title, self.note, self.content) = (title, note, content)
  }
}
