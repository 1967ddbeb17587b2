// The whole of a language model as a value: what goes in, the stacks, what comes out. One forward for whole sequences, for
// prefill, for single tokens and for batches.

import Tensors

/// A language model: its recipe, and, once its parameters are bound, the model itself.
public struct Architecture: Part {
  /// The shape of attention between what is read and what is written.
  public enum Family: String, Sendable, CaseIterable, Codable {
    case encoder, decoder, encoderDecoder = "encoder-decoder", prefix, mixture, recurrent, diffusion, hybrid
  }

  /// As its people call it: "Llama 3 8B"; from the file if it says, else from the family.
  public var name: String
  /// `model_type` of its config.json.
  public let modelType: String
  public var family: Family
  /// Longest text that it was made for, in tokens; nil: no bound.
  public var context: Int?
  /// Longest text that it reads, in tokens; nil: no bound. Above `context` where rotary positions are stretched to more.
  public var longest: Int?
  public var embedding: Embedding
  /// The encoder's own way in, of an encoder–decoder whose two sides do not share one.
  public var sourceEmbedding: Embedding?
  /// The encoder's layers and final norm, of an encoder–decoder.
  public var encoder: Chain?
  public var body: Chain
  public var head: Head?
  /// Of a diffusion model: the noise that it undoes, and how noise and time come in.
  public var denoiser: Denoiser?
  /// What else the published class holds: a pooler, a next-sentence head.
  public var extras: [Child]
  /// Modules that predict further tokens which the configuration names, and which the published class leaves out, and this recipe with it.
  public var predictionsLeftOut = 0
  public var keys = ""

  public init(
    name: String, modelType: String, family: Family, context: Int?, longest: Int? = nil, embedding: Embedding,
    sourceEmbedding: Embedding? = nil, encoder: Chain? = nil,
    body: Chain, head: Head?, denoiser: Denoiser? = nil, extras: [Child] = []
  ) {
    (self.name, self.modelType, self.family, self.context, self.longest) = (name, modelType, family, context, longest ?? context)
    (self.embedding, self.encoder, self.body, self.head, self.extras) = (embedding, encoder, body, head, extras)
    (self.sourceEmbedding, self.denoiser) = (sourceEmbedding, denoiser)
  }

  /// The same architecture around other stacks.
  public func with(encoder: Chain?, body: Chain, family: Family) -> Architecture {
    var copy = self
    (copy.encoder, copy.body, copy.family) = (encoder, body, family)
    return copy
  }

  public var role: Role { .structure }
  public var title: String { name }
  public var parts: [Child] {
    var parts = [Child("embedding", embedding)]
    if let sourceEmbedding { parts.append(Child("sourceEmbedding", sourceEmbedding)) }
    if let encoder { parts.append(Child("encoder", encoder)) }
    if let denoiser { parts.append(Child("denoiser", denoiser)) }
    parts.append(Child(encoder == nil ? "" : "decoder", body))
    if let head { parts.append(Child("head", head)) }
    return parts + extras
  }

  /// The stack's layers, encoder's first.
  public var stacks: [(name: String, layers: Repeat)] {
    func find(_ chain: Chain, _ name: String) -> [(String, Repeat)] {
      chain.parts.compactMap { ($0.part as? Repeat).map { (name, $0) } }
    }
    return (encoder.map { find($0, "encoder") } ?? []) + find(body, encoder == nil ? "" : "decoder")
  }
  public var width: Int {
    if let words = body.parts.first?.part as? any ChangesWidth { return words.newWidth }
    return denoiser?.inward.last?.outputs ?? embedding.projection?.outputs ?? embedding.width
  }

  // MARK: the forward

  /// What a forward reads.
  public struct Input: Sendable {
    /// One row for each sequence, all of the same length.
    public var ids: [[Int]]
    /// Which of the sequence's tokens so far, those in memory included, are real; nil: all.
    public var padding: [[Bool]]?
    public var segments: [[Int]]?
    /// Position of every token, row by row; nil: they follow memory.
    public var positions: [Int32]?
    /// GLM's second dimension, row by row: 0 in the text, 1, 2, 3, … inside a filled blank; nil: all 0.
    public var blocks: [Int32]?
    /// Noisy vectors behind the ids (a diffusion on embeddings or logits).   [batch, tokens, vectors]
    public var vectors: Tensor?
    /// How noisy: one time for each sequence, or one for each of its tokens; nil: no noise.
    public var times: [Float]?
    public init(_ ids: [[Int]], padding: [[Bool]]? = nil, segments: [[Int]]? = nil, positions: [Int32]? = nil) {
      (self.ids, self.padding, self.segments, self.positions) = (ids, padding, segments, positions)
    }
  }

  /// Encodes a source text: later calls of the decoder look at it.
  public func encode(_ input: Input, _ run: Run) {
    guard let encoder else { return }
    run.isOutline = embedding.tokens.tensor.isOutline
    run.begin(batch: input.ids.count, count: input.ids.first?.count ?? 0, past: 0, padding: input.padding, positions: input.positions)
    let output = run.withoutMemory {
      run.within("encoder") {
        let x = (sourceEmbedding ?? embedding)(input.ids, segments: input.segments, run)
        return encoder(denoiser?.source(x, run) ?? x, run)
      }
    }
    run.source = output.named("encoder.output", run)
    run.sourcePadding = input.padding
    run.stream = Stream()
  }

  /// The vectors after the last norm.   [batch, tokens, width]
  public func hidden(_ input: Input, _ run: Run) -> Tensor {
    let past = run.stream.end
    let noisy = input.vectors?.shape[1] ?? 0
    run.isOutline = embedding.tokens.tensor.isOutline
    run.begin(
      batch: input.ids.count, count: (input.ids.first?.count ?? 0) + noisy, past: run.keepsMemory ? past : 0, padding: input.padding,
      positions: input.positions)
    run.stream.blocks = input.blocks
    let inside = encoder == nil ? "" : "decoder"
    let x = run.within(inside) {
      guard let denoiser else { return body(embedding(input.ids, segments: input.segments, run), run) }
      return denoiser.leave(body(denoiser.enter(entering(input, denoiser, run), times: input.times, run), run), run)
    }
    return x.named("hidden", run)
  }

  /// Embeddings of the ids with the noisy vectors behind them, as wide as the denoiser takes them.
  private func entering(_ input: Input, _ denoiser: Denoiser, _ run: Run) -> Tensor {
    let given = (input.ids.first?.count ?? 0) > 0 ? embedding(input.ids, segments: input.segments, run) : nil
    guard var vectors = input.vectors else {
      return given ?? Tensor(outline: [input.ids.count, 0, embedding.width], trace: run.trace)
    }
    // Vectors that this run has computed keep their place in its recording: gradients reach the embedding through them.
    if vectors.trace !== run.trace { vectors = vectors.tracked(by: run.trace) }
    // On the simplex each noisy token is a distribution: the mean of the words' embeddings under it.
    if case .simplex = denoiser.process { vectors = denoiser.mixing(vectors, times: input.times, run) }
    return given.map { concatenate([$0, vectors], axis: 1) } ?? vectors
  }

  /// Logits over the vocabulary: of every token, or of the last one only.   [batch, tokens, vocabulary]
  /// - Throws: `Fault` with the part and the shapes of what went wrong.
  public func callAsFunction(_ input: Input, _ run: Run, lastOnly: Bool = false) throws -> Tensor {
    if !run.isContinuing { run.forget() }
    var x = hidden(input, run)
    guard let head else {
      throw Fault(.other(operation: name, message: "has no head over the vocabulary (its class holds none)"))
    }
    if lastOnly, x.rank == 3, x.shape[1] > 1 { x = x.slice((x.shape[1] - 1)..<x.shape[1], axis: 1) }
    let logits = try head(x, run).named("logits", run).checked()
    // One look at the last row: numbers that went bad anywhere have reached it, and nobody should choose a token from them.
    if !logits.isOutline, logits.rank == 3, logits.shape[1] > 0 {
      let row = logits.slice((logits.shape[1] - 1)..<logits.shape[1], axis: 1).sum()
      if row.values.contains(where: { !$0.isFinite }) { throw Fault(.notFinite("logits")) }
    }
    return logits
  }

  public func callAsFunction(_ ids: [Int], _ run: Run) throws -> Tensor { try self(Input([ids]), run) }
}

extension Run {
  /// The encoder of an encoder–decoder keeps nothing: its output is the memory.
  func withoutMemory(_ body: () -> Tensor) -> Tensor {
    let kept = remembers
    remembers = false
    defer { remembers = kept }
    return body()
  }

  /// Whether this forward goes on with names of one before (a decoder step after its encoder).
  fileprivate var isContinuing: Bool { source != nil && stream.end == 0 }
}
