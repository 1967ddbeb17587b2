// An objective decides which positions get a label, what the label is, and what the network is allowed to see. Everything else of training is
// the same for all of them.

import Blocks
import Tensors

/// One batch as the model reads it and as the loss counts it. All random choices are in it: the same batch gives the same loss.
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
  /// What only some objectives need.
  public var extras = BatchExtras()

  /// The target of a position without loss (as the reference frameworks write it).
  public static let none = -100

  public init(_ input: Architecture.Input, source: Architecture.Input? = nil, mask: Mask? = nil, targets: [[Int]], weights: [[Float]]) {
    (self.input, self.source, self.mask, self.targets, self.weights) = (input, source, mask, targets, weights)
  }

  /// Positions that count in the loss: what two objectives must share to be compared fairly (not steps).
  public var counted: Int { weights.reduce(0) { $0 + $1.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } } }
}

/// What only some objectives need of a batch. Everything is listed by sequence, so that a batch can be walked in pieces.
public struct BatchExtras: Sendable {
  /// The texts before they were corrupted.
  public var originals: [[Int]] = []
  /// Tokens of each sequence that are no padding; empty: all.
  public var lengths: [Int] = []
  /// The class of each text, and the weight of its loss.
  public var labels: [Int] = [], labelWeights: [Float] = []
  /// Predictions of further tokens, nearest first.
  public var further: [Further] = []
  /// Other answers to the same prompts, of preferences: best first.
  public var answers: [AnswerRows] = []
  /// Numbers that the loss reads: noise that was drawn, values to be met. The first axis is the sequence.
  public var numbers: [String: Tensor] = [:]
  /// Lines for the table of a sequence: a word for each position.
  public var notes: [Note] = []
  /// Share of the whole batch that this piece of it is: losses that are no sum over positions are multiplied by it.
  public var share: Float = 1

  public struct Further: Sendable {
    /// Tokens that the module reads beside the vectors of the one before.
    public var reads: [[Int]]
    public var targets: [[Int]], weights: [[Float]]
  }

  public struct Note: Sendable {
    public var name: String
    public var cells: [[String]]
  }

  public init() {}

  /// The extras of some of `rows` sequences.
  public func piece(_ range: Range<Int>, of rows: Int) -> BatchExtras {
    func cut<T>(_ list: [T]) -> [T] { list.count == rows ? Array(list[range]) : list }
    var piece = self
    (piece.originals, piece.lengths, piece.labels, piece.labelWeights) = (cut(originals), cut(lengths), cut(labels), cut(labelWeights))
    piece.further = further.map { Further(reads: cut($0.reads), targets: cut($0.targets), weights: cut($0.weights)) }
    piece.answers = answers.map { $0.piece(range, of: rows) }
    piece.numbers = numbers.mapValues { $0.shape.first == rows ? $0.slice(range, axis: 0) : $0 }
    piece.notes = notes.map { Note(name: $0.name, cells: cut($0.cells)) }
    piece.share = share * Float(range.count) / Float(max(1, rows))
    return piece
  }
}

/// A loss and what it is made of.
public struct Loss: Sendable {
  /// One number: what a step follows.
  public var total: Tensor
  /// Its parts by name, each one number and as it stands in the total; empty: it has none.
  public var parts: [(name: String, value: Tensor)] = []
  /// The objective's own loss where others teach a choice beside it (the balance of experts); nil: the total.
  public var own: Tensor?
  /// How many choices fell on each expert, router by router.
  public var loads: [ExpertLoad] = []

  public struct ExpertLoad: Sendable {
    /// The router's path.
    public let path: String
    public let counts: [Float]
    let correction: Parameter?
  }

  public init(_ total: Tensor) { self.total = total }
  /// The sum of the parts.
  public init(_ parts: [(name: String, value: Tensor)]) {
    total = parts.dropFirst().reduce(parts.first?.value ?? Tensor(0)) { $0 + $1.value }
    self.parts = parts
  }
}

/// What a model is trained to do.
public protocol Objective: Sendable {
  var name: String { get }
  /// A batch from samples. Random choices (masks, spans, times, noise) come from the generator alone.
  /// - Throws: `ObjectiveFailure`.
  func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch
  /// The loss of a batch, a tensor with one number, computed within the run (and recorded there, if the run is).
  func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor
  /// The same with its parts.
  func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss
  /// What changes beside the gradient's step: a router's balancing bias. Called once after each step with the losses of its pieces.
  func afterStep(_ model: Architecture, _ losses: [Loss])
}

extension Objective {
  /// Σ weight · cross-entropy over the positions of a language model.
  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor {
    weightedCrossEntropy(try model.read(batch, run), batch.targets, batch.weights)
  }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss { Loss(try loss(model, batch, run)) }

  public func afterStep(_ model: Architecture, _ losses: [Loss]) {}
}

/// An objective whose loss has parts: it says `losses`, and `loss` is their sum.
public protocol PartedObjective: Objective {}

extension PartedObjective {
  public func loss(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Tensor { try losses(model, batch, run).total }
}

/// Σ weight · cross-entropy.   logits [… , vocabulary], a target and a weight for each row → one number
func weightedCrossEntropy(_ logits: Tensor, _ targets: [[Int]], _ weights: [[Float]]) -> Tensor {
  // A position without weight has no gradient either: exactly none.
  let rows = zip(targets, weights).flatMap { zip($0, $1).map { Int32($1 == 0 ? Batch.none : $0) } }
  let losses = crossEntropy(logits, targets: rows)
  if losses.fault != nil { return losses }
  return (losses * Tensor(weights.flatMap { $0 }, losses.shape)).total
}

extension Architecture {
  /// Logits of a batch, read as its objective wants it.   [b, t, vocabulary]
  func read(_ batch: Batch, _ run: Run) throws -> Tensor {
    try prepare(batch, run)
    return try self(batch.input, run)
  }

  /// Encodes the source, sets the mask; what does not fit is one line.
  func prepare(_ batch: Batch, _ run: Run) throws {
    try fits(batch.input)
    if let source = batch.source {
      guard encoder != nil else { throw ObjectiveFailure.noPart("an encoder", of: name) }
      try fits(source)
      encode(source, run)
    }
    if batch.mask != nil, !heedsMasks { throw ObjectiveFailure.noAttention(of: name) }
    run.mask = batch.mask
    // An objective that names no prefix has none: a prefix model learns such a text from left to right.
    run.prefix = 0
  }

  private func fits(_ input: Input) throws {
    guard let context else { return }
    let longest = input.positions.map { Int($0.max() ?? 0) + 1 } ?? (input.ids.first?.count ?? 0) + (input.vectors?.shape[1] ?? 0)
    if longest > context { throw ObjectiveFailure.tooLong(tokens: longest, context: context, model: name) }
  }
}
