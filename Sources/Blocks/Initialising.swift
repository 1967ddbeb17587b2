// Numbers for a model that is made anew.

import Tensors

extension Architecture {
  /// Gives every parameter fresh numbers from the distribution that its block names. The same seed gives the same numbers, whatever
  /// else was initialised before.
  /// - Parameter stop: a flag that ends the work.
  /// - Throws: the fault of a model that there is no memory for, before any is taken; `.interrupted`.
  public func initialise(seed: UInt64, stop: UnsafeMutablePointer<Int32>? = nil) throws(Fault) {
    try affordable(sets: 1)
    var generator = SeededGenerator(seed: seed)
    for (path, parameter) in allParameters {
      do { try parameter.initialise(using: &generator, stop: stop) } catch { throw Fault(error.kind, part: path) }
    }
  }

  /// Asks the budget for so many float32 tensors of the size of every parameter.
  public func affordable(sets: Int) throws(Fault) {
    let bytes = allParameters.reduce(0) { Cost.sum($0, Cost.product(4 * sets, $1.parameter.count)) }
    if let refusal = Budget.refusal(of: bytes) { throw Fault(refusal, part: name) }
  }
}
