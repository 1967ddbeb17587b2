// A tensor at the prompt: arithmetic, subscripts by place and by axis name, and comparison with tolerance.

import Blocks
import Language
import Tensors

/// A tensor as a value of the language.
struct TensorObject: Object {
  let tensor: Tensor
  /// What it is called where it was looked up: `scores`.
  var label = ""
  /// What its axes stand for, outermost first; one for each.
  var labels: [AxisLabel]

  /// A tensor that belongs to a session's trace stays there, so that Ctrl-C stops what is computed from it; a recording is left, but for one that
  /// follows what a learner computes.
  init(_ tensor: Tensor, label: String = "", axes: [String] = []) {
    self.tensor = tensor.isFollowed ? tensor : tensor.tracked(by: tensor.trace?.recording == nil ? tensor.trace : nil)
    self.label = label
    labels = axes.count == tensor.rank ? axes.map { AxisLabel($0) } : Array(repeating: AxisLabel(), count: tensor.rank)
  }

  /// The value, or the fault as the learner's error.
  static func value(_ tensor: Tensor, like other: TensorObject? = nil) throws -> Value {
    try value(tensor, labels: other?.tensor.shape == tensor.shape ? other?.labels : nil)
  }

  /// - Parameter labels: one for each axis; nil where nothing is known.
  static func value(_ tensor: Tensor, labels: [AxisLabel]?) throws -> Value {
    if let fault = tensor.fault { throw failure(of: fault) }
    var object = TensorObject(tensor)
    if let labels, labels.count == tensor.rank { object.labels = labels }
    return .object(object)
  }

  static func failure(of fault: Fault) -> Failure {
    switch fault.kind {
    case .shape: Failure(.wrongShape, fault.description)
    case .interrupted: Failure(.interrupted, "interrupted")
    default: Failure(.host, fault.description)
    }
  }

  /// A tensor from whatever stands for one: a tensor, a number, nested lists of numbers.
  static func tensor(_ value: Value) -> Tensor? {
    switch value {
    case .object(let object): return (object as? TensorObject)?.tensor
    case .list(let list): return from(list)
    default: return value.asDouble.map { Tensor(Float($0)) }
    }
  }

  private static func from(_ list: List) -> Tensor? {
    if list.isEmpty { return Tensor([], [0]) }
    if case .list = list[0] {
      let rows = list.map { element -> Tensor? in if case .list(let inner) = element { return from(inner) } else { return nil } }
      guard let first = rows[0], rows.allSatisfy({ $0?.shape == first.shape }) else { return nil }
      return Tensor(rows.flatMap { $0!.values }, [rows.count] + first.shape)
    }
    if case .object = list[0] {
      let rows = list.map { tensor($0) }
      guard let first = rows[0], rows.allSatisfy({ $0?.shape == first.shape }) else { return nil }
      return Tensor(rows.flatMap { $0!.values }, [rows.count] + first.shape)
    }
    let numbers = list.map(\.asDouble)
    guard !numbers.contains(nil) else { return nil }
    return Tensor(numbers.map { Float($0!) }, [numbers.count])
  }

  /// Numbers that become a list: a list takes some fifty times the memory of a tensor.
  static let mostValues = 1_000_000

  var typeName: String { "Tensor" }
  var typeDescription: String { "Tensor \(tensor.shape.described)" }
  var description: String { TensorDisplay(self).text }
  func description(fitting width: Int) -> String { TensorDisplay(self, fitting: width).text }
  var plain: String { TensorDisplay(self).sentence }
  var summary: String { tensor.count == 1 ? formatted(Double(tensor.item)) : tensor.count <= 8 && tensor.rank == 1 ? "[" + tensor.values.map { formatted(Double($0), digits: 4) }.joined(separator: ", ") + "]" : typeDescription }
  /// (As a plain number it would leave the recording that follows it.)
  var scalar: Double? { tensor.count == 1 && !tensor.isFollowed ? Double(tensor.item) : nil }

  var members: [Member] {
    let axis = Language.Parameter.labelled("axis", .optional(.integer), "counted from 0, or from the end with −1")
    return [
      .property("shape", returns: "[Int]", "sizes of the axes, outermost first"),
      .property("T", returns: "Tensor", "the last two axes exchanged"),
      .property("rank", returns: "Int", "number of axes"), .property("count", returns: "Int", "number of numbers"),
      .property("min", returns: "Double", "the smallest number"), .property("max", returns: "Double", "the largest number"),
      .property("rowSums", returns: "Tensor", "sums along the last axis"), .property("values", returns: "[Double]", "all numbers in a list, row after row"),
      .property("axes", returns: "[String]", "names of the axes, where they have names"),
      .property("name", returns: "String", "the name under which it was looked up"),
      .method("sum", [axis], returns: "Tensor", "the sum of all, or along an axis", example: "tensor([[1, 2], [3, 4]]).sum(axis: 0)"),
      .method("mean", [axis], returns: "Tensor", "the average of all, or along an axis"),
      .method("argmax", [axis], returns: "Tensor", "place of the largest along an axis; the last one if left out"),
      .method("reshaped", [.rest("sizes", .integer)], returns: "Tensor", "the same numbers in another shape; one size may be -1", example: "tensor([1, 2, 3, 4]).reshaped(2, -1)"),
      .method("permuted", [.rest("order", .integer)], returns: "Tensor", "the axes in another order"),
      .method("rounded", [.labelled("to", .integer, default: 0, "digits after the point")], returns: "Tensor", "rounded numbers"),
      .method("map", [.value("name", .string, "such as \"relu\"")], returns: "Tensor", "an activation applied to every number"),
    ]
  }

  func property(_ name: String) throws -> Value? {
    switch name {
    case "shape": return .shape(tensor.shape)
    case "T": return try TensorObject.value(tensor.transposed, labels: labels.transposed)
    case "rank": return .integer(tensor.rank)
    case "count": return .integer(tensor.count)
    case "min": return .number(try TensorObject.extreme(tensor, .minimum))
    case "max": return .number(try TensorObject.extreme(tensor, .maximum))
    case "rowSums": return try TensorObject.value(tensor.sum().reshaped(Array(tensor.shape.dropLast())), labels: labels.dropLast())
    case "values":
      guard tensor.count <= TensorObject.mostValues else { throw Failure(.tooManyElements(TensorObject.mostValues)) }
      return .elements(tensor.values.map { .number(Double($0)) })
    case "axes": return .elements(axes.map { .string($0) })
    case "name": return .string(label)
    default: return nil
    }
  }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    switch method {
    case "sum": return try reduce(a, .sum)
    case "mean":
      let axis = try axisArgument(a)
      let count = axis.map { tensor.shape[$0] } ?? tensor.count
      return try TensorObject.value(reduced(axis, .sum) * (1 / Float(max(1, count))), labels: axis.map(labels.without))
    case "argmax":
      let axis = try axisArgument(a) ?? (tensor.rank == 0 ? nil : tensor.rank - 1)
      return try TensorObject.value(reduced(axis, .argmax), labels: axis.map(labels.without))
    case "reshaped": return try TensorObject.value(tensor.reshaped(try a.integers("sizes")))
    case "permuted":
      let order = try a.integers("order"), moved = Permute(order).apply([tensor])
      return try TensorObject.value(moved, labels: moved.fault == nil ? order.map { labels[$0] } : nil)
    case "rounded":
      let scale = Float(pow10(try a.integer("to")))
      return try TensorObject.value(try TensorObject.mapped(tensor) { ($0 * scale).rounded() / scale }, like: self)
    case "map":
      let name = try a.string("name")
      guard let function = Unary.Function(rawValue: name) else {
        throw a.invalid("name", "must be one of \(Unary.Function.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return try TensorObject.value(tensor.map(function), like: self)
    default: return nil
    }
  }

  private func axisArgument(_ a: Arguments) throws -> Int? {
    guard case .integer(let given) = a["axis"] else { return nil }
    let axis = given < 0 ? tensor.rank + given : given
    guard tensor.shape.indices.contains(axis) else {
      throw Failure(.outOfRange, "axis \(given) is outside of this tensor's \(tensor.rank) axes \(tensor.shape.described)", at: a.span(of: "axis"))
    }
    return axis
  }

  private func reduce(_ a: Arguments, _ function: Reduce.Function) throws -> Value {
    let axis = try axisArgument(a)
    return try TensorObject.value(reduced(axis, function), labels: axis.map(labels.without))
  }

  /// Along an axis, which disappears; nil: over everything.
  private func reduced(_ axis: Int?, _ function: Reduce.Function) -> Tensor {
    guard let axis else { return Reduce(function).apply([tensor.reshaped([tensor.count])]).reshaped([]) }
    var order = Array(tensor.shape.indices)
    order.append(order.remove(at: axis))
    let moved = Reduce(function).apply([Permute(order).apply([tensor])])
    return moved.reshaped(Array(moved.shape.dropLast()))
  }

  func element(_ a: Arguments) throws -> Value? {
    var x = tensor
    var kept = labels
    // Later axes first, so that dropping one does not move those before it.
    var places: [(axis: Int, value: Value, span: Span)] = []
    var next = 0
    for argument in a.all {
      var axis = next
      if let label = argument.label {
        guard let named = axes.firstIndex(of: label) else {
          let names = axes.filter { !$0.isEmpty }
          let known = names.isEmpty ? "its axes have no names" : "its axes are \(names.joined(separator: ", "))"
          throw Failure(.wrongArgument, "this tensor has no axis '\(label)'; \(known)", at: argument.span)
        }
        axis = named
      } else {
        next += 1
      }
      guard axis < tensor.rank else {
        throw Failure(.outOfRange, "too many subscripts: the tensor \(tensor.shape.described) has \(tensor.rank) axes", at: argument.span)
      }
      places.append((axis, argument.value, argument.span))
    }
    for place in places.sorted(by: { $0.axis > $1.axis }) {
      let size = tensor.shape[place.axis]
      switch place.value {
      case .integer(let given):
        let index = given < 0 ? size + given : given
        guard (0..<size).contains(index) else {
          throw Failure(.outOfRange, "\(given) is outside of axis \(place.axis) of \(tensor.shape.described): 0..<\(size)", at: place.span)
        }
        x = x.slice(index..<(index + 1), axis: place.axis)
        x = x.reshaped(x.shape.enumerated().filter { $0.offset != place.axis }.map(\.element))
        kept.remove(at: place.axis)
      case .range(let interval):
        let range = try interval.positions(in: size)
        x = x.slice(range, axis: place.axis)
        if kept[place.axis].tokens.count == size { kept[place.axis].tokens = Array(kept[place.axis].tokens[range]) }
      default:
        throw Failure(.wrongType, "a subscript is an Int or a range, not \(place.value.typeName)", at: place.span)
      }
    }
    if let fault = x.fault { throw TensorObject.failure(of: fault) }
    if x.rank == 0, !x.isFollowed { return .number(Double(x.item)) }
    var object = TensorObject(x, label: label)
    object.labels = kept
    return .object(object)
  }

  func binary(_ operation: Operator, _ side: Side, _ other: Value) throws -> Value? {
    var given = TensorObject.tensor(other)
    if case .object(let object) = other, let mask = object as? MaskObject { given = mask.tensor(like: tensor) }
    guard let y = given else { return nil }
    let (a, b) = side == .left ? (tensor, y) : (y, tensor)
    let theirs = TensorObject.of(other)?.labels ?? Array(repeating: AxisLabel(), count: y.rank)
    let (before, after) = side == .left ? (labels, theirs) : (theirs, labels)
    let result: Tensor
    switch operation {
    case .add: result = a + b
    case .subtract: result = a - b
    case .multiply: result = a * b
    case .divide: result = a / b
    case .power: result = Binary(.power).apply([a, b])
    case .matrix: return try TensorObject.value(matmul(a, b), labels: before.product(after))
    case .less: result = Binary(.less).apply([a, b])
    case .lessEqual: result = Binary(.lessEqual).apply([a, b])
    case .greater: result = Binary(.less).apply([b, a])
    case .greaterEqual: result = Binary(.lessEqual).apply([b, a])
    default: return nil
    }
    return try TensorObject.value(result, labels: before.spread(over: result.shape, from: a.shape, with: after, from: b.shape))
  }

  func unary(_ operation: Operator) throws -> Value? {
    operation == .subtract ? try TensorObject.value(-tensor, like: self) : nil
  }

  func equals(_ other: Value) throws -> Bool? {
    guard let y = TensorObject.tensor(other) else { return nil }
    return try tensor.shape == y.shape && TensorObject.violations(tensor, y, ==) == nil
  }

  func difference(from other: Value, _ tolerance: Tolerance) throws -> Difference? {
    guard let y = TensorObject.tensor(other) else { return nil }
    guard let shape = tensor.shape.broadcast(with: y.shape), shape == tensor.shape || y.rank == 0 || tensor.rank == 0 else {
      return .found(place: " in shape", values: "\(tensor.shape.described) against \(y.shape.described)")
    }
    if let refusal = Budget.refusal(of: Cost.product(8, shape.elementCount)) { throw TensorObject.failure(of: Fault(refusal)) }
    let a = tensor.untracked.expanded(shape).tracked(by: tensor.trace), b = y.untracked.expanded(shape)
    guard let wrong = try TensorObject.violations(a, b, { tolerance.holds(Double($0), Double($1)) }) else { return Difference.none }
    var place: [Int] = [], rest = wrong.first
    for size in shape.reversed() {
      place.insert(rest % size, at: 0)
      rest /= size
    }
    let more = wrong.count > 1 ? " (and in \(wrong.count - 1) more place\(wrong.count == 2 ? "" : "s"))" : ""
    func number(_ x: Tensor) -> Double { Double(x.materialised.pointer[wrong.first]) }
    let (mine, theirs) = toldApart(number(a), number(b))
    return .found(place: " at \(place)", values: "\(mine) instead of \(theirs)\(more)")
  }

  func elements() throws -> [Value]? {
    guard tensor.rank > 0 else { return nil }
    return try (0..<tensor.shape[0]).map { i in
      let part = tensor.untracked.slice(i..<(i + 1), axis: 0).reshaped(Array(tensor.shape.dropFirst()))
      return part.rank == 0 ? .number(Double(part.item)) : try TensorObject.value(part.tracked(by: tensor.trace), labels: Array(labels.dropFirst()))
    }
  }
}

extension Tensor {
  /// Whether a gradient is going to be taken through what is computed from this tensor.
  var isFollowed: Bool { trace?.recording?.isFollowed == true }
}

private func pow10(_ n: Int) -> Double { (0..<abs(min(max(n, -30), 30))).reduce(1) { x, _ in n < 0 ? x / 10 : x * 10 } }
