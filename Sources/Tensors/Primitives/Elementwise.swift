import CKernels

/// A function of every number alone.
public struct Unary: SinglePrimitive {
  public enum Function: String, Sendable, CaseIterable, Codable {
    case negate, exp, log, sqrt, rsqrt, square, abs, reciprocal, tanh, sigmoid, relu, gelu, geluTanh, silu, softplus, erf,
      sin, cos, sign, floor, quickGelu, log1p, expm1, reluSquared, elu

    var kernel: ork_unary_op {
      switch self {
      case .negate: ORK_NEG
      case .exp: ORK_EXP
      case .log: ORK_LOG
      case .sqrt: ORK_SQRT
      case .rsqrt: ORK_RSQRT
      case .square: ORK_SQUARE
      case .abs: ORK_ABS
      case .reciprocal: ORK_RECIPROCAL
      case .tanh: ORK_TANH
      case .sigmoid: ORK_SIGMOID
      case .relu: ORK_RELU
      case .gelu: ORK_GELU
      case .geluTanh: ORK_GELU_TANH
      case .silu: ORK_SILU
      case .softplus: ORK_SOFTPLUS
      case .erf: ORK_ERF
      case .sin: ORK_SIN
      case .cos: ORK_COS
      case .sign: ORK_SIGN
      case .floor: ORK_FLOOR
      case .quickGelu: ORK_QUICK_GELU
      case .log1p: ORK_LOG1P
      case .expm1: ORK_EXPM1
      case .reluSquared: ORK_RELU_SQUARED
      case .elu: ORK_ELU
      }
    }

    /// As the papers write it.
    public var formula: String {
      switch self {
      case .negate: "−x"
      case .reciprocal: "1/x"
      case .rsqrt: "1/√x"
      case .sqrt: "√x"
      case .square: "x²"
      case .sigmoid: "σ(x) = 1/(1 + e⁻ˣ)"
      case .relu: "max(0, x)"
      case .gelu: "½·x·(1 + erf(x/√2))"
      case .geluTanh: "½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))"
      case .silu: "x·σ(x)"
      case .softplus: "ln(1 + eˣ)"
      case .quickGelu: "x·σ(1.702·x)"
      case .reluSquared: "max(0, x)²"
      case .elu: "x if x > 0, else eˣ − 1"
      default: "\(rawValue)(x)"
      }
    }
  }

  public let function: Function
  public init(_ function: Function) { self.function = function }
  public var name: String { function.rawValue }
  public var formula: String { function.formula }

  public func shape(_ inputs: [Shape]) -> Shape { inputs[0] }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].materialised, y = Tensor(unfilled: shape)
    ork_unary(function.kernel, x.pointer, y.pointer, Int64(x.count))
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised, needs[0] else { return [nil] }
    let x = inputs[0].materialised, dx = Tensor(unfilled: x.shape)
    ork_unary_gradient(function.kernel, x.pointer, g.pointer, dx.pointer, Int64(x.count))
    return [dx]
  }
}

/// A function of two numbers; axes of size 1 stretch.
public struct Binary: SinglePrimitive {
  public enum Function: String, Sendable, CaseIterable {
    case add, subtract, multiply, divide, maximum, minimum, power, less, lessEqual, equal

    var kernel: ork_binary_op {
      switch self {
      case .add: ORK_ADD
      case .subtract: ORK_SUB
      case .multiply: ORK_MUL
      case .divide: ORK_DIV
      case .maximum: ORK_MAXIMUM
      case .minimum: ORK_MINIMUM
      case .power: ORK_POW
      case .less: ORK_LESS
      case .lessEqual: ORK_LESS_EQUAL
      case .equal: ORK_EQUAL
      }
    }

    public var symbol: String {
      switch self {
      case .add: "a + b"
      case .subtract: "a − b"
      case .multiply: "a · b"
      case .divide: "a / b"
      case .maximum: "max(a, b)"
      case .minimum: "min(a, b)"
      case .power: "aᵇ"
      case .less: "a < b"
      case .lessEqual: "a ≤ b"
      case .equal: "a = b"
      }
    }
  }

  public let function: Function
  public init(_ function: Function) { self.function = function }
  public var name: String { function.rawValue }
  public var formula: String { function.symbol }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard let shape = inputs[0].broadcast(with: inputs[1]) else {
      throw ShapeError("the shapes must be equal, or 1 where they differ")
    }
    return shape
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let a = inputs[0].type == .f32 ? inputs[0] : inputs[0].materialised
    let b = inputs[1].type == .f32 ? inputs[1] : inputs[1].materialised
    let y = Tensor(unfilled: shape)
    if b.rank == 0, a.isContiguous {
      ork_binary_scalar(function.kernel, a.pointer, b.pointer.pointee, y.pointer, Int64(a.count))
    } else {
      ork_binary(
        function.kernel, Int32(shape.count), shape.wide, a.pointer, a.stretched(to: shape).wide, b.pointer,
        b.stretched(to: shape).wide, y.pointer)
    }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (a, b) = (inputs[0], inputs[1])
    func back(_ i: Int, _ gradient: () -> Tensor) -> Tensor? { needs[i] ? gradient().summed(to: inputs[i].shape) : nil }
    switch function {
    case .add: return [back(0) { g }, back(1) { g }]
    case .subtract: return [back(0) { g }, back(1) { -g }]
    case .multiply: return [back(0) { g * b }, back(1) { g * a }]
    case .divide: return [back(0) { g / b }, back(1) { -(g * outputs[0] / b) }]
    case .maximum, .minimum:
      // A tie goes to the second.
      let first = function == .maximum ? Binary(.less).apply([b, a]) : Binary(.less).apply([a, b])
      return [back(0) { g * first }, back(1) { g - g * first }]
    case .power:
      return [back(0) { g * b * Binary(.power).apply([a, b - 1]) }, back(1) { g * outputs[0] * a.map(.log) }]
    case .less, .lessEqual, .equal: return [nil, nil]
    }
  }
}

/// act(gate)·up in one pass: the gated feed-forward's middle (Shazeer 2020, SwiGLU and GEGLU).
public struct Gated: SinglePrimitive {
  public let activation: Unary.Function
  public init(_ activation: Unary.Function) { self.activation = activation }
  public var name: String { "gated \(activation.rawValue)" }
  public var formula: String { "\(activation.rawValue)(gate) · up" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0] == inputs[1] else { throw ShapeError("gate and up must have the same shape") }
    return inputs[0]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let gate = inputs[0].rowContiguous, up = inputs[1].rowContiguous, y = Tensor(unfilled: shape)
    let width = shape.last ?? 1
    let rows = width == 0 ? 0 : shape.elementCount / width
    ork_gated(
      activation.kernel, gate.pointer, Int64(gate.rowStride), up.pointer, Int64(up.rowStride), y.pointer, Int64(rows),
      Int64(width))
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return [nil, nil] }
    let gate = inputs[0].materialised, up = inputs[1].materialised
    let back = [Tensor(unfilled: gate.shape), Tensor(unfilled: up.shape)]
    ork_gated_gradient(activation.kernel, gate.pointer, up.pointer, g.pointer, back[0].pointer, back[1].pointer, Int64(gate.count))
    return back
  }
}

extension Tensor {
  /// Strides for reading this tensor as one of `shape`: 0 along axes that stretch.
  func stretched(to shape: Shape) -> [Int] {
    let lead = shape.count - rank, strides = strides
    return shape.indices.map { axis in
      axis < lead || (self.shape[axis - lead] == 1 && shape[axis] != 1) ? 0 : strides[axis - lead]
    }
  }

  /// Distance between rows (all axes but the last, as one), if there is one; the last axis is contiguous.
  var rowStride: Int { rank < 2 ? (shape.last ?? 1) : stride(rank - 2) }

  /// This tensor if its last axis is contiguous and its rows are evenly spaced, else a contiguous copy.
  var rowContiguous: Tensor {
    guard storage != nil, type == .f32 else { return materialised }
    if isContiguous { return self }
    let strides = strides
    guard strides[rank - 1] == 1 || shape[rank - 1] == 1 else { return materialised }
    var step = rowStride * (rank < 2 ? 1 : shape[rank - 2])
    for axis in (0..<max(0, rank - 2)).reversed() {
      if shape[axis] != 1 && strides[axis] != step { return materialised }
      step *= shape[axis]
    }
    return self
  }
}
