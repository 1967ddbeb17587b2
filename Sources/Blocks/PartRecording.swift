// One forward of a block alone, on outlines, with every operation recorded and with what its inputs are: what figures draw the inside of.
import Tensors

/// What a block does, as it ran on outlines.
public struct PartRecording: @unchecked Sendable {
  /// What a tensor is that no operation of the block made and that is no parameter.
  public enum Origin: Sendable, Hashable {
    /// What an earlier call left behind, under this name.
    case memory(String)
    /// A mask, in words.
    case mask(String)
    /// Numbers by position that are added to scores.
    case bias(String)
    /// What comes from another part of the model.
    case given(String)
  }

  /// What the block leaves behind for its next call.
  public struct Kept: Sendable {
    public let tensor: Tensor
    public let name: String
    public let growth: Growth
    /// Numbers of one position (of a state: all of it).
    public let shape: Shape
    /// Whether the block goes on with what the memory then holds: operations from number `time` on that read the tensor read the memory.
    public let isReadAtOnce: Bool
    public let time: Int
  }

  public let operations: [Node]
  public let input: Tensor, output: Tensor
  public let origins: [(tensor: Tensor, origin: Origin)]
  public let kept: [Kept]
  /// A choice, and what was chosen by it: where no number passes from the one to the other, but a decision.
  public let choices: [(chosen: Tensor, sent: Tensor)]

  /// - Parameters:
  ///   - width: numbers of a token that comes in.
  ///   - keeps: whether keys and values outlive the call.
  public init(_ block: any Block, width: Int, keeps: Bool = true) {
    self.init(block, width: width, keeps: keeps) { block($0, $1) }
  }

  /// How a time reaches the norms that it modulates: what it is embedded by, and one layer's shifts, scales and gates.
  public init?(timeOf denoiser: Denoiser, modulation: Projection?) {
    guard let time = denoiser.time else { return nil }
    self.init(time, width: time.frequencies, keeps: false) { _, run in
      let embedded = time([0], batch: 1, outline: true, run)
      return modulation.map { $0(embedded.map(.silu)) } ?? embedded
    }
  }

  private init(_ part: any Part, width: Int, keeps: Bool, _ forward: (Tensor, Run) -> Tensor) {
    let recording = Recording(), run = Run(trace: Trace(recording: recording)), sources = PartSources()
    run.sources = sources
    run.isOutline = true
    run.latentForm = .expanded
    // One token says all; a choice of keys only happens where there are more of them.
    var tokens = 1, sourceWidth = width
    part.walk { _, part in
      if let indexer = part as? LightningIndexer { tokens = max(tokens, indexer.chosen + 1) }
      if let attention = part as? Attention { sourceWidth = attention.key.inputs }
    }
    run.begin(batch: 1, count: tokens, past: 0, padding: nil, positions: nil)
    run.source = run.given(Tensor(outline: [1, tokens, sourceWidth], trace: run.trace), .given("encoder output"))
    run.carried["value"] = run.given(Tensor(outline: [1, tokens, width], trace: run.trace), .given("first layer's values"))
    run.remembers = keeps
    input = Tensor(outline: [1, tokens, width], trace: run.trace)
    output = forward(input, run)
    operations = recording.nodes
    (origins, kept, choices) = (sources.origins, sources.kept.filter { keeps || $0.growth == .state || $0.growth == .once }, sources.choices)
  }
}

/// Collects what the recorded tensors are.
final class PartSources {
  var origins: [(tensor: Tensor, origin: PartRecording.Origin)] = []
  var kept: [PartRecording.Kept] = []
  var choices: [(chosen: Tensor, sent: Tensor)] = []

  func keep(_ x: Tensor, _ name: String, _ growth: Growth, isReadAtOnce: Bool, at recording: Recording?) {
    let shape = growth == .state ? Shape(x.shape.dropFirst()) : Shape(x.shape.dropFirst(2))
    kept.append(
      PartRecording.Kept(tensor: x, name: name, growth: growth, shape: shape, isReadAtOnce: isReadAtOnce, time: recording?.nodes.count ?? 0))
  }
}

extension Run {
  /// Says what a tensor is that no operation made.
  func given(_ x: Tensor, _ origin: PartRecording.Origin) -> Tensor {
    sources?.origins.append((x, origin))
    return x
  }
}
