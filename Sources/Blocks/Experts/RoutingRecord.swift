import Tensors

/// What a router decided in one forward, with the tensors that balancing losses follow back: collected by a run that asks for it (`Run.routings`).
public struct RoutingRecord: Sendable {
  /// The router's path.
  public let path: String
  public let routing: Routing
  public let experts: Int
  /// Before noise.   [tokens, experts]
  public let logits: Tensor
  /// With noise, and the noise's deviation; nil without noise.   [tokens, experts]
  public let noisy: Tensor?, deviation: Tensor?
  /// [tokens, active]
  public let chosen: Tensor, weights: Tensor
  /// The bias that moves the choice, where there is one.
  public let correction: Parameter?
}

extension RoutingRecord {
  /// What was decided for some of the tokens; gradients follow.
  public func keeping(_ rows: [Int32]) -> RoutingRecord {
    func kept(_ x: Tensor) -> Tensor { Gather(rows, shape: [rows.count]).apply([x]) }
    return RoutingRecord(
      path: path, routing: routing, experts: experts, logits: kept(logits), noisy: noisy.map(kept), deviation: deviation.map(kept), chosen: kept(chosen),
      weights: kept(weights), correction: correction)
  }
}
