// A part's recording as a graph: its operations, what they read, and what those inputs are when no operation made them. Nothing is left out
// or merged here but what leads nowhere; FoldedRecording does the folding.
import Blocks
import Tensors

/// Operations of one part and the tensors between them.
struct RecordedGraph {
  /// What a tensor is that no operation made.
  enum Leaf: Equatable {
    case input
    /// By its path below the part.
    case parameter(String)
    /// Numbers that the architecture has fixed: the distinct ones, in order, at most eight.
    case constant([Float])
    /// Index into `memories`.
    case memory(Int)
    case mask(String)
    case bias(String)
    case given(String)
  }

  /// An input of an operation: a leaf, or an output of another operation.
  enum Source: Hashable {
    case leaf(Int)
    case operation(Int, output: Int)
  }

  struct Operation {
    var primitive: any Primitive
    var inputs: [Source]
    /// Path below the part, "" for the part itself.
    var part: String
    /// The last name that the part gave to its output.
    var name: String?
    var shapes: [Shape]
    var inputShapes: [Shape]
  }

  struct Memory {
    var name: String
    var growth: Growth
    var shape: Shape
    var writer: Source?
  }

  private(set) var operations: [Operation] = []
  private(set) var leaves: [Leaf] = []
  private(set) var memories: [Memory] = []
  private(set) var output: Source = .leaf(0)
  /// A choice and what was chosen by it.
  private(set) var choices: [(chosen: Source, sent: Source)] = []

  // MARK: reading

  private var placed: [Int: Int] = [:]
  private var known: [ObjectIdentifier: Source] = [:]
  private var parameters: [ObjectIdentifier: String] = [:]
  private var kept: [PartRecording.Kept] = []

  init(_ recording: PartRecording, of part: any Part) {
    kept = recording.kept
    known[recording.input.identity] = add(.input)
    part.walk { path, below in
      for (name, parameter) in below.parameters where parameters[parameter.tensor.identity] == nil {
        parameters[parameter.tensor.identity] = path.isEmpty ? name : "\(path).\(name)"
      }
    }
    for memory in recording.kept where !memories.contains(where: { $0.name == memory.name }) {
      memories.append(Memory(name: memory.name, growth: memory.growth, shape: memory.shape))
    }
    for (tensor, origin) in recording.origins {
      switch origin {
      case .memory(let name):
        let index = memories.firstIndex { $0.name == name } ?? memories.count
        if index == memories.count { memories.append(Memory(name: name, growth: .state, shape: Shape(tensor.shape.dropFirst()))) }
        known[tensor.identity] = add(.memory(index))
      case .mask(let words): known[tensor.identity] = add(.mask(words))
      case .bias(let words): known[tensor.identity] = add(.bias(words))
      case .given(let words): known[tensor.identity] = add(.given(words))
      }
    }
    for (index, node) in recording.operations.enumerated() { append(node, index) }
    output = source(of: recording.output, at: recording.operations.count)
    for memory in recording.kept {
      if let index = memories.firstIndex(where: { $0.name == memory.name }) { memories[index].writer = source(of: memory.tensor, at: -1) }
    }
    choices = recording.choices.map { (source(of: $0.chosen, at: -1), source(of: $0.sent, at: -1)) }
    prune()
  }

  private mutating func add(_ leaf: Leaf) -> Source {
    if let index = leaves.firstIndex(of: leaf) { return .leaf(index) }
    leaves.append(leaf)
    return .leaf(leaves.count - 1)
  }

  private mutating func append(_ node: Node, _ index: Int) {
    var inputs: [Source] = []
    for input in node.inputs { inputs.append(source(of: input, at: index)) }
    let shapes = node.outputs.map(\.shape), inputShapes = node.inputs.map(\.shape)
    let name = node.names.last.map { name in node.part.isEmpty ? name : String(name.dropFirst(node.part.count + 1)) }
    // A gated activation is an activation and a product.
    if let gated = node.primitive as? Gated {
      operations.append(
        Operation(primitive: Unary(gated.activation), inputs: [inputs[0]], part: node.part, shapes: shapes, inputShapes: [inputShapes[0]]))
      inputs[0] = .operation(operations.count - 1, output: 0)
      operations.append(Operation(primitive: Binary(.multiply), inputs: inputs, part: node.part, name: name, shapes: shapes, inputShapes: inputShapes))
    } else {
      operations.append(Operation(primitive: node.primitive, inputs: inputs, part: node.part, name: name, shapes: shapes, inputShapes: inputShapes))
    }
    placed[index] = operations.count - 1
  }

  /// - Parameter time: number of the operation that reads; −1: nobody does.
  private mutating func source(of tensor: Tensor, at time: Int) -> Source {
    if time >= 0, let read = kept.first(where: { $0.isReadAtOnce && $0.time <= time && isSame($0.tensor, tensor) }),
      let memory = memories.firstIndex(where: { $0.name == read.name })
    {
      return add(.memory(memory))
    }
    if tensor.node >= 0, let place = placed[Int(tensor.node)] { return .operation(place, output: Int(tensor.output)) }
    if let source = known[tensor.identity] { return source }
    if let parameter = parameters[tensor.identity] { return add(.parameter(parameter)) }
    if let lineage = tensor.lineage {
      guard let primitive = lineage.primitive else { return source(of: lineage.inputs[0], at: time) }
      var inputs: [Source] = []
      for input in lineage.inputs { inputs.append(source(of: input, at: time)) }
      operations.append(
        Operation(primitive: primitive, inputs: inputs, part: "", shapes: [tensor.shape], inputShapes: lineage.inputs.map(\.shape)))
      let source = Source.operation(operations.count - 1, output: 0)
      known[tensor.identity] = source
      return source
    }
    var distinct: [Float] = []
    for value in tensor.values where !distinct.contains(value) { distinct.append(value) }
    return add(.constant(distinct.count <= 8 ? distinct : [distinct[0], distinct[distinct.count - 1]]))
  }

  private func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
    a.node >= 0 || b.node >= 0 ? a.node == b.node && a.output == b.output : a.identity == b.identity
  }

  /// Operations that nothing comes of (what was only named for a reader to see) are dropped.
  private mutating func prune() {
    var live = Set<Int>(), pending = [output] + memories.compactMap(\.writer) + choices.flatMap { [$0.chosen, $0.sent] }
    while let source = pending.popLast() {
      guard case .operation(let index, _) = source, live.insert(index).inserted else { continue }
      pending += operations[index].inputs
    }
    let kept = operations.indices.filter(live.contains), places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    func moved(_ source: Source) -> Source {
      guard case .operation(let index, let output) = source else { return source }
      return .operation(places[index]!, output: output)
    }
    operations = kept.map { index in
      var operation = operations[index]
      operation.inputs = operation.inputs.map(moved)
      return operation
    }
    output = moved(output)
    for index in memories.indices { memories[index].writer = memories[index].writer.map(moved) }
    choices = choices.map { (moved($0.chosen), moved($0.sent)) }
  }
}

extension RecordedGraph.Operation {
  /// Shows its input's numbers in another order or shape, or beside others.
  var isView: Bool {
    primitive is Reshape || primitive is Permute || primitive is Slice || primitive is Expand || primitive is Concatenate || isDispatch
  }
  /// Rows of a tensor that a token's choice picked: a view of it.
  var isDispatch: Bool { primitive is Gather }
  var isElementwise: Bool { primitive is Unary || primitive is Binary || primitive is Reduce || primitive is KeepPlaces || primitive is Pick }
}
