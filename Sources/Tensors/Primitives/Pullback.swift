// The way back of an operation, as an operation of its own: what a gradient's recording consists of.

/// A primitive's pullback as a primitive: inputs are those of the forward, then its outputs, then the gradients by the outputs that have one;
/// outputs are the gradients by the inputs that are asked for and reached.
public struct Pullback: Primitive {
  public let forward: any Primitive
  let inputs: Int, outputs: Int
  /// Which outputs have a gradient.
  let given: [Bool]
  /// Which inputs' gradients are asked for.
  let needs: [Bool]

  public var name: String { "∂\(forward.name)" }
  public var formula: String { "the gradient of \(forward.formula)" }

  /// The gradients by all inputs; nil where nothing flows.
  func gradients(_ all: [Tensor]) -> [Tensor?] {
    var next = inputs + outputs
    let gradients = given.map { isGiven -> Tensor? in
      guard isGiven else { return nil }
      defer { next += 1 }
      return all[next]
    }
    return forward.pullback(Array(all[..<inputs]), Array(all[inputs..<(inputs + outputs)]), gradients, needs: needs)
  }

  public func shapes(_ shapes: [Shape]) throws(ShapeError) -> [Shape] {
    needs.indices.filter { needs[$0] }.map { shapes[$0] }
  }

  public func values(_ all: [Tensor], _ shapes: [Shape], stop: UnsafeMutablePointer<Int32>?) -> [Tensor] {
    let back = gradients(all.map(\.untracked))
    return zip(needs.indices.filter { needs[$0] }, shapes).map { back[$0] ?? Tensor.filled($1, with: 0) }
  }
}
