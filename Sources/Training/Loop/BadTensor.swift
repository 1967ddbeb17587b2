// Which tensor went bad first: the forward that gave no number is run once more, watched.

import Blocks
import Tensors

extension Tensor {
  /// Whether some number is infinite or none.
  var isBad: Bool { !isOutline && fault == nil && facts.finite < count && !facts.isMask }
}

extension Trainer {
  /// The name of the first tensor of a forward that has a number which is none: a parameter, else what a block names.
  func firstBad(_ batch: Batch) -> String? {
    if let parameter = model.allParameters.first(where: { $0.parameter.tensor.isBad }) { return parameter.path }
    let run = Run(keepsMemory: false, watch: .everything)
    _ = try? objective.loss(model, batch, run)
    return run.seen.first { $0.tensor.isBad }?.name
  }
}
