/// A seeded generator of 64-bit numbers (SplitMix64, Steele et al. 2014): the same seed gives the same run everywhere.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var state: UInt64
  public init(seed: UInt64) { state = seed }
  /// Where it stands: a generator with this seed goes on from here.
  public var position: UInt64 { state }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in [0, 1).
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Standard normal, by Box and Muller.
  public mutating func normal() -> Float {
    let u = 1 - Double(next() >> 11) * 0x1p-53, v = Double(next() >> 11) * 0x1p-53
    return Float((-2 * log(u)).squareRoot() * cos(2 * .pi * v))
  }
}

#if canImport(Glibc)
import Glibc
#endif

extension Tensor {
  /// Independent normal numbers.
  /// - Parameter stop: a flag that ends the work; the result is poisoned then.
  public static func normal(
    _ shape: Shape, deviation: Float = 1, using generator: inout SeededGenerator, stop: UnsafeMutablePointer<Int32>? = nil
  ) -> Tensor {
    filling(shape, until: stop) { numbers, range in for i in range { numbers[i] = deviation * generator.normal() } }
  }
}
