// Rotary positions and the ways in which they are stretched to longer texts.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// Rotary position embedding (Su et al. 2021, 2104.09864).
public struct RoPE: Hashable, Sendable {
  /// Which numbers of a head turn together.
  public enum Layout: String, Sendable, Codable {
    /// (m, m + r/2): Hugging Face's LLaMA files and most others.
    case half
    /// (2m, 2m + 1): the paper, GPT-J, GLM-4.
    case interleaved
  }

  /// How the frequencies are stretched.
  public enum Scaling: Hashable, Sendable {
    case none
    /// Every frequency divided (position interpolation, 2306.15595).
    case linear(factor: Float)
    /// The base grows with the text beyond `original` (NTK-aware).
    case dynamic(factor: Float, original: Int)
    /// Between interpolated and unchanged frequencies by a ramp; also scales cos and sin (2309.00071).
    case yarn(factor: Float, original: Int, fast: Float, slow: Float, attention: Float?, truncate: Bool)
    /// A factor for every frequency, one list for short and one for long texts (2402.13753).
    case longrope(short: [Float], long: [Float], original: Int, attention: Float)
    /// Low frequencies divided, high ones kept, blended between (Llama 3.1, 2407.21783).
    case llama3(factor: Float, low: Float, high: Float, original: Int)
  }

  public var base: Float
  /// How many numbers of each head turn, an even count; the rest pass through.
  public var width: Int
  /// What the exponents of the frequencies are divided by: `width`, or one less where a configuration asks for an odd part of a head
  /// (of 3 numbers the reference turns 4, at base^(−0/3) and base^(−2/3)).
  public var part: Int
  public var layout: Layout
  public var scaling: Scaling
  /// Two halves of the head turn by two positions: the place in the text and the place inside a filled blank (ChatGLM-6B).
  public var isPlanar: Bool

  public init(base: Float = 10_000, width: Int, part: Int? = nil, layout: Layout = .half, scaling: Scaling = .none, isPlanar: Bool = false) {
    (self.base, self.width, self.layout, self.scaling, self.isPlanar) = (base, width, layout, scaling, isPlanar)
    self.part = part ?? width
  }

  /// Angle per position for each pair, in float32 as the reference computes it.   [width/2]
  /// - Parameter length: longest position in use + 1; only `dynamic` and `longrope` depend on it.
  public func frequencies(length: Int = 0) -> [Float] {
    var base = base
    if case .dynamic(let factor, let original) = scaling, length > original {
      let grown = factor * Float(length) / Float(original) - (factor - 1)
      base *= powf(grown, Float(part) / Float(part - 2))
    }
    let plain = stride(from: 0, to: width, by: 2).map { 1 / powf(base, Float($0) / Float(part)) }
    switch scaling {
    case .none, .dynamic: return plain
    case .linear(let factor): return plain.map { $0 / factor }
    case .llama3(let factor, let low, let high, let original):
      return plain.map { w in
        let wavelength = 2 * Float.pi / w
        if wavelength < Float(original) / high { return w }
        if wavelength > Float(original) / low { return w / factor }
        let s = (Float(original) / wavelength - low) / (high - low)
        return (1 - s) * w / factor + s * w
      }
    case .yarn(let factor, let original, let fast, let slow, _, let truncate):
      // The pair that makes `rotations` turns over the original length.
      func pair(_ rotations: Float) -> Float {
        Float(part) * logf(Float(original) / (rotations * 2 * .pi)) / (2 * logf(self.base))
      }
      var low = pair(fast), high = pair(slow)
      if truncate { (low, high) = (floorf(low), ceilf(high)) }
      (low, high) = (max(low, 0), min(high, Float(part - 1)))
      if low == high { high += 0.001 }
      return plain.enumerated().map { m, w in
        let ramp = min(max((Float(m) - low) / (high - low), 0), 1)
        return w / factor * ramp + w * (1 - ramp)
      }
    case .longrope(let short, let long, let original, _):
      let factors = length > original ? long : short
      return zip(plain, factors).map { $0 / $1 }
    }
  }

  /// What cos and sin are multiplied by.
  public var amplitude: Float {
    switch scaling {
    case .yarn(let factor, _, _, _, let attention, _): attention ?? (factor <= 1 ? 1 : 0.1 * logf(factor) + 1)
    case .longrope(_, _, _, let attention): attention
    default: 1
    }
  }

  /// The longest text that a model made for `context` tokens reads. Interpolated positions, and a base that grows, stretch what
  /// `max_position_embeddings` says; YaRN says what it is stretched from. Llama 3's scaling and LongRoPE are published with the stretched length.
  public func reach(from context: Int) -> Int {
    func stretched(_ length: Int, _ factor: Float) -> Int { max(context, Int(min(Float(length) * max(1, factor), 1e9))) }
    switch scaling {
    case .linear(let factor): return stretched(context, factor)
    case .dynamic(let factor, let original): return stretched(original, factor)
    case .yarn(let factor, let original, _, _, _, _): return stretched(original, factor)
    case .none, .llama3, .longrope: return context
    }
  }

  /// Whether the angles of a position change as the text grows.
  var dependsOnLength: Bool {
    switch scaling {
    case .dynamic, .longrope: true
    default: false
    }
  }
}

/// cos and sin of the positions in use.
final class RotationTable {
  let cosines: Tensor, sines: Tensor
  let length: Int

  init(_ rope: RoPE, length: Int, upTo end: Int) {
    let frequencies = rope.frequencies(length: end)
    let half = frequencies.count
    let amplitude = rope.amplitude
    self.length = length
    func table(_ wave: (Float) -> Float) -> Tensor {
      .filling([length, half]) { numbers, range in for i in range { numbers[i] = wave(Float(i / half) * frequencies[i % half]) * amplitude } }
    }
    (cosines, sines) = (table(cosf), table(sinf))
  }
}

extension RoPE {
  /// Turns the heads of x by the positions of the run.   x [batch, tokens, heads…, head width]
  func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard isPlanar else { return turned(x, by: run.stream.positions, run) }
    var half = self
    (half.isPlanar, half.width, half.part) = (false, width / 2, width / 2)
    let parts = x.split(width / 2, x.shape.last! - width / 2)
    let blocks = run.stream.blocks ?? Array(repeating: 0, count: run.stream.positions.count)
    return concatenate([half.turned(parts[0], by: run.stream.positions, run), half.turned(parts[1], by: blocks, run)], axis: x.rank - 1)
  }

  private func turned(_ x: Tensor, by positions: [Int32], _ run: Run) -> Tensor {
    if x.isOutline {
      let table = Tensor(outline: [0, width / 2])
      var rotate = Rotate(cosines: table, sines: table, index: [], indexPerBatch: false, half: layout == .half)
      if run.sources != nil { rotate.angles = described }
      return rotate.apply([x])
    }
    let end = Int(positions.max() ?? 0) + 1
    var table = run.rotations[self]
    if table == nil || table!.length < end || dependsOnLength {
      let length = dependsOnLength ? end : max(end, 2 * (table?.length ?? 32))
      table = RotationTable(self, length: length, upTo: end)
      run.rotations[self] = table
    }
    return Rotate(
      cosines: table!.cosines, sines: table!.sines, index: positions, indexPerBatch: run.stream.perSequence,
      half: layout == .half
    ).apply([x])
  }
}
