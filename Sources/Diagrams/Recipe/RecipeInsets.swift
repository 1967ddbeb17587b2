// Layers of a recipe as columns of their own, and the insets that open the boxes.
import Blocks

extension RecipeReader {
  /// Layers as columns of their own.
  /// - Parameter layer: a layer's number or path; nil: the first of each kind.
  func blocks(_ layer: String?) -> [(path: String, column: Column, parameters: Int, shares: [Share])] {
    RecipeReader.layers(of: model, layer).map { path, layer in
      // Where nothing is added to what comes in, there is no residual stream.
      var adds = false
      layer.tally { part, _ in adds = adds || part is Residual || part is Parallel }
      let stream = adds ? "residual stream  " : "vectors  "
      let shape = Text.muted("[B, T, \(grouped(model.width))]")
      let column = Column(
        name: path, input: [.box(Box("\(path).input", .inputOutput, Text(stream) + shape))], body: pieces(layer, path: path),
        output: [.box(Box("\(path).output", .inputOutput, Text(stream) + shape))])
      return (path, column, layer.parameterCount, ParameterShares(layer).shares)
    }
  }

  /// The layers that a name means: one by its number (an encoder's count first) or its path, or, without a name, the first of each kind.
  static func layers(of model: Architecture, _ name: String?) -> [(path: String, layer: any Block)] {
    let all = model.stacks.flatMap { stack in
      stack.layers.layers.enumerated().map { (path: [stack.name, stack.layers.name, "\($0.offset)"].filter { !$0.isEmpty }.joined(separator: "."), layer: $0.element) }
    }
    if let name { return all.enumerated().filter { Int(name) == $0.offset || name == $0.element.path }.map(\.element) }
    return all.reduce(into: []) { kinds, layer in
      if !kinds.contains(where: { $0.layer.describesSame(as: layer.layer) }) { kinds.append(layer) }
    }
  }

  var insets: [Inset] { insets(of: columns) + timeInset }

  /// How the time reaches the norms, where it modulates them and is not added to the stream.
  private var timeInset: [Inset] {
    guard let denoiser = model.denoiser, denoiser.modulates, let time = denoiser.time else { return [] }
    var first: (path: String, modulation: Projection)?
    model.walk { path, part in if first == nil, let layer = part as? Modulated { first = (path, layer.modulation) } }
    let route = TimeRoute(time: time, modulation: first?.modulation)
    guard let recording = PartRecording(timeOf: denoiser, modulation: first?.modulation) else { return [] }
    let folded = FoldedRecording(RecordedGraph(recording, of: route), route)
    let boxes = columns.flatMap(\.boxes).filter { $0.subtitle == RecipeReader.modulated }.map(\.id)
    return [
      Inset("inside-time", "The time, to the norms of a layer", of: boxes, .diffusion, parameters: route.parameterCount, flow: FoldedFlow.flow(folded))
    ]
  }

  static let modulated = "scaled and shifted by the time"

  /// What is inside the columns' boxes: one inset for each thing that has an inside, the last column's first to speak.
  func insets(of columns: [Column]) -> [Inset] {
    var result: [Inset] = []
    let opening = columns.flatMap(\.boxes).flatMap { box in [parts[box.id], furtherParts[box.id]].compactMap { $0 }.map { (box: box, part: $0) } }
    for (box, part) in opening {
      guard let opened = open(part, at: box.id) else { continue }
      let isFurther = part.role == .experts && furtherParts[box.id] != nil
      let inset = Inset((isFurther ? "inside-experts-" : "inside-") + box.id, opened.title, of: [box.id], part.role.figureKind, parameters: part.parameterCount, flow: opened.flow)
      if let known = result.firstIndex(where: { $0.title == inset.title }) {
        if result[known].flow == inset.flow || columns.count > 1 {
          result[known].boxes.insert(box.id, at: columns.count > 1 ? 0 : result[known].boxes.count)
          if columns.count > 1 { (result[known].flow, result[known].parameters) = (inset.flow, inset.parameters) }
          continue
        }
        if result.contains(where: { $0.flow == inset.flow }) { continue }
      }
      result.append(inset)
    }
    // Bottom to top, as their boxes stand in the column that they are joined to.
    let order = columns.reversed().flatMap { $0.boxes.map(\.id) }
    return result.sorted { (order.firstIndex(of: $0.boxes[0]) ?? 0) < (order.firstIndex(of: $1.boxes[0]) ?? 0) }
  }

  /// What is inside a part: its recording, folded. nil: it has no inside worth showing.
  private func open(_ part: any Part, at path: String) -> (title: String, flow: Flow)? {
    guard [.attention, .feedForward, .experts, .stateSpace, .diffusion].contains(part.role), !part.parts.isEmpty, let block = part as? any Block else { return nil }
    let folded = FoldedRecording(block, width: model.width, keeps: keepsText && !path.hasPrefix("encoder."))
    return (insideTitle(part), FoldedFlow.flow(folded))
  }

  private func insideTitle(_ part: any Part) -> String {
    switch part {
    case let scaled as Scaled: insideTitle(scaled.block)
    case let attention as Attention:
      attention.isGated ? "Inside gated attention" : attention.source == .encoder ? "Inside cross-attention" : attention.mask.reach == nil ? "Inside attention" : "Inside window attention"
    case is FeedForward, is GatedFeedForward, is ClampedFeedForward: "Inside the feed-forward"
    case is Experts: "Inside the mixture of experts"
    case let latent as LatentAttention: latent.indexer == nil ? "Inside latent attention" : "Inside sparse latent attention"
    default: "Inside \(short(part.title))"
    }
  }
}

/// The parts on a time's way to the norms of one layer.
struct TimeRoute: Part {
  let time: TimeEmbedding
  let modulation: Projection?
  var keys = ""
  var role: Role { .diffusion }
  var parts: [Child] { time.parts + (modulation.map { [Child("modulation", $0)] } ?? []) }
}
