// Inside latent attention: compressions, cache, expansion, and the indexer where there is one.
@testable import Diagrams

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
  /// What is added to the scores: "causal mask"; nil: nothing.
  public var mask: String? = "causal mask"
  /// Chooses the keys that are looked at; nil: all.
  public var indexer: Indexer?
  public var keys: [String: String] = [:]

  /// The second, small attention that only chooses.
  public struct Indexer: Sendable {
    public var heads: Int, width: Int, chosen: Int
    public var keys: String
    public init(heads: Int, width: Int, chosen: Int, keys: String = "") {
      (self.heads, self.width, self.chosen, self.keys) = (heads, width, chosen, keys)
    }
  }

  public init(width: Int, heads: Int, queryRank: Int?, rank: Int, plain: Int, rotated: Int, value: Int) {
    (self.width, self.heads, self.queryRank, self.rank) = (width, heads, queryRank, rank)
    (self.plain, self.rotated, self.value) = (plain, rotated, value)
  }

  public var flow: Flow {
    // With an indexer there is a third column: what it scores, what it keeps, what it chooses.
    let (left, right, far) = indexer == nil ? (0.24, 0.75, 1) : (0.17, 0.5, 0.83)
    var bottom = [Flow.Node("kv-down", .box, "kv_a_proj + norm", "\(width) → \(rank) + \(rotated)", x: right, keys: keys["rank"] ?? "")]
    var held = [
      Flow.Node(
        "cache", .memory, .bold("cached"), "\(rank + rotated) numbers per token", x: right,
        keys: "kept of each token: \(rank) compressed + \(rotated) rotated")
    ]
    let querySubtitle = "→ \(heads) × (\(plain) + \(rotated))"
    var top = [Flow.Node("kv-up", .box, "kv_b_proj", "→ \(heads) × (\(plain) + \(value))", x: right, keys: keys["heads"] ?? "")]
    var arrows: [Flow.Arrow] = ["x" --> "kv-down", "kv-down" --> "cache", "cache" --> "kv-up"]
    if let queryRank {
      bottom.insert(Flow.Node("query-down", .box, "q_a_proj + norm", shape(width, queryRank), x: left, keys: keys["queryRank"] ?? ""), at: 0)
      top.insert(Flow.Node("query", .box, "q_b_proj", querySubtitle, x: left, keys: keys["heads"] ?? ""), at: 0)
      arrows += ["x" --> "query-down", "query-down" --> "query"]
    } else {
      top.insert(Flow.Node("query", .box, "q_proj", querySubtitle, x: left, keys: keys["heads"] ?? ""), at: 0)
      arrows.append("x" --> "query")
    }
    if let indexer {
      bottom.append(Flow.Node("indexer", .box, "indexer", "\(indexer.heads) heads of \(indexer.width)", x: far, keys: indexer.keys))
      held.append(Flow.Node("indexer-cache", .memory, .bold("cached"), "\(indexer.width) numbers per token", x: far, keys: "one key for all heads of the indexer"))
      top.append(Flow.Node("chosen", .operation, Text("best \(grouped(indexer.chosen)) keys"), "of each query", x: far, keys: indexer.keys))
      arrows += ["x" --> "indexer", "indexer" --> "indexer-cache", "indexer-cache" --> "chosen", "chosen" --> "softmax"]
    }
    let added = mask.map { " + \($0)" } ?? ""
    let softmax = Text("softmax( ") + .italic("Q K") + .raised("⊤") + Text(" / √\(plain + rotated)\(added) ) ") + .italic("V")
    arrows += ["query" --> "softmax", "kv-up" --> "softmax", "softmax" --> "output"]
    return Flow(
      rows: [
        [Flow.Node("x", .symbol, .italic("x"))], bottom, held, top,
        [Flow.Node("softmax", .wide, softmax, "RoPE rotates only \(rotated) of the \(plain + rotated) query/key dimensions", keys: keys["rotated"] ?? "")],
        [Flow.Node("output", .box, "o_proj", shape(heads * value, width), keys: keys["heads"] ?? "")],
      ], arrows: arrows)
  }
}
