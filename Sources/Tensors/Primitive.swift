// A primitive owns all the meanings of one operation: its name, its shape rule, its value, its pullback and its cost.

/// One operation on tensors. The shape rule is the only validation: a value is computed only after it has passed.
public protocol Primitive: Sendable {
  /// The operation as a learner reads it: `softmax`, `linear`.
  var name: String { get }
  /// The operation as a formula over its inputs, such as `softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`.
  var formula: String { get }
  /// Shapes of the outputs, or what is wrong with the inputs.
  func shapes(_ inputs: [Shape]) throws(ShapeError) -> [Shape]
  /// The outputs for inputs that have passed the shape rule and have numbers.
  func values(_ inputs: [Tensor], _ shapes: [Shape], stop: UnsafeMutablePointer<Int32>?) -> [Tensor]
  /// Gradient of a loss by each input, from its gradients by the outputs; nil where nothing flows.
  /// - Parameter needs: whose gradient anyone asks for; the others may be nil.
  func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?]
  func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost
  /// Bytes that the value takes while it is computed, asked of the budget before: results, and copies of inputs that are laid out anew.
  func room(_ inputs: [Tensor], _ outputs: [Shape]) -> Int
}

/// What a shape rule expected.
public struct ShapeError: Error {
  public let expected: String
  public init(_ expected: String) { self.expected = expected }
}

/// A primitive with one output: most of them.
public protocol SinglePrimitive: Primitive {
  func shape(_ inputs: [Shape]) throws(ShapeError) -> Shape
  func value(_ inputs: [Tensor], _ shape: Shape, stop: UnsafeMutablePointer<Int32>?) -> Tensor
}

extension SinglePrimitive {
  public func shapes(_ inputs: [Shape]) throws(ShapeError) -> [Shape] { [try shape(inputs)] }
  public func values(_ inputs: [Tensor], _ shapes: [Shape], stop: UnsafeMutablePointer<Int32>?) -> [Tensor] {
    [value(inputs, shapes[0], stop: stop)]
  }

  /// Applies the operation: the one way in which tensors come from tensors. Of inputs of several traces the first counts, or the first that
  /// records. Kept apart from `apply` below because
  /// four arrays fewer is what a mini model's forward feels.
  public func apply(_ inputs: [Tensor], trace given: Trace? = nil) -> Tensor {
    var trace = given
    var isOutline = false
    for i in inputs.indices {
      if let fault = inputs[i].fault { return Tensor(fault: fault, shape: inputs[i].shape, trace: inputs[i].trace) }
      if let other = inputs[i].trace, trace == nil || (trace!.recording == nil && other !== trace && other.recording != nil) { trace = other }
      if inputs[i].isOutline { isOutline = true }
    }
    var result: Tensor
    do {
      let inputShapes = inputs.map(\.shape)
      let shape = try shape(inputShapes)
      if let trace {
        trace.cost = trace.cost + cost(inputShapes, [shape])
        if trace.stop.pointee != 0 { return Tensor(fault: Fault(.interrupted), shape: shape, trace: trace) }
      }
      if isOutline {
        result = Tensor(outline: shape)
      } else if let refusal = Budget.refusal(of: room(inputs, [shape])) {
        return Tensor(fault: Fault(refusal, part: trace?.part() ?? ""), shape: shape, trace: trace)
      } else {
        result = value(inputs, shape, stop: trace?.stop)
        // A kernel that was stopped in the middle has left its output half done.
        if let trace, trace.stop.pointee != 0 { return Tensor(fault: Fault(.interrupted), shape: shape, trace: trace) }
      }
    } catch {
      return poisoned(inputs, error, trace)
    }
    guard let trace else { return isOutline ? result.descended(from: inputs, by: self) : result }
    if let recording = trace.recording {
      return recording.append(self, inputs, [result], part: trace.part(), for: trace)[0]
    }
    result.place(in: trace)
    return result
  }
}

extension Primitive {
  public var formula: String { name }
  /// A primitive that has not been given a pullback poisons the gradient: it never drops it silently.
  public func pullback(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?], needs: [Bool]) -> [Tensor?] {
    inputs.map { Tensor(fault: Fault(.other(operation: name, message: "has no pullback")), shape: $0.shape) }
  }
  public func cost(_ inputs: [Shape], _ outputs: [Shape]) -> Cost { Cost() }
  public func room(_ inputs: [Tensor], _ outputs: [Shape]) -> Int {
    inputs.reduce(Budget.bytes(of: outputs)) { $1.isContiguous ? $0 : Cost.sum($0, Cost.bytes($1.count)) }
  }

  /// Applies an operation with any number of outputs.
  public func apply(all inputs: [Tensor], trace given: Trace? = nil) -> [Tensor] {
    var trace = given, fault: Fault?
    for input in inputs {
      if let other = input.trace, trace == nil || (trace!.recording == nil && other !== trace && other.recording != nil) { trace = other }
      if fault == nil { fault = input.fault }
    }
    do {
      let given = inputs.map(\.shape)
      let shapes = try shapes(given)
      if let fault = fault ?? (trace?.isStopped == true ? Fault(.interrupted) : nil) {
        return shapes.map { Tensor(fault: fault, shape: $0, trace: trace) }
      }
      if let trace { trace.cost = trace.cost + cost(given, shapes) }
      let isOutline = inputs.contains(where: \.isOutline)
      if !isOutline, let refusal = Budget.refusal(of: room(inputs, shapes)) {
        return shapes.map { Tensor(fault: Fault(refusal, part: trace?.part() ?? ""), shape: $0, trace: trace) }
      }
      let results = isOutline ? shapes.map { Tensor(outline: $0) } : values(inputs, shapes, stop: trace?.stop)
      if trace?.isStopped == true { return shapes.map { Tensor(fault: Fault(.interrupted), shape: $0, trace: trace) } }
      guard let trace else { return isOutline ? results.enumerated().map { $1.descended(from: inputs, by: self, output: $0) } : results }
      if let recording = trace.recording { return recording.append(self, inputs, results, part: trace.part(), for: trace) }
      var tracked = results
      for i in tracked.indices { tracked[i].place(in: trace) }
      return tracked
    } catch {
      // How many outputs there would have been is unknown: whoever destructures sees the fault in each.
      return Array(repeating: poisoned(inputs, error, trace), count: 4)
    }
  }

  /// The value alone: no trace, no recording. Used by stepping, which runs single nodes again.
  public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
    guard let shapes = try? shapes(inputs.map(\.shape)) else { return [] }
    return values(inputs, shapes, stop: nil)
  }

  func poisoned(_ inputs: [Tensor], _ error: ShapeError, _ trace: Trace?) -> Tensor {
    if let fault = inputs.lazy.compactMap(\.fault).first { return Tensor(fault: fault, trace: trace) }
    let kind = Fault.Kind.shape(operation: name, shapes: inputs.map(\.shape), expected: error.expected)
    return Tensor(fault: Fault(kind, part: trace?.part() ?? ""), trace: trace)
  }
}
