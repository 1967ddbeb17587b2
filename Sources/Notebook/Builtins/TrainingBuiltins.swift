// train(…) and compare(…): learning as a value.

import Diagrams
import Language
import Training

extension Environment {
  mutating func addTraining(stop: UnsafeMutablePointer<Int32>, _ onlooker: Onlooker) {
    define(type: "Training")
    nonisolated(unsafe) let flag = stop
    define(
      "train",
      [
        .value("model", .object("Model"), "what learns; it stays as it is, a copy is trained"),
        .labelled("on", .string, Corpora.all.map(\.name).joined(separator: ", ") + "; with settings: \"recall(pairs: 4)\""),
        .labelled("objective", .optional(.string), Objectives.all.map(\.name).joined(separator: ", ") + "; left out: what the architecture is made for"),
        .labelled("settings", .optional(.dictionary), "the objective's settings by name"),
        .labelled("steps", .integer, default: 100, "updates"), .labelled("batch", .integer, default: 16, "samples of a step"),
        .labelled("rate", .number, default: 0.002, "learning rate of AdamW after its warm-up"), .labelled("seed", .integer, default: 0, "of the data and of fresh numbers"),
      ],
      returns: "Training", "trains a small model here and now",
      example: "train(decoder(layers: 1, width: 32, attention: multiHead(heads: 4), position: learned(), vocabulary: 43, context: 32), on: \"stories\", steps: 20)"
    ) { a in .object(try LiveTraining(a: a, stop: flag, onlooker: onlooker).run()) }
    define(
      "compare", [.value("losses", .list(of: .any), "trainings, or lists of losses")], returns: "Report", "their curves in one figure",
      example: "compare([[3, 2, 1], [3, 1, 0.5]])"
    ) { a in
      let lines = try a.list("losses").enumerated().map { index, value -> Curve.Line in
        switch value {
        case .object(let object as TrainingObject):
          return .init("\(index + 1). \(object.title)", Curve.thinned(object.trainer.history.map { (Double($0.step), Double($0.loss)) }))
        case .list(let list):
          let numbers = try list.map { item -> Double in
            guard let x = item.plainNumber else { throw a.invalid("losses", "must hold trainings, or lists of numbers") }
            return x
          }
          return .init("\(index + 1)", Curve.thinned(numbers.enumerated().map { (Double($0.offset + 1), $0.element) }))
        default: throw a.invalid("losses", "must hold trainings, or lists of numbers")
        }
      }
      guard lines.contains(where: { !$0.points.isEmpty }) else { throw a.invalid("losses", "must hold at least one training or list of numbers") }
      let curve = Curve("losses", lines)
      return .object(
        ReportObject(
          typeName: "Report", summary: curve.alternative, description: curve.terminal(), fitted: { curve.terminal(width: min(72, $0 - 1)) }, plainText: curve.alternative,
          values: [("svg", "the curves as SVG", .string(curve.svg()))]))
    }
  }
}

extension Value {
  fileprivate var plainNumber: Double? {
    switch self {
    case .integer(let n): Double(n)
    case .number(let x): x
    default: nil
    }
  }
}
