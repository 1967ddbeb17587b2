// Figures in full: DOT, terminal and sentences of a small model; facts that hold for every figure.
import Blocks
import Testing

@testable import Diagrams

/// One layer, two heads: small enough to read its DOT.
private let tiny = Recipes.decoder("Tiny", vocabulary: 100, width: 16, layers: 1, heads: 2, groups: 1, headWidth: 8, hidden: 32, context: 64)

private let figures: [Figure] = HandMade.all.map(\.figure) + Recipes.all.map { Figure(model: $0.model) } + [Figure(model: tiny)]

@Suite struct FigureTests {
  @Test func dotOfASmallModel() { expect(Figure(model: tiny).dot(), is: "tiny.dot") }

  @Test func terminalDrawings() {
    expect(Figure(model: tiny).terminal(width: 80), is: "tiny.txt")
    expect(Figure(model: Recipes.llama3).terminal(width: 80), is: "llama3.txt")
    expect(Figure(model: Recipes.t5).terminal(width: 80), is: "t5.txt")
    expect(Figure(model: Recipes.parallel).terminal(width: 80), is: "parallel.txt")
    expect(Figure(model: Recipes.gpt2).terminal(width: 60), is: "gpt2-narrow.txt")
    expect(HandMade.deepSeek.terminal(width: 80), is: "deepseek.txt")
  }

  @Test func terminalDrawingsFit() {
    for figure in figures {
      for width in [40, 60, 76, 80, 120] {
        for line in figure.terminal(width: width).split(separator: "\n") { #expect(line.count <= width, "\(figure.title) at \(width)") }
      }
    }
  }

  @Test func colourChangesNoCharacter() {
    for figure in figures {
      let coloured = figure.terminal(width: 80, colour: true)
      #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == figure.terminal(width: 80, colour: false))
      #expect(coloured != figure.terminal(width: 80, colour: false))
    }
  }

  @Test func alternativeOfASmallModel() {
    #expect(
      Figure(model: tiny).alternative == """
        Tiny: decoder-only · pre-norm · multi-query attention · RoPE · SwiGLU. 5,552 parameters, 1 layer, 16 width, 64 context, 32 bytes KV cache / token. \
        Parameters: embedding 28.8 %, attention 13.8 %, feed-forward 27.7 %, LM head 28.8 %, norms 0.9 %. 1 layer: multi-query attention + SwiGLU. \
        From input to output: token ids  [B, T], then Token embedding (100 × 16), then 1 × [RMSNorm, then Multi-query attention (2 query heads · 1 KV head), \
        added to its input, then RMSNorm, then SwiGLU feed-forward (hidden width 32), added to its input], then Final RMSNorm, \
        then LM head (16 × 100 · untied), then logits  [B, T, 100]. Inside attention: query (→ 2 × 8), key (→ 1 × 8), value (→ 1 × 8), \
        cached (2 × 1 × 8 values per token), softmax( Q Kᵀ / √8 + causal mask ) V, output (16 → 16). \
        Inside the feed-forward: gate (16 → 32), up (16 → 32), down (32 → 16).
        """)
  }

  @Test func countsArePublishedOnes() {
    #expect(Figure(model: Recipes.llama3).facts.first?.exact == 8_030_261_248)
    #expect(Figure(model: Recipes.llama3).facts.last == Fact("128 KiB", "KV cache / token", exact: 131_072, isBytes: true))
    #expect(Figure(model: Recipes.gpt2).facts.first?.exact == 124_439_808)
    #expect(Figure(model: Recipes.t5).facts.first?.exact == 60_506_624)
    #expect(HandMade.deepSeek.facts.first?.exact == 671_026_404_352)
    #expect(HandMade.deepSeek.facts[1].exact == 37_552_282_624)
    for figure in figures {
      let total = figure.shares.reduce(0) { $0 + $1.count }
      #expect(total == figure.facts.first?.exact, "\(figure.title): the bar holds every parameter once")
    }
  }

  @Test func recipeAndHandAgree() {
    #expect(Figure(model: Recipes.llama3).facts == HandMade.llama3.facts)
    #expect(Figure(model: Recipes.mistral).facts.first == HandMade.mistral.facts.first)
    #expect(Figure(model: Recipes.qwen3).facts == HandMade.qwen3.facts)
    #expect(Figure(model: Recipes.gpt2).shares.map(\.count) == HandMade.gpt2.shares.map(\.count))
  }

  @Test func ribbonsSayWhatTheyShow() {
    #expect(Figure(model: Recipes.llama3).ribbon?.caption == "32 layers, all identical: grouped-query attention + SwiGLU")
    #expect(
      HandMade.deepSeek.ribbon?.caption
        == "61 layers: 3 × latent attention + SwiGLU, then 58 × latent attention + mixture of experts (and a multi-token-prediction layer, not shown)")
    #expect(
      Figure(model: Recipes.alternating).ribbon?.caption
        == "24 layers, a pattern of 2 repeats 12 times: 1 × grouped-query window attention + SwiGLU, then 1 × grouped-query attention + SwiGLU")
    #expect(RibbonShape.perRow(118) == 59)
    #expect(RibbonShape.perRow(80) == 80)
  }
}

@Suite struct LayoutTests {
  /// Every label is measured against the room that it stands in; nothing is set under 9 points.
  @Test func textFits() {
    for figure in figures {
      let scene = FigureLayout.scene(figure)
      for shape in scene.shapes where shape.outline != .dot {
        let title = shape.title.width(size: shape.titleSize, bold: shape.bold, mutedSize: shape.subtitleSize)
        #expect(title <= shape.rect.width - 4, "\(figure.title): \(shape.title.plain)")
        #expect(arialWidth(shape.subtitle, size: shape.subtitleSize) <= shape.rect.width - 8, "\(figure.title): \(shape.subtitle)")
        #expect(shape.titleSize >= 9 && shape.subtitleSize >= 9)
      }
      for cell in scene.cells where !cell.text.isEmpty { #expect(arialWidth(cell.text, size: 9) <= cell.rect.width, "\(figure.title): \(cell.text)") }
      for label in scene.labels { #expect(label.size >= 9, "\(figure.title): \(label.text.plain)") }
    }
  }

  /// Boxes of one figure never cover each other.
  @Test func boxesStandApart() {
    for figure in figures {
      let rects = FigureLayout.scene(figure).shapes.filter { $0.outline != .dot }
      for (index, a) in rects.enumerated() {
        for b in rects[(index + 1)...] {
          let apart = a.rect.right <= b.rect.left || b.rect.right <= a.rect.left || a.rect.top <= b.rect.bottom || b.rect.top <= a.rect.bottom
          #expect(apart, "\(figure.title): \(a.id) and \(b.id)")
        }
      }
    }
  }

  @Test func insetsStandApartFromColumns() {
    for figure in figures {
      let panels = FigureLayout.scene(figure).panels.filter(\.dashed)
      #expect(panels.count == figure.insets.count)
      for (index, a) in panels.enumerated() {
        for b in panels[(index + 1)...] {
          #expect(a.rect.top <= b.rect.bottom || b.rect.top <= a.rect.bottom || a.rect.right <= b.rect.left || b.rect.right <= a.rect.left)
        }
      }
    }
  }

  @Test func everyBoxHasATooltip() {
    for (name, model) in Recipes.all {
      for shape in FigureLayout.scene(Figure(model: model)).shapes where shape.kind != "inputOutput" && shape.outline == .rounded && !shape.id.contains("inside-") {
        #expect(!shape.tooltip.isEmpty, "\(name): \(shape.id)")
      }
    }
  }

  @Test func columnsAreNamed() {
    let scene = FigureLayout.scene(Figure(model: Recipes.t5))
    #expect(scene.labels.contains { $0.text.plain == "encoder" } && scene.labels.contains { $0.text.plain == "decoder" })
    #expect(Figure(model: Recipes.t5).insets.map(\.title) == ["Inside attention", "Inside cross-attention", "Inside the feed-forward"])
  }

  @Test func aFaultIsDrawn() {
    var figure = HandMade.llama3
    figure.streams[0].body[0] = .box(Box("embedding", .embedding, "Token embedding", fault: "width 4095, wanted 4096"))
    #expect(figure.dot().contains(##"color="#C0392B", penwidth=2.4, style=dashed, tooltip="width 4095, wanted 4096""##))
    #expect(figure.terminal().contains("✗"))
  }

  @Test func quoting() {
    #expect(quoted("a \"b\" \\ <c> & d") == #""a &quot;b&quot; \\ &lt;c&gt; &amp; d""#)
    #expect(identifier("Llama 3 (8B)") == "llama-3-8b-")
  }

  @Test func widthsAreArials() {
    #expect(arialWidth("Hamburgefonstiv 0123456789", size: 100) == 1339.6)
    #expect(arialWidth("→", size: 10) == 10)
    #expect(arialWidth("⚙", size: 10) == 10, "unknown characters count as one em")
  }
}

@Suite struct NumberTests {
  @Test func numbers() {
    #expect([0, 999, 1000, 128_256, -4096].map(grouped) == ["0", "999", "1,000", "128,256", "−4,096"])
    #expect([512, 9_999, 786_432, 41_943_040, 8_030_261_248, 671_026_404_352].map(rounded) == ["512", "9,999", "786 K", "41.9 M", "8.03 B", "671 B"])
    #expect([131_072, 70_272, 1_048_576, 12].map(binaryBytes) == ["128 KiB", "68.6 KiB", "1 MiB", "12 bytes"])
    #expect([0, 0.0004, 0.065, 0.9999, 1].map(percent) == ["0 %", "< 0.1 %", "6.5 %", "> 99.9 %", "100 %"])
    #expect([-3.52, 0, 12].map { decimal($0) } == ["-3.5", "0.0", "12.0"])
  }

  /// What comes out of a model without a head over the vocabulary.
  @Test func otherHeadsEndInScores() {
    let bert = Recipes.bert
    func ending(_ extras: [Child]) -> String {
      let model = Architecture(
        name: "x", modelType: "bert", family: .encoder, context: 8, embedding: bert.embedding, body: bert.body, head: nil, extras: extras)
      return Figure(model: model).alternative
    }
    let width = bert.width, labels = Child("classifier", Projection(bert.width, 3, bias: true, role: .head))
    #expect(ending([]).contains("vectors  [B, T, \(width)]"))
    #expect(ending([Child("pooler", Pooler(width))]).contains("vectors  [B, T, \(width)]"))
    #expect(ending([labels]).contains("scores  [B, T, 3]"))
    #expect(ending([Child("pooler", Pooler(width)), labels]).contains("scores  [B, 3]"))
  }
}
