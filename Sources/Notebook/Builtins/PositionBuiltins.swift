// Position schemes as functions: what a learner needs to compute an order by hand. The formulas are those that the blocks run
// (RoPE, RelativeBias, ALiBi); only the sinusoid of 2017, which no shipped block adds, is written out here.

import Blocks
import Language
import Tensors

#if canImport(Glibc)
  import Glibc
#endif

extension Environment {
  mutating func addPositions() {
    let base = Language.Parameter.labelled("base", .number, default: 10_000, "θ: the slowest pair turns by about 1/θ a step")
    define(
      "rope",
      [
        .value("x", .object("Tensor"), "[token, width] or [token, head, width]"),
        .labelled("positions", .optional(.oneOf([.list(of: .number), .object("Tensor")])), "a position for each token; 0, 1, 2, … if left out"),
        base, .labelled("layout", .string, default: "half", "\"half\": pairs (m, m + r/2); \"interleaved\": pairs (2m, 2m + 1)"),
        .labelled("width", .optional(.integer), "how many numbers of each head turn; all if left out"),
      ],
      returns: "Tensor", "queries or keys turned by their positions (Su et al. 2021)", example: "rope(ones(3, 4))"
    ) { a in
      let object: TensorObject = try a.object("x"), x = object.tensor
      guard x.rank == 2 || x.rank == 3 else { throw a.invalid("x", "must have the axes [token, width] or [token, head, width]") }
      let rope = try RoPE(base: theta(a), width: rotary(a, of: x.shape.last ?? 0), layout: layout(a))
      let positions = try positions(a, count: x.shape[0])
      let heads = x.rank == 3 ? x.shape[1] : 1
      let turned = rope.rotation(positions).apply([x.reshaped([1, x.shape[0], heads, x.shape.last!])])
      return try TensorObject.value(turned.reshaped(x.shape), like: object)
    }
    define(
      "frequencies", [.value("width", .integer, "numbers of a head that turn"), base], returns: "Tensor",
      "RoPE's angle per position of each pair: θ^(−2m/width)", example: "frequencies(4)"
    ) { a in
      let width = try a.integer("width")
      guard width >= 2, width % 2 == 0, width <= 4096 else { throw a.invalid("width", "must be even, and lie between 2 and 4096") }
      let angles = try RoPE(base: theta(a), width: width).frequencies()
      return .object(TensorObject(Tensor(angles, [angles.count]), label: "frequencies", axes: ["pair"]))
    }
    define(
      "sinusoid", [.value("count", .integer, "number of positions"), .labelled("width", .integer, "numbers of each"), base],
      returns: "Tensor", "the positions of the Transformer of 2017: sine and cosine in turn", example: "sinusoid(3, width: 4)"
    ) { a in
      let count = try a.integer("count"), width = try a.integer("width"), base = try theta(a)
      guard (1...4096).contains(count) else { throw a.invalid("count", "must lie between 1 and 4096") }
      guard width >= 2, width % 2 == 0, width <= 4096 else { throw a.invalid("width", "must be even, and lie between 2 and 4096") }
      return .object(TensorObject(sinusoid(count, width, base: base), label: "sinusoid", axes: ["position", "width"]))
    }
    define(
      "relativeBucket",
      [
        .value("distance", .integer, "key − query: negative for a key before the query"),
        .labelled("bothSides", .boolean, default: true, "an encoder looks both ways"),
        .labelled("buckets", .integer, default: 32), .labelled("farthest", .integer, default: 128, "where the last bucket is to end"),
      ],
      returns: "Int", "the bucket of a distance (Raffel et al. 2019): near ones exact, far ones by the logarithm", example: "relativeBucket(-20)"
    ) { a in
      let buckets = try a.integer("buckets"), farthest = try a.integer("farthest")
      let bothSides = try a.boolean("bothSides"), distance = try a.integer("distance")
      // Exact distances take a half of a side's buckets; there must be some, and the logarithm must have room.
      let exact = (bothSides ? buckets / 2 : buckets) / 2
      guard exact >= 1, buckets <= 4096 else { throw a.invalid("buckets", "must lie between \(bothSides ? 4 : 2) and 4096") }
      guard farthest > exact, farthest <= 1 << 30 else { throw a.invalid("farthest", "must be larger than \(exact), the distances that have a bucket each") }
      guard (-(1 << 30)...1 << 30).contains(distance) else { throw a.invalid("distance", "must lie within ±2³⁰") }
      return .integer(RelativeBias(heads: 1, buckets: buckets, farthest: farthest, bothSides: bothSides).bucket(distance))
    }
    let heads = Language.Parameter.labelled("heads", .integer, "number of heads")
    define("slopes", [heads], returns: "Tensor", "ALiBi's slope of each head (Press et al. 2021)", example: "slopes(heads: 8)") { a in
      let slopes = ALiBi(heads: try headCount(a)).slopes
      return .object(TensorObject(Tensor(slopes, [slopes.count]), label: "slopes", axes: ["head"]))
    }
    define(
      "alibi", [.value("count", .integer, "number of tokens"), heads], returns: "Tensor",
      "what ALiBi adds to the scores: −slope × distance, for each head", example: "alibi(4, heads: 2)"
    ) { a in
      let count = try a.integer("count")
      guard (1...1024).contains(count) else { throw a.invalid("count", "must lie between 1 and 1024") }
      let slopes = ALiBi(heads: try headCount(a)).slopes
      let bias = slopes.flatMap { slope in (0..<count).flatMap { i in (0..<count).map { j in slope * Float(j - i) } } }
      return .object(TensorObject(Tensor(bias, [slopes.count, count, count]), label: "bias", axes: ["head", "query", "key"]))
    }
  }
}

extension RoPE {
  /// The rotation of rows at given positions, which may be negative or lie between two tokens.
  fileprivate func rotation(_ positions: [Float]) -> Rotate {
    let angles = positions.flatMap { position in frequencies().map { position * $0 } }
    let shape = [positions.count, width / 2]
    return Rotate(
      cosines: Tensor(angles.map { cosf($0) }, shape), sines: Tensor(angles.map { sinf($0) }, shape),
      index: (0..<Int32(positions.count)).map { $0 }, indexPerBatch: false, half: layout == .half)
  }
}

/// PE[p, 2k] = sin(p / base^(2k/width)), PE[p, 2k+1] = cos of the same (Vaswani et al. 2017, 3.5).   [count, width]
private func sinusoid(_ count: Int, _ width: Int, base: Float) -> Tensor {
  let frequencies = RoPE(base: base, width: width).frequencies()
  return Tensor(
    (0..<count).flatMap { p in frequencies.flatMap { [sinf(Float(p) * $0), cosf(Float(p) * $0)] } }, [count, width])
}

private func theta(_ a: Arguments) throws -> Float {
  let base = try a.number("base")
  guard base > 1, base.isFinite else { throw a.invalid("base", "must be larger than 1") }
  return Float(base)
}

private func layout(_ a: Arguments) throws -> RoPE.Layout {
  guard let layout = RoPE.Layout(rawValue: try a.string("layout")) else { throw a.invalid("layout", "must be \"half\" or \"interleaved\"") }
  return layout
}

private func rotary(_ a: Arguments, of width: Int) throws -> Int {
  let rotary = a["width"].isNothing ? width : try a.integer("width")
  guard rotary % 2 == 0, rotary >= 2, rotary <= width else {
    throw a["width"].isNothing ? a.invalid("x", "must have an even number of columns, for they turn in pairs") : a.invalid("width", "must be even, and lie between 2 and \(width)")
  }
  return rotary
}

private func positions(_ a: Arguments, count: Int) throws -> [Float] {
  if a["positions"].isNothing { return (0..<count).map(Float.init) }
  guard let given = TensorObject.tensor(a["positions"]), given.shape == [count], given.values.allSatisfy(\.isFinite) else {
    throw a.invalid("positions", "must hold \(count) numbers, one for each token")
  }
  return given.values
}

private func headCount(_ a: Arguments) throws -> Int {
  let heads = try a.integer("heads")
  guard (1...256).contains(heads) else { throw a.invalid("heads", "must lie between 1 and 256") }
  return heads
}
