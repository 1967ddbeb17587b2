// The way back of building, for tests: what a finished architecture would be called in builders. It reads blocks, not configurations, so that every
// family, fixture and published configuration can be held against the builders; whatever no builder can say is an error that names it.

import Files
import Tensors

@testable import Blocks
@testable import Models

extension Recipe.Value: ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByStringLiteral {
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(stringLiteral value: String) { self = .text(value) }
}

/// What no builder makes.
struct Unsayable: Error, CustomStringConvertible {
  let description: String
  init(_ text: String) { description = text }
}

private func call(_ builder: String, _ arguments: KeyValuePairs<String, Recipe.Value?> = [:]) -> Recipe.Value {
  .call(Recipe(builder, arguments.compactMap { name, value in value.map { Recipe.Argument(name, $0) } }))
}
private func number(_ x: Float) -> Recipe.Value { .number(Double(x)) }

extension Recipe {
  /// The calls that make an architecture.
  init(describing model: Architecture) throws { self = try Describing(model).whole() }
}

private struct Describing {
  let model: Architecture
  init(_ model: Architecture) { self.model = model }

  func whole() throws -> Recipe {
    let builder = model.encoder != nil ? "encoderDecoder" : model.family == .encoder ? "encoder" : "decoder"
    var r = Recipe(builder)
    let width = model.embedding.projection?.outputs ?? model.embedding.width
    let body = try stack(model.body), encoder = try model.encoder.map(stack)
    r["layers"] = encoder?.layers ?? body.layers
    if encoder != nil { r["decoderLayers"] = body.layers }
    r["width"] = .integer(width)
    r["arrangement"] = .text(body.arrangement)
    r["norm"] = body.norm
    if let encoder, encoder.arrangement != body.arrangement { throw Unsayable("stacks of two arrangements") }
    try embed(model.embedding, body, into: &r)
    r["finalNorm"] = body.final ?? false
    try addHead(to: &r)
    try addExtras(to: &r)
    r["vocabulary"] = .integer(model.embedding.vocabulary)
    r["context"] = model.context.map { .integer($0) }
    r["tables"] = model.sourceEmbedding == nil ? nil : model.extras.contains { $0.name == "unread" } ? 3 : 2
    guard let denoiser = model.denoiser else { return r }
    guard case .masked(let mask) = denoiser.process, denoiser.parts.isEmpty else { throw Unsayable("a denoiser of \(denoiser.process.described)") }
    return Recipe("denoiser", [.init("model", .call(r)), .init("noise", call("masks", ["mask": .integer(mask)]))])
  }

  // MARK: in and out

  func embed(_ e: Embedding, _ body: Stack, into r: inout Recipe) throws {
    if e.projection != nil { r["embeddingWidth"] = .integer(e.width) }
    r["embeddingScale"] = e.scale == 1 ? nil : number(e.scale)
    if case .normal(let deviation) = e.tokens.initial, deviation != 0.02 { r["embeddingDeviation"] = number(deviation) }
    r["segments"] = e.segments.map { .integer($0.shape[0]) }
    r["blockPositions"] = e.blocks.map { .integer($0.shape[0]) }
    r["embeddingNorm"] = try (e.norm ?? body.embeddingNorm).map(norm)
    if e.positions != nil {
      r["position"] = call("learned", ["offset": .integer(e.positionOffset), "padding": e.paddingID.map { .integer($0) }])
    } else if let table = body.table {
      r["position"] = call("learned", ["offset": .integer(table.offset), "perStack": true])
    } else if let sinusoid = e.sinusoid {
      r["position"] = call("sinusoidal", ["base": number(sinusoid.base)])
    }
  }

  func addHead(to r: inout Recipe) throws {
    guard let head = model.head else { r["head"] = call("none"); return }
    r["headScale"] = head.scale == 1 ? nil : number(head.scale)
    guard let activation = head.activation else {
      r["head"] = call("lmHead", ["tied": .boolean(head.isTied), "bias": .boolean(head.bias != nil), "offset": .boolean(head.offset != nil)])
      return
    }
    r["head"] = head.judges
      ? call("replacedTokenHead", ["activation": .text(activation.rawValue)])
      : call("maskedHead", [
        "tied": .boolean(head.isTied), "bias": .boolean(head.bias != nil), "activation": .text(activation.rawValue), "norm": try head.norm.map(norm) ?? call("none"),
      ])
  }

  func addExtras(to r: inout Recipe) throws {
    var extras: [Recipe.Value] = [], modules: [TokenPrediction] = []
    for child in model.extras {
      switch child.part {
      case is Pooler: extras.append(call("pooler"))
      case let linear as Projection:
        extras.append(call("linearHead", ["name": .text(child.name), "outputs": .integer(linear.outputs), "bias": .boolean(linear.bias != nil)]))
      case let module as TokenPrediction: modules.append(module)
      case is Embedding where child.name == "unread": break
      default: throw Unsayable("an extra \(child.part.kind)")
      }
    }
    if !extras.isEmpty { r["extras"] = .list(extras) }
    if !modules.isEmpty || model.predictionsLeftOut > 0 {
      r["predicting"] = call("multiTokenPrediction", [
        "count": .integer(modules.count), "of": .integer(modules.count + model.predictionsLeftOut), "layer": try modules.first.map { try layer($0.layer).value },
      ])
    }
  }

  // MARK: stacks and layers

  struct Stack {
    var layers: Recipe.Value = .list([]), arrangement = "pre"
    var norm: Recipe.Value? = nil, final: Recipe.Value? = nil
    var table: PositionTable? = nil, embeddingNorm: (any Block)? = nil
  }

  func stack(_ chain: Chain) throws -> Stack {
    var stack = Stack()
    for child in chain.parts {
      switch (child.name, child.part) {
      case (_, let repeated as Repeat):
        let made = try layers(repeated)
        stack.layers = made.pattern
        (stack.arrangement, stack.norm) = (made.arrangement, made.norm)
      case ("positions", let table as PositionTable): stack.table = table
      case ("embeddingNorm", let block as any Block): stack.embeddingNorm = block
      case ("norm", let block as any Block): stack.final = try norm(block)
      default: throw Unsayable("a stack with '\(child.name)' (\(child.part.kind))")
      }
    }
    return stack
  }

  func layers(_ repeated: Repeat) throws -> (pattern: Recipe.Value, arrangement: String, norm: Recipe.Value?) {
    var owners: [ObjectIdentifier: Int] = [:], arrangement = "pre", firstNorm: Recipe.Value?
    let all = try repeated.layers.enumerated().map { index, block -> Recipe.Value in
      let made = try layer(block)
      (arrangement, firstNorm) = (made.arrangement ?? arrangement, firstNorm ?? made.norm)
      // Layers that share their parameters have one mark.
      guard let owner = block.allParameters.first.map({ ObjectIdentifier($0.parameter) }) else { return made.value }
      let mark = owners[owner] ?? index
      owners[owner] = mark
      return call("share", ["layer": made.value, "as": .integer(mark)])
    }
    return (call("pattern", ["layers": .list(all)]), arrangement, firstNorm)
  }

  func layer(_ block: any Block) throws -> (value: Recipe.Value, arrangement: String?, norm: Recipe.Value?) {
    guard let chain = block as? Chain else { throw Unsayable("a layer that is a \(block.kind)") }
    if chain.parts.count == 1, let inner = chain.parts[0].part as? Repeat, inner.name == "inner" {
      let made = try layers(inner)
      return (call("inner", ["layers": made.pattern]), made.arrangement, made.norm)
    }
    var mixers: [Recipe.Value] = [], feed: Recipe.Value = call("none"), norms: [Recipe.Value] = [], arrangement = "pre"
    for child in chain.parts {
      switch child.part {
      case let together as Parallel:
        norms.append(try norm(together.norm))
        mixers += try together.branches.map { try part($0.part) }
      case let residual as Residual:
        norms.append(try norm(residual.norm))
        arrangement = switch residual.arrangement {
        case .preNorm: "pre"
        case .postNorm: "post"
        case .sandwich: "sandwich"
        case .deepNorm: "deepNorm"
        }
        if residual.name == "feedForward" { feed = try part(residual.body) } else if residual.name != "crossAttention" { mixers.append(try part(residual.body)) }
      default: throw Unsayable("a \(child.part.kind) in a layer")
      }
    }
    guard Set(norms).count == 1 else { throw Unsayable("different norms in one layer") }
    return (
      call("layer", ["mixer": mixers.count == 1 ? mixers[0] : mixers.isEmpty ? call("none") : .list(mixers), "feedForward": feed, "norm": norms[0]]), arrangement, norms[0]
    )
  }

  func norm(_ block: any Block) throws -> Recipe.Value {
    switch block {
    case let norm as RMSNorm: call("rmsNorm", ["epsilon": number(norm.epsilon), "offset": number(norm.offset)])
    case let norm as LayerNorm: call("layerNorm", ["epsilon": number(norm.epsilon), "bias": .boolean(norm.bias != nil), "seenAs": number(norm.scale)])
    default: throw Unsayable("the norm \(block.kind)")
    }
  }

  // MARK: mixers and feed-forwards

  func part(_ block: any Part) throws -> Recipe.Value {
    switch block {
    case let block as Scaled:
      guard case .call(var inner) = try part(block.block) else { throw Unsayable("a scaled \(block.block.kind)") }
      if block.input != 1 { inner["inputFactor"] = number(block.input) }
      inner["outputFactor"] = number(block.factor)
      return .call(inner)
    case let a as Attention: return try attention(a)
    case let a as LatentAttention: return try latent(a)
    case let a as GroupedDeltaNet:
      return call("groupedDeltaNet", [
        "keyHeads": .integer(a.keyHeads), "valueHeads": .integer(a.valueHeads), "headWidth": .integer(a.headWidth), "valueWidth": .integer(a.valueWidth),
        "taps": .integer(a.taps), "epsilon": number(a.norm.epsilon), "activation": .text(a.activation.rawValue),
      ])
    case let a as Mamba: return mamba(a)
    case let a as Mamba2: return mamba2(a)
    case let a as RWKV4TimeMix: return call("rwkv4", ["inner": .integer(a.inner)])
    case let f as ChannelMix: return call("channelMix", ["hidden": .integer(f.hidden), "gate": .text(f.receptance == nil ? "none" : "receptance")])
    case let f as FeedForward: return call("feedForward", ["hidden": .integer(f.hidden), "activation": .text(f.activation.rawValue), "bias": .boolean(f.up.bias != nil)])
    case let f as GatedFeedForward:
      return call("swiglu", [
        "hidden": .integer(f.hidden), "activation": .text(f.activation.rawValue), "bias": .boolean(f.up.bias != nil), "gateFactor": number(f.gateFactor),
      ])
    case let f as ClampedFeedForward:
      return call("clampedSwiglu", ["hidden": .integer(f.hidden), "alpha": number(f.alpha), "limit": number(f.limit), "bias": .boolean(f.up.bias != nil)])
    case let f as Experts:
      let routing = f.router.routing
      return call("experts", [
        "count": .integer(f.experts.count), "active": .integer(routing.active), "of": try part(f.experts[0]), "shared": try f.shared.map(part),
        "sharedGate": .boolean(f.sharedGate != nil), "scoring": .text(routing.scoring.rawValue), "renormalise": .boolean(routing.renormalises),
        "balanced": .boolean(routing.isCorrected), "groups": routing.groups.map { .integer($0.count) }, "groupsKept": routing.groups.map { .integer($0.chosen) },
        "groupScore": routing.groups.map { .integer($0.best) }, "epsilon": number(routing.epsilon), "routerBias": .boolean(f.router.gate.bias != nil),
        "capacity": routing.capacity.map { .integer($0) }, "scale": number(routing.scale), "noisy": .boolean(routing.isNoisy),
      ])
    default: throw Unsayable("a \(block.kind)")
    }
  }

  func attention(_ a: Attention) throws -> Recipe.Value {
    var window: Int?, mask: Mask? = a.mask
    if case .window(let n) = a.mask { (window, mask) = (n, .causal) }
    guard mask == nil || mask!.recipe != nil else { throw Unsayable("the mask \(a.mask.described)") }
    return call("grouped", [
      "heads": .integer(a.heads), "keyValue": .integer(a.groups), "headWidth": .integer(a.headWidth), "window": window.map { .integer($0) },
      "mask": mask?.recipe.map { .call($0) }, "position": try position(a.position, a.headWidth), "bias": .boolean(a.query.bias != nil),
      "outputBias": .boolean(a.output.bias != nil), "headNorm": try a.queryNorm.map(norm) ?? false, "scale": number(a.scale), "gated": .boolean(a.isGated),
      "sinks": .boolean(a.sinks != nil),
    ])
  }

  func latent(_ a: LatentAttention) throws -> Recipe.Value {
    guard let mask = a.mask.recipe else { throw Unsayable("the mask \(a.mask.described)") }
    return call("latent", [
      "heads": .integer(a.heads), "latent": .integer(a.sizes.latent), "queryLatent": a.sizes.queryLatent.map { .integer($0) }, "plain": .integer(a.sizes.plain),
      "rotary": .integer(a.sizes.rotary), "value": .integer(a.sizes.value), "mask": .call(mask), "position": rope(a.rope, a.sizes.rotary),
      "form": .text(a.form.rawValue), "topKeys": a.indexer.map { .integer($0.chosen) }, "indexHeads": a.indexer.map { .integer($0.heads) },
      "indexWidth": a.indexer.map { .integer($0.headWidth) }, "scale": number(a.scale), "bias": .boolean(a.compress.bias != nil), "epsilon": number(a.latentNorm.epsilon),
    ])
  }

  func position(_ position: Position, _ headWidth: Int) throws -> Recipe.Value {
    switch position {
    case .none: call("none")
    case .rotary(let rope): self.rope(rope, headWidth)
    case .relative(let bias): call("relative", ["buckets": .integer(bias.buckets), "farthest": .integer(bias.farthest)])
    case .linear: call("alibi")
    }
  }

  func rope(_ rope: RoPE, _ headWidth: Int) -> Recipe.Value {
    func list(_ numbers: [Float]) -> Recipe.Value { .list(numbers.map(number)) }
    let scaling: Recipe.Value? = switch rope.scaling {
    case .none: nil
    case .linear(let factor): call("linearScaling", ["factor": number(factor)])
    case .dynamic(let factor, let original): call("dynamicScaling", ["factor": number(factor), "original": .integer(original)])
    case .yarn(let factor, let original, let fast, let slow, let attention, let truncate):
      call("yarn", [
        "factor": number(factor), "original": .integer(original), "fast": number(fast), "slow": number(slow), "amplitude": attention.map(number), "truncate": .boolean(truncate),
      ])
    case .longrope(let short, let long, let original, let attention):
      call("longRope", ["short": list(short), "long": list(long), "original": .integer(original), "amplitude": number(attention)])
    case .llama3(let factor, let low, let high, let original):
      call("llama3Scaling", ["factor": number(factor), "low": number(low), "high": number(high), "original": .integer(original)])
    }
    return call("rope", [
      "base": number(rope.base), "part": .number(Double(rope.part) / Double(headWidth)), "layout": .text(rope.layout.rawValue), "planar": .boolean(rope.isPlanar), "scaling": scaling,
    ])
  }

  func mamba(_ a: Mamba) -> Recipe.Value {
    let (norm, epsilon): (String, Float) = switch a.selectionNorm {
    case .none: ("none", 1e-6)
    case .plain(let epsilon): ("plain", epsilon)
    case .learned(let epsilon): ("learned", epsilon)
    }
    return call("mamba", [
      "inner": .integer(a.inner), "states": .integer(a.states), "rank": .integer(a.rank), "taps": .integer(a.convolution.taps), "norm": .text(norm), "epsilon": number(epsilon),
      "activation": .text(a.activation.rawValue), "bias": .boolean(a.input.bias != nil), "convolutionBias": .boolean(a.convolution.bias != nil),
    ])
  }

  func mamba2(_ a: Mamba2) -> Recipe.Value {
    let (gate, epsilon): (String, Float) = switch a.gate {
    case .plain: ("plain", 1e-5)
    case .thenNorm(let epsilon): ("thenNorm", epsilon)
    case .afterNorm(let epsilon): ("afterNorm", epsilon)
    }
    return call("mamba2", [
      "heads": .integer(a.heads), "headWidth": .integer(a.headWidth), "states": .integer(a.states), "groups": .integer(a.groups), "taps": .integer(a.convolution.taps),
      "gate": .text(gate), "epsilon": number(epsilon), "activation": .text(a.activation.rawValue), "bias": .boolean(a.input.bias != nil),
      "outputBias": .boolean(a.output.bias != nil), "convolutionBias": .boolean(a.convolution.bias != nil), "leastStep": number(a.stepLimit.lowerBound),
      "mostStep": a.stepLimit.upperBound == .infinity ? nil : number(a.stepLimit.upperBound), "inputFactor": number(a.factors.input),
      "sectionFactors": .list(a.factors.sections.map(number)),
    ])
  }
}
