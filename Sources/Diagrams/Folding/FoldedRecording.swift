// A part's recording, folded until it can be read: views vanish, what happens inside a child is one node, arithmetic on the same tensors is
// one formula, attention's product, softmax and product are one. Which nodes there are and what they say comes from the recording alone.
import Blocks
import Tensors

/// The nodes of an inset and the edges between them.
struct FoldedRecording {
  struct Node: Equatable {
    enum Role: Equatable { case input, given, projection, norm, child, attention, recurrence, arithmetic, sum, memory }
    var id: String
    var role: Role
    var title: Text = ""
    var subtitle = ""
    /// Paths below the part.
    var parameters: [String] = []
    var constants: [Float] = []
    var keys = ""
    var kind: Kind?
    /// Of an attention: query heads and the key/value heads that they share.
    var heads: (query: Int, keyValue: Int)?
    /// Of experts: how many stand side by side, how many a token runs; groups and those that are open.
    var experts: (count: Int, active: Int, groups: Int, open: Int)?

    static func == (a: Node, b: Node) -> Bool {
      a.id == b.id && a.title == b.title && a.subtitle == b.subtitle && a.parameters == b.parameters && a.constants == b.constants
    }
  }

  struct Edge: Hashable {
    var from: String, to: String
    /// A memory that the same node reads and writes.
    var isBoth = false
  }

  var nodes: [Node] = []
  var edges: [Edge] = []
  /// The nodes that what comes out is made by: several where it is laid together from them.
  var results: [String] = []

  // MARK: folding

  typealias Source = RecordedGraph.Source
  let graph: RecordedGraph
  let part: any Part
  /// The part's children with their paths, those of a wrapper without a name as its own.
  let children: [(path: String, part: any Part)]
  /// Which node each operation belongs to; −1: a view, or something fixed that belongs to whoever reads it.
  private(set) var group: [Int]
  private(set) var groups: [Group] = []
  /// The id of each group's node.
  private(set) var groupIDs: [String] = []
  let isFixed: [Bool]
  /// Who reads each operation, views looked through.
  private let readers: [[Int]]
  private let isKept: Set<Int>

  struct Group {
    var role: Node.Role
    var members: [Int]
    var child: (path: String, part: any Part)?
  }

  /// - Parameter keeps: whether keys and values outlive a call.
  init(_ part: any Block, width: Int, keeps: Bool) { self.init(RecordedGraph(PartRecording(part, width: width, keeps: keeps), of: part), part) }

  init(_ graph: RecordedGraph, _ part: any Part) {
    (self.graph, self.part) = (graph, part)
    children = FoldedRecording.children(of: part)
    let operations = graph.operations
    var isFixed: [Bool] = []
    for operation in operations {
      isFixed.append(
        operation.inputs.allSatisfy { source in
          switch source {
          case .operation(let index, _): isFixed[index]
          case .leaf(let index):
            switch graph.leaves[index] {
            case .parameter, .constant, .mask, .bias: true
            case .input, .memory, .given: false
            }
          }
        })
    }
    self.isFixed = isFixed
    var readers = Array(repeating: [Int](), count: operations.count)
    for index in operations.indices.reversed() where !operations[index].isView {
      var pending = operations[index].inputs
      while let source = pending.popLast() {
        guard case .operation(let from, _) = source else { continue }
        if operations[from].isView { pending += operations[from].inputs }
        if readers[from].last != index { readers[from].append(index) }
      }
    }
    self.readers = readers
    var kept = Set<Int>()
    for source in [graph.output] + graph.memories.compactMap(\.writer) {
      var pending = [source]
      while let source = pending.popLast() {
        guard case .operation(let from, _) = source else { continue }
        if operations[from].isView { pending += operations[from].inputs } else { kept.insert(from) }
      }
    }
    isKept = kept
    group = Array(repeating: -1, count: operations.count)
    foldChildren()
    foldAttention()
    foldRest()
    describe()
  }

  private static func children(of part: any Part) -> [(path: String, part: any Part)] {
    part.parts.flatMap { child -> [(String, any Part)] in
      guard child.name.isEmpty else { return [(child.name, child.part)] }
      return children(of: child.part) + (child.part.parts.isEmpty ? [("", child.part)] : [])
    }
  }

  /// The child that a path belongs to.
  func child(at path: String) -> (path: String, part: any Part)? {
    children.filter { !$0.path.isEmpty && (path == $0.path || path.hasPrefix($0.path + ".")) }.max { $0.path.count < $1.path.count }
  }

  private mutating func add(_ role: Node.Role, _ members: [Int], _ child: (path: String, part: any Part)? = nil) {
    for member in members { group[member] = groups.count }
    groups.append(Group(role: role, members: members.sorted(), child: child))
  }

  /// What runs in a child's own scope is one node.
  private mutating func foldChildren() {
    var places: [String: [Int]] = [:], order: [String] = []
    for (index, operation) in graph.operations.enumerated() where !operation.part.isEmpty {
      let path = child(at: operation.part)?.path ?? operation.part
      // A projection that only hands its output in is another child.
      let learned = parameters(of: operation.inputs)
      if operation.primitive is Linear, !learned.isEmpty, !learned.contains(where: { $0.hasPrefix(path + ".") }) { continue }
      if places[path] == nil { order.append(path) }
      places[path, default: []].append(index)
    }
    for path in order { add(.child, places[path]!, child(at: path)) }
    // Fixed tensors that only such a child reads are its own.
    for index in graph.operations.indices.reversed() where group[index] < 0 && isFixed[index] {
      let owners = Set(readers[index].map { group[$0] })
      if let owner = owners.first, owners.count == 1, owner >= 0 {
        group[index] = owner
        groups[owner].members.append(index)
      }
    }
  }

  /// softmax(q·k…)·v: back from a softmax to the product of two tensors, and on to the next product.
  private mutating func foldAttention() {
    let operations = graph.operations
    for start in operations.indices where operations[start].primitive is Softmax && group[start] < 0 && !isFixed[start] {
      var members = [start], pending = operations[start].inputs, hasScores = false
      while let source = pending.popLast() {
        guard case .operation(let index, _) = source, group[index] < 0, !members.contains(index) else { continue }
        let operation = operations[index]
        if isFixed[index] || operation.isView || operation.primitive is KeepPlaces || operation.primitive is Binary {
          members.append(index)
          if !(operation.primitive is KeepPlaces) { pending += operation.inputs }
        } else if operation.primitive is Contract {
          members.append(index)
          hasScores = true
        }
      }
      guard hasScores else { continue }
      var next = start
      while let reader = operations.indices.first(where: { $0 > next && operations[$0].inputs.contains(.operation(next, output: 0)) }) {
        members.append(reader)
        next = reader
        if operations[reader].primitive is Contract { break }
        guard operations[reader].isView else { break }
      }
      add(.attention, members)
    }
  }

  private mutating func foldRest() {
    for index in graph.operations.indices.reversed() where group[index] < 0 && !isFixed[index] && !graph.operations[index].isView {
      let operation = graph.operations[index]
      switch operation.primitive {
      case is Linear: add(.projection, [index], owner(of: operation))
      case is RMSNormalise, is LayerNormalise: add(.norm, [index], owner(of: operation))
      case is Softmax, is Rotate, is TopK: add(.arithmetic, [index])
      case is AddRows: add(.sum, [index] + weighing(index))
      case _ where operation.isElementwise: add(.arithmetic, formula(endingIn: index))
      default: add(.recurrence, [index] + negations(index))
      }
    }
  }

  /// The child whose parameters an operation reads.
  private func owner(of operation: RecordedGraph.Operation) -> (path: String, part: any Part)? {
    for path in parameters(of: operation.inputs) { if let child = child(at: path) { return child } }
    return children.first { $0.path.isEmpty }
  }

  /// The product with weights that a sum of chosen rows adds up.
  private func weighing(_ index: Int) -> [Int] {
    bases(graph.operations[index].inputs).compactMap { source in
      guard case .operation(let from, _) = source, let binary = graph.operations[from].primitive as? Binary, binary.function == .multiply, group[from] < 0 else { return nil }
      return from
    }
  }

  /// Signs that only this operation reads.
  private func negations(_ index: Int) -> [Int] {
    bases(graph.operations[index].inputs).compactMap { source in
      guard case .operation(let from, _) = source, (graph.operations[from].primitive as? Unary)?.function == .negate, group[from] < 0, readers[from] == [index] else { return nil }
      return from
    }
  }

  /// Tensors behind views, in the order in which they are read; what is fixed is left out.
  func bases(_ sources: [Source]) -> [Source] {
    sources.flatMap { source -> [Source] in
      switch source {
      case .leaf(let index):
        switch graph.leaves[index] {
        case .input, .memory, .given: return [source]
        default: return []
        }
      case .operation(let index, _):
        // What is fixed has its say in the words of who reads it, unless a child makes it.
        return group[index] < 0 && (isFixed[index] || graph.operations[index].isView) ? bases(graph.operations[index].inputs) : [source]
      }
    }
  }

  /// Arithmetic that ends in an operation, as one formula: all that leads to it from the same few tensors if they come in more than once;
  /// else only what scales and shifts, one after the other.
  private func formula(endingIn end: Int) -> [Int] {
    func mayJoin(_ index: Int, _ members: Set<Int>) -> Bool {
      let operation = graph.operations[index]
      return group[index] < 0 && !isFixed[index] && operation.isElementwise && operation.name == nil && !isKept.contains(index)
        && readers[index].allSatisfy(members.contains)
    }
    var cone: Set<Int> = [end]
    var grows = true
    while grows {
      grows = false
      for member in cone {
        for case .operation(let from, _) in bases(graph.operations[member].inputs) where !cone.contains(from) && mayJoin(from, cone) {
          cone.insert(from)
          grows = true
        }
      }
    }
    func inputs(_ members: Set<Int>) -> [Source] {
      members.sorted().flatMap { bases(graph.operations[$0].inputs) }.filter { source in
        if case .operation(let from, _) = source { return !members.contains(from) }
        return true
      }
    }
    let all = inputs(cone), distinct = Set(all.map(whole))
    if cone.count > 1, distinct.count <= 3, all.count > distinct.count { return Array(cone) }
    var members: Set<Int> = [end]
    grows = true
    while grows {
      grows = false
      let isChain = Set(inputs(members).map(whole)).count == 1
      for case .operation(let from, _) in inputs(members) where mayJoin(from, members) {
        let own = bases(graph.operations[from].inputs)
        let scales = graph.operations[from].primitive is Binary || (graph.operations[from].primitive as? Unary)?.function == .negate
        guard Set(own.map(whole)).count == 1, isChain || scales, !(graph.operations[from].primitive is Pick) else { continue }
        members.insert(from)
        grows = true
      }
    }
    return Array(members)
  }

  /// All outputs of one operation are the same source here.
  private func whole(_ source: Source) -> Source {
    if case .operation(let index, _) = source { return .operation(index, output: 0) }
    return source
  }

  /// Paths of the parameters behind these sources that nothing but fixed operations stand before.
  func parameters(of sources: [Source]) -> [String] {
    var found: [String] = [], pending = Array(sources.reversed())
    while let source = pending.popLast() {
      switch source {
      case .leaf(let index): if case .parameter(let path) = graph.leaves[index], !found.contains(path) { found.append(path) }
      case .operation(let index, _): if isFixed[index], group[index] < 0 { pending += graph.operations[index].inputs.reversed() }
      }
    }
    return found
  }

  /// As `parameters`, what is fixed and not learned.
  func constants(of sources: [Source]) -> [Float] {
    var found: [Float] = [], pending = Array(sources.reversed())
    while let source = pending.popLast() {
      switch source {
      case .leaf(let index): if case .constant(let values) = graph.leaves[index] { found += values.filter { !found.contains($0) && $0 != 1 && $0 != 0 } }
      case .operation(let index, _): if isFixed[index], group[index] < 0 { pending += graph.operations[index].inputs.reversed() }
      }
    }
    return found
  }

  // MARK: nodes and edges

  private mutating func describe() {
    var ids: [Source: String] = [:]
    let read = Set(graph.operations.flatMap(\.inputs))
    for (index, leaf) in graph.leaves.enumerated() where read.contains(.leaf(index)) || graph.memories.contains(where: { $0.writer == .leaf(index) }) {
      switch leaf {
      case .input: nodes.append(Node(id: "x", role: .input, title: .italic("x")))
      case .given(let words): nodes.append(Node(id: words, role: .given, title: .italic(words)))
      default: continue
      }
      ids[.leaf(index)] = nodes.last!.id
    }
    for index in groups.indices {
      nodes.append(node(index))
      if nodes.dropLast().contains(where: { $0.id == nodes.last!.id }) { nodes[nodes.count - 1].id += "-\(index)" }
      groupIDs.append(nodes.last!.id)
      for member in groups[index].members { ids[.operation(member, output: 0)] = nodes.last!.id }
    }
    func id(_ source: Source) -> String? {
      if case .operation(let index, _) = source { return ids[.operation(index, output: 0)] }
      return ids[source]
    }
    var readers: [Int: Set<String>] = [:]
    for index in graph.operations.indices where group[index] >= 0 {
      let to = ids[.operation(index, output: 0)]!
      for base in bases(graph.operations[index].inputs) {
        if case .leaf(let leaf) = base, case .memory(let memory) = graph.leaves[leaf] { readers[memory, default: []].insert(to); continue }
        if let from = id(base), from != to { join(from, to) }
      }
    }
    for choice in graph.choices {
      for chosen in bases([choice.chosen]) {
        guard let from = id(chosen), case .operation(let sent, _) = choice.sent else { continue }
        for to in self.readers[sent].compactMap({ ids[.operation($0, output: 0)] }) where to != from { join(from, to) }
      }
    }
    addMemories(readers, id)
    for id in bases([graph.output]).compactMap(id) where !results.contains(id) { results.append(id) }
  }

  private mutating func join(_ from: String, _ to: String, isBoth: Bool = false) {
    let edge = Edge(from: from, to: to, isBoth: isBoth)
    if !edges.contains(where: { $0.from == from && $0.to == to }) { edges.append(edge) }
  }

  private mutating func addMemories(_ readers: [Int: Set<String>], _ id: (Source) -> String?) {
    var drawn: [(readers: Set<String>, growth: Growth, id: String, writers: [String])] = []
    for (index, memory) in graph.memories.enumerated() {
      let writers = bases(memory.writer.map { [$0] } ?? []).compactMap(id), read = readers[index] ?? []
      let name = memory.name.split(separator: ".").last { Int($0) == nil }.map(String.init) ?? "memory"
      let owner = nodes.firstIndex { node in read.union(writers).contains(node.id) && node.role == .child }
      // A few tokens that a child keeps for itself are told in its own box.
      if case .ring(let count) = memory.growth, let owner, read.isSubset(of: [nodes[owner].id]) {
        nodes[owner].subtitle += (nodes[owner].subtitle.isEmpty ? "" : " · ") + "keeps \(count) token\(count == 1 ? "" : "s")"
        continue
      }
      let isTwoWay = read == Set(writers) && read.count == 1
      if !isTwoWay, let same = drawn.firstIndex(where: { $0.readers == read && $0.growth == memory.growth }) {
        let place = nodes.firstIndex { $0.id == drawn[same].id }!
        nodes[place].title = .bold(memoryTitle(memory.growth, nil))
        nodes[place].subtitle = memorySize([memory.shape] + sizes(of: drawn[same].id), memory.growth)
        held[drawn[same].id]!.append(memory.shape)
        writers.forEach { join($0, drawn[same].id) }
        continue
      }
      let own = "memory.\(name)" + (nodes.contains { $0.id == "memory.\(name)" } ? ".\(index)" : "")
      held[own] = [memory.shape]
      nodes.append(
        Node(
          id: own, role: .memory, title: .bold(memoryTitle(memory.growth, name)), subtitle: memorySize([memory.shape], memory.growth),
          keys: memory.growth == .state ? "what outlives a token, however long the text is" : "kept for the tokens to come"))
      drawn.append((read, memory.growth, own, writers))
      if isTwoWay {
        join(own, read.first!, isBoth: true)
      } else {
        // Read first: where what is written comes of what is read, the way back is the writing.
        read.sorted().forEach { join(own, $0) }
        writers.forEach { join($0, own) }
      }
    }
  }

  private var held: [String: [Shape]] = [:]
  private func sizes(of id: String) -> [Shape] { held[id] ?? [] }
}
