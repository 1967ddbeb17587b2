// Further predictions of whole texts: what training asks of the modules that predict more than the next token.

import Tensors

extension Architecture {
  /// Logits of the model, and of each module that predicts further.
  ///
  /// Modules one behind the other (DeepSeek-V3): number k reads, at the place i, the vectors of the one before and the token at i + k, and says the token
  /// at i + k + 1; it has k places fewer than the model. Heads on the trunk (Gloeckle et al. 2024) read no token, and give the same places.
  /// - Parameter reads: for each module the tokens that it reads, row by row.
  /// - Returns: [b, t, vocabulary], and [b, t − k, vocabulary] for k = 1, 2, …
  public func furtherLogits(_ input: Input, reads: [[[Int]]], _ run: Run) throws -> (next: Tensor, further: [Tensor]) {
    let (hidden, trunk, next) = try thorough(input, run)
    guard let head else { return (next, []) }
    let (batch, count) = (next.shape[0], next.shape[1])
    var further: [Tensor] = [], x = hidden
    for depth in 0..<min(reads.count, parallelPredictions.isEmpty ? predictions.count : parallelPredictions.count) {
      let places = count - depth - 1
      guard places > 0 else { break }
      if let trunk, !parallelPredictions.isEmpty {
        run.begin(batch: batch, count: count, past: 0, padding: input.padding, positions: input.positions)
        x = run.within("prediction") {
          run.within("head\(depth + 2)") { run.within("layer") { parallelPredictions[depth].layer(trunk, run) } }
        }
        if let norm = body.parts.last?.part as? any Block, norm.role == .norm { x = norm(x, run) }
        further.append(try head(x.slice(0..<places, axis: 1), run).named("logits", run).checked())
      } else {
        run.begin(batch: batch, count: places, past: 0, padding: nil, positions: (0..<places).map { Int32($0 + depth + 1) })
        x = run.within("prediction") {
          run.within("depth\(depth + 1)") {
            predictions[depth](x.slice(0..<places, axis: 1), embedded: embedding(reads[depth], run), run)
          }
        }
        further.append(try head(x, run).named("logits", run).checked())
      }
    }
    return (next, further)
  }
}
