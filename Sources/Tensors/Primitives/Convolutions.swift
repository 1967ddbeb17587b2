// Causal convolutions of each channel alone: over a few tokens (Mamba's, Hyena's short one), and with a kernel as long as the text (S4, Hyena).

import CKernels

/// yₜ = Σⱼ w[j]·xₜ₊ⱼ (+ b): the caller has put the taps − 1 tokens before the text in front of it.
/// inputs: x [b, taps − 1 + t, c], w [c, taps], optionally b [c] → [b, t, c]
public struct DepthwiseConvolution: SinglePrimitive {
  public init() {}
  public var name: String { "depthwise convolution" }
  public var formula: String { "yₜ = Σⱼ w[j]·xₜ₊ⱼ + b" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let (x, w) = (inputs[0], inputs[1])
    guard x.count == 3, w.count == 2, w[0] == x[2], w[1] > 0, inputs.count < 3 || inputs[2] == [x[2]] else {
      throw ShapeError("needs x [b, taps − 1 + t, c], w [c, taps] and a bias [c] if any")
    }
    guard x[1] >= w[1] - 1 else { throw ShapeError("\(w[1]) taps need \(w[1] - 1) tokens before the text") }
    return [x[0], x[1] - w[1] + 1, x[2]]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs.map(\.materialised), y = Tensor(unfilled: shape)
    var s = ork_short_convolution()
    (s.batch, s.tokens, s.channels, s.taps) = (Int64(shape[0]), Int64(shape[1]), Int64(shape[2]), Int64(x[1].shape[1]))
    (s.x, s.w, s.y) = (.init(x[0].pointer), .init(x[1].pointer), y.pointer)
    if x.count > 2 { s.bias = .init(x[2].pointer) }
    withExtendedLifetime(x) { ork_convolve_short(&s) }
    return y
  }

  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return inputs.map { _ in nil } }
    let x = inputs.map(\.materialised), results = inputs.map { Tensor(unfilled: $0.shape) }
    var s = ork_short_convolution(), d = ork_short_convolution_gradient()
    (s.batch, s.tokens, s.channels, s.taps) = (Int64(g.shape[0]), Int64(g.shape[1]), Int64(g.shape[2]), Int64(x[1].shape[1]))
    (s.x, s.w) = (.init(x[0].pointer), .init(x[1].pointer))
    (d.y, d.x, d.w) = (.init(g.pointer), results[0].pointer, results[1].pointer)
    if results.count > 2 { d.bias = results[2].pointer }
    withExtendedLifetime((x, g)) { ork_convolve_short_back(&s, &d) }
    return results
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    Cost(multiplications: outputs[0].elementCount * inputs[1][1], bytes: 4 * (inputs[0].elementCount + inputs[1].elementCount + outputs[0].elementCount))
  }
}

/// yₜ = Σₛ k[s]·xₜ₋ₛ with a kernel as long as the text.   x [b, t, c], k [c, t] → [b, t, c]
///
/// By Fourier transforms of twice the text's length, t·log t steps: at the length itself the end of the text would wrap around into its
/// beginning. Or directly, as the sum that it is, t² steps. Transforms are made in double precision.
public struct LongConvolution: SinglePrimitive {
  public enum Method: String, Sendable, CaseIterable { case fourier, direct }
  public let method: Method
  public init(_ method: Method = .fourier) { self.method = method }
  public var name: String { method == .fourier ? "FFT convolution" : "convolution" }
  public var formula: String { method == .fourier ? "F⁻¹(F(k)·F(x))" : "yₜ = Σₛ k[s]·xₜ₋ₛ" }

  public func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].count == 3, inputs[1] == [inputs[0][2], inputs[0][1]] else { throw ShapeError("needs x [b, t, c] and a kernel [c, t]") }
    return inputs[0]
  }

  public func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor {
    let x = inputs[0].materialised, k = inputs[1].materialised, y = Tensor(unfilled: shape)
    _ = ork_convolve_long(x.pointer, k.pointer, y.pointer, Int64(shape[0]), Int64(shape[1]), Int64(shape[2]), method == .direct ? 1 : 0, stop)
    return y
  }

  /// dxₜ = Σₛ k[s]·gₜ₊ₛ, dk[s] = Σₜ gₜ·xₜ₋ₛ: by transforms, whatever the method of the value.
  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    guard let g = gradients[0]?.materialised else { return [nil, nil] }
    let x = inputs.map(\.materialised), back = inputs.map { Tensor(unfilled: $0.shape) }, shape = g.shape
    withExtendedLifetime((x, g)) {
      ork_convolve_long_back(
        x[0].pointer, x[1].pointer, g.pointer, back[0].pointer, back[1].pointer, Int64(shape[0]), Int64(shape[1]), Int64(shape[2]))
    }
    return back
  }

  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost {
    let tokens = inputs[0][1], rows = inputs[0][0] * inputs[0][2]
    var size = 1, steps = 0
    while size < 2 * tokens { (size, steps) = (size * 2, steps + 1) }
    // Two transforms of size/2·log₂ size complex products, and one product for each frequency.
    let each = method == .direct ? tokens * (tokens + 1) / 2 : 4 * (size * steps + size)
    return Cost(multiplications: rows * each, bytes: 4 * (2 * inputs[0].elementCount + inputs[1].elementCount))
  }
}
