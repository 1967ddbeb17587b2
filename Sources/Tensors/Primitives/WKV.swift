import CKernels

/// RWKV-4's average of values (Peng et al. 2023, 2305.13048, eq. 16): per channel, weights e^(k) that decay by e^w a token, and e^(u + k) for
/// the newest. Numerator and denominator are carried divided by e^m, m the largest exponent so far: e^k alone overflows from k ≈ 88.7.
/// inputs: state [b, 3, c] (numerator, denominator, m), k and v [b, t, c], w (negative) and u [c]; outputs: [b, t, c] and the last state.
public struct WKV: Primitive {
  public init() {}
  public var name: String { "wkv" }
  public var formula: String { "yₜ = (Σ e^(kₛ + (t−1−s)w)·vₛ + e^(u + kₜ)·vₜ) / (Σ e^(kₛ + (t−1−s)w) + e^(u + kₜ))" }

  /// The state before the first token.   [batch, 3, channels]
  public static func start(batch: Int, channels: Int) -> Tensor {
    let state = Tensor.filled([batch, 3, channels], with: 0)
    for b in 0..<batch { for c in 0..<channels { state.pointer[(b * 3 + 2) * channels + c] = -1e38 } }
    return state
  }

  public func shapes(_ inputs: [Shape]) throws(ShapeError) -> [Shape] {
    let (s, k, v) = (inputs[0], inputs[1], inputs[2])
    guard k.count == 3, k == v else { throw ShapeError("needs k and v [b, t, c]") }
    guard s == [k[0], 3, k[2]], inputs[3] == [k[2]], inputs[4] == [k[2]] else {
      throw ShapeError("the state must be [\(k[0])×3×\(k[2])], decay and bonus [\(k[2])]")
    }
    return [k, s]
  }

  public func values(_ inputs: [Tensor], _ shapes: [Shape], stop: UnsafeMutablePointer<Int32>?) -> [Tensor] {
    let outputs = shapes.map { Tensor(unfilled: $0) }
    with(inputs) { s in
      (s.out, s.end) = (outputs[0].pointer, outputs[1].pointer)
      ork_wkv(&s)
    }
    return outputs
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    let results = inputs.prefix(3).map { Tensor(unfilled: $0.shape) }
    let (batch, channels) = (inputs[1].shape[0], inputs[1].shape[2])
    let perSequence = [Tensor(unfilled: [batch, channels]), Tensor(unfilled: [batch, channels])]
    let given = gradients.map { $0?.materialised }
    with(inputs) { s in
      var d = ork_wkv_gradient()
      d.out = given[0].map { UnsafePointer($0.pointer) }
      d.end = given[1].map { UnsafePointer($0.pointer) }
      (d.start, d.k, d.v) = (results[0].pointer, results[1].pointer, results[2].pointer)
      (d.w, d.u) = (perSequence[0].pointer, perSequence[1].pointer)
      withExtendedLifetime(given) { ork_wkv_back(&s, &d) }
    }
    return results + perSequence.map { $0.transposed.sum().reshaped([channels]) }
  }

  private func with(_ inputs: [Tensor], _ body: (inout ork_wkv_shape) -> Void) {
    let x = inputs.map(\.materialised), k = x[1].shape
    var s = ork_wkv_shape()
    (s.batch, s.tokens, s.channels) = (Int64(k[0]), Int64(k[1]), Int64(k[2]))
    (s.start, s.k, s.v, s.w, s.u) = (.init(x[0].pointer), .init(x[1].pointer), .init(x[2].pointer), .init(x[3].pointer), .init(x[4].pointer))
    withExtendedLifetime(x) { body(&s) }
  }

  /// Everything is elementwise.
  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(bytes: 4 * (inputs + outputs).reduce(0) { $0 + $1.elementCount })
  }
}
