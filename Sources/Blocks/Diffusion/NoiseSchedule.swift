// How much signal is left at each step of a Gaussian diffusion: a value that training, sampling and figures share.

#if canImport(Glibc)
import Glibc
#endif

/// ᾱ₀ = 1 … ᾱ_T: the share of signal (as variance) that is left after t steps of noise. Time runs from text (0) to noise (T).
public struct NoiseSchedule: Sendable, Hashable {
  public let name: String
  /// ᾱ, one more than there are steps.
  public let signal: [Double]

  public init(_ name: String, signal: [Double]) { (self.name, self.signal) = (name, signal) }

  /// The steps' β₁ … β_T; ᾱ is the product of 1 − β.
  public init(_ name: String, rates: [Double]) {
    self.init(name, signal: rates.reduce(into: [1]) { $0.append($0.last! * (1 - $1)) })
  }

  public var steps: Int { signal.count - 1 }
  /// β_t, for t from 1.
  public func rate(_ t: Int) -> Double { 1 - signal[t] / signal[t - 1] }

  /// β from 10⁻⁴ to 0.02 at 1000 steps, scaled to others (Ho et al. 2020, section 4).
  public static func linear(_ steps: Int) -> NoiseSchedule {
    let scale = 1000 / Double(steps)
    return NoiseSchedule("linear", rates: (0..<steps).map { i in
      let share = steps == 1 ? 0 : Double(i) / Double(steps - 1)
      return min(scale * (1e-4 + (0.02 - 1e-4) * share), 0.999)
    })
  }

  /// ᾱ ∝ cos²((t/T + s)/(1 + s)·π/2) (Nichol & Dhariwal 2021, equation 17); SSD-LM takes s = 10⁻⁴.
  public static func cosine(_ steps: Int, offset: Double = 0.008) -> NoiseSchedule {
    curve("cosine", steps) { let c = cos(($0 + offset) / (1 + offset) * .pi / 2); return c * c }
  }

  /// ᾱ ∝ 1 − √(t/T + 10⁻⁴): much noise in the first steps, where rounding would be easy (Li et al. 2022, appendix A). Divided by its value
  /// at 0, as the released code does.
  public static func squareRoot(_ steps: Int) -> NoiseSchedule { curve("sqrt", steps) { 1 - ($0 + 1e-4).squareRoot() } }

  /// β_t = 1/(T − t + 1), so that ᾱ_t = 1 − t/T exactly: masking at an even pace (Austin et al. 2021).
  public static func even(_ steps: Int) -> NoiseSchedule {
    NoiseSchedule("even", signal: (0...steps).map { 1 - Double($0) / Double(steps) })
  }

  private static func curve(_ name: String, _ steps: Int, _ f: (Double) -> Double) -> NoiseSchedule {
    NoiseSchedule(name, rates: (0..<steps).map { i in
      min(1 - f(Double(i + 1) / Double(steps)) / f(Double(i) / Double(steps)), 0.999)
    })
  }

  /// Names that builders take.
  public static let names = ["linear", "cosine", "sqrt", "even"]

  public static func named(_ name: String, steps: Int) -> NoiseSchedule? {
    switch name {
    case "linear": linear(steps)
    case "cosine": cosine(steps)
    case "sqrt": squareRoot(steps)
    case "even": even(steps)
    default: nil
    }
  }

  /// The times at which a sampler of fewer steps stands, noisiest first, 0 last.   [count + 1]
  public func respaced(_ count: Int) -> [Int] {
    let count = max(1, min(count, steps))
    return (0...count).map { Int((Double(steps) * Double(count - $0) / Double(count)).rounded()) }
  }
}
