// The lightning indexer: a small second attention without values that only says which keys are worth looking at.

import Tensors

/// Scores all keys cheaply and chooses the best for each query (DeepSeek-V3.2-Exp, 2025).
///
/// I(t, s) = Σⱼ w(t, j) · ReLU(q(t, j)·k(s) / √d), with one key for all heads. The first numbers of queries and keys turn by their position.
/// The published kernels also rotate both by a Hadamard matrix before rounding them to 8 bits: an orthogonal matrix leaves
/// every product as it is, so neither is done here.
public struct LightningIndexer: Part {
  public let heads: Int, headWidth: Int
  /// Keys that each query looks at.
  public let chosen: Int
  public let rope: RoPE
  /// Query latent → queries; stream → one key; stream → weights of the heads.
  public let query: Projection, key: Projection, keyNorm: LayerNorm, weights: Projection
  public var keys = ""

  /// - Parameter source: width of what queries are made from, attention's query latent.
  public init(_ width: Int, source: Int, heads: Int, headWidth: Int, chosen: Int, rope: RoPE) {
    (self.heads, self.headWidth, self.chosen, self.rope) = (heads, headWidth, chosen, rope)
    query = Projection(source, heads * headWidth, role: .attention)
    key = Projection(width, headWidth, role: .attention)
    keyNorm = LayerNorm(headWidth, epsilon: 1e-6)
    weights = Projection(width, heads, role: .attention)
  }

  public var role: Role { .attention }
  public var title: String { "Lightning indexer" }
  public var detail: String { "\(heads) heads of \(headWidth) · top \(chosen)" }
  public var settings: [Setting] {
    [Setting("heads", heads), Setting("headWidth", headWidth), Setting("chosen", chosen), Setting("rope", rope.described)]
  }
  public var parts: [Child] {
    [Child("query", query), Child("key", key), Child("keyNorm", keyNorm), Child("weights", weights)]
  }

  /// The places in memory that each query looks at, best first; nil while the text is so short that every key is chosen.
  /// x [b, t, width], source [b, t, query latent] → [b, t, chosen]
  /// - Parameter scored: given the scores of all keys, hidden ones too, whatever the length of the text: a training learns from them.   [b, t, s]
  func callAsFunction(
    _ x: Tensor, _ source: Tensor, _ plan: MaskPlan, reach: Int?, _ run: Run, scored: ((Tensor) -> Void)? = nil
  ) -> Tensor? {
    let (b, t) = (x.shape.first ?? 0, x.shape.count > 1 ? x.shape[1] : 0)
    let fresh = rope(keyNorm(key(x), run).reshaped([b, t, 1, headWidth]), run).reshaped([b, t, headWidth]).named("key", run)
    let k = run.append("keys", fresh, reach: reach).all                                // [b, s, d]
    if let fault = k.fault { return Tensor(fault: fault, trace: x.trace) }
    guard k.shape[1] > chosen || scored != nil else {
      run.isEnd("key", because: "the text is so short that every key is chosen")
      return nil
    }
    let q = rope(query(source).split(heads: heads), run)                               // [b, t, j, d]
    let w = weights(x) * (1 / Float(heads).squareRoot())                               // [b, t, j]
    let matched = (contract("btjd,bsd->btjs", q, k) * (1 / Float(headWidth).squareRoot())).map(.relu)
    let scores = contract("btj,btjs->bts", w, matched).named("scores", run)
    scored?(scores)
    guard k.shape[1] > chosen else {
      for name in ["key", "scores"] { run.isEnd(name, because: "the text is so short that every key is chosen") }
      return nil
    }
    let open = scores + plan.rows(batch: b, run, outline: scores.isOutline)            // the future is never chosen before the past
    return TopK(chosen).apply([open]).named("chosen", run)
  }
}

extension MaskPlan {
  /// 0 and −∞ for every query of every sequence.   [b, t, s]
  func rows(batch: Int, _ run: Run, outline: Bool) -> Tensor {
    let shape = [batch, queries.count, keys.count]
    // A text on outlines may be as long as the model reads: nobody wants its mask.
    if outline { return run.given(Tensor(outline: shape, trace: run.trace), .mask(described)) }
    let closed = tensor.tracked(by: run.trace)
    return closed.rank == 2 ? closed.reshaped([1, queries.count, keys.count]).expanded(shape) : closed.reshaped([closed.shape[0], queries.count, keys.count])
  }
}
