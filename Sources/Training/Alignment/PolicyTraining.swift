// PPO: a policy writes responses, a reward judges them, and what was judged well becomes more likely, as far as the clip and the KL to the reference allow.
// An objective over samples cannot say this, because the samples come from the policy itself; so this loop is its own.

import Blocks
import Files
import Generation
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// The numbers of PPO.
public struct PolicySettings: Sendable, Equatable {
  /// Weight of the KL to the reference in every token's reward; 0: nothing holds the policy.
  public var beta: Float = 0.1
  public var lambda: Float = 0.95
  public var discount: Float = 1
  public var clip: Float = 0.2
  /// Responses of one iteration, their tokens, passes over them, and responses of one update.
  public var rollouts = 64, responseTokens = 13, epochs = 2, minibatch = 32
  public var policyRate = 2e-4, valueRate = 5e-4
  /// How both models step, but for their rates, which go by the schedule; the first iterations warm up beside it.
  public var optimiser = OptimiserSettings(.adamW(beta1: 0.9, beta2: 0.99), rate: 0, clip: 1)
  public var schedule = Schedule()
  /// Advantages of an iteration get mean 0 and deviation 1.
  public var whitens = true
  /// Weight of the pre-training loss beside the reward (PPO-ptx).
  public var pretraining: Float = 0
  public var iterations = 40
  public var seed: UInt64 = 0

  public init() {}
}

/// What one iteration says.
public struct PolicyReport: Sendable, Equatable {
  public let iteration: Int
  /// Mean score of the responses, without the penalty.
  public let reward: Double
  /// Mean of Σ_t (log π − log π_ref) over the responses, before this iteration's updates.
  public let divergence: Double
  /// Mean entropy of the policy where it chose, in nats a token.
  public let entropy: Double
  /// Share of the response tokens of all updates whose ratio left the clip.
  public let clipShare: Double
  /// Mean squared error of the value function over two, over all updates.
  public let valueLoss: Double
}

extension PolicyReport {
  /// Its part of a line of the log.
  var members: [(String, JSONTree)] {
    [
      ("reward", .double(reward)), ("kl", .double(divergence)), ("entropy", .double(entropy)), ("clip_share", .double(clipShare)), ("value_loss", .double(valueLoss)),
    ]
  }

  init?(_ json: JSON, iteration: Int) {
    guard let reward = json["reward"]?.double, let divergence = json["kl"]?.double, let entropy = json["entropy"]?.double, let clipShare = json["clip_share"]?.double,
      let valueLoss = json["value_loss"]?.double
    else { return nil }
    self.init(iteration: iteration, reward: reward, divergence: divergence, entropy: entropy, clipShare: clipShare, valueLoss: valueLoss)
  }
}

/// PPO in progress.
public final class PolicyTraining {
  public let policy: Architecture, value: Architecture
  public let reference: FrozenNumbers
  public let rows: ResponseRows
  public let settings: PolicySettings
  public internal(set) var history: [PolicyReport] = []

  private let corpus: any Corpus
  private let reward: ([(prompt: [Int], response: [Int])]) throws -> [Float]
  let policyStep: GradientStep, valueStep: GradientStep
  let policyOptimiser: Optimiser, valueOptimiser: Optimiser
  private let pretraining: (corpus: any Corpus, objective: any Objective)?
  var order: SeededGenerator, shuffle: SeededGenerator, sampler: Sampler
  private let stop: UnsafeMutablePointer<Int32>?

  /// - Parameters:
  ///   - policy: it is its own reference: the numbers that it has now.
  ///   - value: a model with a scalar head, such as a copy of the reward model. It shares no numbers with the policy.
  ///   - corpus: prompts are the `source` of its samples, of equal length.
  ///   - reward: a score for each text.
  ///   - pretraining: what the policy must not forget; counts with `settings.pretraining`.
  /// - Throws: `ObjectiveFailure.noPart` if the value model has no scalar head.
  public init(
    _ policy: Architecture, value: Architecture, corpus: any Corpus, rows: ResponseRows, settings: PolicySettings = PolicySettings(),
    pretraining: (corpus: any Corpus, objective: any Objective)? = nil, stop: UnsafeMutablePointer<Int32>? = nil,
    reward: @escaping ([(prompt: [Int], response: [Int])]) throws -> [Float]
  ) throws {
    _ = try value.scalarHead()
    (self.policy, self.value, self.corpus, self.rows, self.settings) = (policy, value, corpus, rows, settings)
    (self.pretraining, self.reward, self.stop) = (pretraining, reward, stop)
    reference = FrozenNumbers(policy)
    policyStep = try GradientStep(policy, trace: Trace(stop: stop))
    valueStep = try GradientStep(value, trace: Trace(stop: stop))
    func optimiser(_ rate: Double, _ step: GradientStep) -> Optimiser {
      var own = settings.optimiser
      own.rate = rate
      return Optimiser(own, step.parameters)
    }
    (policyOptimiser, valueOptimiser) = (optimiser(settings.policyRate, policyStep), optimiser(settings.valueRate, valueStep))
    var seeds = SeededGenerator(seed: settings.seed ^ 0x7070_6F00)
    order = SeededGenerator(seed: seeds.next())
    shuffle = SeededGenerator(seed: seeds.next())
    sampler = Sampler(temperature: 1, seed: seeds.next())
  }

  public var isFinished: Bool { history.count >= settings.iterations }

  /// Responses of the policy as it is now.
  public func write(_ count: Int, part: CorpusPart = .training) throws -> (prompts: [[Int]], rollouts: Rollouts) {
    let prompts = (0..<count).map { _ in corpus.sample(part, using: &order).source }
    let rollouts = try Rollouts(
      policy, leads: prompts.map { rows.lead($0) }, limit: settings.responseTokens, sampler: &sampler, stop: rows.special[.end], flag: stop)
    return (prompts, rollouts)
  }

  /// One iteration: responses, their rewards, and the updates that follow from them.
  /// - Throws: `TrainingFailure.interrupted`, `.diverged` (both leave everything as it was before the iteration), or the model's own `Fault`.
  @discardableResult
  public func advance() throws -> PolicyReport {
    let before = moment
    do { return try iterate() } catch {
      moment = before
      throw (error as? Fault)?.kind == .interrupted || policyStep.trace.isStopped ? TrainingFailure.interrupted(step: history.count) : error
    }
  }

  private func iterate() throws -> PolicyReport {
    let (prompts, rollouts) = try write(settings.rollouts)
    let scores = try reward(zip(prompts, rollouts.responses).map { (prompt: $0, response: $1) })
    let all = rollouts.rows(rollouts.responses.indices, filler: rows.special.filler)
    let width = all.ids[0].count, still = { Run(trace: Trace(stop: self.stop), keepsMemory: false) }

    let (old, entropy) = try oldLikelihoods(all, still())
    let held = try reference.applied { try policy.likelihoods(all, still()) }.values
    let values = try value.values(all.ids, still()).values
    // Advantages stand where the tokens of the responses are said.
    var advantages = [Float](repeating: 0, count: old.count), returns = advantages, divergence = 0.0
    for (row, response) in rollouts.responses.enumerated() {
      let first = row * width + rollouts.leads[row].count - 1, range = first..<(first + response.count)
      let rewards = PolicyGradient.rewards(Array(old[range]), Array(held[range]), score: scores[row], beta: settings.beta)
      let found = PolicyGradient.advantages(rewards, Array(values[range]), lambda: settings.lambda, discount: settings.discount)
      advantages.replaceSubrange(range, with: found.advantages)
      returns.replaceSubrange(range, with: found.returns)
      divergence += range.reduce(0.0) { $0 + Double(old[$1] - held[$1]) }
    }
    if settings.whitens { whiten(&advantages, all) }

    var clipped = 0, tokens = 0, valueLoss = 0.0, updates = 0
    for _ in 0..<settings.epochs {
      var left = Array(rollouts.responses.indices)
      for i in left.indices.dropLast() { left.swapAt(i, i + shuffle.below(left.count - i)) }
      for start in stride(from: 0, to: left.count, by: settings.minibatch) {
        let chosen = Array(left[start..<min(start + settings.minibatch, left.count)])
        func part(_ x: [Float]) -> Tensor { Tensor(chosen.flatMap { x[($0 * width)..<(($0 + 1) * width)] }, [chosen.count, width]) }
        let piece = AnswerRows(ids: chosen.map { all.ids[$0] }, targets: chosen.map { all.targets[$0] }, weights: chosen.map { all.weights[$0] })
        let count = piece.weights.reduce(0) { $0 + $1.reduce(0, +) }
        let mask = Tensor(piece.weights.flatMap { $0 }, [chosen.count, width])
        let (before, gain) = (part(old), part(advantages))
        let remembered = try pretrainingBatch()

        var ratios: Tensor?
        let policyResult = try policyStep { run in
          let ratio = (try policy.likelihoods(piece, run) - before).map(.exp)
          ratios = ratio.untracked
          var loss = (PolicyGradient.clipped(ratio, gain, epsilon: settings.clip) * mask).total * (-1 / count)
          if let remembered, let pretraining { loss = loss + (try pretraining.objective.loss(policy, remembered, run)) * settings.pretraining }
          return loss
        }
        try update(policyOptimiser, policyResult, rate: settings.policyRate, "the policy's loss")
        for (ratio, weight) in zip(ratios?.values ?? [], mask.values) where weight != 0 {
          tokens += 1
          if abs(ratio - 1) > settings.clip { clipped += 1 }
        }
        let target = part(returns)
        let valueResult = try valueStep { run in ((try value.values(piece.ids, run) - target).map(.square) * mask).total * (0.5 / count) }
        try update(valueOptimiser, valueResult, rate: settings.valueRate, "the value function's loss")
        valueLoss += Double(valueResult.loss)
        updates += 1
      }
    }
    let n = Double(max(1, scores.count))
    let report = PolicyReport(
      iteration: history.count + 1, reward: scores.reduce(0) { $0 + Double($1) } / n, divergence: divergence / n, entropy: entropy,
      clipShare: Double(clipped) / Double(max(1, tokens)), valueLoss: valueLoss / Double(max(1, updates)))
    history.append(report)
    return report
  }

  private func update(_ optimiser: Optimiser, _ result: (loss: Float, gradients: [Tensor]), rate: Double, _ what: String) throws {
    // The first tenth of a training warms up, ten iterations at most.
    let warm = min(1, Double(history.count + 1) / Double(max(1, min(10, settings.iterations / 10)))) * settings.schedule.factor(at: history.count, of: settings.iterations)
    guard result.loss.isFinite, optimiser.update(result.gradients, rate: rate * warm).isFinite else {
      throw TrainingFailure.diverged(step: history.count + 1, loss: result.loss, tensor: what)
    }
  }

  private func pretrainingBatch() throws -> Batch? {
    guard settings.pretraining > 0, let pretraining else { return nil }
    let samples = (0..<settings.minibatch).map { _ in pretraining.corpus.sample(.training, using: &order) }
    return try pretraining.objective.batch(samples, using: &shuffle)
  }

  /// ln p of what was said, and the mean entropy where it was said.
  private func oldLikelihoods(_ rows: AnswerRows, _ run: Run) throws -> ([Float], Double) {
    let logits = try policy(Architecture.Input(rows.ids), run)
    let targets = zip(rows.targets, rows.weights).flatMap { zip($0, $1).map { Int32($1 == 0 ? Batch.none : $0) } }
    let logarithms = logSoftmax(logits)
    let entropies = (logarithms.map(.exp) * logarithms).sum().values
    var sum = 0.0, count = 0
    for (entropy, target) in zip(entropies, targets) where target >= 0 { (sum, count) = (sum - Double(entropy), count + 1) }
    return ((-crossEntropy(logits, targets: targets)).values, sum / Double(max(1, count)))
  }

  private func whiten(_ x: inout [Float], _ rows: AnswerRows) {
    let places = rows.weights.flatMap { $0 }.enumerated().filter { $0.element != 0 }.map(\.offset), n = Float(max(1, places.count))
    let mean = places.reduce(0) { $0 + x[$1] } / n
    let deviation = max(1e-6, (places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / n).squareRoot())
    for place in places { x[place] = (x[place] - mean) / deviation }
  }
}
