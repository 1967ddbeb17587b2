// Builders of the linear-time mixers and of the recurrent networks before them. The mixers stand where attention stands:
// `decoder(layers: 4, width: 64, attention: retention(heads: 4), …)`.

import Blocks
import Tensors

extension Builder {
  static let recurrents: [Builder] = [
    Builder(
      "linearAttention", makes: .mixer,
      [heads, headWidth, .labelled("bias", .boolean, default: .boolean(false), "biases of all four products")],
      "attention without the softmax: one matrix that every token adds to (Katharopoulos et al. 2020)",
      example: "linearAttention(heads: 4)"
    ) { a in
      let heads = try a.integer("heads"), bias = try a.boolean("bias")
      return mixer(a) { LinearAttention($0.width, heads: heads, headWidth: a.optionalInteger("headWidth"), bias: bias) }
    },
    Builder(
      "retention", makes: .mixer,
      [heads, headWidth, .optional("valueWidth", .integer(1...65_536), "numbers of a head's value; as of its key if left out")],
      "attention whose softmax is a fixed decay for each head (RetNet, Sun et al. 2023)", example: "retention(heads: 4, valueWidth: 32)"
    ) { a in
      let heads = try a.integer("heads")
      return mixer(a) { site in
        let block = Retention(site.width, heads: heads, headWidth: a.optionalInteger("headWidth"), valueWidth: a.optionalInteger("valueWidth"))
        guard block.headWidth % 2 == 0, block.headWidth > 2 else {
          return Unfit(block, "rotate", expected: "a head's width must be even and above 2 to turn in pairs, not \(block.headWidth)", sizes: [heads, block.headWidth])
        }
        return block
      }
    },
    deltaNet(
      "deltaNet", gate: .none, "a memory that writes only what it does not know already (DeltaNet, Yang et al. 2024)",
      example: "deltaNet(heads: 4)"),
    deltaNet(
      "gatedDeltaNet", gate: .decay, "the delta rule with forgetting (Yang et al. 2024)", example: "gatedDeltaNet(heads: 2, headWidth: 24, valueWidth: 48)"),
    Builder(
      "groupedDeltaNet", makes: .mixer,
      [
        .labelled("keyHeads", .heads, "heads of queries and keys"), .labelled("valueHeads", .heads, "heads of values, each with a state; several to a key head"),
        .labelled("headWidth", .integer(1...65_536), default: .integer(128), "numbers of a head's query and key"),
        .labelled("valueWidth", .integer(1...65_536), default: .integer(128), "numbers of a head's value"),
        .labelled("taps", .integer(1...1024), default: .integer(4), "tokens that the short convolution sees"), epsilon(1e-6),
        .labelled("activation", .text(activations), default: .text("silu"), "what the convolution goes through"),
      ], "the gated delta rule with few key heads, each of which serves several value heads (Qwen3-Next)",
      example: "groupedDeltaNet(keyHeads: 2, valueHeads: 4, headWidth: 16, valueWidth: 16)"
    ) { a in
      let keyHeads = try a.integer("keyHeads"), valueHeads = try a.integer("valueHeads"), headWidth = try a.integer("headWidth")
      let valueWidth = try a.integer("valueWidth"), taps = try a.integer("taps"), epsilon = Float(try a.number("epsilon"))
      let activation = Unary.Function(rawValue: try a.text("activation")) ?? .silu
      return BlockMaker("mixer") { site in
        let block = GroupedDeltaNet(
          site.width, keyHeads: keyHeads, valueHeads: valueHeads, headWidth: headWidth, valueWidth: valueWidth, taps: taps, epsilon: epsilon, activation: activation)
        guard valueHeads % keyHeads == 0 else {
          return Unfit(block, "share among heads", expected: "\(valueHeads) value heads must be a multiple of \(keyHeads) key heads", sizes: [keyHeads, valueHeads])
        }
        return block
      }
    },
    Builder(
      "rwkv4", makes: .mixer, [.optional("inner", .size, "channels of the average; the stack's width if left out")],
      "a fading average of values for each channel (RWKV-4, Peng et al. 2023)", example: "rwkv4()"
    ) { a in
      BlockMaker("mixer") { RWKV4TimeMix($0.width, inner: a.optionalInteger("inner"), layer: $0.layer, layers: $0.layers) }
    },
    Builder(
      "rwkv7", makes: .mixer,
      [
        .labelled("headWidth", .integer(1...65_536), default: .integer(64), "numbers of a head; its state is as wide as high"),
        .labelled("decayRank", .size, default: .integer(64), "width of the bottleneck that makes the decay"),
        .labelled("rateRank", .size, default: .integer(64), "of the in-context learning rate"),
        .labelled("valueRank", .size, default: .integer(32), "of the share of the first layer's value"),
        .labelled("gateRank", .size, default: .integer(128), "of the gate"),
      ], "a matrix state that forgets, removes and writes by channel (RWKV-7, Peng et al. 2025)",
      example: "rwkv7(headWidth: 16, decayRank: 8, rateRank: 8, valueRank: 8, gateRank: 16)"
    ) { a in
      let headWidth = try a.integer("headWidth")
      let ranks = RWKV7TimeMix.Ranks(
        decay: try a.integer("decayRank"), rate: try a.integer("rateRank"), value: try a.integer("valueRank"), gate: try a.integer("gateRank"))
      return BlockMaker("mixer") { site in
        let block = RWKV7TimeMix(site.width, headWidth: headWidth, ranks: ranks, layer: site.layer, layers: site.layers)
        guard site.width % headWidth == 0 else {
          return Unfit(block, "split into heads", expected: "the width \(site.width) must be a multiple of the head width \(headWidth)", sizes: [site.width / headWidth, headWidth])
        }
        return block
      }
    },
    Builder(
      "hyena", makes: .mixer,
      [
        .labelled("order", .integer(2...16), default: .integer(2), "gates; one long convolution less"),
        .optional("length", .size, "positions that the filters know; the stack's context, else 1024, if left out"),
        .labelled("hidden", .size, default: .integer(64), "width of the network that makes the filters"),
        .labelled("bands", .integer(3...1025), default: .integer(33), "numbers that a position is told to it in: odd"),
        .labelled("frequency", .number(1e-6...1e6), default: .number(14), "what its sines start at"),
        .labelled("taps", .integer(1...64), default: .integer(3), "tokens that the short convolution sees"),
      ], "gates and convolutions as long as the text in turn (Hyena, Poli et al. 2023)", example: "hyena(length: 64, hidden: 8, bands: 5)"
    ) { a in
      let order = try a.integer("order"), hidden = try a.integer("hidden"), bands = try a.integer("bands"), taps = try a.integer("taps")
      guard bands % 2 == 1 else { throw a.contradiction("bands must be odd (a position, and as many sines as cosines), not \(bands)") }
      let frequency = Float(try a.number("frequency"))
      return BlockMaker("mixer") {
        Hyena($0.width, order: order, length: a.optionalInteger("length") ?? $0.context ?? 1024, hidden: hidden, bands: bands, frequency: frequency, taps: taps)
      }
    },
    Builder(
      "channelMix", makes: .feedForward,
      [
        .labelled("hidden", .size, "width of the hidden layer"),
        .labelled("gate", .text(["receptance", "none"]), default: .text("receptance"), "gated as in RWKV-4, or not as in RWKV-7"),
      ], "RWKV's feed-forward: relu² of a mix of each token with the one before", example: "channelMix(hidden: 256)"
    ) { a in
      let hidden = try a.integer("hidden"), gate: ChannelMix.Gate = try a.text("gate") == "none" ? .none : .receptance
      return BlockMaker("feedForward") { ChannelMix($0.width, hidden: hidden, gate: gate, layer: $0.layer, layers: $0.layers) }
    },
    Builder(
      "rnn", makes: .mixer, [.labelled("hidden", .size, "numbers of the state")], "h ← tanh(W_x·x + W_h·h + b) (Elman 1990)", example: "rnn(hidden: 64)"
    ) { a in
      let hidden = try a.integer("hidden")
      return BlockMaker("mixer") { RNN($0.width, hidden: hidden) }
    },
    Builder(
      "lstm", makes: .mixer,
      [
        .labelled("hidden", .size, "numbers of the cell"),
        .optional("projected", .size, "what the layer gives is projected to so many numbers; not at all if left out"),
        .optional("clip", .number(1e-6...1e6), "cell and projection stay within ± this"),
      ], "long short-term memory (Hochreiter & Schmidhuber 1997)", example: "lstm(hidden: 64)"
    ) { a in
      let hidden = try a.integer("hidden")
      return BlockMaker("mixer") {
        LSTM($0.width, hidden: hidden, projected: a.optionalInteger("projected"), clip: a.optionalNumber("clip").map { Float($0) })
      }
    },
    Builder(
      "recurrentNetwork", makes: .architecture,
      [
        .labelled("layers", .layers, "how many layers"), .labelled("width", .size, "numbers of a token's vector"),
        .labelled("cell", .made(.mixer), "the layer: rnn(…) or lstm(…)"),
        .labelled("vocabulary", .size, default: .integer(256), "number of token ids"),
        .labelled("head", .text(["tied", "untied", "none"]), default: .text("untied"), "logits by the embedding's weights, by its own, or none"),
        .labelled("headBias", .boolean, default: .boolean(true), "a bias for each token id"),
        .optional("name", .text([]), "what it is called"),
      ], "layers of a recurrent cell one on the other, without norms and residuals",
      example: "recurrentNetwork(layers: 2, width: 32, cell: lstm(hidden: 48))"
    ) { a in try recurrentNetwork(a) },
    Builder(
      "elmo", makes: .architecture,
      [
        .labelled("layers", .layers, "layers of each direction"), .labelled("width", .size, "numbers of a word in one direction"),
        .labelled("hidden", .size, "numbers of a cell"),
        .labelled("characters", .integer(1...1024), default: .integer(50), "characters of a word; the model's tokens are characters"),
        .labelled("characterWidth", .size, default: .integer(16), "numbers of a character"),
        .labelled("vocabulary", .size, default: .integer(262), "number of character ids"),
        .labelled("lengths", .list(of: .integer(1...1024)), default: .list([1, 2, 3].map { .integer($0) }), "lengths of the filters over a word's characters"),
        .labelled("counts", .list(of: .size), default: .list([8, 8, 16].map { .integer($0) }), "how many filters of each length"),
        .labelled("highways", .integer(0...64), default: .integer(2), "highway layers behind the filters"),
        .labelled("clip", .number(1e-6...1e6), default: .number(3), "cells and projections stay within ± this"),
        .labelled("context", .size, default: .integer(64), "words that it is counted at"),
        .optional("words", .size, "words that both directions learn to say; none if left out"),
        .optional("name", .text([]), "what it is called"),
      ], "words from characters, a stack of LSTM for each direction, a mix of all layers (ELMo, Peters et al. 2018)",
      example: "elmo(layers: 2, width: 16, hidden: 24, characters: 8, characterWidth: 4)"
    ) { a in try elmo(a) },
  ]

  private static let heads = BuilderParameter.labelled("heads", .heads, "heads, each with a state of its own")
  private static let headWidth = BuilderParameter.optional("headWidth", .integer(1...65_536), "numbers of a head's query and key; width / heads if left out")

  private static func deltaNet(_ name: String, gate: DeltaNet.Gate, _ about: String, example: String) -> Builder {
    Builder(
      name, makes: .mixer,
      [
        heads, headWidth, .optional("valueWidth", .integer(1...65_536), "numbers of a head's value; as of its key if left out"),
        .labelled("taps", .integer(1...64), default: .integer(4), "tokens that the short convolutions see"),
        .labelled("largestRate", .number(1e-6...2), default: .number(1), "rates of writing reach from 0 to this; 2 lets a write turn a sign"),
      ], about, example: example
    ) { a in
      let heads = try a.integer("heads"), taps = try a.integer("taps"), largest = Float(try a.number("largestRate"))
      return mixer(a) {
        DeltaNet(
          $0.width, heads: heads, headWidth: a.optionalInteger("headWidth"), valueWidth: a.optionalInteger("valueWidth"), taps: taps, gate: gate,
          largestRate: largest)
      }
    }
  }

  /// A mixer with heads; a width that does not divide into them is a fault with a path.
  static func mixer(_ a: BuilderArguments, width key: String = "headWidth", _ make: @escaping @Sendable (Site) throws -> any Block) -> BlockMaker {
    BlockMaker("mixer") { site in
      let block = try make(site), heads = a.optionalInteger("heads") ?? 1
      guard a.optionalInteger(key) != nil || site.width % heads == 0 else {
        return Unfit(
          block, "split into heads", expected: "the width \(site.width) must be a multiple of \(heads) heads (or give \(key))",
          sizes: [heads, site.width / heads])
      }
      return block
    }
  }

  private static func recurrentNetwork(_ a: BuilderArguments) throws -> Architecture {
    let width = try a.integer("width"), layers = try a.integer("layers"), vocabulary = try a.integer("vocabulary")
    let cell: BlockMaker = try a.made("cell")
    var reads = width, blocks: [any Block] = []
    for index in 0..<layers {
      let block = try cell.make(Site(width: reads, layers: layers).layer(index))
      guard block.role == .stateSpace else { throw a.contradiction("a recurrent network is made of recurrent cells, not of \(block.title.lowercased())") }
      reads = (block as? LSTM)?.outputs ?? (block as? RNN)?.hidden ?? reads
      blocks.append(Chain([Child("mixer", block)]))
    }
    let embedding = Embedding(vocabulary: vocabulary, width: width)
    let kind = try a.text("head"), bias = try a.boolean("headBias")
    guard kind != "tied" || reads == width else {
      throw a.contradiction("a tied head needs what the last layer gives (\(reads)) to be as wide as the embedding (\(width))")
    }
    let made = blocks
    return Architecture(
      name: a.optionalText("name") ?? "", modelType: "orrery", family: .recurrent, context: nil, embedding: embedding,
      body: Chain([Child("", Repeat("layers", layers) { made[$0] })]),
      head: kind == "none" ? nil : Head(reads, vocabulary: vocabulary, tied: kind == "tied" ? embedding.tokens : nil, bias: bias))
  }

  private static func elmo(_ a: BuilderArguments) throws -> Architecture {
    let width = try a.integer("width"), layers = try a.integer("layers"), hidden = try a.integer("hidden")
    let characters = try a.integer("characters"), characterWidth = try a.integer("characterWidth"), highways = try a.integer("highways")
    let lengths = a.integers("lengths"), counts = a.integers("counts"), clip = Float(try a.number("clip"))
    guard lengths.count == counts.count, !lengths.isEmpty else {
      throw a.contradiction("\(lengths.count) lengths of filters, but \(counts.count) counts")
    }
    if let long = lengths.first(where: { $0 > characters }) {
      throw a.contradiction("a filter of \(long) characters is longer than a word of \(characters)")
    }
    let words = CharacterConvolution(
      characterWidth, characters: characters, filters: zip(lengths, counts).map { CharacterConvolution.Filter($0, $1) }, highways: highways,
      outputs: width)
    let body = Chain([
      Child("words", words),
      Child("", Repeat("layers", layers) { index in
        Chain([Child("mixer", TwoDirections(width, layer: index) { LSTM(width, hidden: hidden, projected: width, clip: clip) })])
      }),
      Child("mix", LayerMix(layers: layers)),
    ])
    return Architecture(
      name: a.optionalText("name") ?? "", modelType: "orrery", family: .encoder, context: characters * (try a.integer("context")),
      embedding: Embedding(vocabulary: try a.integer("vocabulary"), width: characterWidth), body: body, head: nil,
      extras: a.optionalInteger("words").map { [Child("prediction", Projection(width, $0, bias: true, role: .head))] } ?? [])
  }
}
