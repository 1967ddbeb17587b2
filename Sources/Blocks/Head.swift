// The way out: from vectors to logits over the vocabulary.

import Tensors

/// Logits over the vocabulary, by weights of its own or the embedding's.
public struct Head: Block {
  public let vocabulary: Int, width: Int
  /// [vocabulary, width]; shared with the embedding if tied.
  public let weight: Parameter
  public let isTied: Bool
  /// [vocabulary]
  public let bias: Parameter?
  /// Numbers that are added to the logits and not learned: BART's `final_logits_bias`.   [vocabulary]
  public let offset: Parameter?
  /// BERT's: act(W·x + b), then a norm, before the product with the embedding.
  public let transform: Projection?, activation: Unary.Function?, norm: (any Block)?
  /// What the vectors are multiplied by before the product: d^(−1/2) in a tied T5.
  public let scale: Float
  public var keys = ""

  public init(
    _ width: Int, vocabulary: Int, tied: Parameter? = nil, bias: Bool = false, transform: Projection? = nil,
    activation: Unary.Function? = nil, norm: (any Block)? = nil, scale: Float = 1,
    offset: Bool = false
  ) {
    (self.width, self.vocabulary, self.scale) = (width, vocabulary, scale)
    (self.transform, self.activation, self.norm) = (transform, activation, norm)
    weight = tied ?? Parameter(vocabulary, width)
    isTied = tied != nil
    self.bias = bias ? Parameter(vocabulary, initial: .constant(0)) : nil
    self.offset = offset ? Parameter(vocabulary, initial: .constant(0), isBuffer: true) : nil
  }

  public var role: Role { .head }
  /// Whether it says something about each token instead of giving a row over the vocabulary: ELECTRA's discriminator.
  public var judges: Bool { vocabulary == 1 }
  public var title: String { judges ? "Replaced-token head" : transform == nil ? "LM head" : "Masked-LM head" }
  public var detail: String { judges ? "one number for each token" : "\(width) × \(vocabulary) · \(isTied ? "tied" : "untied")" }
  public var settings: [Setting] {
    [
      Setting("width", width), Setting("vocabulary", vocabulary), Setting("tied", isTied), Setting("bias", bias != nil),
      Setting("scale", scale),
    ]
  }
  public var parts: [Child] {
    (transform.map { [Child("transform", $0)] } ?? []) + (norm.map { [Child("norm", $0)] } ?? [])
  }
  public var parameters: [(name: String, parameter: Parameter)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? []) + (offset.map { [("offset", $0)] } ?? [])
  }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    var x = x
    if let transform { x = transform(x) }
    if let activation { x = x.map(activation) }
    if let norm { x = norm(x, run) }
    if scale != 1 { x = x * scale }
    return linear(x, weight.tensor, (bias ?? offset)?.tensor)
  }
}

/// tanh(W·x₀ + b) of the first token: BERT's pooler.   [b, t, width] → [b, width]
public struct Pooler: Block {
  public let dense: Projection
  public var keys = ""
  public init(_ width: Int) { dense = Projection(width, width, bias: true, role: .head) }
  public var role: Role { .head }
  public var title: String { "Pooler" }
  public var detail: String { "tanh of the first token" }
  public var parts: [Child] { [Child("dense", dense)] }

  public func callAsFunction(_ x: Tensor, _ run: Run) -> Tensor {
    dense(x.slice(0..<1, axis: 1).reshaped([x.shape[0], x.shape[2]])).map(.tanh).named("pooled", run)
  }
}
