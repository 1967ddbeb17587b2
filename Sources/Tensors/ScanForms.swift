// The forms of a selective scan: token by token, or as prefixes of an associative operator, which a machine with many
// lanes computes in about 2·log₂ t steps. They give the same numbers up to rounding.

/// h ← e^(Δ·A) ⊙ h + Δ·x·B, y = h·C in the wanted form (see `SelectiveScan` for the shapes).
/// - Returns: y [b, t, e] and the state after the last token, [b, e, n].
public func scan(
  _ x: Tensor, step: Tensor, a: Tensor, b: Tensor, c: Tensor, from state: Tensor, form: RecurrentForm = .recurrent
) -> (output: Tensor, state: Tensor) {
  let inputs = [x, step, a, b, c, state]
  let size: Int
  switch form {
  case .chunkwise(let chunk): size = max(1, chunk)
  case .parallel: size = x.rank > 1 ? max(1, x.shape[1]) : 1
  case .recurrent: size = 0
  }
  if size == 0 || (try? SelectiveScan().shapes(inputs.map(\.shape))) == nil || x.shape[1] == 0 {
    let both = SelectiveScan().apply(all: inputs)
    return (both[0], both[1])
  }
  let (batch, channels, states) = (x.shape[0], x.shape[2], a.shape[1])
  var state = state, outputs: [Tensor] = []
  for start in stride(from: 0, to: x.shape[1], by: size) {
    let range = start..<min(start + size, x.shape[1]), count = range.count
    func part(_ x: Tensor) -> Tensor { x.slice(range, axis: 1) }
    let decay = (part(step).reshaped([batch, count, channels, 1]) * a).map(.exp)                          // [b, c, e, n]
    let write = (part(step) * part(x)).reshaped([batch, count, channels, 1]) * part(b).reshaped([batch, count, 1, states])
    let prefix = prefixes(decay, write)
    let h = prefix.decay * state.reshaped([batch, 1, channels, states]) + prefix.write
    outputs.append((h * part(c).reshaped([batch, count, 1, states])).sum().reshaped([batch, count, channels]))
    state = h.slice((count - 1)..<count, axis: 1).reshaped([batch, channels, states])
  }
  return (outputs.count == 1 ? outputs[0] : concatenate(outputs, axis: 1), state)
}

/// Inclusive prefixes of (a₁, b₁)∘(a₂, b₂) = (a₁a₂, a₂b₁ + b₂) along axis 1: what h ← a·h + b makes of a zero state, and what is left of another.
///
/// Neighbours are combined in pairs, the prefixes of the pairs are found in the same way, and the elements between them follow: about 2·t
/// combinations (Blelloch 1990). Dividing by the running product of the decays would be shorter and wrong: it underflows.
public func prefixes(_ decay: Tensor, _ write: Tensor) -> (decay: Tensor, write: Tensor) {
  let count = decay.rank > 1 ? decay.shape[1] : 0
  guard count > 1 else { return (decay, write) }
  func combine(_ first: (Tensor, Tensor), _ then: (Tensor, Tensor)) -> (Tensor, Tensor) { (first.0 * then.0, then.0 * first.1 + then.1) }
  func every(_ start: Int, _ end: Int) -> (Tensor, Tensor) { (decay.slice(start..<end, axis: 1, step: 2), write.slice(start..<end, axis: 1, step: 2)) }
  let even = count - count % 2
  let pairs = combine(every(0, even), every(1, even))
  let known = prefixes(pairs.0, pairs.1)                                // of elements 1, 3, 5, …
  // Elements 2, 4, …: the prefix before them, then themselves. Element 0 is its own prefix.
  let between = (count - 1) / 2
  let before = (known.decay.slice(0..<between, axis: 1), known.write.slice(0..<between, axis: 1))
  let rest = between > 0 ? combine(before, every(2, count)) : before
  func woven(_ odd: Tensor, _ even: Tensor, _ first: Tensor) -> Tensor {
    let heads = between > 0 ? concatenate([first.slice(0..<1, axis: 1), even], axis: 1) : first.slice(0..<1, axis: 1)
    let pairs = odd.shape[1], inner = Array(odd.shape.dropFirst(2))
    func lifted(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0], pairs, 1] + inner) }
    let both = concatenate([lifted(heads.slice(0..<pairs, axis: 1)), lifted(odd)], axis: 2).reshaped([odd.shape[0], 2 * pairs] + inner)
    return count % 2 == 0 ? both : concatenate([both, heads.slice(pairs..<(pairs + 1), axis: 1)], axis: 1)
  }
  return (woven(known.decay, rest.0, decay), woven(known.write, rest.1, write))
}
