// The trace of a generation, token by token: what was read, written, reused and forgotten, and that the answer is the same without.

import Blocks
import Tensors

/// One step of a generation, as a teacher projects it. Step 0 is the prompt.
public struct TraceStep: Sendable {
  public struct Memory: Sendable {
    public let name: String
    public let shape: Shape
    /// Held after the step.
    public let bytes: Int
    /// Positions.
    public let written: Int, reused: Int, evicted: Int
    /// A recurrent state is one thing that every token changes; it has no positions.
    public var isState = false
  }
  public let step: Int
  /// The token that this step chose, and its place in the text; nil if it chose none (a step of denoising). Of several, the surest.
  public let token: Int?, position: Int?
  /// All tokens that the step added to the text, in their order; drafts that were right make them several.
  public var added: [Int] = []
  /// Tokens that the forward read.
  public let read: [Int]
  /// How many of those at the end were guesses, not yet part of the text.
  public var guesses = 0
  /// Forwards that the step took.
  public let passes: Int
  public let multiplications: (cached: Int, uncached: Int)
  public let memory: [Memory]
  /// Shape of one layer's queries: one row for a step with memory.
  public let query: Shape
  /// The last token's attention in each layer, averaged over heads, where the layer has a pattern.   [layer][key]
  public let attention: [[Float]]
  /// Path of each of these layers, such as `layers.3`: a hybrid's attention is not in every one.
  public var attentionLayers: [String] = []
  /// Largest difference of the logits from a run without memory over the whole text.
  public let largestDifference: Float
  /// What the family has to show of this step: see `TraceProviders`.
  public var details: [TraceDetail] = []
}

extension Autoregressive {
  /// Follows a generation of `steps` tokens.
  /// - Parameters:
  ///   - source: ids of the source text of an encoder–decoder.
  ///   - mask, prefix: stand for every mask of self-attention, and for the length of what a prefix model reads both ways.
  ///   - providers: who reads the details of each step.
  ///   - stop: flag that ends the trace between operations.
  public func trace(
    _ prompt: [Int], source: [Int]? = nil, steps: Int, sampler: Sampler = .greedy, forced: Int? = nil, mask: Mask? = nil, prefix: Int? = nil,
    providers: [any TraceProvider] = TraceProviders.all, stop: UnsafeMutablePointer<Int32>? = nil
  ) throws -> [TraceStep] {
    let run = Run(trace: Trace(stop: stop), watch: .matching(["*attention.pattern", "*attention.query"] + providers.flatMap(\.watches)))
    let plain = Run(trace: Trace(stop: stop), keepsMemory: false, watch: .matching(providers.flatMap(\.watchesWhole)))
    for run in [run, plain] { (run.mask, run.prefix) = (mask, prefix ?? prompt.count) }
    if let source {
      try check(source, isSource: true)
      architecture.encode(Architecture.Input([source]), run)
      architecture.encode(Architecture.Input([source]), plain)
    }
    var result: [TraceStep] = []
    var text = prompt, before: [String: Tensor] = [:]
    run.trace.cost = Cost()
    _ = try generate(prompt, limit: steps, sampler: sampler, run: run, forced: forced) { step in
      let cached = run.trace.cost.multiplications
      plain.trace.cost = Cost()
      let whole = try architecture(Architecture.Input([text]), plain, lastOnly: true)
      let difference = whole.values.withUnsafeBufferPointer { whole in
        zip(whole, step.logits).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      }
      // Of an encoder–decoder, the decoder's: what the encoder did belongs to no step.
      let own = run.seen.contains { $0.name.hasPrefix("decoder.") } ? run.seen.filter { $0.name.hasPrefix("decoder.") } : run.seen
      let patterns = own.filter { $0.name.hasSuffix(".attention.pattern") }
      let reading = TraceReading(
        step: step.index, architecture: architecture, run: run, read: step.read, start: text.count - step.read.count,
        logits: step.logits, chosen: step.chosen, before: before, whole: (plain, text), source: source ?? [])
      let details = providers.flatMap { $0.details(reading) }
      before = Dictionary(run.seen.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
      text.append(step.chosen)
      result.append(
        TraceStep(
          step: step.index, token: step.chosen, position: text.count - 1, added: [step.chosen], read: step.read, passes: 1,
          multiplications: (cached, plain.trace.cost.multiplications),
          memory: run.slots.map {
            TraceStep.Memory(
              name: $0.name, shape: $0.shape, bytes: $0.bytes, written: $0.written, reused: $0.reused, evicted: $0.evicted, isState: $0.growth == .state)
          },
          query: own.first { $0.name.hasSuffix(".attention.query") }?.tensor.shape ?? [],
          attention: patterns.map { Autoregressive.lastRow($0.tensor) },
          attentionLayers: patterns.map { String($0.name.dropLast(".attention.pattern".count)) }, largestDifference: difference,
          details: details))
      run.trace.cost = Cost()
      return true
    }
    return result
  }

  /// The last query's weights, averaged over heads.   pattern [1, heads, t, s] → [s]
  static func lastRow(_ pattern: Tensor) -> [Float] { row(pattern.shape[2] - 1, of: pattern) }

  /// The same of any query.
  static func row(_ t: Int, of pattern: Tensor) -> [Float] {
    let (heads, s) = (pattern.shape[1], pattern.shape[3])
    let values = pattern.slice(t..<(t + 1), axis: 2).values
    return (0..<s).map { j in (0..<heads).reduce(Float(0)) { $0 + values[$1 * s + j] } / Float(heads) }
  }
}
