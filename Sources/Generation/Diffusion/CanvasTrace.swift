// The trace of a generation that works on a canvas: one step for each pass, with what it kept and put back, and what it cost.

import Blocks
import Tensors

extension Decoding {
  /// Follows a generation pass by pass.
  /// - Parameters:
  ///   - source: ids that an encoder reads before.
  ///   - architecture: the model, for the comparison without memory; of a way without memory both counts are the same.
  ///   - providers: who reads further details of each step.
  public func trace(
    _ prompt: [Int], source: [Int]? = nil, limit: Int, of architecture: Architecture, providers: [any TraceProvider] = TraceProviders.all,
    stop: UnsafeMutablePointer<Int32>? = nil
  ) throws -> [TraceStep] {
    let run = Run(trace: Trace(stop: stop), watch: .matching(["*attention.query"] + providers.flatMap(\.watches)))
    var result: [TraceStep] = [], before: [String: Tensor] = [:]
    if let source {
      architecture.encode(Architecture.Input([source]), run)
      run.trace.cost = Cost()
    }
    _ = try write(prompt, limit: limit, run: run) { step in
      let cached = run.trace.cost.multiplications
      var uncached = cached, difference: Float = 0
      if step.start > 0, let rows = step.logits {
        // The same canvas, read whole.
        let plain = Run(trace: Trace(stop: stop), keepsMemory: false)
        plain.mask = run.mask
        if let source {
          architecture.encode(Architecture.Input([source]), plain)
          plain.trace.cost = Cost()
        }
        let whole = try architecture(Architecture.Input([step.canvas]), plain)
        uncached = plain.trace.cost.multiplications
        let count = rows.shape[1]
        difference = whole.slice((whole.shape[1] - count)..<whole.shape[1], axis: 1).materialised.largestDifference(from: rows.untracked.materialised)
      }
      let reading = TraceReading(
        step: step.index, architecture: architecture, run: run, read: step.read, start: step.start, logits: step.logits?.values ?? [],
        chosen: step.chosen.first?.token ?? -1, before: before, source: source ?? [])
      result.append(
        TraceStep(
          step: step.index, token: step.chosen.first?.token, position: step.chosen.first?.position, added: step.chosen.prefix(1).map(\.token), read: step.read, passes: step.passes,
          multiplications: (cached, uncached),
          memory: run.slots.map {
            TraceStep.Memory(name: $0.name, shape: $0.shape, bytes: $0.bytes, written: $0.written, reused: $0.reused, evicted: $0.evicted, isState: $0.growth == .state)
          }, query: run.seen.first { $0.name.hasSuffix(".attention.query") }?.tensor.shape ?? [], attention: [], largestDifference: difference,
          details: step.details + providers.flatMap { $0.details(reading) }))
      before = Dictionary(run.seen.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
      run.trace.cost = Cost()
      return true
    }
    return result
  }
}
