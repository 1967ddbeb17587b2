// Builders that begin with another architecture: what `.with` and `.replacing` leave behind in a recipe.

import Blocks
import Checkpoints
import Files

extension Builder {
  static let variations: [Builder] = [
    Builder(
      "replacing", makes: .architecture,
      [
        .value("architecture", .made(.architecture), "what to begin with"), .value("path", .text([]), "paths of parts; * stands for any"),
        .labelled("by", .either([.made(.mixer), .made(.feedForward), .made(.norm)]), "what comes in their place"),
      ], "an architecture with some of its parts exchanged"
    ) { a in try (a.made("architecture") as Architecture).replacing(a.text("path"), by: a.made("by")) },
    Builder(
      "masked", makes: .architecture,
      [.value("architecture", .made(.architecture), "what to begin with"), .labelled("mask", .made(.mask), "who may look at whom")],
      "an architecture with another mask in every self-attention"
    ) { a in try (a.made("architecture") as Architecture).masked(by: a.made("mask")) },
    Builder(
      "configuration", makes: .architecture,
      [
        .value("json", .text([]), "the published config.json"),
        .optional("holds", .list(of: .text([])), "tensors that the file held when the model was made, where that decides"),
        .optional("lacks", .list(of: .text([])), "tensors that it did not hold"),
        .optional("differ", .list(of: .list(of: .text([]))), "pairs of tensors with different numbers"),
      ], "what a published config.json describes"
    ) { a in
      let json = try JSON.parse(Array(try a.text("json").utf8), name: "configuration", limits: .settings)
      guard json.object != nil else { throw a.contradiction("a configuration is an object, not \(json.kind)") }
      let configuration = Configuration(json, file: "configuration")
      let family = try Family.of(configuration)
      guard !family.modelTypes.contains("orrery") else { throw a.contradiction("a recipe is written out, not put into a configuration") }
      return try family.recipe(configuration, Holdings(holds: a.texts("holds"), lacks: a.texts("lacks"), differ: a.textLists("differ")))
    },
  ]
}
