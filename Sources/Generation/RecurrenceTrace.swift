// What a step did to recurrent states: how large they are, how much the step changed them, how fast they forget, and what is left of each
// token's write. For every mixer that names its `state`, whatever the family; how decays and writes are read off it stands in RecurrenceWrites.

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// Reads states, decays and writes of the recurrent mixers.
struct RecurrenceTrace: TraceProvider {
  var watches: [String] {
    ["state", "cell", "decay", "key", "value", "write", "Δ", "B", "activated"].map { "*.mixer.\($0)" }
  }

  func details(_ reading: TraceReading) -> [TraceDetail] {
    let states = reading.tensors("*.mixer.state")
    guard !states.isEmpty else { return [] }
    var mixers: [String: any Part] = [:]
    reading.architecture.walk { path, part in if part.role == .stateSpace { mixers[path] = part } }
    let writes = states.map { RecurrenceWrites(String($0.name.dropLast(".state".count)), reading, mixers) }
    let lives = writes.map(\.halfLives), forgets = lives.contains { $0 != nil }
    var rows: [TraceDetail.Label] = [], numbers: [[Float]] = []
    for (index, state) in states.enumerated() {
      // An LSTM hands on what it shows; what it keeps is its cell.
      let held = reading.run[writes[index].mixer + ".cell"] == nil ? state.name : writes[index].mixer + ".cell"
      let now = reading.run[held]?.values ?? [], past = reading.before[held]?.values
      let change = past.map { norm(zip(now, $0).map { $0 - $1 }) } ?? norm(now)
      rows.append(.text(writes[index].mixer))
      numbers.append([norm(now), change] + (forgets ? lives[index] ?? [.nan, .nan, .nan] : []))
    }
    let columns: [TraceDetail.Label] = ["size", "change"] + (forgets ? ["half-life: shortest", "middle", "longest"] : [])
    let note = "size and change are lengths of the state as a vector" + (forgets ? "; half-lives in tokens, over heads or channels, at the last token read" : "")
    return [TraceDetail("recurrent states", note: note, .matrix(.init(rows: rows, columns: columns, values: numbers)))] + left(reading, writes)
  }

  private func norm(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Of the tokens of this step: how much each wrote, as a share of the most, and what the decays of the later ones have left of it; means over layers.
  private func left(_ reading: TraceReading, _ writes: [RecurrenceWrites]) -> [TraceDetail] {
    let count = reading.read.count
    let known = writes.compactMap(\.sizes).filter { $0.written.count == count }
    guard count > 0, !known.isEmpty else { return [] }
    let written = (0..<count).map { t in known.reduce(Float(0)) { $0 + $1.written[t] } }
    let left = (0..<count).map { t in known.reduce(Float(0)) { $0 + $1.left[t] } }
    guard let most = written.max(), most > 0 else { return [] }
    let cells = reading.read.indices.map { t in
      TraceDetail.TokenCell(
        .token(reading.read[t]), .kept, number: left[t] / most, note: "wrote \(hundredths(written[t] / most)), \(hundredths(written[t] > 0 ? left[t] / written[t] : 0)) of it is left")
    }
    return [TraceDetail("what is left of what each token wrote", note: "size of the write, decayed to the end of the step, as a share of the largest write", .tokens(cells))]
  }

  private func hundredths(_ x: Float) -> String { "\((x * 100).rounded() / 100)" }
}
