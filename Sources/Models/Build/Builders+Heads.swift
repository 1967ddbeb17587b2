// Builders of the way out: logits over the vocabulary, plain or behind BERT's transform, and what published classes hold beside or in place of them.

import Blocks
import Tensors

/// Logits over the vocabulary, before the stack that they stand on is known.
public struct HeadPlan: Sendable {
  /// By the embedding's weights, or by its own.
  public var isTied = true
  public var bias = false, offset = false
  /// act(W·x + b) and a norm before the logits.
  public var activation: Unary.Function?
  public var norm: BlockMaker?
  public var hasNorm = false
  /// One number for each token instead of a row over the vocabulary.
  public var judges = false
}

/// What a model holds beside its head, under a name of its own.
public struct ExtraPlan: Sendable {
  public let name: String
  public let make: @Sendable (_ width: Int) -> any Part
}

extension Builder {
  static let headPlans: [Builder] = [
    Builder(
      "lmHead", makes: .head,
      [
        tied, .labelled("bias", .boolean, default: .boolean(false), "a learned number for each token id"),
        .labelled("offset", .boolean, default: .boolean(false), "a number for each token id that is kept and not learned (BART)"),
      ], "logits over the vocabulary: one product", example: "lmHead(tied: false, bias: true)"
    ) { a in
      let (bias, offset) = (try a.boolean("bias"), try a.boolean("offset"))
      guard !bias || !offset else { throw a.contradiction("bias and offset are both added to the logits: give one of them") }
      return HeadPlan(isTied: try a.boolean("tied"), bias: bias, offset: offset)
    },
    Builder(
      "maskedHead", makes: .head,
      [
        tied, .labelled("bias", .boolean, default: .boolean(true), "a learned number for each token id"), activation,
        .optional("norm", .orNone(.norm), "the norm behind it; the stack's if left out"),
      ], "act(W·x + b) and a norm, then logits over the vocabulary (BERT)", example: "maskedHead(activation: \"gelu\")"
    ) { a in
      HeadPlan(
        isTied: try a.boolean("tied"), bias: try a.boolean("bias"), activation: Unary.Function(rawValue: try a.text("activation")),
        norm: a.optional("norm"), hasNorm: a.optional("norm", as: Nothing.self) == nil)
    },
    Builder("replacedTokenHead", makes: .head, [activation], "act(W·x + b), then one number for each token: was it replaced? (ELECTRA)", example: "replacedTokenHead()") { a in
      HeadPlan(isTied: false, bias: true, activation: Unary.Function(rawValue: try a.text("activation")), judges: true)
    },
    Builder(
      "linearHead", makes: .extra,
      [
        .value("name", .text([]), "what it is called in the paths of parameters"), .labelled("outputs", .integer(1...1 << 24), "how many numbers it gives"),
        .labelled("bias", .boolean, default: .boolean(true), "a learned offset"),
      ], "labels from the vectors by one product: what classes that sort texts or tokens hold (BertForSequenceClassification)", example: "linearHead(\"score\", outputs: 3)"
    ) { a in
      let name = try a.text("name"), outputs = try a.integer("outputs"), bias = try a.boolean("bias")
      guard let first = name.first, first.isLetter, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
        throw a.contradiction("the name must be a word of letters and digits, not \"\(name.shown())\"")
      }
      return ExtraPlan(name: name) { Projection($0, outputs, bias: bias, role: .head) }
    },
    Builder("pooler", makes: .extra, [], "tanh(W·x + b) of the first token's vector (BERT)", example: "pooler()") { _ in ExtraPlan(name: "pooler") { Pooler($0) } },
  ]

  private static let tied = BuilderParameter.labelled("tied", .boolean, default: .boolean(true), "by the embedding's weights, or by its own")
  private static let activation = BuilderParameter.labelled("activation", .text(activations), default: .text("gelu"), "what stands between the two products")
}

extension HeadPlan {
  /// What the argument `head` says: a word, a head, or nothing.
  init?(_ a: BuilderArguments) throws {
    if let plan: HeadPlan = a.optional("head") { self = plan; return }
    switch a.optionalText("head") {
    case "tied": self.init()
    case "untied": self.init(isTied: false)
    default: return nil
    }
  }

  /// The head behind vectors of a width.
  /// - Parameter norm: the stack's, at a width.
  func made(_ width: Int, vocabulary: Int, embedding: Embedding, scale: Float, in builder: String, norm stackNorm: (Int) throws -> any Block) throws -> Head {
    let reads = activation == nil || judges ? width : embedding.width
    guard !isTied || reads == embedding.width else {
      throw BuildFailure.contradiction(
        builder: builder, "a tied head reads vectors as wide as the embedding (\(embedding.width)), not \(width): give a maskedHead(), or an untied one")
    }
    return Head(
      reads, vocabulary: judges ? 1 : vocabulary, tied: isTied ? embedding.tokens : nil, bias: bias,
      transform: activation == nil ? nil : Projection(width, reads, bias: true, role: .head), activation: activation,
      norm: hasNorm ? try norm?.make(Site(width: reads)) ?? stackNorm(reads) : nil, scale: scale, offset: offset)
  }
}
