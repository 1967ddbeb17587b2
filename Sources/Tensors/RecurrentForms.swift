// The forms of a linear recurrence: token by token, or many tokens at once by products of matrices. They give the same numbers
// up to rounding; `recurrent` is what models run by, the others are for looking and for tests.

/// How the tokens of a linear recurrence are computed.
public enum RecurrentForm: Sendable, Hashable {
  /// One token after the other.
  case recurrent
  /// Products of matrices within chunks of so many tokens, the state carried between them.
  case chunkwise(Int)
  /// The whole text as one chunk.
  case parallel
}

/// What is taken back of the state before the new value is written: write·(readᵀ·S).   both [b, t, h, d]
public struct Correction: Sendable {
  public let read: Tensor, write: Tensor
  public init(read: Tensor, write: Tensor) { (self.read, self.write) = (read, write) }
}

/// S ← diag(decay)·S + write·(readᵀ·S) + k·vᵀ, y = Sᵀ·q, in the wanted form (see `LinearRecurrence`).
/// - Parameters:
///   - decay: [b, t, h, 1 or d], in (0, 1]; nil: 1.
///   - state: [b, h, d, e].
/// - Returns: y [b, t, h, e] and the state after the last token.
public func recur(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, decay: Tensor? = nil, correction: Correction? = nil, from state: Tensor,
  form: RecurrentForm = .recurrent
) -> (output: Tensor, state: Tensor) {
  let extra = (decay.map { [$0] } ?? []) + (correction.map { [$0.read, $0.write] } ?? [])
  let shapesFit = (try? LinearRecurrence(decays: decay != nil, corrects: correction != nil).shapes([state, q, k, v].map(\.shape) + extra.map(\.shape))) != nil
  let size: Int
  switch form {
  case .chunkwise(let chunk): size = max(1, chunk)
  case .parallel: size = q.rank > 1 ? max(1, q.shape[1]) : 1
  case .recurrent: size = 0
  }
  if size == 0 || !shapesFit || q.shape[1] == 0 {
    let both = LinearRecurrence(decays: decay != nil, corrects: correction != nil).apply(all: [state, q, k, v] + extra)
    return (both[0], both[1])
  }
  var state = state
  var outputs: [Tensor] = []
  for start in stride(from: 0, to: q.shape[1], by: size) {
    let range = start..<min(start + size, q.shape[1])
    func part(_ x: Tensor) -> Tensor { x.slice(range, axis: 1).permuted(0, 2, 1, 3) }     // [b, h, c, ·]
    let chunk = Chunk(q: part(q), k: part(k), v: part(v), decay: decay.map(part), read: correction.map { part($0.read) }, write: correction.map { part($0.write) })
    let (y, next) = chunk.run(from: state)
    outputs.append(y.permuted(0, 2, 1, 3))
    state = next
  }
  return (outputs.count == 1 ? outputs[0] : concatenate(outputs, axis: 1), state)
}

/// Some tokens at once: with Γ(i, j) the decay from after token j to token i, u = read·S solves a unit triangular system (the WY form of
/// 2406.06484; with decays, 2412.06464), and all that is left is masked products as in attention.
private struct Chunk {
  let q: Tensor, k: Tensor, v: Tensor, decay: Tensor?, read: Tensor?, write: Tensor?

  func run(from state: Tensor) -> (Tensor, Tensor) {
    let count = q.shape[2]
    // Logarithm of the decay from the chunk's start to after token i, and to before it.   [b, h, c, 1 or d]
    let ends = decay.map { summed($0.map(.log)) }
    let starts = decay.map { w in concatenate([Tensor.filled(first(w.shape), with: 0), ends!.slice(0..<(count - 1), axis: 2)], axis: 2) }
    let inclusive = Tensor.lower(count, strict: false), strict = Tensor.lower(count, strict: true)

    let outside = contract("bhcd,bhde->bhce", aged(q, ends), state)
    let seen = contract("bhij,bhje->bhie", scores(q, k, ends, ends, inclusive), v)
    var y = seen + outside
    let after = left(ends)                                                       // decay from token j to the chunk's end
    var next = (decayed(state, ends)) + contract("bhcd,bhce->bhde", after.map { k * $0 } ?? k, v)
    if let read, let write {
      let known = contract("bhij,bhje->bhie", scores(read, k, starts, ends, strict), v) + contract("bhcd,bhde->bhce", aged(read, starts), state)
      let u = UnitSolve().apply([scores(read, write, starts, ends, strict), known])   // [b, h, c, e]
      y = y + contract("bhij,bhje->bhie", scores(q, write, ends, ends, inclusive), u)
      next = next + contract("bhcd,bhce->bhde", after.map { write * $0 } ?? write, u)
    }
    return (y, next)
  }

  private func first(_ shape: Shape) -> Shape {
    var shape = shape
    shape[2] = 1
    return shape
  }

  /// Running sums over the tokens.
  private func summed(_ x: Tensor) -> Tensor {
    contract("ij,bhjd->bhid", Tensor.lower(x.shape[2], strict: false), x)
  }

  private func aged(_ x: Tensor, _ age: Tensor?) -> Tensor { age.map { x * $0.map(.exp) } ?? x }

  /// Decay that is left at the chunk's end of what token j wrote.
  private func left(_ ends: Tensor?) -> Tensor? {
    ends.map { ends in (ends.slice((ends.shape[2] - 1)..<ends.shape[2], axis: 2) - ends).map(.exp) }
  }

  private func decayed(_ state: Tensor, _ ends: Tensor?) -> Tensor {
    guard let ends else { return state }
    let whole = ends.slice((ends.shape[2] - 1)..<ends.shape[2], axis: 2).map(.exp)     // [b, h, 1, 1 or d]
    return state * whole.transposed
  }

  /// x(i)·y(j), decayed from j to i, where the mask is open.   [b, h, c, c]
  private func scores(_ x: Tensor, _ y: Tensor, _ to: Tensor?, _ from: Tensor?, _ mask: Tensor) -> Tensor {
    guard let to, let from else { return contract("bhid,bhjd->bhij", x, y) * mask }
    // The difference is masked before it becomes an exponential: above the diagonal it would overflow.
    if to.shape[3] == 1 {
      let age = (to - from.transposed) * mask
      return contract("bhid,bhjd->bhij", x, y) * age.map(.exp) * mask
    }
    let (b, h, c, d) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let age = (to.reshaped([b, h, c, 1, d]) - from.reshaped([b, h, 1, c, d])) * mask.reshaped([c, c, 1])   // [b, h, i, j, d]
    let pairs = x.reshaped([b, h, c, 1, d]) * y.reshaped([b, h, 1, c, d]) * age.map(.exp)
    return pairs.sum().reshaped([b, h, c, c]) * mask
  }
}

extension Tensor {
  /// 1 on and below the diagonal (below it if strict), 0 above.
  static func lower(_ count: Int, strict: Bool) -> Tensor {
    let x = Tensor(unfilled: [count, count])
    for i in 0..<count { for j in 0..<count { x.pointer[i * count + j] = j < i || (j == i && !strict) ? 1 : 0 } }
    return x
  }
}
