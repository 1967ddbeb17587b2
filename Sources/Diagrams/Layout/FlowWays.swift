// The ways across between the rows of a flow: each of those that would lie on each other gets a height of its own.

struct FlowWays {
  /// For each gap, the ways in it by who they belong to, with their heights.
  private var gaps: [[String: Int]] = []

  init(_ flow: Flow) {
    var row: [String: Int] = [:], node: [String: Flow.Node] = [:]
    for (index, nodes) in flow.rows.enumerated() { for each in nodes { (row[each.id], node[each.id]) = (index, each) } }
    var spans: [[(key: String, low: Double, high: Double)]] = Array(repeating: [], count: flow.rows.count)
    func add(_ gap: Int, _ key: String, _ a: Double, _ b: Double) {
      guard abs(a - b) > 1e-6, spans.indices.contains(gap) else { return }
      if let known = spans[gap].firstIndex(where: { $0.key == key }) {
        spans[gap][known].low = min(spans[gap][known].low, a, b)
        spans[gap][known].high = max(spans[gap][known].high, a, b)
      } else {
        spans[gap].append((key, min(a, b), max(a, b)))
      }
    }
    for arrow in flow.arrows {
      guard let lane = arrow.lane, !arrow.isBackward, let from = node[arrow.from], let to = node[arrow.to], let below = row[arrow.from], let above = row[arrow.to] else { continue }
      if !(from.shape == .wide && abs(lane - from.x) < (from.width ?? 1) / 2) { add(below, "from " + arrow.from, from.x, lane) }
      if to.shape != .circle, !(to.shape == .wide && abs(lane - to.x) < (to.width ?? 1) / 2) { add(above - 1, "to " + arrow.to, lane, to.x) }
    }
    gaps = spans.map { ways in
      var heights: [String: Int] = [:], used: [[(Double, Double)]] = []
      for way in ways.sorted(by: { $0.high - $0.low < $1.high - $1.low }) {
        let free = used.firstIndex { taken in taken.allSatisfy { way.high < $0.0 - 1e-3 || way.low > $0.1 + 1e-3 } }
        if let free { used[free].append((way.low, way.high)) } else { used.append([(way.low, way.high)]) }
        heights[way.key] = free ?? used.count - 1
      }
      return heights
    }
  }

  /// How many ways lie over each other in the gap above a row.
  func tracks(above row: Int) -> Int { gaps.indices.contains(row) ? (gaps[row].values.max() ?? -1) + 1 : 0 }

  func track(of key: String, above row: Int) -> Int { gaps.indices.contains(row) ? gaps[row][key] ?? 0 : 0 }
}
