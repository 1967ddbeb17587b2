// The influence of every token on every output is the declared mask, layer by layer, for every family with attention: change one
// token, and exactly those rows of the stream change that the masks of the layers so far let see it. And what outlines count is what
// checkpoints hold. Over all fixtures and the mini sizes of the systems without a checkpoint format.

import Blocks
import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors
import Testing

private let ids = [5, 17, 9, 31, 7, 12, 40, 3, 22, 11, 6, 35]

/// Mini sizes of the systems that are built from their papers.
let attentionRecipes: [(name: String, recipe: String)] = [
  ("transformer", "encoderDecoder(layers: 2, width: 24, attention: multiHead(heads: 3), feedForward: feedForward(hidden: 40, activation: \"relu\"), position: sinusoidal(), arrangement: \"post\", embeddingScale: 4.9, vocabulary: 48)"),
  ("gpt-3", "decoder(layers: pattern([multiHead(heads: 3, bias: true), multiHead(heads: 3, bias: true, window: 4)], repeat: 2), width: 24, position: learned(), context: 32, vocabulary: 48)"),
  ("palm", "decoder(layers: 2, width: 24, attention: multiQuery(heads: 3, headWidth: 10), position: rope(), norm: layerNorm(bias: false), feedForward: swiglu(hidden: 40), arrangement: \"parallel\", headScale: 0.2, vocabulary: 48)"),
  ("u-palm", "decoder(layers: 2, width: 24, attention: multiQuery(heads: 3, headWidth: 10), position: rope(), norm: layerNorm(bias: false), feedForward: swiglu(hidden: 40), arrangement: \"parallel\", mask: prefix(5), vocabulary: 48)"),
  ("unilm", "encoder(layers: 2, width: 24, attention: multiHead(heads: 3, bias: true), position: learned(), arrangement: \"post\", embeddingNorm: true, segments: 6, mask: prefix(5), vocabulary: 48)"),
  ("unilm backwards", "encoder(layers: 2, width: 24, attention: multiHead(heads: 3, bias: true), position: learned(), arrangement: \"post\", embeddingNorm: true, mask: reverseCausal(), vocabulary: 48)"),
  ("glm", "decoder(layers: 2, width: 24, attention: multiHead(heads: 3, bias: true), position: learned(), blockPositions: 20, context: 32, mask: prefix(5), vocabulary: 48)"),
  ("glm-130b", "decoder(layers: 2, width: 24, attention: multiHead(heads: 3, bias: true), feedForward: geglu(hidden: 40, bias: true, activation: \"gelu\"), position: rope(), arrangement: \"deepNorm\", mask: prefix(5), vocabulary: 48)"),
  ("chatglm", "decoder(layers: 2, width: 24, attention: multiHead(heads: 3, bias: true), feedForward: feedForward(hidden: 40, activation: \"geluTanh\"), position: rope(planar: true), arrangement: \"deepNorm\", mask: prefix(5), vocabulary: 48)"),
  ("chatglm2", "decoder(layers: 2, width: 32, attention: grouped(heads: 4, keyValue: 2, bias: true, outputBias: false), feedForward: swiglu(hidden: 40), norm: rmsNorm(), position: rope(part: 0.5, layout: \"interleaved\"), head: \"untied\", vocabulary: 48)"),
  ("alibi", "decoder(layers: 2, width: 24, attention: multiHead(heads: 3), position: alibi(), mask: causal(), vocabulary: 48)"),
  ("prefix tuning", "prefixTuned(decoder(layers: 2, width: 24, attention: multiHead(heads: 3), position: learned(), context: 32, vocabulary: 48), length: 3, hidden: 7)"),
]

func attentionModel(_ name: String) throws -> Architecture {
  if let mini = attentionRecipes.first(where: { $0.name == name }) { return try loudModel(mini.recipe) }
  return try Model(path: fixtures.appendingPathComponent(name).path).architecture
}

/// The mask of each layer of a stack, a recurrence counting as a causal one; nil where tokens meet in another way (an indexer's choice).
private func masks(of layers: Repeat) -> [Mask]? {
  var masks: [Mask] = []
  for layer in layers.layers {
    var own: [Mask] = [], isPlain = true, recurs = false
    layer.walk { _, part in
      if let attention = part as? Attention {
        if attention.source == .own { own.append(attention.mask) }
      } else if let latent = part as? LatentAttention, latent.indexer == nil {
        own.append(latent.mask)
      } else if part.role == .stateSpace {
        recurs = true
      } else if part.role == .attention && !(part is Projection) && !(part is Residual) && !(part is Scaled) && !(part is Chain) {
        isPlain = false
      }
    }
    if recurs { own.append(.causal) }
    guard isPlain, let first = own.first, own.allSatisfy({ $0 == first }) else { return nil }
    // Twice a window is a wider window; twice all before is all before.
    guard own.count == 1 || first == .bidirectional || first == .causal else { return nil }
    masks.append(first)
  }
  return masks
}

@Suite struct InfluenceTests {
  @Test(arguments: fixtureNames() + attentionRecipes.map(\.name)) func influenceIsTheMaskLayerByLayer(_ name: String) throws {
    let m = try attentionModel(name)
    for (stack, layers) in m.stacks {
      guard let masks = masks(of: layers) else { continue }
      let lead = stack.isEmpty ? "" : stack + "."
      func residuals(_ ids: [Int]) -> [Tensor] {
        let run = Run(keepsMemory: false, watch: .matching(["\(lead)layers.*.residual"]))
        if m.encoder != nil { m.encode(Architecture.Input([stack == "encoder" ? ids : [4, 9, 5]]), run) }
        if stack != "encoder" { _ = m.hidden(Architecture.Input([ids]), run) }
        return run.seen.filter { $0.name.split(separator: ".").count == (stack.isEmpty ? 3 : 4) }.map { $0.tensor.untracked }
      }
      let before = residuals(ids), width = before[0].shape[2]
      #expect(before.count == masks.count)
      for changed in [0, 4, 10] {
        var other = ids
        other[changed] = (other[changed] + 1) % 40
        let after = residuals(other)
        var sees = ids.indices.map { $0 == changed }
        for (layer, mask) in masks.enumerated() {
          sees = ids.indices.map { i in sees[i] || ids.indices.contains { mask.allows(i, $0) && sees[$0] } }
          let (x, y) = (before[layer].values, after[layer].values)
          let moved = ids.indices.map { i in x[(i * width)..<((i + 1) * width)] != y[(i * width)..<((i + 1) * width)] }
          #expect(moved == sees, "\(name), \(stack) layer \(layer), token \(changed) changed")
        }
      }
    }
  }

  /// No model is passed over in silence: whose layers have no mask are these alone.
  @Test func whoHasNoMask() throws {
    let without = try (fixtureNames() + attentionRecipes.map(\.name)).filter { name in try attentionModel(name).stacks.contains { masks(of: $0.layers) == nil } }
    #expect(without == ["deepseek-v32", "deepseek-v32-wide"])
  }

  /// Cross-attention is open: every token of the source moves every row of the decoder, in every layer; no token of the decoder moves the source.
  @Test(arguments: ["t5", "t5-v1.1", "bart", "mbart", "switch", "transformer"]) func theSourceIsSeenByAll(_ name: String) throws {
    let m = try attentionModel(name), source = [4, 9, 5, 17], text = [0, 7, 3]
    func rows(_ source: [Int], _ text: [Int]) -> (decoder: [Tensor], encoder: [Float]) {
      let run = Run(keepsMemory: false, watch: .matching(["decoder.layers.*.residual"]))
      m.encode(Architecture.Input([source]), run)
      _ = m.hidden(Architecture.Input([text]), run)
      return (run.seen.filter { $0.name.split(separator: ".").count == 4 }.map { $0.tensor.untracked }, run.source?.values ?? [])
    }
    let before = rows(source, text), width = before.decoder[0].shape[2]
    #expect(before.decoder.count == m.stacks.first { $0.name == "decoder" }!.layers.layers.count)
    for changed in source.indices {
      var other = source
      other[changed] += 1
      for (x, y) in zip(before.decoder, rows(other, text).decoder) {
        for i in text.indices { #expect(x.values[(i * width)..<((i + 1) * width)] != y.values[(i * width)..<((i + 1) * width)], "\(name), source token \(changed), row \(i)") }
      }
    }
    #expect(!before.encoder.isEmpty && rows(source, [0, 8, 9]).encoder == before.encoder)
  }

  /// The outline's parameters are the checkpoint's, and the memory that it counts is the memory that a run holds.
  @Test(arguments: fixtureNames()) func outlinesCountWhatCheckpointsHold(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path), m = model.architecture
    let account = Account(model.outline, context: ids.count)
    #expect(account.total == m.parameterCount)
    #expect(account.total == (try Expected(name)).json["parameters"]?.int)
    let run = Run()
    if m.encoder != nil { m.encode(Architecture.Input([ids]), run) }
    guard m.family != .encoder, m.denoiser == nil else {
      #expect(account.memory.isEmpty)
      return
    }
    _ = m.hidden(Architecture.Input([ids]), run)
    let held = run.slots.reduce(0) { $0 + ($1.growth == .state ? $1.bytes : $1.bytes / 2) }
    #expect(account.bytes(after: ids.count) == held)
  }
}

@Suite struct AttentionRecipeTests {
  /// Prefix masks are read whole up to the prefix; everything after token by token. Differences: 2e-4 of the largest logit.
  @Test(arguments: attentionRecipes.map(\.name)) func piecesGiveWhatTheWholeGives(_ name: String) throws {
    guard !name.hasPrefix("unilm") else { return }
    let m = try attentionModel(name)
    func run(_ memory: Bool) -> Run {
      let run = Run(keepsMemory: memory)
      if m.encoder != nil { m.encode(Architecture.Input([[4, 9, 5]]), run) }
      return run
    }
    let whole = try m(ids, run(false)).untracked
    for sizes in [[5, 1], [7, 5], [5, 3, 1, 2, 1]] {
      let cached = run(true)
      var rows: [Tensor] = [], start = 0, turn = 0
      while start < ids.count {
        let size = min(sizes[min(turn, sizes.count - 1)], ids.count - start)
        rows.append(try m(Array(ids[start..<(start + size)]), cached).untracked)
        (start, turn) = (start + size, turn + 1)
      }
      #expect(concatenate(rows, axis: 1).largestDifference(from: whole) < 2e-4 * whole.values.map(abs).max()!, "\(name) in \(sizes)")
    }
  }

  /// Keys and values that belong to tokens, put in front as a learned prefix, give what the tokens themselves give.
  @Test func aPrefixOfRealKeysIsTheText() throws {
    let plain = try attentionModel("gpt2"), whole = try plain(ids, Run(keepsMemory: false)).untracked
    let read = Run()
    _ = try plain(Array(ids[0..<4]), read)
    let config = try String(contentsOf: fixtures.appendingPathComponent("gpt2/config.json"), encoding: .utf8)
    let recipe = Recipe("prefixTuned", [
      .init("architecture", .call(Recipe("configuration", [.init("json", .text(config))]))), .init("length", .integer(4)),
    ])
    let tuned = try recipe.architecture()
    let given = Dictionary(plain.allParameters.map { ($0.path, $0.parameter.tensor) }, uniquingKeysWith: { a, _ in a })
    var learned = 0
    for (path, parameter) in tuned.allParameters {
      if let tensor = given[path] { parameter.bind(tensor); continue }
      let name = path.replacing("prefixKeys", with: "keys").replacing("prefixValues", with: "values")
      let slot = try #require(read.slots.first { $0.name == name })
      parameter.bind(slot.tensor.materialised.reshaped(parameter.shape))
      learned += parameter.count
    }
    #expect(learned == 2 * 2 * 24 * 4)
    let rest = try tuned(Array(ids[4...]), Run(keepsMemory: false)).untracked
    #expect(rest.largestDifference(from: whole.slice(4..<12, axis: 1)) < 1e-4)
  }

  /// The reparametrisation of GPT-2 medium with ten places and 512 hidden numbers.
  @Test func prefixEncoderCounts() {
    #expect(PrefixEncoder(length: 10, width: 1024, hidden: 512, layers: 24, each: 1024).parameterCount == 25_750_016)
  }

  @Test func prefixFailuresAreOneLine() throws {
    func said(_ text: String) throws -> String {
      do { return "\(try parsed(text).architecture().name)" } catch let failure as BuildFailure { return failure.description }
    }
    #expect(try said("prefixTuned(decoder(layers: 1, width: 8, attention: linearAttention(heads: 2)), length: 2)")
      == "prefixTuned: there is no attention here that a prefix could stand before")
    #expect(try said("prefixTuned(decoder(layers: 1, width: 8, attention: multiHead(heads: 2), context: 4), length: 4)")
      == "prefixTuned: a prefix of 4 leaves no room in a context of 4")
    #expect(try said("prefixTuned(decoder(layers: pattern([multiHead(heads: 2), multiHead(heads: 4)]), width: 8), length: 4)")
      == "prefixTuned: the attention blocks have key/value heads of different sizes")
  }

  /// x1 x2 [x3] x4 [x5 x6], the second blank first: 2103.10360, figure 2.
  @Test func blanksAreReadInTwoDimensions() throws {
    let example = BlankFilling([11, 12, 13, 14, 15, 16], spans: [2..<3, 4..<6], order: [1, 0], blank: 1, start: 2, end: 3)
    #expect(example.ids == [11, 12, 1, 14, 1, 2, 15, 16, 2, 13])
    #expect(example.positions == [0, 1, 2, 3, 4, 4, 4, 4, 2, 2])
    #expect(example.blocks == [0, 0, 0, 0, 0, 1, 2, 3, 1, 2])
    #expect(example.targets == [nil, nil, nil, nil, nil, 15, 16, 3, 13, 3])
    #expect(example.prefix == 5)
    // Learned and rotary: read whole, and the text first and then token by token. The block's place is no idle number.
    for name in ["glm", "chatglm"] {
      let m = try attentionModel(name)
      let whole = try m(example.input(), Run(keepsMemory: false)).untracked
      let cached = Run()
      var rows = [try m(example.input(0..<5), cached).untracked]
      for i in 5..<10 { rows.append(try m(example.input(i..<(i + 1)), cached).untracked) }
      #expect(concatenate(rows, axis: 1).largestDifference(from: whole) < 2e-4 * whole.values.map(abs).max()!)
      var flat = example.input()
      flat.blocks = nil
      #expect(try m(flat, Run(keepsMemory: false)).untracked.largestDifference(from: whole) > 0.01)
    }
  }

  /// PaLM-540B spends most of its numbers on feed-forwards: 3 · d · 4d of each layer.
  @Test func feedForwardShareOfPaLM() throws {
    let folder = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let m = try Model(path: folder.appendingPathComponent("lessons/architectures/palm-540b").path).outline
    var inside = 0
    m.walk { _, part in if part is GatedFeedForward { inside += part.parameterCount } }
    #expect(inside == 118 * 12 * 18432 * 18432)
    #expect((Double(inside) / Double(m.parameterCount) * 1000).rounded() == 890)
  }
}
