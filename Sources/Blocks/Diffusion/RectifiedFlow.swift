// Rectified flow: noise and data joined by straight lines; a network learns the velocity (Liu et al. 2022, 2209.03003).

import Tensors

/// x_u = (1 − u)·z + u·y with noise z at u = 0 and data y at u = 1: here time runs from noise to text, as in the paper.
public enum RectifiedFlow {
  /// The point of the line at `u`.
  public static func point(noise: Tensor, data: Tensor, at u: Float) -> Tensor { noise * (1 - u) + data * u }

  /// The velocity that a network should say, the same all along the line: y − z.
  public static func velocity(noise: Tensor, data: Tensor) -> Tensor { data - noise }

  /// The velocity that leads from x at `u` to the expected data: (E[y | x] − x)/(1 − u).
  public static func velocity(at x: Tensor, expecting data: Tensor, _ u: Float) -> Tensor { (data - x) / (1 - u) }

  /// Euler's method in even steps from u = 0 to 1. Where paths are straight one step is exact.
  /// - Parameter each: called with every point on the way, the last included.
  public static func integrate(
    _ noise: Tensor, steps: Int, velocity: (Tensor, Float) throws -> Tensor, each: (Int, Tensor) throws -> Void = { _, _ in }
  ) throws -> Tensor {
    var x = noise
    for k in 0..<steps {
      x = x + (try velocity(x, Float(k) / Float(steps))) * (1 / Float(steps))
      try each(k, x)
    }
    return x
  }
}
