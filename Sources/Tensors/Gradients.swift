// Gradients: the recording of a run, walked backwards. Each operation's pullback turns the gradient by its outputs into gradients by its
// inputs; what several operations read adds up.

/// Gradients of one number by the tensors that it was computed from.
public struct Gradients: Sendable {
  var table: [Key: Tensor] = [:]

  /// A place in a recording, or a leaf: a tensor that no operation of the recording made, known by the numbers that it looks at.
  struct Key: Hashable {
    let node: Int32, output: Int32, storage: ObjectIdentifier?, offset: Int

    init(_ tensor: Tensor) {
      (node, output) = (tensor.node, tensor.output)
      storage = tensor.node < 0 ? tensor.storage.map { ObjectIdentifier($0) } : nil
      offset = tensor.node < 0 ? tensor.offset : 0
    }
  }

  /// The gradient by a leaf or by a tensor of the recording that was asked for, with its shape; nil if the loss does not depend on it.
  public subscript(tensor: Tensor) -> Tensor? { table[Key(tensor)] }
}

extension Recording {
  /// Gradients of `loss` (one number) by the tensors in `wanted`: leaves, such as parameters, or anything that the recording made.
  ///
  /// - Parameters:
  ///   - trace: where the gradient's own operations are counted and, if it records, recorded: a gradient can be stepped through as the
  ///     forward can. nil: nowhere.
  ///   - freeing: forget each operation once the walk has passed it, so that memory falls as the walk goes on. The recording is empty
  ///     afterwards.
  /// - Throws: the fault of an operation that cannot be walked (it has no pullback), `.interrupted` if the trace is stopped.
  public func gradients(of loss: Tensor, by wanted: [Tensor], trace: Trace? = nil, freeing: Bool = false) throws(Fault) -> Gradients {
    if let fault = loss.fault { throw fault }
    guard loss.count == 1 else {
      throw Fault(.other(operation: "gradient", message: "is taken of one number, and this is a tensor \(loss.shape.described); sum it first"))
    }
    let asked = Set(wanted.map(Gradients.Key.init))
    var gradients = Gradients()
    gradients.table[Gradients.Key(loss)] = Tensor.filled(loss.shape, with: 1).tracked(by: trace)
    guard loss.node >= 0 else { return gradients }
    let reached = reached(from: asked, upTo: Int(loss.node))
    let outer = trace?.part
    defer { if let outer { trace?.part = outer } }

    for index in stride(from: Int(loss.node), through: 0, by: -1) {
      if let trace, trace.isStopped { throw Fault(.interrupted) }
      defer { if freeing { forget(from: index) } }
      guard reached[index] else { continue }
      let node = nodes[index]
      let keys = node.outputs.indices.map { Gradients.Key(node: Int32(index), output: Int32($0)) }
      let given = keys.map { gradients.table[$0] }
      for key in keys where !asked.contains(key) { gradients.table[key] = nil }
      guard given.contains(where: { $0 != nil }) else { continue }
      let needs = node.inputs.map { $0.node >= 0 ? reached[Int($0.node)] || asked.contains(Gradients.Key($0)) : asked.contains(Gradients.Key($0)) }
      guard needs.contains(true) else { continue }
      let pullback = Pullback(
        forward: node.primitive, inputs: node.inputs.count, outputs: node.outputs.count, given: given.map { $0 != nil }, needs: needs)
      let all = (node.inputs + node.outputs).map { $0.tracked(by: trace) } + given.compactMap { $0 }
      let back: [Tensor?]
      if let trace, trace.recording != nil {
        trace.part = { node.part }
        var recorded = pullback.apply(all: all, trace: trace).makeIterator()
        back = needs.map { $0 ? recorded.next() : nil }
      } else {
        back = pullback.gradients(all)
      }
      for (i, gradient) in back.enumerated() where needs[i] {
        guard let gradient else { continue }
        if let fault = gradient.fault { throw Fault(fault.kind, part: fault.part.isEmpty ? node.part : fault.part) }
        guard gradient.shape == node.inputs[i].shape else {
          throw Fault(.other(operation: node.primitive.name, message: "gave a gradient \(gradient.shape.described) for an input \(node.inputs[i].shape.described)"), part: node.part)
        }
        gradients.add(gradient, to: Gradients.Key(node.inputs[i]))
      }
    }
    return gradients
  }

  /// Which operations depend on what is asked for.
  private func reached(from asked: Set<Gradients.Key>, upTo last: Int) -> [Bool] {
    var reached = [Bool](repeating: false, count: nodes.count)
    for index in 0...last {
      reached[index] =
        nodes[index].inputs.contains { ($0.node >= 0 && reached[Int($0.node)]) || asked.contains(Gradients.Key($0)) }
        || nodes[index].outputs.indices.contains { asked.contains(Gradients.Key(node: Int32(index), output: Int32($0))) }
    }
    return reached
  }
}

extension Gradients.Key {
  init(node: Int32, output: Int32) { (self.node, self.output, storage, offset) = (node, output, nil, 0) }
}

extension Gradients {
  mutating func add(_ gradient: Tensor, to key: Key) {
    guard let before = table[key] else { table[key] = gradient; return }
    table[key] = before + gradient
  }
}
