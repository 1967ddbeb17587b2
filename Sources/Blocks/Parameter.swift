import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// A learned tensor of a model. Tying weights is sharing a parameter.
///
/// It begins as an outline: a 671-billion-parameter model can be described, counted and drawn without a byte of it.
/// Loading or initialising binds numbers to it.
public final class Parameter: @unchecked Sendable {
  public let shape: Shape
  /// How it starts when a model is made anew.
  public let initial: Initial
  public private(set) var tensor: Tensor
  /// Stored with the model and not learned by gradient (a balancing bias, BART's `final_logits_bias`): no part of the counts. A file
  /// may leave it out where it starts as a constant.
  public let isBuffer: Bool

  /// How a parameter starts: the distribution that the family's paper gives.
  public enum Initial: Sendable {
    case normal(deviation: Float)
    case constant(Float)
    case uniform(bound: Float)
    /// A number for each place of the last axis, the same in every row: decays and mixes that start in a row. Asked only when
    /// numbers are made, so that an outline of any width costs nothing.
    case each(@Sendable (Int) -> Float)
    /// A number for each row and column of a matrix.
    case rows(@Sendable (Int, Int) -> Float)
    /// Evenly between two numbers.
    case between(Float, Float)
    /// What a softplus turns into a number between these, evenly drawn in logarithm: the bias of a state space's step.
    case stepBias(Float, Float)
    /// Normal, drawn again beyond three deviations.
    case truncated(deviation: Float)
    /// A matrix whose rows (or columns, if there are fewer) are orthogonal and of this length.
    case orthogonal(gain: Float)
  }

  public init(_ shape: Int..., initial: Initial = .normal(deviation: 0.02), isBuffer: Bool = false) {
    self.shape = shape
    self.isBuffer = isBuffer
    self.initial = initial
    tensor = Tensor(outline: shape)
  }

  /// Gives the parameter its numbers. The shape must be its own.
  public func bind(_ tensor: Tensor) {
    precondition(tensor.shape == shape, "bound \(tensor.shape.described) to a parameter of \(shape.described)")
    self.tensor = tensor
  }

  public var count: Int { shape.elementCount }
  public var isBound: Bool { !tensor.isOutline }

  /// Fresh numbers from the seeded generator.
  /// - Parameters:
  ///   - rule: the distribution; nil: the block's own.
  ///   - stop: a flag that ends the work.
  /// - Throws: the fault of numbers that there is no memory for, `.interrupted`; the parameter is as it was then.
  public func initialise(as rule: Initial? = nil, using generator: inout SeededGenerator, stop: UnsafeMutablePointer<Int32>? = nil) throws(Fault) {
    try bind(numbers(rule ?? initial, &generator, stop).checked())
  }

  private func numbers(_ rule: Initial, _ generator: inout SeededGenerator, _ stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let width = max(1, shape.last ?? 1)
    func each(_ number: (Int) -> Float) -> Tensor { .filling(shape, until: stop) { numbers, range in for i in range { numbers[i] = number(i) } } }
    switch rule {
    case .normal(let deviation): return .normal(shape, deviation: deviation, using: &generator, stop: stop)
    case .constant(let value): return .filled(shape, with: value, until: stop)
    case .uniform(let bound): return each { _ in bound * (2 * generator.uniform() - 1) }
    case .each(let number): return each { number($0 % width) }
    case .rows(let number): return each { number($0 / width, $0 % width) }
    case .between(let low, let high): return each { _ in low + (high - low) * generator.uniform() }
    case .stepBias(let low, let high):
      return each { _ in
        let step = expf(logf(low) + (logf(high) - logf(low)) * generator.uniform())
        return step + logf(-expm1f(-step))                              // softplus⁻¹(Δ) = Δ + ln(1 − e^−Δ)
      }
    case .truncated(let deviation):
      return each { _ in
        var x = generator.normal()
        while abs(x) > 3 { x = generator.normal() }
        return deviation * x
      }
    case .orthogonal(let gain): return .orthogonal(shape, gain: gain, using: &generator, stop: stop)
    }
  }
}

#if canImport(Glibc)
import Glibc
#endif
