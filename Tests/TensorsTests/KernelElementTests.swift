// Functions of one and two numbers, and moving, against double precision and exact expectations.
import CKernels
import Foundation
import Testing

@Suite("Kernels: elements", .serialized) struct KernelElementTests {
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  /// Every function, with the bound on |y − f(x)| / max(1, |f(x)|).
  static let functions: [(ork_unary_op, String, Double, @Sendable (Double) -> Double)] = [
    (ORK_NEG, "neg", 0, { -$0 }), (ORK_EXP, "exp", 1.3e-7, exp), (ORK_LOG, "log", 1.2e-7, { $0 < 0 ? .nan : log($0) }),
    (ORK_SQRT, "sqrt", 6e-8, { sqrt($0) }), (ORK_RSQRT, "rsqrt", 1.2e-7, { 1 / sqrt($0) }), (ORK_SQUARE, "square", 6e-8, { $0 * $0 }),
    (ORK_ABS, "abs", 0, { abs($0) }), (ORK_RECIPROCAL, "reciprocal", 6e-8, { 1 / $0 }), (ORK_TANH, "tanh", 2e-7, tanh),
    (ORK_SIGMOID, "sigmoid", 2e-7, sigmoid), (ORK_RELU, "relu", 0, { max($0, 0) }),
    (ORK_GELU, "gelu", 3e-7, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }),
    (ORK_GELU_TANH, "gelu tanh", 5e-7, { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
    (ORK_SILU, "silu", 3e-7, { $0 * sigmoid($0) }), (ORK_SOFTPLUS, "softplus", 2e-7, { max($0, 0) + log1p(exp(-abs($0))) }),
    (ORK_ERF, "erf", 1.2e-7, { erf($0) }), (ORK_SIN, "sin", 2e-7, { sin($0) }), (ORK_COS, "cos", 2e-7, { cos($0) }),
    (ORK_SIGN, "sign", 0, { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }), (ORK_FLOOR, "floor", 0, { floor($0) }),
    (ORK_QUICK_GELU, "quick gelu", 4e-7, { $0 * sigmoid(1.702 * $0) }),
    (ORK_LOG1P, "log1p", 2e-7, { $0 < -1 ? .nan : log1p($0) }), (ORK_EXPM1, "expm1", 2e-7, { expm1($0) }),
    (ORK_RELU_SQUARED, "relu squared", 6e-8, { $0 > 0 ? $0 * $0 : 0 }), (ORK_ELU, "elu", 2e-7, { $0 > 0 ? $0 : expm1($0) }),
  ]

  @Test("every function is as exact as float32 lets it be")
  func unary() {
    var numbers = Numbers(1)
    let x = (0..<4001).map { i in numbers.next() * [1e-6, 0.01, 1, 5, 20, 88, 5000][i % 7] } + [0, 1, -1, 1e-40, 12345.678, 1e6]
    withEveryInstructionSet { name in
      for (op, title, bound, f) in Self.functions {
        var y = [Float](repeating: 77, count: x.count)
        ork_unary(op, x, &y, Int64(x.count))
        for (x, y) in zip(x, y) {
          let exact = f(Double(x)), rounded = Float(exact)
          let good = rounded.isFinite ? abs(Double(y) - exact) <= bound * max(1, abs(exact)) : y == rounded || (y.isNaN && rounded.isNaN)
          #expect(good, "\(name) \(title)(\(x)) = \(y), not \(exact)")
        }
      }
    }
  }

  @Test("exp, log and tanh keep their last digits over the whole range (3 units)")
  func lastDigits() {
    var numbers = Numbers(2)
    let x = (0..<4000).map { _ in numbers.next() * 87 }
    withEveryInstructionSet { name in
      func worst(_ op: ork_unary_op, _ x: [Float], _ f: (Double) -> Double) -> Double {
        var y = x
        ork_unary(op, x, &y, Int64(x.count))
        return zip(x, y).map { abs(f(Double($0)) - Double($1)) / Double(Float(f(Double($0))).ulp) }.max()!
      }
      #expect(worst(ORK_EXP, x, exp) < 2, "\(name)")
      #expect(worst(ORK_LOG, x.map { abs($0) + 1e-6 }, log) < 2, "\(name)")
      #expect(worst(ORK_TANH, x.map { $0 / 20 }, tanh) < 3, "\(name)")
      #expect(worst(ORK_ERF, x.map { $0 / 20 }, { erf($0) }) < 2, "\(name)")
    }
  }

  @Test("limits at the ends: infinities, NaN, overflow, results below the normal range")
  func limits() {
    let inf = Float.infinity
    let cases: [(ork_unary_op, Float, Float)] = [
      (ORK_EXP, inf, inf), (ORK_EXP, -inf, 0), (ORK_EXP, 89, inf), (ORK_EXP, -104, 0), (ORK_EXP, -103, 1.4012985e-45),
      (ORK_LOG, 0, -inf), (ORK_LOG, inf, inf), (ORK_LOG, -1, .nan), (ORK_LOG, 1e-45, -103.27893),
      (ORK_TANH, inf, 1), (ORK_TANH, -inf, -1), (ORK_SIGMOID, inf, 1), (ORK_SIGMOID, -inf, 0), (ORK_ERF, inf, 1), (ORK_ERF, -inf, -1),
      (ORK_GELU, inf, inf), (ORK_GELU, -inf, -0.0), (ORK_GELU_TANH, inf, inf), (ORK_GELU_TANH, -inf, -0.0),
      (ORK_SILU, inf, inf), (ORK_SILU, -inf, -0.0), (ORK_SOFTPLUS, inf, inf), (ORK_SOFTPLUS, -inf, 0), (ORK_SOFTPLUS, 1e30, 1e30),
      (ORK_EXPM1, -inf, -1), (ORK_EXPM1, inf, inf), (ORK_LOG1P, -1, -inf), (ORK_LOG1P, inf, inf), (ORK_SIN, inf, .nan), (ORK_COS, 0, 1),
      (ORK_FLOOR, -0.5, -1), (ORK_FLOOR, 3e9, 3e9), (ORK_FLOOR, -inf, -inf), (ORK_RSQRT, 0, inf), (ORK_ELU, -inf, -1),
    ]
    withEveryInstructionSet { name in
      for (op, x, expected) in cases + Self.functions.map({ ($0.0, .nan, .nan) }) {
        var y: Float = 77
        ork_unary(op, [x], &y, 1)
        #expect(y == expected || (y.isNaN && expected.isNaN), "\(name) op \(op.rawValue) of \(x): \(y), not \(expected)")
      }
    }
  }

  @Test("two operands with any strides, and with a number")
  func binary() {
    let operations: [(ork_binary_op, (Float, Float) -> Float)] = [
      (ORK_ADD, { $0 + $1 }), (ORK_SUB, { $0 - $1 }), (ORK_MUL, { $0 * $1 }), (ORK_DIV, { $0 / $1 }), (ORK_MAXIMUM, { max($0, $1) }),
      (ORK_MINIMUM, { min($0, $1) }), (ORK_POW, { powf(abs($0), $1) }), (ORK_LESS, { $0 < $1 ? 1 : 0 }),
      (ORK_LESS_EQUAL, { $0 <= $1 ? 1 : 0 }), (ORK_EQUAL, { $0 == $1 ? 1 : 0 }),
    ]
    var numbers = Numbers(3)
    let shape: [Int64] = [3, 1, 5, 33], a = numbers.array(3 * 5 * 33 * 2), b = numbers.array(3 * 5 * 33 * 2)
    let strides: [[Int64]] = [[165, 165, 33, 1], [0, 0, 0, 0], [0, 7, 0, 1], [1, 0, 0, 0], [5, 0, 1, 15], [330, 0, 66, 2]]
    withEveryInstructionSet { name in
      for (op, f) in operations {
        let a = op == ORK_POW ? a.map { abs($0) } : a
        for sa in strides { for sb in strides {
          var y = [Float](repeating: 77, count: 495), expected: [Float] = []
          ork_binary(op, 4, shape, a, sa, b, sb, &y)
          for i in 0..<3 { for j in 0..<5 { for l in 0..<33 {
            expected.append(f(a[i * Int(sa[0]) + j * Int(sa[2]) + l * Int(sa[3])], b[i * Int(sb[0]) + j * Int(sb[2]) + l * Int(sb[3])]))
          } } }
          #expect(y == expected, "\(name) op \(op.rawValue) \(sa) \(sb)")
        } }
        var y = [Float](repeating: 77, count: 101)
        ork_binary_scalar(op, a, 2, &y, 101)
        let far = distance(y, a[..<101].map { Double(f($0, 2)) })
        #expect(far < 1e-7, "\(name) op \(op.rawValue)")
      }
      var y: [Float] = [77, 77]
      ork_binary(ORK_MAXIMUM, 1, [2], [.nan, 1], [1], [1, .nan], [1], &y)
      #expect(y[0].isNaN && y[1].isNaN)
      ork_binary(ORK_ADD, 0, nil, [1], nil, [2], nil, &y)
      #expect(y[0] == 3)
    }
  }

  @Test("a gate times a value", arguments: [1, 13, 65])
  func gated(width: Int) {
    var numbers = Numbers(4)
    let gate = numbers.array(7 * (width + 1)), up = numbers.array(7 * (width + 2))
    withEveryInstructionSet { name in
      var y = [Float](repeating: 77, count: 7 * width)
      ork_gated(ORK_SILU, gate, Int64(width + 1), up, Int64(width + 2), &y, 7, Int64(width))
      let expected = (0..<7 * width).map { i -> Double in
        let g = Double(gate[i / width * (width + 1) + i % width])
        return g * Self.sigmoid(g) * Double(up[i / width * (width + 2) + i % width])
      }
      #expect(distance(y, expected) < 3e-7, "\(name)")
    }
  }
}
