// Layers of one's choice, and comparisons of the largest models.
import Blocks
import Testing

@testable import Diagrams

@Suite struct LayerFigureTests {
  @Test func anyLayerIsDrawn() throws {
    let llama = try architecture("Llama-3-8B")
    #expect(Figure(blockOf: llama)?.streams.map(\.name) == ["layers.0"], "all layers are of one kind")
    #expect(Figure(blockOf: llama, layer: "31")?.streams.map(\.name) == ["layers.31"])
    #expect(Figure(blockOf: llama, layer: "layers.7")?.title.hasSuffix("layers.7") == true)
    #expect(Figure(blockOf: llama, layer: "32") == nil)
    #expect(Dataflow(blockOf: llama, layer: "32") == nil)
    let hybrid = try architecture("jamba-v0.1")
    #expect(Figure(blockOf: hybrid)?.streams.count == 3, "Mamba with and without experts, attention")
    let t5 = try architecture("t5-small")
    #expect(Figure(blockOf: t5, layer: "7")?.streams.map(\.name) == ["decoder.layers.1"], "an encoder's layers count first")
    #expect(Dataflow(blockOf: t5, layer: "encoder.layers.0") != nil)
  }

  /// Experts say the same once, so that a comparison is a page and no scroll.
  @Test func mixturesAreComparedOnAPage() throws {
    for (a, b) in [("Mixtral-8x7B-v0.1", "DeepSeek-V3"), ("switch-base-8", "switch-c-2048")] {
      let comparison = Comparison(Figure(model: try architecture(a)), Figure(model: try architecture(b)))
      #expect(ComparisonLayout.scene(comparison).bounds.height < 3500, "\(a) and \(b)")
      #expect(comparison.rows.count < 80)
      #expect(comparison.rows.contains { $0.label.contains("experts.*") } || comparison.rows.contains { $0.label.contains("experts") })
      for line in comparison.terminal(width: 80).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
      #expect(comparison.terminal(width: 80).contains("Inside"))
    }
  }

  @Test func bytesAreComparedInBytes() throws {
    let comparison = Comparison(Figure(model: try architecture("mamba-130m")), Figure(model: try architecture("mamba2-130m")))
    let row = try #require(comparison.rows.first { $0.label == "state and windows" })
    #expect(row.difference.contains("iB"), "\(row.difference)")
  }

  /// A token shift adds two tokens and is no way around a sub-layer; mixtures hold together.
  @Test func waysAroundAreResiduals() throws {
    let rwkv = try #require(Dataflow(blockOf: try architecture("rwkv-4-169m"), layer: "0"))
    let around = rwkv.edges.filter(\.isResidual)
    #expect(around.count == 2, "\(around.map { "\($0.from) → \($0.to)" })")
    let mixture = try #require(Dataflow(blockOf: try architecture("Mixtral-8x7B-v0.1"), layer: "0"))
    var known: Set = [mixture.edges[0].from], grew = true
    while grew {
      grew = false
      for edge in mixture.edges where known.contains(edge.from) != known.contains(edge.to) {
        known.formUnion([edge.from, edge.to])
        grew = true
      }
    }
    #expect(known.isSuperset(of: Set(mixture.edges.flatMap { [$0.from, $0.to] })), "one piece")
  }

  @Test func whatDiffersIsSaid() throws {
    let caption = try #require(Figure(model: try architecture("rwkv-7-0.1b")).ribbon?.caption)
    #expect(caption.contains("residual") && !caption.contains("another form"), "\(caption)")
  }

  @Test func furtherHeadsAreDrawn() throws {
    let bert = Recipes.bert
    let model = Architecture(
      name: "x", modelType: "bert", family: .encoder, context: 8, embedding: bert.embedding, body: bert.body, head: bert.head,
      extras: [Child("classifier", Classifier(bert.width, classes: 3))])
    let titles = Figure(model: model).streams[0].boxes.map(\.title.plain)
    #expect(titles.contains("Classifier") && titles.contains("class scores  [B, 3]") && titles.contains { $0.hasPrefix("logits") })
  }
}
