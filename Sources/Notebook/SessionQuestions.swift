// What a front end asks a session beside running cells: what Tab offers, what a name means, what there is.

import Files
import Language
import Lessons

extension Session {
  /// Whether Enter runs a text or begins another line.
  public func completeness(of text: String) -> Language.Completeness { Language.completeness(of: text) }

  public func complete(_ text: String, at cursor: Int) -> Language.Completion { interpreter.complete(text, at: cursor) }

  /// What `:doc` says about a name.
  /// - Throws: `Failures`, with the nearest name.
  public func documentation(of name: String) throws -> String {
    do {
      return try interpreter.documentation(name)
    } catch let failure as Failure {
      throw Failures([failure])
    }
  }

  /// The type of an expression's value with its size: `Tensor [3×4]`. Runs the expression.
  /// - Throws: `Failures`.
  public func type(of expression: String) throws -> String {
    let before = interpreter.variables
    let output = interpreter.output
    interpreter.output = { _ in }
    defer { (interpreter.variables, interpreter.output) = (before, output) }
    return try interpreter.run(expression).typeDescription
  }

  /// The variables in the order of their definition.
  public var variables: [(name: String, type: String, summary: String)] {
    interpreter.variables.names.compactMap { name in
      interpreter.variables[name].map { (name, $0.typeDescription, $0.summary) }
    }
  }

  func variable(_ name: String) -> Value? { interpreter.variables[name] }

  /// The variable that was given a run last.
  public var lastRun: String? {
    interpreter.variables.names.last { interpreter.variables[$0]?.typeDescription == "Run" }
  }

  /// Names of functions and constants that a cell can use.
  public var knownNames: [String] {
    interpreter.environment.functionNames + interpreter.environment.constants.keys.sorted()
  }
}

extension CellFailure {
  /// A mistake as a front end shows it.
  public init(_ error: any Error) {
    if let failures = error as? Failures {
      self.init(kind: failures.kind.rawValue, message: failures.rendered())
    } else {
      self.init(kind: FailureKind.host.rawValue, message: "error: \(error)")
    }
  }
}
