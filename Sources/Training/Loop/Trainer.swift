// The loop: samples, a batch, its gradients, a step; the same for every family and every objective. Same seed, same bits, for any number of threads, and
// whether the training ran in one go or was stopped and resumed. What it says goes to whoever calls `advance`; files and terminals are not its business.

import Blocks
import Tensors

/// A training in progress.
public final class Trainer {
  public let model: Architecture
  public let corpus: any Corpus
  public let objective: any Objective
  public let settings: TrainingSettings
  /// Steps that are done.
  public internal(set) var step = 0
  /// What every step said.
  public internal(set) var history: [StepReport] = []

  let gradients: GradientStep
  let optimiser: Optimiser
  let average: WeightAverage?
  /// Which samples come next, and what an objective draws for them.
  var order: SeededGenerator, choices: SeededGenerator
  let paths: [String]

  /// - Parameters:
  ///   - model: with numbers; they change in place.
  ///   - learning: what changes; nil: all parameters but buffers.
  ///   - stop: a flag that ends the training between two operations; the step that it ends in is not done.
  /// - Throws: `TrainingFailure` if the corpus and the model do not go together.
  public init(
    _ model: Architecture, on corpus: any Corpus, _ objective: any Objective, _ settings: TrainingSettings, learning: [Parameter]? = nil,
    stop: UnsafeMutablePointer<Int32>? = nil
  ) throws {
    (self.model, self.corpus, self.objective, self.settings) = (model, corpus, objective, settings)
    try Trainer.check(model, corpus)
    let gradients = try learning.map { try GradientStep($0, trace: Trace(stop: stop)) } ?? GradientStep(model, trace: Trace(stop: stop))
    self.gradients = gradients
    optimiser = Optimiser(settings.optimiser, gradients.parameters)
    average = settings.average.map { WeightAverage(decay: $0, gradients.parameters) }
    let names = Dictionary(model.allParameters.map { (ObjectIdentifier($0.parameter), $0.path) }, uniquingKeysWith: { first, _ in first })
    paths = gradients.parameters.map { names[ObjectIdentifier($0)] ?? "" }
    // Two streams, so that what an objective draws never changes which samples come.
    var seeds = SeededGenerator(seed: settings.seed ^ 0x6F72_6465_7200_0000)
    order = SeededGenerator(seed: seeds.next())
    choices = SeededGenerator(seed: seeds.next())
  }

  private static func check(_ model: Architecture, _ corpus: any Corpus) throws {
    if corpus.words.count > model.embedding.vocabulary {
      throw TrainingFailure.vocabulary(corpus: corpus.name, words: corpus.words.count, model: model.embedding.vocabulary)
    }
    var generator = SeededGenerator(seed: 0)
    let sample = corpus.sample(.training, using: &generator)
    if sample.tokens.isEmpty, sample.source.isEmpty, sample.numbers.isEmpty { throw TrainingFailure.emptyCorpus(corpus.name) }
  }

  public var isFinished: Bool { step >= settings.steps }

  // MARK: a step

  /// One step: a batch of fresh samples, their gradients, an update. Every so many steps (and at the end) the loss on held-out samples as well.
  /// - Throws: `TrainingFailure.interrupted`, `.diverged` (both leave everything as it was before the step), or the model's own `Fault`.
  @discardableResult
  public func advance() throws -> StepReport {
    let before = (order, choices)
    var isDone = false
    do {
      let batch = try batch(settings.batch, .training, &order, &choices)
      var noise = choices
      _ = choices.next()
      var loss: Float = 0, total: [Tensor] = [], said: [Loss] = []
      for piece in batch.pieces(of: settings.piece) {
        let result = try walk(piece, &noise)
        said.append(result.said)
        loss += result.said.own?.item ?? result.loss
        total = total.isEmpty ? result.gradients : zip(total, result.gradients).map { $0.untracked + $1.untracked }
        guard result.loss.isFinite else { throw TrainingFailure.diverged(step: step + 1, loss: result.loss, tensor: firstBad(piece)) }
      }
      let rate = settings.optimiser.rate * settings.schedule.factor(at: step, of: settings.steps)
      let norm = optimiser.update(total, rate: rate)
      guard norm.isFinite else {
        // The way back passes the last parameter first.
        let bad = paths.indices.last { total[$0].isBad }.map { paths[$0] }
        throw TrainingFailure.diverged(step: step + 1, loss: loss, tensor: bad.map { "the gradient of \($0)" })
      }
      objective.afterStep(model, said)
      average?.update()
      (step, isDone) = (step + 1, true)
      var report = StepReport(step: step, loss: loss, rate: rate, norm: norm, tokens: batch.tokens)
      // A part is a sum over the pieces of the batch, as the loss is.
      report.parts = (said.first?.parts ?? []).map { part in
        StepReport.Part(name: part.name, value: said.reduce(0) { sum, piece in sum + (piece.parts.first { $0.name == part.name }?.value.item ?? 0) })
      }
      history.append(report)
      if step % settings.evaluateEvery == 0 || isFinished {
        do {
          report.heldOut = try heldOutLoss()
          history[history.count - 1] = report
        } catch {
          // A step that was done stays done: interrupted here, it is reported without its evaluation, and the next one stops.
          if !isInterrupted(error) { throw error }
        }
      }
      return report
    } catch {
      if !isDone { (order, choices) = before }
      throw isInterrupted(error) ? TrainingFailure.interrupted(step: step) : error
    }
  }

  /// Loss and gradients of a piece. What went bad inside the model is named.
  private func walk(_ piece: Batch, _ noise: inout SeededGenerator) throws -> (loss: Float, gradients: [Tensor], said: Loss) {
    let drawn = noise
    _ = noise.next()
    do {
      var said = Loss(Tensor(0))
      let result = try gradients { run in
        run.noise = drawn
        said = try objective.losses(model, piece, run)
        return said.total
      }
      // What is kept of it beyond the step is numbers, never the recording.
      said.total = said.total.untracked
      said.own = said.own?.untracked
      said.parts = said.parts.map { ($0.name, $0.value.untracked) }
      return (result.loss, result.gradients, said)
    } catch let fault as Fault {
      if case .notFinite = fault.kind { throw TrainingFailure.diverged(step: step + 1, loss: .nan, tensor: firstBad(piece)) }
      throw fault
    }
  }

  private func isInterrupted(_ error: any Error) -> Bool { (error as? Fault)?.kind == .interrupted || gradients.trace.isStopped }

  private func batch(_ count: Int, _ part: CorpusPart, _ order: inout SeededGenerator, _ choices: inout SeededGenerator) throws -> Batch {
    var samples: [Sample] = []
    samples.reserveCapacity(count)
    for _ in 0..<count { samples.append(corpus.sample(part, using: &order)) }
    let batch = try objective.batch(samples, using: &choices)
    let length = batch.input.ids.first?.count ?? 0
    if let context = model.context, length > context { throw TrainingFailure.tooLong(corpus: corpus.name, tokens: length, context: context) }
    return batch
  }

  // MARK: evaluation

  /// The entropy of the corpus in nats a token where no loss can lie below it on average: each token is predicted from all before it and from nothing
  /// behind. nil: the corpus's law is not known, or this objective, or a mask of the model, sees or asks for something else.
  public var floor: Double? { objective.plain is NextToken && model.readsFromLeftToRight ? corpus.floor : nil }

  /// The objective's loss on held-out samples: always the same ones, with the same choices. Under the average of the weights, if there is one.
  public func heldOutLoss() throws -> Float {
    guard let average else { return try heldOutLossOfWeights() }
    return try average.applied { try heldOutLossOfWeights() }
  }

  private func heldOutLossOfWeights() throws -> Float {
    var loss: Float = 0
    for piece in try heldOutBatch().pieces(of: settings.piece) {
      loss += try objective.plain.loss(model, piece, Run(trace: Trace(stop: gradients.trace.stop), keepsMemory: false)).checked().item
    }
    return loss
  }

  /// All held-out samples as one batch, so that its divisor is theirs.
  public func heldOutBatch() throws -> Batch {
    var order = SeededGenerator(seed: 0x68656C64), choices = SeededGenerator(seed: 0x6F7574)
    return try batch(settings.heldOutSamples, .heldOut, &order, &choices)
  }

  /// Puts the average of the weights in place of the weights: the end of a training that keeps one.
  public func adoptAverage() {
    guard let average else { return }
    for (parameter, tensor) in zip(average.parameters, average.averages) { tensor.write(into: parameter.tensor) }
  }
}
