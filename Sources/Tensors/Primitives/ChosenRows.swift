// What sparse attention does with the places that an indexer chose: rows picked for each query, or a mask that leaves only them open.

/// Rows of a memory, chosen for each query.   x [b, s, d], places [b, t, k] → [b, t, k, d]
public struct PickRows: SinglePrimitive {
  public init() {}
  public var name: String { "pickRows" }
  public var formula: String { "y[t, i] = x[places[t, i]]" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count == 3, inputs[1].count == 3, inputs[0][0] == inputs[1][0] else {
      throw ShapeError("needs rows [b, s, d] and places [b, t, k]")
    }
    return inputs[1] + [inputs[0][2]]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].stride(2) == 1 && inputs[0].type == .f32 ? inputs[0] : inputs[0].materialised
    let places = inputs[1].materialised, y = Tensor(unfilled: shape)
    let (perText, d, rows) = (shape[1] * shape[2], shape[3], x.shape[1])
    for i in 0..<(shape[0] * perText) {
      let place = Int(places.pointer[i]), target = y.pointer + i * d
      // A place that somebody has edited to lie outside reads nothing.
      if (0..<rows).contains(place) {
        target.update(from: x.pointer + i / perText * x.stride(0) + place * x.stride(1), count: d)
      } else {
        target.update(repeating: 0, count: d)
      }
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return [nil, nil] }
    let places = inputs[1].materialised, dx = Tensor.filled(inputs[0].shape, with: 0)
    let (perText, d, rows) = (g.shape[1] * g.shape[2], g.shape[3], dx.shape[1])
    for i in 0..<(g.shape[0] * perText) where (0..<rows).contains(Int(places.pointer[i])) {
      let target = dx.pointer + (i / perText * rows + Int(places.pointer[i])) * d
      for j in 0..<d { target[j] += g.pointer[i * d + j] }
    }
    return [dx, nil]
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost { Cost(multiplications: 0, bytes: 8 * outputs[0].elementCount) }
}

/// 0 at the chosen places and −∞ everywhere else: the choice as a mask that is added to scores.   places [b, t, k] → [b, 1, t, width]
public struct KeepPlaces: SinglePrimitive {
  public let width: Int
  public init(width: Int) { self.width = width }
  public var name: String { "keepPlaces" }
  public var formula: String { "0 at the chosen places, −∞ elsewhere" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count == 3 else { throw ShapeError("needs places [b, t, k]") }
    return [inputs[0][0], 1, inputs[0][1], width]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let places = inputs[0].materialised, y = Tensor.filled(shape, with: -.infinity), k = inputs[0].shape[2]
    for i in 0..<places.count where (0..<width).contains(Int(places.pointer[i])) {
      y.pointer[i / k * width + Int(places.pointer[i])] = 0
    }
    return y
  }

  /// Nothing flows back through a choice.
  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] { [nil] }
}
