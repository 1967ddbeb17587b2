// Functions of tensors and masks that every cell can name.

import Blocks
import Language
import Tensors

extension Environment {
  /// - Parameter trace: the session's; what is made here belongs to it, so that its stop flag ends what is computed from it.
  mutating func addTensors(_ trace: Trace) {
    let tensor = ValueType.object("Tensor")
    let numbers = ValueType.oneOf([tensor, .list(of: nil)])
    define(type: "Tensor")
    define(type: "Mask")
    define("tensor", [.value("values", .oneOf([.list(of: nil), .number, tensor]), "numbers, or lists of them")], returns: "Tensor", "a tensor of numbers", example: "tensor([[1, 2], [3, 4]])") { a in
      guard let x = TensorObject.tensor(a["values"]) else { throw a.invalid("values", "must be numbers, in lists of equal lengths") }
      return try TensorObject.value(x.tracked(by: trace))
    }
    for (name, value, about) in [("zeros", Float(0), "zeros"), ("ones", Float(1), "ones")] {
      define(name, [.rest("sizes", .integer)], returns: "Tensor", "a tensor of \(about)", example: "\(name)(2, 3)") { a in
        try TensorObject.value(.filled(try sizes(a), with: value, until: trace.stop).tracked(by: trace))
      }
    }
    define("identity", [.value("size", .integer)], returns: "Tensor", "ones on the diagonal", example: "identity(3)") { a in
      let n = try a.integer("size")
      guard (1...4096).contains(n) else { throw a.invalid("size", "must lie between 1 and 4096") }
      return try TensorObject.value(Tensor((0..<n * n).map { $0 / n == $0 % n ? 1 : 0 }, [n, n]).tracked(by: trace))
    }
    define("random", [.rest("sizes", .integer), .labelled("seed", .integer, default: 0)], returns: "Tensor", "normal numbers; the same seed gives the same ones", example: "random(2, 3, seed: 7)") { a in
      var generator = SeededGenerator(seed: UInt64(bitPattern: Int64(try a.integer("seed"))))
      return try TensorObject.value(.normal(try sizes(a), using: &generator, stop: trace.stop).tracked(by: trace))
    }
    define("arange", [.value("count", .integer)], returns: "Tensor", "0, 1, 2, …", example: "arange(4)") { a in
      let n = try a.integer("count")
      guard (0...1 << 22).contains(n) else { throw a.invalid("count", "must lie between 0 and 4194304") }
      return try TensorObject.value(Tensor((0..<n).map { Float($0) }, [n]).tracked(by: trace))
    }
    define("softmax", [.value("x", numbers), .labelled("axis", .integer, default: -1)], returns: "Tensor", "exp(x) along an axis, divided by its sum", example: "softmax(tensor([1, 2, 3]))") { a in
      let x = try argument(a, "x"), given = try a.integer("axis")
      let axis = given < 0 ? x.rank + given : given
      guard x.shape.indices.contains(axis) else { throw a.invalid("axis", "must lie within the \(x.rank) axes of \(x.shape.described)") }
      var order = Array(x.shape.indices)
      order.swapAt(axis, x.rank - 1)
      let result = axis == x.rank - 1 ? Tensors.softmax(x) : Permute(order).apply([Tensors.softmax(Permute(order).apply([x]))])
      return try TensorObject.value(result, like: TensorObject.of(a["x"]))
    }
    define("matmul", [.value("a", numbers), .value("b", numbers)], returns: "Tensor", "the matrix product; a @ b is the same", example: "matmul(ones(2, 3), ones(3, 2))") { a in
      try TensorObject.value(Tensors.matmul(try argument(a, "a"), try argument(a, "b")), labels: labels(a, "a").product(labels(a, "b")))
    }
    define("layerNorm", [.value("x", numbers), .labelled("epsilon", .number, default: 1e-5)], returns: "Tensor", "(x − mean) / √(variance + ε) along the last axis") { a in
      try TensorObject.value(LayerNormalise(epsilon: Float(try a.number("epsilon"))).apply([try argument(a, "x")]), like: TensorObject.of(a["x"]))
    }
    define("rmsNorm", [.value("x", numbers), .labelled("epsilon", .number, default: 1e-6)], returns: "Tensor", "x / √(mean x² + ε) along the last axis") { a in
      try TensorObject.value(RMSNormalise(epsilon: Float(try a.number("epsilon"))).apply([try argument(a, "x")]), like: TensorObject.of(a["x"]))
    }
    define("concat", [.value("parts", .list(of: tensor)), .labelled("axis", .integer, default: 0)], returns: "Tensor", "tensors one behind the other") { a in
      let parts = try a.list("parts").compactMap { TensorObject.tensor($0) }
      guard !parts.isEmpty else { throw a.invalid("parts", "must hold at least one tensor") }
      let axis = try a.integer("axis")
      var kept = TensorObject.of(try a.list("parts")[0])?.labels
      let place = axis < 0 ? parts[0].rank + axis : axis
      // Along the joined axis the tokens follow each other, where all parts have them.
      if kept?.indices.contains(place) ?? false {
        let tokens = try a.list("parts").map { TensorObject.of($0).flatMap { $0.labels.indices.contains(place) ? $0.labels[place].tokens : nil } ?? [] }
        kept![place].tokens = tokens.contains([]) ? [] : tokens.flatMap { $0 }
      }
      return try TensorObject.value(concatenate(parts, axis: axis), labels: kept)
    }
    // The functions of numbers, of tensors as well.
    let unary: [(String, Unary.Function, String)] = [
      ("sqrt", .sqrt, "√x"), ("exp", .exp, "e to the x"), ("log", .log, "the natural logarithm"), ("abs", .abs, "the amount without its sign"),
      ("sin", .sin, "the sine"), ("cos", .cos, "the cosine"), ("tanh", .tanh, "the hyperbolic tangent"), ("sigmoid", .sigmoid, "1 / (1 + e⁻ˣ)"),
      ("relu", .relu, "max(0, x)"), ("gelu", .gelu, "½·x·(1 + erf(x/√2))"), ("silu", .silu, "x·σ(x)"), ("softplus", .softplus, "ln(1 + eˣ)"),
    ]
    for (name, function, about) in unary {
      define(name, [.value("x", tensor)], returns: "Tensor", "\(about), of every number") { a in
        try TensorObject.value(try argument(a, "x").map(function), like: TensorObject.of(a["x"]))
      }
    }
    define("sum", [.value("x", tensor)], returns: "Double", "the sum of all numbers") { a in
      let x = try argument(a, "x")
      return x.isFollowed ? try TensorObject.value(x.total) : .number(try TensorObject.total(x))
    }
    define("mean", [.value("x", tensor)], returns: "Double", "the average of all numbers") { a in
      let x = try argument(a, "x")
      return x.isFollowed ? try TensorObject.value(x.total * (1 / Float(max(1, x.count)))) : .number(try TensorObject.total(x) / Double(max(1, x.count)))
    }
    define("max", [.value("x", tensor)], returns: "Double", "the largest number") { a in .number(try TensorObject.extreme(try argument(a, "x"), .maximum)) }
    define("min", [.value("x", tensor)], returns: "Double", "the smallest number") { a in .number(try TensorObject.extreme(try argument(a, "x"), .minimum)) }
    define("largestDifference", [.value("a", numbers), .value("b", numbers)], returns: "Double", "the largest amount by which two tensors differ") { a in
      .number(try TensorObject.largestDifference(try argument(a, "a"), try argument(a, "b")))
    }
  }

  mutating func addMasks() {
    let fixed: [(String, Mask, String)] = [
      ("causal", .causal, "each token sees itself and what came before"), ("bidirectional", .bidirectional, "each token sees all"),
      ("reverseCausal", .reverseCausal, "each token sees itself and what comes after"),
    ]
    for (name, mask, about) in fixed {
      define(constant: name, .object(MaskObject(mask: mask)), about)
      define(implicit: name, .object(MaskObject(mask: mask)), about)
    }
    let sized: [(String, String, @Sendable (Int) -> Mask, String)] = [
      ("window", "count", { .window($0) }, "the last keys only, the token itself included"),
      ("prefix", "count", { .prefix($0) }, "causal, and all see the first tokens"),
      ("blockCausal", "size", { .blockCausal($0) }, "blocks see themselves and those before"),
      ("near", "distance", { .near($0) }, "keys at most so far away"),
      ("chunked", "size", { .chunked($0) }, "causal within chunks"),
    ]
    for (name, label, make, about) in sized {
      define(name, [.value(label, .integer)], returns: "Mask", about, example: "\(name)(3)") { a in
        let n = try a.integer(label)
        let least = name == "prefix" || name == "near" ? 0 : 1
        guard n >= least, n < 1 << 20 else { throw a.invalid(label, "must lie between \(least) and \((1 << 20) - 1)") }
        return .object(MaskObject(mask: make(n)))
      }
    }
    define("padding", [.value("real", .list(of: .boolean), "true for every real token")], returns: "Mask", "hides tokens that are padding", example: "padding([true, true, false])") { a in
      .object(MaskObject(mask: .padding(try a.list("real").map { if case .boolean(let b) = $0 { b } else { false } })))
    }
    define("show", [.value("mask", .object("Mask")), .labelled("length", .integer, default: 6, "number of tokens")], "prints a mask for a number of tokens", example: "show(prefix(2), length: 5)") { a in
      let mask: MaskObject = try a.object("mask"), length = try a.integer("length")
      guard (1...64).contains(length) else { throw a.invalid("length", "must lie between 1 and 64") }
      let display = mask.display(length)
      a.context.output((a.context.isPlain ? display.sentence : display.text) + "\n")
      return .nothing
    }
    define("show", [.value("value", .any)], "prints a value") { a in
      a.context.output((a.context.isPlain ? a["value"].plain : a["value"].description) + "\n")
      return .nothing
    }
  }
}

private func sizes(_ a: Arguments) throws -> Shape {
  let sizes = try a.integers("sizes")
  guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(1.0, { $0 * Double($1) }) <= Double(1 << 26) else {
    throw a.invalid("sizes", "must be at least 0, and give at most 67,108,864 numbers")
  }
  return sizes
}

private func argument(_ a: Arguments, _ name: String) throws -> Tensor {
  guard let x = TensorObject.tensor(a[name]) else { throw a.invalid(name, "must be a tensor, or lists of numbers of equal lengths") }
  return x
}

private func labels(_ a: Arguments, _ name: String) throws -> [AxisLabel] {
  try TensorObject.of(a[name])?.labels ?? Array(repeating: AxisLabel(), count: argument(a, name).rank)
}

extension TensorObject {
  static func of(_ value: Value) -> TensorObject? { if case .object(let object) = value { object as? TensorObject } else { nil } }
}
