// Inside attention: projections, position, scores, cache, output. One inset for multi-head, grouped, multi-query and
// cross-attention; what differs between them is in the numbers.

/// What an attention inset shows. Widths are counts of numbers per token.
public struct AttentionInset: Sendable {
  /// The projections' names as in the checkpoint: query, key, value, output.
  public var names: [String] = ["q_proj", "k_proj", "v_proj", "o_proj"]
  public var width: Int
  public var heads: Int
  public var keyValueHeads: Int
  public var headWidth: Int
  /// "RMSNorm" over each query and key head, if there is one.
  public var headNorm: String?
  /// "RoPE" for the operation on queries and keys; nil when positions come in elsewhere.
  public var rotary: String?
  /// What is added to the scores: "causal mask", "position bias".
  public var added: [String] = ["causal mask"]
  /// The denominator √headWidth; nil for T5, which does not scale.
  public var scale: String?
  /// "cached", if keys and values outlive the call.
  public var cached: String?
  /// What is mixed is multiplied by σ(gate), made beside the query.
  public var isGated = false
  /// Where keys and values are read from; nil for self-attention.
  public var source: String?
  public var keys: [String: String] = [:]

  public init(width: Int, heads: Int, keyValueHeads: Int, headWidth: Int) {
    (self.width, self.heads, self.keyValueHeads, self.headWidth) = (width, heads, keyValueHeads, headWidth)
    scale = "√\(headWidth)"
  }

  /// softmax( Q Kᵀ / √d + mask ) V
  var formula: Text {
    var text = Text("softmax( ") + .italic("Q K") + .raised("⊤")
    if let scale { text = text + Text(" / \(scale)") }
    for term in added { text = text + Text(" + \(term)") }
    return text + " ) " + .italic("V")
  }

  public var flow: Flow {
    let (q, k, v) = (0.18, 0.52, 0.84)
    func projection(_ index: Int, _ id: String, x: Double, heads: Int) -> Flow.Node {
      Flow.Node(id, .box, Text(names[index]), "→ \(heads) × \(headWidth)", x: x, keys: keys[id] ?? "")
    }
    let projections = [
      projection(0, "query", x: q, heads: heads), projection(1, "key", x: k, heads: keyValueHeads),
      projection(2, "value", x: v, heads: keyValueHeads),
    ]
    var rows: [[Flow.Node]] = []
    var arrows: [Flow.Arrow] = []
    if let source {
      rows.append([
        Flow.Node("x", .symbol, .italic("x"), x: q),
        Flow.Node("source", .symbol, .italic(source), x: (k + v) / 2),
      ])
      arrows += ["x" --> "query", "source" --> "key", "source" --> "value"]
    } else {
      rows.append([Flow.Node("x", .symbol, .italic("x"), x: k)])
      arrows += ["x" --> "query", "x" --> "key", "x" --> "value"]
    }
    rows.append(projections)
    var (query, key) = ("query", "key")
    for (suffix, title) in [("norm", headNorm), ("position", rotary)] {
      guard let title else { continue }
      rows.append([
        Flow.Node("query-\(suffix)", .operation, Text(title), x: q, keys: keys[suffix] ?? "", kind: suffix == "norm" ? .norm : nil),
        Flow.Node("key-\(suffix)", .operation, Text(title), x: k, keys: keys[suffix] ?? "", kind: suffix == "norm" ? .norm : nil),
      ])
      arrows += [query --> "query-\(suffix)", key --> "key-\(suffix)"]
      (query, key) = ("query-\(suffix)", "key-\(suffix)")
    }
    var value = "value"
    if let cached {
      rows.append([
        Flow.Node(
          "cache", .memory, .bold(cached), "2 × \(keyValueHeads) × \(headWidth) numbers per token", x: (k + v) / 2 + 0.02,
          keys: keys["cache"] ?? "kept for the tokens to come")
      ])
      arrows += [key --> "cache", value --> "cache"]
      (key, value) = ("cache", "cache")
    }
    rows.append([Flow.Node("softmax", .wide, formula, keys: keys["softmax"] ?? "")])
    arrows += [query --> "softmax", key --> "softmax"]
    if value != key { arrows.append(value --> "softmax") }
    var mixed = "softmax"
    if isGated {
      rows.append([Flow.Node("gate", .wide, Text("× σ(gate)"), "one gate for each number, from the query's projection", keys: keys["query"] ?? "")])
      arrows.append(mixed --> "gate")
      mixed = "gate"
    }
    rows.append([
      Flow.Node("output", .box, Text(names[3]), shape(heads * headWidth, width), keys: keys["output"] ?? "")
    ])
    arrows.append(mixed --> "output")
    rows.append([
      Flow.Node(
        "heads", .heads(query: heads, keyValue: keyValueHeads),
        keys: heads == keyValueHeads
          ? "every query head has its own key/value head" : "each key/value head serves \(heads / max(keyValueHeads, 1)) query heads")
    ])
    return Flow(rows: rows, arrows: arrows)
  }
}

/// What a latent-attention inset shows (DeepSeek-V2): keys and values are kept as one compressed vector per token.
public struct LatentInset: Sendable {
  public var width: Int
  public var heads: Int
  /// Rank of the query's compression; nil if queries are not compressed.
  public var queryRank: Int?
  public var rank: Int
  /// Widths per head: without position, rotated, value.
  public var plain: Int
  public var rotated: Int
  public var value: Int
  public var keys: [String: String] = [:]

  public init(width: Int, heads: Int, queryRank: Int?, rank: Int, plain: Int, rotated: Int, value: Int) {
    (self.width, self.heads, self.queryRank, self.rank) = (width, heads, queryRank, rank)
    (self.plain, self.rotated, self.value) = (plain, rotated, value)
  }

  public var flow: Flow {
    let (left, right) = (0.24, 0.75)
    let down = Flow.Node("kv-down", .box, "kv_a_proj + norm", "\(width) → \(rank) + \(rotated)", x: right, keys: keys["rank"] ?? "")
    let querySubtitle = "→ \(heads) × (\(plain) + \(rotated))"
    var bottom = [down]
    var arrows: [Flow.Arrow] = ["x" --> "kv-down", "kv-down" --> "cache", "cache" --> "kv-up"]
    var top = [Flow.Node("kv-up", .box, "kv_b_proj", "→ \(heads) × (\(plain) + \(value))", x: right, keys: keys["heads"] ?? "")]
    if let queryRank {
      bottom.insert(Flow.Node("query-down", .box, "q_a_proj + norm", shape(width, queryRank), x: left, keys: keys["queryRank"] ?? ""), at: 0)
      top.insert(Flow.Node("query", .box, "q_b_proj", querySubtitle, x: left, keys: keys["heads"] ?? ""), at: 0)
      arrows += ["x" --> "query-down", "query-down" --> "query"]
    } else {
      top.insert(Flow.Node("query", .box, "q_proj", querySubtitle, x: left, keys: keys["heads"] ?? ""), at: 0)
      arrows.append("x" --> "query")
    }
    let memory = Flow.Node(
      "cache", .memory, .bold("cached"), "\(rank + rotated) numbers per token", x: right,
      keys: "the only thing kept: \(rank) compressed + \(rotated) rotated")
    let softmax = Text("softmax( ") + .italic("Q K") + .raised("⊤") + Text(" / √\(plain + rotated) + causal mask ) ") + .italic("V")
    arrows += ["query" --> "softmax", "kv-up" --> "softmax", "softmax" --> "output"]
    return Flow(
      rows: [
        [Flow.Node("x", .symbol, .italic("x"))], bottom, [memory], top,
        [Flow.Node("softmax", .wide, softmax, "RoPE rotates only \(rotated) of the \(plain + rotated) query/key dimensions", keys: keys["rotated"] ?? "")],
        [Flow.Node("output", .box, "o_proj", shape(heads * value, width))],
      ], arrows: arrows)
  }
}
