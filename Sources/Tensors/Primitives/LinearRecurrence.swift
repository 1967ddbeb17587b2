import CKernels

/// A matrix that every token decays, corrects and writes to, and then reads:
/// S ← diag(decay)·S + write·(readᵀ·S) + k·vᵀ, y = Sᵀ·q.
///
/// Linear attention (2006.16236), retention (2307.08621), the delta rule (2406.06484), its gated form (2412.06464) and RWKV-7
/// (2503.14456) are this with other decays and corrections. The forms that compute many tokens at once stand in `recur`.
/// inputs: S [b, h, d, e], q and k [b, t, h, d], v [b, t, h, e], then decay [b, t, h, 1 or d] if `decays`, read and write
/// [b, t, h, d] if `corrects`; outputs: y [b, t, h, e] and the last S.
public struct LinearRecurrence: Primitive {
  public let decays: Bool, corrects: Bool
  public init(decays: Bool, corrects: Bool) { (self.decays, self.corrects) = (decays, corrects) }

  public var name: String { "linear recurrence" }
  public var formula: String {
    "S ← \(decays ? "w·" : "")S\(corrects ? " + c·(aᵀ·S)" : "") + k·vᵀ;  y = Sᵀ·q"
  }

  public func shapes(_ inputs: [Shape]) throws(ShapeError) -> [Shape] {
    let (s, q, k, v) = (inputs[0], inputs[1], inputs[2], inputs[3])
    guard q.count == 4, q == k, v.count == 4, Array(q.prefix(3)) == Array(v.prefix(3)) else {
      throw ShapeError("needs q and k [b, t, h, d] and v [b, t, h, e]")
    }
    guard s == [q[0], q[2], q[3], v[3]] else {
      throw ShapeError("the state must be [\(q[0])×\(q[2])×\(q[3])×\(v[3])]")
    }
    if decays, inputs[4].count != 4 || Array(inputs[4].prefix(3)) != Array(q.prefix(3)) || ![1, q[3]].contains(inputs[4][3]) {
      throw ShapeError("the decay must have one number for each head, or for each row of its state")
    }
    if corrects, !inputs.suffix(2).allSatisfy({ $0 == q }) { throw ShapeError("what is read and written back must be as the key") }
    return [v, s]
  }

  public func values(_ inputs: [Tensor], _ shapes: [Shape], stop: UnsafeMutablePointer<Int32>?) -> [Tensor] {
    let outputs = shapes.map { Tensor(unfilled: $0) }
    with(inputs) { r in
      r.out = outputs[0].pointer
      r.end = outputs[1].pointer
      _ = ork_recur(&r, stop)
    }
    return outputs
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    let results = inputs.map { Tensor(unfilled: $0.shape) }
    let given = gradients.map { $0?.materialised }
    with(inputs) { r in
      var d = ork_recurrence_gradient()
      d.out = given[0].map { UnsafePointer($0.pointer) }
      d.end = given[1].map { UnsafePointer($0.pointer) }
      (d.start, d.q, d.k, d.v) = (results[0].pointer, results[1].pointer, results[2].pointer, results[3].pointer)
      if decays { d.decay = results[4].pointer }
      if corrects { (d.read, d.write) = (results[inputs.count - 2].pointer, results[inputs.count - 1].pointer) }
      withExtendedLifetime(given) { ork_recur_back(&r, &d) }
    }
    return results
  }

  private func with(_ inputs: [Tensor], _ body: (inout ork_recurrence) -> Void) {
    let x = inputs.map(\.materialised), q = x[1].shape
    var r = ork_recurrence()
    (r.batch, r.tokens, r.heads, r.keys, r.values) = (Int64(q[0]), Int64(q[1]), Int64(q[2]), Int64(q[3]), Int64(x[3].shape[3]))
    (r.start, r.q, r.k, r.v) = (.init(x[0].pointer), .init(x[1].pointer), .init(x[2].pointer), .init(x[3].pointer))
    if decays { (r.decay, r.decay_width) = (.init(x[4].pointer), Int64(x[4].shape[3])) }
    if corrects { (r.read, r.write) = (.init(x[x.count - 2].pointer), .init(x[x.count - 1].pointer)) }
    withExtendedLifetime(x) { body(&r) }
  }

  /// Writing and reading take d·e products a head each, and so do the two halves of a correction; decaying is elementwise.
  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    let steps = inputs[1].elementCount * inputs[3][3]
    return Cost(
      multiplications: steps * (corrects ? 4 : 2),
      bytes: 4 * (inputs + outputs).reduce(0) { $0 + $1.elementCount })
  }
}

/// x of (I − A)·x = y, where A counts as strictly lower triangular whatever else it holds.   A [… , n, n]  y [… , n, m]
public struct UnitSolve: SinglePrimitive {
  public init() {}
  public var name: String { "unit triangular solve" }
  public var formula: String { "(I − A)·x = y, A below the diagonal" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let (a, y) = (inputs[0], inputs[1])
    guard a.count >= 2, a.count == y.count, a[a.count - 1] == a[a.count - 2], Array(a.dropLast()) == Array(y.dropLast()) else {
      throw ShapeError("needs A [… , n, n] and y [… , n, m]")
    }
    return y
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    UnitSolve.solved(inputs[0], inputs[1], transposed: false)
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let dy = UnitSolve.solved(inputs[0], g, transposed: true)
    let da = matmul(dy, outputs[0].untracked.transposed).materialised, n = da.shape[da.rank - 1]
    let below = Tensor(unfilled: da.shape)
    for i in 0..<da.count { below.pointer[i] = i % n < i / n % n ? da.pointer[i] : 0 }
    return [below, dy]
  }

  private static func solved(_ a: Tensor, _ y: Tensor, transposed: Bool) -> Tensor {
    let a = a.materialised, y = y.materialised, x = Tensor(unfilled: y.shape)
    let n = y.shape[y.rank - 2], m = y.shape[y.rank - 1]
    ork_solve_unit(a.pointer, y.pointer, x.pointer, Int64(n * m == 0 ? 0 : y.count / (n * m)), Int64(n), Int64(m), transposed ? 1 : 0)
    return x
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    let n = inputs[1][inputs[1].count - 2]
    return Cost(multiplications: inputs[1].elementCount * (n - 1) / 2, bytes: 4 * (inputs[0].elementCount + 2 * inputs[1].elementCount))
  }
}
