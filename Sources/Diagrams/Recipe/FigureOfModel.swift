// From a recipe to a figure: walks the tree that runs, so that no number, name or arrow here can drift from it.
// It asks a part only what every part answers (role, title, detail, settings, parameters); insets are folded recordings (RecipeInsets, Folding).
// Longer than other files: it is one walk, and every step of it places boxes by where the one before ended.
import Blocks

extension Figure {
  /// The whole model.
  /// - Parameter title: as its people call it; nil: the name that the architecture gives itself.
  public init(model: Architecture, title: String? = nil) {
    let reader = RecipeReader(model)
    self.init(
      title: title ?? (model.name.isEmpty ? model.modelType : model.name), recipe: reader.recipeLine, facts: reader.facts,
      shares: reader.shares, ribbon: reader.ribbon, streams: reader.columns, insets: reader.insets, accent: reader.accent)
  }

  /// Layers, large, every part opened.
  /// - Parameter layer: number of a layer, those of an encoder first, or its path, `decoder.layers.0`; nil: the first of each kind.
  /// - Returns: nil if there is no such layer.
  public init?(blockOf model: Architecture, layer: String? = nil, title: String? = nil) {
    let reader = RecipeReader(model)
    let blocks = reader.blocks(layer)
    guard let first = blocks.first else { return nil }
    let name = title ?? (model.name.isEmpty ? model.modelType : model.name)
    let count = blocks.map(\.parameters).reduce(0, +)
    self.init(
      title: blocks.count == 1 ? "\(name) · \(first.path)" : "\(name) · one layer of each kind", recipe: reader.recipeLine,
      facts: [
        Fact(blocks.map { rounded($0.parameters) }.joined(separator: " + "), blocks.count == 1 ? "parameters in this layer" : "parameters in these layers", exact: count),
        Fact(grouped(model.width), "width", exact: model.width),
      ], shares: blocks.count == 1 ? first.shares : [], streams: blocks.map(\.column), insets: reader.insets(of: blocks.map(\.column)), accent: reader.accent)
  }
}

extension Role {
  /// The figure's kind of a recipe's role.
  var figureKind: Kind {
    switch self {
    case .embedding, .head: .embedding
    case .norm: .norm
    case .attention: .attention
    case .feedForward: .feedForward
    case .experts: .experts
    case .stateSpace: .stateSpace
    case .diffusion: .diffusion
    case .structure: .inactive
    }
  }
}

/// Reads one architecture. Keeps the part behind every box, for the insets.
final class RecipeReader {
  let model: Architecture
  private(set) var columns: [Column] = []
  /// The part behind each box's id.
  private(set) var parts: [String: any Part] = [:]
  /// Of a box that stands for a whole layer: its experts, beside the mixer.
  private(set) var furtherParts: [String: any Part] = [:]

  init(_ model: Architecture) {
    self.model = model
    columns = makeColumns()
  }

  // MARK: columns

  /// What comes out of a model without a head over the vocabulary: vectors, or what a layer of another purpose makes of them.
  private var ending: (word: String, shape: String) {
    guard model.encoder == nil else { return ("vectors", "[B, T, \(grouped(model.width))]") }
    switch model.extras.last?.part {
    // A pooler in front of it has made one vector of a text.
    case let last as Projection: return ("scores", model.extras.contains { $0.part is Pooler } ? "[B, \(grouped(last.outputs))]" : "[B, T, \(grouped(last.outputs))]")
    case let classifier as Classifier: return (classifier.classes == 1 ? "score" : "class scores", "[B, \(grouped(classifier.classes))]")
    case is Pooler where model.head != nil: return ("one vector a text", "[B, \(grouped(model.width))]")
    default: return ("vectors", "[B, T, \(grouped(model.width))]")
    }
  }

  /// What else the published class makes of the last vectors, beside the logits: a pooler, a classifier.
  private var furtherHeads: [Child] {
    model.head == nil ? [] : model.extras.filter { $0.part is Pooler || $0.part is Classifier || ($0.part is Projection && $0.part.role == .head) }
  }

  /// Both ways out, side by side.
  private func ends(_ output: [Piece]) -> [Piece] {
    let further = furtherHeads.flatMap { pieces($0.part, path: $0.name) } + [.box(Box("further", .inputOutput, Text(ending.word + "  ") + .muted(ending.shape)))]
    return [.fork(id: "ends", joins: false, [head() + output, further])]
  }

  private func makeColumns() -> [Column] {
    let vocabulary = grouped(model.embedding.vocabulary)
    let output: [Piece] =
      model.head == nil
      ? [.box(Box("output", .inputOutput, Text(ending.word + "  ") + .muted(ending.shape)))]
      : [.box(Box("logits", .inputOutput, "logits  " + .muted("[B, T, \(vocabulary)]")))]
    let sample = model.family == .encoder && !readsLetters ? "\"The [MASK] sat on\"" : model.family == .diffusion ? noisySample : "\"The cat sat on\""
    guard let encoder = model.encoder else {
      let inner = pieces(model.body, path: "") + leaving
      let isNoisy = model.denoiser?.process.isDiscrete == false
      let input: [Piece] = isNoisy ? [] : [ids("", "[B, T]")]
      var body = (isNoisy ? noisyWays : embedding("")) + entering("") + inner
      if model.head == nil { body += model.extras.flatMap { pieces($0.part, path: $0.name) } }
      if !furtherHeads.isEmpty { return [Column(sample: sample, input: input, body: body + ends(output))] }
      return [Column(sample: sample, input: input, body: body + head(), output: output, loop: loop(from: inner))]
    }
    let inner = pieces(model.body, path: "decoder") + leaving
    return [
      Column(
        name: "encoder", sample: "\"translate: The cat\"", input: [ids("encoder.", "[B, S]")],
        body: embedding("encoder.") + entering("encoder.") + pieces(encoder, path: "encoder")),
      Column(
        name: "decoder", sample: model.family == .diffusion ? noisySample : "\"Die Katze\"", input: [ids("decoder.", "[B, T]")],
        body: (model.denoiser?.process.isDiscrete == false ? [] : embedding("decoder.")) + entering("decoder.") + inner + head(), output: output,
        loop: loop(from: inner)),
    ]
  }

  /// Whether words are made of their letters (ELMo): its tokens are letters, and there is no [MASK] among them.
  private var readsLetters: Bool {
    var reads = false
    model.tally { part, _ in reads = reads || part is CharacterConvolution }
    return reads
  }

  private func ids(_ prefix: String, _ shape: String) -> Piece {
    if prefix != "encoder.", let noisyInput { return .box(Box("\(prefix)ids", .inputOutput, noisyInput)) }
    let segments = model.embedding.segments == nil ? "" : ", segments"
    return .box(Box("\(prefix)ids", .inputOutput, Text("\(readsLetters ? "letters of words" : "token ids")\(segments)  ") + .muted(shape)))
  }

  func embedding(_ prefix: String) -> [Piece] {
    let table = model.embedding
    let shared = prefix.isEmpty ? "" : " · shared"
    func rows(_ parameter: Parameter) -> String {
      "\(grouped(parameter.count / max(table.width, 1))) × \(grouped(table.width))"
    }
    var pieces: [Piece] = [
      .box(Box("\(prefix)embedding", .embedding, readsLetters ? "Letter embedding" : "Token embedding", rows(table.tokens) + shared, keys: tooltip(table), parameters: table.tokens.count))
    ]
    if table.scale != 1 {
      guard case .box(var box) = pieces[0] else { return pieces }
      box.subtitle += " · × \(decimal(Double(table.scale), places: 2))"
      pieces[0] = .box(box)
    }
    if let sinusoid = table.sinusoid {
      pieces.append(.box(Box("\(prefix)embedding.sinusoid", .embedding, "+ Sine and cosine of the position", "computed, not learned", keys: "base = \(sinusoid.base)", parameters: 0)))
    }
    if let positions = table.positions {
      pieces.append(.box(Box("\(prefix)embedding.positions", .embedding, "+ Position embedding", rows(positions) + " · learned", keys: tooltip(table), parameters: positions.count)))
    }
    if let blocks = table.blocks {
      pieces.append(.box(Box("\(prefix)embedding.blocks", .embedding, "+ Place in the blank", rows(blocks) + " · learned", keys: tooltip(table), parameters: blocks.count)))
    }
    if let segments = table.segments {
      pieces.append(.box(Box("\(prefix)embedding.segments", .embedding, "+ Segment embedding", rows(segments), keys: tooltip(table), parameters: segments.count)))
    }
    if let norm = table.norm { pieces.append(leaf(norm, "\(prefix)embedding.norm")) }
    if let projection = table.projection { pieces.append(leaf(projection, "\(prefix)embedding.projection", title: "Projection")) }
    return pieces
  }

  private func head() -> [Piece] {
    guard let head = model.head else { return [] }
    var pieces: [Piece] = []
    if let transform = head.transform {
      let activation = head.activation.map { " · \(activationName($0.rawValue))" } ?? ""
      pieces.append(leaf(transform, "head.transform", title: "Head transform", detail: "\(grouped(transform.inputs)) → \(grouped(transform.outputs))\(activation)", kind: .embedding))
    }
    if let norm = head.norm { pieces.append(leaf(norm, "head.norm")) }
    var detail = groupedDigits(head.detail)
    if head.isTied { detail += " to the embedding" }
    if head.scale != 1 { detail += " · × \(decimal(Double(head.scale), places: 3))" }
    pieces.append(.box(Box("head", .embedding, Text(head.title), detail, keys: tooltip(head), parameters: head.isTied ? 0 : head.weight.count)))
    return pieces
  }

  // MARK: pieces

  /// The pieces of a part, bottom to top.
  func pieces(_ part: any Part, path: String) -> [Piece] {
    switch part {
    case let chain as Chain: return chain.parts.flatMap { pieces($0.part, path: join(path, $0.name)) }
    case let stack as Repeat: return fold(stack, path: join(path, stack.name))
    case let residual as Residual: return pieces(residual, path: join(path, residual.name))
    case let shortcut as Shortcut:
      let inner = join(path, shortcut.name)
      let squash: [Piece] = shortcut.isSquashed ? [.box(Box("\(inner).squash", .inactive, Text("σ")))] : []
      return [.residual(id: inner + ".residual", pieces(shortcut.body, path: inner) + squash)]
    case let parallel as Parallel:
      let branches = parallel.branches.map { pieces($0.part, path: join(path, $0.name)) }
      return [
        .residual(
          id: join(path, "residual"),
          [leaf(parallel.norm, join(path, "norm")), .parallel(id: join(path, "branches"), branches)])
      ]
    case let layer as Modulated: return pieces(layer, path: path)
    default: return [leaf(part, path)]
    }
  }

  private func pieces(_ residual: Residual, path: String) -> [Piece] {
    let norm = leaf(residual.norm, path + ".norm")
    let body = pieces(residual.body, path: path)
    switch residual.arrangement {
    case .preNorm: return [.residual(id: path + ".residual", [norm] + body)]
    case .postNorm: return [.residual(id: path + ".residual", body), norm]
    case .sandwich:
      return [.residual(id: path + ".residual", [norm] + body + (residual.after.map { [leaf($0, path + ".normAfter")] } ?? []))]
    case .deepNorm: return [norm, .residual(id: path + ".residual", body)]
    }
  }

  /// Runs of layers that say the same become one group; a repeating pattern becomes a group of groups.
  private func fold(_ stack: Repeat, path: String) -> [Piece] {
    let layers = stack.layers
    var types: [Int] = []
    var first: [Int] = []
    for (index, layer) in layers.enumerated() {
      if let type = first.firstIndex(where: { layers[$0].describesSame(as: layer) }) {
        types.append(type)
      } else {
        types.append(first.count)
        first.append(index)
      }
    }
    func runs(_ range: Range<Int>) -> [(start: Int, count: Int)] {
      range.reduce(into: []) { runs, index in
        if let last = runs.last, types[last.start] == types[index] { runs[runs.count - 1].count += 1 } else { runs.append((index, 1)) }
      }
    }
    func group(_ run: (start: Int, count: Int)) -> Piece {
      let layer = layers[run.start]
      let sets = Set(layers[run.start..<(run.start + run.count)].compactMap { $0.allParameters.first.map { ObjectIdentifier($0.parameter) } }).count
      let sharing = sets == 0 || sets == run.count ? "" : sets == 1 ? "one set of parameters" : "\(sets) sets of parameters"
      let name = first.count == 1 ? sharing : run.count == 1 ? "layer \(run.start)" : "layers \(run.start)–\(run.start + run.count - 1)"
      return .group(
        Group(
          "\(path).\(run.start)", name, repeats: run.count, kind: groundKind(layer),
          keys: stack.keys.isEmpty ? "\(layers.count) layers" : "\(stack.keys) = \(layers.count)", pieces(layer, path: "\(path).\(run.start)")))
    }
    let all = runs(0..<layers.count)
    if all.count <= 3 { return all.map(group) }
    if let period = (2...max(2, layers.count / 2)).first(where: { period in types.indices.allSatisfy { types[$0] == types[$0 % period] } }),
      layers.count % period == 0
    {
      let inside = runs(0..<period)
      let body = inside.count <= 2 ? inside.map(group) : (0..<period).map { brief(layers[$0], path: "\(path).\($0)") }
      return [
        .group(
          Group("\(path).pattern", "a pattern of \(period) layers", repeats: layers.count / period, kind: groundKind(layers[0]), keys: stack.keys, body))
      ]
    }
    return all.count <= 8
      ? all.map(group)
      : first.indices.map { type in
        let layer = layers[first[type]]
        return .group(
          Group(
            "\(path).\(first[type])", "in the ribbon's order", repeats: types.count { $0 == type }, kind: groundKind(layer), keys: stack.keys,
            pieces(layer, path: "\(path).\(first[type])")))
      }
  }

  /// One line for a layer of a long pattern: its mixer and its feed-forward side by side in words, drawn as one box.
  private func brief(_ layer: any Part, path: String) -> Piece {
    let names = mainParts(layer)
    let title = names.map { short($0.title) }.joined(separator: " + ")
    let id = "\(path).brief"
    if let mixer = names.first { parts[id] = mixer }
    if let feed = names.last, feed.role == .experts { furtherParts[id] = feed }
    return .box(Box(id, names.first?.role.figureKind ?? .inactive, Text(capitalised(title)), names.last.map { $0.role == .experts ? groupedDigits($0.detail) : "" } ?? "", keys: path, parameters: layer.parameterCount))
  }

  func leaf(_ part: any Part, _ path: String, title: String? = nil, detail: String? = nil, kind: Kind? = nil) -> Piece {
    parts[path] = part
    let isFinalNorm = part.role == .norm && (path == "norm" || path.hasSuffix("coder.norm"))
    var name = title ?? part.title
    if isFinalNorm { name = "Final \(name)" }
    if let feed = part as? FeedForward { name = "\(activationName(feed.activation.rawValue)) feed-forward" }
    var box = Box(
      path, kind ?? part.role.figureKind, Text(name), part.role == .norm ? "" : subtitle(part, detail), keys: tooltip(part),
      parameters: part.parameterCount)
    box.settings = settings(part)
    if let attention = part as? Attention, attention.source == .encoder { box.reads = encoderOutput }
    return .box(box)
  }

  private func subtitle(_ part: any Part, _ detail: String?) -> String {
    if let feed = part as? FeedForward { return "hidden width \(grouped(feed.hidden))" }
    let text = groupedDigits(detail ?? part.detail)
    guard let attention = part as? Attention else { return text }
    if attention.source == .encoder { return "\(text) · sees the encoder" }
    if let reach = attention.mask.reach { return "\(text) · last \(grouped(reach))" }
    if model.encoder != nil || model.family != .decoder { return "\(text) · \(attention.mask == .bidirectional ? "all see all" : attention.mask.described)" }
    return text
  }

  /// The id of the encoder's last box: what cross-attention reads.
  private var encoderOutput: String? {
    model.encoder.flatMap { pieces($0, path: "encoder").flatMap(\.boxes).last?.id }
  }

  // MARK: what the parts say

  /// Of a part and of those inside of it, such as the norm of an attention's queries; of experts that say the same once, as `experts.*`.
  private func settings(_ part: any Part) -> [PartSetting] {
    var result: [PartSetting] = []
    func visit(_ part: any Part, _ path: String) {
      result += part.settings.map { PartSetting(name: path.isEmpty ? $0.name : "\(path) \($0.name)", value: $0.value) }
      var first: [String: any Part] = [:]
      for child in part.parts {
        var steps = child.name.split(separator: ".").map(String.init)
        if let last = steps.last, Int(last) != nil, steps.count > 1 {
          steps[steps.count - 1] = "*"
          let name = steps.joined(separator: ".")
          if let known = first[name], known.describesSame(as: child.part) { continue }
          if first[name] == nil { first[name] = child.part } else { steps[steps.count - 1] = last }
        }
        visit(child.part, join(path, steps.joined(separator: ".")))
      }
    }
    visit(part, "")
    return result
  }

  /// "num_attention_heads, head_dim: heads = 32, groups = 8".
  private func tooltip(_ part: any Part) -> String {
    let sizes = part.settings.map { "\($0.name) = \($0.value)" }.joined(separator: ", ")
    return part.keys.isEmpty ? sizes : sizes.isEmpty ? part.keys : "\(part.keys): \(sizes)"
  }

  /// The mixers and feed-forwards of a layer, in order.
  func mainParts(_ layer: any Part) -> [any Part] {
    var result: [any Part] = []
    func visit(_ part: any Part) {
      switch part.role {
      case .attention, .stateSpace, .feedForward, .experts: result.append(part)
      // What the time scales norms by is no mixer.
      case .diffusion: if !(part is Projection) { result.append(part) }
      case .structure: part.parts.forEach { visit($0.part) }
      case .norm, .embedding, .head: break
      }
    }
    visit(layer)
    return result
  }

  private func groundKind(_ layer: any Part) -> Kind {
    let roles = mainParts(layer).map(\.role)
    if roles.contains(.experts) { return .experts }
    if roles.contains(.stateSpace) { return .stateSpace }
    let hasAttention = roles.contains(.attention)
    return hasAttention ? .attention : .feedForward
  }

  var accent: Kind {
    let roles = model.stacks.flatMap { $0.layers.layers }.flatMap { mainParts($0) }.map(\.role)
    if model.family == .diffusion { return .diffusion }
    if roles.contains(.experts) { return .experts }
    return roles.contains(.stateSpace) && !roles.contains(.attention) ? .stateSpace : .attention
  }

  func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : "\(path).\(name)"
  }
}
