// Architectures at the prompt: composed, varied, given numbers, saved and loaded, and everything that can be wrong with them.

import Files
import Foundation
import Testing

@testable import Notebook

@Suite struct BuildingTests {
  private func run(_ cells: String...) -> (text: String, error: String, dot: String?) {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    var last = session.run(cell: "0")
    for cell in cells { last = session.run(cell: cell) }
    let lines = last.failure?.message.split(separator: "\n").map(String.init) ?? []
    let suggestion = lines.last.flatMap { $0.range(of: "did you mean").map { " " + lines.last![$0.lowerBound...] } } ?? ""
    return (last.text, (lines.first ?? "") + (lines.count > 1 ? suggestion : ""), last.figures.first?.dot)
  }

  private let small = "let d = decoder(layers: 2, width: 16, attention: grouped(heads: 4, keyValue: 2), position: rope(), feedForward: swiglu(hidden: 20), vocabulary: 30)"

  @Test func aModelIsComposedAndVaried() {
    #expect(run(small, "d").text == "decoder: decoder (orrery), 4,096 parameters, 2 layers, width 16\n")
    #expect(run(small, "d.recipe").text == "decoder(\n  layers: 2, width: 16, attention: grouped(heads: 4, keyValue: 2), feedForward: swiglu(hidden: 20),\n  position: rope(), vocabulary: 30)\n")
    #expect(run(small, "d.with(mask: prefix(3), layers: 3).recipe").text.contains("layers: 3"))
    #expect(run("decoder(layers: 2, width: 16, attention: mamba()).with(mask: prefix(3))").error.contains("there is no attention here that takes a mask"))
    #expect(run(small, "d.with(mask: prefix(3)).family").text == "\"prefix\"\n")
    #expect(run(small, "d.replacing(\"layers.*.feedForward\", by: feedForward(hidden: 10)).with(layers: 1).recipe").text.hasSuffix(".replacing(\"layers.*.feedForward\", by: feedForward(hidden: 10))\n"))
    #expect(run(small, "d.replacing(\"layers.1.attention\", by: multiQuery(heads: 4)).parameters - d.parameters").text == "-128\n")
  }

  @Test func numbersStayWhereTheyFit() {
    #expect(run(small, "let m = d.initialised(seed: 1)", "m.run([1, 2, 3]).logits ≈ d.initialised(seed: 1).run([1, 2, 3]).logits").text == "true\n")
    #expect(run(small, "let m = d.initialised(seed: 1)", "m.run([1, 2, 3]).logits ≈ d.initialised(seed: 2).run([1, 2, 3]).logits").text == "false\n")
    // Another mask over the same numbers: what a prefix of one sees is what a causal mask shows.
    #expect(run(small, "let m = d.initialised(seed: 1)", "m.with(mask: prefix(1)).run([1, 2, 3]).logits ≈ m.run([1, 2, 3]).logits").text == "true\n")
    #expect(run(small, "let m = d.initialised(seed: 1)", "m.with(mask: bidirectional).run([1, 2, 3]).logits ≈ m.run([1, 2, 3], mask: bidirectional).logits").text == "true\n")
    #expect(run(small, "let m = d.initialised(seed: 1)", "m.generate([1, 2, 3], tokens: 4).count > 4").text == "true\n")
    #expect(run(small, "let m = d.initialised(seed: 1)", "m.trace([1, 2, 3], steps: 3).largestDifference < 0.00001").text == "true\n")
  }

  @Test func aModelIsSavedAndLoadsEqual() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-built-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let saved = run(small, "let m = d.initialised(seed: 1).with(mask: prefix(2)).replacing(\"layers.0.feedForward\", by: geglu(hidden: 8))", "m.save(\"\(folder)\")", "let l = model(\"\(folder)\")", "[l.run([1, 2, 3]).logits ≈ m.run([1, 2, 3]).logits, l.recipe == m.recipe]")
    #expect(saved.text == "[true, true]\n")
    #expect(run("decoder(layers: 1, width: 8, attention: multiHead(heads: 2)).save(\"\(folder)/outline\")", "model(\"\(folder)/outline\").run([1])").error
      == "error: \(folder)/outline: there are no weights here (*.safetensors), only a configuration: inspect and diagram work, running does not")
    try "{\"model_type\": \"gpt2\"}".write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    #expect(run(small, "d.save(\"\(folder)\")").error == "error: \(folder) holds a model that was not made here; choose another place")
  }

  /// What is not ours, or of another architecture, is never replaced; what is, is replaced whole.
  @Test func whatIsNotOursIsNotSavedOver() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-built-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let decoder = "decoder(layers: 1, width: 8, vocabulary: 10, attention: multiHead(heads: 2))"
    #expect(run("\(decoder).initialised(seed: 1).save(\"\(folder)\")").error == "")
    let first = FileManager.default.contents(atPath: folder + "/model.safetensors")
    #expect(run("decoder(layers: 2, width: 8, vocabulary: 10, attention: multiHead(heads: 2)).save(\"\(folder)\")").error
      == "error: \(folder) holds a model of another architecture; choose another place, or remove it first")
    #expect(first != nil && FileManager.default.contents(atPath: folder + "/model.safetensors") == first)
    #expect(run("\(decoder).initialised(seed: 2).save(\"\(folder)\")").error == "")
    #expect(FileManager.default.contents(atPath: folder + "/model.safetensors") != first)
    // A recipe without numbers leaves none of the old ones behind.
    #expect(run("\(decoder).save(\"\(folder)\")").error == "")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["config.json"])
    try "mine".write(toFile: folder + "/notes.txt", atomically: true, encoding: .utf8)
    #expect(run("\(decoder).save(\"\(folder)\")").error == "error: \(folder) holds notes.txt, which Orrery did not write; choose another place")
    try FileManager.default.removeItem(atPath: folder + "/config.json")
    try "theirs".write(toFile: folder + "/model.safetensors", atomically: true, encoding: .utf8)
    #expect(run("\(decoder).save(\"\(folder)\")").error == "error: \(folder) holds model.safetensors, which Orrery did not write; choose another place")
  }

  @Test func publishedArchitecturesAreVariedToo() {
    #expect(run("model(\"Llama-3-8B\").replacing(\"layers.*.attention\", by: multiQuery(heads: 32)).parameters").text == "7795380224\n")
    #expect(run("stories.with(mask: bidirectional).run(\"Once there was\").logits ≈ stories.run(\"Once there was\", mask: bidirectional).logits").text == "true\n")
    #expect(run("stories.replacing(\"layers.1.feedForward\", by: swiglu(hidden: 8)).generate(\"Once\", tokens: 3).count > 4").text == "true\n")
  }

  @Test func expertsTakeThePlaceOfAFeedForward() {
    // Of each layer seven more experts of 3 × 16 × 20 numbers, and a router of 16 × 8.
    #expect(run(small, "d.replacing(\"layers.*.feedForward\", by: experts(8, active: 2)).parameters - d.parameters").text == "13696\n")
    #expect(run(small, "let e = d.replacing(\"layers.*.feedForward\", by: experts(8, active: 2))", "[e.family, e.with(layers: 1).family]").text == "[\"mixture\", \"mixture\"]\n")
    #expect(run(small, "let m = d.replacing(\"layers.1.feedForward\", by: experts(4, active: 1, of: swiglu(hidden: 6), shared: geglu(hidden: 8))).initialised(seed: 3)", "[m.trace([1, 2, 3], steps: 3).largestDifference < 0.00001, m.run([1, 2])[\"layers.1.feedForward.router.chosen\"].shape == [2, 1]]").text == "[true, true]\n")
    // Of a single expert the weight stays what the router said: were it made to sum to 1, no gradient would reach the router.
    #expect(
      run(small, "let m = d.replacing(\"layers.*.feedForward\", by: experts(4, active: 1)).initialised(seed: 3)",
        "m.run([1, 2, 3]).gradients()[\"layers.0.feedForward.router.weight\"].max > 0").text == "true\n")
    #expect(run(small, "d.replacing(\"layers.*.feedForward\", by: experts(2, active: 3))").error == "error: choose experts in layers.0.feedForward: each token runs 3, and there are only 2, got [1×2×16] and [2]")
  }

  @Test(arguments: [
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 3))", "error: split into heads in layers.0.attention: the width 16 must be a multiple of 3 heads (or give headWidth), got [1×2×16] and [3×5]", "split into heads: [1×2×16] and [3×5]"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), feedForward: swiglu(hidden: 20, width: 12))", "error: linear in layers.0.feedForward: the last axis of x must be the second of W, got [1×2×16] and [20×12]", "linear: [1×2×16] and [20×12]"),
    ("encoderDecoder(layers: 2, width: 16, attention: multiHead(heads: 2, width: 8))", "error: linear in encoder.layers.0.attention: the last axis of x must be the second of W, got [1×2×16] and [8×8]", "linear: [1×2×16] and [8×8]"),
  ])
  func aWrongSizeIsToldAndDrawn(_ cell: String, _ message: String, _ edge: String) throws {
    let result = run(cell)
    #expect(result.error == message)
    #expect(result.text.contains("✗"))
    let dot = try #require(result.dot)
    #expect(dot.contains("✗ " + (edge.split(separator: ":").first ?? "")))
    // What comes after the break is not drawn.
    #expect(!dot.contains("logits"))
  }

  @Test(arguments: [
    ("decodr(layers: 2)", "error: no function named 'decodr' did you mean 'decoder'?"),
    ("decoder(layers: 2, width: 16, atention: rope())", "error: decoder has no argument 'atention' did you mean 'attention'?"),
    ("decoder(layers: 2, width: 16, attention: rope())", "error: decoder's 'attention' must be a Mixer or [Mixer] or None, not a Position"),
    ("decoder(layers: 0, width: 16, attention: multiHead(heads: 2))", "error: decoder: layers must be a whole number between 1 and 10000, not 0"),
    ("decoder(layers: 2, width: 16)", "error: decoder: the argument 'attention' is missing (how tokens see each other; a pattern of layers may say it instead)"),
    ("pattern([], repeat: 2)", "error: pattern: the list of layers is empty"),
    ("let d = decoder(layers: 1, width: 16, attention: multiHead(heads: 2))\nd.replacing(\"layers.*.feedforward\", by: rmsNorm())", "error: no part is at 'layers.*.feedforward' did you mean 'layers.*.feedForward'?"),
    ("decoder(layers: 1, width: 16, attention: multiHead(heads: 2)).run([1])", "error: decoder has no numbers yet: .initialised(seed: 1) gives it some"),
    ("decoder(layers: 1, width: 16, attention: multiHead(heads: 2)).initialised(seed: 1).run(\"a\")", "error: decoder has no tokenizer: give a list of token ids, such as [1, 2, 3]"),
    ("model(\"Llama-3-8B\").initialised(seed: 1)", "error: initialised: 8030261248 parameters are too many to be given numbers (at most 536870912)"),
    ("decoder(layers: 1, width: 16, attention: multiHead(heads: 2)).save(\"\")", "error: the folder's name is empty"),
  ])
  func mistakes(_ cell: String, _ message: String) { #expect(run(cell).error == message) }

  @Test func aShippedModelSaysWhatItCanBeAsked() throws {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    defer { flag.deallocate() }
    let text = try Session(stop: flag).documentation(of: "stories")
    #expect(text.hasPrefix("stories = model 'stories'\n  a shipped mini model\n  .tokenize(…)"))
    #expect(text.contains("  .context         tokens that it can read at most"))
  }

  @Test func documentationIsTheRegistrys() throws {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    let text = try session.documentation(of: "grouped")
    #expect(text.hasPrefix("grouped(heads: Int, keyValue: Int, headWidth: Int = nil,"))
    #expect(text.contains("keyValue: key/value heads; the query heads share them evenly"))
    // Every example of the documentation runs.
    for name in ["decoder", "encoder", "encoderDecoder", "pattern", "layer", "relative", "sinusoidal"] {
      let documented = try session.documentation(of: name)
      let example = try #require(documented.split(separator: "\n").last { $0.hasPrefix("  Example: ") }).dropFirst(11)
      #expect(session.run(cell: String(example)).failure == nil, "\(name)")
    }
  }
}
