// Prefix-Tuning as a builder: any architecture with attention, and learned keys and values in front of its text.

import Blocks

extension Builder {
  static let prefixes: [Builder] = [
    Builder(
      "prefixTuned", makes: .architecture,
      [
        .value("architecture", .made(.architecture), "the model that stays as it is"),
        .labelled("length", .integer(1...65_536), "learned places in front of the text"),
        .optional("hidden", .size, "trained through an encoder with so many hidden numbers; kept as tensors if left out"),
      ], "learned keys and values in front of the text, in every layer (Prefix-Tuning, Li & Liang 2021)",
      example: "prefixTuned(decoder(layers: 2, width: 16, attention: multiHead(heads: 2)), length: 4)"
    ) { a in
      let base: Architecture = try a.made("architecture")
      return try base.prefixTuned(length: a.integer("length"), hidden: a.optionalInteger("hidden"), builder: a.builder)
    },
  ]
}

extension Architecture {
  /// The same model behind learned keys and values. Rows of learned positions begin behind the prefix, as a cache of that length would
  /// have it; keys of rotary models are used as they are.
  public func prefixTuned(length: Int, hidden: Int?, builder: String) throws -> Architecture {
    var blocks: [Attention] = []
    body.walk { _, part in if let attention = part as? Attention, attention.source == .own { blocks.append(attention) } }
    guard let first = blocks.first else { throw BuildFailure.contradiction(builder: builder, "there is no attention here that a prefix could stand before") }
    guard blocks.allSatisfy({ $0.groups == first.groups && $0.headWidth == first.headWidth }) else {
      throw BuildFailure.contradiction(builder: builder, "the attention blocks have key/value heads of different sizes")
    }
    if let context, context <= length {
      throw BuildFailure.contradiction(builder: builder, "a prefix of \(length) leaves no room in a context of \(context)")
    }
    let encoder = hidden.map {
      PrefixEncoder(length: length, width: width, hidden: $0, layers: blocks.count, each: first.groups * first.headWidth)
    }
    var layer = 0
    let tuned = try rebuilt { path, block in
      guard let attention = block as? Attention, attention.source == .own, self.encoder == nil || path.hasPrefix("decoder") else { return nil }
      let prefix = encoder.map { LearnedPrefix($0, layer: layer) }
        ?? LearnedPrefix(length: length, groups: attention.groups, headWidth: attention.headWidth)
      layer += 1
      return (attention.prefixed(by: prefix), nil)
    }
    var result = tuned
    if let encoder { result.extras.append(Child("prefix", encoder)) }
    if embedding.positions != nil {
      (result.context, result.longest) = (context.map { $0 - length }, longest.map { $0 - length })
      result.embedding = embedding.shifted(by: length)
    }
    return result
  }
}
