// One form for each recipe: what means the same is written the same, so that recipes can be compared, saved and printed as they are.

extension Recipe {
  /// The same call as it is kept: arguments in the order of the builder's parameters, defaults left out, words that stand for calls written as
  /// calls, equal neighbours of a pattern folded. What no builder knows stays as it is, for the check to tell.
  public var canonical: Recipe {
    guard let builder = Builder.named(builder) else { return self }
    var known: [Argument] = []
    for parameter in builder.parameters {
      guard let given = self[parameter.name] else { continue }
      let value = given.canonical(as: parameter.type)
      if let initial = parameter.initial, initial.canonical(as: parameter.type) == value { continue }
      known.append(Argument(parameter.name, value))
    }
    let unknown = arguments.filter { argument in !builder.parameters.contains { $0.name == argument.name } }
    let ordered = Recipe(builder.name, known + unknown)
    return builder.makes == .layers ? ordered.folded : ordered.levelled
  }

  // MARK: patterns

  /// The layers of a pattern one by one, patterns inside of it and repetitions written out.
  public var layersOfPattern: [Value] {
    guard builder == "pattern", case .list(let items) = self["layers"] else { return [.call(self)] }
    let once = items.flatMap { item -> [Value] in
      if case .call(let call) = item, call.builder == "pattern" { return call.layersOfPattern }
      return [item]
    }
    guard case .integer(let times) = self["repeat"], times > 1, once.count * times <= 10_000 else { return once }
    return (0..<times).flatMap { _ in once }
  }

  /// The pattern of layers: its shortest period first, then runs of equal neighbours.
  public static func pattern(_ layers: [Value]) -> Recipe {
    let period = (1...max(1, layers.count)).first { step in
      layers.count % step == 0 && layers.indices.dropFirst(step).allSatisfy { layers[$0] == layers[$0 - step] }
    } ?? layers.count
    let once = Array(layers.prefix(period)), times = period == 0 ? 1 : layers.count / period
    var runs: [(layer: Value, count: Int)] = []
    for layer in once {
      if let last = runs.last, last.layer == layer { runs[runs.count - 1].count += 1 } else { runs.append((layer, 1)) }
    }
    func made(_ items: [Value], _ times: Int) -> Recipe {
      Recipe("pattern", [Argument("layers", .list(items))] + (times > 1 ? [Argument("repeat", .integer(times))] : []))
    }
    return made(runs.map { $0.count > 1 ? .call(made([$0.layer], $0.count)) : $0.layer }, times)
  }

  private var folded: Recipe {
    let layers = layersOfPattern
    return layers.isEmpty || layers.count > 10_000 || arguments.contains { $0.name != "layers" && $0.name != "repeat" } ? self : Recipe.pattern(layers)
  }

  /// A stack whose layers are all alike says how many there are, and what they are made of.
  private var levelled: Recipe {
    guard case .call(let pattern) = self["layers"], pattern.builder == "pattern", case .list(let items) = pattern["layers"], items.count == 1,
      case .call(let only) = items[0], only.builder != "pattern"
    else { return self }
    var count = 1
    if case .integer(let times) = pattern["repeat"] { count = times }
    var mixer = only, feedForward: Value?
    if only.builder == "layer" {
      guard case .call(let inner) = only["mixer"], only.arguments.allSatisfy({ $0.name == "mixer" || $0.name == "feedForward" }) else { return self }
      (mixer, feedForward) = (inner, only["feedForward"])
    }
    let builder = Builder.named(builder)
    guard builder?.parameters.contains(where: { $0.name == "attention" }) == true, Builder.named(mixer.builder)?.makes == .mixer else { return self }
    var copy = self
    copy["layers"] = .integer(count)
    copy["attention"] = .call(mixer)
    if let feedForward { copy["feedForward"] = feedForward }
    let order = (builder?.parameters ?? []).map(\.name)
    copy.arguments.sort { (order.firstIndex(of: $0.name) ?? .max) < (order.firstIndex(of: $1.name) ?? .max) }
    return copy
  }
}

extension Recipe.Value {
  /// The value as a parameter of this type keeps it.
  func canonical(as type: ArgumentType) -> Recipe.Value {
    switch (type, self) {
    case (.integer, .number(let x)): Int(exactly: x).map { .integer($0) } ?? self
    case (.number, .integer(let n)): .number(Double(n))
    case (.made, .text(let name)): .call(Recipe(name).canonical)
    case (.made, .call(let call)): .call(call.canonical)
    case (.list(let element), .list(let items)): .list(items.map { $0.canonical(as: element) })
    case (.either(let types), _): (types.first { $0.fits(self) } ?? types.first { $0.admits(self) }).map { canonical(as: $0) } ?? self
    default: self
    }
  }
}
