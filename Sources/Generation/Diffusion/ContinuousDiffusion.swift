// Diffusion on embeddings: start from noise, predict the clean vectors, go a step back, and round to words at the end (DDPM, Diffusion-LM, DiffuSeq;
// with a time for each position AR-Diffusion). The prompt is never noised: DiffuSeq's anchors.

import Blocks
import Tensors

/// Removes Gaussian noise from vectors.
public struct ContinuousDiffusion: Decoding {
  /// The network's answer for noisy vectors [1, n, vectors] at a time for each position.   → [1, n, vectors]
  public typealias Predictor = @Sendable (_ x: Tensor, _ times: [Int], _ run: Run) throws -> Tensor

  public let process: GaussianProcess
  public let target: GaussianProcess.Target
  public let predict: Predictor
  /// Logits of clean vectors, for rounding.   [1, n, vectors] → [1, n, vocabulary]
  public let round: @Sendable (Tensor, Run) -> Tensor
  let canvas: VectorCanvas
  /// Steps of the sampler; nil: all of the schedule's.
  public var steps: Int?
  /// Puts every prediction onto its nearest word before it is used (Diffusion-LM, section 4.2).
  public var clamps = false
  /// nil: DDPM's random steps; 0: DDIM without noise.
  public var eta: Double?
  /// Left positions are denoised earlier than right ones.
  public var perPosition = false
  public var seed: UInt64 = 0
  public var stops: Set<Int> = []
  let check: @Sendable ([Int], Int) throws -> Void

  public init(_ architecture: Architecture, schedule: NoiseSchedule, target: GaussianProcess.Target, perPosition: Bool = false) {
    // Times are told on a scale of 0 … 1000, whatever the number of steps (Diffusion-LM's rescale_timesteps).
    let scale = 1000 / Float(schedule.steps)
    self.init(
      schedule: schedule, target: target, table: architecture.embedding.tokens.tensor,
      round: { x, run in architecture.head.map { $0(x, run) } ?? x }
    ) { x, times, run in
      var input = Architecture.Input([[]])
      (input.vectors, input.times) = (x, times.map { Float($0) * scale })
      return try run.tentatively { try architecture.hidden(input, run).checked() }
    } check: { prompt, limit in try Autoregressive(architecture).checkCanvas(prompt, limit) }
    self.perPosition = perPosition
  }

  /// With any predictor: an oracle.
  /// - Parameter table: the words' vectors.   [vocabulary, vectors]
  public init(
    schedule: NoiseSchedule, target: GaussianProcess.Target, table: Tensor, round: (@Sendable (Tensor, Run) -> Tensor)? = nil,
    predict: @escaping Predictor, check: @escaping @Sendable ([Int], Int) throws -> Void = { _, _ in }
  ) {
    (process, self.target, self.predict, self.check) = (GaussianProcess(schedule), target, predict, check)
    canvas = VectorCanvas(table)
    let rows = canvas.table
    self.round = round ?? { x, _ in contract("bnd,vd->bnv", x, rows) }
  }

  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    if let steps, steps < 1 { throw DiffusionFailure.steps(steps) }
    if limit == 0 { return [] }
    try check(prompt, limit)
    let n = prompt.count + limit, width = canvas.width, given = prompt.count
    var generator = SeededGenerator(seed: seed)
    let anchors = canvas.rows(prompt)
    var x = anchors + (0..<(limit * width)).map { _ in generator.normal() }
    var clean = x, words: [Int]?
    let plan = path(n)
    for (index, (now, next)) in zip(plan, plan.dropFirst()).enumerated() {
      let answer = try predict(Tensor(x, [1, n, width]), now, run).values
      guard answer.count == x.count else {
        throw Fault(.other(operation: "denoiser", message: "\(answer.count) numbers came back for the \(x.count) of \(n) vectors"))
      }
      clean = read(answer, x, now)
      for i in anchors.indices { clean[i] = anchors[i] }
      let nearest = canvas.nearest(clean)
      var moved: Float = 0
      if clamps {
        let onto = canvas.rows(nearest.map(\.word))
        moved = zip(onto, clean).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        clean = onto
      }
      x = step(x, clean, now, next, given, &generator)
      let found = nearest.map(\.word)
      let goesOn = try each(
        DecodingStep(
          index: index, read: found, canvas: found, chosen: [], logits: nil,
          details: details(nearest, now, next, given, words, moved)))
      words = found
      if !goesOn { break }
    }
    // Rounding: the most likely word of each clean vector.
    let logits = round(Tensor(clean, [1, n, width]), run).values
    let vocabulary = logits.count / n
    return (given..<n).map { i in Sampler.largest(Array(logits[(i * vocabulary)..<((i + 1) * vocabulary)])) }.ended(by: stops)
  }

  /// Times of every position, noisiest first, all 0 last.   [steps + 1][n]
  func path(_ n: Int) -> [[Int]] {
    let schedule = process.schedule
    guard perPosition else { return schedule.respaced(steps ?? schedule.steps).map { Array(repeating: $0, count: n) } }
    let plan = PositionTimes(steps: schedule.steps, length: n)
    let count = min(steps ?? plan.count - 1, plan.count - 1)
    return (0...count).map { k in plan.times((plan.count - 1) * (count - k) / count) }
  }

  /// The clean vectors that an answer means, position by position.
  private func read(_ answer: [Float], _ x: [Float], _ times: [Int]) -> [Float] {
    if target == .clean { return answer }
    let width = canvas.width
    return times.indices.flatMap { i -> [Float] in
      let rows = (i * width)..<((i + 1) * width)
      return process.clean(Tensor(Array(answer[rows]), [width]), Tensor(Array(x[rows]), [width]), at: max(1, times[i]), target: target).values
    }
  }

  private func step(
    _ x: [Float], _ clean: [Float], _ now: [Int], _ next: [Int], _ given: Int, _ generator: inout SeededGenerator
  ) -> [Float] {
    let width = canvas.width
    var result = clean
    for i in given..<now.count {
      // A position whose time has come to 0 is finished.
      if next[i] == 0 || now[i] == next[i] {
        if now[i] == next[i], now[i] > 0 { result.replaceSubrange((i * width)..<((i + 1) * width), with: x[(i * width)..<((i + 1) * width)]) }
        continue
      }
      let jump = eta.map { process.implicit(from: now[i], to: next[i], eta: $0) } ?? process.posterior(from: now[i], to: next[i])
      let deviation = Float(jump.variance.squareRoot())
      for j in (i * width)..<((i + 1) * width) {
        result[j] = Float(jump.noisy) * x[j] + Float(jump.clean) * clean[j] + (deviation > 0 ? deviation * generator.normal() : 0)
      }
    }
    return result
  }

  private func details(
    _ nearest: [VectorCanvas.Nearest], _ now: [Int], _ next: [Int], _ given: Int, _ before: [Int]?, _ moved: Float
  ) -> [TraceDetail] {
    let open = nearest[given...], times = now[given...]
    let mean = open.reduce(Float(0)) { $0 + $1.distance } / Float(max(1, open.count))
    let noise = times.reduce(0.0) { $0 + 1 - process.schedule.signal[$1] } / Double(max(1, times.count))
    let changed = before.map { before in zip(before, nearest).filter { $0 != $1.word }.count }
    var facts: [TraceDetail.Fact] = [
      .init("noise level (1 − ᾱ)", .number(Float(noise))), .init("nearest word", .number(mean), unit: "away on average"),
      .init("words changed", .count(changed ?? open.count)), .init("clamped", clamps ? .number(moved) : .text("no")),
    ]
    if !perPosition, let t = now.first, let s = next.first { facts.insert(.init("time", .text("\(t) → \(s) of \(process.schedule.steps)")), at: 0) }
    var details = [VectorCanvas.detail(Array(nearest), given: given, before: before), TraceDetail("denoising", .facts(facts))]
    if perPosition {
      details.append(
        TraceDetail(
          "time of each position", note: "0 is clean",
          .matrix(.init(rows: ["before", "after"], columns: now.indices.map { .text("\($0)") }, values: [now.map(Float.init), next.map(Float.init)]))))
    }
    return details
  }
}
