// Time and memory of a training step at the usual small setting: 4 layers, 4 heads, width 128, context 64, batch 12, vocabulary 65, a pre-norm decoder with
// GELU, AdamW and clipping. Tests/Benchmarks/train.py measures torch's side of it in the same run.

import CKernels
import Dispatch
import Files
import Glibc
import Models
import Tensors
import Training

/// Milliseconds of a step, and what the process held at most.
public struct TrainBench: Sendable {
  /// The times of a step: of each repetition the mean over its steps.
  public private(set) var seconds: [Double] = []
  public let parameters: Int, threads: Int, peakBytes: Int, tokens: Int, stepsEach: Int
  /// The first and the last loss: a step that learns nothing is no step.
  public let losses: (first: Float, last: Float)

  public static let recipe = """
    {"decoder": {"layers": 4, "width": 128, "vocabulary": 65, "context": 64, "attention": {"multiHead": {"heads": 4, "bias": true}},
     "feedForward": {"feedForward": {"hidden": 512}}, "position": {"learned": {}}}}
    """

  /// - Parameters:
  ///   - repetitions: parts that are timed, after one that is not.
  ///   - steps: steps of a part.
  public init(repetitions: Int, steps: Int = 20, threads: Int? = nil, stop: UnsafeMutablePointer<Int32>? = nil, progress: (String) -> Void) throws {
    if let threads { ork_set_threads(Int32(min(threads, 64))) }
    self.threads = Int(ork_threads())
    let model = try Recipe(JSON.parse(Array(TrainBench.recipe.utf8), name: "bench")).architecture()
    try model.initialise(seed: 1, rule: .gpt2)
    parameters = model.parameterCount
    let corpus = RandomTokens()
    let settings = TrainingSettings(
      optimiser: OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.99), rate: 1e-3, decay: 0.1, clip: 1), steps: (repetitions + 1) * steps, batch: 12, seed: 1,
      evaluateEvery: .max, heldOutSamples: 12)
    let trainer = try Trainer(model, on: corpus, Objectives.named("next", ["begin": .boolean(false)], corpus.vocabulary.special), settings, stop: stop)
    var measured: [Double] = []
    for repetition in 0...repetitions {
      progress(repetition == 0 ? "warming up" : "repetition \(repetition) of \(repetitions)")
      let start = DispatchTime.now().uptimeNanoseconds
      // The very last step would evaluate as well: it is not taken.
      for _ in 0..<(repetition == repetitions ? steps - 1 : steps) { try trainer.advance() }
      let taken = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      if repetition > 0 { measured.append(taken / Double(repetition == repetitions ? steps - 1 : steps)) }
    }
    seconds = measured
    losses = (trainer.history.first?.loss ?? .nan, trainer.history.last?.loss ?? .nan)
    (tokens, stepsEach) = (trainer.history.last?.tokens ?? 0, steps)
    peakBytes = TrainBench.peak
  }

  /// The most memory that this process has held at once; 0 where the system does not say.
  static var peak: Int {
    let status = open("/proc/self/status", O_RDONLY)
    guard status >= 0 else { return 0 }
    defer { close(status) }
    let text = String(decoding: Descriptor.readAll(status), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  public var median: Double { Bench.median(seconds) }

  public var json: JSONTree {
    .object([
      ("milliseconds_per_step", .double(1000 * median)), ("tokens_per_second", .double(Double(tokens) / median)), ("peak_memory_bytes", .int(peakBytes)),
      ("parameters", .int(parameters)), ("tokens_per_step", .int(tokens)), ("repetitions", .int(seconds.count)), ("steps_per_repetition", .int(stepsEach)),
      ("first_loss", .float(losses.first)), ("last_loss", .float(losses.last)), ("threads", .int(threads)),
      ("instructions", .string(String(cString: ork_instructions()))),
    ])
  }

  public var text: String {
    [
      "4 layers, 4 heads, width 128, context 64, batch 12, vocabulary 65: \(human(parameters)) parameters, \(threads) thread\(threads == 1 ? "" : "s")",
      "  step    \(String(printf: "%.2f", 1000 * median)) ms, \(String(printf: "%.0f", Double(tokens) / median)) tokens a second (median of \(seconds.count) × \(stepsEach) steps)",
      "  memory  \(String(printf: "%.1f", Double(peakBytes) / 1e6)) MB at most",
    ].joined(separator: "\n")
  }

  /// Texts of 65 tokens, evenly drawn: 64 are read and 64 are said.
  private struct RandomTokens: Corpus {
    var name: String { "random" }
    let words = (0..<65).map { "w\($0)" }
    var floor: Double? { nil }
    func sample(_ part: CorpusPart, using generator: inout SeededGenerator) -> Sample { Sample((0..<65).map { _ in Int(generator.next() % 65) }) }
  }
}
