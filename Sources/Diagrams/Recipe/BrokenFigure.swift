// The figure of an architecture that cannot run: drawn up to the part whose sizes do not fit, with the edge into it broken.

import Blocks
import Tensors

extension Figure {
  /// - Parameters:
  ///   - model: the outline whose run gave the fault.
  ///   - fault: what went wrong, with the path of the part.
  public init(broken model: Architecture, at fault: Fault) {
    let whole = Figure(model: model)
    self = whole
    recipe = "breaks at \(fault.part.isEmpty ? "its head" : fault.part)"
    insets = []
    // What a token costs in memory is not known of what does not run.
    facts = whole.facts.filter { ["parameters", "layers", "layer", "width"].contains($0.label) }
    let reason = fault.short
    var isBroken = false
    streams = whole.streams.map { column in
      var column = column
      column.body = Figure.cut(column.body, at: fault.part, reason, &isBroken)
      if isBroken { (column.output, column.loop) = ([], nil) }
      return column
    }
    // A fault outside of every box of the figure (a head, a part of a layer that is drawn once for many): told, not placed.
    if !isBroken { streams = whole.streams }
  }

  /// The pieces up to the one at the path, which gets the fault; what comes after it is left out.
  private static func cut(_ pieces: [Piece], at path: String, _ reason: String, _ isBroken: inout Bool) -> [Piece] {
    var kept: [Piece] = []
    for piece in pieces {
      if isBroken { break }
      switch piece {
      case .box(var box):
        // A long pattern draws a layer as one box.
        let own = box.id.hasSuffix(".brief") ? String(box.id.dropLast(6)) : box.id
        if own == path || (path.isEmpty && box.id == "head") || path.hasPrefix(own + ".") {
          box.fault = reason
          isBroken = true
        }
        kept.append(.box(box))
      case .residual(let id, let inner):
        // Nothing is added to the stream behind the break: the way around it is not drawn either.
        let inside = cut(inner, at: path, reason, &isBroken)
        if isBroken { kept += inside } else { kept.append(.residual(id: id, inside)) }
      case .group(var group):
        group.parts = cut(group.parts, at: path, reason, &isBroken)
        kept.append(.group(group))
      case .parallel(let id, let branches):
        // Branches stand side by side: all are drawn, one of them broken.
        var found = false
        let drawn = branches.map { branch -> [Piece] in
          var here = false
          let result = cut(branch, at: path, reason, &here)
          found = found || here
          return result
        }
        isBroken = found
        kept.append(.parallel(id: id, drawn))
      case .fork: kept.append(piece)
      }
    }
    return kept
  }
}

extension Fault {
  /// The shapes that do not go together, for the edge of a figure.
  var short: String {
    if case .shape(let operation, let shapes, _) = kind { return "\(operation): \(shapes.map(\.described).joined(separator: ", "))" }
    return description
  }
}
