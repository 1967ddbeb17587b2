// `influence(model, text)` at the prompt: who has heard of whom, by changing each token in turn, held against what the masks declare.

import Blocks
import Generation
import Language
import Tensors

/// An influence as a value of the language.
struct InfluenceObject: Object {
  let influence: Influence
  let model: String
  let tokens: [String]
  /// Tokens that a table may have: a forward is run for each of them.
  static let longest = 64

  var typeName: String { "Influence" }
  private var last: Influence.Table { influence.tables.last! }
  var summary: String { "influence of \(tokens.count) tokens in \(model): \(verdict(last))" }

  /// The last table with its marks, and a line for each layer.
  var description: String {
    let space = influence.tables.map { displayWidth($0.name) }.max() ?? 0
    var lines = ["who hears whom at the \(last.name) of \(model): a row moved (●) when the column's token was changed"]
    lines += marks(last)
    lines.append("")
    for (index, table) in influence.tables.enumerated() {
      let moved = table.moved.reduce(0) { $0 + $1.filter { $0 }.count }
      let mask = influence.masks.indices.contains(index) ? "  mask \(influence.masks[index])" : ""
      lines.append(
        "\(table.name)\(String(repeating: " ", count: space - displayWidth(table.name)))  \(moved) of \(tokens.count * tokens.count) moved, \(verdict(table))\(mask)")
    }
    return lines.joined(separator: "\n")
  }

  var plain: String { summary + "." }

  private func verdict(_ table: Influence.Table) -> String {
    guard table.declared != nil else { return "no mask declares which" }
    if table.leaks > 0 { return "\(table.leaks) of them against the mask (!)" }
    return table.still == 0 ? "exactly what is declared" : "none against the mask; \(table.still) could have (○)"
  }

  /// ● moved and may, ○ may but did not, ! moved and may not, · neither.
  private func marks(_ table: Influence.Table) -> [String] {
    let space = tokens.map(displayWidth).max() ?? 0
    return tokens.indices.map { i in
      let cells = tokens.indices.map { j in
        let moved = table.change[i][j] > 0
        guard let declared = table.declared else { return moved ? "●" : "·" }
        return switch (moved, declared[i][j]) {
        case (true, true): "●"
        case (false, true): "○"
        case (true, false): "!"
        case (false, false): "·"
        }
      }
      return "\(tokens[i])\(String(repeating: " ", count: space - displayWidth(tokens[i])))  \(cells.joined(separator: " "))"
    }
  }

  var members: [Member] {
    let layer = Language.Parameter.labelled("layer", .optional(.integer), "behind which layer; the output if left out")
    return [
      .method("matrix", [layer], returns: "Tensor", "how far each row moved, as a share of its length: [output, input]", example: "influence(stories, \"a red kite\").matrix()"),
      .method("declared", [layer], returns: "Tensor", "1 where the masks leave a way, else 0"),
      .method("agrees", [layer], returns: "Bool", "did exactly those rows move that the masks let move?"),
      .method("marks", [layer], returns: "String", "the table with its marks"),
      .property("layers", returns: "Int", "number of layers"),
    ]
  }

  func property(_ name: String) throws -> Value? { name == "layers" ? .integer(influence.masks.count) : nil }

  private func table(_ a: Arguments) throws -> Influence.Table {
    guard a.isGiven("layer") else { return last }
    let layer = try a.integer("layer"), count = influence.masks.count
    guard (0..<count).contains(layer) else { throw a.invalid("layer", "between 0 and \(count - 1)") }
    return influence.tables[layer]
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    func matrix(_ rows: [[Float]], _ label: String) -> Value {
      var object = TensorObject(Tensor(rows.flatMap { $0 }, [rows.count, rows.count]), label: label)
      object.labels = [AxisLabel("output", tokens: tokens), AxisLabel("input", tokens: tokens)]
      return .object(object)
    }
    switch method {
    case "matrix":
      let table = try table(a)
      return matrix(table.change, "influence on \(table.name)")
    case "declared":
      let table = try table(a)
      guard let declared = table.declared else { throw Failure(.host, "no mask is declared: a layer mixes tokens by something else") }
      return matrix(declared.map { $0.map { $0 ? 1 : 0 } }, "declared for \(table.name)")
    case "agrees":
      let table = try table(a)
      return .boolean(table.declared != nil && table.leaks == 0 && table.still == 0)
    case "marks": return .string(marks(try table(a)).joined(separator: "\n"))
    default: return nil
    }
  }
}

extension Environment {
  /// `influence`.
  mutating func addInfluence(stop: UnsafeMutablePointer<Int32>) {
    nonisolated(unsafe) let flag = stop
    define(type: "Influence")
    define(
      "influence",
      [
        .value("model", .object("Model")), .value("text", .oneOf([.string, .list(of: .integer)]), "a text, or a list of token ids"),
        .labelled("decoder", .optional(.oneOf([.string, .list(of: .integer)])), "what the decoder reads (encoder–decoders): its stack is looked at"),
        .labelled("mask", .optional(.object("Mask")), "another mask for the self-attention"),
        .labelled("prefix", .optional(.integer), "prefix models: tokens in front that are read both ways; the whole text if left out"),
      ], returns: "Influence", "who hears whom: changes each token in turn, and holds what moves against the masks, layer by layer",
      example: "influence(stories, \"a red kite\")"
    ) { a in
      guard case .object(let object) = a["model"], let model = object as? ModelObject else { throw a.invalid("model", "must be a model") }
      let open = try model.open()
      try open.model.requireWeights()
      let ids = try model.ids(a["text"], open, a.context)
      let decoder = a["decoder"].isNothing ? nil : try model.ids(a["decoder"], open, a.context)
      guard decoder == nil || open.architecture.encoder != nil else { throw a.invalid("decoder", "left out: \(open.architecture.name) has no encoder") }
      let choice = try model.reading(a)
      let generator = open.generator()
      try generator.check(ids)
      if let decoder { try generator.check(decoder) }
      let changed = decoder ?? ids
      guard (1...InfluenceObject.longest).contains(changed.count) else {
        throw a.invalid(decoder == nil ? "text" : "decoder", "1 to \(InfluenceObject.longest) tokens (each costs a forward; these are \(changed.count))")
      }
      do {
        try choice.check(open.architecture, count: changed.count, calling: model.shownName, spelling: ModelObject.spelled)
      } catch let failure as ReadingChoice.Failure {
        throw Failure(.wrongArgument, failure.description)
      }
      let influence = try Influence(open.architecture, ids, decoder: decoder, mask: choice.mask, prefix: choice.prefix, stop: Trace(stop: flag))
      return .object(InfluenceObject(influence: influence, model: open.architecture.name, tokens: changed.map { open.shown($0).trimmingSpaces }))
    }
  }
}
