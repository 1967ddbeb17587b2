// Builders of whole architectures: decoder, encoder, encoder–decoder. What their layers are made of comes from the arguments.

import Blocks
import Checkpoints

extension Builder {
  static let stacks: [Builder] = [
    Builder(
      "decoder", makes: .architecture, layers + common + [head, further], "a language model that reads from left to right",
      example: "decoder(layers: 4, width: 64, attention: grouped(heads: 8, keyValue: 2), position: rope(), feedForward: swiglu(hidden: 172))"
    ) { a in
      let stack = try StackPlan(a, mask: .causal)
      return try stack.architecture(a)
    },
    Builder(
      "encoder", makes: .architecture, layers + common + [head], "reads a text both ways and gives a vector for each token",
      example: "encoder(layers: 2, width: 64, attention: multiHead(heads: 4), position: learned(), arrangement: \"post\")"
    ) { a in
      let stack = try StackPlan(a, mask: .bidirectional)
      return try stack.architecture(a)
    },
    Builder(
      "encoderDecoder", makes: .architecture,
      [layers[0], .optional("decoderLayers", .layers, "layers of the decoder; as many as the encoder's if left out")]
        + Array(layers.dropFirst()) + common + [head],
      "an encoder reads the source, a decoder writes and looks at it by cross-attention",
      example: "encoderDecoder(layers: 2, width: 64, attention: multiHead(heads: 4), position: sinusoidal(), arrangement: \"post\")"
    ) { a in try StackPlan(a, mask: .causal).encoderDecoder(a) },
  ]

  private static let layers: [BuilderParameter] = [
    .labelled("layers", .either([.layers, .made(.layers)]), "how many layers, or a pattern of layers that differ"),
    .labelled("width", .size, "width of the residual stream"),
    .optional("attention", .made(.mixer), "how tokens see each other; a pattern of layers may say it instead"),
    .optional("feedForward", .made(.feedForward), "what works on each token alone; feedForward(hidden: 4 · width) if left out"),
  ]

  private static let common: [BuilderParameter] = [
    .optional("position", .made(.position), "how the stack knows the order of its tokens; not at all if left out"),
    .optional("norm", .made(.norm), "the norms; layerNorm() if left out"),
    .labelled("arrangement", .text(Arrangements.names), default: .text("pre"), "where the norms stand around each sub-layer"),
    .optional("mask", .made(.mask), "who may look at whom; causal in a decoder, bidirectional in an encoder"),
    .labelled("vocabulary", .size, default: .integer(256), "number of token ids"),
    .optional("context", .size, "longest text; 512 for learned positions, else no bound"),
    .labelled("shared", .boolean, default: .boolean(false), "all layers share one layer's parameters (ALBERT)"),
    .labelled("residualScale", .number(1e-6...1e6), default: .number(1), "what every sub-layer's output is multiplied by"),
    .labelled("embeddingScale", .number(1e-6...1e6), default: .number(1), "what the embedding is multiplied by"),
    .labelled("headScale", .number(1e-6...1e6), default: .number(1), "what the vectors are multiplied by before the logits (PaLM: 1/√width)"),
    .labelled("embeddingNorm", .boolean, default: .boolean(false), "a norm behind the embedding (BERT)"),
    .optional("finalNorm", .boolean, "a norm behind the last layer; where the arrangement wants one if left out"),
    .optional("segments", .integer(1...65_536), "kinds of segments with a learned vector each (BERT)"),
    .optional("name", .text([]), "what it is called"),
  ]

  private static let further = BuilderParameter.optional("predicting", .made(.prediction), "modules that predict more than the next token")

  private static let head = BuilderParameter.labelled(
    "head", .text(["tied", "untied", "none"]), default: .text("tied"), "logits by the embedding's weights, by its own, or none")
}

/// The words for arrangements.
enum Arrangements {
  static let names = ["pre", "post", "sandwich", "deepNorm", "parallel"]
}

/// What the arguments of a stack say, before its layers are made.
struct StackPlan {
  let name: String, width: Int, plans: [LayerPlan], site: Site
  let norm: BlockMaker, arrangement: String
  let vocabulary: Int, context: Int?
  let isShared: Bool, scale: Float

  init(_ a: BuilderArguments, mask: Mask) throws {
    name = a.builder
    width = try a.integer("width")
    let pattern: [LayerPlan]? = a.optional("layers")
    let count = a.optionalInteger("layers") ?? 0
    let listed = pattern ?? Array(repeating: LayerPlan(), count: count)
    let attention: BlockMaker? = a.optional("attention"), feedForward: BlockMaker? = a.optional("feedForward")
    let noFeedForward: Nothing? = a.optional("feedForward")
    let width = width
    plans = try listed.map { plan in
      var plan = plan
      if plan.mixer == nil {
        guard let attention else { throw BuildFailure.missing(builder: a.builder, argument: "attention") }
        plan.mixer = attention
      }
      if plan.feedForward == nil, noFeedForward != nil { plan.leavesFeedForwardOut = true }
      if plan.feedForward == nil {
        plan.feedForward = feedForward ?? BlockMaker("feedForward") { FeedForward($0.width, hidden: 4 * width, activation: .gelu) }
      }
      return plan
    }
    norm = a.optional("norm") ?? BlockMaker("norm") { LayerNorm($0.width) }
    arrangement = try a.text("arrangement")
    let position: PositionScheme = a.optional("position") ?? .none
    let bound = a.optionalInteger("context")
    context = bound ?? (position == .learned ? 512 : nil)
    site = Site(width: width, layers: plans.count, mask: a.optional("mask") ?? mask, position: position, context: context)
    vocabulary = try a.integer("vocabulary")
    (isShared, scale) = (try a.boolean("shared"), Float(try a.number("residualScale")))
  }

  // MARK: the whole

  func architecture(_ a: BuilderArguments) throws -> Architecture {
    let embedding = try embedding(a)
    let body = try chain(plans, site, crossing: false, a)
    guard let plan: PredictionPlan = a.optional("predicting") else { return try finished(a, embedding: embedding, encoder: nil, body: body) }
    let (trunk, modules) = try predictions(plan, body)
    return try finished(a, embedding: embedding, encoder: nil, body: trunk, extras: modules)
  }

  func encoderDecoder(_ a: BuilderArguments) throws -> Architecture {
    var reading = site
    reading.mask = .bidirectional
    let writing = try a.optionalInteger("decoderLayers").map { count -> [LayerPlan] in
      guard count <= plans.count || !(a.optional("layers", as: [LayerPlan].self) != nil) else {
        throw a.contradiction("decoderLayers \(count) is more than the \(plans.count) layers of the pattern")
      }
      return (0..<count).map { plans[min($0, plans.count - 1)] }
    } ?? plans
    return try finished(
      a, embedding: embedding(a), encoder: chain(plans, reading, crossing: false, a), body: chain(writing, site, crossing: true, a))
  }

  private func finished(_ a: BuilderArguments, embedding: Embedding, encoder: Chain?, body: Chain, extras: [Child] = []) throws -> Architecture {
    let scale = Float(try a.number("headScale"))
    let head: Head? = switch try a.text("head") {
    case "tied": Head(width, vocabulary: vocabulary, tied: embedding.tokens, scale: scale)
    case "untied": Head(width, vocabulary: vocabulary, scale: scale)
    default: nil
    }
    return Architecture(
      name: a.optionalText("name") ?? "", modelType: "orrery", family: family(body, encoder), context: context, embedding: embedding,
      encoder: encoder, body: body, head: head, extras: extras)
  }

  /// What the parts say that it is.
  private func family(_ body: Chain, _ encoder: Chain?) -> Architecture.Family {
    if encoder != nil { return .encoderDecoder }
    if name == "encoder" { return .encoder }
    if let family = Architecture.Family.of(body) { return family }
    if case .prefix = site.mask { return .prefix }
    return .decoder
  }

  private func embedding(_ a: BuilderArguments) throws -> Embedding {
    var sinusoid: Sinusoid?
    if case .sinusoidal(let base) = site.position { sinusoid = Sinusoid(width: width, base: Float(base)) }
    return Embedding(
      vocabulary: vocabulary, width: width, positions: site.position == .learned ? context : nil, sinusoid: sinusoid,
      segments: a.optionalInteger("segments"), norm: try a.boolean("embeddingNorm") ? norm.make(site) : nil,
      scale: Float(try a.number("embeddingScale")))
  }

  /// The layers and the norm behind them.
  private func chain(_ plans: [LayerPlan], _ site: Site, crossing: Bool, _ a: BuilderArguments) throws -> Chain {
    let made = try isShared ? [layer(plans[0], site, crossing)] : plans.enumerated().map { try layer($1, site.layer($0), crossing) }
    let wantsNorm = a.optionalBoolean("finalNorm") ?? (arrangement != "post")
    return Chain(
      [Child("", Repeat("layers", plans.count) { made[isShared ? 0 : $0] })] + (wantsNorm ? [Child("norm", try norm.make(site))] : []))
  }

  func layer(_ plan: LayerPlan, _ site: Site, _ crossing: Bool) throws -> any Block {
    var steps: [(name: String, block: any Block)] = []
    if let mixer = plan.mixer { steps.append((mixer.slot, try mixer.make(site))) }
    if crossing, let mixer = plan.mixer {
      guard mixer.slot == "attention" else {
        throw BuildFailure.contradiction(builder: name, "the decoder looks at the encoder by attention; \(mixer.slot) cannot")
      }
      var outside = site
      (outside.source, outside.mask) = (.encoder, .bidirectional)
      steps.append(("crossAttention", try mixer.make(outside)))
    }
    if !plan.leavesFeedForwardOut, let feedForward = plan.feedForward { steps.append((feedForward.slot, try feedForward.make(site))) }
    if scale != 1 { steps = steps.map { ($0.name, Scaled($0.block, by: scale)) } }
    if arrangement == "parallel" { return Parallel(norm: try norm.make(site), steps.map { Child($0.name, $0.block) }) }
    // 2·layers sub-layers: DeepNorm's α = (2N)^½ as GLM-130B takes it (Zeng et al. 2022).
    let form: Arrangement = switch arrangement {
    case "post": .postNorm
    case "sandwich": .sandwich
    case "deepNorm": .deepNorm(alpha: Float(2 * site.layers).squareRoot())
    default: .preNorm
    }
    return Chain(
      try steps.map { step in
        Child("", Residual(step.name, form, norm: try norm.make(site), after: form == .sandwich ? try norm.make(site) : nil, step.block))
      })
  }
}
