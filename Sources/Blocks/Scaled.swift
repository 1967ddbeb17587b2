import Tensors

/// A sub-layer whose output is multiplied by a fixed number before it is added to the stream: residual scaling.
public struct Scaled: Block {
  public let block: any Block
  public let factor: Float
  public var keys = ""

  public init(_ block: any Block, by factor: Float) { (self.block, self.factor) = (block, factor) }

  public var role: Role { block.role }
  public var title: String { block.title }
  public var detail: String { block.detail }
  public var settings: [Setting] { [Setting("factor", factor)] }
  public var parts: [Child] { [Child("", block)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor { block(x, run) * factor }
}
