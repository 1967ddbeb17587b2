import CKernels

/// Rows of a table: the lookup of an embedding.   table [rows, width] (any type) → [shape…, width]
public struct Gather: SinglePrimitive {
  public let ids: [Int32]
  public let lead: Shape

  /// - Parameters:
  ///   - ids: row numbers in row-major order of `shape`.
  public init(_ ids: [Int32], shape: Shape) {
    (self.ids, lead) = (ids, shape)
  }

  public var name: String { "gather" }
  public var formula: String { "table[ids]" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count == 2 else { throw ShapeError("the table must have two axes") }
    if let bad = ids.first(where: { $0 < 0 || Int($0) >= inputs[0][0] }) {
      throw ShapeError("the row \(bad) is outside of 0..<\(inputs[0][0])")
    }
    return lead + [inputs[0][1]]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let table = inputs[0], y = Tensor(unfilled: shape)
    ork_gather(
      table.raw, table.type.kernel, Int64(table.stride(0)), ids, Int64(ids.count), Int64(table.shape[1]), y.pointer)
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return [nil] }
    let rows = AddRows(ids, count: inputs[0].shape[0])
    return [rows.apply([g.reshaped([ids.count, inputs[0].shape[1]])])]
  }
}
