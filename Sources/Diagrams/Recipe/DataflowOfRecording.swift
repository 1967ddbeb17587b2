// From a recording to a dataflow graph: the operations of one block in the order in which they ran, with their shapes.
import Blocks
import Tensors

extension Dataflow {
  /// The operations that a recording holds below a path.
  /// - Parameters:
  ///   - path: `layers.0` or `layers.0.attention`; operations of other blocks are left out, what flows in from them is an input.
  ///   - title: what the graph is called.
  public init(_ recording: Recording, within path: String, title: String) {
    var nodes: [Node] = []
    var edges: [Edge] = []
    let inside = recording.nodes.indices.filter { recording.nodes[$0].part == path || recording.nodes[$0].part.hasPrefix(path + ".") || path.isEmpty }
    var outside: [Int32: String] = [:]
    for index in inside {
      let operation = recording.nodes[index]
      let id = "o\(index)"
      let learned = operation.inputs.filter { $0.node < 0 && $0.rank > 0 }.map { "[\($0.shape.map(String.init).joined(separator: " × "))]" }
      let name = operation.names.last.map { $0.hasPrefix(path + ".") ? String($0.dropFirst(path.count + 1)) : $0 }
      let kind = operation.primitive.name.hasSuffix("Norm") ? .norm : Dataflow.kind(operation.part)
      nodes.append(
        Node(
          id, name.map { "\(operation.primitive.name)  ·  \($0)" } ?? operation.primitive.name,
          Dataflow.shape(operation.outputs.first) + (learned.isEmpty ? "" : " · with " + learned.joined(separator: ", ")), kind,
          tooltip: "\(operation.part): \(operation.primitive.formula)", tone: name == nil ? .operation : .part))
      let sources = operation.inputs.map(\.node).filter { $0 >= 0 }
      for source in sources {
        let isAround = operation.primitive.name == "add" && Dataflow.isWayAround(source, sources.first { $0 != source }, recording)
        if let known = inside.contains(Int(source)) ? "o\(source)" : outside[source] {
          edges.append(Edge(known, id, isResidual: isAround, fault: operation.outputs.first?.fault == nil ? nil : "cannot be used"))
        } else {
          let input = "i\(source)"
          outside[source] = input
          let from = recording.nodes[Int(source)]
          nodes.insert(Node(input, from.names.last ?? "x", Dataflow.shape(from.outputs.first), .inputOutput, tooltip: "flows in from \(from.part)"), at: 0)
          edges.append(Edge(input, id, isResidual: isAround))
        }
      }
    }
    self.init(title, nodes: nodes, edges: edges)
  }

  /// Records layers of an architecture on outlines and draws their operations: no weights are read.
  /// - Parameter layer: a layer's number or path; nil: the first of each kind, side by side.
  /// - Returns: nil if there is no such layer.
  public init?(blockOf model: Architecture, layer: String? = nil, tokens: Int = 4, title: String? = nil) {
    let run = Run()
    let recording = Recording()
    run.trace.recording = recording
    run.watch = .everything
    let ids = Array(repeating: 0, count: tokens)
    if model.encoder != nil { model.encode(Architecture.Input([ids]), run) }
    _ = model.hidden(Architecture.Input([ids]), run)
    let paths = RecipeReader.layers(of: model, layer).map(\.path)
    let name = title ?? (model.name.isEmpty ? model.modelType : model.name)
    let flows = paths.map { Dataflow(recording, within: $0, title: "") }.filter { !$0.nodes.isEmpty }
    guard !flows.isEmpty else { return nil }
    self.init(
      "\(name) · \(paths.joined(separator: ", ")), \(tokens) tokens", nodes: flows.flatMap(\.nodes).reduce(into: []) { nodes, node in if !nodes.contains(where: { $0.id == node.id }) { nodes.append(node) } },
      edges: flows.flatMap(\.edges))
  }

  /// Whether one side of a sum is the stream (or a fixed multiple of it) that the other side was made from by a layer with weights: the way
  /// around a sub-layer. A token shift, which adds two tokens, is none.
  private static func isWayAround(_ source: Int32, _ other: Int32?, _ recording: Recording) -> Bool {
    guard let other, other > source else { return false }
    let start = recording.nodes[Int(source)].primitive.name == "multiply" ? recording.nodes[Int(source)].inputs.map(\.node).max() ?? source : source
    var pending = [(node: other, weighted: false)], seen = Set<Int32>()
    while let (node, weighted) = pending.popLast() {
      if node == source || node == start { if weighted { return true } else { continue } }
      guard node > min(source, start), seen.insert(node).inserted else { continue }
      let isWeighted = weighted || recording.nodes[Int(node)].primitive is Linear
      pending += recording.nodes[Int(node)].inputs.map(\.node).filter { $0 >= 0 }.map { ($0, isWeighted) }
    }
    return false
  }

  private static func shape(_ tensor: Tensor?) -> String {
    tensor.map { $0.fault.map { _ in "cannot run" } ?? "[\($0.shape.map(grouped).joined(separator: ", "))]" } ?? ""
  }

  /// The kind of the block that an operation ran in, by the names that all families share.
  private static func kind(_ part: String) -> Kind {
    let names = part.split(separator: ".").map(String.init)
    if names.contains(where: { $0 == "norm" || $0.hasSuffix("Norm") }) { return .norm }
    for name in names.reversed() {
      switch name {
      case "attention", "crossAttention": return .attention
      case "feedForward": return .feedForward
      case "experts", "router": return .experts
      case "mixer": return .stateSpace
      case "embedding", "head": return .embedding
      default: continue
      }
    }
    return .inactive
  }
}
