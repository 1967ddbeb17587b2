// Speculative decoding: guess several tokens cheaply, check them all in one forward, keep what the model would have said itself. The text is
// what plain decoding gives: the same under greedy choice, of the same distribution when sampled.

import Blocks
import Tensors

/// Generates with drafts by multi-token prediction (Leviathan et al. 2023, 2211.17192; drafts as in DeepSeek-V3, 2412.19437).
public struct Speculative: Sendable {
  public let architecture: Architecture
  /// Tokens that end the text.
  public var stops: Set<Int> = []
  /// How many tokens to guess at a time; nil: as many as the model has modules.
  public var drafts: Int?

  public init(_ architecture: Architecture, stops: [Int] = [], drafts: Int? = nil) {
    (self.architecture, self.stops, self.drafts) = (architecture, Set(stops), drafts)
  }

  /// One forward of the model: what was guessed before it, and what it confirmed.
  public struct Step: Sendable {
    public let index: Int
    /// Tokens that the forward read, the guessed ones last.
    public let read: [Int]
    public let drafted: [Int]
    /// How many of the guesses were right, from the first on.
    public let accepted: Int
    /// New tokens: the accepted guesses and one that the model chose itself.
    public let chosen: [Int]
    /// Memory of the model and of the modules after the step, in bytes as float32.
    public let bytes: Int, draftBytes: Int
    /// Logits that the first of the new tokens was chosen from.
    public let logits: [Float]
    /// Multiplications of the modules for the guesses that this step checked.
    let draftMultiplications: Int
  }

  /// What came of a generation.
  public struct Result: Sendable {
    /// The new tokens, the stop token included.
    public fileprivate(set) var tokens: [Int] = []
    public fileprivate(set) var steps: [Step] = []
    /// Guesses that were checked, and those that were right.
    public var drafted: Int { steps.reduce(0) { $0 + $1.drafted.count } }
    public var accepted: Int { steps.reduce(0) { $0 + $1.accepted } }
    /// Share of the guesses that were right; 0 if none was made.
    public var acceptance: Double { drafted == 0 ? 0 : Double(accepted) / Double(drafted) }
    /// Tokens that one forward of the model gave, on average.
    public var tokensPerPass: Double { steps.isEmpty ? 0 : Double(tokens.count) / Double(steps.count) }
  }

  /// Generates up to `limit` tokens after `prompt`.
  /// - Parameters:
  ///   - run: keeps the model's memory; guesses that were wrong leave it again.
  ///   - each: called after every forward; returning false ends the generation.
  /// - Throws: `GenerationFailure` or `Fault`.
  public func generate(
    _ prompt: [Int], limit: Int, sampler: Sampler, run: Run, each: (Step) throws -> Bool = { _ in true }
  ) throws -> Result {
    try Autoregressive(architecture).check(prompt)
    guard run.keepsMemory else { throw GenerationFailure.cannotGenerate("speculative decoding needs a run that keeps memory") }
    if run.prefix == nil { run.prefix = prompt.count }
    var drafter = try Drafter(architecture) { Trace(stop: run.trace.stop) }
    var sampler = sampler, result = Result()
    var text = prompt, unread = prompt, drafts: [Draft] = [], draftWork = 0
    while result.tokens.count < limit {
      if let context = architecture.bound, text.count > context { break }
      let mark = run.slots.contains { $0.growth.isOverwritten } ? run.mark : nil
      let read = unread + drafts.map(\.token)
      var (hidden, trunk, logits) = try architecture.thorough(Architecture.Input([read]), run)
      let checked = try Speculative.check(drafts, logits, from: unread.count - 1, &sampler)
      var new = checked.tokens
      if let stop = new.firstIndex(where: stops.contains) { new = Array(new.prefix(stop + 1)) }
      new = Array(new.prefix(limit - result.tokens.count))

      // Wrong guesses leave memory. Where they cannot be taken out, the run goes back and reads what was right again.
      let right = unread.count + checked.accepted
      if run.obstacle(toRewinding: read.count - right) == nil || read.count == right {
        try run.rewind(by: read.count - right)
      } else if let mark {
        run.restore(mark)
        (hidden, trunk, logits) = try architecture.thorough(Architecture.Input([Array(read.prefix(right))]), run)
      }
      text += new
      result.tokens += new
      let goesOn = new.last.map { !stops.contains($0) } ?? false
      let verified = (trunk != nil && architecture.predictions.isEmpty ? trunk! : hidden).slice(0..<right, axis: 1)
      let drafted = drafts.map(\.token), work = draftWork
      let first = logits.slice((unread.count - 1)..<unread.count, axis: 1).values
      drafts = []
      if goesOn, new.count == checked.tokens.count, result.tokens.count < limit {
        // The forward that checks may not read beyond the context, nor guess beyond the limit.
        let room = min((architecture.bound ?? .max) - text.count, limit - result.tokens.count - 1, self.drafts ?? drafter.count)
        drafter.runs.forEach { $0.trace.cost = Cost() }
        if room > 0 { drafts = try drafter.draft(verified, text: text, limit: room, sampler: &sampler) }
        draftWork = drafter.runs.reduce(0) { $0 + $1.trace.cost.multiplications }
      }
      let step = Step(
        index: result.steps.count, read: read, drafted: drafted, accepted: checked.accepted, chosen: new, bytes: run.memoryBytes,
        draftBytes: drafter.runs.reduce(0) { $0 + $1.memoryBytes }, logits: first, draftMultiplications: work)
      result.steps.append(step)
      guard try each(step), goesOn else { break }
      unread = [text[text.count - 1]]
    }
    return result
  }

  /// Compares the guesses with what the model says after each.
  /// - Parameter from: row of the logits that speaks of the first guess.   logits [1, rows, vocabulary]
  static func check(_ drafts: [Draft], _ logits: Tensor, from: Int, _ sampler: inout Sampler) throws -> (tokens: [Int], accepted: Int) {
    var tokens: [Int] = []
    for i in 0...drafts.count {
      let row = logits.slice((from + i)..<(from + i + 1), axis: 1).values
      if row.contains(where: { !$0.isFinite }) { throw Fault(.notFinite("logits")) }
      guard i < drafts.count else { return (tokens + [sampler.choose(row)], i) }
      let verdict = sampler.judge(drafts[i], row)
      tokens.append(verdict.token)
      if !verdict.isAccepted { return (tokens, i) }
    }
    return (tokens, drafts.count)
  }
}

extension Growth {
  /// Whether new tokens write over what older ones left.
  fileprivate var isOverwritten: Bool {
    switch self {
    case .ring, .state: true
    case .everyToken, .once: false
    }
  }
}

extension Sampler {
  /// A guess drawn as this sampler draws.
  mutating func draft(_ logits: [Float]) -> Draft {
    if temperature == 0 {
      let best = Sampler.largest(logits)
      return Draft(token: best, candidates: [(best, 1)])
    }
    let candidates = distribution(logits)
    return Draft(token: choose(from: candidates), candidates: candidates)
  }

  /// Accepts a guess with the chance min(1, p/q) that the model gives it against the guess's own; else draws from what the guess had too
  /// little of, max(0, p − q). So the outcome has the distribution p (Leviathan et al. 2023, appendix A.1).
  mutating func judge(_ draft: Draft, _ logits: [Float]) -> (token: Int, isAccepted: Bool) {
    if temperature == 0 {
      let best = Sampler.largest(logits)
      return (best, best == draft.token)
    }
    let p = distribution(logits)
    let q = Dictionary(uniqueKeysWithValues: draft.candidates.map { ($0.id, $0.probability) })
    let (mine, its) = (p.first { $0.id == draft.token }?.probability ?? 0, q[draft.token] ?? 1)
    if uniform() * its < mine { return (draft.token, true) }
    let rest = p.map { (id: $0.id, probability: max(0, $0.probability - (q[$0.id] ?? 0))) }
    let total = rest.reduce(Float(0)) { $0 + $1.probability }
    // Equal distributions leave no rest but rounding.
    guard total > 0 else { return (choose(from: p), false) }
    return (choose(from: rest.map { ($0.id, $0.probability / total) }), false)
  }
}
