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
      [layers[0], .optional("decoderLayers", .either([.layers, .made(.layers)]), "layers of the decoder; the encoder's if left out")]
        + Array(layers.dropFirst()) + common + [head, tables],
      "an encoder reads the source, a decoder writes and looks at it by cross-attention",
      example: "encoderDecoder(layers: 2, width: 64, attention: multiHead(heads: 4), position: sinusoidal(), arrangement: \"post\")"
    ) { a in try StackPlan(a, mask: .causal).encoderDecoder(a) },
  ]

  private static let layers: [BuilderParameter] = [
    .labelled("layers", .either([.layers, .made(.layers)]), "how many layers, or a pattern of layers that differ"),
    .labelled("width", .size, "width of the residual stream"),
    .optional("attention", .mixers, "how tokens see each other; a pattern of layers may say it instead"),
    .optional("feedForward", .orNone(.feedForward), "what works on each token alone; feedForward(hidden: 4 · width) if left out"),
  ]

  private static let common: [BuilderParameter] = [
    .optional("position", .orNone(.position), "how the stack knows the order of its tokens; not at all if left out"),
    .optional("norm", .made(.norm), "the norms; layerNorm() if left out"),
    .labelled("arrangement", .text(Arrangements.names), default: .text("pre"), "where the norms stand around each sub-layer"),
    .optional("mask", .made(.mask), "who may look at whom; causal in a decoder, bidirectional in an encoder"),
    .labelled("vocabulary", .size, default: .integer(256), "number of token ids"),
    .optional("context", .size, "longest text; 512 for learned positions, else no bound"),
    .labelled("shared", .boolean, default: .boolean(false), "all layers share one layer's parameters (ALBERT)"),
    .labelled("residualScale", .number(1e-6...1e6), default: .number(1), "what every sub-layer's output is multiplied by"),
    .labelled("embeddingScale", .number(1e-6...1e6), default: .number(1), "what the embedding is multiplied by"),
    .labelled("headScale", .number(1e-6...1e6), default: .number(1), "what the vectors are multiplied by before the logits (PaLM: 1/√width)"),
    .optional("blockPositions", .size, "rows of a second learned table: the place inside a filled blank (GLM)"),
    .labelled("embeddingNorm", .either([.boolean, .made(.norm)]), default: .boolean(false), "a norm behind the embedding (BERT): the stack's, or one of its own"),
    .optional("embeddingWidth", .size, "numbers of a token's row, projected to the stack's width (ALBERT); as many as that, unprojected, if left out"),
    .labelled("embeddingDeviation", .number(0...1e3), default: .number(0.02), "deviation that the embedding starts with (T5: 1)"),
    .optional("finalNorm", .either([.boolean, .made(.norm)]), "a norm behind the last layer: the stack's, or one of its own; where the arrangement wants one if left out"),
    .optional("segments", .integer(1...65_536), "kinds of segments with a learned vector each (BERT)"),
    .labelled("extras", .list(of: .made(.extra)), default: .list([]), "what the model holds beside its head: pooler(), linearHead(…)"),
    .optional("name", .text([]), "what it is called"),
  ]

  private static let tables = BuilderParameter.labelled(
    "tables", .integer(1...3), default: .integer(1), "embeddings: 1 for both stacks, 2 one for each, 3 one more that nobody reads (BART untied)")

  private static let further = BuilderParameter.optional("predicting", .made(.prediction), "modules that predict more than the next token")

  private static let head = BuilderParameter.labelled(
    "head", .either([.text(["tied", "untied", "none"]), .made(.head), .made(.extra), .made(.nothing)]), default: .text("tied"),
    "logits by the embedding's weights, by its own, or none; a head of another form")
}

/// The words for arrangements.
enum Arrangements {
  static let names = ["pre", "post", "sandwich", "deepNorm", "parallel"]
}

/// What the arguments of a stack say, before its layers are made.
struct StackPlan {
  let name: String, width: Int, plans: [LayerPlan], writing: [LayerPlan], site: Site
  let norm: BlockMaker, arrangement: String
  let vocabulary: Int, context: Int?
  let isShared: Bool, scale: Float
  let predicting: PredictionPlan?

  init(_ a: BuilderArguments, mask: Mask) throws {
    name = a.builder
    width = try a.integer("width")
    let width = width, hidden = 4 * width
    let mixers: [BlockMaker]? = a.several("attention")
    let feedForward = a.several("feedForward") ?? [BlockMaker("feedForward") { FeedForward($0.width, hidden: hidden, activation: .gelu) }]
    func listed(_ name: String) throws -> [LayerPlan]? {
      let plans = a.optional(name) ?? a.optionalInteger(name).map { Array(repeating: LayerPlan(), count: $0) }
      return try plans?.map { try $0.filled(mixers: mixers, feedForward: feedForward, in: a.builder) }
    }
    plans = try listed("layers") ?? []
    // A number of the decoder's layers goes through the encoder's pattern.
    if let count = a.optionalInteger("decoderLayers"), a.optional("layers", as: [LayerPlan].self) != nil {
      guard count <= plans.count else { throw a.contradiction("decoderLayers \(count) is more than the \(plans.count) layers of the pattern") }
      writing = Array(plans.prefix(count))
    } else {
      writing = try listed("decoderLayers") ?? plans
    }
    norm = a.optional("norm") ?? BlockMaker("norm") { LayerNorm($0.width) }
    arrangement = try a.text("arrangement")
    let position: PositionScheme = a.optional("position") ?? .absent
    context = a.optionalInteger("context") ?? (position.isLearned ? 512 : nil)
    predicting = a.optional("predicting")
    func all(_ plans: [LayerPlan]) -> Int { plans.reduce(0) { $0 + $1.count } }
    let copies = max(all(plans), all(writing)) + (predicting?.count ?? 0)
    site = Site(width: width, layers: plans.count, mask: a.optional("mask") ?? mask, position: position, context: context, copies: max(1, copies))
    vocabulary = try a.integer("vocabulary")
    (isShared, scale) = (try a.boolean("shared"), Float(try a.number("residualScale")))
  }

  // MARK: the whole

  func architecture(_ a: BuilderArguments) throws -> Architecture {
    let embedding = try embedding(a)
    let body = try chain(plans, site, crossing: false, a)
    guard let predicting else { return try finished(a, embedding: embedding, body: body) }
    let (trunk, modules) = try predictions(predicting, body)
    var model = try finished(a, embedding: embedding, body: trunk, extras: modules)
    model.predictionsLeftOut = max(0, (predicting.declared ?? 0) - predicting.count)
    return model
  }

  func encoderDecoder(_ a: BuilderArguments) throws -> Architecture {
    var reading = site
    reading.mask = .bidirectional
    let tables = try a.integer("tables")
    var model = try finished(
      a, embedding: embedding(a), encoder: chain(plans, reading, crossing: false, a), body: chain(writing, site, crossing: true, a),
      extras: tables == 3 ? [Child("unread", Embedding(vocabulary: vocabulary, width: width))] : [])
    if tables > 1 { model.sourceEmbedding = try embedding(a) }
    return model
  }

  private func finished(_ a: BuilderArguments, embedding: Embedding, encoder: Chain? = nil, body: Chain, extras: [Child] = []) throws -> Architecture {
    let headScale = Float(try a.number("headScale"))
    let head = try HeadPlan(a)?.made(width, vocabulary: vocabulary, embedding: embedding, scale: headScale, in: name) { try norm.make(at($0)) }
    // A class that sorts has its labels in place of the logits.
    let extraPlans = (a.optional("head", as: ExtraPlan.self).map { [$0] } ?? []) + a.list("extras", as: ExtraPlan.self)
    let all = extras + extraPlans.map { Child($0.name, $0.make(width)) }
    if let twice = all.map(\.name).first(where: { name in all.count { $0.name == name } > 1 }) {
      throw a.contradiction("two of the extras are called '\(twice.shown())'")
    }
    if let taken = extraPlans.map(\.name).first(where: { ["embedding", "encoder", "decoder", "denoiser", "layers", "norm", "head", "prediction"].contains($0) }) {
      throw a.contradiction("an extra cannot be called '\(taken)': a part of the stack is")
    }
    return Architecture(
      name: a.optionalText("name") ?? "", modelType: "orrery", family: family(body, encoder), context: context, longest: longest(body), embedding: embedding,
      encoder: encoder, body: body, head: head, extras: all)
  }

  /// The longest text: beyond the context where rotary positions are stretched.
  private func longest(_ body: Chain) -> Int? {
    guard let context else { return nil }
    var longest = context
    body.walk { _, part in if case .rotary(let rope) = (part as? Attention)?.position { longest = max(longest, rope.reach(from: context)) } }
    return longest
  }

  /// What the parts say that it is.
  private func family(_ body: Chain, _ encoder: Chain?) -> Architecture.Family {
    if encoder != nil { return .encoderDecoder }
    // Under a prefix mask an encoder writes, and has memory (UniLM).
    if name == "encoder" { if case .prefix = site.mask { return .prefix } else { return .encoder } }
    if let family = Architecture.Family.of(body) { return family }
    if case .prefix = site.mask { return .prefix }
    return .decoder
  }

  /// The stack's place at another width.
  private func at(_ width: Int) -> Site {
    var copy = site
    copy.width = width
    return copy
  }

  /// A norm that an argument asks for: the stack's if it is `true`, or one of its own; nil if it is `false`.
  private func norm(_ a: BuilderArguments, _ name: String, otherwise: Bool, width: Int) throws -> (any Block)? {
    if let own: BlockMaker = a.optional(name) { return try own.make(at(width)) }
    return a.optionalBoolean(name) ?? otherwise ? try norm.make(at(width)) : nil
  }

  private func embedding(_ a: BuilderArguments) throws -> Embedding {
    var sinusoid: Sinusoid?, rows: Int?, learned = PositionScheme.Learned()
    let narrow = a.optionalInteger("embeddingWidth")
    if case .sinusoidal(let base) = site.position { sinusoid = Sinusoid(width: narrow ?? width, base: Float(base)) }
    if case .learned(let found) = site.position, !found.isPerStack { (learned, rows) = (found, (context ?? 512) + found.offset) }
    return Embedding(
      vocabulary: vocabulary, width: narrow ?? width, positions: rows, positionOffset: learned.offset, paddingID: learned.padding, sinusoid: sinusoid,
      blocks: a.optionalInteger("blockPositions"), segments: a.optionalInteger("segments"),
      norm: site.position.isPerStack ? nil : try norm(a, "embeddingNorm", otherwise: false, width: narrow ?? width),
      projection: narrow.map { Projection($0, width, bias: true, role: .embedding) }, scale: Float(try a.number("embeddingScale")),
      deviation: Float(try a.number("embeddingDeviation")))
  }

  /// The layers and the norm behind them; in front of them positions of the stack's own.
  private func chain(_ plans: [LayerPlan], _ site: Site, crossing: Bool, _ a: BuilderArguments) throws -> Chain {
    var parts: [Child] = []
    if case .learned(let learned) = site.position, learned.isPerStack {
      parts = [Child("positions", PositionTable(rows: (context ?? 512) + learned.offset, width: width, offset: learned.offset))]
      if let norm = try norm(a, "embeddingNorm", otherwise: false, width: width) { parts.append(Child("embeddingNorm", norm)) }
    }
    parts.append(Child("", try layers("layers", isShared ? Array(repeating: plans[0], count: plans.count) : plans, site, crossing, allOne: isShared)))
    if let norm = try norm(a, "finalNorm", otherwise: arrangement != "post", width: width) { parts.append(Child("norm", norm)) }
    return Chain(parts)
  }

  /// Layers one after the other; those of one mark are made once.
  private func layers(_ name: String, _ plans: [LayerPlan], _ site: Site, _ crossing: Bool, allOne: Bool = false) throws -> Repeat {
    var known: [Int: any Block] = [:]
    let made = try plans.enumerated().map { index, plan -> any Block in
      let mark = allOne ? 0 : plan.mark
      if let mark, let one = known[mark] { return one }
      let block = try layer(plan, site.layer(index), crossing)
      if let mark { known[mark] = block }
      return block
    }
    return Repeat(name, made.count) { made[$0] }
  }

  func layer(_ plan: LayerPlan, _ site: Site, _ crossing: Bool) throws -> any Block {
    if let inner = plan.inner { return Chain([Child("", try layers("inner", inner, site, crossing))]) }
    let norm = plan.norm ?? norm, mixers = plan.mixers ?? []
    var outside: (name: String, block: any Block)?
    if crossing {
      guard mixers.count == 1, let mixer = mixers.first, mixer.slot == "attention" else {
        let found = mixers.isEmpty ? "a layer without one" : mixers.count > 1 ? "a layer of several mixers" : mixers[0].slot
        throw BuildFailure.contradiction(builder: name, "the decoder looks at the encoder by attention; \(found) cannot")
      }
      var site = site
      (site.source, site.mask) = (.encoder, .bidirectional)
      outside = ("crossAttention", try mixer.make(site))
    }
    func make(_ makers: [BlockMaker]) throws -> [(name: String, block: any Block)] { try makers.map { ($0.slot, scaled(try $0.make(site))) } }
    let mixing = try make(mixers), feeding = try make(plan.feedForward ?? [])
    let crossed = outside.map { [($0.name, scaled($0.block))] } ?? []
    if arrangement == "parallel" { return Parallel(norm: try norm.make(site), (mixing + crossed + feeding).map { Child($0.name, $0.block) }) }
    // 2·layers sub-layers: DeepNorm's α = (2N)^½ as GLM-130B takes it (Zeng et al. 2022).
    let form: Arrangement = switch arrangement {
    case "post": .postNorm
    case "sandwich": .sandwich
    case "deepNorm": .deepNorm(alpha: Float(2 * site.layers).squareRoot())
    default: .preNorm
    }
    func residual(_ step: (name: String, block: any Block)) throws -> Child {
      Child("", Residual(step.name, form, norm: try norm.make(site), after: form == .sandwich ? try norm.make(site) : nil, step.block))
    }
    guard mixing.count > 1 else { return Chain(try (mixing + crossed + feeding).map(residual)) }
    guard form == .preNorm else {
      throw BuildFailure.contradiction(builder: name, "mixers that read the same stream stand behind one norm: the arrangement must be \"pre\" or \"parallel\", not \"\(arrangement)\"")
    }
    return Chain([Child("", Parallel(norm: try norm.make(site), mixing.map { Child($0.name, $0.block) }))] + (try feeding.map(residual)))
  }

  private func scaled(_ block: any Block) -> any Block { scale == 1 ? block : Scaled(block, by: scale) }
}

extension PositionScheme {
  var isLearned: Bool { if case .learned = self { true } else { false } }
  var isPerStack: Bool { if case .learned(let learned) = self { learned.isPerStack } else { false } }
}
