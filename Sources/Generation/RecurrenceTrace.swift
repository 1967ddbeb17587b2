// What a step did to recurrent states: how large they are, how much the step changed them, how fast they forget, and what is left of each
// token's write. For every mixer that names its `state`, whatever the family.

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// Reads states, decays, keys and values of the recurrent mixers.
struct RecurrenceTrace: TraceProvider {
  var watches: [String] { ["*.mixer.state", "*.mixer.decay", "*.mixer.key", "*.mixer.value"] }

  func details(_ reading: TraceReading) -> [TraceDetail] {
    let states = reading.tensors("*.mixer.state")
    guard !states.isEmpty else { return [] }
    var rows: [TraceDetail.Label] = [], numbers: [[Float]] = []
    let forgets = states.allSatisfy { reading.run[name($0.name, "decay")] != nil }
    for (state, tensor) in states {
      let now = tensor.values, past = reading.before[state]?.values
      var row = [norm(now), past.map { norm(zip(now, $0).map { $0 - $1 }) } ?? norm(now)]
      if forgets, let decay = reading.run[name(state, "decay")] { row += halfLives(decay) }
      rows.append(.text(String(state.dropLast(".state".count))))
      numbers.append(row)
    }
    let columns: [TraceDetail.Label] = ["size", "change"] + (forgets ? ["half-life: shortest", "middle", "longest"] : [])
    let note = "size and change are lengths of the state as a vector" + (forgets ? "; half-lives in tokens, over heads or channels, at the last token read" : "")
    return [TraceDetail("recurrent states", note: note, .matrix(.init(rows: rows, columns: columns, values: numbers)))] + writes(reading, states.map(\.name))
  }

  private func name(_ state: String, _ other: String) -> String { state.dropLast("state".count) + other }

  private func norm(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Tokens until half is left, by the decays of the last token: shortest, middle and longest. A decay of 1 never halves; it is shown as 10⁶.
  private func halfLives(_ decay: Tensor) -> [Float] {
    let last = decay.rank >= 3 ? decay.slice((decay.shape[1] - 1)..<decay.shape[1], axis: 1).values : decay.values
    let lives = last.map { $0 >= 1 ? 1e6 : $0 <= 0 ? 0 : min(1e6, logf(0.5) / logf($0)) }.sorted()
    return lives.isEmpty ? [0, 0, 0] : [lives[0], lives[lives.count / 2], lives[lives.count - 1]]
  }

  /// Of the tokens of this step: how much each wrote (|k|·|v|, as a share of the most), and what the decays of the later ones have left of it;
  /// means over layers and heads.
  private func writes(_ reading: TraceReading, _ states: [String]) -> [TraceDetail] {
    let count = reading.read.count
    guard count > 0 else { return [] }
    var written = [Float](repeating: 0, count: count), left = [Float](repeating: 0, count: count), layers = 0
    for state in states {
      guard let k = reading.run[name(state, "key")], let v = reading.run[name(state, "value")], k.rank == 4, v.rank == 4, k.shape[1] == count else { continue }
      layers += 1
      let heads = k.shape[2], lengths = zip((k * k).sum().values, (v * v).sum().values).map { ($0 * $1).squareRoot() }   // [t, h] of the first sequence
      let decay = reading.run[name(state, "decay")].map { $0.rank == 4 ? ($0.map(.log).sum() * (1 / Float($0.shape[3]))).values : $0.map(.log).values }
      for h in 0..<heads {
        var after: Float = 0
        for t in (0..<count).reversed() {
          written[t] += lengths[t * heads + h]
          left[t] += lengths[t * heads + h] * expf(after)
          if let decay, decay.count >= count * heads { after += decay[t * heads + h] }
        }
      }
    }
    guard layers > 0, let most = written.max(), most > 0 else { return [] }
    let cells = reading.read.indices.map { t in
      TraceDetail.TokenCell(
        .token(reading.read[t]), .kept, number: left[t] / most, note: "wrote \(hundredths(written[t] / most)), \(hundredths(written[t] > 0 ? left[t] / written[t] : 0)) of it is left")
    }
    return [TraceDetail("what is left of what each token wrote", note: "|k|·|v| decayed to the end of the step, as a share of the largest write", .tokens(cells))]
  }

  private func hundredths(_ x: Float) -> String { "\((x * 100).rounded() / 100)" }
}
