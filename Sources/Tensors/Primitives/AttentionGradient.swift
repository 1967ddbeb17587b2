// The way back through attention. The pattern is computed again, for it was never kept (Dao et al. 2022).

import CKernels

extension FusedAttention {
  /// By a kernel that keeps a few rows of the pattern at a time.
  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let given = gradients[0] else { return inputs.map { _ in nil } }
    let g = given.materialised, shape = g.shape, (b, t, heads, s) = (shape[0], shape[1], shape[2] * shape[3], inputs[1].shape[1])
    let back = inputs.prefix(3).map { Tensor(unfilled: $0.shape) }
    let bias = bias(of: inputs), dBias = bias != nil && needs[3] ? Tensor(unfilled: [b, heads, t, s]) : nil
    let dSinks = hasSinks && needs[inputs.count - 1] ? Tensor(unfilled: [b, heads]) : nil
    withKernel(inputs, shape) { a in
      var d = ork_attention_gradient()
      (d.out, d.q, d.k, d.v) = (UnsafePointer(g.pointer), back[0].pointer, back[1].pointer, back[2].pointer)
      if let dBias { d.bias = dBias.pointer }
      if let dSinks { d.sinks = dSinks.pointer }
      _ = withExtendedLifetime(g) { ork_attention_back(&a, &d, nil) }
    }
    var all: [Tensor?] = back
    if let bias { all.append(dBias?.summed(to: Shape(repeating: 1, count: 4 - bias.rank) + bias.shape).reshaped(bias.shape)) }
    if hasSinks { all.append(dSinks?.summed(to: [1, heads]).reshaped([heads])) }
    return all
  }

  /// The same by primitives: what the kernel is held against.
  func spelledOutPullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let given = gradients[0] else { return inputs.map { _ in nil } }
    let (q, k, v, g) = (inputs[0], inputs[1], inputs[2], given.materialised)
    let (b, t, groups, shared, s) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3], k.shape[1])
    let heads = [b, groups, shared, t, s]
    var scores = contract("btgrd,bsgd->bgrts", q, k) * scale
    let bias = bias(of: inputs)
    if let bias { scores = scores + bias.expanded([b, groups * shared, t, s]).reshaped(heads) }
    if !first.isEmpty { scores = scores + openKeys(t, s) }
    let pattern: Tensor, sinkShare: Tensor?                                        // [b, g, r, t, s], [b, g, r, t, 1]
    if hasSinks {
      let sinks = inputs[inputs.count - 1].reshaped([1, groups, shared, 1, 1]).expanded([b, groups, shared, t, 1])
      let all = softmax(concatenate([scores, sinks], axis: 4))
      (pattern, sinkShare) = (all.slice(0..<s, axis: 4), all.slice(s..<(s + 1), axis: 4))
    } else {
      (pattern, sinkShare) = (softmax(scores), nil)
    }
    let dPattern = contract("btgre,bsge->bgrts", g, v)
    let along = (dPattern * pattern).sum()                                         // [b, g, r, t, 1]
    let dScores = pattern * (dPattern - along)
    var back = [Tensor?](repeating: nil, count: inputs.count)
    if needs[0] { back[0] = contract("bgrts,bsgd->btgrd", dScores, k) * scale }
    // The heads that share keys and values add up.
    if needs[1] { back[1] = contract("bgnd,bgns->bsgd", flat(q.permuted(0, 2, 3, 1, 4)), flat(dScores)) * scale }
    if needs[2] { back[2] = contract("bgne,bgns->bsge", flat(g.permuted(0, 2, 3, 1, 4)), flat(pattern)) }
    if let bias, needs[3] { back[3] = dScores.reshaped([b, groups * shared, t, s]).summed(to: Shape(repeating: 1, count: 4 - bias.rank) + bias.shape).reshaped(bias.shape) }
    if let sinkShare, needs[inputs.count - 1] {
      back[inputs.count - 1] = -(sinkShare * along).summed(to: [1, groups, shared, 1, 1]).reshaped([groups * shared])
    }
    return back
  }

  /// [b, g, r, t, n] → [b, g, r·t, n]
  private func flat(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0], x.shape[1], x.shape[2] * x.shape[3], x.shape[4]]) }

  /// 0 where a query may look, −∞ elsewhere.   [t, s]
  private func openKeys(_ t: Int, _ s: Int) -> Tensor {
    let mask = Tensor.filled([t, s], with: -.infinity)
    for i in 0..<t where first[i] < last[i] { mask.pointer.advanced(by: i * s + first[i]).update(repeating: 0, count: last[i] - first[i]) }
    return mask
  }
}
