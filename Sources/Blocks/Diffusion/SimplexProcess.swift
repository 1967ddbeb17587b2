// SSD-LM: a token is a vector over the vocabulary, +K at its own place and −K elsewhere, and noise is added to that (Han et al. 2022, 2210.17432).

import Tensors

/// Diffusion on logits.
public struct SimplexProcess: Sendable, Hashable {
  /// K.
  public let scale: Float
  public let schedule: NoiseSchedule

  public init(scale: Float = 5, _ schedule: NoiseSchedule) { (self.scale, self.schedule) = (scale, schedule) }

  /// How a distribution becomes a point of the simplex again.
  public enum Projection: Sendable, Hashable {
    /// +K at the most likely word.
    case greedy
    /// +K at every word of the nucleus of this probability.
    case nucleus(Float)
  }

  /// s₀ of tokens.   [tokens, vocabulary]
  public func point(_ ids: [Int], vocabulary: Int) -> Tensor {
    let result = Tensor.filled([ids.count, vocabulary], with: -scale)
    if result.fault != nil { return result }
    for (row, id) in ids.enumerated() { result.pointer[row * vocabulary + id] = scale }
    return result
  }

  /// s_t = √ᾱ_t·s₀ + √(1 − ᾱ_t)·K·z. The sampler takes the same step from a projection with fresh noise: s_{t+1} itself is not used.
  public func noised(_ point: Tensor, _ noise: Tensor, at t: Int) -> Tensor {
    let signal = schedule.signal[t]
    return point * Float(signal.squareRoot()) + noise * (scale * Float((1 - signal).squareRoot()))
  }

  /// What of the logits is kept as +K.   logits [tokens, vocabulary]
  public func projected(_ logits: Tensor, _ projection: Projection) -> Tensor {
    if logits.fault != nil { return logits }
    let width = logits.shape[1], weights = softmax(logits).values
    let result = Tensor.filled(logits.shape, with: -scale)
    if result.fault != nil { return result }
    for row in 0..<logits.shape[0] {
      let p = weights[(row * width)..<((row + 1) * width)]
      let order = p.indices.sorted { p[$0] != p[$1] ? p[$0] > p[$1] : $0 < $1 }
      var total: Float = 0
      for index in order {
        result.pointer[index] = scale
        total += p[index]
        if case .nucleus(let bound) = projection, total < bound { continue }
        break
      }
    }
    return result
  }

  /// What softmax(s₀) gives the true token: 1/(1 + (V − 1)·e^(−2K)).
  public func certainty(vocabulary: Int) -> Float { 1 / (1 + Float(vocabulary - 1) * exp(-2 * scale)) }
}

#if canImport(Glibc)
import Glibc
#endif
