// SSD-LM's sampler: a block of tokens as noisy logits, denoised, then the next block; a classifier may push the logits (Han et al. 2022).

import Blocks
import Tensors

/// Writes block by block on the simplex.
public struct SimplexDiffusion: Decoding {
  /// Logits of a block, given the tokens before it and its noisy logits s [1, block, vocabulary] at t/T.   → [1, block, vocabulary]
  public typealias Predictor = @Sendable (_ context: [Int], _ s: Tensor, _ time: Float, _ run: Run) throws -> Tensor

  public let process: SimplexProcess
  public let block: Int
  public let vocabulary: Int
  public let predict: Predictor
  public var projection: SimplexProcess.Projection = .greedy
  /// Steps for a block; nil: all of the schedule's.
  public var steps: Int?
  /// A classifier: the gradient of its log-probability by the logits, given softmax(logits) [block, vocabulary]; and its weight λ.
  public var guidance: (@Sendable (Tensor) -> Tensor)?
  public var strength: Float = 0
  public var seed: UInt64 = 0
  public var stops: Set<Int> = []
  let check: @Sendable ([Int], Int) throws -> Void

  public init(_ architecture: Architecture, _ process: SimplexProcess, block: Int) {
    self.init(process, block: block, vocabulary: architecture.embedding.vocabulary) { context, s, time, run in
      var input = Architecture.Input([context])
      (input.vectors, input.times) = (s, [time])
      let logits = try run.tentatively { try architecture(input, run) }
      return logits.slice(context.count..<(context.count + s.shape[1]), axis: 1)
    } check: { prompt, limit in try Autoregressive(architecture).checkCanvas(prompt, limit) }
  }

  public init(
    _ process: SimplexProcess, block: Int, vocabulary: Int, predict: @escaping Predictor,
    check: @escaping @Sendable ([Int], Int) throws -> Void = { _, _ in }
  ) {
    (self.process, self.block, self.vocabulary, self.predict, self.check) = (process, block, vocabulary, predict, check)
  }

  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    if let steps, steps < 1 { throw DiffusionFailure.steps(steps) }
    if block < 1 { throw DiffusionFailure.block(block) }
    if limit == 0 { return [] }
    try check(prompt, limit)
    var generator = SeededGenerator(seed: seed)
    var text = prompt, index = 0
    let times = process.schedule.respaced(steps ?? process.schedule.steps)
    writing: while text.count < prompt.count + limit {
      let count = min(block, prompt.count + limit - text.count), shape = [count, vocabulary]
      var s = Tensor.normal(shape, deviation: process.scale, using: &generator)
      var words: [Int] = []
      for (now, next) in zip(times, times.dropFirst()) {
        let time = Float(now) / Float(process.schedule.steps)
        var logits = try predict(text, s.reshaped([1] + shape), time, run).reshaped(shape).materialised.untracked
        var push: Float = 0
        if let guidance, strength != 0 {
          let gradient = guidance(softmax(logits))
          push = Reduce(.sumOfSquares).apply([gradient.reshaped([gradient.count])]).item.squareRoot()
          logits = logits + gradient * strength
        }
        // s itself is not used again: the next point comes from the projection and fresh noise.
        let point = process.projected(logits, projection)
        s = process.noised(point, .normal(shape, using: &generator), at: next)
        let before = words
        words = Reduce(.argmax).apply([logits]).values.map { Int($0) }
        let goesOn = try each(
          DecodingStep(
            index: index, read: text + words, canvas: text + words, chosen: next == 0 ? words.enumerated().map { ($0.element, text.count + $0.offset) } : [],
            logits: nil, details: details(text, logits, words, before, now, next, push)))
        index += 1
        if !goesOn { break }
      }
      text += words
      if words.contains(where: stops.contains) { break writing }
    }
    return Array(text[prompt.count...]).ended(by: stops)
  }

  private func details(
    _ text: [Int], _ logits: Tensor, _ words: [Int], _ before: [Int], _ now: Int, _ next: Int, _ push: Float
  ) -> [TraceDetail] {
    let p = softmax(logits).values
    let cells = text.map { TraceDetail.TokenCell(.token($0), .kept) } + words.enumerated().map { i, word in
      let mark: TraceDetail.Mark = next == 0 ? .chosen : before.indices.contains(i) && before[i] == word ? .masked : .changed
      return TraceDetail.TokenCell(.token(word), mark, number: p[i * vocabulary + word])
    }
    let entropy = p.reduce(Float(0)) { $0 - ($1 > 0 ? $1 * log($1) : 0) } / Float(max(1, words.count))
    return [
      TraceDetail("canvas", note: "probability of the word", .tokens(cells)),
      TraceDetail(
        "denoising",
        .facts([
          .init("time", .text("\(now) → \(next) of \(process.schedule.steps)")),
          .init("noise level (1 − ᾱ)", .number(Float(1 - process.schedule.signal[now]))),
          .init("entropy", .number(entropy), unit: "nats a position"), .init("guidance", .number(push), unit: "length of the gradient"),
        ])),
    ]
  }
}

#if canImport(Glibc)
import Glibc
#endif
