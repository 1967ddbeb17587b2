// From gradients to new numbers. The settings are values that a plan writes; the state (moments, the number of steps) is what a checkpoint keeps.
// The update itself is one pass of a kernel over all parameters, with the same bits for any number of threads.

import Blocks
import CKernels
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// How gradients become steps.
public enum OptimiserMethod: Sendable, Equatable {
  /// Adam with decoupled decay: the decay acts on the weight before the step and never enters the moments (Loshchilov & Hutter 2019, 1711.05101).
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
  /// Gradient descent; `momentum` of the step before goes on (0: none of it).
  case sgd(momentum: Double = 0)

  public var name: String {
    switch self {
    case .adamW: "adamW"
    case .sgd: "sgd"
    }
  }
}

/// The settings of an optimiser.
public struct OptimiserSettings: Sendable, Equatable {
  public var method: OptimiserMethod
  /// The learning rate at the schedule's top.
  public var rate: Double
  /// Decay of tensors with two axes or more: matrices and tables, never norms and biases.
  public var decay: Double
  /// Largest norm of all gradients together; nil: they are taken as they are.
  public var clip: Double?

  public init(_ method: OptimiserMethod = .adamW(), rate: Double, decay: Double = 0, clip: Double? = nil) {
    (self.method, self.rate, self.decay, self.clip) = (method, rate, decay, clip)
  }
}

/// The state of an optimiser over the parameters of one model.
public final class Optimiser {
  public let settings: OptimiserSettings
  public let parameters: [Parameter]
  /// Updates so far.
  public internal(set) var steps = 0
  /// First and second moments, a tensor for each parameter; empty where the method has none.
  public internal(set) var first: [Tensor], second: [Tensor]

  /// - Parameter parameters: bound to float32 numbers of their own, which every update changes in place.
  public init(_ settings: OptimiserSettings, _ parameters: [Parameter]) {
    (self.settings, self.parameters) = (settings, parameters)
    func zeros() -> [Tensor] { parameters.map { .filled($0.shape, with: 0) } }
    first = zeros()
    if case .adamW = settings.method { second = zeros() } else { second = [] }
  }

  /// One update.
  /// - Parameters:
  ///   - gradients: one for each parameter; nil: the loss does not depend on it, and its gradient counts as 0.
  ///   - rate: the learning rate of this step.
  /// - Returns: the norm of all gradients together, before they were clipped.
  @discardableResult
  public func update(_ gradients: [Tensor?], rate: Double) -> Double {
    precondition(gradients.count == parameters.count, "\(gradients.count) gradients for \(parameters.count) parameters")
    let contiguous = zip(parameters, gradients).map { parameter, gradient in (gradient ?? .filled(parameter.shape, with: 0)).materialised }
    let parts = parameters.indices.map { i -> ork_learned in
      let parameter = parameters[i]
      return ork_learned(
        w: parameter.tensor.pointer, g: contiguous[i].pointer, m: first[i].pointer, v: second.isEmpty ? nil : second[i].pointer,
        count: Int64(parameter.count), decay: parameter.shape.count >= 2 ? Float(settings.decay) : 0)
    }
    let norm = ork_sum_of_squares(Int32(parts.count), parts).squareRoot()
    // Global norm: g·min(1, c/(‖g‖ + 10⁻⁶)).
    let factor = settings.clip.map { min(1, $0 / (norm + 1e-6)) } ?? 1
    steps += 1
    switch settings.method {
    case .adamW(let beta1, let beta2, let epsilon):
      var s = ork_adamw_settings(
        rate: Float(rate), beta1: Float(beta1), rest1: Float(1 - beta1), beta2: Float(beta2), rest2: Float(1 - beta2), epsilon: Float(epsilon),
        correction1: Float(1 / (1 - pow(beta1, Double(steps)))), correction2: Float(1 / (1 - pow(beta2, Double(steps)))), gradient_factor: Float(factor))
      ork_adamw(Int32(parts.count), parts, &s)
    case .sgd(let momentum):
      var s = ork_momentum_settings(rate: Float(rate), momentum: Float(momentum), gradient_factor: Float(factor))
      ork_momentum(Int32(parts.count), parts, &s)
    }
    withExtendedLifetime(contiguous) {}
    return norm
  }
}
