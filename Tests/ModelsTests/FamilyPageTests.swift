// Pages beside the families that are written in Swift, over all fixtures; what a page may not do; and how its failures are told.

import Blocks
import Checkpoints
import Files
import Foundation
import Tensors
import Testing

@testable import Models

private let both: [String] = fixtureNames().filter { name in
  guard let json = try? JSON.read(fixtures.appendingPathComponent(name + "/config.json").path, limits: .settings), let type = json["model_type"]?.string else { return false }
  return Family.all.contains { $0.modelTypes.contains(type) } && (try? PageLibrary.shipped.reading(type)) != nil
}

/// A library of pages that are given here, before the shipped ones.
private func library(_ pages: [String: String]) throws -> PageLibrary {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-pages-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  for (name, text) in pages { try text.write(toFile: "\(folder)/\(name).orrery", atomically: true, encoding: .utf8) }
  return PageLibrary(folders: [folder] + PageLibrary.shipped.folders)
}

private func configuration(_ text: String) throws -> Configuration { Configuration(try JSON.parse(Array(text.utf8), name: "config.json"), file: "config.json") }

@Suite struct FamilyPageTests {
  @Test(arguments: both) func aPageIsTheFamily(_ name: String) throws {
    let folder = try CheckpointFolder(path: fixtures.appendingPathComponent(name).path), type = try folder.configuration.string("model_type")
    let swift = try Model(folder: folder, family: Family.all.first { $0.modelTypes.contains(type) }!)
    let page = try Model(folder: folder, family: PageLibrary.shipped.reading(type)!.family(.shipped))
    #expect(page.architecture.allParameters.map { "\($0.path) \($0.parameter.shape)" } == swift.architecture.allParameters.map { "\($0.path) \($0.parameter.shape)" })
    #expect(page.architecture.family == swift.architecture.family)
    #expect(page.architecture.context == swift.architecture.context)
    #expect(page.architecture.longest == swift.architecture.longest)
    #expect(page.architecture.modelType == type)
    let (a, b) = (try answer(page), try answer(swift))
    let largest = zip(a, b).map { abs($0 - $1) }.max() ?? 0, size = b.map(abs).max() ?? 1
    #expect(a.count == b.count && largest <= 1e-6 * size, "\(name): logits differ by \(largest)")
    for (path, _) in page.architecture.allParameters {
      let written = page.names.places(of: path)?.first.map { page.names.published($0.name) }
      #expect(written == swift.names.places(of: path)?.first.map { swift.names.published($0.name) }, "\(path)")
    }
  }

  @Test func everyShippedPageIsClean() throws {
    let files = PageLibrary.shipped.files
    #expect(!files.isEmpty)
    for file in files { #expect(PageLinter.lint(try PageLibrary.page(at: file), in: .shipped) == []) }
  }

  @Test func aPageHasNoEffectsAndEnds() throws {
    func told(_ statement: String) throws -> String {
      let text = "// A page.\nfamily(\"It\", year: 1, new: \"it\")\nlet keys = [\"a\": nil]\nfunc recipe(c, file) {\n  \(statement)\n}\nlet names = [\"a\": \"b\"]\n"
      let pages = try library(["it": text])
      do {
        _ = try #require(try pages.named("it")).recipe(configuration("{\"model_type\": \"it\"}"), .unknown, pages)
        return ""
      } catch { return "\(error)" }
    }
    #expect(try told("print(1)").contains("'print'"))
    #expect(try told("(0..<1000000000).map { $0 }").contains("it.orrery, line 5: "))
    #expect(try told("(0..<19000).map { a in (0..<19000).map { $0 * a } }").contains("it.orrery, line 5: "))
    #expect(try told("page(\"it\").recipe(c, file)").contains("it.orrery, line 5: "))
    #expect(try told("page(\"lama\")") == "it.orrery, line 5: no page is called 'lama'; did you mean \"llama\"?")
    #expect(try told("c.width") == "it.orrery, line 5: the page's keys have no 'width'")
    #expect(try told("4") == "it.orrery: recipe(c, file) must give an architecture: decoder(…), encoder(…), …")
  }

  @Test(arguments: [
    ("\"hidden_size\": 0", "config.json: hidden_size is 0, but must lie between 1 and 16777216"),
    ("\"hidden_size\": \"a\"", "config.json: hidden_size must be a whole number, but it is \"a\""),
    ("\"intermediate_size\": 16777217", "config.json: intermediate_size is 16777217, but must lie between 1 and 16777216"),
    ("\"num_hidden_layers\": 10001", "config.json: num_hidden_layers must be a whole number between 1 and 10000"),
    ("\"num_key_value_heads\": 3", "config.json: num_attention_heads 4, num_key_value_heads 3: 4 query heads must share 3 key/value heads evenly (llama.orrery, line "),
    ("\"hidden_size\": 30", "config.json: hidden_size 30 does not divide into 4 heads, and there is no head_dim (llama.orrery, line "),
    ("\"hidden_act\": \"silo\"", "config.json: the activation 'silo' is unknown; did you mean 'silu'? (llama.orrery, line "),
  ])
  func failuresNameTheKeyFirstAndThePageLast(_ change: String, _ message: String) throws {
    let sizes = ["\"hidden_size\": 32", "\"num_attention_heads\": 4", "\"num_hidden_layers\": 2", "\"intermediate_size\": 48", "\"vocab_size\": 60"]
    let key = change.split(separator: ":")[0], text = "{\"model_type\": \"llama\", " + (sizes.filter { !$0.hasPrefix(key) } + [change]).joined(separator: ", ") + "}"
    let c = try configuration(text)
    #expect { _ = try PageLibrary.shipped.reading("llama")!.family(.shipped).recipe(c, .unknown) } throws: { error in
      if !"\(error)".hasPrefix(message) { print("\(error)") }
      return "\(error)".hasPrefix(message)
    }
  }

  @Test func aPageBesideAConfigurationServesIt() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-beside-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "{\"model_type\": \"mine\", \"d\": 16, \"n\": 3}".write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    try """
      // Mine: a decoder that came out this morning.
      family("Mine", types: ["mine"], year: 2026, new: "nothing")
      let keys = ["d": Int, "n": 2]
      func recipe(c, file) { decoder(layers: c.n, width: c.d, attention: multiHead(heads: 2), vocabulary: 40) }
      let (prefix, ignored) = ["", []]
      let names = ["embedding.tokens": "e"]
      """.write(toFile: folder + "/family.orrery", atomically: true, encoding: .utf8)
    let model = try Model(path: folder)
    #expect(model.recipe.description == "decoder(layers: 3, width: 16, attention: multiHead(heads: 2), vocabulary: 40)")
    #expect(model.architecture.modelType == "mine")
    // What stands in the file goes with it: the page is read again when it changes.
    try "{\"model_type\": \"mine\", \"d\": 16}".write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    #expect(try Model(path: folder).recipe.description == "decoder(layers: 2, width: 16, attention: multiHead(heads: 2), vocabulary: 40)")
  }

  @Test func namesAreWrittenShort() throws {
    #expect(try PageNames.expanded("a.{b, c}.{d, e}", "p") == ["a.b.d", "a.b.e", "a.c.d", "a.c.e"])
    let table = NameTable(["layers.*.x.up": Source("h.*.up"), "layers.*.x.down.weight": Source("h.*.down_T")], prefixes: [], ignored: [])
    #expect(table.places(of: "layers.3.x.up.weight")?.map(\.name) == ["h.3.up.weight", "h.3.up"])
    #expect(table.places(of: "layers.3.x.up.bias")?.map(\.name) == ["h.3.up.bias"])
    #expect(table.places(of: "layers.3.x.down.weight")?.map(\.name) == ["h.3.down_T"])
  }
}
