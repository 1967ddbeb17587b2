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
        .optional("shared", .made(.feedForward), "an expert that every token runs (DeepSeek)"),
        .labelled("scoring", .text(["softmax", "sigmoid", "softmaxOfChosen"]), default: .text("softmax"), "how the router's logits become weights"),
        .optional("renormalise", .boolean, "the weights of the chosen sum to 1; left out: where several are chosen, since a single weight that is always 1 teaches the router nothing"),
        .labelled("balanced", .boolean, default: .boolean(false), "a bias moves the choice, not the weights (DeepSeek-V3)"),
        .optional("capacity", .size, "tokens of a text that an expert takes in one forward; later ones are dropped (Switch)"),
        .labelled("scale", .number(1e-6...1e6), default: .number(1), "what the weights are multiplied by"),
        .labelled("noisy", .boolean, default: .boolean(false), "noise on the logits while training (Shazeer et al. 2017)"),
      ], "a router sends each token to a few of many feed-forwards (Shazeer et al. 2017)", example: "experts(8, active: 2)"
    ) { a in
      let count = try a.integer("count"), active = try a.integer("active")
      let expert: BlockMaker? = a.optional("of"), shared: BlockMaker? = a.optional("shared")
      let routing = Routing(
        active: active, scoring: Routing.Scoring(rawValue: try a.text("scoring")) ?? .softmax, renormalises: a.optionalBoolean("renormalise") ?? (active > 1),
        scale: Float(try a.number("scale")), isCorrected: try a.boolean("balanced"), capacity: a.optionalInteger("capacity"),
        isNoisy: try a.boolean("noisy"))
      return BlockMaker("feedForward") { site in
        try site.afford(count, of: "experts", in: "experts")
        @Sendable func make() throws -> any Block { try expert?.make(site) ?? site.likeReplaced ?? FeedForward(site.width, hidden: 4 * site.width, activation: .gelu) }
        // What can be made once can be made again: the first tells whether it can, and each is made when it is needed.
        _ = try make()
        let block = Experts(router: Router(site.width, experts: count, routing: routing), shared: try shared?.make(site)) { try! make() }
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
