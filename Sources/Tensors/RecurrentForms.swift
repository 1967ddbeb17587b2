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
    // Γ of the chunk with its start in front: row i + 1 is token i, column 0 what stood there before.   [b, h, c + 1, c + 1, 1 or d]
    let products = decay.map { DecayProducts().apply([concatenate([Tensor.filled(first($0.shape), with: 1), $0], axis: 2)]) }
    func pairs(_ rows: Range<Int>, _ columns: Range<Int>) -> Tensor? { products.map { $0.slice(rows, axis: 2).slice(columns, axis: 3) } }
    // Left of the state that came in, after token i and before it.   [b, h, c, 1 or d]
    func age(_ rows: Range<Int>) -> Tensor? { pairs(rows, 0..<1).map { $0.reshaped([$0.shape[0], $0.shape[1], count, $0.shape[4]]) } }
    let (ends, starts) = (age(1..<(count + 1)), age(0..<count))
    // Left of what token j wrote, after token i (j ≤ i) and before it (j < i).   [b, h, i, j, 1 or d]
    let (inclusive, strict) = (pairs(1..<(count + 1), 1..<(count + 1)), pairs(0..<count, 1..<(count + 1)))
    let outside = contract("bhcd,bhde->bhce", aged(q, ends), state)
    let seen = contract("bhij,bhje->bhie", scores(q, k, inclusive, strictly: false), v)
    var y = seen + outside
    // Left of it at the chunk's end, and of the state that came in.
    let after = pairs(count..<(count + 1), 1..<(count + 1)).map { $0.reshaped([$0.shape[0], $0.shape[1], count, $0.shape[4]]) }
    let whole = pairs(count..<(count + 1), 0..<1).map { $0.reshaped([$0.shape[0], $0.shape[1], 1, $0.shape[4]]) }
    var next = (whole.map { state * $0.transposed } ?? state) + contract("bhcd,bhce->bhde", aged(k, after), v)
    if let read, let write {
      let known = contract("bhij,bhje->bhie", scores(read, k, strict, strictly: true), v) + contract("bhcd,bhde->bhce", aged(read, starts), state)
      let u = UnitSolve().apply([scores(read, write, strict, strictly: true), known])   // [b, h, c, e]
      y = y + contract("bhij,bhje->bhie", scores(q, write, inclusive, strictly: false), u)
      next = next + contract("bhcd,bhce->bhde", aged(write, after), u)
    }
    return (y, next)
  }

  private func first(_ shape: Shape) -> Shape {
    var shape = shape
    shape[2] = 1
    return shape
  }

  private func aged(_ x: Tensor, _ age: Tensor?) -> Tensor { age.map { x * $0 } ?? x }

  /// x(i)·y(j), decayed from j to i; 0 above the diagonal (on it, too, if strictly).   [b, h, c, c]
  private func scores(_ x: Tensor, _ y: Tensor, _ left: Tensor?, strictly: Bool) -> Tensor {
    guard let left else { return contract("bhid,bhjd->bhij", x, y) * Tensor.lower(x.shape[2], strict: strictly) }
    let (b, h, c, d) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    if left.shape[4] == 1 { return contract("bhid,bhjd->bhij", x, y) * left.reshaped([b, h, c, c]) }
    return (x.reshaped([b, h, c, 1, d]) * y.reshaped([b, h, 1, c, d]) * left).sum().reshaped([b, h, c, c])
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
