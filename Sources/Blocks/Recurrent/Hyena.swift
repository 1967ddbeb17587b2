// Hyena (Poli et al. 2023, 2302.10866): gates and convolutions as long as the text in turn. The filters are not stored: a small network of the
// position makes them. There is no state of fixed size: every new token needs all that was convolved before.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// v ← v ⊙ xᵢ, v ← k ∗ v + D ⊙ v for each stream but the first, then W_out·(v ⊙ x₀): the order-N operator (definition 3.1). Order 2 has one long filter.
public struct Hyena: Block {
  public let width: Int, order: Int, length: Int
  public let input: Projection, output: Projection
  public let short: ShortConvolution
  public let filter: ImplicitFilter
  /// What each filter adds of its input itself.   [order − 1, width]
  public let direct: Parameter
  /// By Fourier transforms, or as the sum that it is: the same numbers.
  public var method = LongConvolution.Method.fourier
  public var keys = ""

  /// - Parameters:
  ///   - length: longest text: the filters know positions up to it.
  ///   - bands: numbers that a position is given to the network as; odd.
  public init(_ width: Int, order: Int = 2, length: Int, hidden: Int = 64, bands: Int = 33, frequency: Float = 14, taps: Int = 3) {
    (self.width, self.order, self.length) = (width, order, length)
    input = Projection(width, (order + 1) * width, bias: true, role: .stateSpace)
    output = Projection(width, width, bias: true, role: .stateSpace)
    short = ShortConvolution((order + 1) * width, taps: taps, bias: true)
    filter = ImplicitFilter(width * (order - 1), length: length, hidden: hidden, bands: bands, frequency: frequency)
    direct = Parameter(order - 1, width, initial: .normal(deviation: 1))
  }

  public var role: Role { .stateSpace }
  public var title: String { "Hyena" }
  public var detail: String { "order \(order) · filters of \(length) tokens" }
  public var settings: [Setting] { [Setting("width", width), Setting("order", order), Setting("length", length), Setting("taps", short.taps)] }
  public var parts: [Child] {
    [Child("input", input), Child("short", short), Child("filter", filter), Child("output", output)]
  }
  public var parameters: [(name: String, parameter: Parameter)] { [("direct", direct)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard x.rank == 3, x.fault == nil else { return x }
    let streams = run.within("short") { short(input(x), run) }.split(Array(repeating: width, count: order + 1))
    var v = streams[order]
    for index in 0..<(order - 1) {
      v = (v * streams[order - 1 - index]).named("gated.\(index)", run)
      let all = run.append("inputs.\(index)", v).all                             // [b, s, width]
      let kernel = kernels(all.shape.count > 1 ? all.shape[1] : 0, run).slice((index * width)..<((index + 1) * width), axis: 0)
      let convolved = long(all, kernel, newest: v.shape[1]).named("convolved.\(index)", run)
      v = convolved + v * direct.tensor.slice(index..<(index + 1), axis: 0)
    }
    return output((v * streams[0]).named("mixed", run)).named("output", run)
  }

  /// The filters for a text of `count` tokens; a run makes those of the longest text once.   [(order − 1)·width, count]
  private func kernels(_ count: Int, _ run: Run) -> Tensor {
    guard count <= length else {
      // Outlines are counted at any length, as Embedding does.
      if direct.tensor.isOutline, run.trace.recording == nil { return Tensor(outline: [width * (order - 1), count], trace: run.trace) }
      return Tensor(fault: Fault(.other(operation: "Hyena's filter", message: "knows \(length) positions, not \(count)"), part: run.path), shape: [width * (order - 1), count])
    }
    return run.within("filter") { run.constant { filter(run) } }.slice(0..<count, axis: 1)
  }

  /// The convolution's last `newest` rows.   all [b, s, width], kernel [width, s]
  private func long(_ all: Tensor, _ kernel: Tensor, newest: Int) -> Tensor {
    guard all.rank == 3, all.shape[1] > newest else { return LongConvolution(method).apply([all, kernel]) }
    if newest == 1 {
      // One new token: a sum over all that came before.
      let turned = Reverse(axis: 1).apply([kernel])
      return contract("bsc,cs->bc", all, turned).reshaped([all.shape[0], 1, all.shape[2]])
    }
    return LongConvolution(method).apply([all, kernel]).slice((all.shape[1] - newest)..<all.shape[1], axis: 1)
  }
}

/// Filters from positions: features of the position → three layers with sines → a number for each channel, faded by an exponential window
/// (section 3.3). The features start as harmonics of the text's length and are learned as well.
public struct ImplicitFilter: Block {
  public let channels: Int, length: Int, hidden: Int, bands: Int
  public let features: Parameter, frequency: Parameter
  public let layers: [Projection]
  public var keys = ""

  init(_ channels: Int, length: Int, hidden: Int, bands: Int, frequency start: Float) {
    (self.channels, self.length, self.hidden, self.bands) = (channels, length, hidden, bands)
    let harmonics = (bands - 1) / 2, last = Float(max(1, length - 1))
    // Row t: t/(length − 1), cosines and negative sines of the harmonics.
    features = Parameter(length, bands, initial: .rows { t, column in
      if column == 0 { return Float(t) / last }
      let band = (column - 1) % max(1, harmonics)
      let f = 1e-4 + (Float(harmonics - 1) - 1e-4) * Float(band) / Float(max(1, harmonics - 1)), angle = f * 2 * .pi * Float(t) / Float(length)
      return column <= harmonics ? cosf(angle) : -sinf(angle)
    })
    frequency = Parameter(hidden, initial: .constant(start))
    func layer(_ a: Int, _ b: Int, bias: Bool) -> Projection {
      Projection(a, b, bias: bias, deviation: 1 / (3 * Float(a)).squareRoot(), role: .stateSpace)
    }
    layers = [layer(bands, hidden, bias: true), layer(hidden, hidden, bias: true), layer(hidden, hidden, bias: true), layer(hidden, channels, bias: false)]
  }

  public var role: Role { .stateSpace }
  public var title: String { "Implicit filter" }
  public var detail: String { "position → \(hidden) → \(channels) channels" }
  public var settings: [Setting] { [Setting("channels", channels), Setting("length", length), Setting("hidden", hidden), Setting("bands", bands)] }
  public var parts: [Child] { layers.enumerated().map { Child("layers.\($0.offset)", $0.element) } }
  public var parameters: [(name: String, parameter: Parameter)] { [("features", features), ("frequency", frequency)] }

  /// Takes no input: its text is the positions.
  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor { self(run) }

  /// [channels, length]
  func callAsFunction(_ run: Run) -> Tensor {
    var y = features.tensor.tracked(by: run.trace)
    for layer in layers.dropLast() { y = (layer(y) * frequency.tensor).map(.sin) }
    y = layers[layers.count - 1](y)                                              // [length, channels]
    return (y * window.tracked(by: run.trace)).transposed.named("filter", run)
  }

  /// e^(−t/(length − 1)·|δ|), δ spread over the channels from slow to fast fading.
  private var window: Tensor {
    if features.tensor.isOutline { return Tensor(outline: [length, channels]) }
    let slow = logf(0.01) / 1.5, fast = logf(0.01) / 0.3
    return .filling([length, channels]) { window, range in
      for i in range {
        let (t, c) = (i / channels, i % channels), delta = slow + (fast - slow) * Float(c) / Float(max(1, channels - 1))
        window[i] = expf(-Float(t) / Float(max(1, length - 1)) * abs(delta))
      }
    }
  }
}
