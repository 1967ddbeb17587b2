import Tensors

/// y = x·Wᵀ + b: a linear layer.   x [… , inputs] → [… , outputs]
public struct Projection: Block {
  public let inputs: Int, outputs: Int
  /// [outputs, inputs]
  public let weight: Parameter
  /// [outputs]
  public let bias: Parameter?
  public let role: Role
  public var keys = ""

  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = false, deviation: Float = 0.02, biasInitial: Parameter.Initial = .constant(0),
    role: Role = .structure
  ) {
    (self.inputs, self.outputs, self.role) = (inputs, outputs, role)
    weight = Parameter(outputs, inputs, initial: .normal(deviation: deviation))
    self.bias = bias ? Parameter(outputs, initial: biasInitial) : nil
  }

  /// With a bias that starts at these numbers; nil: without one.
  init(_ inputs: Int, _ outputs: Int, bias start: (@Sendable (Int) -> Float)?, deviation: Float = 0.02, role: Role) {
    (self.inputs, self.outputs, self.role) = (inputs, outputs, role)
    weight = Parameter(outputs, inputs, initial: .normal(deviation: deviation))
    bias = start.map { Parameter(outputs, initial: .each($0)) }
  }

  public var title: String { "linear" }
  public var detail: String { "\(inputs) → \(outputs)" }
  public var settings: [Setting] { [Setting("inputs", inputs), Setting("outputs", outputs), Setting("bias", bias != nil)] }
  public var parameters: [(name: String, parameter: Parameter)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor { self(x) }
  public func callAsFunction(_ x: Tensor) -> Tensor { linear(x, weight.tensor, bias?.tensor) }
}

extension Run {
  /// Several projections of the same x. When nobody watches they are computed together; a recorded run shows each.
  func project(_ x: Tensor, _ layers: [Projection]) -> [Tensor] {
    let together = isPlain && !x.isOutline && layers.allSatisfy { !$0.weight.tensor.isOutline && $0.weight.tensor.stride(1) == 1 }
    guard together else { return layers.map { $0(x) } }
    return Linears(biases: layers.map { $0.bias != nil })
      .apply(all: [x] + layers.flatMap { [$0.weight.tensor] + ($0.bias.map { [$0.tensor] } ?? []) })
  }
}
