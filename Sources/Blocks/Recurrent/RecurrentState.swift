// What the recurrent mixers have in common: a state that starts at zero and outlives the call, and the token before each token.

import Tensors

extension Run {
  /// The state that the running block left behind, or zeros at the start of a text.
  func state(_ name: String, _ shape: Shape, like x: Tensor) -> Tensor {
    recall(name) ?? given(zeros(shape, like: x), .memory(self.name(of: name)))
  }

  func zeros(_ shape: Shape, like x: Tensor) -> Tensor {
    (x.isOutline ? Tensor(outline: shape) : Tensor.filled(shape, with: 0)).tracked(by: trace)
  }

  /// Row t holds token t − 1: the token shift of RWKV. Before the first token stand zeros.   x [b, t, width]
  func shifted(_ x: Tensor) -> Tensor {
    guard x.rank == 3, x.shape[1] > 0 else { return x }
    let count = x.shape[1]
    let before = state("shift", [x.shape[0], 1, x.shape[2]], like: x)
    remember("shift", x.slice((count - 1)..<count, axis: 1).materialised)
    return (count == 1 ? before : concatenate([before, x.slice(0..<(count - 1), axis: 1)], axis: 1)).named("shifted", self)
  }

  /// Runs a linear recurrence over the tokens in the run's form, from the state of the call before.
  /// - Parameters: as of `Tensors.recur`: q and k [b, t, h, d], v [b, t, h, e], decay [b, t, h, 1 or d].
  /// - Returns: what is read, [b, t, h, e].
  func recur(_ q: Tensor, _ k: Tensor, _ v: Tensor, decay: Tensor? = nil, correction: Correction? = nil) -> Tensor {
    guard let fault = (q.fault ?? k.fault ?? v.fault) else {
      let start = state("state", q.rank == 4 && v.rank == 4 ? [q.shape[0], q.shape[2], q.shape[3], v.shape[3]] : [], like: v)
      // Who watches can say what later tokens erased of what earlier ones wrote.
      let correction = correction.map { Correction(read: $0.read.named("correction.read", self), write: $0.write.named("correction.write", self)) }
      let (y, end) = Tensors.recur(q, k, v, decay: decay, correction: correction, from: start, form: form)
      leave("state", end)
      return y.named("read", self)
    }
    return Tensor(fault: fault, shape: v.shape, trace: v.trace)
  }
}

/// How far each channel's input lies between a token and the one before it, learned: μ·x + (1 − μ)·x₋₁.
struct ShiftMix {
  let parameter: Parameter

  /// Starts near the token itself for late channels and near the one before for early ones, the more so the lower the layer: RWKV's
  /// (c/width)^power.
  init(_ width: Int, power: Float = 1, plus: Float = 0) {
    parameter = Parameter(width, initial: .each { powf(Float($0) / Float(width), power) + plus })
  }

  func callAsFunction(_ x: Tensor, _ before: Tensor) -> Tensor { before + (x - before) * parameter.tensor }
}

#if canImport(Glibc)
import Glibc
#endif
