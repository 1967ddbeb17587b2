// What a session holds: a result that no name holds is gone.

import Foundation
import Testing

@Suite struct MemoryTests {
  /// A thousand and more runs, steps, edits, traces and trainings, and not a tensor more than before.
  @Test func resultsWithoutANameAreGone() throws {
    let cells = """
      let r = stories.run("Once there was a cat")
      let small = decoder(layers: 1, width: 16, attention: multiHead(heads: 2), position: learned(), vocabulary: 43, context: 32)
      func times(count, f) {
        f()
        0
        let before = held().tensors
        for i in 0..<count { f(); 0 }
        0
        held().tensors - before
      }
      print("runs", times(400, { stories.run("Once there was").next() }))
      print("looks", times(100, { stories.run("Once")["layers.3.attention.pattern"][head: 1] + 1 }))
      print("steps", times(100, { let q = stories.run("Once there"); q.step(5); q.back(2); q.to("layers.1.attention.query"); q.why }))
      print("edits", times(100, { r.edit("layers.0.attention.pattern", by: { x in x * 0 + r["layers.0.attention.pattern"] }) }))
      print("ablations", times(100, { r.ablate(layer: 1, head: 0) }))
      print("patches", times(50, { r.patch("layers.0.attention.mixed", from: stories.run("Once there was a dog")) }))
      print("gradients", times(50, { let g = r.gradients(); g.step(3); g["layers.0.attention.query"] }))
      print("own gradients", times(50, { gradient(of: { x in sum(x * x) }, at: tensor([1.0, 2])) }))
      print("traces", times(50, { stories.trace("Once there was", steps: 2) }))
      print("texts", times(50, { stories.generate("Once there was", tokens: 5) }))
      print("numbers", times(50, { small.initialised(seed: 1).run([1, 2, 3]) }))
      print("trainings", times(20, { let t = train(small, on: "stories", steps: 2); t.model.run([1, 2]); t.at(0) }))
      print("comparisons", times(5, { compare([train(small, on: "stories", steps: 2)]) }))
      """
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).orrery")
    try cells.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let run = try Program(["run", file.path])
    #expect(run.said == "" && run.status == 0)
    let lines = run.printed.split(separator: "\n").filter { $0.split(separator: " ").count < 4 && $0.last?.isNumber == true }
    #expect(lines.count == 13)
    for line in lines { #expect(line.hasSuffix(" 0"), "\(line)") }
  }

  /// What is larger than the budget is refused with one line that names the variable, whatever makes it.
  @Test(arguments: [
    "ones(10000, 1) + ones(1, 10000)", "ones(10000, 1) @ ones(1, 10000)", "random(5000, 5000)", "(0..<1000).map { i in ones(1000, 1000) }",
    "gradient(of: { x in sum(x @ ones(1, 10000)) }, at: ones(10000, 1))", "decoder(layers: 1, width: 32, attention: multiHead(heads: 2), position: rope()).initialised().run((0..<5000).map { 1 })", "concat([ones(3000, 3000), ones(3000, 3000)])",
    "decoder(layers: 1, width: 4096, attention: multiHead(heads: 2)).initialised()",
    "train(decoder(layers: 1, width: 2048, attention: multiHead(heads: 2), vocabulary: 65536), on: \"stories\", steps: 1)",
  ])
  func whatIsTooLargeIsRefused(_ cell: String) throws {
    let run = try Program(["eval", cell], environment: ["ORRERY_MEMORY": "64M"])
    #expect(run.status == 1 || run.status == 2)
    #expect(run.printed == "" && run.said.contains("not enough memory") && run.said.contains("of 64 MiB are in use (ORRERY_MEMORY sets another limit, such as 8G)"), "\(run.said)")
  }

  /// Small cells that once ended the program, and the line that each gives now.
  @Test(arguments: [
    ("concat([ones(2, 3, 4), tensor([1, 2, 3])], axis: -2)", "all axes but 1 must be equal"),
    ("model(\"electra-stories\").score(\"the cat\")", "there is no loss of a text to score"),
    ("denoiser(elmo(layers: 1, width: 24, hidden: 5), noise: gaussian()).initialised(seed: 1).generate([1, 2], tokens: 3)", "an answer for each token"),
    ("decoder(layers: 1, width: 32, attention: retention(heads: 2), norm: rmsNorm(width: 6))", "6"),
    ("decoder(layers: 1, width: 24, attention: multiHead(heads: 2), position: rope(planar: true), norm: layerNorm(width: 6))", "6"),
  ])
  func whatDoesNotFitIsToldInALine(_ cell: String, _ line: String) throws {
    let run = try Program(["eval", cell])
    #expect([0, 1, 2].contains(run.status) && (run.said + run.printed).contains(line), "\(run.status) \(run.said) \(run.printed)")
    #expect(!run.said.contains("Fatal error"))
  }
}
