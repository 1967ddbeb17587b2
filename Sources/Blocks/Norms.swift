import Tensors

/// x / √(mean x² + ε) · gain (Zhang & Sennrich 2019, 1910.07467).
public struct RMSNorm: Block {
  public let width: Int
  public let epsilon: Float
  /// What is added to the stored gain: 1 where it is learned as a distance from 1 (Qwen3-Next).
  public let offset: Float
  /// [width]
  public let gain: Parameter
  public var keys = ""

  public init(_ width: Int, epsilon: Float = 1e-6, offset: Float = 0) {
    (self.width, self.epsilon, self.offset) = (width, epsilon, offset)
    gain = Parameter(width, initial: .constant(1 - offset))
  }

  public var role: Role { .norm }
  public var settings: [Setting] {
    [Setting("width", width), Setting("epsilon", epsilon)] + (offset == 0 ? [] : [Setting("offset", offset)])
  }
  public var parameters: [(name: String, parameter: Parameter)] { [("weight", gain)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    RMSNormalise(epsilon: epsilon).apply([x, offset == 0 ? gain.tensor : gain.tensor + offset])
  }
}

/// (x − mean) / √(variance + ε) · gain + bias (Ba et al. 2016, 1607.06450).
public struct LayerNorm: Block {
  public let width: Int
  public let epsilon: Float
  /// [width]; no bias in PaLM.
  public let gain: Parameter, bias: Parameter?
  /// The reference sees the stream divided by this (RWKV-4 against overflow): its ε weighs scale² as much. Not a size of the model.
  public let scale: Float
  public var keys = ""

  public init(_ width: Int, epsilon: Float = 1e-5, bias: Bool = true, scale: Float = 1) {
    (self.width, self.epsilon, self.scale) = (width, epsilon, scale)
    gain = Parameter(width, initial: .constant(1))
    self.bias = bias ? Parameter(width, initial: .constant(0)) : nil
  }

  public var role: Role { .norm }
  public var settings: [Setting] { [Setting("width", width), Setting("epsilon", epsilon), Setting("bias", bias != nil)] }
  public var parameters: [(name: String, parameter: Parameter)] {
    [("weight", gain)] + (bias.map { [("bias", $0)] } ?? [])
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    LayerNormalise(epsilon: epsilon * scale * scale).apply([x, gain.tensor] + (bias.map { [$0.tensor] } ?? []))
  }
}
