// Any objective over a mixture of experts, with what keeps its experts busy: losses on what the routers said, and a bias that is moved after each step.

import Blocks
import Tensors

/// An objective and the balance of the experts.
public struct Balanced: PartedObjective {
  public let base: any Objective
  /// Weight α of N·Σ fᵢ·Pᵢ (Switch: 0.01), and c of the mean squared logsumexp (ST-MoE: 0.001).
  public var switching = 0.0, z = 0.0
  /// Weights of the squared variation of importance and of load (Shazeer 2017: 0.1 each). The load needs noisy routers and a run with noise: without noise
  /// (an evaluation) it is left out.
  public var importance = 0.0, load = 0.0
  /// How far a router's balancing bias moves after each step: b += γ·sign(mean load − load) (DeepSeek-V3: 0.001).
  public var bias = 0.0

  public init(_ base: any Objective) { self.base = base }

  public var name: String { base.name }
  public var isIdle: Bool { switching == 0 && z == 0 && importance == 0 && load == 0 && bias == 0 }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch { try base.batch(samples, using: &generator) }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    run.routings = []
    defer { run.routings = nil }
    let inner = try base.losses(model, batch, run)
    let routings = (run.routings ?? []).map { batch.withoutPadding($0) }
    guard !routings.isEmpty else { throw ObjectiveFailure.noPart("a router", of: model.name) }
    if bias > 0, !routings.contains(where: { $0.correction != nil }) { throw ObjectiveFailure.noPart("a router with a balancing bias", of: model.name) }
    if load > 0, !routings.contains(where: { $0.routing.isNoisy }) { throw ObjectiveFailure.noPart("a noisy router", of: model.name) }
    var parts = inner.parts.isEmpty ? [(name: base.name, value: inner.total)] : inner.parts
    func add(_ name: String, _ weight: Double, _ measure: (RoutingRecord) -> Tensor?) {
      let measured = routings.compactMap(measure)
      guard weight > 0, let first = measured.first else { return }
      // Each layer has its own balance; their losses add up.
      let sum = measured.dropFirst().reduce(first) { $0 + $1 }
      parts.append((name, sum * (Float(weight) * batch.extras.share)))
    }
    add("switch", switching) { Balance.switchLoss(logits: $0.logits, chosen: $0.chosen) }
    add("z", z) { Balance.zLoss($0.logits) }
    add("importance", importance) {
      Balance.squaredVariation(Balance.importance(Balance.gates(chosen: $0.chosen, weights: $0.weights, experts: $0.experts)))
    }
    add("load", load) { record in
      guard let noisy = record.noisy, let deviation = record.deviation, record.routing.active < record.experts else { return nil }
      return Balance.squaredVariation(Balance.load(logits: record.logits, noisy: noisy, deviation: deviation, active: record.routing.active))
    }
    var loss = Loss(parts)
    loss.loads = inner.loads + routings.map {
      Loss.ExpertLoad(path: $0.path, counts: Balance.count(chosen: $0.chosen, experts: $0.experts).values, correction: $0.correction)
    }
    return loss
  }

  /// Moves the biases by the loads of the whole step.
  public func afterStep(_ model: Architecture, _ losses: [Loss]) {
    base.afterStep(model, losses)
    guard bias > 0 else { return }
    for loads in Dictionary(grouping: losses.flatMap(\.loads), by: \.path).values {
      guard let correction = loads.first?.correction, correction.isBound else { continue }
      let counts = loads.dropFirst().reduce(loads[0].counts) { zip($0, $1.counts).map { $0 + $1 } }
      correction.bind(Tensor(Balanced.moved(correction.tensor.values, counts, by: Float(bias)), correction.shape))
    }
  }

  /// Biases after a step with these loads: up for idle experts, down for busy ones.
  public static func moved(_ biases: [Float], _ counts: [Float], by step: Float) -> [Float] {
    let mean = counts.reduce(0, +) / Float(max(1, counts.count))
    return zip(biases, counts).map { $0 + step * ($1 < mean ? 1 : $1 > mean ? -1 : 0) }
  }
}

extension Batch {
  /// What a router decided for the tokens of the texts: padding loads no expert.
  func withoutPadding(_ record: RoutingRecord) -> RoutingRecord {
    let isSource = record.path.hasPrefix("encoder.") && source != nil
    let width = (isSource ? source : input)?.ids.first?.count ?? 0
    let lengths = isSource ? source?.padding?.map { $0.count { $0 } } ?? [] : extras.lengths
    guard record.logits.shape.first == lengths.count * width, lengths.contains(where: { $0 < width }) else { return record }
    return record.keeping(lengths.enumerated().flatMap { row, length in (0..<min(length, width)).map { Int32(row * width + $0) } })
  }
}
