// Positions that are added to the scores: T5's relative buckets and ALiBi's slopes.

import Tensors
#if canImport(Glibc)
import Glibc
#endif

/// T5's relative position bias (Raffel et al. 2019): a learned number for each head and each bucket of distances. One table
/// serves every layer of a stack.
public struct RelativeBias: Sendable {
  public let heads: Int, buckets: Int, farthest: Int
  /// An encoder looks both ways: half of the buckets for each side.
  public let bothSides: Bool
  /// [buckets, heads]
  public let table: Parameter

  public init(heads: Int, buckets: Int, farthest: Int, bothSides: Bool) {
    (self.heads, self.buckets, self.farthest, self.bothSides) = (heads, buckets, farthest, bothSides)
    table = Parameter(buckets, heads)
  }

  /// The bucket of a key `distance` after the query (negative: before it).
  public func bucket(_ distance: Int) -> Int {
    var count = buckets, start = 0
    var away: Int
    if bothSides {
      count /= 2
      if distance > 0 { start = count }
      away = abs(distance)
    } else {
      away = max(-distance, 0)
    }
    let exact = count / 2
    if away < exact { return start + away }
    let scaled = logf(Float(away) / Float(exact)) / logf(Float(farthest) / Float(exact)) * Float(count - exact)
    away = min(exact + Int(scaled), count - 1)
    return start + away
  }

  /// What is added to the scores: a lookup in the table, as of an embedding.   [heads, queries, keys]
  func callAsFunction(queries: Places, keys: Places) -> Tensor {
    guard !table.tensor.isOutline else {
      return Gather([0], shape: [1]).apply([table.tensor]).reshaped([heads, 1, 1]).expanded([heads, queries.count, keys.count])
    }
    // The list of places takes as much as one head, beside the result and its copy.
    let shape = [heads, queries.count, keys.count]
    if let refusal = Budget.refusal(of: Cost.product(4, Cost.product(2 * heads + 1, Cost.product(queries.count, keys.count)))) {
      return Tensor(fault: Fault(refusal), shape: shape)
    }
    let rows = (0..<queries.count).flatMap { i in (0..<keys.count).map { Int32(bucket(keys[$0] - queries[i])) } }
    return Gather(rows, shape: [queries.count, keys.count]).apply([table.tensor]).permuted(2, 0, 1).materialised
  }
}

/// ALiBi (Press et al. 2021, 2108.12409): a penalty that grows with the distance, with a fixed slope for each head.
public struct ALiBi: Hashable, Sendable {
  public let heads: Int
  public init(heads: Int) { self.heads = heads }

  /// 2^(−8/n), 2^(−16/n), …; for a number of heads that is no power of two, every second slope of the next one fills up.
  public var slopes: [Float] {
    func slopes(power n: Int) -> [Float] { (1...n).map { powf(2, -8 * Float($0) / Float(n)) } }
    var power = 1
    while power * 2 <= heads { power *= 2 }
    let first = slopes(power: power)
    if power == heads { return first }
    let next = slopes(power: 2 * power)
    return first + stride(from: 0, to: 2 * power, by: 2).prefix(heads - power).map { next[$0] }
  }

  func callAsFunction(queries: Places, keys: Places) -> Tensor {
    let slopes = slopes, (t, s) = (queries.count, keys.count)
    return .filling([heads, t, s]) { numbers, range in
      for i in range { numbers[i] = slopes[i / (t * s)] * Float(keys[i % s] - queries[i / s % t]) }
    }
  }
}

/// How an attention block knows the order of its tokens.
public enum Position: Sendable {
  /// By the embedding, or not at all.
  case none
  case rotary(RoPE)
  case relative(RelativeBias)
  case linear(ALiBi)

  /// Turned queries or keys.
  func rotate(_ x: Tensor, _ run: Run) -> Tensor {
    if case .rotary(let rope) = self { return rope(x, run) }
    return x
  }

  /// What is added to the scores [heads, t, s]; nil: nothing.
  func bias(queries: Places, keys: Places, _ run: Run) -> Tensor? {
    switch self {
    case .none, .rotary: nil
    case .relative(let bias): run.shared(ObjectIdentifier(bias.table), queries, keys) { bias(queries: queries, keys: keys) }
    case .linear(let alibi):
      run.isOutline
        ? run.given(Tensor(outline: [alibi.heads, queries.count, keys.count]), .bias("ALiBi")) : alibi(queries: queries, keys: keys)
    }
  }

  public var described: String {
    switch self {
    case .none: "none"
    case .rotary(let rope): rope.described
    case .relative(let bias): "relative buckets (\(bias.buckets), farthest \(bias.farthest))"
    case .linear: "ALiBi"
    }
  }
}

extension RoPE {
  public var described: String {
    var text = "RoPE, base \(base == base.rounded() && base < 1e9 ? String(Int(base)) : String(base)), \(width) numbers of each head"
    if isPlanar { text += ", two-dimensional" }
    if layout == .interleaved { text += ", interleaved" }
    switch scaling {
    case .none: break
    case .linear(let factor): text += ", linear scaling by \(factor)"
    case .dynamic(let factor, let original): text += ", dynamic scaling by \(factor) from \(original) tokens"
    case .yarn(let factor, let original, let fast, let slow, _, let truncate):
      text += ", YaRN by \(factor) from \(original) tokens, β \(fast) and \(slow)\(truncate ? "" : ", not rounded")"
    case .longrope(let short, let long, let original, _):
      text += ", LongRoPE from \(original) tokens, factors \(short.first ?? 1) to \(short.last ?? 1) and \(long.first ?? 1) to \(long.last ?? 1)"
    case .llama3(let factor, let low, let high, let original): text += ", Llama 3 scaling by \(factor) from \(original) tokens, between \(low) and \(high) turns"
    }
    if amplitude != 1 { text += ", cos and sin times \(amplitude)" }
    return text
  }
}
