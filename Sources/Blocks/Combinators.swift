// How parts are put together: one after the other, repeated, around a residual stream.

import Tensors

/// Parts one after the other.
public struct Chain: Block {
  public let parts: [Child]
  public var keys = ""
  public init(_ parts: [Child]) { self.parts = parts }
  public var role: Role { .structure }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    parts.reduce(x) { x, child in
      guard x.fault == nil, let block = child.part as? any Block else { return x }
      return run.within(child.name) { block(x, run) }
    }
  }
}

/// A stack of layers `name.0 … name.(n−1)`. They may share parameters (ALBERT) or differ (hybrids).
public struct Repeat: Block {
  public let name: String
  public let layers: [any Block]
  private let likeness = Later<Likeness>()
  public var keys = ""

  public init(_ name: String, _ count: Int, _ layer: (Int) -> any Block) {
    self.name = name
    layers = (0..<count).map(layer)
  }

  public var role: Role { .structure }
  public var parts: [Child] { layers.enumerated().map { Child("\(name).\($0.offset)", $0.element) } }
  var alike: Likeness { likeness.value { Likeness(layers) } }
  /// For each layer the number of the first one that says the same.
  public var forms: [Int] { alike.forms }
  public var counted: [Counted] {
    let (kinds, forms) = (alike.kinds, alike.forms)
    var met: [Int: Int] = [:], places: [Int] = []
    for (index, kind) in kinds.enumerated() {
      met[kind, default: 0] += 1
      if met[kind]! <= 2 { places.append(index) }
    }
    return places.map { place in
      let kind = kinds[place]
      return Counted(Child("\(name).\(place)", layers[place]), times: place == kind ? 1 : met[kind]! - 1, isAgain: forms[place] != place)
    }
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    var x = x
    let kinds = run.onlyCounts && x.isOutline ? alike.kinds : []
    var passages: [Int: Passage] = [:]
    for (index, layer) in layers.enumerated() {
      // What goes through an outline of one layer goes through its like at the same price.
      if !kinds.isEmpty, let known = passages[kinds[index]], known.input == x.shape {
        x = run.pass(known, name, index)
        continue
      }
      let before = kinds.isEmpty ? nil : run.beforeLayer
      let y = run.within(name, index) { layer(x, run).named("residual", run) }
      if let before { passages[kinds[index]] = run.passage(since: before, from: x, to: y, name, index) }
      // What a layer hands on beside the stream for a mix of all layers is what it was changed to (ELMo).
      if !run.isPlain, run.carried["\(name).\(index + 1)"] != nil { run.carried["\(name).\(index + 1)"] = y }
      x = y
      if x.fault != nil { break }
    }
    return x
  }
}

/// Where the norms stand around a sub-layer F of the residual stream x.
public enum Arrangement: Sendable, Hashable {
  /// x + F(N(x)): GPT-2, LLaMA, T5.
  case preNorm
  /// N(x + F(x)): the 2017 Transformer, BERT, GPT-1.
  case postNorm
  /// x + N′(F(N(x))): GLM-4-0414.
  case sandwich
  /// u = N(x); α·u + F(u): GLM-130B's DeepNorm.
  case deepNorm(alpha: Float)

  public var described: String {
    switch self {
    case .preNorm: "pre-norm"
    case .postNorm: "post-norm"
    case .sandwich: "sandwich norm"
    case .deepNorm(let alpha): "DeepNorm, α \((alpha * 100).rounded() / 100)"
    }
  }
}

/// A sub-layer on the residual stream, with its norms.
public struct Residual: Block {
  public let name: String
  public let arrangement: Arrangement
  public let norm: any Block
  /// The second norm of a sandwich.
  public let after: (any Block)?
  public let body: any Block
  public var keys = ""

  public init(_ name: String, _ arrangement: Arrangement = .preNorm, norm: any Block, after: (any Block)? = nil, _ body: any Block) {
    (self.name, self.arrangement, self.norm, self.after, self.body) = (name, arrangement, norm, after, body)
  }

  public var role: Role { .structure }
  public var settings: [Setting] { [Setting("arrangement", arrangement.described)] }
  public var parts: [Child] {
    var parts: [Child] = []
    if arrangement != .postNorm { parts.append(Child("\(name).norm", norm)) }
    parts.append(Child(name, body))
    if let after { parts.append(Child("\(name).normAfter", after)) }
    if arrangement == .postNorm { parts.append(Child("\(name).norm", norm)) }
    return parts
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    run.within(name) {
      switch arrangement {
      case .preNorm: return x + body(norm(x, run).named("normalised", run), run)
      case .postNorm: return norm(x + body(x, run), run).named("normalised", run)
      case .sandwich:
        let inner = body(norm(x, run).named("normalised", run), run)
        return x + (after.map { $0(inner, run) } ?? inner)
      case .deepNorm(let alpha):
        let u = norm(x, run).named("normalised", run)
        return u * alpha + body(u, run)
      }
    }
  }
}

/// Sub-layers that all read the same normalised stream and add to it together: x + Σ Fᵢ(N(x)) (PaLM, GPT-J).
public struct Parallel: Block {
  public let norm: any Block
  public let branches: [Child]
  public var keys = ""

  public init(norm: any Block, _ branches: [Child]) { (self.norm, self.branches) = (norm, branches) }

  public var role: Role { .structure }
  public var parts: [Child] { [Child("norm", norm)] + branches }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let u = norm(x, run).named("normalised", run)
    return branches.reduce(x) { sum, branch in
      guard let block = branch.part as? any Block else { return sum }
      return sum + run.within(branch.name) { block(u, run) }
    }
  }
}
