// What a published class holds and no formula reads.

/// The bias that an untied masked-LM head of the BERT line holds beside the one that it adds. Counted and saved, never read.   [count]
public struct IdleBias: Part {
  public let bias: Parameter
  public var keys = ""

  public init(_ count: Int) { bias = Parameter(count, initial: .constant(0)) }

  public var role: Role { .head }
  public var title: String { "Bias that nothing reads" }
  public var settings: [Setting] { [Setting("count", bias.count)] }
  public var parameters: [(name: String, parameter: Parameter)] { [("bias", bias)] }
}
