// What makes a stack of layers a denoiser: the process that it undoes, how noise and time come in, and how a clean vector comes out. The
// layers between are any body.

import Tensors

/// The way in and out of a diffusion model's body.
public struct Denoiser: Part {
  /// What kind of noise the model undoes; decoding follows from it.
  public enum Process: Sendable, Hashable {
    /// Masks: LLaDA, MDLM.
    case masked(mask: Int)
    /// Masks inside of blocks that are written from left to right: BD3-LM.
    case blocks(mask: Int, size: Int)
    /// Words turn into words: D3PM.
    case categorical(CategoricalProcess.Noise, NoiseSchedule)
    /// Noise on embeddings: DDPM, Diffusion-LM, DiffuSeq; with `perPosition` each position has its own time (AR-Diffusion).
    case gaussian(NoiseSchedule, GaussianProcess.Target, perPosition: Bool)
    /// Straight lines from noise to embeddings: Rectified Flow.
    case flow
    /// Noise on logits, block by block: SSD-LM.
    case simplex(SimplexProcess, block: Int)

    public var described: String {
      switch self {
      case .masked: "masks"
      case .blocks(_, let size): "masks in blocks of \(size)"
      case .categorical(.uniform, let schedule): "uniform noise, \(schedule.steps) steps"
      case .categorical(.absorbing, let schedule): "absorbing noise, \(schedule.steps) steps"
      case .categorical(.gaussian, let schedule): "discretised Gaussian noise, \(schedule.steps) steps"
      case .gaussian(let schedule, let target, let own):
        "Gaussian, \(schedule.name) schedule, \(schedule.steps) steps, gives \(target == .clean ? "the clean vector" : target.rawValue)\(own ? ", a time for each position" : "")"
      case .flow: "rectified flow"
      case .simplex(let process, let block): "simplex ±\(process.scale), \(process.schedule.steps) steps, blocks of \(block)"
      }
    }

    /// The schedule that a figure shows; nil for noise in continuous time.
    public var schedule: NoiseSchedule? {
      switch self {
      case .categorical(_, let schedule), .gaussian(let schedule, _, _): schedule
      case .simplex(let process, _): process.schedule
      case .masked, .blocks, .flow: nil
      }
    }

    /// Whether finished blocks leave keys and values behind.
    public var isCached: Bool { if case .blocks = self { true } else { false } }

    /// Whether the canvas holds tokens (masks or words) and not vectors.
    public var isDiscrete: Bool {
      switch self {
      case .masked, .blocks, .categorical: true
      case .gaussian, .flow, .simplex: false
      }
    }
  }

  public let process: Process
  /// One linear layer, or two with tanh between: from the noisy vectors to the body's width.
  public let inward: [Projection]
  /// Learned positions that are added there.   [context, width]
  public let positions: Parameter?
  public let time: TimeEmbedding?
  /// Whether the time modulates every norm of the body (adaLN) and is not added to the stream.
  public let modulates: Bool
  public let norm: (any Block)?
  /// Back from the body's width to the vectors'.
  public let outward: [Projection]
  /// Of a simplex: an embedding of each word, mixed by the noisy distribution, and its linear time t/T.   [vocabulary, width]
  public let mixture: Parameter?, step: Projection?
  public var keys = ""

  public init(
    _ process: Process, inward: [Projection] = [], positions: Parameter? = nil, time: TimeEmbedding? = nil, modulates: Bool = false,
    norm: (any Block)? = nil, outward: [Projection] = [], mixture: Parameter? = nil, step: Projection? = nil
  ) {
    (self.process, self.inward, self.positions, self.time) = (process, inward, positions, time)
    (self.modulates, self.norm, self.outward) = (modulates, norm, outward)
    (self.mixture, self.step) = (mixture, step)
  }

  public var role: Role { .diffusion }
  public var title: String { "Denoising" }
  public var detail: String { process.described }
  public var settings: [Setting] { [Setting("process", process.described), Setting("modulates", modulates)] }
  public var parts: [Child] {
    inward.enumerated().map { Child("inward.\($0.offset)", $0.element) } + (time.map { [Child("time", $0)] } ?? [])
      + (norm.map { [Child("norm", $0)] } ?? []) + outward.enumerated().map { Child("outward.\($0.offset)", $0.element) } + (step.map { [Child("step", $0)] } ?? [])
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    (positions.map { [("positions", $0)] } ?? []) + (mixture.map { [("mixture", $0)] } ?? [])
  }

  /// From tokens' embeddings or noisy vectors to what the body reads.   [b, t, vectors] → [b, t, width]
  func enter(_ x: Tensor, times: [Float]?, _ run: Run) -> Tensor {
    run.within("denoiser") {
      var x = source(x, run)
      let batch = run.stream.batch
      if let time {
        let t = time(times ?? Array(repeating: 0, count: batch), batch: batch, outline: x.isOutline, run)   // [b, 1 or t, width]
        if modulates { run.condition = t.map(.silu) } else { x = x + t }
      }
      if let norm { x = norm(x, run) }
      return x.named("noisy", run)
    }
  }

  /// Embeddings at the body's width, with positions: also how an encoder reads its source, which has no noise.   [b, s, vectors] → [b, s, width]
  func source(_ x: Tensor, _ run: Run) -> Tensor {
    let x = Denoiser.through(inward, x)
    // Outlines are counted at any length, as Embedding does.
    guard let positions, !positions.tensor.isOutline || run.trace.recording != nil else { return x }
    let shape = run.stream.perSequence ? [run.stream.batch, run.stream.count] : [1, run.stream.count]
    return x + Gather(run.stream.positions, shape: shape).apply([positions.tensor], trace: run.trace)
  }

  /// softmax(s)·W + (t/T)·u + b: the mean embedding of a noisy distribution (SSD-LM).   s [b, t, vocabulary] → [b, t, width]
  func mixing(_ s: Tensor, times: [Float]?, _ run: Run) -> Tensor {
    guard let mixture else { return s }
    let mean = contract("btv,vw->btw", softmax(s), mixture.tensor)
    guard let step else { return mean }
    let batch = s.shape[0], times = times ?? Array(repeating: 0, count: batch)
    let shape = [batch, batch == 0 ? 0 : times.count / batch, 1]
    let t = s.isOutline ? Tensor(outline: shape) : Tensor(times, shape)
    return mean + step(t.tracked(by: run.trace))
  }

  /// What the body says of the clean vectors.   [b, t, width] → [b, t, vectors]
  func leave(_ x: Tensor, _ run: Run) -> Tensor {
    run.within("denoiser") { Denoiser.through(outward, x).named("clean", run) }
  }

  private static func through(_ layers: [Projection], _ x: Tensor) -> Tensor {
    layers.enumerated().reduce(x) { x, layer in
      let y = layer.element(x)
      return layer.offset == layers.count - 1 ? y : y.map(.tanh)
    }
  }
}
