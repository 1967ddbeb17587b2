// Measures of what preferences have made of a model: which of two answers it prefers, and what it writes behind a prompt by itself.

import Blocks
import Generation
import Tensors

extension Measuring {
  /// Begin tokens as the objective puts them.
  private var rows: ResponseRows {
    switch objective {
    case let objective as RewardLearning: objective.rows
    case let objective as DirectPreference: objective.rows
    case let objective as PolicyLearning: objective.rows
    case let objective as FineTuning: objective.rows
    default: ResponseRows(corpus.vocabulary.special)
    }
  }

  /// The share of pairs whose better answer a reward model scores higher; any other model: makes more likely.
  func preferred(_ count: Int) throws -> Double {
    let samples = self.samples(count)
    var choices = SeededGenerator(seed: 0)
    if (try? model.scalarHead()) != nil {
      let reward = RewardLearning(corpus.vocabulary.special, begins: rows.begins)
      return try reward.accuracy(model, reward.batch(samples, using: &choices)).share
    }
    let batch = try DirectPreference(corpus.vocabulary.special, begins: rows.begins).batch(samples, using: &choices)
    let sums = try model.likelihoods(batch.answers, Run(trace: Trace(stop: stop), keepsMemory: false)).sum().values
    return Double((0..<samples.count).reduce(0) { $0 + (sums[$1] > sums[$1 + samples.count] ? 1 : 0) }) / Double(max(1, samples.count))
  }

  /// Responses at temperature 1 behind held-out prompts: the share that the corpus's rule likes, and the share that is right.
  func responses(_ count: Int) throws -> (liked: Double, right: Double) {
    guard let preferences = corpus as? PreferencesCorpus else { return (.nan, .nan) }
    let samples = self.samples(count), written = try rollouts(samples)
    var liked = 0.0, right = 0
    for (sample, response) in zip(samples, written.responses) {
      liked += preferences.reward(response)
      if preferences.problem(in: response, source: sample.source) == nil { right += 1 }
    }
    return (liked / Double(count), Double(right) / Double(count))
  }

  /// KL(π‖π_start) of whole responses, in nats: what the policy has paid.
  func divergence(_ count: Int) throws -> Double {
    guard let start else { return .nan }
    return try rollouts(samples(count)).divergence(of: model, from: start, filler: corpus.vocabulary.special.filler)
  }

  private func rollouts(_ samples: [Sample]) throws -> Rollouts {
    var sampler = Sampler(temperature: Float(writing.temperature), seed: 1)
    return try Rollouts(model, leads: samples.map { rows.lead($0.source) }, limit: samples[0].tokens.count, sampler: &sampler, flag: stop)
  }
}
