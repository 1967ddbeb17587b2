// Any objective over a model that chooses (experts for a token, keys for a query), with what teaches the choice: losses on what the routers said, a bias
// that is moved after each step, and the divergence of an indexer's scores from attention.

import Blocks
import Tensors

/// An objective, the balance of the experts and the schooling of indexers.
public struct Balanced: PartedObjective {
  public let base: any Objective
  /// Weight α of N·Σ fᵢ·Pᵢ (Switch: 0.01), and c of the mean squared logsumexp (ST-MoE: 0.001).
  public var switching = 0.0, z = 0.0
  /// Weights of the squared variation of importance and of load (Shazeer 2017: 0.1 each). The load needs noisy routers and a run with noise: without noise
  /// (an evaluation) it is left out.
  public var importance = 0.0, load = 0.0
  /// How far a router's balancing bias moves after each step: b += γ·sign(mean load − load) (DeepSeek-V3: 0.001).
  public var bias = 0.0
  /// Weight of the divergence of each indexer's scores from what attention looks at (DeepSeek-V3.2). No gradient of it leaves the indexers.
  public var index = 0.0

  public init(_ base: any Objective) { self.base = base }

  public var name: String { base.name }
  public var isIdle: Bool { switching == 0 && z == 0 && importance == 0 && load == 0 && bias == 0 && index == 0 }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch { try base.batch(samples, using: &generator) }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    run.routings = []
    run.indexings = index > 0 ? [] : nil
    defer { (run.routings, run.indexings) = (nil, nil) }
    let inner = try base.losses(model, batch, run)
    let routings = (run.routings ?? []).map { batch.withoutPadding($0) }
    let indexings = run.indexings ?? []
    if index > 0, indexings.isEmpty { throw ObjectiveFailure.noPart("an indexer", of: model.name) }
    if routings.isEmpty, index == 0 { throw ObjectiveFailure.noPart("a router", of: model.name) }
    if bias > 0, !routings.contains(where: { $0.correction != nil }) { throw ObjectiveFailure.noPart("a router with a balancing bias", of: model.name) }
    if load > 0, !routings.contains(where: { $0.routing.isNoisy }) { throw ObjectiveFailure.noPart("a noisy router", of: model.name) }
    var parts = inner.parts.isEmpty ? [(name: base.name, value: inner.total)] : inner.parts
    func add(_ name: String, _ weight: Double, _ measured: [Tensor]) {
      guard weight > 0, let first = measured.first else { return }
      // Each layer has its own balance; their losses add up.
      let sum = measured.dropFirst().reduce(first) { $0 + $1 }
      parts.append((name, sum * (Float(weight) * batch.extras.share)))
    }
    add("switch", switching, routings.map { Balance.switchLoss(logits: $0.logits, chosen: $0.chosen) })
    add("z", z, routings.map { Balance.zLoss($0.logits) })
    add("importance", importance, routings.map {
      Balance.squaredVariation(Balance.importance(Balance.gates(chosen: $0.chosen, weights: $0.weights, experts: $0.experts)))
    })
    add("load", load, routings.compactMap { record -> Tensor? in
      guard let noisy = record.noisy, let deviation = record.deviation, record.routing.active < record.experts else { return nil }
      return Balance.squaredVariation(Balance.load(logits: record.logits, noisy: noisy, deviation: deviation, active: record.routing.active))
    })
    let counted = batch.places(ofSource: false)
    add("index", index, indexings.map { $0.divergence(of: counted) })
    var loss = Loss(parts)
    loss.own = inner.own ?? inner.total
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
  /// Which places of the rows are tokens of the texts, row by row; nil: all.
  func places(ofSource isSource: Bool) -> [[Bool]]? {
    let read = isSource ? source : input
    if let padding = read?.padding { return padding }
    guard !isSource, let width = read?.ids.first?.count, extras.lengths.contains(where: { $0 < width }) else { return nil }
    return extras.lengths.map { length in (0..<width).map { $0 < length } }
  }

  /// What a router decided for the tokens of the texts: padding loads no expert.
  func withoutPadding(_ record: RoutingRecord) -> RoutingRecord {
    guard let places = places(ofSource: record.path.hasPrefix("encoder.") && source != nil)?.flatMap({ $0 }), record.logits.shape.first == places.count else { return record }
    return record.keeping(places.indices.filter { places[$0] }.map(Int32.init))
  }
}
