// An exponential average of the weights: smoother than the last step's, at no cost in gradients (Polyak & Juditsky 1992; used by diffusion models).

import Blocks
import CKernels
import Tensors

/// average ← average + (1 − decay)·(weights − average) after every step.
public final class WeightAverage {
  public let decay: Double
  public let parameters: [Parameter]
  public internal(set) var averages: [Tensor]

  /// It begins at the parameters' numbers.
  public init(decay: Double, _ parameters: [Parameter]) {
    (self.decay, self.parameters) = (decay, parameters)
    averages = parameters.map { Tensor($0.tensor.values, $0.shape) }
  }

  public func update() {
    let parts = zip(averages, parameters).map { average, parameter in
      ork_learned(w: average.pointer, g: parameter.tensor.pointer, m: nil, v: nil, count: Int64(parameter.count), decay: 0)
    }
    ork_average(Int32(parts.count), parts, Float(1 - decay))
  }

  /// Runs `body` with the averages in place of the weights.
  public func applied<T>(_ body: () throws -> T) rethrows -> T {
    let kept = parameters.map(\.tensor)
    for (parameter, average) in zip(parameters, averages) { parameter.bind(average) }
    defer { for (parameter, tensor) in zip(parameters, kept) { parameter.bind(tensor) } }
    return try body()
  }
}
