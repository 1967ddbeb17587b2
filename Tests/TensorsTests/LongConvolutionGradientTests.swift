// The way back of long and short convolutions against their sums in double precision.
import CKernels
import Testing

@testable import Tensors

@Suite struct LongConvolutionGradientTests {
  /// Both methods, every instruction set, channels that fill no register: dxₜ = Σₛ k[s]·gₜ₊ₛ, dk[s] = Σₜ gₜ·xₜ₋ₛ.
  @Test(arguments: [(2, 7, 5), (3, 32, 37)], LongConvolution.Method.allCases)
  func agreesWithTheSums(_ size: (Int, Int, Int), _ method: LongConvolution.Method) {
    let (batch, tokens, channels) = size
    var generator = SeededGenerator(seed: 2)
    func random(_ shape: Int...) -> Tensor { .normal(shape, using: &generator) }
    let x = random(batch, tokens, channels), k = random(channels, tokens), g = random(batch, tokens, channels)
    var dx = [Double](repeating: 0, count: x.count), dk = [Double](repeating: 0, count: k.count), y = dx
    let (xs, ks, gs) = (x.values, k.values, g.values)
    for b in 0..<batch { for t in 0..<tokens { for s in 0...t { for c in 0..<channels {
      let at = (b * tokens + t) * channels + c, before = (b * tokens + t - s) * channels + c
      y[at] += Double(ks[c * tokens + s]) * Double(xs[before])
      dx[before] += Double(ks[c * tokens + s]) * Double(gs[at])
      dk[c * tokens + s] += Double(gs[at]) * Double(xs[before])
    } } } }
    defer { ork_limit_instructions(2) }
    for level in 0...2 {
      ork_limit_instructions(Int32(level))
      let convolution = LongConvolution(method), back = convolution.pullback([x, k], [], [g], needs: [true, true])
      for (found, expected) in zip([convolution.apply([x, k]), back[0]!, back[1]!], [y, dx, dk]) {
        let worst = zip(found.values, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        #expect(worst < 1e-5, "level \(level): \(worst)")
      }
    }
  }

  @Test func shortOnesAgreeWithTheSums() {
    let (batch, tokens, channels, taps) = (3, 6, 21, 4)
    var generator = SeededGenerator(seed: 6)
    func random(_ shape: Int...) -> Tensor { .normal(shape, using: &generator) }
    let x = random(batch, tokens + taps - 1, channels), w = random(channels, taps), bias = random(channels), g = random(batch, tokens, channels)
    var dx = [Double](repeating: 0, count: x.count), dw = [Double](repeating: 0, count: w.count), db = [Double](repeating: 0, count: channels)
    let (xs, ws, gs) = (x.values, w.values, g.values)
    for b in 0..<batch { for t in 0..<tokens { for c in 0..<channels {
      let by = Double(gs[(b * tokens + t) * channels + c])
      db[c] += by
      for j in 0..<taps {
        let row = (b * (tokens + taps - 1) + t + j) * channels + c
        dx[row] += by * Double(ws[c * taps + j])
        dw[c * taps + j] += by * Double(xs[row])
      }
    } } }
    let back = DepthwiseConvolution().pullback([x, w, bias], [], [g], needs: [true, true, true])
    for (found, expected) in zip(back, [dx, dw, db]) {
      let worst = zip(found!.values, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
      #expect(worst < 1e-5, "\(worst)")
    }
  }
}
