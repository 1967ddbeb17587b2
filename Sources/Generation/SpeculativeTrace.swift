// The trace of a generation with drafts: for each forward of the model what was guessed, what was right, and what left memory again.

import Blocks
import Tensors

extension Speculative {
  /// Follows a generation of up to `limit` tokens; a step is one forward of the model and may give several.
  /// - Parameters:
  ///   - mask, prefix: stand for every mask of self-attention, and for the length of what a prefix model reads both ways.
  ///   - providers: who reads further details of each step.
  ///   - stop: flag that ends the trace between operations.
  public func trace(
    _ prompt: [Int], steps limit: Int, sampler: Sampler = .greedy, mask: Mask? = nil, prefix: Int? = nil, providers: [any TraceProvider] = TraceProviders.all,
    stop: UnsafeMutablePointer<Int32>? = nil
  ) throws -> [TraceStep] {
    let run = Run(trace: Trace(stop: stop), watch: .matching(["*attention.pattern", "*attention.query"] + providers.flatMap(\.watches)))
    let plain = Run(trace: Trace(stop: stop), keepsMemory: false)
    for run in [run, plain] { (run.mask, run.prefix) = (mask, prefix ?? prompt.count) }
    var result: [TraceStep] = [], text = prompt, before: [String: Tensor] = [:], drafted = 0, accepted = 0
    _ = try generate(prompt, limit: limit, sampler: sampler, run: run) { step in
      let spent = run.trace.cost.multiplications + step.draftMultiplications
      plain.trace.cost = Cost()
      var difference: Float = 0
      for (index, token) in step.chosen.enumerated() {
        let whole = try architecture(Architecture.Input([text]), plain, lastOnly: true).values
        if index == 0 { difference = zip(whole, step.logits).reduce(0) { max($0, abs($1.0 - $1.1)) } }
        text.append(token)
      }
      (drafted, accepted) = (drafted + step.drafted.count, accepted + step.accepted)
      let reading = TraceReading(
        step: step.index, architecture: architecture, run: run, read: step.read,
        start: text.count - step.chosen.count - (step.read.count - step.drafted.count), logits: step.logits, chosen: step.chosen[0], before: before)
      let details = drafts(step, drafted: drafted, accepted: accepted) + providers.flatMap { $0.details(reading) }
      before = Dictionary(run.seen.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
      let patterns = run.seen.filter { $0.name.hasSuffix(".attention.pattern") }
      let row = step.read.count - step.drafted.count + step.accepted - 1
      result.append(
        TraceStep(
          step: step.index, token: text[text.count - 1], position: text.count - 1, added: step.chosen, read: step.read, guesses: step.drafted.count, passes: 1,
          multiplications: (spent, plain.trace.cost.multiplications),
          memory: run.slots.map {
            TraceStep.Memory(
              name: $0.name, shape: $0.shape, bytes: $0.bytes, written: $0.written, reused: $0.reused, evicted: $0.evicted, isState: $0.growth == .state)
          },
          query: run.seen.first { $0.name.hasSuffix(".attention.query") }?.tensor.shape ?? [],
          attention: patterns.map { Autoregressive.row(min(row, $0.tensor.shape[2] - 1), of: $0.tensor) },
          attentionLayers: patterns.map { String($0.name.dropLast(".attention.pattern".count)) }, largestDifference: difference, details: details))
      run.trace.cost = Cost()
      return true
    }
    return result
  }

  /// The guesses of a step with what became of them, and the counts so far.
  private func drafts(_ step: Step, drafted: Int, accepted: Int) -> [TraceDetail] {
    let cells = step.drafted.enumerated().map { TraceDetail.TokenCell(.token($1), $0 < step.accepted ? .accepted : .rejected) }
    let own = step.chosen.dropFirst(step.accepted).map { TraceDetail.TokenCell(.token($0), .chosen) }
    return [
      TraceDetail("drafts", note: "guesses that the model agreed with or not, and the token that it chose itself", .tokens(cells + own)),
      TraceDetail(
        "drafts so far",
        .facts([
          .init("checked", .count(drafted)), .init("accepted", .count(accepted)),
          .init("share", .number(drafted == 0 ? 0 : Float(accepted) / Float(drafted))), .init("memory of the modules", .count(step.draftBytes), unit: "bytes"),
        ])),
    ]
  }
}
