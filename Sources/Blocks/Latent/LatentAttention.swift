// Multi-head latent attention: what is cached is one small vector per token, from which every head makes its keys and values. The two
// forms of the same arithmetic stand side by side; which one runs is a value. What a token may look at beyond the mask is
// LightningIndexer's choice.

import Tensors

/// Multi-head latent attention (DeepSeek-V2, 2405.04434, section 2.1).
///
/// A token's keys and values are projections of a latent c, shared by all heads; positions live in a rotary key of their own, also shared,
/// because a rotation between the two projections could not be absorbed. Cached are the latent (after its norm) and the
/// rotary key (after its rotation).
///
/// In the absorbed form `query` and `key` have latent + rotary numbers and `value` has latent, with one key and value for all
/// heads; in the expanded form they are those of the heads. `scores`, `pattern` and `mixed` are the same in both.
public struct LatentAttention: Block {
  /// How keys and values reach the heads.
  public enum Form: String, Sendable, Hashable, CaseIterable {
    /// Keys and values of every head are made from all cached latents: multi-head attention.
    case expanded
    /// The projections move to the query and to the mixed latent: multi-query attention over the latents themselves.
    case absorbed
    /// Whichever multiplies less: absorbed for a decoding step, expanded for a long prompt.
    case cheapest
  }

  /// Sizes of the parts of a head and of what is cached.
  public struct Sizes: Sendable, Hashable {
    /// Numbers of the latent that keys and values come from (`kv_lora_rank`).
    public let latent: Int
    /// Numbers of the latent that queries come from (`q_lora_rank`); nil: queries come from the stream.
    public let queryLatent: Int?
    /// Numbers of a head's key without positions, and with them (`qk_nope_head_dim`, `qk_rope_head_dim`).
    public let plain: Int, rotary: Int
    /// Numbers of a head's value (`v_head_dim`).
    public let value: Int

    public init(latent: Int, queryLatent: Int? = nil, plain: Int, rotary: Int, value: Int) {
      (self.latent, self.queryLatent, self.plain, self.rotary, self.value) = (latent, queryLatent, plain, rotary, value)
    }
  }

  public let width: Int, heads: Int
  public let sizes: Sizes
  public let scale: Float
  public private(set) var mask: Mask
  public let form: Form
  /// Turns the rotary part of queries and keys.
  public let rope: RoPE
  /// Stream → query latent, and its norm; nil without query compression.
  public let compressQuery: Projection?, queryNorm: RMSNorm?
  /// → queries of all heads, each [plain | rotary].
  public let query: Projection
  /// Stream → [latent | rotary key], and the norm of the latent.
  public let compress: Projection, latentNorm: RMSNorm
  /// Latent → keys and values of all heads, each [plain key | value].
  public let expand: Projection
  public let output: Projection
  /// Chooses the keys that each query looks at (DeepSeek-V3.2); nil: all that the mask allows.
  public let indexer: LightningIndexer?
  public var keys = ""

  /// - Parameters:
  ///   - scale: factor of the scores; nil: 1/√(plain + rotary).
  ///   - bias: biases of the two compressing projections and of the output.
  ///   - epsilon: of the norms of the latents; the published code has 1e-6 whatever the other norms have.
  public init(
    _ width: Int, heads: Int, _ sizes: Sizes, rope: RoPE, scale: Float? = nil, mask: Mask = .causal, form: Form = .cheapest,
    bias: Bool = false, epsilon: Float = 1e-6, indexer: LightningIndexer? = nil
  ) {
    (self.width, self.heads, self.sizes, self.rope, self.mask, self.form) = (width, heads, sizes, rope, mask, form)
    self.indexer = indexer
    self.scale = scale ?? 1 / Float(sizes.plain + sizes.rotary).squareRoot()
    compressQuery = sizes.queryLatent.map { Projection(width, $0, bias: bias, role: .attention) }
    queryNorm = sizes.queryLatent.map { RMSNorm($0, epsilon: epsilon) }
    query = Projection(sizes.queryLatent ?? width, heads * (sizes.plain + sizes.rotary), role: .attention)
    compress = Projection(width, sizes.latent + sizes.rotary, bias: bias, role: .attention)
    latentNorm = RMSNorm(sizes.latent, epsilon: epsilon)
    expand = Projection(sizes.latent, heads * (sizes.plain + sizes.value), role: .attention)
    output = Projection(heads * sizes.value, width, bias: bias, role: .attention)
  }

  /// The same block, its parameters shared, under another mask.
  public func masked(by mask: Mask) -> LatentAttention {
    var copy = self
    copy.mask = mask
    return copy
  }

  public var role: Role { .attention }
  public var title: String { indexer == nil ? "Multi-head latent attention" : "Sparse latent attention" }
  public var detail: String {
    "\(heads) heads · cache width \(sizes.latent) + \(sizes.rotary)" + (indexer.map { " + \($0.headWidth) · top \($0.chosen)" } ?? "")
  }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("heads", heads), Setting("latent", sizes.latent), Setting("queryLatent", sizes.queryLatent ?? 0),
      Setting("plain", sizes.plain), Setting("rotary", sizes.rotary), Setting("value", sizes.value), Setting("scale", scale),
      Setting("mask", mask.exactly), Setting("rope", rope.described), Setting("form", form.rawValue), Setting("bias", compress.bias != nil),
    ]
  }
  public var parts: [Child] {
    (compressQuery.map { [Child("compressQuery", $0)] } ?? []) + (queryNorm.map { [Child("queryNorm", $0)] } ?? [])
      + [Child("query", query), Child("compress", compress), Child("latentNorm", latentNorm), Child("expand", expand)]
      + (indexer.map { [Child("indexer", $0)] } ?? []) + [Child("output", output)]
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    // Queries: of every head [plain | rotary].
    let projected = run.project(x, [compressQuery ?? query, compress])
    var compressed: Tensor?
    if let queryNorm { compressed = queryNorm(projected[0], run).named("queryLatent", run) }   // [b, t, q]
    let q = (compressed.map { query($0) } ?? projected[0]).split(heads: heads)                 // [b, t, h, n+r]
    let plain = q.slice(0..<sizes.plain, axis: -1)
    let turned = rope(q.slice(sizes.plain..<(sizes.plain + sizes.rotary), axis: -1), run)

    // What is remembered: the latent and the rotary key.
    let (b, t) = (x.shape.first ?? 0, x.shape.count > 1 ? x.shape[1] : 0)
    let fresh = projected[1].split(sizes.latent, sizes.rotary)
    let latent = latentNorm(fresh[0], run).named("latent", run)                                // [b, t, c]
    let rotaryKey = rope(fresh[1].reshaped([b, t, 1, sizes.rotary]), run).reshaped([b, t, sizes.rotary]).named("rotaryKey", run)
    let mask = run.heeded(mask)
    let held = run.append("latent", latent, reach: mask.reach)                                 // [b, s, c]
    let positions = run.append("rotaryKey", rotaryKey, reach: mask.reach).all                  // [b, s, r]
    let plan = run.plan(mask, keys: held.places)

    var scored: Tensor?
    let chosen = indexer.flatMap { indexer in
      run.within("indexer") { () -> Tensor? in
        guard run.indexings != nil else { return indexer(x, compressed ?? x, plan, reach: mask.reach, run) }
        // What the indexer learns stays in the indexer: it reads a copy of the stream that no gradient goes through.
        func apart(_ x: Tensor) -> Tensor { x.untracked.tracked(by: run.trace) }
        return indexer(apart(x), apart(compressed ?? x), plan, reach: mask.reach, run) { scored = $0 }
      }
    }
    if let fault = q.fault ?? held.all.fault ?? positions.fault ?? chosen?.fault {
      return Tensor(fault: fault, shape: x.shape, trace: x.trace)
    }
    if let scored, scored.fault == nil, !scored.isOutline {
      let closed = IndexRecord.finite(plan.rows(batch: b, run, outline: false))                // [b, t, s]
      run.indexings?.append(IndexRecord(
        path: run.path, scores: scored + closed.tracked(by: run.trace), pattern: pattern(plain, turned, held.all, positions, closed)))
    }
    let form = run.latentForm ?? form
    let mixed: Tensor                                                                          // [b, t, h, v]
    if let chosen, form != .expanded, !run.wants("key", "value", "scores", "mask", "pattern") {
      mixed = sparse(plain, turned, held.all, positions, chosen, plan, run)
    } else {
      let closed = chosen.map { KeepPlaces(width: held.all.shape[1]).apply([$0]) }             // [b, 1, t, s]
      mixed = isAbsorbed(form, t, held.all.shape[1])
        ? absorbed(plain, turned, held.all, positions, plan, closed, run)
        : expanded(plain, turned, held.all, positions, plan, closed, run)
    }
    return output(mixed.merged(last: 2).named("mixed", run)).named("output", run)
  }

  /// Whether the absorbed form runs for t queries over s keys: by the multiplications of one head.
  private func isAbsorbed(_ form: Form, _ t: Int, _ s: Int) -> Bool {
    guard form == .cheapest else { return form == .absorbed }
    let projections = (sizes.plain + sizes.value) * sizes.latent
    return t * projections + t * s * (2 * sizes.latent + sizes.rotary)
      < s * projections + t * s * (sizes.plain + sizes.rotary + sizes.value)
  }

  /// The expanding matrix, a part for each head.   [h, n+v, c]
  private func expanding(_ run: Run) -> Tensor {
    expand.weight.tensor.tracked(by: run.trace).reshaped([heads, sizes.plain + sizes.value, sizes.latent])
  }

  /// Every head's own keys and values, made from the latents.   → [b, t, h, v]
  private func expanded(
    _ plain: Tensor, _ turned: Tensor, _ latents: Tensor, _ positions: Tensor, _ plan: MaskPlan, _ closed: Tensor?, _ run: Run
  ) -> Tensor {
    let (b, t, s) = (plain.shape[0], plain.shape[1], latents.shape[1])
    let both = expand(latents).split(heads: heads).split(sizes.plain, sizes.value)             // [b, s, h, n], [b, s, h, v]
    let shared = positions.reshaped([b, s, 1, sizes.rotary]).expanded([b, s, heads, sizes.rotary])
    let q = concatenate([plain, turned], axis: 3).named("query", run)                          // [b, t, h, n+r]
    let k = concatenate([both[0], shared], axis: 3).named("key", run)                          // [b, s, h, n+r]
    let v = both[1].named("value", run)
    return Attention.attend(q.reshaped([b, t, heads, 1, sizes.plain + sizes.rotary]), k, v, scale: scale, plan, closed, run)
      .reshaped([b, t, heads, sizes.value])
  }

  /// What the heads look at in the mean if they may look at all that the mask allows: numbers without gradient, outside of the run.   → [b, t, s]
  private func pattern(_ plain: Tensor, _ turned: Tensor, _ latents: Tensor, _ positions: Tensor, _ closed: Tensor) -> Tensor {
    let (b, t, s) = (plain.shape[0], plain.shape[1], latents.shape[1])
    let keys = expand(latents.untracked).split(heads: heads).split(sizes.plain, sizes.value)[0]   // [b, s, h, n]
    let met = contract("bthn,bshn->bhts", plain.untracked, keys) + contract("bthr,bsr->bhts", turned.untracked, positions.untracked)
    let weights = softmax(met * scale + closed.untracked.reshaped([b, 1, t, s]))
    return (weights.permuted(0, 2, 3, 1).sum() * (1 / Float(heads))).reshaped([b, t, s]).untracked
  }

  /// One key and one value for all heads: the latents themselves.   → [b, t, h, v]
  private func absorbed(
    _ plain: Tensor, _ turned: Tensor, _ latents: Tensor, _ positions: Tensor, _ plan: MaskPlan, _ closed: Tensor?, _ run: Run
  ) -> Tensor {
    let (b, t, s) = (plain.shape[0], plain.shape[1], latents.shape[1])
    let (q, w) = absorbing(plain, turned, run)
    let k = concatenate([latents, positions], axis: 2).reshaped([b, s, 1, sizes.latent + sizes.rotary]).named("key", run)
    let v = k.slice(0..<sizes.latent, axis: 3).named("value", run)                             // [b, s, 1, c]
    let mixed = Attention.attend(q.reshaped([b, t, 1, heads, sizes.latent + sizes.rotary]), k, v, scale: scale, plan, closed, run)
    return contract("bthc,hvc->bthv", mixed.reshaped([b, t, heads, sizes.latent]), w)
  }

  /// Queries that meet latents, and the values' part of the expanding matrix.   → [b, t, h, c+r], [h, v, c]
  private func absorbing(_ plain: Tensor, _ turned: Tensor, _ run: Run) -> (query: Tensor, value: Tensor) {
    let w = expanding(run)
    let met = contract("bthn,hnc->bthc", plain, w.slice(0..<sizes.plain, axis: 1))
    return (
      concatenate([met, turned], axis: 3).named("query", run), w.slice(sizes.plain..<(sizes.plain + sizes.value), axis: 1)
    )
  }

  /// Absorbed attention over the chosen keys only: for t queries t·k scores, however long the text.   → [b, t, h, v]
  private func sparse(
    _ plain: Tensor, _ turned: Tensor, _ latents: Tensor, _ positions: Tensor, _ chosen: Tensor, _ plan: MaskPlan, _ run: Run
  ) -> Tensor {
    let (b, t, k) = (plain.shape[0], plain.shape[1], chosen.shape[2])
    let both = sizes.latent + sizes.rotary
    let (q, w) = absorbing(plain, turned, run)
    let picked = concatenate([PickRows().apply([latents, chosen]), PickRows().apply([positions, chosen])], axis: 3)
      .reshaped([b * t, k, 1, both])                                                           // each query has keys of its own
    let open = Pick().apply([plan.rows(batch: b, run, outline: chosen.isOutline), chosen]).reshaped([b * t, 1, 1, k])
    let mixed = FusedAttention(scale: scale)
      .apply([q.reshaped([b * t, 1, 1, heads, both]), picked, picked.slice(0..<sizes.latent, axis: 3), open])
    return contract("bthc,hvc->bthv", mixed.reshaped([b, t, heads, sizes.latent]), w)
  }
}
