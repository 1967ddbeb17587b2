// Places a folded recording: rows by how far a node is from what comes in, lanes by who goes on from whom, ways of their own for what passes by.
// It decides where things stand and nothing of what they say.
import Blocks

/// Turns nodes and edges into rows, columns and ways.
struct FoldedFlow {
  private let folded: FoldedRecording
  private var nodes: [Flow.Node] = []
  private var before: [[Int]] = [], after: [[Int]] = []
  private var edges: [(from: Int, to: Int, isBoth: Bool)] = []
  /// From what a step makes to the memory that the next one reads: against the stream.
  private var backward: [(from: Int, to: Int)] = []
  private var rank: [Int] = []
  private var lane: [Int] = []
  private var lanes: [Lane] = []
  /// Lanes from left to right; those in the middle of others are not among them.
  private var order: [Int] = []
  private var passing: [Int: Int] = [:]

  private struct Lane {
    var members: [Int] = []
    /// Lanes that end where this one begins: it stands in their middle.
    var merged: [Int] = []
    var x = 0.0
  }

  static func flow(_ folded: FoldedRecording) -> Flow {
    var layout = FoldedFlow(folded)
    return layout.build()
  }

  private init(_ folded: FoldedRecording) { self.folded = folded }

  private mutating func build() -> Flow {
    readNodes()
    setRanks()
    setLanes()
    setWays()
    setPlaces()
    return written()
  }

  // MARK: the graph

  private mutating func readNodes() {
    var index: [String: Int] = [:]
    for node in folded.nodes {
      index[node.id] = nodes.count
      let shape: Flow.Shape =
        switch node.role {
        case .input, .given: .symbol
        case .projection: .box
        case .child: node.experts.map { .experts(count: $0.count, active: $0.active, groups: $0.groups, openGroups: $0.open) } ?? .box
        case .norm: .operation
        case .attention, .recurrence: .wide
        case .arithmetic: node.parameters.isEmpty ? .operation : .box
        case .sum: .circle
        case .memory: .memory
        }
      nodes.append(Flow.Node(node.id, shape, node.title, node.subtitle, keys: node.keys, kind: node.kind))
    }
    // What is no projection at the end needs a name for what comes out.
    let results = folded.results.compactMap { index[$0] }
    if results.count > 1 || results.contains(where: { nodes[$0].shape == .circle }) {
      nodes.append(Flow.Node("y", .symbol, .italic("y")))
      edges = results.map { ($0, nodes.count - 1, false) }
    }
    before = Array(repeating: [], count: nodes.count)
    after = before
    for edge in edges {
      before[edge.to].append(edge.from)
      after[edge.from].append(edge.to)
    }
    // Memories' own edges stand last, so that a way back is known as one.
    for edge in folded.edges {
      guard let from = index[edge.from], let to = index[edge.to] else { continue }
      if reaches(to, from) { backward.append((from, to)); continue }
      edges.append((from, to, edge.isBoth))
      before[to].append(from)
      after[from].append(to)
    }
  }

  private func reaches(_ from: Int, _ to: Int) -> Bool {
    var seen = Set([from]), pending = [from]
    while let next = pending.popLast() {
      if next == to { return true }
      for further in after[next] where seen.insert(further).inserted { pending.append(further) }
    }
    return false
  }

  private mutating func setRanks() {
    let before = before
    var ranks = Array(repeating: -1, count: nodes.count)
    func place(_ node: Int) -> Int {
      if ranks[node] >= 0 { return ranks[node] }
      let result = before[node].map { place($0) + 1 }.max() ?? 0
      ranks[node] = result
      return result
    }
    for node in nodes.indices { _ = place(node) }
    rank = ranks
    // A state, or what only parameters make, stands just below who reads it.
    for node in nodes.indices where before[node].isEmpty && nodes[node].shape != .symbol {
      rank[node] = max(0, (after[node].map { rank[$0] }.min() ?? 1) - 1)
    }
    // So does what is read from another part.
    for node in nodes.indices where before[node].isEmpty && nodes[node].shape == .symbol && nodes[node].id != "x" {
      rank[node] = max(0, (after[node].map { rank[$0] }.min() ?? 1) - 1)
    }
  }

  // MARK: lanes

  private func isSource(_ node: Int) -> Bool { nodes[node].shape == .symbol && before[node].isEmpty }

  private mutating func setLanes() {
    lane = Array(repeating: -1, count: nodes.count)
    // From what comes out back to what comes in; then what only leads into a memory.
    let ends = nodes.indices.filter { after[$0].isEmpty }.sorted { rank[$0] > rank[$1] }
    var visited = Set<Int>(), order: [Int] = []
    let before = before
    func visit(_ node: Int) {
      guard visited.insert(node).inserted else { return }
      for previous in before[node] { visit(previous) }
      order.append(node)
    }
    for end in ends { visit(end) }
    for node in order where !isSource(node) { enter(node) }
  }

  /// A node goes on in the lane of what it reads if nobody else has, in the middle of several that end here, or begins a lane.
  private mutating func enter(_ node: Int) {
    var free: [Int] = []
    for previous in before[node] where lane[previous] >= 0 {
      let own = lane[previous]
      if lanes[own].members.last == previous, !free.contains(own), !isMerged(own) { free.append(own) }
    }
    if free.count == 1 {
      lanes[free[0]].members.append(node)
      lane[node] = free[0]
      return
    }
    lanes.append(Lane(members: [node], merged: free))
    lane[node] = lanes.count - 1
    if free.isEmpty { order.append(lanes.count - 1) }
  }

  private func isMerged(_ lane: Int) -> Bool { lanes.contains { $0.merged.contains(lane) } }

  /// The plain lanes that a lane stands over.
  private func span(_ lane: Int) -> [Int] { lanes[lane].merged.isEmpty ? [lane] : lanes[lane].merged.flatMap(span) }

  /// A way of its own for what would run through others.
  private mutating func setWays() {
    // Those that go farthest first: they run outside of the others.
    for (index, edge) in edges.enumerated().sorted(by: { rank[$0.element.to] > rank[$1.element.to] }) where rank[edge.to] > rank[edge.from] + 1 {
      let own = lane[edge.to]
      let isFirst = lanes[own].members.first == edge.to && lanes[own].merged.isEmpty
      if isSource(edge.from) {
        if isFirst { continue }
      } else {
        let last = lanes[lane[edge.from]].members.last == edge.from
        let next = lanes[own].members.firstIndex(of: edge.to).flatMap { $0 > 0 ? lanes[own].members[$0 - 1] : nil }
        if last || isFirst || next == edge.from { continue }
      }
      lanes.append(Lane())
      let way = lanes.count - 1
      passing[index] = way
      // Beside where it comes from, on the side to which it goes.
      let beside = isSource(edge.from) ? span(own) : span(lane[edge.from])
      let places = beside.compactMap { order.firstIndex(of: $0) }
      let target = span(own).compactMap { order.firstIndex(of: $0) }.min() ?? 0
      // A formula takes the room over all that it reads: who passes it goes around.
      let around = nodes.indices.filter { nodes[$0].shape == .wide && rank[$0] > rank[edge.from] && rank[$0] < rank[edge.to] }
        .flatMap { wide in before[wide].filter { !isSource($0) }.flatMap { span(lane[$0]) } + span(lane[wide]) + ways(into: wide) }
        .compactMap { order.firstIndex(of: $0) }
      if let last = around.max(), !isSource(edge.from) {
        order.insert(way, at: last + 1)
      } else if isSource(edge.from) {
        order.insert(way, at: places.min() ?? 0)
      } else if target < (places.min() ?? 0) {
        order.insert(way, at: places.min() ?? 0)
      } else {
        order.insert(way, at: (places.max() ?? order.count - 1) + 1)
      }
    }
    for index in backward.indices {
      lanes.append(Lane())
      order.append(lanes.count - 1)
      passing[-1 - index] = lanes.count - 1
    }
  }

  private func ways(into node: Int) -> [Int] { edges.indices.filter { edges[$0].to == node }.compactMap { passing[$0] } }

  // MARK: places

  private func width(_ node: Int) -> Double { FlowLayout.width(of: nodes[node]) }

  /// The x of the vertical part of an edge.
  private func way(_ index: Int) -> Double {
    if let own = passing[index] { return x(own) }
    let edge = edges[index]
    if isSource(edge.from) { return x(lane[edge.to]) }
    let from = lane[edge.from], to = lane[edge.to]
    if from == to { return x(from) }
    return lanes[from].members.last == edge.from ? x(from) : x(to)
  }

  private func x(_ lane: Int) -> Double {
    guard !lanes[lane].merged.isEmpty else { return lanes[lane].x }
    let all = span(lane).map { lanes[$0].x }
    return (all.min()! + all.max()!) / 2
  }

  private func x(of node: Int) -> Double {
    guard isSource(node) else { return x(lane[node]) }
    let targets = edges.indices.filter { edges[$0].from == node }.map { way($0) }
    return targets.isEmpty ? 0 : (targets.min()! + targets.max()!) / 2
  }

  private mutating func setPlaces() {
    var edge = 0.0
    for own in order {
      // Formulas reach over several lanes; they make room below.
      let widest = lanes[own].members.filter { nodes[$0].shape != .wide }.map(width).max() ?? 6
      lanes[own].x = edge + widest / 2
      edge += widest + 12
    }
    for _ in 0..<200 {
      var moved = false
      for row in 0...(rank.max() ?? 0) {
        var items: [(x: Double, width: Double, lanes: [Int])] = nodes.indices.filter { rank[$0] == row }
          .map { (x(of: $0), width($0), isSource($0) ? [] : span(lane[$0])) }
        for (index, edge) in edges.enumerated() where rank[edge.from] < row && row < rank[edge.to] {
          let own = passing[index] ?? (isSource(edge.from) || lanes[lane[edge.from]].members.last != edge.from ? lane[edge.to] : lane[edge.from])
          items.append((way(index), 4, span(own)))
        }
        items.sort { $0.x < $1.x }
        for (a, b) in zip(items, items.dropFirst()) {
          let missing = (a.width + b.width) / 2 + 10 - (b.x - a.x)
          guard missing > 0.5, Set(a.lanes) != Set(b.lanes), let start = b.lanes.compactMap({ order.firstIndex(of: $0) }).min() else { continue }
          // Of two that stand over the same lanes only the right one's own lanes can move.
          let left = a.lanes.compactMap { order.firstIndex(of: $0) }.max() ?? -1
          let from = start > left ? start : min(left + 1, b.lanes.compactMap { order.firstIndex(of: $0) }.max() ?? start)
          for place in order[from...] { lanes[place].x += missing }
          moved = true
          break
        }
      }
      if !moved { break }
    }
  }

  // MARK: the flow

  private func written() -> Flow {
    var left = Double.infinity, right = -Double.infinity
    var spans: [Double?] = Array(repeating: nil, count: nodes.count)
    for node in nodes.indices {
      var (middle, wide) = (x(of: node), width(node))
      if nodes[node].shape == .wide {
        // As wide as what it reads.
        let ways = edges.indices.filter { edges[$0].to == node }.map { way($0) } + [middle]
        let (low, high) = (ways.min()! - 26, ways.max()! + 26)
        if high - low > wide { (middle, wide) = ((low + high) / 2, high - low) }
        spans[node] = wide
      }
      left = min(left, middle - wide / 2)
      right = max(right, middle + wide / 2)
    }
    for own in order { (left, right) = (min(left, lanes[own].x - 3), max(right, lanes[own].x + 3)) }
    let total = max(right - left, FlowLayout.least)
    let shift = (total - (right - left)) / 2 - left
    func share(_ x: Double) -> Double { (x + shift) / total }
    var rows: [[Flow.Node]] = []
    for row in 0...(rank.max() ?? 0) {
      let members = nodes.indices.filter { rank[$0] == row }
      guard !members.isEmpty else { continue }
      rows.append(
        members.map { index -> Flow.Node in
          var node = nodes[index]
          var middle = x(of: index)
          if let span = spans[index] {
            node.width = span / total
            let ways = edges.indices.filter { edges[$0].to == index }.map { way($0) } + [middle]
            let (low, high) = (ways.min()! - 26, ways.max()! + 26)
            if high - low > width(index) { middle = (low + high) / 2 }
          }
          node.x = share(middle)
          return node
        }.sorted { $0.x < $1.x })
    }
    // More than these are no picture any more.
    if let heads = folded.nodes.compactMap(\.heads).first, heads.keyValue <= 64 {
      let each = heads.keyValue > 0 ? heads.query / heads.keyValue : 1
      rows.append([
        Flow.Node(
          "heads", .heads(query: heads.query, keyValue: heads.keyValue),
          keys: each == 1 ? "every query head has its own key/value head" : "each key/value head serves \(each) query heads")
      ])
    }
    var arrows = edges.enumerated().map { index, edge in
      var arrow = Flow.Arrow(nodes[edge.from].id, nodes[edge.to].id)
      arrow.lane = share(way(index))
      arrow.isBoth = edge.isBoth
      return arrow
    }
    for (index, edge) in backward.enumerated() {
      var arrow = Flow.Arrow(nodes[edge.from].id, nodes[edge.to].id)
      arrow.lane = share(x(passing[-1 - index]!))
      arrow.isBackward = true
      arrows.append(arrow)
    }
    return Flow(rows: rows, arrows: arrows, width: total)
  }
}
