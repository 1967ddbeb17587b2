// Numbers for a model that is made anew.

import Tensors

extension Architecture {
  /// Gives every parameter fresh numbers from the distribution that its block names. The same seed gives the same numbers, whatever
  /// else was initialised before.
  public func initialise(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for (_, parameter) in allParameters { parameter.initialise(using: &generator) }
  }
}
