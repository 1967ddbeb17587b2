// The numbers of a model's figure: facts, shares, the ribbon and the recipe line, all counted from the tree.
import Blocks
import Tensors

/// Where the parameters below a part live, by role: each learned tensor once, under the first path that leads to it.
struct ParameterShares {
  private(set) var counts: [(role: Role, label: String, count: Int)] = []
  private var seen = Set<ObjectIdentifier>()
  /// What the recurrent mixers are called.
  private var recurrent: Set<String> = []

  init(_ part: any Part) { visit(part, role: .structure, name: "", times: 1) }

  private mutating func visit(_ part: any Part, role outer: Role, name: String, times: Int) {
    // What an expert is made of is the experts'; the shared one, which every token runs, is a feed-forward like any other.
    let role = part.role == .structure || (outer == .experts && name != "shared") ? outer : part.role
    if role == .stateSpace, outer != .stateSpace { recurrent.insert(short(part.title)) }
    for (own, parameter) in part.parameters where !parameter.isBuffer && seen.insert(ObjectIdentifier(parameter)).inserted {
      add(role, label(part, role, name: name, own: own), Cost.product(times, parameter.count))
    }
    for next in part.counted {
      let inside = part is Router || name == ParameterShares.router ? ParameterShares.router : next.child.name
      visit(next.child.part, role: role, name: inside, times: Cost.product(times, next.times))
    }
  }

  private func label(_ part: any Part, _ role: Role, name: String, own: String) -> String {
    switch role {
    case .embedding: own == "positions" || own == "blocks" || part is PositionTable ? "positions" : "embedding"
    case .head: part is Head ? "LM head" : "other heads"
    case .norm: "norms"
    case .attention: "attention"
    case .feedForward: "feed-forward"
    case .experts: name == ParameterShares.router || part is Router ? ParameterShares.router : "routed experts"
    case .stateSpace: "state space"
    case .diffusion: "diffusion"
    case .structure: "other"
    }
  }

  private mutating func add(_ role: Role, _ label: String, _ count: Int) {
    if let index = counts.firstIndex(where: { $0.label == label }) { counts[index].count = Cost.sum(counts[index].count, count) } else { counts.append((role, label, count)) }
  }

  /// What chooses the experts is none of them.
  private static let router = "routers"

  /// Recurrent mixers by their own name, where they have one: an LSTM is no state space.
  var shares: [Share] {
    counts.map { Share($0.role.figureKind, $0.role == .stateSpace && recurrent.count == 1 ? recurrent.first! : $0.label, $0.count) }
  }
}

extension RecipeReader {
  /// The bar: embedding first, norms and the small rest last.
  var shares: [Share] {
    var shares = ParameterShares(model).shares
    if model.head?.isTied == true, let index = shares.firstIndex(where: { $0.label == "embedding" }) { shares[index].label = "embedding = LM head" }
    if model.head?.isTied == true, let index = shares.firstIndex(where: { $0.label == "LM head" }) { shares[index].label = "head bias" }
    let experts = model.stacks.flatMap { $0.layers.layers }.flatMap { mainParts($0) }.compactMap { $0 as? Experts }
    if let index = shares.firstIndex(where: { $0.label == "routed experts" }), let first = experts.first, experts.allSatisfy({ $0.describesSame(as: first) }) {
      let (active, count) = RecipeReader.used(first)
      shares[index].note = "each token uses \(active) of \(grouped(count))"
    }
    if experts.contains(where: { $0.shared != nil }), let index = shares.firstIndex(where: { $0.kind == .feedForward }) {
      shares[index].label = shares[index].count > experts.reduce(0) { $0 + ($1.shared?.parameterCount ?? 0) } ? "dense + shared" : "shared experts"
    }
    let small = shares.filter { $0.kind == .norm || ["routers", "head bias", "other heads", "other"].contains($0.label) }
    return shares.filter { !small.contains($0) } + small
  }

  var facts: [Fact] {
    var facts = [Fact(rounded(model.parameterCount), "parameters", exact: model.parameterCount)]
    let idle = model.idleParameterCount
    if idle > 0 { facts.append(Fact(rounded(model.parameterCount - idle), "active per token", exact: model.parameterCount - idle)) }
    let layers = model.stacks.map(\.layers.layers.count)
    facts.append(Fact(layers.map(grouped).joined(separator: " + "), layers == [1] ? "layer" : "layers", exact: layers.reduce(0, +)))
    facts.append(Fact(grouped(model.width), "width", exact: model.width))
    if let context = model.context { facts.append(Fact(grouped(context), "context", exact: context)) }
    return facts + memoryFacts
  }

  /// Whether what was read is kept from one call to the next: an encoder reads once, and most denoisers read their whole canvas in every pass.
  var keepsText: Bool { model.family != .encoder && (model.family != .diffusion || model.denoiser?.process.isCached == true) }

  /// What one more token costs in memory as bfloat16, and what is kept at all times. Found by running the recipe for one
  /// token and looking at what it remembers.
  private var memoryFacts: [Fact] {
    guard keepsText else { return [Fact("no", "cache between tokens", exact: 0, isBytes: true)] }
    let run = Run()
    if model.encoder != nil { model.encode(Architecture.Input([[0]]), run) }
    _ = model.hidden(Architecture.Input([[0]]), run)
    var (growing, windowed, constant, window) = (0, 0, 0, 0), kept = "state"
    for slot in run.slots {
      switch slot.growth {
      case .everyToken: growing += 2 * slot.elementsPerPosition
      // The last tokens of a short convolution are full after a few tokens: part of what is kept at all times.
      case .ring(let size) where !slot.name.hasSuffix("keys") && !slot.name.hasSuffix("values"):
        constant += 2 * slot.elementsPerPosition * size
        kept = "state and windows"
      case .ring(let size):
        windowed += 2 * slot.elementsPerPosition
        window = max(window, size)
      case .once: break
      case .state: constant += 4 * slot.elementsPerPosition
      }
    }
    var facts: [Fact] = []
    let convolves = run.slots.contains { $0.growth == .everyToken && $0.name.contains(".inputs.") }
    if growing > 0 {
      let name = windowed > 0 ? "cache / token, all layers that see all" : convolves ? "kept inputs / token" : "KV cache / token"
      facts.append(Fact(binaryBytes(growing), name, exact: growing, isBytes: true))
    }
    if windowed > 0 { facts.append(Fact(binaryBytes(windowed), "KV cache / token, last \(grouped(window))", exact: windowed, isBytes: true)) }
    if constant > 0 { facts.append(Fact(binaryBytes(constant), kept, exact: constant, isBytes: true)) }
    return facts
  }

  var ribbon: Ribbon {
    let all = model.stacks.flatMap { $0.layers.layers }.map { layer -> Ribbon.Layer in
      let main = mainParts(layer)
      let mixers = main.filter { $0.role == .attention || $0.role == .stateSpace || $0.role == .diffusion }
      let feed = main.last { $0.role == .feedForward || $0.role == .experts }
      let names = mixers.map { mixerName($0) }.joined(separator: " and ")
      return Ribbon.Layer(
        mixers.first?.role.figureKind ?? .inactive, names.isEmpty ? "no mixer" : names, feed?.role.figureKind,
        feed.map { feedName($0) } ?? "", pale: mixers.contains { ($0 as? Attention)?.mask.reach != nil })
    }
    // Only a variant beside another is paler: where every layer has a window, the window is the rule.
    let mixed = Set(all.map(\.pale)).count > 1
    // Layers with the same names need not be the same.
    var forms: [(name: String, part: any Part)] = []
    let layers = zip(all, model.stacks.flatMap { $0.layers.layers }).map { layer, part in
      var layer = layer
      layer.pale = layer.pale && mixed
      let name = layer.name, own = forms.filter { $0.name == name }
      layer.form = own.firstIndex { $0.part.describesSame(as: part) } ?? own.count
      if layer.form == own.count { forms.append((name, part)) }
      if layer.form > 0 { layer.difference = RecipeReader.difference(own[0].part, part) }
      return layer
    }
    return Ribbon(layers, note: furtherNote)
  }

  /// Experts that a token runs, and all: of mixtures of mixtures those at the bottom.
  static func used(_ experts: Experts) -> (active: Int, count: Int) {
    let inner = (experts.experts.first as? Experts).map(used) ?? (1, 1)
    return (experts.router.routing.active * inner.0, experts.experts.count * inner.1)
  }

  /// What a part has other than another one of the same name, in a few words: "attention position RoPE, base 10000, YaRN by 4".
  static func difference(_ usual: any Part, _ other: any Part) -> String {
    func settings(_ part: any Part) -> [(name: String, value: String)] {
      var all: [(String, String)] = []
      part.walk { path, below in
        let place = path.split(separator: ".").last.map { "\($0) " } ?? ""
        all += below.settings.map { (place + $0.name, $0.value) }
      }
      return all
    }
    let (mine, theirs) = (settings(other), settings(usual))
    var words: [String] = []
    for (name, value) in mine where !theirs.contains(where: { $0 == (name, value) }) {
      let text = value == "true" ? name : value == "false" ? "no \(name)" : "\(name) \(value)"
      if !words.contains(text) { words.append(groupedDigits(text)) }
    }
    for (name, _) in theirs where !mine.contains(where: { $0.name == name }) && !words.contains("no \(name)") { words.append("no \(name)") }
    return words.count > 2 ? words.prefix(2).joined(separator: ", ") + ", …" : words.joined(separator: ", ")
  }

  /// Modules that predict further tokens stand beside the stream, not in it.
  private var furtherNote: String {
    let (modules, heads) = (model.predictions.count + model.predictionsLeftOut, model.parallelPredictions.count)
    if modules > 0 { return "(and \(modules == 1 ? "a module" : "\(modules) modules") of multi-token prediction, not shown)" }
    return heads > 0 ? "(and \(heads) further prediction \(heads == 1 ? "head" : "heads") on the trunk, not shown)" : ""
  }

  private func mixerName(_ part: any Part) -> String {
    guard let attention = part as? Attention, attention.source == .own, model.encoder != nil else { return short(part.title) }
    return attention.mask == .bidirectional ? "bidirectional attention" : "\(attention.mask.described) attention"
  }

  private func feedName(_ part: any Part) -> String {
    (part as? FeedForward).map { "\(activationName($0.activation.rawValue)) feed-forward" } ?? short(part.title)
  }

  /// "decoder-only · pre-norm · grouped-query attention · RoPE · SwiGLU".
  var recipeLine: String {
    var words = [familyName]
    func add(_ word: String) { if !words.contains(word) { words.append(word) } }
    var norms: [String] = []
    for layer in model.stacks.flatMap({ $0.layers.layers }) {
      layer.tally { part, _ in
        if let residual = part as? Residual, !norms.contains(residual.arrangement.described) { norms.append(residual.arrangement.described) }
        if part is Parallel, !norms.contains("parallel block") { norms.append("parallel block") }
      }
    }
    norms.forEach(add)
    let main = model.stacks.flatMap { $0.layers.layers }.flatMap { mainParts($0) }
    for part in main where part.role == .attention || part.role == .stateSpace || part.role == .diffusion {
      if (part as? Attention)?.source != .encoder { add(short(part.title)) }
    }
    for part in main {
      switch (part as? Attention)?.position {
      case .rotary(let rope): add(rope.isPlanar ? "two-dimensional RoPE" : "RoPE")
      case .relative: add("relative position bias")
      case .linear: add("ALiBi")
      default: break
      }
    }
    let hasTable = (model.encoder?.parts ?? []).contains { $0.part is PositionTable }
    if model.embedding.positions != nil || hasTable { add("learned positions") }
    if model.embedding.blocks != nil { add("two-dimensional positions") }
    if model.embedding.sinusoid != nil { add("sinusoidal positions") }
    for part in main where part.role == .feedForward || part.role == .experts { add((part as? FeedForward).map { activationName($0.activation.rawValue) } ?? short(part.title)) }
    if !model.predictions.isEmpty || !model.parallelPredictions.isEmpty || model.predictionsLeftOut > 0 { add("multi-token prediction") }
    return words.joined(separator: " · ")
  }

  private var familyName: String {
    switch model.family {
    case .encoder: "encoder-only"
    case .decoder, .mixture: "decoder-only"
    case .encoderDecoder: "encoder–decoder"
    case .prefix: "prefix decoder"
    case .recurrent: "recurrent"
    case .diffusion: diffusionName
    case .hybrid: "hybrid"
    }
  }
}
