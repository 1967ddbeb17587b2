// Builders of latent attention and of multi-token prediction.

import Blocks

extension Kind {
  /// A `PredictionPlan`: what predicts further tokens beside a stack.
  public static let prediction = Kind("prediction")
}

/// Modules that predict further tokens, before the stack that they stand beside is known.
public struct PredictionPlan: Sendable {
  public let count: Int
  /// Heads beside each other on the trunk, instead of modules one behind the other.
  public let isParallel: Bool
  /// How many the published configuration names; nil: those that are there.
  public var declared: Int?
  /// The layer of each module; nil: like the stack's last.
  public var layer: LayerPlan?
}

extension Builder {
  static let latents: [Builder] = [
    Builder(
      "latent", makes: .mixer,
      [
        .labelled("heads", .heads, "query heads"),
        .labelled("latent", .size, "numbers of the latent that is cached, from which keys and values are made"),
        .optional("queryLatent", .size, "numbers of the latent that queries are made from; from the stream itself if left out"),
        .labelled("plain", .size, "numbers of a head's key without positions"),
        .labelled("rotary", .integer(2...1 << 20), "numbers of a head's key with positions; one rotary key serves all heads"),
        .labelled("value", .size, "numbers of a head's value"),
        .optional("mask", .made(.mask), "who may look at whom; the stack's if left out"),
        .optional("position", .made(.position), "rope(…); the stack's if left out, rope(layout: \"interleaved\") if that has none"),
        .labelled("form", .text(LatentAttention.Form.allCases.map(\.rawValue)), default: .text("cheapest"), "how keys and values reach the heads"),
        .optional("topKeys", .size, "an indexer chooses so many keys for each query (DeepSeek-V3.2)"),
        .optional("indexHeads", .heads, "heads of the indexer; 4 if left out"),
        .optional("indexWidth", .size, "numbers of a head of the indexer; twice the rotary ones if left out"),
        .optional("scale", .number(1e-6...1e6), "factor of the scores; 1/√(plain + rotary) if left out, and YaRN's temperature squared as much (DeepSeek)"),
        .labelled("bias", .boolean, default: .boolean(false), "biases of the products that make the latents, and of the output"),
        epsilon(1e-6),
      ], "keys and values from one small cached vector for each token (DeepSeek-V2)",
      example: "latent(heads: 4, latent: 32, plain: 16, rotary: 8, value: 16)"
    ) { a in
      let heads = try a.integer("heads")
      let sizes = LatentAttention.Sizes(
        latent: try a.integer("latent"), queryLatent: a.optionalInteger("queryLatent"), plain: try a.integer("plain"),
        rotary: try a.integer("rotary"), value: try a.integer("value"))
      let mask: Mask? = a.optional("mask"), scheme: PositionScheme? = a.optional("position")
      let form = LatentAttention.Form(rawValue: try a.text("form")) ?? .cheapest
      let scale = a.optionalNumber("scale").map { Float($0) }, bias = try a.boolean("bias"), epsilon = Float(try a.number("epsilon"))
      let topKeys = a.optionalInteger("topKeys"), indexHeads = a.optionalInteger("indexHeads") ?? 4
      let indexWidth = a.optionalInteger("indexWidth") ?? 2 * sizes.rotary
      guard sizes.rotary % 2 == 0 else { throw a.contradiction("rotary positions turn pairs: rotary must be even, not \(sizes.rotary)") }
      guard indexWidth >= sizes.rotary else { throw a.contradiction("indexWidth \(indexWidth) must hold the \(sizes.rotary) rotary numbers") }
      if topKeys == nil, let idle = ["indexHeads", "indexWidth"].first(where: a.has) {
        throw a.contradiction("\(idle) is the indexer's, and there is none: give topKeys")
      }
      if let scheme {
        guard case .rotary = scheme else { throw a.contradiction("latent attention knows rotary positions only: rope(…)") }
      }
      return BlockMaker("attention") { site in
        guard site.source == .own else { throw a.contradiction("latent attention has no form that looks at an encoder") }
        var rope = RoPE(width: sizes.rotary, layout: .interleaved)
        if case .rotary(let wanted) = scheme ?? site.position {
          rope = wanted.of(headWidth: sizes.rotary)
        }
        let indexer = topKeys.map {
          LightningIndexer(
            site.width, source: sizes.queryLatent ?? site.width, heads: indexHeads, headWidth: indexWidth, chosen: $0,
            rope: RoPE(base: rope.base, width: sizes.rotary, layout: .half, scaling: rope.scaling))
        }
        return LatentAttention(site.width, heads: heads, sizes, rope: rope, scale: scale, mask: mask ?? site.mask, form: form, bias: bias, epsilon: epsilon, indexer: indexer)
      }
    },
    Builder(
      "multiTokenPrediction", makes: .prediction,
      [
        .value("count", .integer(0...64), default: .integer(1), "how many further tokens"),
        .labelled("parallel", .boolean, default: .boolean(false), "heads side by side on the trunk (Gloeckle et al. 2024), not one behind the other"),
        .optional("of", .integer(1...64), "how many the published configuration names: what its files hold may be fewer"),
        .optional("layer", .made(.layer), "the layer of each; like the stack's last if left out"),
      ], "modules that predict more than the next token: for training, and to draft (DeepSeek-V3)", example: "multiTokenPrediction(1)"
    ) { a in
      let plan = PredictionPlan(count: try a.integer("count"), isParallel: try a.boolean("parallel"), declared: a.optionalInteger("of"), layer: a.optional("layer"))
      guard plan.count > 0 || plan.declared != nil else { throw a.contradiction("0 further tokens are none: leave it out, or say of how many") }
      if let declared = plan.declared, plan.count > declared { throw a.contradiction("\(plan.count) modules are more than the \(declared) that the configuration names") }
      return plan
    },
  ]
}

extension StackPlan {
  /// The modules beside a stack: each has a layer like the last. A trunk for heads side by side ends before the last layer.
  func predictions(_ plan: PredictionPlan, _ body: Chain) throws -> (body: Chain, extras: [Child]) {
    guard let last = plans.indices.last else { throw BuildFailure.contradiction(builder: name, "there is no layer that further predictions could be like") }
    let own = try plan.layer?.filled(mixers: plans[last].mixers, feedForward: plans[last].feedForward ?? [], in: name) ?? plans[last]
    func layer() throws -> any Block { try self.layer(own, site.layer(last), false) }
    guard plan.isParallel, plan.count > 0 else {
      return (body, try (0..<plan.count).map { depth in
        Child("prediction.depth\(depth + 1)", try TokenPrediction(width, norm: { try norm.make(site) }, layer: try layer()))
      })
    }
    guard let place = body.parts.firstIndex(where: { $0.part is Repeat }), case let stack as Repeat = body.parts[place].part, stack.layers.count > 1 else {
      throw BuildFailure.contradiction(builder: name, "heads side by side need a trunk: at least two layers")
    }
    let layers = stack.layers.enumerated().map { $0.offset == last ? Chain([Child("", Trunk()), Child("", $0.element)]) : $0.element }
    var parts = body.parts
    parts[place] = Child("", Repeat(stack.name, layers.count) { layers[$0] })
    return (Chain(parts), try (0..<plan.count).map { Child("prediction.head\($0 + 2)", ParallelPrediction(layer: try layer())) })
  }
}
