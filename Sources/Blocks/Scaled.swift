import Tensors

/// A sub-layer whose output is multiplied by a fixed number before it is added to the stream: residual scaling. Its input may be, too
/// (Falcon-H1).
public struct Scaled: Block {
  public let block: any Block
  public let factor: Float, input: Float
  public var keys = ""

  public init(_ block: any Block, by factor: Float, input: Float = 1) { (self.block, self.factor, self.input) = (block, factor, input) }

  public var role: Role { block.role }
  public var title: String { block.title }
  public var detail: String { block.detail }
  public var settings: [Setting] { [Setting("factor", factor)] + (input == 1 ? [] : [Setting("input", input)]) }
  public var parts: [Child] { [Child("", block)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let y = block(input == 1 ? x : x * input, run)
    return factor == 1 ? y : y * factor
  }
}
