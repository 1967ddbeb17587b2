// Builders of mixtures of experts. An expert is any feed-forward; without one, experts are like the feed-forward that they replace.

import Blocks
import Tensors

extension Builder {
  static let experts: [Builder] = [
    Builder(
      "experts", makes: .feedForward,
      [
        .value("count", .experts, "number of experts"),
        .labelled("active", .experts, "how many of them each token runs"),
        .optional("of", .made(.feedForward), "one expert; like the feed-forward that they replace, or feedForward(hidden: 4 · width), if left out"),
        .optional("shared", .orNone(.feedForward), "an expert that every token runs (DeepSeek)"),
        .labelled("sharedGate", .boolean, default: .boolean(false), "each token weighs the shared expert by a sigmoid (Qwen3-Next)"),
        .labelled("scoring", .text(["softmax", "sigmoid", "softmaxOfChosen"]), default: .text("softmax"), "how the router's logits become weights"),
        .optional("renormalise", .boolean, "the weights of the chosen sum to 1; left out: where several are chosen, since a single weight that is always 1 teaches the router nothing"),
        .labelled("balanced", .boolean, default: .boolean(false), "a bias moves the choice, not the weights (DeepSeek-V3)"),
        .optional("groups", .experts, "experts in so many groups, of which each token chooses groupsKept first (DeepSeek); 1: no groups"),
        .optional("groupsKept", .experts, "groups that a token may choose experts from; all if left out"),
        .labelled("groupScore", .integer(1...65_536), default: .integer(1), "so many of a group's best experts speak for it: 1 in DeepSeek-V2, 2 in V3"),
        .labelled("epsilon", .number(0...1), default: .number(0), "added to the sum that renormalised weights are divided by (DeepSeek-V3: 1e-20)"),
        .labelled("routerBias", .boolean, default: .boolean(false), "a bias of the router's logits (gpt-oss)"),
        .optional("capacity", .integer(1...1 << 31), "tokens of a text that an expert takes in one forward; later ones are dropped (Switch)"),
        .labelled("scale", .factor, default: .number(1), "what the weights are multiplied by"),
        .labelled("noisy", .boolean, default: .boolean(false), "noise on the logits while training (Shazeer et al. 2017)"),
      ], "a router sends each token to a few of many feed-forwards (Shazeer et al. 2017)", example: "experts(8, active: 2, of: swiglu(hidden: 96), shared: swiglu(hidden: 96), groups: 4, groupsKept: 2)"
    ) { a in
      let count = try a.integer("count"), active = try a.integer("active")
      let expert: BlockMaker? = a.optional("of"), shared: BlockMaker? = a.optional("shared")
      let routing = Routing(
        active: active, scoring: Routing.Scoring(rawValue: try a.text("scoring")) ?? .softmax, renormalises: a.optionalBoolean("renormalise") ?? (active > 1),
        epsilon: Float(try a.number("epsilon")), scale: Float(try a.number("scale")), groups: try groups(a, of: count, active: active),
        isCorrected: try a.boolean("balanced"), capacity: a.optionalInteger("capacity"), isNoisy: try a.boolean("noisy"))
      let hasGate = try a.boolean("sharedGate"), bias = try a.boolean("routerBias")
      guard shared != nil || !hasGate else { throw a.contradiction("sharedGate weighs the shared expert, and there is none: give shared") }
      return BlockMaker("feedForward") { site in
        let inside = try site.afford(count, of: "experts", in: "experts")
        func make() throws -> any Block { try expert?.make(inside) ?? site.likeReplaced ?? FeedForward(site.width, hidden: 4 * site.width, activation: .gelu) }
        let made = try (0..<count).map { _ in try make() }
        let block = Experts(
          router: Router(site.width, experts: count, routing: routing, bias: bias), shared: try shared?.make(site),
          sharedGate: hasGate ? Projection(site.width, 1, role: .experts) : nil
        ) { made[$0] }
        if active > count {
          return Unfit(block, "choose experts", expected: "each token runs \(active), and there are only \(count)", sizes: [count])
        }
        return block
      }
    },
    Builder(
      "sparselyGated", makes: .architecture,
      [
        .labelled("width", .size, "numbers of a token's vector, and of every layer"),
        .labelled("experts", .made(.feedForward), "the mixture between the two LSTM layers; experts of experts are its hierarchical form"),
        .labelled("vocabulary", .size, default: .integer(256), "number of token ids"), .optional("name", .text([]), "what it is called"),
      ], "experts between two LSTM layers, each with a residual (Shazeer et al. 2017)",
      example: "sparselyGated(width: 32, experts: experts(8, active: 2, of: feedForward(hidden: 48, activation: \"relu\"), scoring: \"softmaxOfChosen\", noisy: true))"
    ) { a in
      let width = try a.integer("width"), vocabulary = try a.integer("vocabulary")
      let mixture: BlockMaker = try a.made("experts")
      let middle = try mixture.make(Site(width: width, layers: 3).layer(1))
      let layers: [any Block] = [
        Shortcut("mixer", LSTM(width, hidden: width)), Shortcut("feedForward", middle, isSquashed: true), Shortcut("mixer", LSTM(width, hidden: width)),
      ]
      return Architecture(
        name: a.optionalText("name") ?? "", modelType: "orrery", family: .mixture, context: nil, embedding: Embedding(vocabulary: vocabulary, width: width),
        body: Chain([Child("", Repeat("layers", 3) { layers[$0] })]), head: Head(width, vocabulary: vocabulary, bias: true))
    },
  ]
}

extension Builder {
  /// The groups of a router.
  private static func groups(_ a: BuilderArguments, of experts: Int, active: Int) throws -> Routing.Groups? {
    guard let count = a.optionalInteger("groups"), count > 1 else {
      if a.has("groupsKept"), !a.has("groups") { throw a.contradiction("groupsKept chooses among groups, and there are none: give groups") }
      return nil
    }
    let kept = a.optionalInteger("groupsKept") ?? count, best = try a.integer("groupScore")
    guard experts % count == 0 else { throw a.contradiction("\(experts) experts do not divide into groups: \(count)") }
    let each = experts / count
    guard kept <= count else { throw a.contradiction("groupsKept \(kept) is more than the \(count) groups") }
    guard best <= each else { throw a.contradiction("groupScore \(best) is more than the \(each) experts of a group") }
    guard active <= kept * each else { throw a.contradiction("each token runs \(active) experts, and \(kept) groups of \(each) hold only \(kept * each)") }
    return Routing.Groups(count, chosen: kept, best: best)
  }
}

extension Site {
  /// A fresh feed-forward of the shape of the one that stood here; nil if none did.
  fileprivate var likeReplaced: (any Block)? {
    let old = (replaced as? Experts)?.experts.first ?? replaced
    if let feed = old as? FeedForward { return FeedForward(feed.width, hidden: feed.hidden, activation: feed.activation, bias: feed.up.bias != nil) }
    if let feed = old as? GatedFeedForward {
      return GatedFeedForward(feed.width, hidden: feed.hidden, activation: feed.activation, bias: feed.up.bias != nil)
    }
    return nil
  }
}
