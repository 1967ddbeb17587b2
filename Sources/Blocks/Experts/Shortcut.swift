import Tensors

/// x + F(x), or x + σ(F(x)): the residual of recurrent networks, without norms (Shazeer et al. 2017 squash their experts' output).
public struct Shortcut: Block {
  public let name: String
  public let body: any Block
  public let isSquashed: Bool
  public var keys = ""

  public init(_ name: String, _ body: any Block, isSquashed: Bool = false) {
    (self.name, self.body, self.isSquashed) = (name, body, isSquashed)
  }

  public var role: Role { .structure }
  public var title: String { isSquashed ? "x + σ(F(x))" : "x + F(x)" }
  public var settings: [Setting] { [Setting("squashed", isSquashed)] }
  public var parts: [Child] { [Child(name, body)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let y = run.within(name) { body(x, run) }
    return x + (isSquashed ? y.map(.sigmoid) : y)
  }
}
