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
    ["state", "cell", "decay", "key", "scaledKey", "value", "write", "correction.read", "correction.write", "Δ", "B", "activated"].map { "*.mixer.\($0)" }
  }
  /// What the tokens of earlier steps wrote fades on: their writes are read off a forward over the whole text.
  var watchesWhole: [String] { watches }

  func details(_ reading: TraceReading) -> [TraceDetail] {
    let states = reading.tensors("*.mixer.state")
    guard !states.isEmpty else { return [] }
    var mixers: [String: any Part] = [:]
    reading.architecture.walk { path, part in if part.role == .stateSpace { mixers[path] = part } }
    let writes = states.map { RecurrenceWrites(String($0.name.dropLast(".state".count)), reading.run, tokens: reading.read.count, mixers) }
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
    return [TraceDetail("recurrent states", note: note, .matrix(.init(rows: rows, columns: columns, values: numbers, shading: .columns)))]
      + left(reading, writes, mixers)
  }

  private func norm(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Of every token of the text: how much it wrote, as a share of the most, and what the decays and corrections of the later ones have left of it; means over
  /// layers. Without a forward over the whole text, of the tokens of this step.
  private func left(_ reading: TraceReading, _ writes: [RecurrenceWrites], _ mixers: [String: any Part]) -> [TraceDetail] {
    let text = reading.whole?.text ?? reading.read
    let known = writes.compactMap { own in (reading.whole.map { RecurrenceWrites(own.mixer, $0.run, tokens: text.count, mixers) } ?? own).sizes }
      .filter { $0.written.count == text.count }
    guard !text.isEmpty, !known.isEmpty else { return [] }
    let written = text.indices.map { t in known.reduce(Float(0)) { $0 + $1.written[t] } }
    let left = text.indices.map { t in known.reduce(Float(0)) { $0 + $1.left[t] } }
    guard let most = written.max(), most > 0 else { return [] }
    let rows = text.indices.map { [written[$0] / most, left[$0] / most, written[$0] > 0 ? left[$0] / written[$0] : 0] }
    return [
      TraceDetail(
        "what is left of what each token wrote",
        note: "sizes as shares of the largest write, means over layers; later tokens let it decay, or correct it",
        .matrix(.init(rows: text.map { .token($0) }, columns: ["wrote", "is left", "share left"], values: rows, shading: .columns)))
    ]
  }
}
