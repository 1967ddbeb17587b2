// Gaussian diffusion on word vectors that are learned with it: DDPM's loss, and the two terms that keep the vectors apart and bounded (Diffusion-LM, Li et
// al. 2022). With a source it is DiffuSeq (the source is not noised) or, through an encoder, AR-Diffusion's form; with a time for each position AR-Diffusion.

import Blocks
import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// mse + prior + rounding, as released, each averaged over positions.
public struct VectorDenoising: PartedObjective {
  public let name = "vector diffusion"
  public let special: SpecialTokens
  public let process: GaussianProcess
  public let target: GaussianProcess.Target
  /// Each position has its own time: left ones are clean while right ones are still noise.
  public let perPosition: Bool
  /// Numbers of a word's vector.
  public let width: Int
  /// Whether a source is read by an encoder, and not in front of the text.
  public let encodes: Bool
  /// Without rounding the vectors of all words fall together: then nothing is left to be said.
  public var rounds = true
  public var hasPrior = true

  public init(_ special: SpecialTokens, for model: Architecture) throws {
    guard case .gaussian(let schedule, let target, let own) = model.denoiser?.process else { throw ObjectiveFailure.noPart("Gaussian noise", of: model.name) }
    (self.special, process, self.target, perPosition) = (special, GaussianProcess(schedule), target, own)
    (width, encodes) = (model.embedding.width, model.encoder != nil)
  }

  /// σ₀: the noise of the step from words to vectors, that of the schedule's first step.
  public var embeddingNoise: Double { (1 - process.schedule.signal[1]).squareRoot() }

  /// A batch at given times, one for each text or, with times of their own, for each position.
  public func batch(_ samples: [Sample], times: [[Int]], using generator: inout SeededGenerator) throws -> Batch {
    let length = lengths(samples).max() ?? 0, filler = special.filler, rows = samples.count
    var examples: [Example] = [], noisy: [Float] = []
    for (sample, own) in zip(samples, times) {
      let source = given(sample)
      guard !sample.tokens.isEmpty else { throw ObjectiveFailure.tooShort(objective: name, tokens: 0, least: 1) }
      // Padding is content: the model learns where a text ends by saying it.
      let text = source + sample.tokens + Array(repeating: filler, count: length - source.count - sample.tokens.count)
      var example = Example(text, targets: text, source: encodes && !sample.source.isEmpty ? sample.source : nil)
      noisy += text.indices.map { $0 < source.count ? 0 : 1 }
      let levels = text.indices.map { $0 < source.count ? 0 : own[min($0, own.count - 1)] }
      // What is read is √ᾱ of the word's vector and √(1 − ᾱ) of noise; a source is read as it is.
      let shares = text.indices.map { $0 < source.count ? 1 : process.schedule.signal[levels[$0]].squareRoot() }
      example.notes = [("t", levels.map(String.init)), ("share of the word", shares.map { "\(($0 * 100).rounded() / 100)" })]
      examples.append(example)
    }
    var batch = try Batch(examples, filler: filler, divisor: .positions, readsBothWays: true, objective: name)
    let places = times.map { own in (0..<length).map { own[min($0, own.count - 1)] } }
    batch.extras.numbers["time"] = Tensor(places.flatMap { $0.map(Float.init) }, [rows, length, 1])
    batch.extras.numbers["open"] = Tensor(noisy, [rows, length, 1])
    batch.extras.numbers["noise"] = .normal([rows, length, width], using: &generator)
    batch.extras.numbers["embedding noise"] = .normal([rows, length, width], using: &generator)
    return batch
  }

  public func batch(_ samples: [Sample], using generator: inout SeededGenerator) throws -> Batch {
    guard !samples.isEmpty else { throw ObjectiveFailure.noSamples(objective: name) }
    let spread = MaskingProcess.spreadTimes(Double(generator.uniform()), batch: samples.count), steps = process.schedule.steps
    let length = lengths(samples).max() ?? 0, line = PositionTimes(steps: steps, length: max(1, length))
    let times = spread.map { u in perPosition ? line.times(min(line.count - 1, Int(u * Double(line.count)))) : [1 + min(steps - 1, Int(u * Double(steps)))] }
    return try batch(samples, times: times, using: &generator)
  }

  private func given(_ sample: Sample) -> [Int] { encodes || sample.source.isEmpty ? [] : sample.source + (special[.separator].map { [$0] } ?? []) }
  private func lengths(_ samples: [Sample]) -> [Int] { samples.map { given($0).count + $0.tokens.count } }

  public func losses(_ model: Architecture, _ batch: Batch, _ run: Run) throws -> Loss {
    let numbers = batch.extras.numbers
    guard let time = numbers["time"], let open = numbers["open"], let noise = numbers["noise"], let first = numbers["embedding noise"] else {
      throw ObjectiveFailure.missing(objective: name, "the batch was made by another objective")
    }
    try model.prepare(batch, run)
    let signals = process.schedule.signal, times = time.values.map { Int($0) }
    func amplitudes(_ f: (Double) -> Double) -> Tensor { Tensor(times.map { Float(f(signals[$0]).squareRoot()) }, time.shape) }
    let a = amplitudes { $0 }, s = amplitudes { 1 - $0 }                                 // [b, t, 1]
    let words = model.vectors(batch.input.ids, run)                                      // E[w]   [b, t, d]
    let clean = words + first * open * Float(embeddingNoise)
    // The source stays where it is: DiffuSeq's anchors.
    let shut = open * -1 + 1
    let noisy = (clean * a + noise * s) * open + clean * shut
    var input = Architecture.Input(batch.input.ids.map { _ in [] }, padding: nil)
    let scale = 1000 / Float(process.schedule.steps), count = time.shape[1]
    (input.vectors, input.times) = (noisy, perPosition ? times.map { Float($0) * scale } : stride(from: 0, to: times.count, by: count).map { Float(times[$0 + count - 1]) * scale })
    let answer = try model.hidden(input, run).checked()
    let wanted: Tensor
    switch target {
    case .clean:
      // At the first noise level the words themselves are wanted, not their noised vectors.
      let isFirst = Tensor(times.map { $0 <= 1 ? 1 : 0 }, time.shape)
      wanted = words * isFirst + clean * (isFirst * -1 + 1)
    case .noise: wanted = noise
    case .velocity: wanted = noise * a - clean * s
    }
    var parts = [(name: "mse", value: (answer - wanted).mean(of: .square) * batch.extras.share)]
    if hasPrior { parts.append(("prior", clean.mean(of: .square) * (Float(signals[process.schedule.steps]) * batch.extras.share))) }
    if rounds {
      guard let head = model.head else { throw ObjectiveFailure.noPart("a head over the vocabulary", of: model.name) }
      parts.append(("rounding", weightedCrossEntropy(try head(clean, run).checked(), batch.targets, batch.weights)))
    }
    return Loss(parts)
  }
}

extension Architecture {
  /// The words' vectors, before positions and norms.   [b, t, vectors]
  func vectors(_ ids: [[Int]], _ run: Run) -> Tensor {
    Gather(ids.flatMap { $0.map(Int32.init) }, shape: [ids.count, ids.first?.count ?? 0]).apply([embedding.tokens.tensor], trace: run.trace)
  }
}

extension Tensor {
  /// The mean of a function over all numbers.
  func mean(of function: Unary.Function) -> Tensor { map(function).total * (1 / Float(max(1, count))) }
}
