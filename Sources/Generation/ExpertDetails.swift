// What a mixture of experts has to show of a step: for each router the logits with the experts that every token was sent to, and how the
// work was spread.

import Blocks
import Tensors

/// The routing of every layer with experts: logits, choices, weights, load, and who was turned away.
struct ExpertDetails: TraceProvider {
  let watches = ["*router.logits", "*router.chosen", "*router.weights", "*router.dropped"]

  func details(_ reading: TraceReading) -> [TraceDetail] {
    let routers = reading.tensors("*router.logits")
    guard !routers.isEmpty else { return [] }
    var capacities: [String: Int] = [:]
    reading.architecture.walk { path, part in
      if let router = part as? Router, let capacity = router.routing.capacity { capacities[path] = capacity }
    }
    return routers.flatMap { name, logits -> [TraceDetail] in
      let router = String(name.dropLast(".logits".count))
      guard let chosen = reading.run[router + ".chosen"], let weights = reading.run[router + ".weights"], logits.rank == 2, chosen.rank == 2,
        logits.shape[0] == chosen.shape[0], weights.shape == chosen.shape
      else { return [] }
      return [
        scores(reading, name, logits, chosen),
      ] + served(reading, router, chosen) + [
        TraceDetail(router, .facts(spread(reading, router, chosen, weights, experts: logits.shape[1], capacity: capacities[router]))),
      ]
    }
  }

  /// A row for each token, a column for each expert.
  private func scores(_ reading: TraceReading, _ name: String, _ logits: Tensor, _ chosen: Tensor) -> TraceDetail {
    let (n, experts, k) = (logits.shape[0], logits.shape[1], chosen.shape[1])
    let (values, places) = (logits.values, chosen.values)
    // Inside an expert that is a mixture itself only some tokens arrive; which, the outer router says.
    let rows: [TraceDetail.Label] = tokens(reading, name, n)?.map { .token($0) } ?? (0..<n).map { "row \($0)" }
    return TraceDetail(
      name, note: "the router's logits of each expert; marked: the \(k) that the token is sent to",
      .matrix(
        .init(
          rows: rows, columns: (0..<experts).map { "\($0)" }, values: (0..<n).map { Array(values[($0 * experts)..<(($0 + 1) * experts)]) },
          marked: (0..<n).map { row in (0..<k).map { Int(places[row * k + $0]) }.filter { (0..<experts).contains($0) }.sorted() })))
  }

  /// The tokens that a router saw: those of the step, or of an encoder's text.
  private func tokens(_ reading: TraceReading, _ name: String, _ count: Int) -> [Int]? {
    let own = name.hasPrefix("encoder.") ? reading.source : reading.read
    return own.count == count ? own : nil
  }

  /// Where experts have a capacity: for each token whether its experts took it. One that none took goes on by the residual alone.
  private func served(_ reading: TraceReading, _ router: String, _ chosen: Tensor) -> [TraceDetail] {
    guard let dropped = reading.run[router + ".dropped"]?.values, let read = tokens(reading, router, chosen.shape[0]) else { return [] }
    let k = chosen.shape[1], places = chosen.values
    let cells = read.enumerated().map { row, token -> TraceDetail.TokenCell in
      let full = (0..<k).filter { dropped[row * k + $0] > 0 }.map { String(Int(places[row * k + $0])) }
      return .init(.token(token), full.count == k ? .rejected : .accepted, note: full.isEmpty ? "" : "no room at expert \(full.joined(separator: ", "))")
    }
    return [TraceDetail("\(router): who found room", note: "✗ or struck out: no expert had room, the token goes on by the residual alone", .tokens(cells))]
  }

  private func spread(
    _ reading: TraceReading, _ router: String, _ chosen: Tensor, _ weights: Tensor, experts: Int, capacity: Int?
  ) -> [TraceDetail.Fact] {
    let load = Balance.count(chosen: chosen, experts: experts)
    let counts = load.values.map { Int($0) }
    let used = counts.indices.filter { counts[$0] > 0 }
    let k = chosen.shape[1], last = Array(weights.values.suffix(k)), picks = chosen.values.suffix(k).map { Int($0) }
    var facts: [TraceDetail.Fact] = [
      .init("weights of the last token", .text(zip(picks, last).map { "expert \($0): \(Double(Int(($1 * 1000).rounded())) / 1000)" }.joined(separator: " · "))),
      .init("load", .text(used.prefix(16).map { "expert \($0) × \(counts[$0])" }.joined(separator: " · ") + (used.count > 16 ? " and \(used.count - 16) more" : ""))),
      .init("experts at work", .count(used.count), unit: "of \(experts)"),
      .init("variation of the load", .number(Balance.squaredVariation(load).values[0].squareRoot()), unit: "deviation / mean"),
    ]
    if let capacity {
      let dropped = reading.run[router + ".dropped"].map { $0.values.reduce(0, +) } ?? 0
      facts += [.init("capacity", .count(capacity), unit: "tokens for each expert"), .init("dropped", .count(Int(dropped)), unit: "choices")]
    }
    return facts
  }
}
