// ELMo (Peters et al. 2018, 1802.05365): words from their characters, one LSTM stack that reads forwards and one that reads backwards, and a
// learned mix of all their layers. No layer sees both sides: the two directions only meet in the mix.

import Tensors

/// A part before the layers after which the stream is of another width than the embedding.
public protocol ChangesWidth { var newWidth: Int { get } }

/// A word's vector from its characters: convolutions of several lengths, the largest answer of each, highway layers, a projection
/// (Kim et al. 2016, 1508.06615). The model's tokens are characters here, `characters` of them a word; a short last word is filled with zeros.
public struct CharacterConvolution: Block, ChangesWidth {
  /// `count` filters that look at `length` characters.
  public struct Filter: Sendable, Hashable {
    public var length: Int, count: Int
    public init(_ length: Int, _ count: Int) { (self.length, self.count) = (length, count) }
  }
  public let width: Int, characters: Int, outputs: Int
  public let filters: [Filter]
  public let convolutions: [Projection]
  /// Gate and candidate in one matrix; the gate carries the input through.
  public let highways: [Projection]
  public let projection: Projection
  public var keys = ""

  /// - Parameters:
  ///   - width: numbers of a character.
  ///   - outputs: numbers of a word for each direction.
  public init(_ width: Int, characters: Int, filters: [Filter], highways: Int, outputs: Int) {
    (self.width, self.characters, self.filters, self.outputs) = (width, characters, filters, outputs)
    let count = filters.reduce(0) { $0 + $1.count }
    convolutions = filters.map { Projection(width * $0.length, $0.count, bias: true, deviation: 0.05, role: .embedding) }
    // Carry at first: the gate's bias starts at 1.
    self.highways = (0..<highways).map { _ in Projection(count, 2 * count, bias: { $0 < count ? 0 : 1 }, deviation: 1 / Float(max(1, count)).squareRoot(), role: .embedding) }
    projection = Projection(count, outputs, bias: true, deviation: 1 / Float(max(1, count)).squareRoot(), role: .embedding)
  }

  public var newWidth: Int { 2 * outputs }
  public var role: Role { .embedding }
  public var title: String { "Character convolution" }
  public var detail: String { "\(characters) characters a word · \(filters.reduce(0) { $0 + $1.count }) filters" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("characters", characters), Setting("outputs", outputs), Setting("highways", highways.count),
      Setting("filters", filters.map { "\($0.length)×\($0.count)" }.joined(separator: " ")),
    ]
  }
  public var parts: [Child] {
    convolutions.enumerated().map { Child("convolution.\($0.offset)", $0.element) }
      + highways.enumerated().map { Child("highway.\($0.offset)", $0.element) } + [Child("projection", projection)]
  }

  /// [b, characters, width] → [b, words, 2·outputs]: the same vector for each direction.
  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    guard x.rank == 3, x.fault == nil else { return x }
    let batch = x.shape[0], words = (x.shape[1] + characters - 1) / max(1, characters), missing = words * characters - x.shape[1]
    let filled = missing == 0 ? x : concatenate([x, run.zeros([batch, missing, x.shape[2]], like: x)], axis: 1)
    let word = filled.reshaped([batch * words, characters, x.shape[2]])
    let answers = zip(filters, convolutions).map { filter, convolution in
      let places = max(0, characters - filter.length + 1)
      let seen = concatenate((0..<filter.length).map { word.slice($0..<($0 + places), axis: 1) }, axis: 2)   // [b·words, places, length·width]
      return Reduce(.maximum).apply([convolution(seen).transposed]).map(.relu).reshaped([batch, words, filter.count])
    }
    var y = concatenate(answers, axis: 2)
    for highway in highways {
      let parts = highway(y).split([y.shape.last ?? 0, y.shape.last ?? 0]), fresh = parts[0].map(.relu)
      y = parts[1].map(.sigmoid) * (y - fresh) + fresh
    }
    let one = projection(y)
    let both = concatenate([one, one], axis: 2).named("words", run)
    run.carried["layers.0"] = both
    return both
  }
}

/// One layer of each direction side by side: the stream's first half is what the forward stack has, its second half the backward one's.
public struct TwoDirections: Block {
  public internal(set) var forward: any Block, backward: any Block
  /// Whether each direction's input is added to its output: all layers but the first.
  public let adds: Bool
  public let width: Int, layer: Int
  public var keys = ""

  /// - Parameters:
  ///   - width: numbers of one direction.
  ///   - make: the layer of one direction; it must keep the width.
  public init(_ width: Int, layer: Int, _ make: () throws -> any Block) rethrows {
    (self.width, self.layer, adds) = (width, layer, layer > 0)
    (forward, backward) = (try make(), try make())
  }

  public var role: Role { .stateSpace }
  public var title: String { "Two directions" }
  public var detail: String { "→ and ← · \(forward.title) · \(forward.detail)" }
  public var settings: [Setting] { [Setting("width", width), Setting("adds", adds)] }
  public var parts: [Child] { [Child("forward", forward), Child("backward", backward)] }

  /// [b, t, 2·width] → the same
  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let halves = x.split([width, width])
    // Neither keeps anything between calls: what the backward stack read first would come last.
    var right = run.withoutMemory { run.within("forward") { forward(halves[0], run) } }
    let turned = Reverse(axis: 1).apply([halves[1]])
    var left = Reverse(axis: 1).apply([run.withoutMemory { run.within("backward") { backward(turned, run) } }])
    if adds { (right, left) = (right + halves[0], left + halves[1]) }
    let both = concatenate([right, left], axis: 2).named("output", run)
    run.carried["layers.\(layer + 1)"] = both
    return both
  }
}

/// γ·Σ sⱼ·hⱼ over the words' vectors and every layer, s = softmax of learned numbers (eq. 1).
public struct LayerMix: Block {
  public let count: Int
  public let weights: Parameter, scale: Parameter
  public var keys = ""

  /// - Parameter layers: layers of the stack; the words' vectors are one more.
  public init(layers: Int) {
    count = layers + 1
    weights = Parameter(count, initial: .constant(0))
    scale = Parameter(1, initial: .constant(1))
  }

  public var role: Role { .head }
  public var title: String { "Mix of all layers" }
  public var detail: String { "\(count) learned weights" }
  public var settings: [Setting] { [Setting("count", count)] }
  public var parameters: [(name: String, parameter: Parameter)] { [("weights", weights), ("scale", scale)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    let share = softmax(weights.tensor).named("weights", run)
    var sum: Tensor?
    for j in 0..<count {
      guard let layer = run.carried["layers.\(j)"] else { continue }
      let part = layer * share.slice(j..<(j + 1), axis: 0)
      sum = sum.map { $0 + part } ?? part
    }
    return ((sum ?? x) * scale.tensor).named("mixed", run)
  }
}

extension Architecture {
  /// What the last layer of each direction says about a word: of the forward one at a place, the next word; of the backward one, the one before.
  /// nil: the model has no two directions, or no matrix that says words.   each [batch, words, vocabulary]
  public func directionLogits(_ input: Input, _ run: Run) throws -> (forward: Tensor, backward: Tensor)? {
    guard let said = extras.lazy.compactMap({ $0.name == "prediction" ? $0.part as? Projection : nil }).first, let layers = stacks.first?.layers else { return nil }
    _ = try hidden(input, run).checked()
    guard let last = run.carried["layers.\(layers.layers.count)"] else { return nil }
    let halves = last.split([said.inputs, said.inputs])
    return (try said(halves[0]).checked(), try said(halves[1]).checked())
  }
}
