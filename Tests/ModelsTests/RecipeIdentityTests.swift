// What changes nothing must change nothing, for every fixture: a model made again from its own recipe, under its own mask, saved and opened.

import Blocks
import Files
import Foundation
import Models
import Tensors
import Testing

private func open(_ name: String) throws -> Model { try Model(path: fixtures.appendingPathComponent(name).path) }

/// Logits of a short text, or the last vectors of a model that has none.
func answer(_ model: Model) throws -> [Float] {
  let run = Run(keepsMemory: false), ids = [1, 4, 2, 5, 3, 6, 2, 7].map { $0 % model.architecture.embedding.vocabulary }
  var input = Architecture.Input([ids])
  if model.architecture.denoiser != nil { input.times = [0] }
  if model.architecture.encoder != nil {
    model.architecture.encode(input, run)
    input = Architecture.Input([Array(ids.prefix(4))])
  }
  return try (model.architecture.head == nil ? model.architecture.hidden(input, run).checked() : model.architecture(input, run)).values
}

private func paths(_ model: Model) -> [String] { model.architecture.allParameters.map { "\($0.path) \($0.parameter.shape)" } }

@Suite struct RecipeIdentityTests {
  @Test(arguments: fixtureNames()) func aModelIsWhatItsRecipeMakes(_ name: String) throws {
    let model = try open(name), again = try Model(recipe: model.recipe, from: model)
    #expect(paths(again) == paths(model))
    #expect(try answer(again) == answer(model))
    #expect(again.recipe == model.recipe)
    // As JSON and back.
    #expect(try Recipe(JSON.parse(JSON.encodeBytes(model.recipe.json), name: name)).canonical == model.recipe)
  }

  @Test(arguments: fixtureNames()) func underItsOwnMaskAModelIsItself(_ name: String) throws {
    let model = try open(name)
    var masks: Set<Mask> = []
    model.architecture.walk { path, part in
      if let attention = part as? Attention, attention.source == .own, !path.hasPrefix("encoder.") { masks.insert(attention.mask) }
    }
    guard masks.count == 1, let mask = masks.first?.recipe else { return }
    let same = try Model(recipe: Recipe("masked", [.init("architecture", .call(model.recipe)), .init("mask", .call(mask))]), from: model)
    #expect(paths(same) == paths(model))
    #expect(try answer(same) == answer(model))
  }

  @Test(arguments: fixtureNames()) func savedAndOpenedAModelIsItself(_ name: String) throws {
    let model = try open(name), folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-identity-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try model.save(to: folder)
    let opened = try Model(path: folder)
    #expect(paths(opened) == paths(model))
    // Matrices that a family stores [in, out] are multiplied in another order when they were saved as they stand here.
    let (found, own) = (try answer(opened), try answer(model)), size = own.map(abs).max() ?? 0
    #expect(found.count == own.count && zip(found, own).allSatisfy { abs($0 - $1) <= 1e-6 * size })
    #expect(opened.recipe == model.recipe)
    #expect(opened.stops == model.stops)
  }

  @Test func patternsAreFoldedAndUnfolded() throws {
    let a = Recipe.Value.call(try parsed("multiHead(heads: 2)")), b = Recipe.Value.call(try parsed("multiHead(heads: 2, window: 4)"))
    for layers in [[a], [a, a, a], [a, b, a, b], [a, a, b, b, b], [a, b, b, a, b, b], [b, a, a, a, a]] {
      let pattern = Recipe.pattern(layers)
      #expect(pattern.layersOfPattern == layers)
      #expect(pattern.canonical == pattern)
    }
    #expect(Recipe.pattern([a, b, b, a, b, b]).description
      == "pattern([multiHead(heads: 2), pattern([multiHead(heads: 2, window: 4)], repeat: 2)], repeat: 2)")
    // A stack of equal layers says how many, whichever way it was written.
    let written = try parsed("decoder(layers: pattern([layer(multiHead(heads: 2, bias: false))], repeat: 3), width: 8)").canonical
    #expect(written.description == "decoder(layers: 3, width: 8, attention: multiHead(heads: 2))")
  }

  @Test func longCallsTakeSeveralLines() throws {
    let recipe = try parsed(
      "decoder(layers: 12, width: 4096, attention: grouped(heads: 32, keyValue: 8, headWidth: 128, bias: true), feedForward: swiglu(hidden: 14336), position: rope(base: 500000), norm: rmsNorm(epsilon: 1e-5), vocabulary: 128256, head: \"untied\")")
    #expect(recipe.canonical.code == """
      decoder(
        layers: 12, width: 4096, attention: grouped(heads: 32, keyValue: 8, headWidth: 128, bias: true),
        feedForward: swiglu(hidden: 14336), position: rope(base: 500000), norm: rmsNorm(epsilon: 1e-5),
        vocabulary: 128256, head: "untied")
      """)
  }
}
