// Operations along the last axis: softmax and the norms.

import CKernels

/// Softmax along the last axis. A row of −∞ only gives zeros.
public struct Softmax: SinglePrimitive {
  public let logarithm: Bool
  public init(logarithm: Bool = false) { self.logarithm = logarithm }
  public var name: String { logarithm ? "logSoftmax" : "softmax" }
  public var formula: String { logarithm ? "xᵢ − ln Σⱼ exp xⱼ" : "exp xᵢ / Σⱼ exp xⱼ" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard !inputs[0].isEmpty else { throw ShapeError("needs at least one axis") }
    return inputs[0]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].rowContiguous, y = Tensor(unfilled: shape)
    if let long = x.longRows(into: y, until: stop) {
      long.forEach { $0.softmax(logarithm: logarithm) }
      return y
    }
    let (rows, width) = x.rowsAndWidth
    let kernel = logarithm ? ork_log_softmax : ork_softmax
    inPieces(rows, width: width, until: stop) { piece in
      let start = piece.lowerBound
      kernel(x.pointer + start * x.rowStride, Int64(x.rowStride), y.pointer + start * width, Int64(width), Int64(piece.count), Int64(width))
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return [nil] }
    let y = outputs[0].materialised, dx = Tensor(unfilled: y.shape)
    let (rows, width) = y.rowsAndWidth
    ork_softmax_gradient(y.pointer, g.pointer, dx.pointer, Int64(rows), Int64(width), logarithm ? 1 : 0)
    return [dx]
  }
}

/// x / √(mean x² + ε) · gain along the last axis (Zhang & Sennrich 2019).   x [… , width], gain [width] or none
public struct RMSNormalise: SinglePrimitive {
  public let epsilon: Float
  public init(epsilon: Float) { self.epsilon = epsilon }
  public var name: String { "rmsNorm" }
  public var formula: String { "x / √(mean x² + \(epsilon)) · gain" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard let width = inputs[0].last, inputs.dropFirst().allSatisfy({ $0 == [width] }) else {
      throw ShapeError("the gain must have one number for each of the last axis")
    }
    return inputs[0]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].rowContiguous, y = Tensor(unfilled: shape)
    let gain = inputs.count > 1 ? inputs[1].materialised : nil
    if let long = x.longRows(into: y, until: stop) {
      long.forEach { $0.normalise(centred: false, epsilon: epsilon, gain: gain?.pointer, bias: nil) }
      return y
    }
    let (rows, width) = x.rowsAndWidth
    inPieces(rows, width: width, until: stop) { piece in
      let start = piece.lowerBound
      ork_rms_norm(
        x.pointer + start * x.rowStride, Int64(x.rowStride), gain?.pointer, y.pointer + start * width, Int64(width), Int64(piece.count),
        Int64(width), epsilon)
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    normGradient(inputs, gradients[0], needs, epsilon: epsilon, centred: false)
  }
}

/// (x − mean) / √(variance + ε) · gain + bias along the last axis (Ba et al. 2016); population variance.
/// x [… , width], gain [width], bias [width] or none
public struct LayerNormalise: SinglePrimitive {
  public let epsilon: Float
  public init(epsilon: Float) { self.epsilon = epsilon }
  public var name: String { "layerNorm" }
  public var formula: String { "(x − mean x) / √(var x + \(epsilon)) · gain + bias" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard let width = inputs[0].last, inputs.dropFirst().allSatisfy({ $0 == [width] }) else {
      throw ShapeError("gain and bias must have one number for each of the last axis")
    }
    return inputs[0]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].rowContiguous, y = Tensor(unfilled: shape)
    let gain = inputs.count > 1 ? inputs[1].materialised : nil
    let bias = inputs.count > 2 ? inputs[2].materialised : nil
    if let long = x.longRows(into: y, until: stop) {
      long.forEach { $0.normalise(centred: true, epsilon: epsilon, gain: gain?.pointer, bias: bias?.pointer) }
      return y
    }
    let (rows, width) = x.rowsAndWidth
    inPieces(rows, width: width, until: stop) { piece in
      let start = piece.lowerBound
      ork_layer_norm(
        x.pointer + start * x.rowStride, Int64(x.rowStride), gain?.pointer, bias?.pointer, y.pointer + start * width, Int64(width),
        Int64(piece.count), Int64(width), epsilon)
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    normGradient(inputs, gradients[0], needs, epsilon: epsilon, centred: true)
  }
}

/// Sum, largest or smallest along the last axis, which stays with size 1.
public struct Reduce: SinglePrimitive {
  public enum Function: String, Sendable, CaseIterable {
    case sum, maximum, minimum, argmax, sumOfSquares

    var kernel: ork_reduction {
      switch self {
      case .sum: ORK_SUM
      case .maximum: ORK_MAX
      case .minimum: ORK_MIN
      case .argmax: ORK_ARGMAX
      case .sumOfSquares: ORK_SUM_SQUARES
      }
    }
  }
  public let function: Function
  public init(_ function: Function) { self.function = function }
  public var name: String { function.rawValue }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard !inputs[0].isEmpty else { throw ShapeError("needs at least one axis") }
    return inputs[0].dropLast() + [1]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].rowContiguous, y = Tensor(unfilled: shape)
    let (rows, width) = x.rowsAndWidth
    inPieces(rows, width: width, until: stop) { piece in
      let start = piece.lowerBound
      ork_reduce(function.kernel, x.pointer + start * x.rowStride, Int64(x.rowStride), y.pointer + start, Int64(piece.count), Int64(width))
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0] else { return [nil] }
    let x = inputs[0]
    switch function {
    case .sum: return [g.expanded(x.shape)]
    case .sumOfSquares: return [g * x * 2]
    case .maximum, .minimum:
      // To the first of several that are equal.
      let places = Reduce(.argmax).apply([function == .maximum ? x : -x])
      return Pick().pullback([x, places], outputs, [g], needs: [true, false]).dropLast()
    case .argmax: return [nil]
    }
  }
}

/// The way back of both norms: by x, and, where they are inputs, by gain and bias.
private func normGradient(_ inputs: [Tensor], _ gradient: Tensor?, _ needs: [Bool], epsilon: Float, centred: Bool) -> [Tensor?] {
  guard let g = gradient?.materialised else { return inputs.map { _ in nil } }
  let x = inputs[0].rowContiguous, gain = inputs.count > 1 ? inputs[1].materialised : nil
  let back = inputs.indices.map { needs[$0] ? Tensor(unfilled: inputs[$0].shape) : nil }
  let (rows, width) = x.rowsAndWidth
  let done = ork_norm_gradient(
    x.pointer, Int64(x.rowStride), gain?.pointer, g.pointer, back[0]?.pointer, back.count > 1 ? back[1]?.pointer : nil,
    back.count > 2 ? back[2]?.pointer : nil, Int64(rows), Int64(width), epsilon, centred ? 1 : 0)
  guard done == 1 else { return inputs.map { Tensor(fault: Fault(.other(operation: "norm", message: "there is no memory for its gradient")), shape: $0.shape) } }
  return back
}

extension Tensor {
  var rowsAndWidth: (rows: Int, width: Int) {
    let width = shape.last ?? 1
    return (shape.dropLast().elementCount, width)
  }
}
