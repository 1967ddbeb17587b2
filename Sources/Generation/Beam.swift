// Beam search: the best few beginnings are carried along, and the best finished text wins.

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// Beam search with the bookkeeping of Hugging Face's `generate` (early stopping off, length penalty 1): a text's score is the sum of
/// its log-probabilities divided by its number of new tokens; the search ends when no running beam can beat the worst finished one.
public struct BeamSearch: Sendable {
  public let decoder: Autoregressive
  public let beams: Int
  public var lengthPenalty: Float = 1

  public init(_ decoder: Autoregressive, beams: Int) { (self.decoder, self.beams) = (decoder, beams) }

  private struct Beam {
    var new: [Int]
    /// Sum of log-probabilities while it runs; divided by the length once it is finished.
    var score: Float
    /// Row of memory that it goes on from.
    var row: Int
  }

  /// The new tokens of the best text, its stop token included.
  public func generate(_ prompt: [Int], limit: Int, run: Run, forced: Int? = nil) throws -> [Int] {
    try decoder.check(prompt)
    let architecture = decoder.architecture
    if run.prefix == nil { run.prefix = prompt.count }
    var running = [Beam(new: [], score: 0, row: 0)]
    var finished: [Beam] = []
    let keep = max(2, 1 + decoder.stops.count) * beams
    var length = 0
    while length < limit {
      if let context = architecture.bound, prompt.count + length > context { break }
      let inputs = running.map { beam in
        !decoder.usesMemory || beam.new.isEmpty ? prompt + beam.new : [beam.new.last!]
      }
      if decoder.usesMemory, length > 0 { run.reorder(running.map(\.row)) }
      let logits = try architecture(Architecture.Input(inputs), run, lastOnly: true)
      var scores = logSoftmax(logits.reshaped([running.count, -1])).values
      let vocabulary = scores.count / running.count
      if let must = length == limit - 1 ? decoder.last ?? (length == 0 ? forced : nil) : length == 0 ? forced : nil {
        for i in scores.indices { scores[i] = i % vocabulary == must ? 0 : -.infinity }
      }
      var candidates: [(score: Float, index: Int)] = []
      for i in scores.indices { candidates.append((scores[i] + running[i / vocabulary].score, i)) }
      candidates.sort { $0.score != $1.score ? $0.score > $1.score : $0.index < $1.index }
      length += 1
      let top = candidates.prefix(keep).map { candidate in
        let row = candidate.index / vocabulary
        return Beam(new: running[row].new + [candidate.index % vocabulary], score: candidate.score, row: row)
      }
      func isDone(_ beam: Beam) -> Bool { decoder.stops.contains(beam.new.last!) || length == limit }
      // Only the best `beams` may finish; the rest are there so that enough go on.
      for beam in top.prefix(beams) where isDone(beam) {
        var done = beam
        done.score /= powf(Float(length), lengthPenalty)
        finished.append(done)
      }
      finished = Array(finished.sorted { $0.score > $1.score }.prefix(beams))
      let open = top.filter { !isDone($0) }
      if open.isEmpty { break }
      running = Array(open.prefix(beams))
      let best = running[0].score / powf(Float(length), lengthPenalty)
      if finished.count == beams, best <= finished.last!.score { break }
    }
    return (finished.first ?? running[0]).new
  }
}
