// How the learning rate moves over a training: as a factor of the optimiser's rate, a function of the step alone.

#if canImport(Glibc)
import Glibc
#endif

/// The factor of the learning rate. Steps count from 0: the first of `warmup` steps has 1/warmup of the rate, step `warmup` the whole.
public struct Schedule: Sendable, Equatable {
  /// What follows the warm-up.
  public enum Shape: String, Sendable, CaseIterable {
    case constant
    /// In a straight line down to `floor` at the end.
    case linear
    /// Half a cosine down to `floor` at the end (Loshchilov & Hutter 2017, 1608.03983, without restarts).
    case cosine
  }
  public var shape: Shape
  public var warmup: Int
  /// What is left of the rate at the end.
  public var floor: Double

  public init(_ shape: Shape = .constant, warmup: Int = 0, floor: Double = 0) { (self.shape, self.warmup, self.floor) = (shape, warmup, floor) }

  /// (i+1)/W for i < W; then r + (1−r)·f((i−W)/(T−W)) with f(p) = 1, 1−p or ½(1 + cos πp).
  public func factor(at step: Int, of total: Int) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup) }
    let part = min(1, Double(step - warmup) / Double(max(1, total - warmup)))
    switch shape {
    case .constant: return 1
    case .linear: return floor + (1 - floor) * (1 - part)
    case .cosine: return floor + (1 - floor) * 0.5 * (1 + cos(.pi * part))
    }
  }
}
