// What builders can say of single layers and heads, what they refuse, and that everything that stands in a model can be exchanged.

import Files
import Foundation
import Tensors
import Testing

@testable import Blocks
@testable import Models

private func built(_ text: String) throws -> Architecture {
  guard case .call(let call) = Recipe.Value.call(try parsed(text)) else { throw BuildFailure.notCall(text) }
  return try call.architecture()
}

/// The message of a recipe that is refused.
private func refusal(_ text: String) -> String? {
  do {
    _ = try built(text).proved()
    return nil
  } catch { return "\(error)" }
}

@Suite struct BuilderChoiceTests {
  private static let ids = [3, 1, 4, 1, 5, 9, 2, 6]

  /// One layer without positions in a stack with them: its keys are not turned, the others' are.
  @Test func aLayerWithoutPositions() throws {
    let model = try built("decoder(layers: pattern([multiHead(heads: 2), multiHead(heads: 2, position: none())]), width: 16, position: rope(), vocabulary: 20)").proved()
    var positions: [String] = []
    model.walk { _, part in if let attention = part as? Attention { positions.append(attention.position.described) } }
    #expect(positions == ["RoPE, base 10000, 8 numbers of each head", "none"])
  }

  @Test func layersThatLeaveAPartOut() throws {
    let model = try built("decoder(layers: pattern([layer(none(), feedForward: swiglu(hidden: 20)), layer(multiHead(heads: 2), feedForward: none())]), width: 16, vocabulary: 20)").proved()
    let paths = model.allParameters.map(\.path)
    #expect(paths.contains("layers.0.feedForward.up.weight") && !paths.contains { $0.hasPrefix("layers.0.attention") })
    #expect(paths.contains("layers.1.attention.query.weight") && !paths.contains { $0.hasPrefix("layers.1.feedForward") })
    #expect(try built("decoder(layers: 2, width: 16, attention: none(), vocabulary: 20)").proved().allParameters.allSatisfy { !$0.path.contains("attention") })
  }

  @Test func sharedAndInnerLayers() throws {
    let shared = try built("encoder(layers: pattern([share(multiHead(heads: 2), as: 0), share(multiHead(heads: 2), as: 1), share(multiHead(heads: 2), as: 0)]), width: 16, vocabulary: 20)").proved()
    #expect(Set(shared.allParameters.compactMap { $0.path.hasPrefix("layers.") ? String($0.path.prefix(8)) : nil }) == ["layers.0", "layers.1"])
    #expect(shared.stacks[0].layers.layers.count == 3)
    let inner = try built("encoder(layers: pattern([inner(pattern([multiHead(heads: 2)], repeat: 2))], repeat: 3), width: 16, vocabulary: 20)").proved()
    #expect(inner.allParameters.contains { $0.path == "layers.2.inner.1.attention.query.weight" })
  }

  /// A window is how far; the mask is which way.
  @Test(arguments: [("causal", Mask.window(3)), ("bidirectional", .bidirectional & .near(2)), ("reverseCausal", .reverseCausal & .near(2))])
  func aWindowObeysTheMask(_ mask: String, _ expected: Mask) throws {
    let model = try built("decoder(layers: 1, width: 16, attention: multiHead(heads: 2, window: 3), mask: \(mask)(), vocabulary: 20)")
    var found: Mask?
    model.walk { _, part in if let attention = part as? Attention { found = attention.mask } }
    let mask = try #require(found)
    #expect(mask.matrix(queries: 0..<8, keys: 0..<8) == expected.matrix(queries: 0..<8, keys: 0..<8))
    // Another mask for a model with windows takes their place: nothing of it is ignored.
    var after: Mask?
    try model.masked(by: .bidirectional).walk { _, part in if let attention = part as? Attention { after = attention.mask } }
    #expect(after == .bidirectional)
  }

  @Test(arguments: [
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), norm: none())", "decoder: norm must be a norm such as layerNorm(…), rmsNorm(…), not none(…)"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), feedForward: experts(2, active: 1, of: none()))",
     "experts: of must be a feedForward such as channelMix(…), feedForward(…), clampedSwiglu(…), not none(…)"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2, mask: none()))", "multiHead: mask must be a mask such as causal(…), bidirectional(…), reverseCausal(…), not none(…)"),
    ("decoder(layers: 2, width: 16, attention: none(), feedForward: none())", "decoder: a layer without a mixer and without a feed-forward does nothing"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2, position: learned()))", "multiHead: learned() and sinusoidal() are added to the embedding: give them to the stack"),
    ("decoder(layers: 2, width: 16, attention: [multiHead(heads: 2), grouped(heads: 2, keyValue: 1)])", "decoder: two parts of a layer would both be called 'attention'"),
    ("decoder(layers: 2, width: 16, attention: [mamba2(heads: 2), grouped(heads: 2, keyValue: 1)], arrangement: \"post\")",
     "decoder: mixers that read the same stream stand behind one norm: the arrangement must be \"pre\" or \"parallel\", not \"post\""),
    ("encoderDecoder(layers: 2, width: 16, attention: none())", "encoderDecoder: the decoder looks at the encoder by attention; a layer without one cannot"),
    ("encoder(layers: 2, width: 16, attention: multiHead(heads: 2), embeddingWidth: 8)",
     "encoder: a tied head reads vectors as wide as the embedding (8), not 16: give a maskedHead(), or an untied one"),
    ("encoder(layers: 2, width: 16, attention: multiHead(heads: 2), head: \"tide\")", "encoder: head must be one of \"tied\", \"untied\", \"none\", not \"tide\"; did you mean \"tied\"?"),
    ("encoder(layers: 2, width: 16, attention: multiHead(heads: 2), extras: [pooler(), pooler()])", "encoder: two of the extras are called 'pooler'"),
    ("encoder(layers: 2, width: 16, attention: multiHead(heads: 2), extras: [linearHead(\"layers\", outputs: 2)])", "encoder: an extra cannot be called 'layers': a part of the stack is"),
    ("encoder(layers: 2, width: 16, attention: multiHead(heads: 2), extras: [linearHead(\"a.b\", outputs: 2)])", "linearHead: the name must be a word of letters and digits, not \"a.b\""),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), position: rope(stretch: 2, scaling: linearScaling(factor: 2)))",
     "rope: stretch and scaling are two words for one thing: give one of them"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), position: rope(scaling: longRope(short: [1], long: [1], original: 8)))",
     "stretch the positions in layers.0.attention: longRope needs a factor for each of the 4 pairs of a head, not 1, got [1×2×16] and [2×8]"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), position: learned(padding: 1))", "learned: padding stands on the row before position 0: give an offset of at least 1"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2, headNorm: layerNorm()))", "multiHead: headNorm is an rmsNorm(…): it divides each head by its size and moves nothing"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), feedForward: experts(6, active: 1, groups: 4))", "experts: 6 experts do not divide into groups: 4"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), feedForward: experts(8, active: 5, groups: 4, groupsKept: 2))",
     "experts: each token runs 5 experts, and 2 groups of 2 hold only 4"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), feedForward: experts(8, active: 1, sharedGate: true))",
     "experts: sharedGate weighs the shared expert, and there is none: give shared"),
    ("decoder(layers: 2, width: 16, attention: latent(heads: 2, latent: 8, plain: 4, rotary: 4, value: 4, indexHeads: 2))",
     "latent: indexHeads is the indexer's, and there is none: give topKeys"),
    ("decoder(layers: 2, width: 16, attention: mamba2(heads: 2, sectionFactors: [1, 1]))", "mamba2: sectionFactors are five: of gate, x, B, C and step, not 2"),
    ("decoder(layers: 2, width: 16, attention: mamba2(heads: 2, leastStep: 1, mostStep: 0.5))", "mamba2: leastStep 1.0 is more than mostStep 0.5"),
    ("decoder(layers: 2, width: 16, attention: groupedDeltaNet(keyHeads: 2, valueHeads: 3))",
     "share among heads in layers.0.mixer: 3 value heads must be a multiple of 2 key heads, got [1×2×16] and [2×3]"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), predicting: multiTokenPrediction(0))", "multiTokenPrediction: 0 further tokens are none: leave it out, or say of how many"),
    ("decoder(layers: 2, width: 16, attention: multiHead(heads: 2), predicting: multiTokenPrediction(2, of: 1))",
     "multiTokenPrediction: 2 modules are more than the 1 that the configuration names"),
  ])
  func whatIsRefusedIsOneLine(_ text: String, _ message: String) { #expect(refusal(text) == message) }

  /// Experts of experts of experts: bounded by their product before one of them is made.
  @Test(arguments: [
    ("decoder(layers: 1, width: 32, attention: multiHead(heads: 2), feedForward: experts(4096, active: 2, of: experts(4096, active: 2, of: experts(4096, active: 2))))",
     "experts: 4096 experts in each of 4096 places are too many (at most 65536 in all)"),
    ("decoder(layers: 3, width: 32, attention: multiHead(heads: 2), feedForward: experts(30000, active: 2))", "experts: 30000 experts in each of 3 layers are too many (at most 65536 in all)"),
    ("decoder(layers: pattern([inner(pattern([multiHead(heads: 2)], repeat: 100))], repeat: 100), width: 32, feedForward: experts(4096, active: 2))",
     "experts: 4096 experts in each of 10000 places are too many (at most 65536 in all)"),
    ("decoder(layers: 1, width: 32, attention: multiHead(heads: 2), feedForward: experts(4096, active: 2), predicting: multiTokenPrediction(64))",
     "experts: 4096 experts in each of 65 places are too many (at most 65536 in all)"),
    ("decoder(layers: pattern([inner(pattern([inner(pattern([multiHead(heads: 2)], repeat: 200))], repeat: 200))], repeat: 200), width: 32)",
     "pattern: 40000 layers 200 times are too many (at most 10000 in all)"),
  ])
  func nestingIsBounded(_ text: String, _ message: String) {
    let clock = ContinuousClock(), start = clock.now
    let found = refusal(text)
    #expect(found == message || found?.hasSuffix("are too many (at most 10000 in all)") == true && message.hasPrefix("pattern"))
    #expect(clock.now - start < .seconds(5))
  }
}

/// Whatever stands in a model's layers can be exchanged: the walk of `replacing` and `masked` goes through every wrapper.
@Suite struct RebuildingReachTests {
  static let shipped: [String] = {
    let folder = fixtures.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("lessons/models")
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted().filter { FileManager.default.fileExists(atPath: folder.appendingPathComponent("\($0)/config.json").path) }
      .map { folder.appendingPathComponent($0).path }
  }()

  @Test(arguments: fixtureNames().map { fixtures.appendingPathComponent($0).path } + shipped) func everySubLayerIsReached(_ path: String) throws {
    let model = try Model(path: path).outline
    let roles: Set<Role> = [.attention, .feedForward, .experts, .stateSpace]
    // The outermost blocks of layers, by the tree.
    var wanted: [String] = []
    func visit(_ part: any Part, _ path: String, _ inside: Bool) {
      let isSubLayer = part is any Block && !(part is any Surrounding) && roles.contains(part.role) && path.contains("layer")
      if isSubLayer { wanted.append(path) }
      guard !isSubLayer else { return }
      for child in part.parts where !(child.part is Denoiser) { visit(child.part, child.name.isEmpty ? path : path.isEmpty ? child.name : path + "." + child.name, inside) }
    }
    visit(model, "", false)
    var reached = Set<String>()
    let same = try model.rebuilt { path, _ in
      reached.insert(path)
      return nil
    }
    #expect(wanted.filter { !reached.contains($0) } == [])
    // A walk that exchanges nothing changes nothing.
    #expect(same.allParameters.map { ObjectIdentifier($0.parameter) } == model.allParameters.map { ObjectIdentifier($0.parameter) })
    #expect(same.describesSame(as: model) && same.family == model.family)
  }

  /// bd3-lm's layers are modulated by the time.
  @Test func modulatedLayersAreVaried() throws {
    let model = try Recipe(JSON.parse(Array("""
      {"replacing": {"architecture": {"denoiser": {"model": {"encoder": {"layers": 2, "width": 16, "attention": {"multiHead": {"heads": 2}}, "vocabulary": 20}},
        "noise": {"blocks": {"size": 4, "mask": 19}}, "time": 8, "modulation": 6}}, "path": "layers.*.feedForward", "by": {"swiglu": {"hidden": 24}}}}
      """.utf8), name: "recipe")).architecture()
    #expect(model.allParameters.contains { $0.path == "layers.1.feedForward.gate.weight" })
    #expect(model.allParameters.contains { $0.path == "layers.1.modulation.weight" })
    _ = try model.proved()
  }

  /// A table of distances serves a whole stack: layers that have it in common are not one layer.
  @Test func layersWithOneTableStayApart() throws {
    let model = try Recipe(JSON.parse(Array("""
      {"replacing": {"architecture": {"decoder": {"layers": 3, "width": 16, "attention": {"multiHead": {"heads": 2}}, "position": {"relative": {}}, "vocabulary": 20}},
        "path": "layers.*.attention", "by": {"multiHead": {"heads": 4}}}}
      """.utf8), name: "recipe")).architecture()
    #expect(model.allParameters.filter { $0.path.hasSuffix("attention.query.weight") }.count == 3)
  }

  /// Factors of a place stay when what stands there is exchanged or masked (Falcon-H1).
  @Test(arguments: ["falcon-h1", "falcon-h1-norm", "falcon-h1-norm-first"]) func factorsStay(_ name: String) throws {
    let model = try Model(path: fixtures.appendingPathComponent(name).path).architecture
    let ids = [5, 3, 9, 1, 7, 2]
    #expect(try model(ids, Run(keepsMemory: false)).values == model.masked(by: .causal)(ids, Run(keepsMemory: false)).values)
  }
}
