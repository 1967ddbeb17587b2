// Gaussian diffusion on vectors: the forward process, its posterior, and the ways in which a network's answer is read.

import Tensors

/// q(x_t | x₀) = N(√ᾱ_t·x₀, (1 − ᾱ_t)·I) (Ho et al. 2020, equation 4). Pure functions: noise comes from the caller.
public struct GaussianProcess: Sendable, Hashable {
  public let schedule: NoiseSchedule
  public init(_ schedule: NoiseSchedule) { self.schedule = schedule }

  /// What a network was trained to give.
  public enum Target: String, Sendable, Hashable, CaseIterable, Codable {
    /// The noise ε (DDPM).
    case noise
    /// The clean vector x₀: text models, since rounding needs an answer close to an embedding.
    case clean
    /// √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans & Ho 2022).
    case velocity
  }

  /// x_t = √ᾱ_t·x₀ + √(1 − ᾱ_t)·ε, of any shape.
  public func noised(_ clean: Tensor, _ noise: Tensor, at t: Int) -> Tensor {
    let (a, b) = amplitudes(t)
    return clean * a + noise * b
  }

  /// The clean vector that a network's answer at x_t means.
  public func clean(_ answer: Tensor, _ noisy: Tensor, at t: Int, target: Target) -> Tensor {
    let (a, b) = amplitudes(t)
    return switch target {
    case .clean: answer
    case .noise: (noisy - answer * b) / a
    case .velocity: noisy * a - answer * b
    }
  }

  /// What a network should have said: the inverse of `clean(_:_:at:target:)`.
  public func answer(_ clean: Tensor, _ noise: Tensor, at t: Int, target: Target) -> Tensor {
    let (a, b) = amplitudes(t)
    return switch target {
    case .clean: clean
    case .noise: noise
    case .velocity: noise * a - clean * b
    }
  }

  /// The noise that leads from a clean vector to x_t.
  public func noise(_ clean: Tensor, _ noisy: Tensor, at t: Int) -> Tensor {
    let (a, b) = amplitudes(t)
    return (noisy - clean * a) / b
  }

  /// The jump from t to an earlier s: mean = noisy·x_t + clean·x̂₀, and its variance.
  public struct Jump: Sendable, Equatable {
    public let noisy: Double, clean: Double, variance: Double
  }

  /// q(x_s | x_t, x₀) for s < t; for s = t − 1 it is DDPM's posterior (equations 6 and 7).
  public func posterior(from t: Int, to s: Int) -> Jump {
    let (at, aS) = (schedule.signal[t], schedule.signal[s])
    let ratio = at / aS, left = 1 - at
    return Jump(
      noisy: ratio.squareRoot() * (1 - aS) / left, clean: aS.squareRoot() * (1 - ratio) / left,
      variance: (1 - ratio) * (1 - aS) / left)
  }

  /// DDIM's jump (Song et al. 2021, equation 12): `eta` 0 adds no noise, 1 is the posterior.
  public func implicit(from t: Int, to s: Int, eta: Double) -> Jump {
    let (at, aS) = (schedule.signal[t], schedule.signal[s])
    let variance = eta * eta * posterior(from: t, to: s).variance
    let slope = (max(0, 1 - aS - variance) / (1 - at)).squareRoot()
    return Jump(noisy: slope, clean: aS.squareRoot() - slope * at.squareRoot(), variance: variance)
  }

  /// Signal-to-noise ratio ᾱ/(1 − ᾱ).
  public func ratio(_ t: Int) -> Double { schedule.signal[t] / (1 - schedule.signal[t]) }

  /// Weight of the squared error of x̂₀ in the true bound: ½·(SNR_{t−1} − SNR_t) (Kingma et al. 2021). L_simple leaves it out.
  public func boundWeight(_ t: Int) -> Double { 0.5 * (ratio(t - 1) - ratio(t)) }

  private func amplitudes(_ t: Int) -> (signal: Float, noise: Float) {
    (Float(schedule.signal[t].squareRoot()), Float((1 - schedule.signal[t]).squareRoot()))
  }
}

extension GaussianProcess.Jump {
  /// x_s for a prediction of the clean vector; `fresh` is standard noise.
  public func callAsFunction(_ noisy: Tensor, clean: Tensor, fresh: Tensor?) -> Tensor {
    let mean = noisy * Float(self.noisy) + clean * Float(self.clean)
    guard let fresh, variance > 0 else { return mean }
    return mean + fresh * Float(variance.squareRoot())
  }
}
