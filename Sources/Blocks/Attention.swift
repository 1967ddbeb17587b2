// Attention: queries look at keys and mix values. One block for multi-head, multi-query, grouped and windowed attention, for
// encoders, decoders and cross-attention: what differs is heads, mask, position and where keys come from.

import Tensors

/// softmax(QKᵀ·scale + bias + mask)·V; query heads share key/value heads in groups (Vaswani et al. 2017; Ainslie et al. 2023).
public struct Attention: Block {
  /// Where keys and values come from.
  public enum Source: Sendable, Hashable {
    /// The stream itself.
    case own
    /// The encoder's output: cross-attention, its memory written once.
    case encoder
  }

  public let width: Int, heads: Int, groups: Int, headWidth: Int
  public let scale: Float
  public private(set) var mask: Mask
  public let position: Position
  public let source: Source
  public let query: Projection, key: Projection, value: Projection, output: Projection
  /// What is mixed is multiplied by σ(gate), which the query's projection makes beside the query, head by head (Qwen3-Next; 2505.06708).
  public let isGated: Bool
  /// Norms on each head's queries and keys, before the rotation (Qwen3).
  public let queryNorm: RMSNorm?, keyNorm: RMSNorm?
  /// Learned keys and values in front of the text's own (Prefix-Tuning).
  public private(set) var learned: LearnedPrefix?
  /// A logit of each head that takes a share of the softmax and gives nothing back (gpt-oss).   [heads]
  public let sinks: Parameter?
  public var keys = ""

  /// - Parameters:
  ///   - groups: key/value heads; nil: one for each query head.
  ///   - headWidth: numbers of a head; nil: width / heads.
  ///   - scale: factor of the scores; nil: 1/√headWidth.
  ///   - bias: biases of query, key and value; `outputBias` of the output.
  public init(
    _ width: Int, heads: Int, groups: Int? = nil, headWidth: Int? = nil, scale: Float? = nil, mask: Mask = .causal,
    position: Position = .none, source: Source = .own, bias: Bool = false, outputBias: Bool? = nil,
    headNorm epsilon: Float? = nil, headNormOffset: Float = 0, isGated: Bool = false, sinks hasSinks: Bool = false
  ) {
    (self.width, self.heads) = (width, heads)
    self.groups = groups ?? heads
    let headWidth = headWidth ?? width / max(1, heads)
    self.headWidth = headWidth
    self.scale = scale ?? 1 / Float(headWidth).squareRoot()
    (self.mask, self.position, self.source) = (mask, position, source)
    self.isGated = isGated
    query = Projection(width, heads * headWidth * (isGated ? 2 : 1), bias: bias, role: .attention)
    key = Projection(width, self.groups * headWidth, bias: bias, role: .attention)
    value = Projection(width, self.groups * headWidth, bias: bias, role: .attention)
    output = Projection(heads * headWidth, width, bias: outputBias ?? bias, role: .attention)
    queryNorm = epsilon.map { RMSNorm(headWidth, epsilon: $0, offset: headNormOffset) }
    keyNorm = epsilon.map { RMSNorm(headWidth, epsilon: $0, offset: headNormOffset) }
    sinks = hasSinks ? Parameter(heads) : nil
  }

  /// The same block, its parameters shared, under another mask.
  public func masked(by mask: Mask) -> Attention {
    var copy = self
    copy.mask = mask
    return copy
  }

  /// The same block, its parameters shared, behind learned keys and values.
  public func prefixed(by prefix: LearnedPrefix) -> Attention {
    var copy = self
    copy.learned = prefix
    return copy
  }

  public var role: Role { .attention }
  public var title: String {
    if source == .encoder { return "Cross-attention" }
    let variant = groups == heads ? "Multi-head" : groups == 1 ? "Multi-query" : "Grouped-query"
    let name = mask.reach == nil ? "\(variant) attention" : "\(variant) window attention"
    return isGated ? "Gated " + name.prefix(1).lowercased() + name.dropFirst() : name
  }
  public var detail: String {
    groups == heads ? "\(heads) heads of \(headWidth)" : "\(heads) query heads · \(groups) KV head\(groups == 1 ? "" : "s")"
  }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("heads", heads), Setting("groups", groups), Setting("headWidth", headWidth),
      Setting("scale", scale), Setting("mask", mask.exactly), Setting("position", position.described),
      Setting("source", source == .own ? "own" : "encoder"), Setting("bias", query.bias != nil),
      Setting("headNorm", queryNorm != nil),
    ] + (sinks == nil ? [] : [Setting("sinks", true)]) + (isGated ? [Setting("gate", "sigmoid")] : []) + (learned.map { [Setting("learnedPrefix", $0.length)] } ?? [])
  }
  public var parts: [Child] {
    [Child("query", query), Child("key", key), Child("value", value), Child("output", output)]
      + (queryNorm.map { [Child("queryNorm", $0)] } ?? []) + (keyNorm.map { [Child("keyNorm", $0)] } ?? [])
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    var own: [(name: String, parameter: Parameter)] = learned?.parameters ?? []
    if let sinks { own.append(("sinks", sinks)) }
    if case .relative(let bias) = position { own.append(("relativeBias", bias.table)) }
    return own
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let (g, r) = (groups, heads / max(1, groups))
    // Query, key and value of the same stream in one go; cross-attention projects only its queries.
    let projected = run.project(x, source == .own ? [query, key, value] : [query])
    var q = projected[0].split(heads: heads)                                 // [b, t, h, d]
    var gate: Tensor?
    if isGated {
      let halves = q.split(headWidth, headWidth)
      q = halves[0]
      gate = halves[1].merged(last: 2).map(.sigmoid).named("gate", run)      // [b, t, h·d]
    }
    if let queryNorm { q = queryNorm(q, run) }
    q = position.rotate(q, run).named("query", run).reshaped(Array(x.shape.prefix(2)) + [g, r, headWidth])   // [b, t, g, r, d]

    var k: Tensor, v: Tensor
    let places: Places
    if source == .encoder {
      let memory = run.source ?? Tensor(fault: Fault(.other(operation: "cross-attention", message: "no source text was encoded"), part: run.path))
      k = run.once("keys") { key(memory).split(heads: g) }.named("key", run)    // [b, s, g, d]
      v = run.once("values") { value(memory).split(heads: g) }.named("value", run)
      places = Places(from: 0, count: k.rank > 1 ? k.shape[1] : 0)
    } else {
      var fresh = projected[1].split(heads: g)
      if let keyNorm { fresh = keyNorm(fresh, run) }
      let reach = run.heeded(mask).reach
      let rotated = position.rotate(fresh, run).named("key", run)
      let held = run.append("keys", rotated, reach: reach)
      k = held.all
      places = held.places
      v = run.append("values", projected[2].split(heads: g).named("value", run), reach: reach).all
    }
    var plan = run.plan(source == .encoder ? .bidirectional : run.heeded(mask), keys: places, cross: source == .encoder)
    var bias = source == .encoder ? nil : position.bias(queries: run.stream.order, keys: places, run)
    if let learned, source == .own {
      let first = learned.keysAndValues(batch: q.shape[0], groups: g, headWidth: headWidth, run)
      (k, v) = (concatenate([first.keys, k], axis: 1), concatenate([first.values, v], axis: 1))
      plan = plan.preceded(by: learned.length, outline: q.isOutline)
      bias = bias.map { concatenate([Tensor.filled([heads, q.shape[1], learned.length], with: 0), $0], axis: 2) }
    }
    var mixed = Attention.attend(q, k, v, scale: scale, plan, bias, sinks: sinks?.tensor, run).merged(last: 3)   // [b, t, g·r·d]
    if let gate { mixed = mixed * gate }
    return output(mixed.named("mixed", run)).named("output", run)
  }

  /// The heart of it: fused when nobody looks inside, spelled out when someone does.
  /// q [b, t, g, r, d], k [b, s, g, d], v [b, s, g, e] → [b, t, g, r, e]
  static func attend(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, _ plan: MaskPlan, _ bias: Tensor?, sinks: Tensor? = nil, _ run: Run
  ) -> Tensor {
    if !run.wants("scores", "mask", "pattern") {
      var inputs = [q, k, v]
      if let closed = plan.closed {
        inputs.append(bias.map { $0 + closed } ?? closed)
      } else if let bias {
        inputs.append(bias)
      }
      if let sinks { inputs.append(sinks) }
      return FusedAttention(scale: scale, first: plan.first, last: plan.last, hasSinks: sinks != nil).apply(inputs)
    }
    if let fault = q.fault ?? k.fault ?? v.fault { return Tensor(fault: fault, shape: q.shape, trace: q.trace) }
    let (b, t, s, groups, shared) = (q.shape[0], q.shape[1], k.shape[1], q.shape[2], q.shape[3])
    var scores = contract("btgrd,bsgd->bgrts", q, k) * scale
    scores = scores.reshaped([b, groups * shared, t, s])
    if let bias { scores = scores + bias }
    scores = scores.named("scores", run)                                     // [b, h, t, s]
    let mask = (q.isOutline ? run.given(Tensor(outline: [t, s], trace: run.trace), .mask(plan.described)) : plan.tensor).tracked(by: run.trace).named("mask", run)
    var open = scores + mask
    if let sinks { open = concatenate([open, sinks.reshaped([1, groups * shared, 1, 1]).expanded([b, groups * shared, t, 1])], axis: 3) }
    var weights = softmax(open)                                              // rows sum to 1
    if sinks != nil { weights = weights.slice(0..<s, axis: 3) }              // with a sink, to what it leaves
    let pattern = weights.named("pattern", run)
    return contract("bgrts,bsgd->btgrd", pattern.reshaped([b, groups, shared, t, s]), v)
  }
}
