// The last few tokens of a stream, for convolutions that look back a little: a ring of fixed length whose entries are read in the order of
// the text.

import Tensors

extension Run {
  /// The tokens of this call behind the last `reach` tokens of the calls before; zeros stand where there were none.
  /// - Parameter x: [b, t, width]
  /// - Returns: [b, reach + t, width]; the next call finds the newest `reach` of them in the memory `name`.
  public func window(_ name: String, _ x: Tensor, reach: Int) -> Tensor {
    guard x.rank == 3, x.fault == nil, reach > 0 else { return x }
    let old = before(name, x, reach: reach)
    let missing = reach - (old?.shape[1] ?? 0)
    let zeros = missing > 0 ? [given(zeros([x.shape[0], missing, x.shape[2]], like: x), .memory(self.name(of: name)))] : []
    return concatenate(zeros + (old.map { [$0.untracked] } ?? []) + [x], axis: 1)
  }
}
