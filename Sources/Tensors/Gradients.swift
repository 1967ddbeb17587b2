// Gradients: the recording of a run, walked backwards. Each operation's pullback turns the gradient by its outputs into gradients by its
// inputs; what several operations read adds up.

import CKernels

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
    let asked = Asked(wanted)
    var gradients = Gradients()
    let seed = Tensor.filled(loss.shape, with: 1).tracked(by: trace)
    guard loss.node >= 0 else {
      gradients.table[Gradients.Key(loss)] = seed
      return gradients
    }
    let last = Int(loss.node), reached = reached(from: asked, upTo: last)
    var pending = Pending(nodes[0...last])
    pending.add(seed, node: loss.node, output: loss.output, records: true)
    let outer = trace?.part
    defer { if let outer { trace?.part = outer } }
    let records = trace?.recording != nil

    for index in stride(from: last, through: 0, by: -1) {
      if let trace, trace.isStopped { throw Fault(.interrupted) }
      defer { if freeing { forget(from: index) } }
      guard reached[index] else { continue }
      let node = nodes[index]
      let given = pending.take(index)
      if asked.hasPlaces {
        for (output, gradient) in given.enumerated() {
          let key = Gradients.Key(node: Int32(index), output: Int32(output))
          if let gradient, asked.keys.contains(key) { gradients.table[key] = gradient }
        }
      }
      guard given.contains(where: { $0 != nil }) else { continue }
      let needs = node.inputs.map { ($0.node >= 0 && reached[Int($0.node)]) || asked.contains($0) }
      guard needs.contains(true) else { continue }
      if !records, let slice = node.primitive as? Slice, let gradient = given[0], node.inputs[0].node >= 0 {
        if let fault = gradient.fault { throw fault }
        pending.add(gradient, through: slice, to: node.inputs[0])
        continue
      }
      let pullback = Pullback(
        forward: node.primitive, inputs: node.inputs.count, outputs: node.outputs.count, given: given.map { $0 != nil }, needs: needs)
      // What a way back takes: a gradient for each input that it is asked for, and as much again while it is computed.
      let room = Budget.bytes(of: node.inputs.indices.lazy.filter { needs[$0] && !(node.primitive is Expand) }.map { node.inputs[$0].shape })
      if let refusal = Budget.refusal(of: room) { throw Fault(refusal, part: node.part) }
      let back: [Tensor?]
      if records, let trace {
        trace.part = { node.part }
        let all = (node.inputs + node.outputs).map { $0.tracked(by: trace) } + given.compactMap { $0 }
        var recorded = pullback.apply(all: all, trace: trace).makeIterator()
        back = needs.map { $0 ? recorded.next() : nil }
      } else {
        back = node.primitive.pullback(node.inputs.map { $0.tracked(by: trace) }, node.outputs.map { $0.tracked(by: trace) }, given, needs: needs)
      }
      for (i, gradient) in back.enumerated() where needs[i] {
        guard let gradient else { continue }
        if let fault = gradient.fault { throw Fault(fault.kind, part: fault.part.isEmpty ? node.part : fault.part) }
        let input = node.inputs[i]
        guard gradient.shape == input.shape else {
          throw Fault(.other(operation: node.primitive.name, message: "gave a gradient \(gradient.shape.described) for an input \(input.shape.described)"), part: node.part)
        }
        if input.node >= 0 {
          pending.add(gradient, node: input.node, output: input.output, records: records)
        } else {
          Tensor.add(gradient, to: &gradients.table[Gradients.Key(input)], records: records)
        }
      }
    }
    return gradients
  }

  /// Which operations depend on what is asked for.
  private func reached(from asked: Asked, upTo last: Int) -> [Bool] {
    var reached = [Bool](repeating: false, count: nodes.count)
    for index in 0...last {
      reached[index] =
        nodes[index].inputs.contains { ($0.node >= 0 && reached[Int($0.node)]) || asked.contains($0) }
        || (asked.hasPlaces && nodes[index].outputs.indices.contains { asked.keys.contains(Gradients.Key(node: Int32(index), output: Int32($0))) })
    }
    return reached
  }
}

extension Gradients.Key {
  init(node: Int32, output: Int32) { (self.node, self.output, storage, offset) = (node, output, nil, 0) }
}

/// What a gradient is taken by.
private struct Asked {
  let keys: Set<Gradients.Key>
  /// Places in the recording are among them, not leaves alone.
  let hasPlaces: Bool

  init(_ wanted: [Tensor]) {
    keys = Set(wanted.map(Gradients.Key.init))
    hasPlaces = wanted.contains { $0.node >= 0 }
  }

  func contains(_ tensor: Tensor) -> Bool { (tensor.node < 0 || hasPlaces) && keys.contains(Gradients.Key(tensor)) }
}

/// Gradients that have come together so far by what the recording made, until the walk takes them.
private struct Pending {
  /// Where the outputs of each node begin in `slots`.
  private var first: [Int] = [0]
  private var slots: [Tensor?]

  init(_ nodes: ArraySlice<Node>) {
    first.reserveCapacity(nodes.count + 1)
    for node in nodes { first.append(first[first.count - 1] + node.outputs.count) }
    slots = Array(repeating: nil, count: first[first.count - 1])
  }

  /// The gradients by a node's outputs, which nothing adds to any more.
  mutating func take(_ node: Int) -> [Tensor?] {
    let given = Array(slots[first[node]..<first[node + 1]])
    for i in first[node]..<first[node + 1] { slots[i] = nil }
    return given
  }

  mutating func add(_ gradient: Tensor, node: Int32, output: Int32, records: Bool) {
    Tensor.add(gradient, to: &slots[first[Int(node)] + Int(output)], records: records)
  }

  /// The gradient of a slice is added to its part alone: a text that is cut into many would else be written once for each.
  mutating func add(_ gradient: Tensor, through slice: Slice, to input: Tensor) {
    let place = first[Int(input.node)] + Int(input.output)
    var whole = slots[place] ?? Tensor.filled(input.shape, with: 0).tracked(by: gradient.trace)
    slots[place] = nil
    if !whole.mayBeAddedTo { whole = (whole + Tensor(0)).materialised }
    gradient.accumulate(into: slice.value([whole], gradient.shape, stop: nil))
    slots[place] = whole
  }
}

extension Tensor {
  /// Adds up gradients by the same tensor: in place where nobody else holds the sum and no one records.
  fileprivate static func add(_ gradient: Tensor, to sum: inout Tensor?, records: Bool) {
    guard var before = sum else { sum = gradient; return }
    sum = nil
    if !records, before.mayBeAddedTo, gradient.storage != nil, gradient.type == .f32 {
      gradient.accumulate(into: before)
      sum = before
    } else {
      sum = before + gradient
    }
  }

  /// Whether nobody else sees these numbers.
  fileprivate var mayBeAddedTo: Bool {
    mutating get { isUniquelyHeld && storage?.isOwned == true && type == .f32 && isContiguous }
  }

  /// target += self, number by number; the shapes are equal, and no two numbers of the target lie in the same place.
  fileprivate func accumulate(into target: Tensor) {
    ork_accumulate(Int32(rank), shape.wide, pointer, strides.wide, target.pointer, target.strides.wide)
  }
}
