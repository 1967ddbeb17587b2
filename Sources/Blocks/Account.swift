// The account of an architecture: parameters, memory and arithmetic, read off by running its recipe on outlines. Exact, and free
// of formulas that could differ from what runs.

import Tensors

/// What an architecture costs.
public struct Account: Sendable {
  /// One named memory, as the run would hold it.
  public struct Memory: Sendable {
    public let name: String
    public let growth: Growth
    /// Numbers for each position (of a state: all of it), for one sequence.
    public let elements: Int
    /// Type in which the account counts it: bf16 for what is cached, f32 for recurrent states.
    public var type: ElementType { growth == .state ? .f32 : .bf16 }
    /// Bytes for each position.
    public var bytes: Int { Cost.product(elements, type.width) }
    /// The most positions that it ever holds; nil: no bound.
    public var cap: Int? { if case .ring(let size) = growth { size } else { nil } }
  }
  /// Learned numbers; tied ones once, buffers not.
  public let total: Int
  /// Those that one token touches: all, without the experts that it is not sent to.
  public let active: Int
  public let memory: [Memory]
  /// Number of tokens that the arithmetic is counted at.
  public let context: Int
  /// Multiplications of matrix products for one decoded token at that context, head included.
  public let multiplicationsPerToken: Int
  /// Why the recipe does not run at that context, so that arithmetic and memory are not all of it; nil: it does.
  public let fault: Fault?

  /// Additions and multiplications of matrix products for one decoded token. Like every count it stops at `Cost.most`.
  public var flopsPerToken: Int { Cost.product(2, multiplicationsPerToken) }
  /// Bytes of all weights in bf16.
  public var weightBytes: Int { Cost.product(ElementType.bf16.width, total) }

  /// Bytes of memory that every token adds, without bound.
  public var bytesPerToken: Int { memory.reduce(0) { Cost.sum($0, $1.growth == .everyToken ? $1.bytes : 0) } }
  /// Bytes of memory that do not grow beyond a bound: full windows and states. What a source text leaves behind depends on its length and
  /// is not among them.
  public var constantBytes: Int {
    memory.reduce(0) { sum, slot in
      switch slot.growth {
      case .ring(let size): Cost.sum(sum, Cost.product(size, slot.bytes))
      case .state: Cost.sum(sum, slot.bytes)
      case .everyToken, .once: sum
      }
    }
  }
  /// Bytes of memory that every token of the source text adds (cross-attention).
  public var bytesPerSourceToken: Int { memory.reduce(0) { Cost.sum($0, $1.growth == .once ? $1.bytes : 0) } }

  /// Bytes of all memories after `tokens` tokens (and as many of the source).
  public func bytes(after tokens: Int) -> Int {
    memory.reduce(0) { Cost.sum($0, Cost.product($1.bytes, $1.growth == .state ? 1 : min(tokens, $1.cap ?? tokens))) }
  }

  /// Counts a recipe whose parameters are outlines.
  /// - Parameter context: tokens at which arithmetic is counted; nil: the architecture's own, or 512 where it has none.
  public init(_ architecture: Architecture, context given: Int? = nil) { self.init(architecture, context: given, looking: .nothing) }

  /// - Parameter watch: looking at anything makes the run go through every layer, as tests want it.
  init(_ architecture: Architecture, context given: Int? = nil, looking watch: Watch) {
    let context = max(1, given ?? architecture.context ?? 512)
    self.context = context
    total = architecture.parameterCount
    active = total - architecture.idleParameterCount
    let run = Run(watch: watch)
    if architecture.encoder != nil { architecture.encode(Architecture.Input(outlineOf: context), run) }
    if architecture.family == .encoder {
      // An encoder reads all its tokens at once: the share of one of them.
      run.trace.cost = Cost()
      fault = Account.through(architecture, context, run)
      multiplicationsPerToken = run.trace.cost.multiplications / context
      memory = []
      return
    }
    if let process = architecture.denoiser?.process, !process.isCached {
      // Every pass reads the whole canvas: what a token costs at one token a pass.
      run.trace.cost = Cost()
      fault = Account.through(architecture, context, run)
      multiplicationsPerToken = run.trace.cost.multiplications
      memory = []
      return
    }
    if context > 1 { _ = architecture.hidden(Architecture.Input(outlineOf: context - 1), run) }
    run.trace.cost = Cost()
    fault = Account.through(architecture, 1, run)
    multiplicationsPerToken = run.trace.cost.multiplications
    memory = run.slots.map { Memory(name: $0.name, growth: $0.growth, elements: $0.elementsPerPosition) }
  }

  private static func through(_ architecture: Architecture, _ tokens: Int, _ run: Run) -> Fault? {
    let x = architecture.hidden(Architecture.Input(outlineOf: tokens), run)
    return (architecture.head.map { $0(x, run) } ?? x).fault
  }
}
