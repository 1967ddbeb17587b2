// D3PM's sampler: words turn into words by the reverse of a transition matrix, all positions at once (Austin et al. 2021).

import Blocks
import Tensors

/// Undoes categorical noise step by step. Under uniform noise a word may change many times; under absorbing noise it is revealed once.
public struct CategoricalDiffusion: Decoding {
  /// Logits of the clean words at time t.   [1, positions, categories]
  public let predict: @Sendable ([Int], Int, Run) throws -> Tensor
  public let process: CategoricalProcess
  public var seed: UInt64 = 0
  public var stops: Set<Int> = []
  let check: @Sendable ([Int], Int) throws -> Void

  public init(_ architecture: Architecture, _ process: CategoricalProcess) {
    self.init(process) { canvas, t, run in
      var input = Architecture.Input([canvas])
      input.times = [Float(t)]
      return try run.tentatively { try architecture(input, run) }
    } check: { prompt, limit in try Autoregressive(architecture).checkCanvas(prompt, limit) }
  }

  public init(
    _ process: CategoricalProcess, predict: @escaping @Sendable ([Int], Int, Run) throws -> Tensor,
    check: @escaping @Sendable ([Int], Int) throws -> Void = { _, _ in }
  ) {
    (self.process, self.predict, self.check) = (process, predict, check)
  }

  public func write(_ prompt: [Int], limit: Int, run: Run, each: (DecodingStep) throws -> Bool) throws -> [Int] {
    if limit == 0 { return [] }
    try check(prompt, limit)
    var generator = SeededGenerator(seed: seed)
    guard process.canKeepProducts else {
      throw GenerationFailure.cannotGenerate("Gaussian noise would keep \(process.steps) matrices of \(process.count) × \(process.count); take fewer steps or words")
    }
    let products = process.products, start = process.stationary, given = prompt.count
    var canvas = prompt + (0..<limit).map { _ in Draw.index(start, &generator) }
    for (index, t) in (1...process.steps).reversed().enumerated() {
      let logits = try predict(canvas, t, run)
      let width = logits.shape[2], probabilities = softmax(logits).values
      let found = canvas, known = products.isEmpty ? nil : (one: process.step(t), before: products[t - 1])
      var cells: [TraceDetail.TokenCell] = prompt.map { TraceDetail.TokenCell(.token($0), .kept) }
      // The first position that is not decided (where nothing ever is, the first one).
      let open = (given..<canvas.count).first { isMask(found[$0]) } ?? given
      var shown: [Double] = []
      for place in given..<canvas.count {
        let predicted = probabilities[(place * width)..<((place + 1) * width)].map(Double.init)
        // The last step takes the most likely word, as the released code does.
        let row = process.reverse(t, noisy: found[place], predicted: predicted, known: known)
        canvas[place] = t == 1 ? row.indices.max { row[$0] < row[$1] }! : Draw.index(row, &generator)
        if place == open { shown = row }
        let mark: TraceDetail.Mark = canvas[place] == found[place] ? (isMask(canvas[place]) ? .masked : .kept) : isMask(found[place]) ? .chosen : .changed
        cells.append(TraceDetail.TokenCell(.token(canvas[place]), mark, number: Float(row[canvas[place]])))
      }
      let chosen = (given..<canvas.count).filter { canvas[$0] != found[$0] }.map { (canvas[$0], $0) }
      let top = shown.indices.sorted { shown[$0] > shown[$1] }.prefix(8)
      let goesOn = try each(
        DecodingStep(
          index: index, read: found, canvas: found, chosen: chosen, logits: logits,
          details: [
            TraceDetail("canvas", note: "probability under the reverse step", .tokens(cells)),
            TraceDetail(
              "denoising",
              .facts([
                .init("time", .text("\(t) → \(t - 1) of \(process.steps)")), .init("noise level (1 − ᾱ)", .number(Float(1 - process.signal(t)))),
                .init("words changed", .count(chosen.count)),
              ])),
            TraceDetail(
              "posterior of position \(open)", note: "the first open one: q(x_{t−1} | x_t, x̂₀), its most likely words",
              .matrix(.init(rows: [.token(found[open])], columns: top.map { .token($0) }, values: [top.map { Float(shown[$0]) }]))),
          ]))
      if !goesOn { break }
    }
    return Array(canvas[given...]).ended(by: stops)
  }

  private func isMask(_ token: Int) -> Bool { if case .absorbing(let mask) = process.noise { token == mask } else { false } }
}
