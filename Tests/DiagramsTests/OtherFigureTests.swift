// Comparisons, dataflow graphs, blocks, matrices, masks and curves.
import Blocks
import Testing

@testable import Diagrams

@Suite struct ComparisonTests {
  private let comparison = Comparison(Figure(model: Recipes.gpt2), Figure(model: Recipes.llama3))

  @Test func table() {
    #expect(
      comparison.rows.prefix(5).map { "\($0.label): \($0.a) | \($0.b) | \($0.difference)" } == [
        "parameters: 124 M | 8.03 B | +7.91 B (× 64.5)", "layers: 12 | 32 | +20 (× 2.67)", "width: 768 | 4,096 | +3,328 (× 5.33)",
        "context: 1,024 | 8,192 | +7,168 (× 8)", "KV cache / token: 36 KiB | 128 KiB | +92 KiB (× 3.56)",
      ])
  }

  @Test func terminal() { expect(comparison.terminal(width: 80), is: "compare.txt") }

  @Test func equalFiguresDifferNowhere() {
    let same = Comparison(Figure(model: Recipes.bert), Figure(model: Recipes.bert))
    #expect(same.rows.allSatisfy { !$0.differs })
    #expect(same.standings.a.values.allSatisfy { $0 == .equal } && same.standings.a.count == same.a.streams[0].boxes.count)
    #expect(same.alternative == "BERT base and BERT base, compared. BERT base has no part of its own. BERT base has no part of its own.")
  }

  @Test func anotherOrderOfAsManyLayers() {
    func figure(_ name: String, epsilon: Float? = nil, mask: @escaping (Int) -> Mask = { _ in .causal }) -> Figure {
      Figure(model: Recipes.decoder(
        name, vocabulary: 100, width: 64, layers: 4, heads: 4, groups: 2, headWidth: 16, hidden: 128, context: 128, headNorm: epsilon, mask: mask))
    }
    let windows = Comparison(figure("full"), figure("half") { $0 < 2 ? .causal : .window(16) })
    #expect(windows.rows.contains(Comparison.Row(label: "in runs of equal layers", a: "4", b: "2 + 2", difference: "≠")))
    #expect(windows.repeats.a == ["layers.0"] && windows.repeats.b == ["layers.0"])
    #expect(windows.terminal(width: 100).contains("± layers 0–1"))
    // What no box shows is said in the table.
    let norms = Comparison(figure("one", epsilon: 1e-6), figure("two", epsilon: 1e-5))
    #expect(norms.rows.filter(\.differs).map { "\($0.label): \($0.a) | \($0.b)" } == [
      "attention queryNorm epsilon: 1e-06 | 1e-05", "attention keyNorm epsilon: 1e-06 | 1e-05",
    ])
    #expect(norms.standings.b["layers.0.attention"] == .resized)
    #expect(norms.repeats.a.isEmpty && norms.rows.allSatisfy { $0.label != "in runs of equal layers" })
  }

  /// Of two parts of one name the equal one is the partner, whichever comes first.
  @Test func theEqualPartIsThePartner() {
    func figure(_ name: String, mask: @escaping (Int) -> Mask = { _ in .causal }) -> Figure {
      Figure(model: Recipes.decoder(
        name, vocabulary: 100, width: 64, layers: 4, heads: 4, groups: 2, headWidth: 16, hidden: 128, context: 128, mask: mask))
    }
    for isFirst in [true, false] {
      let marks = Comparison(figure("full"), figure("half") { ($0 < 2) == isFirst ? .window(16) : .causal }).standings
      #expect(marks.a["layers.0.attention"] == .equal)
      #expect(marks.b["layers.0.attention"] == (isFirst ? nil : .equal) && marks.b["layers.2.attention"] == (isFirst ? .equal : nil))
    }
  }

  @Test func orders() {
    func order(_ names: [String]) -> String { Ribbon(names.map { Ribbon.Layer(.attention, $0) }).order }
    #expect(order(["a", "a", "a"]) == "3")
    #expect(order(["a", "a", "b"]) == "2 + 1")
    #expect(order(["a", "a", "b", "a", "a", "b"]) == "(2 + 1) × 2")
    #expect(order(["a", "a", "b", "a", "a", "b", "a"]) == "(2 + 1) × 2 + 1")
  }

  @Test func marks() {
    #expect(comparison.standings.a["layers.0.attention"] == nil, "another part: it has no partner")
    #expect(comparison.standings.a["head"] == .resized)
    #expect(comparison.standings.a["ids"] == .equal)
    #expect(comparison.alternative.contains("Only in GPT-2: + Position embedding (1,024 × 768 · learned), LayerNorm, Multi-head attention"))
  }
}

@Suite struct DataflowTests {
  @Test func dot() {
    let graph = Dataflow(
      "x + f(x)",
      nodes: [.init("x", "x", "[4]", .inputOutput), .init("f", "f", "[4]", .attention, tooltip: "any \"f\""), .init("sum", "add", "[4]")],
      edges: [.init("x", "f"), .init("f", "sum"), .init("x", "sum", isResidual: true)])
    expect(graph.dot(), is: "dataflow.dot")
    #expect(graph.alternative == "x + f(x): 3 operations. x [4]; f [4] of x; add [4] of f and x.")
  }

  @Test func oneRecordedLayer() throws {
    let graph = try #require(Dataflow(blockOf: Recipes.llama3))
    expect(graph.terminal(width: 80), is: "operations.txt")
    #expect(graph.edges.count(where: \.isResidual) == 2)
    #expect(Dataflow(blockOf: Recipes.llama3, layer: "layers.77") == nil)
  }
}

@Suite struct BlockTests {
  @Test func oneBlock() throws {
    let figure = try #require(Figure(blockOf: Recipes.llama3, layer: "layers.3"))
    #expect(figure.title == "Llama 3 (8B) · layers.3")
    #expect(figure.facts.first?.exact == 41_943_040 + 3 * 4096 * 14_336 + 2 * 4096)
    #expect(figure.insets.map(\.title) == ["Inside attention", "Inside the feed-forward"])
    #expect(Figure(blockOf: Recipes.llama3, layer: "layers.32") == nil)
  }
}

@Suite struct ChartTests {
  private let words = ["A", "B", "C"]

  @Test func matrix() {
    let matrix = MatrixFigure("Pattern", rows: words, columns: words, values: [[1, nil, nil], [0.25, 0.75, nil], [0.2, 0.3, 0.5]])
    expect(matrix.svg(), is: "matrix.svg")
    #expect(
      matrix.alternative
        == "Pattern: a matrix of 3 × 3, query by key. 3 of 9 cells are closed. Values from 0.20 to 1.00. A most to A (1.00); B most to B (0.75); C most to C (0.50).")
  }

  @Test func mask() {
    let open = (0..<4).map { i in (0..<4).map { $0 <= i } }
    let mask = MaskFigure("Causal", rows: ["A", "B", "C", "D"], open: open)
    expect(mask.svg(), is: "mask.svg")
    #expect(mask.alternative == "Causal: lower triangular, 10 of 16 open. A → A; B → A B; C → A B C; D → A B C D.")
  }

  @Test func maskShapes() {
    func shape(_ rule: (Int, Int) -> Bool) -> String {
      MaskFigure("", rows: (0..<5).map(String.init), open: (0..<5).map { i in (0..<5).map { rule(i, $0) } }).shape
    }
    #expect(shape { _, _ in true } == "all open, 25 of 25 open")
    #expect(shape { $1 <= $0 && $1 > $0 - 2 } == "a band of 2 below the diagonal, 9 of 25 open")
    #expect(shape { $1 < 3 || $1 <= $0 } == "lower triangular with the first 3 open to all, 18 of 25 open")
    #expect(shape { $1 / 2 <= $0 / 2 } == "lower triangular in blocks of 2, 17 of 25 open")
    #expect(shape { $0 == $1 } == "only the diagonal, 5 of 25 open")
    #expect(shape { ($0 + $1) % 3 == 0 } == "8 of 25 open")
  }

  @Test func curves() {
    let curves = CurveFigure("Loss", xAxis: "step", yAxis: "nats", series: [.init("a", [(0, 3), (10, 2), (20, 1.5)]), .init("b", [(0, 3), (10, .nan), (20, 1.6)])])
    expect(curves.svg(), is: "curves.svg")
    #expect(
      curves.alternative
        == "Loss: nats over step. a goes from 3.00 at 0.00 to 1.50 at 20.0, lowest 1.50 at 20.0; b goes from 3.00 at 0.00 to 1.60 at 20.0, lowest 1.60 at 20.0.")
  }

  @Test func ticks() {
    // Whole numbers from 100 to 999 have no decimals, in a curve's words as in a matrix.
    let long = CurveFigure("Loss", xAxis: "step", yAxis: "nats", series: [.init("a", [(1, 3), (600, 150)])])
    #expect(long.alternative.contains("600") && !long.alternative.contains("6000"))
    #expect(MatrixFigure.number(-512.4) == "−512" && decimal(600, places: 0) == "600")
    #expect(CurveFigure.ticks(0, 2000).values == [0, 500, 1000, 1500, 2000])
    #expect(CurveFigure.ticks(1.2, 4.9).values == [1, 2, 3, 4, 5])
    #expect(CurveFigure.tick(0.25, 0.05) == "0.25")
    #expect(CurveFigure.spread([10, 12, 40], by: 14) == [10, 24, 40])
  }
}
