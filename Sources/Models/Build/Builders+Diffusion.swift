// Builders of diffusion models: a noise process, and `denoiser(model, noise: …)`, which puts the way in for noise and time and the way out for
// clean vectors around the body of any architecture.

import Blocks
import Tensors

extension Kind {
  /// A `Denoiser.Process`.
  public static let noise = Kind("noise")
}

extension Builder {
  static let noises: [Builder] = [
    Builder("masks", makes: .noise, [maskID], "tokens turn into masks (LLaDA, MDLM)", example: "masks(mask: 255)") { a in
      Denoiser.Process.masked(mask: try a.integer("mask"))
    },
    Builder(
      "blocks", makes: .noise, [.value("size", .size, "tokens of a block"), maskID],
      "masks inside of blocks that are written from left to right, finished blocks cached (BD3-LM)", example: "blocks(4, mask: 255)"
    ) { a in Denoiser.Process.blocks(mask: try a.integer("mask"), size: try a.integer("size")) },
    Builder(
      "categorical", makes: .noise,
      [
        .value("kind", .text(["uniform", "absorbing", "gaussian"]), "what a word turns into: any, the mask, a neighbour"),
        steps(1000), schedule("even"), .optional("mask", .integer(0...1 << 24), "id of the mask token; the last one if left out"),
        .labelled("distance", .number(1e-6...1e6), default: .number(0.1), "distance of neighbours on a Gaussian scale"),
      ], "words turn into words by a transition matrix (D3PM)", example: "categorical(\"uniform\", steps: 100)"
    ) { a in
      let kind = try a.text("kind")
      // The last id stands for the mask until the vocabulary is known: see `denoiser`.
      let noise: CategoricalProcess.Noise = kind == "uniform" ? .uniform
        : kind == "absorbing" ? .absorbing(mask: a.optionalInteger("mask") ?? -1) : .gaussian(step: try a.number("distance"))
      return Denoiser.Process.categorical(noise, try schedule(a))
    },
    Builder(
      "gaussian", makes: .noise,
      [
        steps(2000), schedule("sqrt"), .labelled("target", .text(GaussianProcess.Target.allCases.map(\.rawValue)), default: .text("clean"), "what the network says"),
        .labelled("perPosition", .boolean, default: .boolean(false), "left positions are denoised earlier than right ones (AR-Diffusion)"),
      ], "Gaussian noise on embeddings (DDPM, Diffusion-LM, DiffuSeq)", example: "gaussian(steps: 200, schedule: \"sqrt\")"
    ) { a in
      Denoiser.Process.gaussian(
        try schedule(a), GaussianProcess.Target(rawValue: try a.text("target")) ?? .clean, perPosition: try a.boolean("perPosition"))
    },
    Builder("flow", makes: .noise, [], "straight lines from noise to embeddings (Rectified Flow)", example: "flow()") { _ in Denoiser.Process.flow },
    Builder(
      "simplex", makes: .noise,
      [
        .value("block", .size, "tokens of a block"), steps(1000), .labelled("scale", .number(1e-3...1e3), default: .number(5), "K: a token is +K at its place, −K elsewhere"),
      ], "Gaussian noise on logits, block by block (SSD-LM)", example: "simplex(25, steps: 100)"
    ) { a in
      Denoiser.Process.simplex(
        SimplexProcess(scale: Float(try a.number("scale")), .cosine(try a.integer("steps"), offset: 1e-4)), block: try a.integer("block"))
    },
    Builder(
      "denoiser", makes: .architecture,
      [
        .value("model", .made(.architecture), "the body"), .labelled("noise", .made(.noise), "the noise that it undoes"),
        .optional("vectors", .size, "width of the word vectors that carry the noise; the body's if left out"),
        .optional("time", .integer(2...65_536), "frequencies of the time embedding; no time if left out"),
        .optional("timeHidden", .size, "width of its hidden layer; four times the frequencies if left out"),
        .optional("modulation", .size, "the time as a vector of this width modulates every norm (DiT); it is added to the stream if left out"),
        .labelled("norm", .boolean, default: .boolean(false), "a norm before the body"),
        .labelled("headBias", .boolean, default: .boolean(false), "a bias of the logits"),
      ], "a model that undoes noise", example: "denoiser(encoder(layers: 2, width: 64, attention: multiHead(heads: 4)), noise: gaussian(steps: 200), vectors: 16, time: 32)"
    ) { a in try DenoiserPlan(a).architecture() },
  ]

  private static let maskID = BuilderParameter.labelled("mask", .integer(0...1 << 24), "id of the mask token")
  private static func steps(_ n: Int) -> BuilderParameter { .labelled("steps", .integer(1...100_000), default: .integer(n), "T") }
  private static func schedule(_ name: String) -> BuilderParameter {
    .labelled("schedule", .text(NoiseSchedule.names), default: .text(name), "how fast the noise comes")
  }
  private static func schedule(_ a: BuilderArguments) throws -> NoiseSchedule {
    let steps = try a.integer("steps")
    return NoiseSchedule.named(try a.text("schedule"), steps: steps) ?? .squareRoot(steps)
  }
}

/// Puts a body and a noise together.
private struct DenoiserPlan {
  let a: BuilderArguments
  let model: Architecture
  let process: Denoiser.Process

  init(_ a: BuilderArguments) throws {
    self.a = a
    model = try a.made("model")
    let vocabulary = model.embedding.vocabulary
    var process: Denoiser.Process = try a.made("noise")
    if case .categorical(.absorbing(mask: -1), let schedule) = process { process = .categorical(.absorbing(mask: vocabulary - 1), schedule) }
    self.process = process
    guard model.denoiser == nil else { throw a.contradiction("the model is a denoiser already") }
    var mask: Int?
    switch process {
    case .masked(let id), .blocks(let id, _), .categorical(.absorbing(let id), _): mask = id
    default: break
    }
    if let mask, mask >= vocabulary { throw a.contradiction("the mask token \(mask) is outside of the vocabulary 0..<\(vocabulary)") }
    if a.optionalInteger("modulation") != nil, a.optionalInteger("time") == nil { throw a.contradiction("modulation needs a time embedding: give time") }
  }

  func architecture() throws -> Architecture {
    let old = model.embedding, width = model.width
    let vectors = process.isDiscrete ? nil : a.optionalInteger("vectors")
    let modulation = a.optionalInteger("modulation")
    var embedding = old, inward: [Projection] = [], outward: [Projection] = [], positions: Parameter?
    // Noise is on the words' vectors alone: positions and norm come behind it.
    if !process.isDiscrete {
      let wide = vectors ?? old.width
      embedding = Embedding(vocabulary: old.vocabulary, width: wide, segments: old.segments?.shape[0], scale: old.scale, deviation: vectors == nil ? 0.02 : 1)
      positions = old.positions.map { Parameter($0.shape[0], width) }
      if vectors != nil {
        inward = [Projection(wide, width, bias: true, role: .diffusion), Projection(width, width, bias: true, role: .diffusion)]
        outward = [Projection(width, width, bias: true, role: .diffusion), Projection(width, wide, bias: true, role: .diffusion)]
      }
    }
    let time = a.optionalInteger("time").map {
      TimeEmbedding(frequencies: $0, hidden: a.optionalInteger("timeHidden") ?? 4 * $0, width: modulation ?? width)
    }
    var mixture: Parameter?, step: Projection?
    if case .simplex = process {
      mixture = Parameter(old.vocabulary, width)
      step = Projection(1, width, bias: true, role: .diffusion)
    }
    let norm: (any Block)? = try a.boolean("norm") || (!process.isDiscrete && old.norm != nil) ? LayerNorm(width) : nil
    let bias = try a.boolean("headBias")
    var denoising = model
    denoising.family = .diffusion
    denoising.embedding = embedding
    denoising.body = try modulation.map(modulated) ?? model.body
    denoising.head = model.head.map {
      Head(
        embedding.width, vocabulary: old.vocabulary, tied: $0.isTied ? embedding.tokens : nil, bias: bias || $0.bias != nil, transform: vectors == nil ? $0.transform : nil,
        activation: vectors == nil ? $0.activation : nil, norm: vectors == nil ? $0.norm : nil, scale: $0.scale, offset: $0.offset != nil)
    }
    denoising.denoiser = Denoiser(
      process, inward: inward, positions: positions, time: time, modulates: modulation != nil, norm: norm, outward: outward, mixture: mixture, step: step)
    return denoising
  }

  /// The same body with norms that the time scales and shifts: pre-norm layers of attention and feed-forward become DiT's.
  private func modulated(_ condition: Int) throws -> Chain {
    Chain(
      try model.body.parts.map { child in
        if child.part.role == .norm, let norm = child.part as? any Block {
          return Child(child.name, ModulatedNorm(model.width, condition: condition, norm: norm))
        }
        guard let stack = child.part as? Repeat else { return child }
        let layers = try stack.layers.map { layer -> any Block in
          let steps = layer.parts.compactMap { $0.part as? Residual }
          guard steps.count == 2, steps.allSatisfy({ $0.arrangement == .preNorm }), layer.parts.count == 2 else {
            throw a.contradiction("modulation takes layers of attention and feed-forward with pre-norm")
          }
          var norms = steps.map(\.norm)
          return Modulated(model.width, condition: condition, attention: steps[0].body, feedForward: steps[1].body) { norms.removeFirst() }
        }
        return Child(child.name, Repeat(stack.name, layers.count) { layers[$0] })
      })
  }
}
