// How details of a trace are drawn: as lines, sentences, JSON and a part of the page, in full.

import Files
import Foundation
import Generation
import Testing

@testable import Notebook

private let checkpoints: URL = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures/checkpoints")

/// What the token was chosen from, and what the first layer's attention added to it: a provider as families write them.
private struct CandidatesProvider: TraceProvider {
  let watches = ["layers.0.attention.output"]

  func details(_ reading: TraceReading) -> [TraceDetail] {
    let cells = Sampler(temperature: 1).distribution(reading.logits).prefix(5).map {
      TraceDetail.TokenCell(.token($0.id), $0.id == reading.chosen ? .chosen : .rejected, number: $0.probability)
    }
    let outputs = reading.tensors("layers.0.attention.*").filter { $0.name.hasSuffix("output") }
    return [
      TraceDetail("candidates", note: "probability of the next token", .tokens(cells)),
      TraceDetail(
        "reading",
        .facts([
          .init("outputs", .count(outputs.count)), .init("rows", .count(outputs[0].tensor.shape[1])), .init("start", .count(reading.start)),
          .init("before", .count(reading.before["layers.0.attention.output"]?.shape[1] ?? 0)),
        ])),
    ]
  }
}

@Suite struct TraceDetailTests {
  let writer = DetailWriter { ["zero", "one", "<two>"][$0] }
  let tokens = TraceDetail(
    "canvas", note: "probability",
    .tokens([
      .init(.token(0), .kept), .init(.token(1), .chosen, number: 0.5), .init("?", .masked, number: 0.25),
      .init(.token(2), .remasked, number: 0.125, note: "next best one"), .init("a", .accepted), .init("b", .rejected),
      .init("c", .changed),
    ]))
  let facts = TraceDetail(
    "process",
    .facts([
      .init("noise", .number(0.25)), .init("passes", .count(1200), unit: "forwards"), .init("schedule", .text("cosine")),
      .init("first", .token(1)),
    ]))
  let few = TraceDetail(
    "router.weights", .matrix(.init(rows: [.token(0), "b"], columns: ["e0", "e1"], values: [[0.75, 0.25], [-1, .infinity]], marked: [[0], [1]])))
  let many = TraceDetail(
    "pattern", .matrix(.init(rows: ["a"], columns: (0..<13).map { "\($0)" }, values: [(0..<13).map { Float($0) }], marked: [[12]])))

  @Test func lines() {
    #expect(
      writer.lines(tokens) == [
        "canvas (probability): zero [one 0.50] ░? 0.25░ (<two> 0.12) ✓a ✗b ~c~", "    <two>: next best one",
      ])
    #expect(writer.lines(facts) == ["process: noise 0.25, passes 1,200 forwards, schedule cosine, first one"])
    #expect(
      writer.lines(few) == [
        "router.weights:", "            e0     e1", "  zero   0.75*  0.25 ", "     b  -1.00      ∞*",
      ])
    #expect(writer.lines(many) == ["pattern:", "  a | ··░░▒▒▒▓▓███| → 12"])
  }

  /// Facts and tokens stay whole, a matrix too wide for the page becomes shades.
  @Test func linesThatFit() {
    #expect(writer.lines(facts, fitting: 34) == ["process: noise 0.25,", "    passes 1,200 forwards,", "    schedule cosine, first one"])
    #expect(writer.lines(tokens, fitting: 30)[..<2] == ["canvas (probability): zero", "    [one 0.50] ░? 0.25░"])
    #expect(writer.lines(few, fitting: 20) == ["router.weights:", "  zero |▓░| → e0", "     b |█×| → e1"])
  }

  @Test func sentences() {
    #expect(writer.sentence(facts) == "process: noise is 0.25, passes is 1,200 forwards, schedule is cosine, first is one.")
    #expect(writer.sentence(few) == "router.weights: zero is largest at e0 with 0.75; b is largest at e1 with ∞.")
    #expect(writer.sentence(tokens).hasPrefix("canvas, probability: zero kept, one chosen at 0.50, ? masked at 0.25"))
  }

  @Test func json() {
    #expect(
      JSON.encode(writer.json(few))
        == #"{"title":"router.weights","note":"","kind":"matrix","rows":[{"id":0,"text":"zero"},"b"],"columns":["e0","e1"],"values":[[0.75,0.25],[-1.0,"inf"]],"marked":[[0],[1]]}"#)
    #expect(
      JSON.encode(writer.json(facts))
        == #"{"title":"process","note":"","kind":"facts","facts":[{"name":"noise","value":0.25,"unit":""},{"name":"passes","value":1200,"unit":"forwards"},{"name":"schedule","value":"cosine","unit":""},{"name":"first","value":{"id":1,"text":"one"},"unit":""}]}"#)
    #expect(
      JSON.encode(writer.json(TraceDetail("t", .tokens([.init(.token(1), .chosen, number: 0.5)]))))
        == #"{"title":"t","note":"","kind":"tokens","tokens":[{"token":{"id":1,"text":"one"},"mark":"chosen","number":0.5,"note":""}]}"#)
  }

  @Test func page() {
    let page = writer.html(tokens)
    #expect(page.contains(##"<span class="remasked" title="remasked: next best one">&lt;two&gt; <small>0.12</small></span>"##))
    let map = writer.html(few)
    #expect(map.components(separatedBy: "<rect").count == 5 && map.contains("<title>zero, e0: 0.75 (chosen)</title>"))
    #expect(writer.html(facts).contains("noise <b>0.25</b> · passes <b>1,200 forwards</b>"))
  }

  /// A step of accepted drafts adds several tokens: table, page and JSON show them all, and the page what was guessed ahead.
  @Test func severalTokensAStep() throws {
    let open = try OpenModel(checkpoints.appendingPathComponent("deepseek-v3-predicting").path)
    let report = try TraceReport(open, prompt: [5, 6, 7], steps: 6, drafts: true)
    let plain = try TraceReport(open, prompt: [5, 6, 7], steps: 6)
    #expect(report.steps.flatMap(\.added) == plain.steps.compactMap(\.token))
    #expect(report.steps.allSatisfy { $0.guesses <= $0.read.count - 1 && $0.added.last == $0.token })
    for (index, step) in report.steps.enumerated() where step.guesses > 0 {
      let page = report.html.components(separatedBy: "<section>")[index + 1]
      let shown = page.components(separatedBy: "</p>")[0].components(separatedBy: "<span").count - 1
      #expect(shown == 3 + report.steps[..<index].reduce(0) { $0 + $1.added.count } + step.guesses + step.added.count)
    }
    #expect(report.steps.contains { $0.guesses > 0 } && JSON.encode(report.json).contains(#""added":[{"id":"#))
    #expect(report.steps.allSatisfy { $0.attention.count == $0.attentionLayers.count && !$0.attention.isEmpty })
  }

  /// A pass over a canvas keeps nothing: the page says so and has no empty table.
  @Test func aCanvasHasNoMemory() throws {
    let open = try OpenModel(checkpoints.appendingPathComponent("llada").path)
    let page = try TraceReport.of(open, prompt: [5, 6, 7], steps: 2, limit: 4, stop: nil).html
    #expect(!page.contains("<table") && page.contains("Nothing is kept from one pass to the next") && page.contains("A token is <span class=\"kept\">kept</span><span class=\"chosen\">chosen</span><span class=\"remasked\">remasked</span></p>"))
    let mamba = try TraceReport(OpenModel(checkpoints.appendingPathComponent("mamba").path), prompt: [5, 6, 7], steps: 2).html
    #expect(mamba.contains("<table") && !mamba.contains("queries are"))
  }

  /// Who came too late for an expert with a capacity is named, by the token of the encoder's text.
  @Test func whoFoundRoom() throws {
    let open = try OpenModel(checkpoints.appendingPathComponent("switch-dropping").path)
    let report = try TraceReport(open, prompt: [5, 6, 7, 8, 9, 10, 11], steps: 1)
    guard case .tokens(let cells) = try #require(report.steps[0].details.first { $0.title == "encoder.layers.0.feedForward.router: who found room" }).content
    else { throw Unexpected() }
    #expect(cells.map(\.token) == [5, 6, 7, 8, 9, 10, 11].map { .token($0) })
    #expect(cells.map(\.mark) == [.accepted, .accepted, .rejected, .rejected, .rejected, .rejected, .accepted] && cells[2].note == "no room at expert 0")
  }

  /// An encoder–decoder's trace says where in the source each step looks: shares of one, a row for each decoder layer.
  @Test func whereTheDecoderLooksInTheSource() throws {
    let report = try TraceReport(OpenModel(checkpoints.appendingPathComponent("t5").path), prompt: [5, 6, 7, 8, 9], steps: 2)
    for step in report.steps {
      guard case .matrix(let m) = try #require(step.details.first { $0.title == "where the last token looks in the source" }).content else { throw Unexpected() }
      #expect(m.columns == [5, 6, 7, 8, 9].map { .token($0) } && m.rows.first == "decoder.layers.0")
      #expect(m.values.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
    }
  }

  /// An encoder–decoder that denoises writes a canvas beside its source, and begins with nothing.
  @Test func aCanvasBesideASource() throws {
    let open = try OpenModel("ar-diffusion-translation")
    let source = try open.tokenizer().encode("cats see a car").ids
    let report = try TraceReport.of(open, prompt: source, steps: 20, limit: 8, stop: nil)
    #expect(report.prompt.isEmpty && report.text.contains("the source is cats see a car\n") && report.steps.count == 20)
    guard case .tokens(let cells) = try #require(report.steps.last?.details.first { $0.title == "canvas" }).content else { throw Unexpected() }
    #expect(cells.count == 8)
  }

  /// A recurrent state has no positions to draw as boxes; a window and a cache have.
  @Test func boxesAreForPositions() throws {
    func page(_ name: String) throws -> String { try TraceReport(OpenModel(checkpoints.appendingPathComponent(name).path), prompt: [5, 6, 7], steps: 2).html }
    #expect(try page("llama-gqa").contains("Positions of <code>layers.0.attention.keys</code>"))
    #expect(try page("mamba").contains("Positions of <code>layers.0.mixer.convolution.window</code>"))
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let recipe = "decoder(layers: 2, width: 24, attention: retention(heads: 3), vocabulary: 48)"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = Session(stop: stop).run(cell: "\(recipe).initialised(seed: 5).save(\"\(folder)\")")
    #expect(try !TraceReport(OpenModel(folder), prompt: [5, 6, 7], steps: 2).html.contains("Positions of"))
  }

  /// An indexer has no score for what comes later.
  @Test func theIndexerSeesNoFuture() throws {
    let report = try TraceReport(OpenModel(checkpoints.appendingPathComponent("deepseek-v32").path), prompt: Array(5..<15), steps: 2)
    for step in report.steps {
      guard case .matrix(let m) = try #require(step.details.first { $0.title == "layers.0.attention.indexer.scores" }).content else { throw Unexpected() }
      for (row, values) in m.values.enumerated() {
        let position = m.columns.count - m.rows.count + row
        #expect(values[...position].allSatisfy { $0.isFinite } && values[(position + 1)...].allSatisfy { $0 == -.infinity })
        #expect(m.marked[row].allSatisfy { $0 <= position })
      }
    }
  }

  /// A provider sees the watched tensors of its step and of the step before; what it says reaches all three forms.
  @Test func traceOfADecoder() throws {
    let open = try OpenModel(checkpoints.appendingPathComponent("llama-gqa").path)
    let report = try TraceReport(open, prompt: [5, 6, 7], steps: 3, providers: [CandidatesProvider()])
    #expect(report.steps.count == 3)
    for (index, step) in report.steps.enumerated() {
      guard case .tokens(let cells) = step.details[0].content else { throw Unexpected() }
      #expect(cells.count == 5 && cells[0].token == .token(step.token!) && cells[0].mark == .chosen)
      #expect(cells.compactMap(\.number).reduce(0, +) <= 1.0001)
      let expected = index == 0 ? [1, 3, 0, 0] : [1, 1, 2 + index, index == 1 ? 3 : 1]
      #expect(
        step.details[1].content
          == .facts(zip(["outputs", "rows", "start", "before"], expected).map { TraceDetail.Fact($0, .count($1)) }))
    }
    #expect(report.text.contains("step 2\n  candidates (probability of the next token): ["))
    #expect(report.html.components(separatedBy: "<div class=\"detail\">").count == 7)
    #expect(JSON.encode(report.json).contains(#""details":[{"title":"candidates""#))
    #expect(report.sentences.contains("reading: outputs is 1, rows is 3, start is 0, before is 0."))
  }
}

private struct Unexpected: Error {}
