// The router of a mixture of experts: which experts a token is sent to, and with what weights. The families differ in how scores
// become choices; all of that is a value, `Routing`.

import Tensors

/// How logits become chosen experts and their weights.
public struct Routing: Hashable, Sendable {
  public enum Scoring: String, Hashable, Sendable {
    /// Over all experts (Switch, Mixtral, Qwen, DeepSeek-V2).
    case softmax
    /// Each expert by itself (DeepSeek-V3).
    case sigmoid
    /// Over the chosen logits only (Shazeer 2017, gpt-oss).
    case softmaxOfChosen
  }
  /// Experts in groups, of which only some may be chosen from.
  public struct Groups: Hashable, Sendable {
    public let count: Int, chosen: Int
    /// The best expert speaks for its group (DeepSeek-V2), or the sum of its best two (V3).
    public let best: Int
    public init(_ count: Int, chosen: Int, best: Int) { (self.count, self.chosen, self.best) = (count, chosen, best) }
  }
  public let active: Int
  public let scoring: Scoring
  /// Weights of the chosen are divided by their sum (plus `epsilon`).
  public let renormalises: Bool
  public let epsilon: Float
  /// What the weights are multiplied by at the end.
  public let scale: Float
  public let groups: Groups?
  /// A bias per expert that moves the choice and not the weights (DeepSeek-V3's balancing without a loss).
  public let isCorrected: Bool
  /// Tokens of a sequence that an expert accepts in one forward; later ones are dropped (Switch). Nil: no bound.
  public let capacity: Int?
  /// Normal noise, as strong as the token makes it, is added to the logits while a run has noise (Shazeer 2017): what makes the load differentiable.
  public let isNoisy: Bool

  public init(
    active: Int, scoring: Scoring = .softmax, renormalises: Bool = true, epsilon: Float = 0, scale: Float = 1, groups: Groups? = nil,
    isCorrected: Bool = false, capacity: Int? = nil, isNoisy: Bool = false
  ) {
    (self.active, self.scoring, self.renormalises, self.epsilon) = (active, scoring, renormalises, epsilon)
    (self.scale, self.groups, self.isCorrected, self.capacity, self.isNoisy) = (scale, groups, isCorrected, capacity, isNoisy)
  }

  public var described: String {
    var words = ["\(isNoisy ? "noisy " : "")top-\(active)", scoring == .softmaxOfChosen ? "softmax of the chosen" : scoring.rawValue]
    if let groups { words.append("\(groups.chosen) of \(groups.count) groups") }
    if isCorrected { words.append("balancing bias") }
    if let capacity { words.append("capacity \(capacity)") }
    return words.joined(separator: ", ")
  }
}

/// Scores every expert for every token and chooses.
public struct Router: Part {
  public let width: Int, experts: Int
  public let routing: Routing
  public let gate: Projection
  /// [experts]; of `Routing.isCorrected`. Not learned by gradient, and no parameter of the published counts.
  public let correction: Parameter?
  /// Makes each token's deviation of the noise; of `Routing.isNoisy`. At 0 it begins: the deviation is ln 2.
  public let noise: Projection?
  public var keys = ""

  public init(_ width: Int, experts: Int, routing: Routing, bias: Bool = false) {
    (self.width, self.experts, self.routing) = (width, experts, routing)
    gate = Projection(width, experts, bias: bias, role: .experts)
    noise = routing.isNoisy ? Projection(width, experts, deviation: 0, role: .experts) : nil
    correction = routing.isCorrected ? Parameter(experts, initial: .constant(0), isBuffer: true) : nil
  }

  public var role: Role { .experts }
  public var title: String { "Router" }
  public var detail: String { routing.described }
  public var settings: [Setting] {
    [Setting("width", width), Setting("experts", experts), Setting("routing", routing.described), Setting("scale", routing.scale)]
  }
  public var parts: [Child] { [Child("", gate)] + (noise.map { [Child("noise", $0)] } ?? []) }
  public var parameters: [(name: String, parameter: Parameter)] { correction.map { [("correction", $0)] } ?? [] }

  /// x [tokens, width] → chosen and weights [tokens, active], largest first
  func callAsFunction(_ x: Tensor, _ run: Run) -> (chosen: Tensor, weights: Tensor) {
    let plain = gate(x).named("logits", run)
    let (logits, deviation) = disturbed(plain, x, run)                       // [n, E]
    let scores = routing.scoring == .softmax ? softmax(logits) : routing.scoring == .sigmoid ? logits.map(.sigmoid) : logits
    let rated = correction.map { scores + $0.tensor } ?? scores
    let chosen = TopK(routing.active).apply([routing.groups.map { kept(rated, $0) } ?? rated]).named("chosen", run)   // [n, k]
    var weights = Pick().apply([scores, chosen])
    if routing.scoring == .softmaxOfChosen {
      weights = softmax(weights)
    } else if routing.renormalises {
      var sum = weights.sum().reshaped([weights.shape.first ?? 0, 1])
      if routing.epsilon != 0 { sum = sum + routing.epsilon }
      weights = weights / sum
    }
    if routing.scale != 1 { weights = weights * routing.scale }
    weights = weights.named("weights", run)
    run.routings?.append(
      RoutingRecord(
        path: run.path, routing: routing, experts: experts, logits: plain, noisy: deviation == nil ? nil : logits, deviation: deviation, chosen: chosen,
        weights: weights, correction: correction))
    return (chosen, weights)
  }

  /// H(x) = x·W_g + ε ⊙ softplus(x·W_noise), ε ~ N(0, 1) (Shazeer 2017, eq. 4), while the run has noise.
  private func disturbed(_ logits: Tensor, _ x: Tensor, _ run: Run) -> (noisy: Tensor, deviation: Tensor?) {
    guard let noise, run.noise != nil, !logits.isOutline, logits.fault == nil else { return (logits, nil) }
    // The floor keeps the estimated load's quotient finite.
    let deviation = (noise(x).map(.softplus) + 1e-2).named("deviation", run)
    let draw = Tensor.normal(logits.shape, using: &run.noise!).tracked(by: run.trace)
    return ((logits + draw * deviation).named("noisy", run), deviation)
  }

  /// The scores with those of the groups that were not chosen out of reach.   [n, E] → [n, E]
  private func kept(_ scores: Tensor, _ groups: Routing.Groups) -> Tensor {
    let n = scores.shape.first ?? 0, size = experts / max(1, groups.count)
    let grouped = scores.reshaped([n, groups.count, size])
    let best = Pick().apply([grouped, TopK(min(groups.best, size)).apply([grouped])]).sum().reshaped([n, groups.count])
    let open = TopK(groups.chosen).apply([best])                             // [n, groups chosen]
    if let fault = open.fault { return Tensor(fault: fault, shape: scores.shape, trace: scores.trace) }
    let mask = KeepPlaces(width: groups.count).apply([open.reshaped([n, 1, groups.chosen])]).reshaped([n, groups.count, 1])
    return (grouped + mask).reshaped([n, experts])
  }
}
