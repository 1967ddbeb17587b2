// Recipes as code: printed, pasted and equal, for every fixture, every shipped model and every known architecture.

import Blocks
import Diagrams
import Foundation
import Language
import Models
import Testing

@testable import Notebook

@Suite struct RecipeTests {
  private static let fixtures = ShippedLessonTests.root + "/Tests/Fixtures/checkpoints"
  static let every: [String] = {
    setenv("ORRERY_HOME", ShippedLessonTests.root, 1)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: fixtures)) ?? []).sorted()
      .filter { FileManager.default.fileExists(atPath: "\(fixtures)/\($0)/config.json") }
    return names.map { "\(fixtures)/\($0)" } + ShippedModel.all.map(\.path)
      + KnownArchitecture.names.map { "\(ShippedLessonTests.root)/lessons/architectures/\($0)" }
  }()

  /// Parameters, names and figure; not the tooltips, which name the keys of a config.json that pasted code has not read.
  private func described(_ model: Model) -> [String] {
    model.outline.allParameters.map { "\($0.path) \($0.parameter.shape)" } + [Diagrams.Figure(model: model.outline, title: "it").dot().replacing(#/(, )?tooltip="[^"]*"/#, with: "").replacing(", ]", with: "]")]
  }

  @Test(arguments: every) func printedAndPastedItIsTheSame(_ path: String) throws {
    let model = try Model(path: path), session = ShippedLessonTests.session()
    let code = model.recipe.code
    #expect(code.split(separator: "\n").allSatisfy { $0.count <= 110 || $0.contains("\"") }, "\(code)")
    #expect(!code.contains("…"))
    guard case .object(let object) = try session.interpreter.run(code), let pasted = object as? ModelObject else {
      Issue.record("\(path): the code makes no model")
      return
    }
    let again = try pasted.open().model
    #expect(again.recipe == model.recipe)
    #expect(described(again) == described(model))
  }

  @Test func aTrainedModelKeepsItsTokenizer() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-trained-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let session = ShippedLessonTests.session()
    let cells = [
      "let d = decoder(layers: 1, width: 16, attention: multiHead(heads: 2), position: learned(), vocabulary: 128, context: 64)",
      "let m = train(d, on: \"stories\", steps: 2, batch: 2).model", "let ids = m.tokenize(\"tom has his\").ids",
      "[m.with(mask: prefix(2)), m.replacing(\"layers.*.feedForward\", by: swiglu(hidden: 8)), m.initialised(seed: 3)].map { $0.tokenize(\"tom has his\").ids == ids }",
    ]
    var last = session.run(cell: "0")
    for cell in cells { last = session.run(cell: cell) }
    #expect(last.text == "[true, true, true]\n", "\(String(describing: last.failure))")
    _ = session.run(cell: "m.with(mask: prefix(2)).save(\"\(folder)\")")
    #expect(session.run(cell: "model(\"\(folder)\").tokenize(\"tom has his\").ids == ids").text == "true\n")
  }

  @Test func aMaskTakesThePlaceOfWindows() throws {
    let session = ShippedLessonTests.session()
    _ = session.run(cell: "let d = decoder(layers: pattern([grouped(heads: 2, keyValue: 1, window: 2), multiHead(heads: 2)]), width: 8, vocabulary: 20).initialised(seed: 1)")
    #expect(session.run(cell: "d.with(mask: bidirectional).run([1, 2, 3, 4, 5]).logits == d.run([1, 2, 3, 4, 5], mask: bidirectional).logits").text == "true\n")
    #expect(session.run(cell: "d.with(mask: bidirectional).recipe").text == """
      decoder(
        layers: pattern([grouped(heads: 2, keyValue: 1), multiHead(heads: 2)]), width: 8, mask: bidirectional,
        vocabulary: 20)

      """)
  }
}
