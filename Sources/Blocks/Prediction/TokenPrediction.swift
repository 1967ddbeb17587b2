// Modules that predict more than the next token. The model runs without them; training learns more from each text with them, and generation
// may use them to draft what it then checks.

import Tensors

/// Predicts one token further than what it stands on (DeepSeek-V3, 2412.19437, section 2.2): h′ = W·[N(embedding of the next token); N(h)],
/// one layer of its own with its own memory, a norm, and the model's own head.
///
/// Published weights have the embedding first; the paper writes the halves in the other order.
public struct TokenPrediction: Part {
  public internal(set) var embeddingNorm: any Block, hiddenNorm: any Block
  /// [embedding; hidden] → width
  public let projection: Projection
  public internal(set) var layer: any Block, norm: any Block
  public var keys = ""

  public init(_ width: Int, norm: () throws -> any Block, layer: any Block) rethrows {
    (embeddingNorm, hiddenNorm, self.norm, self.layer) = (try norm(), try norm(), try norm(), layer)
    projection = Projection(2 * width, width)
  }

  public var role: Role { .structure }
  public var title: String { "Multi-token prediction" }
  public var detail: String { "one token further" }
  public var parts: [Child] {
    [
      Child("embeddingNorm", embeddingNorm), Child("hiddenNorm", hiddenNorm), Child("projection", projection), Child("layer", layer),
      Child("norm", norm),
    ]
  }

  /// hidden, embedded [b, t, width] → what the head and the next module read [b, t, width]
  func callAsFunction(_ hidden: Tensor, embedded: Tensor, _ run: Run) -> Tensor {
    let joined = concatenate([embeddingNorm(embedded, run), hiddenNorm(hidden, run)], axis: 2)   // [b, t, 2·width]
    let x = run.within("layer") { layer(projection(joined).named("joined", run), run) }
    return norm(x, run).named("hidden", run)
  }
}

/// A further head on the trunk: one layer, then the model's own norm and head (Gloeckle et al. 2024, 2404.19737). It reads no token of its
/// own: head k says from the trunk alone which token stands k places on.
public struct ParallelPrediction: Part {
  public internal(set) var layer: any Block
  public var keys = ""

  public init(layer: any Block) { self.layer = layer }

  public var role: Role { .structure }
  public var title: String { "Prediction head" }
  public var detail: String { "one layer on the trunk" }
  public var parts: [Child] { [Child("layer", layer)] }
}

/// Where the trunk ends: hands the stream on to the heads beside it.
public struct Trunk: Block {
  public var keys = ""
  public init() {}
  public var role: Role { .structure }
  public var title: String { "End of the trunk" }
  public var detail: String { "further heads read here" }
  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    run.carried["trunk"] = x
    return x
  }
}

extension Architecture {
  /// The modules that predict further tokens, nearest first.
  public var predictions: [TokenPrediction] { extras.compactMap { $0.part as? TokenPrediction } }
  public var parallelPredictions: [ParallelPrediction] { extras.compactMap { $0.part as? ParallelPrediction } }

  /// The vectors after the last norm, those at the end of the trunk if it has one, and the logits of all tokens.
  public func thorough(_ input: Input, _ run: Run) throws -> (hidden: Tensor, trunk: Tensor?, logits: Tensor) {
    run.forget()
    let x = try hidden(input, run).checked()
    let trunk = run.carried["trunk"]
    return (x, trunk, try logits(of: x, run))
  }

  /// What module number `depth` makes of these vectors and the tokens after them.
  /// - Parameters:
  ///   - hidden: of the model, or of the module before.   [1, t, width]
  ///   - next: the t tokens that stand depth + 1 places after those of `hidden`.
  ///   - run: the module's own; its memory holds what the module has read before.
  public func predicting(_ depth: Int, hidden: Tensor, next: [Int], _ run: Run) throws -> (hidden: Tensor, logits: Tensor) {
    let past = run.stream.end
    run.forget()
    run.begin(
      batch: 1, count: next.count, past: past, padding: nil, positions: next.indices.map { Int32(past + $0 + depth + 1) })
    let x = run.within("prediction") {
      run.within("depth\(depth + 1)") { predictions[depth](hidden.tracked(by: run.trace), embedded: embedding([next], run), run) }
    }
    return (try x.checked(), try logits(of: x, run, lastOnly: true))
  }

  /// The logits of head number `index` beside the first, of the last of these vectors.   trunk [1, t, width] → [1, 1, vocabulary]
  public func predicting(head index: Int, trunk: Tensor, _ run: Run) throws -> Tensor {
    run.forget()
    run.begin(batch: 1, count: trunk.shape[1], past: run.stream.end, padding: nil, positions: nil)
    let x = run.within("prediction") {
      run.within("head\(index + 2)") { run.within("layer") {
        parallelPredictions[index].layer(trunk.tracked(by: run.trace), run)
      } }
    }
    guard let norm = body.parts.last?.part as? any Block, norm.role == .norm else { return try logits(of: x, run, lastOnly: true) }
    return try logits(of: norm(x, run), run, lastOnly: true)
  }

  private func logits(of x: Tensor, _ run: Run, lastOnly: Bool = false) throws -> Tensor {
    guard let head else { throw Fault(.other(operation: name, message: "has no head over the vocabulary")) }
    let count = x.rank == 3 ? x.shape[1] : 0
    let read = lastOnly && count > 1 ? x.slice((count - 1)..<count, axis: 1) : x
    return try head(read, run).named("logits", run).checked()
  }
}
