// An architecture with some of its parts exchanged: the tree is copied around them. It works on any architecture, whether it was
// composed from builders or read from a published configuration. Leaves are exchanged whole; nothing reaches into a leaf.

import Blocks

extension Architecture {
  /// What stands at a place and may be exchanged: the new block, and the name of its step if that changes.
  typealias Exchange = (_ path: String, _ block: any Block) throws -> (block: any Block, slot: String?)?

  /// The same architecture with blocks exchanged, parents asked before their children.
  func rebuilt(_ exchange: @escaping Exchange) throws -> Architecture {
    let copying = Rebuilding(exchange: exchange)
    var fresh = self
    fresh.encoder = try encoder.map { try copying.copy($0, "encoder") }
    fresh.body = try copying.copy(body, encoder == nil ? "" : "decoder")
    // Modules that predict further tokens have a layer each.
    fresh.extras = try extras.map { child in
      guard let structure = child.part as? any Surrounding else { return child }
      return Child(child.name, try copying.copy(structure, child.name))
    }
    fresh.family = family.after(body, becomes: fresh.body)
    return fresh
  }

  /// Puts what a maker makes in the place of every block whose path matches a pattern.
  /// - Throws: `BuildFailure.noSuchPart` if there is none.
  func replacing(_ pattern: String, by maker: BlockMaker) throws -> Architecture {
    var sites: [String: Site] = [:], known: [String] = [], count = 0
    // Layers that share one block share the new one as well: one whose parameters are all the same (a table of distances alone may be a stack's).
    var shared: [[ObjectIdentifier]: any Block] = [:]
    let result = try rebuilt { path, block in
      // A factor, and what the time does to a norm, belong to the place and stay there.
      guard !path.isEmpty, !(block is Scaled), !(block is ModulatedNorm) else { return nil }
      guard glob(pattern, path) else {
        known.append(path)
        return nil
      }
      count += 1
      let owner = block.allParameters.map { ObjectIdentifier($0.parameter) }
      let steps = path.split(separator: ".").map(String.init)
      let isMain = ["attention", "mixer", "feedForward"].contains(steps.last) && maker.slot != "norm"
      if !owner.isEmpty, let made = shared[owner] { return (made, isMain ? maker.slot : nil) }
      let stack = steps.first { $0 == "encoder" || $0 == "decoder" } ?? ""
      var site = sites[stack] ?? self.site(stack)
      sites[stack] = site
      site.replaced = block
      site.layer = steps.lazy.compactMap(Int.init).first ?? 0
      site.width = block.settings.first { $0.name == "width" || $0.name == "inputs" }.flatMap { Int($0.value) } ?? width
      if let old = block as? Attention {
        (site.mask, site.source, site.position) = (old.mask, old.source, PositionScheme(old.position, headWidth: old.headWidth))
      }
      let made = try maker.make(site)
      shared[owner] = made
      return (made, isMain ? maker.slot : nil)
    }
    guard count > 0 else { throw BuildFailure.noSuchPart(pattern, known: patterns(of: known)) }
    return result
  }

  /// The same architecture with another mask in every self-attention, one of cross-attention left as it is.
  public func masked(by mask: Mask) throws -> Architecture {
    var count = 0
    let result = try rebuilt { path, block in
      if let latent = block as? LatentAttention {
        count += 1
        return (latent.masked(by: mask), nil)
      }
      guard let attention = block as? Attention, attention.source == .own, !path.hasPrefix("encoder.") else { return nil }
      count += 1
      return (attention.masked(by: mask), nil)
    }
    guard count > 0 else { throw BuildFailure.contradiction(builder: "with", "there is no attention here that takes a mask") }
    // One body, another family: BERT under a prefix mask writes, and has memory (UniLM).
    if case .prefix = mask, family == .encoder || family == .decoder { return result.with(encoder: nil, body: result.body, family: .prefix) }
    return result
  }

  /// What a new block of a stack takes from its surroundings: as the first attention has it.
  private func site(_ stack: String) -> Site {
    let layers = stacks.first { $0.name == stack }?.layers
    var site = Site(width: width, layers: layers?.layers.count ?? 1, mask: family == .encoder || stack == "encoder" ? .bidirectional : .causal, context: context)
    var attention: Attention?
    layers?.walk { _, part in if attention == nil, let found = part as? Attention, found.source == .own { attention = found } }
    if let attention { (site.mask, site.position) = (attention.mask, PositionScheme(attention.position, headWidth: attention.headWidth)) }
    return site
  }

  /// Paths with the layer's number as `*`, each once.
  private func patterns(of paths: [String]) -> [String] {
    var seen = Set<String>()
    return paths.map { path in path.split(separator: ".").map { Int($0) == nil ? String($0) : "*" }.joined(separator: ".") }.filter { seen.insert($0).inserted }
  }
}

extension Architecture.Family {
  /// The family of a single stack by what its parts are for; nil where that leaves it open.
  static func of(_ body: Chain) -> Architecture.Family? {
    var roles = Set<Role>()
    body.walk { _, part in roles.insert(part.role) }
    if roles.contains(.stateSpace) { return roles.contains(.attention) ? .hybrid : .recurrent }
    return roles.contains(.experts) ? .mixture : nil
  }

  /// The family when a stack's parts were exchanged.
  fileprivate func after(_ old: Chain, becomes new: Chain) -> Architecture.Family {
    let before = Architecture.Family.of(old), now = Architecture.Family.of(new)
    if before == now || self == .encoder || self == .encoderDecoder || self == .diffusion { return self }
    return now ?? .decoder
  }
}

extension PositionScheme {
  /// The scheme of an attention that exists, for one that takes its place.
  init(_ position: Position, headWidth: Int) {
    switch position {
    case .none: self = .absent
    case .rotary(let rope):
      self = .rotary(.init(base: Double(rope.base), part: Double(rope.part) / Double(max(1, headWidth)), layout: rope.layout, scaling: rope.scaling, isPlanar: rope.isPlanar))
    case .relative(let bias): self = .relative(buckets: bias.buckets, farthest: bias.farthest)
    case .linear: self = .linear
    }
  }
}

/// The copy of the structure around exchanged blocks.
private struct Rebuilding {
  let exchange: Architecture.Exchange

  /// The part at a path and what is inside of it; the name is that of its step, which a new block may change.
  func named(_ name: String, _ block: any Block, _ above: String) throws -> (name: String, block: any Block) {
    let path = above.isEmpty ? name : name.isEmpty ? above : above + "." + name
    if let new = try exchange(path, block) { return (new.slot ?? name, new.block) }
    if let scaled = block as? Scaled {
      // The step is that of what is scaled.
      let inner = try named(name, scaled.block, above)
      return (inner.name, scaled.around { _, _ in inner })
    }
    guard let structure = block as? any Surrounding & Block else { return (name, block) }
    return (name, try copy(structure, path))
  }

  /// A part around exchanged blocks.
  func copy<T: Surrounding>(_ structure: T, _ path: String) throws -> T {
    try structure.around { try named($0, $1, path) }
  }
}
