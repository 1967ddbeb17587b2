// Learned positions as a part of a stack: an encoder–decoder that shares its token embedding has a table for each side.

import Tensors

/// x + P[i + offset]: a learned row for each position.   x [b, t, width]
public struct PositionTable: Block {
  /// [rows, width]
  public let table: Parameter
  /// Row of position 0 (2 in BART).
  public let offset: Int
  public var keys = ""

  public init(rows: Int, width: Int, offset: Int = 0) {
    table = Parameter(rows, width)
    self.offset = offset
  }

  public var role: Role { .embedding }
  public var title: String { "Position embedding" }
  public var detail: String { "\(table.shape[0]) × \(table.shape[1])" }
  public var settings: [Setting] { [Setting("rows", table.shape[0]), Setting("width", table.shape[1]), Setting("offset", offset)] }
  public var parameters: [(name: String, parameter: Parameter)] { [("weight", table)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    // Outlines are counted at any length, as Embedding does.
    if table.tensor.isOutline, run.trace.recording == nil { return x }
    let lead = run.stream.perSequence ? [run.stream.batch, run.stream.count] : [1, run.stream.count]
    return x + Gather(run.stream.positions.map { $0 + Int32(offset) }, shape: lead).apply([table.tensor], trace: run.trace)
  }
}
