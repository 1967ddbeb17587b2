import Blocks
import CKernels
import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Testing

@testable import Training

/// A decoder for the stories corpus, small enough that a step takes a millisecond.
private let tiny = """
  {"decoder": {"layers": 1, "width": 16, "vocabulary": 43, "context": 32, "attention": {"multiHead": {"heads": 2, "bias": true}},
   "position": {"learned": {}}, "feedForward": {"feedForward": {"hidden": 32}}}}
  """

private func settings(steps: Int = 8, batch: Int = 4, piece: Int? = nil, rate: Double = 0.01, average: Double? = nil) -> TrainingSettings {
  TrainingSettings(
    optimiser: OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.99), rate: rate, decay: 0.01, clip: 1), schedule: Schedule(.cosine, warmup: 2, floor: 0.1),
    steps: steps, batch: batch, piece: piece, seed: 5, average: average, evaluateEvery: 4, heldOutSamples: 6)
}

private func trainer(_ recipe: String = tiny, _ settings: TrainingSettings = settings(), stop: UnsafeMutablePointer<Int32>? = nil) throws -> Trainer {
  let corpus = try Corpora.named("stories"), model = try architecture(recipe)
  try model.initialise(seed: 1, rule: .mini)
  return try Trainer(model, on: corpus, Objectives.named("next", ["begin": .boolean(true)], corpus.vocabulary.special), settings, stop: stop)
}

private func finish(_ trainer: Trainer) throws { while !trainer.isFinished { try trainer.advance() } }
/// All numbers of a model, compared as one and printed as none.
private struct Numbers: Equatable, CustomStringConvertible {
  let values: [[Float]]
  var description: String { "\(values.count) parameters" }
}
private func numbers(_ trainer: Trainer) -> Numbers { Numbers(values: trainer.model.allParameters.map { $0.parameter.tensor.values }) }

/// A folder that is removed with its owner.
private final class Folder {
  let path: String
  init() {
    path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  func file(_ name: String) -> String { path + "/" + name }
}

/// What an action throws, in its words.
private func message(_ body: () throws -> Void) -> String {
  do { try body(); return "nothing was thrown" } catch { return "\(error)" }
}

// Threads are a setting of the whole process, so these tests take turns.
@Suite(.serialized) struct TrainerTests {
  @Test func learns() throws {
    let trainer = try trainer(tiny, settings(steps: 60, batch: 8, rate: 0.02))
    let before = try trainer.heldOutLoss()
    try finish(trainer)
    let after = try #require(trainer.history.last?.heldOut)
    #expect(before > 3.7 && after < 2.2, "\(before) → \(after)")
    #expect(trainer.history.map(\.step) == Array(1...60))
    #expect(trainer.history.filter { $0.heldOut != nil }.map(\.step) == Array(stride(from: 4, through: 60, by: 4)))
    #expect(trainer.history[0].rate == 0.01 && trainer.history[2].rate == 0.02)
  }

  @Test func sameBitsForAnyNumberOfThreads() throws {
    func run(_ threads: Int32) throws -> (Numbers, [StepReport]) {
      let before = ork_threads()
      ork_set_threads(threads)
      defer { ork_set_threads(before) }
      let trainer = try trainer()
      try finish(trainer)
      return (numbers(trainer), trainer.history)
    }
    let one = try run(1), two = try run(2), three = try run(3)
    #expect(one.0 == two.0 && one.1 == two.1)
    #expect(one.0 == three.0 && one.1 == three.1)
  }

  /// Stopped after any step and resumed by another trainer with other numbers: the same bits, the same log.
  @Test func resumedTrainingHasTheSameBits() throws {
    let folder = Folder(), file = folder.file("stories.checkpoint")
    let whole = try trainer(tiny, settings(average: 0.9))
    try finish(whole)
    for stop in [1, 4, 7] {
      let first = try trainer(tiny, settings(average: 0.9))
      while first.step < stop { try first.advance() }
      try first.save(file, fingerprint: "")
      let second = try trainer(tiny, settings(average: 0.9))
      try second.model.initialise(seed: 99)
      let resumed = try Trainer(second.model, on: second.corpus, second.objective, second.settings)
      try resumed.resume(file, fingerprint: "")
      #expect(resumed.step == stop && resumed.history == first.history)
      try finish(resumed)
      #expect(numbers(resumed) == numbers(whole), "stopped after \(stop)")
      #expect(resumed.history == whole.history, "stopped after \(stop)")
      #expect(try resumed.heldOutLoss() == whole.heldOutLoss())
    }
  }

  /// A batch that is walked in pieces has the loss and the gradient of the whole, up to rounding.
  @Test func piecesAddUp() throws {
    let whole = try trainer(tiny, settings(batch: 6)), pieces = try trainer(tiny, settings(batch: 6, piece: 4))
    let (a, b) = (try whole.advance(), try pieces.advance())
    #expect(abs(a.loss - b.loss) < 1e-5 * a.loss && abs(a.norm - b.norm) < 1e-5 * a.norm && a.tokens == b.tokens)
  }

  /// Reference page 0.2: losses (1, 1) and eight times 0.1, in two pieces: 0.28, the average over tokens, not 0.55, the mean of means.
  @Test func divisorIsTheWholeBatchs() {
    let ids = [[1, 2], [1, 2, 3, 4, 5, 6, 7, 8]]
    let batch = Batch(Architecture.Input(ids), targets: ids, weights: ids.map { $0.map { _ in Float(1) / 10 } })
    let losses: [[Float]] = [[1, 1], Array(repeating: 0.1, count: 8)]
    let pieces = batch.pieces(of: 1)
    let total = zip(pieces, losses).reduce(Float(0)) { sum, pair in sum + zip(pair.0.weights[0], pair.1).reduce(0) { $0 + $1.0 * $1.1 } }
    #expect(pieces.count == 2 && abs(total - 0.28) < 1e-6)
  }

  @Test func otherSeedOtherOrder() throws {
    var other = settings()
    other.seed = 6
    #expect(try trainer().advance().loss != trainer(tiny, other).advance().loss)
  }

  /// A stop flag ends a step that has not been done: nothing of it is left, and the next attempt gives what it would have given.
  @Test func interruptionKeepsTheWork() throws {
    let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
    defer { flag.deallocate() }
    let stopped = try trainer(tiny, settings(), stop: flag), whole = try trainer()
    for _ in 0..<3 { try stopped.advance() }
    let before = numbers(stopped)
    flag.pointee = 1
    #expect(throws: TrainingFailure.interrupted(step: 3)) { try stopped.advance() }
    #expect(numbers(stopped) == before && stopped.step == 3 && stopped.history.count == 3)
    flag.pointee = 0
    try finish(stopped)
    try finish(whole)
    #expect(numbers(stopped) == numbers(whole))
  }

  // MARK: divergence

  @Test func divergenceNamesTheFirstBadTensor() throws {
    let trainer = try trainer()
    try trainer.advance()
    let up = try #require(trainer.model.allParameters.first { $0.path == "layers.0.feedForward.up.bias" }?.parameter)
    up.tensor.pointer[3] = .infinity
    #expect(message { try trainer.advance() }.contains("the first tensor that went bad is layers.0.feedForward.up.bias"))
    // Numbers that are finite and grow too large inside: what they make is named.
    up.tensor.pointer[3] = 0
    let gain = try #require(trainer.model.allParameters.first { $0.path == "layers.0.feedForward.norm.weight" }?.parameter)
    for i in 0..<16 { gain.tensor.pointer[i] = 3e38 }
    let text = message { try trainer.advance() }
    #expect(text.hasPrefix("the training diverged at step 2: the loss is "), "\(text)")
    #expect(text.contains("the first tensor that went bad is layers.0.feedForward."), "\(text)")
    #expect(trainer.step == 1 && trainer.history.count == 1)
  }

  @Test func aStepTooLargeStops() throws {
    var wild = settings(steps: 40, rate: 1e30)
    wild.optimiser.clip = nil
    let trainer = try trainer(tiny, wild)
    let text = message { try finish(trainer) }
    #expect(text.hasPrefix("the training diverged at step") && text.hasSuffix("a lower rate, a longer warm-up or clipping helps"), "\(text)")
    #expect(!trainer.isFinished)
  }

  // MARK: files

  @Test func checkpointOfAnotherShape() throws {
    let folder = Folder(), file = folder.file("a.checkpoint")
    let small = try trainer()
    try small.advance()
    try small.save(file, fingerprint: "")
    let wide = try trainer(tiny.replacing("\"width\": 16", "\"width\": 24"))
    let before = numbers(wide)
    #expect(message { try wide.resume(file, fingerprint: "") } == "\(file): this checkpoint is of another model: weight.embedding.tokens is [43×16] there and [43×24] here; nothing was changed")
    let deep = try trainer(tiny.replacing("\"layers\": 1", "\"layers\": 2"))
    #expect(message { try deep.resume(file, fingerprint: "") } == "\(file): this checkpoint is of another model: it has no weight.layers.1.attention.norm.weight; nothing was changed")
    let averaged = try trainer(tiny, settings(average: 0.9))
    #expect(message { try averaged.resume(file, fingerprint: "") }.contains("it has no average."))
    #expect(numbers(wide) == before && wide.step == 0)
  }

  @Test func checkpointOfAnotherPlan() throws {
    let folder = Folder(), file = folder.file("a.checkpoint")
    let trainer = try trainer()
    try trainer.advance()
    try trainer.save(file, fingerprint: "batch=4\nseed=5")
    #expect(message { try trainer.resume(file, fingerprint: "batch=8\nseed=5") }
      == "\(file): this checkpoint comes from a plan with another batch; put it back, or begin again without --resume; nothing was changed")
    try trainer.resume(file, fingerprint: "batch=4\nseed=5")
  }

  @Test func whatIsNoCheckpoint() throws {
    let folder = Folder(), file = folder.file("model.safetensors")
    let (trainer, done) = (try trainer(), try trainer())
    try Safetensors.write(file, [])
    #expect(message { try trainer.resume(file, fingerprint: "") } == "\(file): this is no checkpoint of a training (orrery train writes them)")
    #expect(message { try trainer.resume(folder.file("none"), fingerprint: "") }.contains("no such file"))
    try finish(trainer)
    try trainer.save(file, fingerprint: "")
    // One that has done all its steps goes on to what comes behind them: there is nothing left to do.
    try done.resume(file, fingerprint: "")
    #expect(done.isFinished && numbers(done) == numbers(trainer))
  }

  // MARK: what does not go together

  @Test func vocabularyAndContext() throws {
    #expect(message { _ = try trainer(tiny.replacing("\"vocabulary\": 43", "\"vocabulary\": 40")) }
      == "the corpus stories has 43 words, but the model has a vocabulary of 40; it must be at least 43")
    let short = try trainer(tiny.replacing("\"context\": 32", "\"context\": 16"))
    #expect(message { try short.advance() } == "a sample of the corpus stories has 32 tokens, but the model reads at most 16")
  }

  private struct Empty: Corpus {
    var name: String { "nothing" }
    var words: [String] { ["a"] }
    var floor: Double? { nil }
    func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample { Sample([]) }
  }

  @Test func emptyCorpus() throws {
    let model = try architecture(tiny)
    try model.initialise(seed: 1)
    let special = try Corpora.named("stories").vocabulary.special
    #expect(message { _ = try Trainer(model, on: Empty(), Objectives.named("next", [:], special), settings()) }
      == "the corpus nothing gave an empty sample: there is nothing to learn from")
  }
}
