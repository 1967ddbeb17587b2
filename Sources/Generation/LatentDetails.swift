// What latent attention has to show of a step: how little is cached, and which keys the indexer chose.

import Blocks
import Tensors

/// The size of the latent cache beside what it stands for, and the indexer's scores with its choice.
struct LatentDetails: TraceProvider {
  let watches = ["*attention.indexer.scores", "*attention.indexer.chosen"]

  func details(_ reading: TraceReading) -> [TraceDetail] {
    let latents = reading.run.slots.filter { $0.name.hasSuffix("attention.latent") }
    guard !latents.isEmpty else { return [] }
    return cache(reading, latents) + choices(reading)
  }

  /// Bytes held, against those of the keys and values that every head would have.
  private func cache(_ reading: TraceReading, _ latents: [MemorySlot]) -> [TraceDetail] {
    var expanded = 0
    reading.architecture.body.walk { _, part in
      guard let attention = part as? LatentAttention else { return }
      expanded += 4 * attention.heads * (attention.sizes.plain + attention.sizes.rotary + attention.sizes.value)
    }
    let ends = ["attention.latent", "attention.rotaryKey", "attention.indexer.keys"]
    let held = reading.run.slots.filter { slot in ends.contains { slot.name.hasSuffix($0) } }.reduce(0) { $0 + $1.bytes }
    let positions = latents[0].count * latents[0].shape[0]
    return [
      TraceDetail(
        "latent cache", note: "as float32, all layers",
        .facts([
          .init("cached", .count(held), unit: "bytes"), .init("as keys and values of all heads", .count(expanded * positions), unit: "bytes"),
          .init("smaller by", .number(Float(expanded * positions) / Float(max(1, held))), unit: "times"),
        ]))
    ]
  }

  /// For each layer: the scores of all keys, those chosen marked. Keys after a query are no candidates and are left out of the marks.
  private func choices(_ reading: TraceReading) -> [TraceDetail] {
    reading.tensors("*attention.indexer.scores").compactMap { name, scores in
      guard let chosen = reading.run[name.replacing("scores", with: "chosen")], scores.shape.count == 3, scores.shape[0] == 1 else { return nil }
      let (t, s, k) = (scores.shape[1], scores.shape[2], chosen.shape[2])
      let (values, places) = (scores.values, chosen.values)
      return TraceDetail(
        name, note: "the indexer's scores of each position; marked: the \(k) that the token looks at; −∞: what comes later",
        .matrix(
          .init(
            rows: reading.read.suffix(t).map { .token($0) }, columns: (0..<s).map { "\($0)" },
            values: (0..<t).map { row in (0..<s).map { $0 <= s - t + row ? values[row * s + $0] : -.infinity } },
            marked: (0..<t).map { row in (0..<k).map { Int(places[row * k + $0]) }.filter { $0 <= reading.start + row }.sorted() })))
    }
  }
}
