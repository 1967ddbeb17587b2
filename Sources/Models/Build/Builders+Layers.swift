// Builders of stacks that are not all alike: hybrids, layers with a window now and then, layers that share their parameters.

import Blocks

/// One layer of a stack; what is nil is the stack's, what is empty is left out.
public struct LayerPlan: Sendable {
  /// What lets tokens see each other; several read the same normalised stream and are added to it together.
  public var mixers: [BlockMaker]?
  /// At most one.
  public var feedForward: [BlockMaker]?
  public var norm: BlockMaker?
  /// Layers of the same mark are one layer, made once.
  public var mark: Int?
  /// Layers that stand in its place, one after the other.
  public var inner: [LayerPlan]?

  public init(mixers: [BlockMaker]? = nil, feedForward: [BlockMaker]? = nil, norm: BlockMaker? = nil) {
    (self.mixers, self.feedForward, self.norm) = (mixers, feedForward, norm)
  }

  /// How many layers it is.
  var count: Int { inner?.reduce(0) { $0 + $1.count } ?? 1 }

  /// The same plan with the stack's parts where it says nothing of its own.
  func filled(mixers: [BlockMaker]?, feedForward: [BlockMaker], in builder: String) throws -> LayerPlan {
    var plan = self
    if let inner {
      plan.inner = try inner.map { try $0.filled(mixers: mixers, feedForward: feedForward, in: builder) }
      return plan
    }
    plan.feedForward = self.feedForward ?? feedForward
    guard let all = self.mixers ?? mixers else { throw BuildFailure.missing(builder: builder, argument: "attention") }
    plan.mixers = all
    if all.isEmpty && plan.feedForward!.isEmpty { throw BuildFailure.contradiction(builder: builder, "a layer without a mixer and without a feed-forward does nothing") }
    if let twice = all.map(\.slot).first(where: { slot in all.count { $0.slot == slot } > 1 }) {
      throw BuildFailure.contradiction(builder: builder, "two parts of a layer would both be called '\(twice)'")
    }
    return plan
  }
}

extension Builder {
  /// The most layers that a stack is made of.
  static let mostLayers = 10_000

  static let layerPlans: [Builder] = [
    Builder(
      "layer", makes: .layer,
      [
        .value("mixer", .mixers, "how its tokens see each other; a list: mixers that read the same stream (Falcon-H1); none(): not at all"),
        .optional("feedForward", .orNone(.feedForward), "its feed-forward or experts; the stack's if left out"),
        .optional("norm", .made(.norm), "its norms; the stack's if left out"),
      ], "one layer of a pattern", example: "layer(multiHead(heads: 4), feedForward: swiglu(hidden: 172))"
    ) { a in LayerPlan(mixers: a.several("mixer"), feedForward: a.several("feedForward"), norm: a.optional("norm")) },
    Builder(
      "pattern", makes: .layers,
      [
        .value("layers", .list(of: .either([.made(.layer), .made(.mixer), .made(.layers)])), "layers, or the mixers that they differ in, or patterns of them"),
        .labelled("repeat", .layers, default: .integer(1), "how often they come"),
      ], "layers that differ, repeated: hybrids and windows now and then",
      example: "pattern([multiHead(heads: 4, window: 8), multiHead(heads: 4)], repeat: 2)"
    ) { a in
      let once = a.everything("layers").flatMap { made -> [LayerPlan] in
        if let mixer = made as? BlockMaker { return [LayerPlan(mixers: [mixer])] }
        return made as? [LayerPlan] ?? (made as? LayerPlan).map { [$0] } ?? []
      }
      let times = try a.integer("repeat"), each = once.reduce(0) { $0 + $1.count }
      guard !once.isEmpty else { throw a.contradiction("the list of layers is empty") }
      guard each * times <= mostLayers else { throw a.contradiction("\(each) layers \(times) times are too many (at most \(mostLayers) in all)") }
      return (0..<times).flatMap { _ in once }
    },
    Builder(
      "share", makes: .layer,
      [
        .value("layer", .either([.made(.layer), .made(.mixer)]), "the layer, or the mixer that it differs in"),
        .labelled("as", .integer(0...mostLayers), "layers of the same number are one: the first of them says what it is"),
      ], "a layer of a pattern that shares its parameters with others (ALBERT's groups)",
      example: "share(multiHead(heads: 4), as: 0)"
    ) { a in
      let mixer: BlockMaker? = a.optional("layer")
      var plan = try mixer.map { LayerPlan(mixers: [$0]) } ?? a.made("layer")
      plan.mark = try a.integer("as")
      return plan
    },
    Builder(
      "inner", makes: .layer, [.value("layers", .made(.layers), "the layers that stand in its place")],
      "one layer that is made of several: an ALBERT group of more than one", example: "inner(pattern([multiHead(heads: 4)], repeat: 2))"
    ) { a in
      var plan = LayerPlan()
      plan.inner = try a.made("layers")
      return plan
    },
  ]
}
