// Which way a model writes: what its noise process asks for, with what the person asks for.

import Blocks

extension Architecture {
  /// What a person may choose of a denoising; nil: the family's own.
  public struct Denoising: Sendable {
    /// Passes (of a whole answer; of each block on the simplex).
    public var steps: Int?
    public var block: Int?
    public var remasking: MaskedDiffusion.Remasking?
    public var temperature: Float = 0
    public var clamps = false
    public var seed: UInt64 = 0
    public var stops: [Int] = []
    public var usesMemory = true
    public init() {}

    /// What of it a person may set.
    public enum Option: Sendable, Hashable { case steps, block, remasking, temperature, clamps }
  }

  /// The way that the model's noise process asks for, with what of the choice it uses (`Denoiser.Process.options`); nil if it has none and writes token by token.
  public func denoising(_ choice: Denoising) -> (any Decoding)? {
    guard let process = denoiser?.process else { return nil }
    switch process {
    case .masked(let mask):
      var way = MaskedDiffusion(self, mask: mask)
      (way.steps, way.block, way.remasking) = (choice.steps, choice.block, choice.remasking ?? .lowConfidence)
      (way.temperature, way.seed, way.stops) = (choice.temperature, choice.seed, Set(choice.stops))
      return way
    case .blocks(let mask, let size):
      var way = BlockDiffusion(self, mask: mask, size: choice.block ?? size)
      (way.steps, way.remasking) = (choice.steps, choice.remasking ?? .lowConfidence)
      (way.temperature, way.seed, way.stops, way.usesMemory) = (choice.temperature, choice.seed, Set(choice.stops), choice.usesMemory)
      return way
    case .categorical(let noise, let schedule):
      let respaced = choice.steps.map { count in
        NoiseSchedule(schedule.name, signal: schedule.respaced(count).reversed().map { schedule.signal[$0] })
      }
      var way = CategoricalDiffusion(self, CategoricalProcess(noise, count: embedding.vocabulary, schedule: respaced ?? schedule))
      (way.seed, way.stops) = (choice.seed, Set(choice.stops))
      return way
    case .gaussian(let schedule, let target, let perPosition):
      var way = ContinuousDiffusion(self, schedule: schedule, target: target, perPosition: perPosition)
      (way.steps, way.clamps, way.seed, way.stops) = (choice.steps, choice.clamps, choice.seed, Set(choice.stops))
      return way
    case .flow:
      var way = FlowDecoding(self)
      (way.steps, way.seed, way.stops) = (choice.steps ?? way.steps, choice.seed, Set(choice.stops))
      return way
    case .simplex(let process, let block):
      var way = SimplexDiffusion(self, process, block: choice.block ?? block)
      (way.steps, way.seed, way.stops) = (choice.steps, choice.seed, Set(choice.stops))
      if choice.temperature > 0 { way.projection = .nucleus(0.95) }
      return way
    }
  }
}

extension Denoiser.Process {
  /// The options that its way of writing uses. (A seed is drawn from wherever something is random.)
  public var options: Set<Architecture.Denoising.Option> {
    switch self {
    case .masked, .blocks: [.steps, .block, .remasking, .temperature]
    case .categorical, .flow: [.steps]
    case .gaussian: [.steps, .clamps]
    case .simplex: [.steps, .block, .temperature]
    }
  }
}

extension [Int] {
  /// Tokens up to the first that ends a text, that one included: what stands right of it was written because the canvas has room, and says nothing.
  func ended(by stops: Set<Int>) -> [Int] { firstIndex(where: stops.contains).map { Array(self[...$0]) } ?? self }
}
