// What one recurrent mixer keeps and writes, read off the tensors that it names. Five layouts: keys and values of heads (linear attention to
// RWKV-7), one weight a channel (RWKV-4), B and Δ·x of channels (Mamba) or of heads (Mamba-2), and a plain write of channels (LSTM, S4D).

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// Decays and writes of a mixer in one step of a trace, first sequence of the batch.
struct RecurrenceWrites {
  let mixer: String
  /// Tokens until half is left, by the decays of the last token read: shortest, middle and longest over heads or channels; nil: it does not
  /// forget by a decay. A decay of 1 never halves; it is shown as 10⁶.
  let halfLives: [Float]?
  /// Size of each token's write, and of what is left of it at the end of the step; nil: the mixer does not say.
  let sizes: (written: [Float], left: [Float])?

  /// - Parameters:
  ///   - run: the forward whose tensors are read, over so many tokens.
  ///   - mixers: the recurrent parts of the architecture, by path.
  init(_ mixer: String, _ run: Run, tokens count: Int, _ mixers: [String: any Part]) {
    self.mixer = mixer
    func tensor(_ name: String) -> Tensor? { run[mixer + "." + name] }
    let decay = tensor("decay")
    if let Δ = tensor("Δ"), let B = tensor("B"), let x = tensor("activated"), Δ.rank == 3, Δ.shape[1] == count {
      if let mamba = mixers[mixer] as? Mamba {
        let rates = mamba.decay.tensor.values.map { -expf($0) }                                  // A, [e, n]
        let last = Array(Δ.values.suffix(mamba.inner))
        halfLives = Self.spread(rates.indices.map { expf(last[$0 / mamba.states] * rates[$0]) })
        sizes = Self.selective(x.values, Δ.values, rates, B.values, mamba.inner, mamba.states)
        return
      }
      if let mamba = mixers[mixer] as? Mamba2, let decay {
        halfLives = Self.spread(Array(decay.values.suffix(mamba.heads)))
        let keys = Self.lengths(B.values, mamba.states, count)                                   // [t][groups or heads]
        let p = mamba.headWidth, steps = Δ.values, wide = x.values, row = x.shape[2]
        let writes = (0..<count).map { t in
          (0..<mamba.heads).map { h -> Float in
            let from = t * row + h * p, v = wide[from..<(from + p)].reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
            return v * steps[t * mamba.heads + h] * keys[t][h * keys[t].count / mamba.heads]
          }
        }
        sizes = Self.decayed(writes, Self.rows(decay, count))
        return
      }
    }
    halfLives = decay.map { Self.spread($0.rank >= 3 ? $0.slice(($0.shape[1] - 1)..<$0.shape[1], axis: 1).values : $0.values) }
    // Of a delta rule what is written is its key times its rate.
    if let k = tensor("scaledKey") ?? tensor("key"), let v = tensor("value"), k.shape == v.shape || k.rank == 4, k.rank == v.rank, k.shape[1] == count {
      if k.rank == 4, let read = tensor("correction.read"), let write = tensor("correction.write"), read.shape == k.shape, write.shape == k.shape {
        sizes = Self.corrected(k, v, decay, read.values, write.values)
      } else if k.rank == 4 {
        let lengths = zip((k * k).sum().values, (v * v).sum().values).map { ($0 * $1).squareRoot() }    // [t, h]
        let heads = k.shape[2]
        sizes = Self.decayed((0..<count).map { Array(lengths[($0 * heads)..<(($0 + 1) * heads)]) }, decay.flatMap { Self.rows($0, count) })
      } else {
        // RWKV-4: a value weighs eᵏ in its channel's average; sizes are relative to the channel's largest.
        let (keys, values, n) = (k.values, v.values, k.shape[2])
        let tops = (0..<n).map { c in (0..<count).map { keys[$0 * n + c] }.max() ?? 0 }
        let writes = (0..<count).map { t in (0..<n).map { expf(keys[t * n + $0] - tops[$0]) * abs(values[t * n + $0]) } }
        sizes = Self.decayed(writes, decay.flatMap { Self.rows($0, count) })
      }
    } else if let write = tensor("write"), write.rank == 3, write.shape[1] == count {
      let n = write.shape[2], values = write.values
      sizes = Self.decayed((0..<count).map { Array(values[($0 * n)..<(($0 + 1) * n)]) }, decay.flatMap { Self.rows($0, count, channels: n) })
    } else {
      sizes = nil
    }
  }

  /// Shortest, middle and longest half-life of these decays.
  private static func spread(_ decays: [Float]) -> [Float] {
    let lives = decays.map { $0 >= 1 ? 1e6 : $0 <= 0 ? 0 : min(1e6, logf(0.5) / logf($0)) }.sorted()
    return lives.isEmpty ? [0, 0, 0] : [lives[0], lives[lives.count / 2], lives[lives.count - 1]]
  }

  /// Decays as rows of units, one for each token: those of fixed decays are all the same, those of several states of a channel their mean.
  private static func rows(_ decay: Tensor, _ count: Int, channels: Int? = nil) -> [[Float]]? {
    let values = decay.values
    if decay.rank >= 3, decay.shape[1] == count, count > 0 {
      let n = values.count / max(1, decay.shape[0]) / count
      return (0..<count).map { Array(values[($0 * n)..<(($0 + 1) * n)]) }
    }
    guard decay.rank <= 2, let n = decay.shape.last, n > 0 else { return nil }
    let row = channels.map { c in (0..<c).map { i in values[(i * values.count / c)..<((i + 1) * values.count / c)].reduce(0, +) / Float(max(1, values.count / c)) } } ?? values
    return Array(repeating: row, count: count)
  }

  /// Lengths of writes [t][units] when they happen and after the decays of the tokens since.
  private static func decayed(_ writes: [[Float]], _ decays: [[Float]]?) -> (written: [Float], left: [Float]) {
    var kept = [Float](repeating: 1, count: writes.first?.count ?? 0), left = [Float](repeating: 0, count: writes.count)
    for t in writes.indices.reversed() {
      left[t] = zip(writes[t], kept).reduce(Float(0)) { $0 + ($1.0 * $1.1) * ($1.0 * $1.1) }.squareRoot()
      if let decays, decays[t].count == kept.count { for i in kept.indices { kept[i] *= decays[t][i] } }
    }
    return (writes.map { $0.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot() }, left)
  }

  /// Where a token also corrects what the state holds, S ← diag(α)·S + w·(rᵀ·S) + k·vᵀ: what token t wrote stays a product k·vᵀ, and every later
  /// token takes k to α·k + w·(r·k).   k, r, w [1, t, h, d], v [1, t, h, e], α [1, t, h] or [1, t, h, d]
  static func corrected(_ k: Tensor, _ v: Tensor, _ decay: Tensor?, _ reads: [Float], _ writes: [Float]) -> (written: [Float], left: [Float]) {
    let (count, heads, d) = (k.shape[1], k.shape[2], k.shape[3]), keys = k.values, decays = decay?.values
    let perHead = (decays?.count ?? 0) / max(1, count * heads)                                   // 0, 1 or d
    let values = (v * v).sum().values
    var written = [Float](repeating: 0, count: count), left = written
    for t in 0..<count {
      for h in 0..<heads {
        var key = Array(keys[((t * heads + h) * d)..<((t * heads + h + 1) * d)])
        written[t] += key.reduce(0) { $0 + $1 * $1 } * values[t * heads + h]
        for s in (t + 1)..<max(t + 1, count) {
          let from = (s * heads + h) * d
          let met = (0..<d).reduce(Float(0)) { $0 + reads[from + $1] * key[$1] }
          for i in 0..<d {
            let α = decays.map { perHead == 0 ? 1 : $0[(s * heads + h) * perHead + (perHead == 1 ? 0 : i)] } ?? 1
            key[i] = α * key[i] + writes[from + i] * met
          }
        }
        left[t] += key.reduce(0) { $0 + $1 * $1 } * values[t * heads + h]
      }
    }
    return (written.map { $0.squareRoot() }, left.map { $0.squareRoot() })
  }

  /// Mamba: token t writes Δ·x·B into e × n numbers, and each fades by its own e^(Δ·A).
  private static func selective(
    _ x: [Float], _ step: [Float], _ rates: [Float], _ B: [Float], _ channels: Int, _ states: Int
  ) -> (written: [Float], left: [Float]) {
    let count = step.count / max(1, channels)
    var since = [Float](repeating: 0, count: channels), written = [Float](repeating: 0, count: count), left = written
    for t in (0..<count).reversed() {
      var (all, rest): (Float, Float) = (0, 0)
      for e in 0..<channels {
        let u = step[t * channels + e] * x[t * channels + e]
        for n in 0..<states {
          let w = u * B[t * states + n], kept = w * expf(since[e] * rates[e * states + n])
          all += w * w
          rest += kept * kept
        }
        since[e] += step[t * channels + e]
      }
      (written[t], left[t]) = (all.squareRoot(), rest.squareRoot())
    }
    return (written, left)
  }

  /// Lengths of the vectors of `width` in each of the rows.
  private static func lengths(_ values: [Float], _ width: Int, _ count: Int) -> [[Float]] {
    let each = values.count / max(1, count * width)
    return (0..<count).map { t in
      (0..<each).map { i in
        let from = (t * each + i) * width
        return values[from..<(from + width)].reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      }
    }
  }
}
