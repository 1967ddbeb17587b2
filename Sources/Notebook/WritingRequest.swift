// What a person asks of a model that writes, from whichever front end: checked against what the model can do, then carried out. Which way of
// writing a model has is the model's business (`Architecture.denoising`); an option that the way does not use is refused, never ignored.

import Blocks
import Generation
import Models
import Tensors

/// A request to write.
public struct WritingRequest: Sendable {
  public var limit = 32
  public var temperature: Double?
  public var topK: Int?, topP: Double?
  public var beams: Int?
  public var seed = 0
  /// Of diffusion models: passes, tokens of a block, which predictions a pass keeps, whether predictions snap to words.
  public var steps: Int?, block: Int?, remasking: MaskedDiffusion.Remasking?, clamps = false
  public var usesMemory = true
  public var drafts = false
  /// Another mask, another prefix.
  public var reading = ReadingChoice()
  public init() {}

  /// What came of it.
  public struct Written: Sendable {
    public let tokens: [Int]
    /// Of a generation with drafts: how many were checked and right.
    public let speculation: Speculative.Result?
  }

  /// What is wrong with a request: one line, in the spelling of the front end.
  public struct Failure: Error, CustomStringConvertible, Equatable { public let description: String }

  /// - Parameters:
  ///   - read: ids of the prompt; of an encoder–decoder, of the source.
  ///   - name: what the person called the model.
  ///   - spelling: an option as this front end writes it.
  /// - Throws: `Failure`, `GenerationFailure`, `DiffusionFailure` or `Fault`.
  public func carriedOut(
    with open: OpenModel, _ read: [Int], calling name: String, stop: UnsafeMutablePointer<Int32>?, spelling: (String) -> String
  ) throws -> Written {
    let run = Run(trace: Trace(stop: stop), keepsMemory: usesMemory)
    try reading.check(open.architecture, count: read.count, calling: name, spelling: spelling)
    reading.apply(to: run)
    if let way = try denoising(open, calling: name, spelling: spelling) {
      let (start, _) = try open.begin(read, run: run)
      return Written(tokens: try way.write(start, limit: limit, run: run), speculation: nil)
    }
    if drafts, beams ?? 1 > 1 || !usesMemory { throw Failure(description: "\(spelling("drafts")) goes with neither \(spelling("beams")) nor \(spelling("no memory"))") }
    if let beams, beams > 1, temperature ?? 0 > 0 || topK != nil || topP != nil {
      throw Failure(description: "\(spelling("beams")) searches and does not sample: leave out \(list(["temperature", "topK", "topP"], spelling))")
    }
    let (start, forced) = try open.begin(read, run: run)
    let generator = open.generator(usesMemory: usesMemory)
    if let beams, beams > 1 {
      return Written(tokens: try BeamSearch(generator, beams: beams).generate(start, limit: limit, run: run, forced: forced), speculation: nil)
    }
    // Asking for top-k or top-p is asking to sample.
    let asked = temperature ?? 0, warmth = asked == 0 && (topK != nil || topP != nil) && temperature == nil ? 1 : asked
    let sampler = Sampler(temperature: Float(warmth), topK: topK, topP: topP.map { Float($0) }, seed: UInt64(bitPattern: Int64(seed)))
    if drafts {
      let result = try Speculative(open.architecture, stops: open.model.stops).generate(start, limit: limit, sampler: sampler, run: run)
      return Written(tokens: result.tokens, speculation: result)
    }
    return Written(tokens: try generator.generate(start, limit: limit, sampler: sampler, run: run, forced: forced), speculation: nil)
  }

  /// How a model removes noise with these options; nil if it writes token by token.
  /// - Throws: `Failure` for an option that this way of writing has no use for.
  public func denoising(_ open: OpenModel, calling name: String, spelling: (String) -> String) throws -> (any Decoding)? {
    var choice = Architecture.Denoising()
    (choice.steps, choice.block, choice.remasking, choice.clamps) = (steps, block, remasking, clamps)
    (choice.temperature, choice.seed) = (Float(temperature ?? 0), UInt64(bitPattern: Int64(seed)))
    (choice.stops, choice.usesMemory) = (open.model.stops, usesMemory)
    let of: [(name: String, option: Architecture.Denoising.Option, isGiven: Bool)] = [
      ("steps", .steps, steps != nil), ("remasking", .remasking, remasking != nil), ("block", .block, block != nil), ("clamp", .clamps, clamps),
    ]
    guard let way = open.architecture.denoising(choice), let process = open.architecture.denoiser?.process else {
      if of.contains(where: \.isGiven) {
        throw Failure(description: "\(name) writes token by token: \(list(of.map(\.name), spelling)) are for diffusion models")
      }
      return nil
    }
    if beams ?? 1 > 1 || topK != nil || topP != nil {
      throw Failure(description: "\(name) removes noise: \(list(["beams", "topK", "topP"], spelling)) are for models that write token by token")
    }
    if reading.mask != nil { throw Failure(description: "\(name) removes noise, under the masks of its own way: \(spelling("mask")) is for models that write token by token") }
    if drafts { throw Failure(description: "\(name) removes noise: \(spelling("drafts")) is for models that write token by token") }
    let used = process.options
    for given in of + [("temperature", .temperature, temperature ?? 0 > 0)] where given.isGiven && !used.contains(given.option) {
      let others = (of.map { ($0.name, $0.option) } + [("temperature", .temperature)]).filter { used.contains($0.1) }.map { spelling($0.0) }
      throw Failure(description: "\(name) has no use for \(spelling(given.name)): its noise is \(process.described); it takes \(others.joined(separator: " and "))")
    }
    return way
  }

  private func list(_ names: [String], _ spelling: (String) -> String) -> String {
    names.dropLast().map(spelling).joined(separator: ", ") + " and " + spelling(names.last ?? "")
  }
}
