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
