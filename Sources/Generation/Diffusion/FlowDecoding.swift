// Rectified flow on embeddings: follow the velocity from noise to words in even steps, then round (Liu et al. 2022).

import Blocks
import Tensors

/// Integrates a learned velocity. The prompt's vectors stay where they are.
public struct FlowDecoding: Decoding {
  /// Velocity at x [1, n, vectors] and u.   → [1, n, vectors]
  public let velocity: @Sendable (Tensor, Float, Run) throws -> Tensor
  let canvas: VectorCanvas
  public var steps: Int
  public var seed: UInt64 = 0
  public var stops: Set<Int> = []
  let check: @Sendable ([Int], Int) throws -> Void

  public init(_ architecture: Architecture, steps: Int = 20) {
    self.init(table: architecture.embedding.tokens.tensor, steps: steps) { x, u, run in
      var input = Architecture.Input([[]])
      (input.vectors, input.times) = (x, [1000 * u])
      return try run.tentatively { try architecture.hidden(input, run).checked() }
    } check: { prompt, limit in try Autoregressive(architecture).checkCanvas(prompt, limit) }
  }

  public init(
    table: Tensor, steps: Int = 20, velocity: @escaping @Sendable (Tensor, Float, Run) throws -> Tensor,
    check: @escaping @Sendable ([Int], Int) throws -> Void = { _, _ in }
  ) {
    (self.velocity, self.steps, self.check) = (velocity, steps, check)
    canvas = VectorCanvas(table)
  }

  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    if steps < 1 { throw DiffusionFailure.steps(steps) }
    if limit == 0 { return [] }
    try check(prompt, limit)
    let n = prompt.count + limit, width = canvas.width, given = prompt.count
    var generator = SeededGenerator(seed: seed)
    let anchors = canvas.rows(prompt)
    var x = anchors + (0..<(limit * width)).map { _ in generator.normal() }
    var words: [Int]?
    for k in 0..<steps {
      let v = try velocity(Tensor(x, [1, n, width]), Float(k) / Float(steps), run).values
      for i in anchors.count..<x.count { x[i] += v[i] / Float(steps) }
      let nearest = canvas.nearest(x), found = nearest.map(\.word)
      let speed = (v[anchors.count...].reduce(Float(0)) { $0 + $1 * $1 } / Float(limit)).squareRoot()
      let goesOn = try each(
        DecodingStep(
          index: k, read: found, canvas: found, chosen: [], logits: nil,
          details: [
            VectorCanvas.detail(nearest, given: given, before: words),
            TraceDetail(
              "flow",
              .facts([
                .init("time u (0 is noise, 1 text)", .text("\(hundredths(k)) → \(hundredths(k + 1))")),
                .init("noise level (1 − u)", .number(1 - Float(k) / Float(steps))), .init("speed", .number(speed), unit: "a position"),
                .init("nearest word", .number(nearest[given...].reduce(Float(0)) { $0 + $1.distance } / Float(limit)), unit: "away on average"),
                .init("words changed", .count((given..<n).filter { words?[$0] != found[$0] }.count)),
              ])),
          ]))
      words = found
      if !goesOn { break }
    }
    return canvas.nearest(x)[given...].map(\.word).ended(by: stops)
  }

  private func hundredths(_ step: Int) -> String { "\((Double(step) / Double(steps) * 100).rounded() / 100)" }
}
