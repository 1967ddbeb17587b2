// Every family at the prompt: runs, steps, interventions and traces of each tiny checkpoint, by one set of cells. Nothing traps,
// and what does not apply says so in one line.

import Foundation
import Testing

@testable import Notebook

private let checkpoints = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures/checkpoints")

@Suite struct FamilyPromptTests {
  private func run(_ name: String, _ cells: String...) -> [String] {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    _ = session.run(cell: "let m = model(\"\(checkpoints.appendingPathComponent(name).path)\")")
    _ = session.run(cell: "let r = m.run([5, 6, 7])")
    return cells.map { cell in
      let result = session.run(cell: cell)
      return result.failure?.message ?? result.text
    }
  }

  /// One of each kind of memory and mixer.
  @Test(arguments: [
    "gpt2", "bert", "t5", "albert-groups", "bart", "deepseek-v32", "mixtral", "switch", "mamba", "mamba2", "rwkv", "jamba", "falcon-h1",
    "qwen3-next", "gpt-oss", "llada", "mistral-window",
  ])
  func everyNameCanBeSteppedTo(_ name: String) {
    let said = run(
      name, "for i in 1..<r.steps { r.step() }\nr.why.index == r.steps - 1", "for i in 1..<r.steps { r.back() }\nr.why.index",
      "for n in r.names { if n != \"layers.0.mixer.decay\" && n != \"layers.1.mixer.decay\" { r.to(n) } }\nr.names.count > 10",
      "r.patch(r.names[3], from: m.run([5, 6, 7])).difference(from: r).count", "r.edit(\"*residual\", by: { x in x * 0 }).difference(from: r).count > 0")
    #expect(said == ["true\n", "0\n", "true\n", "0\n", "true\n"])
  }

  @Test func aMaskIsReachedWhereItIsRead() {
    let said = run("llama", "r.to(\"layers.0.attention.mask\")")[0]
    #expect(
      run("rwkv", "r.to(\"layers.0.mixer.decay\")")[0].hasPrefix(
        "error: no operation of this run makes or reads 'layers.0.mixer.decay': it comes from the weights alone\n"))
    #expect(said.contains("add in layers.0.attention\n  a + b\n  inputs: layers.0.attention.scores [1×4×3×3], layers.0.attention.mask [3×3]\n"), "\(said)")
  }

  @Test func headsOfLayersThatShareOne() {
    #expect(run("albert-groups", "r.ablate(layer: 0, head: 0)")[0].contains("  edited layers.0.inner.0.attention.mixed: applied 1 time,"))
    #expect(run("jamba", "r.ablate(layer: 0, head: 0)")[0].hasPrefix("error: there is no attention in layer 0; layer 2 has one\n"))
    #expect(run("mamba", "r.ablate(layer: 0, head: 0)")[0].hasPrefix("error: there is no attention in layer 0; this model has no attention\n"))
    #expect(run("gpt2", "r.ablate(layer: 9, head: 0)")[0].hasPrefix("error: there is no attention in layer 9; layers 0, 1 have one\n"))
  }

  @Test func aPatchOfAnotherLength() {
    #expect(
      run("gpt2", "r.patch(\"layers.0.attention.query\", from: m.run([5, 6]))")[0].hasPrefix(
        "error: patch: 'layers.0.attention.query' must have the same shape in both runs, got [2×"))
  }

  @Test func diffusionModelsWriteInTheirOwnWay() {
    let said = run("llada", "m.trace([5, 6, 7], steps: 2)", "m.generate([5, 6, 7], tokens: 4)", "m.generate([5], beams: 2)", "m.generate([5], steps: 0)")
    #expect(said[0].contains("canvas (probability of the proposed token)") && said[0].contains("surest"))
    #expect(said[1].split(separator: ",").count == 4)
    #expect(said[2].hasPrefix("error: llada removes noise: beams, topK and topP are for models that write token by token"))
    #expect(said[3].hasPrefix("error: generate's 'steps' must be at least 1"), "\(said[3])")
    #expect(run("gpt2", "m.generate([5], steps: 2)")[0].hasPrefix("error: gpt2 writes token by token: steps, remasking, block and clamp are for diffusion models"))
    #expect(run("gpt2", "m.trace([5], canvas: 2)")[0].hasPrefix("error: gpt2 writes token by token: a canvas is for diffusion models"))
  }

  /// Every way of writing that the command line has, and what an option is not for.
  @Test func everyWayOfWritingIsAtThePrompt() {
    let masked = run(
      "llada", "m.generate([5, 6, 7], tokens: 6, steps: 3, block: 2, remasking: \"random\", seed: 4)", "m.trace([5, 6, 7], steps: 2, canvas: 6, block: 3)",
      "m.generate([5], remasking: \"best\")", "m.generate([5], clamp: true)", "m.generate([5], drafts: true)", "m.generate([5], block: 0)")
    #expect(masked[0].split(separator: ",").count == 6 && masked[1].contains("block size 3") == masked[1].contains("block size"))
    #expect(masked[2].hasPrefix("error: generate's 'remasking' must be \"low-confidence\" or \"random\""))
    #expect(masked[3].hasPrefix("error: llada has no use for clamp: its noise is masks; it takes steps and remasking and block and temperature"))
    #expect(masked[4].hasPrefix("error: llada removes noise: drafts is for models that write token by token"))
    #expect(masked[5].hasPrefix("error: generate's 'block' must be at least 1"))
    let drafts = run("deepseek-v3-predicting", "m.generate([5, 6, 7], tokens: 8, drafts: true) == m.generate([5, 6, 7], tokens: 8)", "m.trace([5, 6], drafts: true)",
      "m.generate([5], drafts: true, beams: 2)", "m.generate([5], beams: 2, topK: 3)", "m.generate([5], topP: 2)", "m.generate([5], topK: 0)", "m.generate([5], beams: 1000)")
    #expect(drafts[0] == "true\n" && drafts[1].contains("drafts so far: checked"))
    #expect(drafts[2].hasPrefix("error: drafts goes with neither beams nor cache: false"))
    #expect(drafts[3].hasPrefix("error: beams searches and does not sample: leave out temperature, topK and topP"))
    #expect(drafts[4].hasPrefix("error: generate's 'topP' must lie above 0 and be at most 1"))
    #expect(drafts[5].hasPrefix("error: generate's 'topK' must be at least 1") && drafts[6].hasPrefix("error: generate's 'beams' must be at most 256"))
  }

  @Test func aTraceTellsKindsOfMemory() throws {
    let trace = run("t5", "m.trace([5, 6, 7], steps: 2)")[0]
    #expect(trace.hasPrefix("t5: 8 memories; the source is 5 6 7, the decoder begins with 0\n"))
    #expect(trace.contains("""
      positions written, reused and forgotten:
        memory                                        of them  after the last step   step 0  step 1
        decoder.layers.*.attention.keys, values             4  [1×2×4×5], 640 bytes   1 0 0   1 1 0
        decoder.layers.*.crossAttention.keys, values        4  [1×3×4×5], 960 bytes   3 0 0   0 3 0
      """))
    #expect(trace.contains("where the last token looks (last layer with attention, mean of its heads):\n  step 0  0 100 %\n"))
    let hybrid = run("jamba", "m.trace([5, 6, 7], steps: 2)")[0]
    #expect(hybrid.contains("  layers.*.mixer.state ") && hybrid.contains("  layers.2.attention.keys, values"))
    #expect(!run("mamba", "m.trace([5, 6, 7], steps: 2)")[0].contains("where the last token looks"))
    #expect(!run("gpt2", "m.trace([5, 6, 7], steps: 2)")[0].contains("positions written"), "one kind needs no table of kinds")
    #expect(run("gpt2", "m.trace([5], steps: 0)")[0].hasPrefix("error: trace's 'steps' must lie between 1 and 100000"))
  }
}

@Suite struct TracePageTests {
  private func report(_ name: String) throws -> TraceReport {
    try TraceReport(try OpenModel(checkpoints.appendingPathComponent(name).path), prompt: [5, 6, 7], steps: 2)
  }

  /// A hybrid's attention is told by its own layer, and an encoder–decoder's steps by the decoder.
  @Test func layersOfAttention() throws {
    let hybrid = try report("jamba")
    #expect(hybrid.steps[0].attentionLayers == ["layers.2"] && hybrid.html.contains(">layer 2</text>") && !hybrid.html.contains(">layer 0</text>"))
    let pair = try report("t5")
    #expect(pair.steps[0].attentionLayers == ["decoder.layers.0", "decoder.layers.1"])
    #expect(pair.steps[0].query == [1, 1, 4, 5] && pair.steps[0].attention == [[1], [1]])
    #expect(pair.html.contains("The encoder has read: <span>5</span><span>6</span><span>7</span>"))
    #expect(!hybrid.html.contains("The encoder has read"))
  }
}
