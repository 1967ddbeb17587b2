// Inside the feed-forward, plain or gated, and inside a mixture of experts.
@testable import Diagrams

extension Flow {
  /// down( activation( up(x) ) )
  public static func feedForward(
    names: [String] = ["up_proj", "down_proj"], activation: String, width: Int, hidden: Int, keys: String = ""
  ) -> Flow {
    Flow(
      rows: [
        [Node("x", .symbol, .italic("x"))],
        [Node("up", .box, Text(names[0]), shape(width, hidden), keys: keys)],
        [Node("activation", .operation, Text(activation), keys: keys)],
        [Node("down", .box, Text(names[1]), shape(hidden, width), keys: keys)],
      ], arrows: ["x" --> "up", "up" --> "activation", "activation" --> "down"])
  }

  /// down( activation( gate(x) ) × up(x) )
  public static func gated(
    names: [String] = ["gate_proj", "up_proj", "down_proj"], activation: String, width: Int, hidden: Int, keys: String = ""
  ) -> Flow {
    Flow(
      rows: [
        [Node("x", .symbol, .italic("x"))],
        [
          Node("gate", .box, Text(names[0]), shape(width, hidden), x: 0.26, keys: keys),
          Node("up", .box, Text(names[1]), shape(width, hidden), x: 0.74, keys: keys),
        ],
        [Node("activation", .operation, Text(activation), x: 0.26, keys: keys)],
        [Node("product", .circle, "×", keys: "elementwise product")],
        [Node("down", .box, Text(names[2]), shape(hidden, width), keys: keys)],
      ],
      arrows: [
        "x" --> "gate", "x" --> "up", "gate" --> "activation", "activation" --> "product", "up" --> "product",
        "product" --> "down",
      ])
  }
}

/// What an experts inset shows.
public struct ExpertsInset: Sendable {
  public var width: Int
  public var hidden: Int
  public var count: Int
  public var active: Int
  public var groups: Int = 1
  public var openGroups: Int = 1
  /// How the router decides: "softmax · top 2".
  public var router: String
  /// Width of the shared expert, 0 if there is none.
  public var sharedHidden: Int = 0
  /// What one expert is, where it is no plain feed-forward of `hidden`: "each 2 of 256 experts".
  public var each: String?
  public var keys: [String: String] = [:]

  public init(width: Int, hidden: Int, count: Int, active: Int, router: String) {
    (self.width, self.hidden, self.count, self.active, self.router) = (width, hidden, count, active, router)
  }

  public var flow: Flow {
    let x = sharedHidden > 0 ? 0.61 : 0.5
    let experts = Flow.Node(
      "experts", .experts(count: count, active: active, groups: groups, openGroups: openGroups), x: x, keys: keys["experts"] ?? "")
    var middle = [experts]
    var arrows: [Flow.Arrow] = [
      Flow.Arrow("x", "router"), Flow.Arrow("router", "experts", kind: .experts), Flow.Arrow("note", "sum", kind: .experts),
      "sum" --> "y",
    ]
    if sharedHidden > 0 {
      middle.insert(
        Flow.Node("shared", .box, "shared", "width \(grouped(sharedHidden))", x: 0.12, keys: keys["shared"] ?? "", kind: .feedForward), at: 0)
      arrows += [Flow.Arrow("x", "shared", kind: .feedForward), Flow.Arrow("shared", "sum", kind: .feedForward)]
    }
    let middleX = sharedHidden > 0 ? 0.45 : 0.5
    return Flow(
      rows: [
        [Flow.Node("x", .symbol, .italic("x"), x: middleX)],
        [Flow.Node("router", .box, "Router", router, x: x, keys: keys["router"] ?? "")],
        middle,
        [Flow.Node("note", .caption, Text("\(count) routed experts, \(active) lit · \(each ?? "each \(width) → \(hidden) → \(width)")"), x: x)],
        [Flow.Node("sum", .circle, "Σ", x: middleX, keys: "weighted sum of the chosen experts")],
        [Flow.Node("y", .symbol, .italic("y"), x: middleX)],
      ], arrows: arrows)
  }
}
