// Figures of models for every front end, and the program that paints them.

import Diagrams
import Files
import Glibc
import Models

/// A figure of a model, as text that Graphviz paints and as a drawing for the terminal.
public struct Drawing: Sendable {
  public let dot: String
  public let terminal: String
  public let alternative: String
  /// Why the figure ends before the model does: sizes that do not fit.
  public let failure: ModelFailure?
  /// What is to be said of the models' configurations.
  public private(set) var notices: [String] = []

  /// - Parameters:
  ///   - depth: "model", "block" or "op".
  ///   - layer: of block and op, a layer's number or path; nil: the first of each kind.
  ///   - compare: another model beside it.
  public init(_ reference: String, depth: String, layer: String? = nil, compare: String?) throws {
    let model: Model
    do {
      model = try OpenModel(reference).model
      failure = nil
    } catch ModelFailure.broken(let file, var outline, let fault) {
      if outline.name.isEmpty { outline.name = Path.name(of: Path.folder(of: file)) }
      let figure = Diagrams.Figure(broken: outline, at: fault)
      (dot, terminal, alternative) = (figure.dot(), figure.terminal(width: 80), figure.alternative)
      failure = .broken(file: file, outline, fault)
      return
    }
    if let notice = model.notice { notices.append(notice) }
    if let compare {
      let other = try OpenModel(compare).model
      if let notice = other.notice { notices.append(notice) }
      var comparison = Comparison(Diagrams.Figure(model: model.outline), Diagrams.Figure(model: other.outline))
      // Two of one name are told apart by what the person called them.
      if comparison.a.title == comparison.b.title { (comparison.a.title, comparison.b.title) = (reference, compare) }
      (dot, terminal, alternative) = (comparison.dot(), comparison.terminal(width: 80), comparison.alternative)
      return
    }
    switch depth {
    case "op":
      guard let flow = Dataflow(blockOf: model.outline, layer: layer) else { throw Drawing.noLayer(reference, layer, model) }
      (dot, terminal, alternative) = (flow.dot(), flow.terminal(width: 80), flow.alternative)
    case "block":
      guard let figure = Diagrams.Figure(blockOf: model.outline, layer: layer) else { throw Drawing.noLayer(reference, layer, model) }
      (dot, terminal, alternative) = (figure.dot(), figure.terminal(width: 80), figure.alternative)
    default:
      let figure = Diagrams.Figure(model: model.outline)
      (dot, terminal, alternative) = (figure.dot(), figure.terminal(width: 80), figure.alternative)
    }
  }
}

extension Drawing {
  private static func noLayer(_ reference: String, _ layer: String?, _ model: Model) -> Refusing {
    guard let layer else { return Refusing("\(reference) has no layer to draw") }
    let paths = model.outline.stacks.flatMap { stack in stack.layers.layers.indices.map { [stack.name, stack.layers.name, "\($0)"].filter { !$0.isEmpty }.joined(separator: ".") } }
    return Refusing("\(reference) has no layer '\(layer)': they are 0 to \(paths.count - 1), or \(paths.first ?? "") to \(paths.last ?? "")")
  }
}

/// Paints DOT through the program orrery-draw, which stands beside this one.
public enum Painter {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Path of orrery-draw: beside this program, or in PATH.
  static let program: String? = {
    let beside = Path.join(Path.folder(of: Helper.ownPath), "orrery-draw")
    if Helper.isProgram(beside) { return beside }
    // Under `swift test` the running program is the test runner; the build folder holds both.
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    return path.split(separator: ":").map { "\($0)/orrery-draw" }.first { Helper.isProgram($0) }
  }()

  /// Bytes of an SVG, PNG or PDF.
  public static func paint(_ dot: String, as kind: String) throws -> [UInt8] {
    guard let program else {
      throw Failure(description: "the program orrery-draw was not found beside orrery: build it with `swift build --product orrery-draw`; .dot needs no painter")
    }
    let painted = try Helper.run(program, ["-T", kind], input: Array(dot.utf8))
    guard painted.code == 0 else {
      throw Failure(description: "orrery-draw could not paint the figure: \(painted.complaint.split(separator: "\n").first.map(String.init) ?? "no reason given")")
    }
    if !painted.complaint.isEmpty { Descriptor.complain(painted.complaint) }
    return painted.output
  }
}
