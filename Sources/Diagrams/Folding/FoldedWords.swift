// What the nodes of a folded recording say: a child by its name and sizes, arithmetic by its formula, a memory by what it holds. Every word is
// read off operations, shapes and names.
import Blocks
import Tensors

extension Substring {
  /// What stands before the first of these words; all of it without them.
  fileprivate func components(before words: String) -> String {
    firstRange(of: words).map { String(self[..<$0.lowerBound]) } ?? String(self)
  }
}

extension FoldedRecording {
  func node(_ index: Int) -> Node {
    let group = groups[index]
    let operations = group.members.map { graph.operations[$0] }
    let inputs = operations.flatMap(\.inputs)
    var node = Node(id: "", role: group.role)
    // A child's own parameters are all that stand below it.
    node.parameters = parameters(of: inputs.filter { isOutside($0, group) || isFixedLeaf($0) })
    node.constants = constants(of: inputs) + operations.compactMap { epsilon(of: $0) } + operations.compactMap { ($0.primitive as? TopK).map { Float($0.count) } }
    node.keys = group.child?.part.keys ?? ""
    if node.keys.isEmpty { node.keys = part.keys }
    let own = group.child?.part.role.figureKind
    node.kind = own == .inactive || own == part.role.figureKind ? nil : own
    switch group.role {
    case .projection:
      let name = group.child?.path ?? ""
      node.id = name.isEmpty ? "projection" : name
      node.title = Text(name.isEmpty ? group.child?.part.title ?? "linear" : spoken(name))
      node.subtitle = projectionSize(group.members[0])
    case .norm:
      node.id = group.child.map { $0.path.isEmpty ? "norm" : $0.path } ?? "norm.\(group.members[0])"
      node.title = Text(operations[0].primitive is RMSNormalise ? "RMSNorm" : "LayerNorm")
      node.kind = .norm
      if operations[0].shapes[0].count > 3 { node.subtitle = "of each head" }
      if node.parameters.isEmpty { node.subtitle += (node.subtitle.isEmpty ? "" : ", ") + "no gain" }
    case .child: describeChild(&node, group, operations)
    case .attention: describeAttention(&node, group)
    case .recurrence: describeRecurrence(&node, operations[operations.count - 1], group.members[group.members.count - 1])
    case .sum:
      (node.id, node.title) = ("sum", "Σ")
    case .arithmetic: describeArithmetic(&node, group)
    case .input, .given, .memory: break
    }
    if node.id.isEmpty { node.id = "o\(group.members.last ?? 0)" }
    var told = node.keys.isEmpty ? [] : [node.keys]
    if !node.parameters.isEmpty { told.append("parameters: " + node.parameters.prefix(12).joined(separator: ", ")) }
    if !node.constants.isEmpty { told.append("constants: " + node.constants.map(exactly).joined(separator: ", ")) }
    told += operations.compactMap { ($0.primitive as? Rotate)?.angles }.prefix(1)
    node.keys = told.joined(separator: "; ")
    return node
  }

  private func isOutside(_ source: Source, _ group: Group) -> Bool {
    if case .operation(let index, _) = source { return !group.members.contains(index) }
    return true
  }

  private func isFixedLeaf(_ source: Source) -> Bool {
    if case .operation(let index, _) = source { return isFixed[index] }
    return true
  }

  private func epsilon(of operation: RecordedGraph.Operation) -> Float? {
    (operation.primitive as? RMSNormalise)?.epsilon ?? (operation.primitive as? LayerNormalise)?.epsilon
  }

  // MARK: projections

  /// "→ 32 × 128" where what comes out is cut into heads, "4,096 → 512 + 64" where it is cut into pieces, else "4,096 → 14,336".
  func projectionSize(_ index: Int) -> String {
    let operation = graph.operations[index]
    let from = operation.inputShapes[0].last ?? 0, to = operation.shapes[0].last ?? 0
    func pieces(_ index: Int) -> [Int] {
      let slices = graph.operations.indices.filter { graph.operations[$0].inputs.first == .operation(index, output: 0) }
        .compactMap { at in (graph.operations[at].primitive as? Slice).map { ($0.axis, $0.start, $0.end, graph.operations[at].inputShapes[0].count) } }
        .filter { $0.0 == $0.3 - 1 }
      let distinct = slices.sorted { $0.1 < $1.1 }.map { $0.2 - $0.1 }
      return distinct.count > 1 ? distinct : []
    }
    func sum(_ sizes: [Int]) -> String { sizes.map(grouped).joined(separator: " + ") }
    let own = pieces(index)
    if !own.isEmpty { return "\(grouped(from)) → \(sum(own))" }
    let views = graph.operations.indices.filter { graph.operations[$0].inputs.first == .operation(index, output: 0) && graph.operations[$0].primitive is Reshape }
    if let view = views.first, let shape = graph.operations[view].shapes.first, shape.count == operation.shapes[0].count + 1 {
      let (heads, width) = (shape[shape.count - 2], shape[shape.count - 1])
      let cut = pieces(view)
      return cut.isEmpty ? "→ \(grouped(heads)) × \(grouped(width))" : "→ \(grouped(heads)) × (\(sum(cut)))"
    }
    return "\(grouped(from)) → \(grouped(to))"
  }

  // MARK: children

  private func describeChild(_ node: inout Node, _ group: Group, _ operations: [RecordedGraph.Operation]) {
    let path = group.child?.path ?? operations[0].part
    node.id = path
    node.title = Text(spoken(path))
    let linears = operations.filter { $0.primitive is Linear }
    var widths: [Int] = [], from: Source?
    for linear in linears {
      if widths.isEmpty { widths.append(linear.inputShapes[0].last ?? 0) }
      // Gate and up read the same.
      if linear.inputs[0] != from, let out = linear.shapes[0].last { widths.append(out) }
      from = linear.inputs[0]
    }
    let chain = widths.map(grouped).joined(separator: " → ")
    if path.hasPrefix("experts."), let chosen = graph.choices.first?.chosen, case .operation(let choice, _) = chosen {
      let count = children.count { $0.path.hasPrefix("experts.") }, active = graph.operations[choice].shapes[0].last ?? 1
      let groups = (part as? Experts ?? (part as? Scaled)?.block as? Experts)?.router.routing.groups
      node.experts = (count, active, groups?.count ?? 1, groups?.chosen ?? 1)
      let fixed = constants(of: operations.flatMap(\.inputs)).map(briefly)
      // What an expert does between its matrices is said once: SiLU, GELU.
      let functions = operations.compactMap { ($0.primitive as? Unary)?.function }.map { activationName($0.rawValue) }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      let each = operations.contains { $0.primitive is TopK } ? words(of: operations) : chain + (functions.isEmpty ? "" : " · \(functions.joined(separator: ", "))") + (fixed.isEmpty ? "" : " with \(fixed.joined(separator: ", "))")
      (node.id, node.kind) = ("experts", nil)
      node.title = Text("\(grouped(count)) routed experts, \(grouped(active)) lit · each \(each)")
    } else if linears.count > 1, !operations.contains(where: { $0.primitive is TopK || $0.primitive is Contract }) {
      node.subtitle = chain
    } else {
      node.subtitle = words(of: operations)
    }
  }

  /// The operations in the order in which they run, as words.
  func words(of operations: [RecordedGraph.Operation]) -> String {
    var result: [String] = []
    for operation in operations where !operation.isView {
      let data = bases(operation.inputs).count
      let learned = parameters(of: operation.inputs).map { String($0.split(separator: ".").last ?? "") }
      switch operation.primitive {
      case is Linear: result.append("\(grouped(operation.inputShapes[0].last ?? 0)) → \(grouped(operation.shapes[0].last ?? 0))")
      case is DepthwiseConvolution: result.append("\(operation.inputShapes[1].last ?? 0) taps a channel")
      case let choice as TopK: 
        let all = operation.inputShapes[0].last ?? 0
        // Keys that are chosen are as many as the text is long.
        result.append(all == choice.count + 1 && operations.contains { $0.primitive is Contract } ? "top \(grouped(choice.count)) keys" : "top \(grouped(choice.count)) of \(grouped(all))")
      case let binary as Binary where data < 2:
        let fixed = learned + constants(of: operation.inputs).map(briefly)
        guard !fixed.isEmpty else { continue }
        let sign = [Binary.Function.add: "+", .subtract: "−", .multiply: "×", .divide: "÷", .maximum: "at least", .minimum: "at most"][binary.function] ?? binary.name
        result.append("\(sign) \(fixed.joined(separator: ", "))")
      case let binary as Binary where binary.function == .divide:
        if result.last?.hasPrefix("+ ") == true { result.removeLast() }
        if result.last == "Σ" { result.removeLast() }
        result.append("÷ Σ")
      case let reduce as Reduce: result.append(reduce.function == .sum ? "Σ" : reduce.name)
      case is Binary, is Pick, is KeepPlaces, is AddRows: continue
      case let unary as Unary: result.append(activationName(unary.function.rawValue))
      case is RMSNormalise: result.append("RMSNorm")
      case is LayerNormalise: result.append("LayerNorm")
      case is Rotate: result.append("RoPE")
      default: result.append(operation.primitive.name)
      }
    }
    // Of a child that does much, what it decides.
    let few = result.filter { !$0.contains("→") && !["RoPE", "LayerNorm", "RMSNorm", "contract"].contains($0) }
    return (result.count > 8 && operations.contains { $0.primitive is Contract } ? few : result).joined(separator: " · ")
  }

  // MARK: attention

  private func describeAttention(_ node: inout Node, _ group: Group) {
    node.id = "softmax"
    var divided: Text = "", added: [String] = [], hasSink = false
    let members = group.members
    for index in members {
      let operation = graph.operations[index]
      guard let binary = operation.primitive as? Binary else {
        if operation.primitive is Concatenate, isScores(index) { hasSink = true }
        continue
      }
      if binary.function == .multiply, let factor = constants(of: operation.inputs).first {
        let width = Float(members.compactMap { graph.operations[$0].primitive is Contract ? graph.operations[$0].inputShapes[0].last : nil }.first ?? 1)
        let plain = 1 / width.squareRoot()
        divided = abs(factor - plain) < 2e-6 * plain ? Text(" / √\(Int(width))") : factor < 1 ? Text(" / \(significant(Double(1 / factor)))") : Text(" × \(significant4(factor))")
      } else if binary.function == .add {
        for source in operation.inputs { added += terms(source) }
      }
    }
    node.title = Text("softmax( ") + .italic("Q K") + .raised("⊤") + divided + Text(added.map { " + \($0)" }.joined()) + Text(hasSink ? " | sink ) " : " ) ") + .italic("V")
    if let product = members.first(where: { graph.operations[$0].primitive is Contract }) {
      let (q, k) = (graph.operations[product].inputShapes[0], graph.operations[product].inputShapes[1])
      if q.count == 5, k.count == 4 { node.heads = (q[2] * q[3], k[2]) }
    }
    let prefix = node.parameters.filter { $0.hasPrefix("prefix") }
    if !prefix.isEmpty { node.subtitle = "behind learned keys and values" }
  }

  private func isScores(_ index: Int) -> Bool {
    // The sinks stand beside the scores, learned keys beside keys.
    graph.operations.contains { $0.primitive is Softmax && $0.inputs.first == .operation(index, output: 0) }
  }

  /// What is added to scores.
  private func terms(_ source: Source) -> [String] {
    switch source {
    case .leaf(let index):
      switch graph.leaves[index] {
      case .mask("bidirectional"): return []
      case .mask("causal"): return ["causal mask"]
      case .mask(let words): return [words.replacing("sliding window", with: "window")]
      case .bias(let words): return [words]
      case .parameter(let path): return [spoken(path)]
      default: return []
      }
    case .operation(let index, _):
      if graph.operations[index].primitive is KeepPlaces { return ["chosen keys"] }
      guard isFixed[index] else { return [] }
      let learned = parameters(of: [source]).map(spoken)
      return learned.isEmpty ? graph.operations[index].inputs.flatMap(terms) : learned
    }
  }

  // MARK: recurrences

  private func describeRecurrence(_ node: inout Node, _ operation: RecordedGraph.Operation, _ index: Int) {
    node.id = operation.primitive.name.replacing(" ", with: "-") + ".\(index)"
    node.title = Text(operation.primitive.formula == operation.primitive.name ? operation.primitive.name : operation.primitive.formula)
    if operation.primitive is Contract { node.title = "product of two tensors" }
    // What it reads that only parameters make.
    let fixed = operation.inputs.compactMap { source -> String? in
      guard !parameters(of: [source]).isEmpty else { return nil }
      return expression(source, within: [])
    }
    let constant = constants(of: operation.inputs)
    let words = fixed + (constant.isEmpty ? [] : [constant.count > 2 ? "decays from \(briefly(constant.min()!)) to \(briefly(constant.max()!))" : constant.map(briefly).joined(separator: ", ")])
    node.subtitle = words.isEmpty ? "" : "with " + words.joined(separator: ", ")
  }

  // MARK: arithmetic

  private func describeArithmetic(_ node: inout Node, _ group: Group) {
    let last = group.members.last(where: { !isFixed[$0] }) ?? group.members[0]
    let operation = graph.operations[last]
    node.id = operation.name.map { "\($0).\(last)" } ?? "arithmetic.\(last)"
    let changing = group.members.filter { !isFixed[$0] && !graph.operations[$0].isView }
    if let rotate = operation.primitive as? Rotate {
      node.title = "RoPE"
      let width = rotate.cosines.shape[1] * 2, all = operation.shapes[0].last ?? width
      let scaling = rotate.angles.split(separator: ", ").filter { ["YaRN", "Llama 3", "linear", "dynamic", "LongRoPE"].contains(where: $0.hasPrefix) }
        .map { words in words.components(before: " from ").replacing(/\.0$/, with: "") }
      node.subtitle = ((width < all ? ["\(width) of \(all)"] : []) + scaling).joined(separator: " · ")
      return
    }
    if operation.primitive is Softmax { node.title = "softmax"; return }
    if changing.count == 1, let binary = operation.primitive as? Binary, bases(operation.inputs).count == 2, parameters(of: operation.inputs).isEmpty {
      let sign = [Binary.Function.add: "+", .subtract: "−", .multiply: "×", .divide: "÷"][binary.function]
      if let sign {
        node.title = Text(sign)
        node.role = .sum
        return
      }
    }
    if changing.count == 1, let unary = operation.primitive as? Unary { node.title = Text(activationName(unary.function.rawValue)); return }
    let sources = Set(group.members.flatMap { bases(graph.operations[$0].inputs) }.filter { isOutside($0, group) })
    let text = expression(.operation(last, output: 0), within: Set(group.members), placeholder: sources.count == 1)
    if text.count <= 34 {
      node.title = Text(text)
    } else if text.count <= 72 {
      (node.title, node.subtitle) = (Text(operation.name.map { spoken($0) } ?? "arithmetic"), text)
    } else {
      node.title = Text(operation.name.map { spoken($0) } ?? (changing.allSatisfy { graph.operations[$0].primitive is Binary } ? "sum of products" : "arithmetic"))
      let learned = node.parameters.map(spoken).joined(separator: ", ")
      node.subtitle = learned.isEmpty ? "\(changing.count) operations" : "with \(learned)"
    }
  }

  /// A tensor as a formula, down to what comes from outside of the group.
  /// - Parameter placeholder: what comes in has no name of its own here.
  func expression(_ source: Source, within members: Set<Int>, placeholder: Bool = false, _ outer: Int = 0) -> String {
    func bracketed(_ text: String, _ own: Int) -> String { own < outer ? "(\(text))" : text }
    switch source {
    case .leaf(let index):
      switch graph.leaves[index] {
      case .input: return placeholder ? "z" : "x"
      case .parameter(let path): return symbol(path)
      case .constant(let values):
        return values.count == 1 ? briefly(values[0]) : values.isEmpty ? "0" : values.count == 2 ? "\(briefly(values.min()!)) … \(briefly(values.max()!))" : values.map(briefly).joined(separator: ", ")
      case .memory(let memory): return symbol(graph.memories[memory].name)
      case .mask(let words), .bias(let words), .given(let words): return words
      }
    case .operation(let index, let output):
      let operation = graph.operations[index]
      func next(_ input: Int, _ level: Int) -> String { expression(operation.inputs[input], within: members, placeholder: placeholder, level) }
      if !members.contains(index), !(isFixed[index] && group[index] < 0) {
        if operation.isView, group[index] < 0 {
          if operation.primitive is Slice { return next(0, 4) + piece(index) }
          return next(0, outer)
        }
        return placeholder ? "z" : name(of: index, output)
      }
      switch operation.primitive {
      case let binary as Binary:
        switch binary.function {
        case .add: return bracketed("\(next(0, 1)) + \(next(1, 1))", 1)
        case .subtract: return bracketed("\(next(0, 1)) − \(next(1, 2))", 1)
        case .multiply:
          // z · 1/√… is z / √….
          let second = next(1, 2)
          if second.hasPrefix("1/") { return bracketed("\(next(0, 2)) / \(second.dropFirst(2))", 2) }
          if operation.inputs[0] == operation.inputs[1] { return bracketed("\(next(0, 4))²", 3) }
          return bracketed("\(next(0, 2)) · \(second)", 2)
        case .divide: return bracketed("\(next(0, 2)) / \(next(1, 3))", 2)
        default: return "\(binary.function == .maximum ? "max" : binary.function == .minimum ? "min" : binary.name)(\(next(0, 0)), \(next(1, 0)))"
        }
      case let unary as Unary:
        switch unary.function {
        case .negate: return bracketed("−\(next(0, 2))", 2)
        case .exp: return "e^\(next(0, 4))".replacing("e^(−", with: "e^(−")
        case .rsqrt: return "1/√(\(next(0, 0)))"
        case .sqrt: return "√(\(next(0, 0)))"
        default: return "\(activationName(unary.function.rawValue))(\(next(0, 0)))"
        }
      case let reduce as Reduce: return "\(reduce.function == .sum ? "Σ" : reduce.name) \(next(0, 3))"
      case is Softmax: return "softmax(\(next(0, 0)))"
      case is Slice: return next(0, 4) + piece(index)
      default: return operation.inputs.isEmpty ? operation.primitive.name : next(0, outer)
      }
    }
  }

  /// Which piece of its input a slice is: ₁, ₂, …; nothing if it is the only one.
  private func piece(_ index: Int) -> String {
    let operation = graph.operations[index]
    guard let slice = operation.primitive as? Slice else { return "" }
    let starts = Set(graph.operations.compactMap { other -> Int? in
      guard other.inputs.first == operation.inputs.first, let cut = other.primitive as? Slice, cut.axis == slice.axis else { return nil }
      return cut.start
    }).sorted()
    guard starts.count > 1, let place = starts.firstIndex(of: slice.start) else { return "" }
    return String(String(place + 1).unicodeScalars.map { Character(Unicode.Scalar(0x2080 + $0.value - 48)!) })
  }

  /// What a tensor from outside of a group is called there.
  private func name(of index: Int, _ output: Int) -> String {
    if let name = graph.operations[index].name, graph.operations[index].shapes.count == 1 { return symbol(name) }
    if graph.operations[index].shapes.count > 1 { return "y" }
    if group[index] >= 0, let child = groups[group[index]].child, !child.path.isEmpty { return symbol(child.path) }
    if graph.operations[index].isView { return name(of: graph.operations[index].inputs) }
    return "z"
  }

  private func name(of inputs: [Source]) -> String {
    guard case .operation(let index, let output)? = inputs.first else { return "x" }
    return name(of: index, output)
  }

  // MARK: memories

  func memoryTitle(_ growth: Growth, _ name: String?) -> String {
    let own = name.map { ["keys", "values", "inputs"].contains($0) || $0.count < 2 || Int($0) != nil ? "" : " \(spoken($0))" } ?? ""
    switch growth {
    case .everyToken: return "cached\(own)"
    case .ring(let count): return "cached\(own), last \(grouped(count))"
    case .once: return "cached\(own), written once"
    case .state: return name.map(spoken) ?? "state"
    }
  }

  func memorySize(_ shapes: [Shape], _ growth: Growth) -> String {
    func size(_ shape: Shape) -> String { shape.filter { growth != .state || $0 != 1 }.map(grouped).joined(separator: " × ") }
    let words = Set(shapes).count == 1 && shapes.count > 1 ? "\(shapes.count) × \(size(shapes[0]))" : shapes.reversed().map(size).joined(separator: " + ")
    return growth == .state ? "\(words) values, float32" : "\(words) values per token"
  }

  // MARK: small words

  /// "queryConvolution" → "query convolution", "decay.down" → "decay down".
  func spoken(_ path: String) -> String {
    path.split(separator: ".").map { step in
      step.reduce(into: "") { text, letter in
        if letter.isUppercase, text.last?.isLowercase == true { text += " " + letter.lowercased() } else { text.append(letter) }
      }
    }.joined(separator: " ")
  }

  /// A name inside of a formula: its last step that is no verb of the projection.
  private func symbol(_ path: String) -> String {
    let steps = path.split(separator: ".").map(String.init).filter { Int($0) == nil }
    guard let last = steps.last else { return path }
    return ["up", "down", "weight", "bias"].contains(last) && steps.count > 1 ? steps[steps.count - 2] : last
  }

  private func briefly(_ value: Float) -> String { abs(value) < 0.001 && value != 0 ? exactly(value) : significant4(value) }
  private func exactly(_ value: Float) -> String { value == value.rounded() && abs(value) < 1e7 ? grouped(Int(value)) : "\(value)" }
  private func significant4(_ value: Float) -> String {
    if value == value.rounded(), abs(value) < 1e7 { return grouped(Int(value)) }
    var text = decimal(Double(value), places: abs(value) < 1 ? 4 : abs(value) < 10 ? 3 : 2)
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text.replacing("-", with: "−")
  }
}
