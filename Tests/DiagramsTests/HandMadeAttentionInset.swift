// Inside attention: projections, position, scores, cache, output. One inset for multi-head, grouped, multi-query and
// cross-attention; what differs between them is in the numbers.
@testable import Diagrams

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
  /// Each head has a score of its own for looking at nothing.
  public var hasSinks = false
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
    return text + (hasSinks ? " | sink ) " : " ) ") + .italic("V")
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
