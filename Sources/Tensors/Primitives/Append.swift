/// New entries behind those that memory holds: how a recording shows an append.   memory [b, s, …], x [b, t, …] → [b, s + t, …]
public struct Append: SinglePrimitive {
  public init() {}
  public var name: String { "append" }
  public var formula: String { "memory ← [memory; x]" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape { try Concatenate(axis: 1).shape(inputs) }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    Concatenate(axis: 1).value(inputs, shape, stop: stop)
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    Concatenate(axis: 1).pullback(inputs, outputs, gradients, needs: needs)
  }
}
