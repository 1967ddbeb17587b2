// Builders of stacks that are not all alike: hybrids, and layers with a window now and then.

import Blocks

/// One layer of a stack; what is nil is the stack's.
public struct LayerPlan: Sendable {
  public var mixer: BlockMaker?
  public var feedForward: BlockMaker?
  /// The layer has no feed-forward at all.
  public var leavesFeedForwardOut = false

  public init(mixer: BlockMaker? = nil, feedForward: BlockMaker? = nil, leavesFeedForwardOut: Bool = false) {
    (self.mixer, self.feedForward, self.leavesFeedForwardOut) = (mixer, feedForward, leavesFeedForwardOut)
  }
}

extension Builder {
  static let layerPlans: [Builder] = [
    Builder(
      "layer", makes: .layer,
      [
        .value("mixer", .made(.mixer), "how its tokens see each other"),
        .optional("feedForward", .made(.feedForward), "its feed-forward or experts; the stack's if left out"),
      ], "one layer of a pattern", example: "layer(multiHead(heads: 4), feedForward: swiglu(hidden: 172))"
    ) { a in
      let omitted: Nothing? = a.optional("feedForward")
      return LayerPlan(mixer: try a.made("mixer"), feedForward: a.optional("feedForward"), leavesFeedForwardOut: omitted != nil)
    },
    Builder(
      "pattern", makes: .layers,
      [
        .value("layers", .list(of: .either([.made(.layer), .made(.mixer), .made(.layers)])), "layers, or the mixers that they differ in, or patterns of them"),
        .labelled("repeat", .layers, default: .integer(1), "how often they come"),
      ], "layers that differ, repeated: hybrids and windows now and then",
      example: "pattern([multiHead(heads: 4, window: 8), multiHead(heads: 4)], repeat: 2)"
    ) { a in
      let once = a.everything("layers").flatMap { made -> [LayerPlan] in
        if let mixer = made as? BlockMaker { return [LayerPlan(mixer: mixer)] }
        return made as? [LayerPlan] ?? (made as? LayerPlan).map { [$0] } ?? []
      }
      let times = try a.integer("repeat")
      guard !once.isEmpty else { throw a.contradiction("the list of layers is empty") }
      guard once.count * times <= 10_000 else { throw a.contradiction("\(once.count) layers \(times) times are too many (at most 10000 in all)") }
      return (0..<times).flatMap { _ in once }
    },
  ]
}
