// An objective decides which positions get a label, what the label is, and what the network is allowed to see. Everything else of training is
// the same for all of them.

import Blocks
import Tensors

/// One batch as the model reads it and as the loss counts it.
public struct Batch: Sendable {
  public var input: Architecture.Input
  /// What an encoder reads.
  public var source: Architecture.Input?
  /// Replaces the mask of every self-attention; nil: the model's own.
  public var mask: Mask?
  /// The token that each position must predict, row by row; `Batch.none`: the position has no loss.
  public var targets: [[Int]]
  /// Weight of each position's loss; the divisor is in it, so that the loss is Σ weight · cross-entropy.
  public var weights: [[Float]]

  /// The target of a position without loss (as the reference frameworks write it).
  public static let none = -100

  public init(_ input: Architecture.Input, source: Architecture.Input? = nil, mask: Mask? = nil, targets: [[Int]], weights: [[Float]]) {
    (self.input, self.source, self.mask, self.targets, self.weights) = (input, source, mask, targets, weights)
  }
}

/// What a model is trained to do.
public protocol Objective: Sendable {
  var name: String { get }
  /// A batch from samples. Random choices (masks, spans, times) come from the generator alone.
  func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch
  /// The loss of a batch, a tensor with one number, computed within the run (and recorded there, if the run is).
  func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor
}

extension Objective {
  /// Σ weight · cross-entropy over the positions of a language model.
  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    if let source = batch.source { model.encode(source, run) }
    run.mask = batch.mask
    let logits = try model(batch.input, run)                                       // [b, t, vocabulary]
    let losses = crossEntropy(logits, targets: batch.targets.flatMap { $0.map(Int32.init) })   // [b, t]
    let weights = Tensor(batch.weights.flatMap { $0 }, losses.shape)
    return (losses * weights).total
  }
}
