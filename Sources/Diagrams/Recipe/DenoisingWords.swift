// What a diffusion model's figure says beside its body: what goes in, how noise and time come in, what the loop around it does. All of it is
// read off the recipe's process; the layers between are any layers.
import Blocks

extension RecipeReader {
  /// The loop around the body.
  /// - Parameter inner: the body up to the vectors that it gives: noise on vectors goes around from there, and words are only said at the end.
  func loop(from inner: [Piece]) -> Loop? {
    guard var loop else { return nil }
    switch model.denoiser?.process {
    case .gaussian, .flow: loop.from = inner.flatMap(\.boxes).last?.id
    default: break
    }
    return loop
  }

  private var loop: Loop? {
    guard model.family == .diffusion else { return nil }
    let title = "denoise, step by step"
    return switch model.denoiser?.process {
    case nil, .masked: Loop(title, "keep the surest, mask the rest again")
    case .blocks(_, let size): Loop("denoise a block of \(size)", "then cache it, and on to the next")
    case .categorical: Loop(title, "draw the words of a step less noise")
    case .gaussian(_, _, perPosition: true): Loop(title, "left tokens are ahead of right ones")
    case .gaussian: Loop(title, "a little less noise; at the end, words")
    case .flow: Loop(title, "x ← x + v/N; at the end, words")
    case .simplex(_, let block): Loop(title, "project on ±K; blocks of \(block)")
    }
  }

  var diffusionName: String {
    switch model.denoiser?.process {
    case nil, .masked: "masked diffusion"
    case .blocks: "block diffusion"
    case .categorical(.absorbing, _): "diffusion of words, absorbing"
    case .categorical(.uniform, _): "diffusion of words, uniform"
    case .categorical: "diffusion of words, discretised Gaussian"
    case .gaussian: "Gaussian diffusion of embeddings"
    case .flow: "rectified flow of embeddings"
    case .simplex: "diffusion on the simplex"
    }
  }

  /// What stands under the input.
  var noisySample: String {
    switch model.denoiser?.process {
    case nil, .masked, .blocks: "\"The [M] sat [M]\""
    case .categorical(.absorbing, _): "\"The [M] sat [M]\""
    case .categorical: "\"The kite sat of\""
    case .gaussian, .flow: "ε ~ N(0, I), then less and less of it"
    case .simplex: "\"The cat\" + noisy logits"
    }
  }

  /// Noisy vectors, and beside them the words that are known beforehand: two ways in that are laid behind each other.
  var noisyWays: [Piece] {
    var noisy: [Piece] = [.box(Box("noisy", .inputOutput, noisyInput ?? "noisy vectors"))]
    if let mixture { noisy.append(mixture) }
    let known: [Piece] = [.box(Box("ids", .inputOutput, "known words' ids  " + .muted("[B, S]")))] + embedding("")
    return [.fork(id: "ways", joins: true, [noisy, known])]
  }

  /// The mean of the words' embeddings under a noisy distribution (SSD-LM).
  private var mixture: Piece? {
    guard let denoiser = model.denoiser, let mixture = denoiser.mixture else { return nil }
    return .box(Box(
      "denoiser.mixture", .diffusion, "Mean of the words' embeddings", "\(grouped(mixture.shape[0])) × \(grouped(mixture.shape[1])) · + time",
      parameters: mixture.count + (denoiser.step?.parameterCount ?? 0)))
  }

  /// What the input is, where it is not token ids.
  var noisyInput: Text? {
    guard let denoiser = model.denoiser, !denoiser.process.isDiscrete else { return nil }
    if case .simplex = denoiser.process { return Text("noisy logits  ") + .muted("[B, T, \(grouped(model.embedding.vocabulary))]") }
    return Text("noisy embeddings  ") + .muted("[B, T, \(grouped(model.embedding.width))]")
  }

  /// From what comes in to what the body reads, bottom to top.
  func entering(_ prefix: String) -> [Piece] {
    guard let denoiser = model.denoiser else { return [] }
    var pieces: [Piece] = []
    for (index, projection) in denoiser.inward.enumerated() {
      pieces.append(
        leaf(projection, "\(prefix)denoiser.inward.\(index)", title: "Projection in", detail: "\(projection.inputs) → \(projection.outputs)", kind: .diffusion))
    }
    if let positions = denoiser.positions {
      pieces.append(
        .box(Box(
          "\(prefix)denoiser.positions", .embedding, "+ Position embedding", "\(grouped(positions.shape[0])) × \(grouped(positions.shape[1])) · learned",
          parameters: positions.count)))
    }
    // A source has no noise, and so no time.
    guard prefix != "encoder." else { return pieces }
    // Where it modulates the norms it does not enter the stream: it has an inset of its own.
    if let time = denoiser.time, !denoiser.modulates {
      var subtitle = groupedDigits(time.detail)
      if case .gaussian(_, _, perPosition: true) = denoiser.process { subtitle += " · of each token" }
      pieces.append(.box(Box("\(prefix)denoiser.time", .diffusion, "+ Time embedding", subtitle, parameters: time.parameterCount)))
    }
    if let norm = denoiser.norm { pieces.append(leaf(norm, "\(prefix)denoiser.norm")) }
    return pieces
  }

  /// From the body back to vectors.
  var leaving: [Piece] {
    (model.denoiser?.outward ?? []).enumerated().map { index, projection in
      leaf(projection, "denoiser.outward.\(index)", title: "Projection out", detail: "\(projection.inputs) → \(projection.outputs)", kind: .diffusion)
    }
  }

  /// The two halves of a layer whose norms the time shifts and scales.
  func pieces(_ layer: Modulated, path: String) -> [Piece] {
    func half(_ name: String, _ norm: any Block, _ body: any Block) -> Piece {
      var inner = leaf(norm, join(path, "\(name).norm"))
      if case .box(var box) = inner {
        box.subtitle = RecipeReader.modulated
        inner = .box(box)
      }
      return .residual(id: join(path, "\(name).residual"), [inner] + pieces(body, path: join(path, name)))
    }
    return [half("attention", layer.attentionNorm, layer.attention), half("feedForward", layer.feedForwardNorm, layer.feedForward)]
  }
}
