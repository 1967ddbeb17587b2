// Parts that are nothing but structure around others: what stands inside of them can be exchanged, and the structure is copied around it. A new
// wrapper conforms, or its inside cannot be varied.

/// A part around blocks that may be exchanged. What it has of its own (a modulation's projection) stays.
public protocol Surrounding: Part {
  /// The same part around what `exchange` gives for each block inside, asked for by its name among `parts`.
  ///
  /// A name that comes back changed is the block's step in the path from now on, where the part leaves that open.
  func around(_ exchange: (_ name: String, _ block: any Block) throws -> (name: String, block: any Block)) rethrows -> Self
}

extension Chain: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> Chain {
    var copy = Chain(try parts.map { child in
      guard let block = child.part as? any Block else { return child }
      let new = try exchange(child.name, block)
      return Child(new.name, new.block)
    })
    copy.keys = keys
    return copy
  }
}

extension Repeat: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> Repeat {
    let new = try layers.enumerated().map { try exchange("\(name).\($0)", $1).block }
    var copy = Repeat(name, new.count) { new[$0] }
    copy.keys = keys
    return copy
  }
}

extension Residual: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> Residual {
    let body = try exchange(name, body)
    var copy = Residual(
      body.name, arrangement, norm: try exchange("\(name).norm", norm).block, after: try after.map { try exchange("\(name).normAfter", $0).block }, body.block)
    copy.keys = keys
    return copy
  }
}

extension Parallel: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> Parallel {
    var copy = Parallel(norm: try exchange("norm", norm).block, try branches.map { branch in
      guard let block = branch.part as? any Block else { return branch }
      let new = try exchange(branch.name, block)
      return Child(new.name, new.block)
    })
    copy.keys = keys
    return copy
  }
}

extension Shortcut: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> Shortcut {
    let body = try exchange(name, body)
    var copy = Shortcut(body.name, body.block, isSquashed: isSquashed)
    copy.keys = keys
    return copy
  }
}

extension Scaled: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> Scaled {
    var copy = Scaled(try exchange("", block).block, by: factor, input: input)
    copy.keys = keys
    return copy
  }
}

extension Modulated: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> Modulated {
    var copy = self
    copy.attentionNorm = try exchange("attention.norm", attentionNorm).block
    copy.attention = try exchange("attention", attention).block
    copy.feedForwardNorm = try exchange("feedForward.norm", feedForwardNorm).block
    copy.feedForward = try exchange("feedForward", feedForward).block
    return copy
  }
}

extension ModulatedNorm: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> ModulatedNorm {
    var copy = self
    copy.norm = try exchange("", norm).block
    return copy
  }
}

extension TwoDirections: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> TwoDirections {
    var copy = self
    copy.forward = try exchange("forward", forward).block
    copy.backward = try exchange("backward", backward).block
    return copy
  }
}

extension TokenPrediction: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> TokenPrediction {
    var copy = self
    copy.embeddingNorm = try exchange("embeddingNorm", embeddingNorm).block
    copy.hiddenNorm = try exchange("hiddenNorm", hiddenNorm).block
    copy.layer = try exchange("layer", layer).block
    copy.norm = try exchange("norm", norm).block
    return copy
  }
}

extension ParallelPrediction: Surrounding {
  public func around(_ exchange: (String, any Block) throws -> (name: String, block: any Block)) rethrows -> ParallelPrediction {
    var copy = self
    copy.layer = try exchange("layer", layer).block
    return copy
  }
}
