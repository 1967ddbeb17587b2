// The forms of RWKV-4's average: token by token, or many tokens at once as an attention without queries, whose scores are what a token's key has left
// after its age. They give the same numbers up to rounding.

/// yₜ = Σ weights·v over the tokens up to t (see `WKV`), in the wanted form.
/// - Parameters:
///   - decay: logarithm of the decay a token, [c], negative; bonus: what the newest token's exponent gains, [c].
///   - state: [b, 3, c].   k and v [b, t, c]
/// - Returns: y [b, t, c] and the state after the last token; the average of the past is the same, its three numbers may be scaled otherwise.
public func wkv(
  _ k: Tensor, _ v: Tensor, decay: Tensor, bonus: Tensor, from state: Tensor, form: RecurrentForm = .recurrent
) -> (output: Tensor, state: Tensor) {
  let size: Int
  switch form {
  case .chunkwise(let chunk): size = max(1, chunk)
  case .parallel: size = k.rank > 1 ? max(1, k.shape[1]) : 1
  case .recurrent: size = 0
  }
  if size == 0 || k.isOutline || (try? WKV().shapes([state, k, v, decay, bonus].map(\.shape))) == nil || k.shape[1] == 0 {
    let both = WKV().apply(all: [state, k, v, decay, bonus])
    return (both[0], both[1])
  }
  var state = state, outputs: [Tensor] = []
  for start in stride(from: 0, to: k.shape[1], by: size) {
    let range = start..<min(start + size, k.shape[1])
    let (y, next) = averaged(k.slice(range, axis: 1), v.slice(range, axis: 1), decay, bonus, state)
    outputs.append(y)
    state = next
  }
  return (outputs.count == 1 ? outputs[0] : concatenate(outputs, axis: 1), state)
}

/// One chunk. Column 0 of the scores is the state: all that was before, with the exponent m + log(denominator) and the mean as its value.
private func averaged(_ k: Tensor, _ v: Tensor, _ decay: Tensor, _ bonus: Tensor, _ state: Tensor) -> (Tensor, Tensor) {
  let (b, t, c) = (k.shape[0], k.shape[1], k.shape[2])
  func row(_ i: Int) -> Tensor { state.slice(i..<(i + 1), axis: 1).reshaped([b, c, 1]) }
  let known = row(1)
  let past = row(2) + known.map(.log), mean = row(0) / Binary(.maximum).apply([known, Tensor(1e-30)])
  let keys = k.permuted(0, 2, 1), values = concatenate([mean, v.permuted(0, 2, 1)], axis: 2)              // [b, c, t], [b, c, 1 + t]
  let w = decay.reshaped([c, 1, 1]), u = bonus.reshaped([c, 1, 1])
  // Age of token s at token i, and closed cells.   [t, t]
  func grid(_ cell: (Int, Int) -> Float) -> Tensor { Tensor((0..<t).flatMap { i in (0..<t).map { cell(i, $0) } }, [t, t]) }
  let bias = w * grid { $1 < $0 ? Float($0 - 1 - $1) : 0 } + u * grid { $0 == $1 ? 1 : 0 } + grid { $1 > $0 ? -.infinity : 0 }
  let scores = concatenate(
    [past.reshaped([b, c, 1, 1]) + w * Tensor((0..<t).map(Float.init), [t, 1]), keys.reshaped([b, c, 1, t]) + bias], axis: 3)
  let y = contract("bcts,bcs->bct", softmax(scores), values).permuted(0, 2, 1)

  let ages = decay.reshaped([c, 1]) * Tensor((0..<t).map { Float(t - 1 - $0) }, [t])
  let left = concatenate([past + decay.reshaped([c, 1]) * Float(t), keys + ages], axis: 2)                // [b, c, 1 + t]
  let average = (softmax(left) * values).sum()                                                            // [b, c, 1]
  // log Σ e^x = x − log softmax(x), at the last token, whose exponent is its key.
  let end = (t..<(t + 1)), exponent = left.slice(end, axis: 2) - Softmax(logarithm: true).apply([left]).slice(end, axis: 2)
  let one = Tensor.filled([b, 1, c], with: 1)
  return (y, concatenate([average.reshaped([b, 1, c]), one, exponent.reshaped([b, 1, c])], axis: 1))
}
