// What an encoder–decoder has to show of a step: where in the source the last token of the decoder looks.

import Blocks
import Tensors

/// The last query's cross-attention in each layer, averaged over heads.
struct CrossDetails: TraceProvider {
  let watches = ["*crossAttention.pattern"]

  func details(_ reading: TraceReading) -> [TraceDetail] {
    // [1, heads, t, s]
    let patterns = reading.tensors("*crossAttention.pattern").filter { $0.tensor.rank == 4 && $0.tensor.shape[3] == reading.source.count }
    guard !patterns.isEmpty, !reading.source.isEmpty else { return [] }
    return [
      TraceDetail(
        "where the last token looks in the source", note: "cross-attention, mean of the heads",
        .matrix(.init(
          rows: patterns.map { .text(String($0.name.dropLast(".crossAttention.pattern".count))) }, columns: reading.source.map { .token($0) },
          values: patterns.map { Autoregressive.lastRow($0.tensor) })))
    ]
  }
}
