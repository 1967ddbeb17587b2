import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// How a denoiser knows how noisy its input is: cos and sin of the time at `frequencies/2` rates, then W₂·silu(W₁·x) (Ho et al. 2020; as DiT
/// and Diffusion-LM compute it).   times [batch or batch·tokens] → [batch, 1 or tokens, width]
public struct TimeEmbedding: Part {
  public let frequencies: Int, hidden: Int, width: Int
  public let first: Projection, second: Projection
  public var keys = ""

  public init(frequencies: Int, hidden: Int, width: Int) {
    (self.frequencies, self.hidden, self.width) = (frequencies, hidden, width)
    first = Projection(frequencies, hidden, bias: true, role: .diffusion)
    second = Projection(hidden, width, bias: true, role: .diffusion)
  }

  public var role: Role { .diffusion }
  public var title: String { "Time embedding" }
  public var detail: String { "\(frequencies) → \(hidden) → \(width)" }
  public var settings: [Setting] { [Setting("frequencies", frequencies), Setting("hidden", hidden), Setting("width", width)] }
  public var parts: [Child] { [Child("first", first), Child("second", second)] }

  /// - Parameter times: one for each sequence, or one for each of its tokens.
  public func callAsFunction(_ times: [Float], batch: Int, outline: Bool, _ run: Run) -> Tensor {
    let shape = [batch, batch == 0 ? 0 : times.count / batch, frequencies]
    let waves = outline ? run.given(Tensor(outline: shape, trace: run.trace), .given("cos, sin of the time")) : Tensor(TimeEmbedding.waves(times, frequencies), shape)
    return second(first(waves.tracked(by: run.trace)).map(.silu)).named("time", run)
  }

  /// cos of all rates, then sin of all.
  static func waves(_ times: [Float], _ count: Int) -> [Float] {
    let half = count / 2
    return times.flatMap { t -> [Float] in
      let angles = (0..<half).map { t * expf(-logf(10_000) * Float($0) / Float(max(1, half))) }
      return angles.map(cosf) + angles.map(sinf) + (count % 2 == 1 ? [0] : [])
    }
  }
}
