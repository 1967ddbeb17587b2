// Masked diffusion: the whole answer starts as masks; each step predicts all of them and keeps a few (LLaDA's released sampler, Nie et al. 2025).

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// Fills a canvas of masks. Nothing is cached: every position sees every other, so every pass reads all.
public struct MaskedDiffusion: Decoding {
  /// Which predictions a step keeps.
  public enum Remasking: String, Sendable, CaseIterable {
    /// The most probable ones.
    case lowConfidence = "low-confidence"
    /// Any.
    case random
  }

  /// Logits of every position of a canvas.   [1, positions, vocabulary]
  public let predict: @Sendable ([Int], Run) throws -> Tensor
  public let mask: Int
  /// Passes in all; nil: one for each new token. They are shared evenly by the blocks.
  public var steps: Int?
  /// Tokens that are filled in before anything right of them; nil: the whole answer is one block.
  public var block: Int?
  public var remasking: Remasking = .lowConfidence
  /// 0: the most probable token; 1: the model's own distribution.
  public var temperature: Float = 0
  public var seed: UInt64 = 0
  public var stops: Set<Int> = []
  let check: @Sendable ([Int], Int) throws -> Void

  public init(_ architecture: Architecture, mask: Int) {
    self.init(mask: mask) { canvas, run in
      try run.tentatively { try architecture(Architecture.Input([canvas]), run) }
    } check: { prompt, limit in
      try Autoregressive(architecture).checkCanvas(prompt, limit)
    }
  }

  /// With any predictor: an oracle, a table.
  public init(
    mask: Int, predict: @escaping @Sendable ([Int], Run) throws -> Tensor, check: @escaping @Sendable ([Int], Int) throws -> Void = { _, _ in }
  ) {
    (self.mask, self.predict, self.check) = (mask, predict, check)
  }

  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    if let steps, steps < 1 { throw DiffusionFailure.steps(steps) }
    if let block, block < 1 { throw DiffusionFailure.block(block) }
    if limit == 0 { return [] }
    try check(prompt, limit)
    var generator = SeededGenerator(seed: seed)
    var canvas = prompt + Array(repeating: mask, count: limit)
    let size = min(block ?? limit, limit)
    var index = 0
    writing: for start in stride(from: prompt.count, to: canvas.count, by: size) {
      let end = min(start + size, canvas.count)
      let rounds = max(1, (steps ?? limit) * (end - start) / limit)
      for quota in MaskingProcess.quota(end - start, steps: rounds) where quota > 0 {
        let logits = try predict(canvas, run)
        let proposals = propose(logits, canvas, start..<end, &generator)
        let kept = Set(proposals.sorted { $0.rank != $1.rank ? $0.rank > $1.rank : $0.place < $1.place }.prefix(quota).map(\.place))
        let found = canvas
        for proposal in proposals where kept.contains(proposal.place) { canvas[proposal.place] = proposal.token }
        let chosen = proposals.filter { kept.contains($0.place) }.sorted { $0.confidence > $1.confidence }.map { ($0.token, $0.place) }
        let goesOn = try each(
          DecodingStep(
            index: index, read: found, canvas: found, chosen: chosen, logits: logits,
            details: details(found, proposals, kept, prompt.count, start..<end)))
        index += 1
        if !goesOn { break writing }
      }
      // What stands right of a stop token is of no interest.
      if canvas[start..<end].contains(where: stops.contains) { break }
    }
    return Array(canvas[prompt.count...]).ended(by: stops)
  }

  struct Proposal {
    let place: Int, token: Int
    /// Probability of the token.
    let confidence: Float
    /// What decides which are kept.
    let rank: Float
  }

  /// A token for every mask of the block.
  func propose(_ logits: Tensor, _ canvas: [Int], _ block: Range<Int>, _ generator: inout SeededGenerator) -> [Proposal] {
    let width = logits.shape.last ?? 0
    return canvas.indices.filter { canvas[$0] == mask && block.contains($0) }.map { place in
      let row = logits.slice(place..<(place + 1), axis: 1).values
      let token = Draw.token(row, temperature: temperature, &generator)
      let confidence = Draw.probability(of: token, row)
      let rank = remasking == .random ? generator.uniform() : confidence
      return Proposal(place: place, token: min(token, width - 1), confidence: confidence, rank: rank)
    }
  }

  private func details(_ found: [Int], _ proposals: [Proposal], _ kept: Set<Int>, _ given: Int, _ block: Range<Int>) -> [TraceDetail] {
    let byPlace = Dictionary(uniqueKeysWithValues: proposals.map { ($0.place, $0) })
    let cells = found.enumerated().map { place, token -> TraceDetail.TokenCell in
      guard let proposal = byPlace[place] else {
        return TraceDetail.TokenCell(.token(token), token == mask && place >= given ? .masked : .kept)
      }
      return TraceDetail.TokenCell(.token(proposal.token), kept.contains(place) ? .chosen : .remasked, number: proposal.confidence)
    }
    let masked = found[given...].filter { $0 == mask }.count, length = found.count - given
    return [
      TraceDetail("canvas", note: "probability of the proposed token", .tokens(cells)),
      TraceDetail(
        "denoising",
        .facts([
          .init("noise level", .number(Float(masked) / Float(max(1, length)))), .init("masked", .count(masked)), .init("kept", .count(kept.count)),
          .init("remasked", .count(proposals.count - kept.count)), .init("block", .text("\(block.lowerBound)..<\(block.upperBound)")),
          .init("remasking", .text(remasking.rawValue)),
        ])),
    ]
  }
}

/// Drawing tokens from logits.
enum Draw {
  /// argmax of exp(ℓ)/(−ln U)^τ: at τ = 1 exact sampling (Gumbel-max). In float64: float32 cuts the tails off (LLaDA's note).
  static func token(_ logits: [Float], temperature: Float, _ generator: inout SeededGenerator) -> Int {
    if temperature == 0 { return Sampler.largest(logits) }
    var best = 0, largest = -Double.infinity
    for (id, logit) in logits.enumerated() {
      let u = (Double(generator.next() >> 11) + 0.5) * 0x1p-53
      let value = Double(logit) - Double(temperature) * log(-log(u))
      if value > largest { (best, largest) = (id, value) }
    }
    return best
  }

  /// softmax(ℓ) at one place.
  static func probability(of token: Int, _ logits: [Float]) -> Float {
    guard let top = logits.max(), logits.indices.contains(token) else { return 0 }
    let total = logits.reduce(0.0) { $0 + exp(Double($1 - top)) }
    return Float(exp(Double(logits[token] - top)) / total)
  }

  /// An index by its weight.
  static func index(_ weights: [Double], _ generator: inout SeededGenerator) -> Int {
    var rest = Double(generator.next() >> 11) * 0x1p-53 * weights.reduce(0, +)
    for (i, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return i }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }
}

extension Autoregressive {
  /// Checks a prompt together with the canvas behind it.
  func checkCanvas(_ prompt: [Int], _ limit: Int) throws {
    if !prompt.isEmpty { try check(prompt) }
    if let context = architecture.bound, prompt.count + limit > context {
      throw GenerationFailure.tooLong(tokens: prompt.count + limit, context: context)
    }
  }
}
