// A part whose sizes do not fit together: it is described and drawn like any other, and a fault when it runs. So a learner's
// wrong size is told with the part's path and both shapes, and the figure shows where the model breaks.

import Tensors

/// A block that cannot run, and why.
public struct Unfit: Block {
  public let block: any Block
  public let operation: String, expected: String
  let sizes: Shape
  public var keys = ""

  /// - Parameters:
  ///   - operation: what would be done: "split into heads".
  ///   - expected: the rule that is broken, in words.
  ///   - sizes: the shape that the operand would have to go with.
  public init(_ block: any Block, _ operation: String, expected: String, sizes: Shape) {
    (self.block, self.operation, self.expected, self.sizes) = (block, operation, expected, sizes)
  }

  public var kind: String { block.kind }
  public var role: Role { block.role }
  public var title: String { block.title }
  public var detail: String { block.detail }
  public var settings: [Setting] { block.settings }
  public var parts: [Child] { block.parts }
  public var counted: [Counted] { block.counted }
  public var parameters: [(name: String, parameter: Parameter)] { block.parameters }
  public var idleParameters: Int { block.idleParameters }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    if x.fault != nil { return x }
    let kind = Fault.Kind.shape(operation: operation, shapes: [x.shape, sizes], expected: expected)
    return Tensor(fault: Fault(kind, part: run.path), shape: x.shape, trace: x.trace)
  }
}
