import CKernels

/// Several linear layers of the same x in one hand-over to the threads: query, key and value; gate and up. Each output has the
/// bits of its own `Linear` (a test holds it); what is saved is the waiting between them, which a decoding step feels.
/// inputs: x [… , in], then for each layer W [out, in] and, if it has one, b [out]; outputs [… , out]
public struct Linears: Primitive {
  /// Whether each layer has a bias.
  public let biases: [Bool]
  public init(biases: [Bool]) { self.biases = biases }
  public var name: String { "linears" }
  public var formula: String { "yᵢ = x·Wᵢᵀ + bᵢ" }

  /// Places of each layer's weight and bias among the inputs.
  private var places: [(weight: Int, bias: Int?)] {
    var next = 1
    return biases.map { hasBias in
      defer { next += hasBias ? 2 : 1 }
      return (next, hasBias ? next + 1 : nil)
    }
  }

  public func shapes(_ inputs: [Shape]) throws(ShapeError) -> [Shape] {
    var shapes: [Shape] = []
    for place in places {
      let layer = [inputs[0], inputs[place.weight]] + (place.bias.map { [inputs[$0]] } ?? [])
      shapes.append(try Linear().shape(layer))
    }
    return shapes
  }

  public func values(_ inputs: [Tensor], _ shapes: [Shape], stop: UnsafeMutablePointer<Int32>?) -> [Tensor] {
    let x = inputs[0].materialised
    let k = inputs[1].shape[1], m = x.shape.dropLast().elementCount
    let outputs = shapes.map { Tensor(unfilled: $0) }
    // The kernel reads rows whose numbers lie one behind the other.
    let kept = places.map { place in
      (weight: inputs[place.weight].stride(1) == 1 ? inputs[place.weight] : inputs[place.weight].materialised, bias: place.bias.map { inputs[$0].materialised })
    }
    let weights = zip(outputs, kept).map { y, layer in
      let w = layer.weight, n = Int64(w.shape[0])
      return ork_weight(
        w: w.raw, type: w.type.kernel, ldw: Int64(w.stride(0)), bias: layer.bias.map { UnsafePointer($0.pointer) }, y: y.pointer, ldy: n, n: n)
    }
    _ = ork_linears(x.pointer, Int64(k), Int64(m), Int64(k), Int32(weights.count), weights, stop)
    return withExtendedLifetime(kept) { outputs }
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    zip(places, outputs).reduce(Cost()) { sum, pair in sum + Linear().cost([inputs[0], inputs[pair.0.weight]], [pair.1]) }
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    var back = [Tensor?](repeating: nil, count: inputs.count)
    for (place, gradient) in zip(places, gradients) {
      guard let g = gradient?.materialised else { continue }
      let indices = [0, place.weight] + (place.bias.map { [$0] } ?? [])
      for (i, part) in zip(indices, Linear.gradients(indices.map { inputs[$0] }, g, indices.map { needs[$0] })) where part != nil {
        back[i] = back[i].map { $0 + part! } ?? part
      }
    }
    return back
  }
}
