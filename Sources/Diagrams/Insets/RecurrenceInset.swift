// Inside a recurrence: what a token gives, how the state decays and is written to, what is read from it. One inset for every mixer with a state of
// fixed size.

/// What a recurrence inset shows.
public struct RecurrenceInset: Sendable {
  /// A projection of the token.
  public struct Source: Sendable {
    public var title: String
    public var subtitle: String
    public init(_ title: String, _ subtitle: String) { (self.title, self.subtitle) = (title, subtitle) }
  }
  /// What happens to the token before the projections: "mixed with the token before".
  public var before: String?
  /// What reads the state; nil: it is read as it is.
  public var query: Source?
  /// What writes to it and decays it.
  public var writes: [Source]
  /// What stands between the first of the writes and the state: "convolution of 4, silu".
  public var prepared: String?
  /// S ← γ·S + k·vᵀ
  public var update: Text
  /// "8 × 128 × 128 numbers".
  public var state: String
  /// y = Sᵀ·q
  public var read: Text
  /// "RMSNorm of each head".
  public var norm: String?
  /// What multiplies what was read, from the token itself.
  public var gate: Source?
  public var output: Source
  public var keys = ""

  public init(writes: [Source], update: Text, state: String, read: Text, output: Source) {
    (self.writes, self.update, self.state, self.read, self.output) = (writes, update, state, read, output)
  }

  public var flow: Flow {
    var rows: [[Flow.Node]] = [], arrows: [Flow.Arrow] = []
    let first = query == nil ? 0.2 : 0.46, step = writes.count > 1 ? (0.88 - first) / Double(writes.count - 1) : 0
    let places = writes.indices.map { writes.count == 1 ? (query == nil ? 0.5 : 0.66) : first + step * Double($0) }
    let centre = places.reduce(0, +) / Double(max(1, places.count))
    rows.append([Flow.Node("x", .symbol, .italic("x"))])
    var start = "x"
    if let before {
      rows.append([Flow.Node("before", .wide, Text(before), keys: keys)])
      arrows.append("x" --> "before")
      start = "before"
    }
    var sources: [Flow.Node] = []
    if let query {
      sources.append(Flow.Node("query", .box, Text(query.title), query.subtitle, x: 0.14, keys: keys))
      arrows += [start --> "query"]
    }
    for (index, write) in writes.enumerated() {
      sources.append(Flow.Node("write\(index)", .box, Text(write.title), write.subtitle, x: places[index], keys: keys))
      arrows.append(start --> "write\(index)")
    }
    rows.append(sources)
    var below = writes.indices.map { "write\($0)" }
    if let prepared {
      // The keys and values; rates and decays go past it.
      rows.append([Flow.Node("prepared", .operation, Text(prepared), x: places.first ?? centre, keys: keys)])
      arrows.append("write0" --> "prepared")
      below[0] = "prepared"
    }
    rows.append([Flow.Node("update", .operation, update, "for every token", x: centre, keys: "the state after this token")])
    arrows += below.map { $0 --> "update" }
    rows.append([Flow.Node("state", .memory, .bold("state"), state, x: centre, keys: "kept for the tokens to come; of one size whatever the text's length")])
    arrows.append("update" --> "state")
    rows.append([Flow.Node("read", .wide, read, keys: keys)])
    arrows.append("state" --> "read")
    if query != nil { arrows.append("query" --> "read") }
    var last = "read"
    let x = gate == nil ? 0.5 : 0.34
    if norm != nil || gate != nil {
      var row: [Flow.Node] = []
      if let norm {
        row.append(Flow.Node("norm", .operation, Text(norm), x: x, keys: keys, kind: .norm))
        arrows.append(last --> "norm")
        last = "norm"
      }
      if gate != nil { row.append(Flow.Node("x2", .symbol, .italic("x"), x: 0.82)) }
      rows.append(row)
    }
    if let gate {
      rows.append([Flow.Node("gate", .box, Text(gate.title), gate.subtitle, x: 0.82, keys: keys)])
      rows.append([Flow.Node("product", .circle, "×", x: x, keys: "elementwise product")])
      arrows += ["x2" --> "gate", "gate" --> "product", last --> "product"]
      last = "product"
    }
    rows.append([Flow.Node("output", .box, Text(output.title), output.subtitle, x: x, keys: keys)])
    arrows.append(last --> "output")
    return Flow(rows: rows, arrows: arrows)
  }
}
