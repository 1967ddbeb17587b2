// Random cells: expressions that mostly make sense, with sizes, indices and names that sometimes do not.

import Tensors

struct Grammar {
  var random: SeededGenerator

  mutating func cell() -> String {
    "let a = ones(2, 3); let b = tensor([1, 2, 3]); let x = random(2, 3, 4, seed: 1); let y = 2\n" + (0...random.below(3)).map { _ in
      switch random.below(6) {
      case 0: "let \(random.one(of: ["a", "b", "x", "y"])) = \(tensor(3))"
      case 1: "let \(random.one(of: ["f", "g"])) = { x in \(tensor(2)) }"
      case 2: "for i in 0..<\(random.below(4)) { \(tensor(2)) }"
      default: random.isOnce(in: 4) ? thing(3) : tensor(4)
      }
    }.joined(separator: "\n")
  }

  mutating func size() -> String { random.isOnce(in: 12) ? random.one(of: ["0", "-1", "1000", "100000", "9223372036854775807", "1 / 0", "2.5", "\"2\""]) : String(1 + random.below(5)) }
  mutating func index() -> String { random.isOnce(in: 4) ? random.one(of: ["-1", "-9", "99", "0..<2", "1...", "..<1", "2..<1", "-2..<0", "stride(from: 0, to: 3, by: 2)", "[0, 1]"]) : String(random.below(3)) }
  mutating func axis() -> String { String(random.below(7) - 3) }
  mutating func number() -> String { random.one(of: ["0", "1", "-1", "2.5", "1e-30", "1e38", ".infinity", "-.infinity", "0.0 / 0.0", "3", "7", "1e308"]) }

  mutating func thing(_ depth: Int) -> String {
    switch random.below(10) {
    case 0: "[\(thing(depth - 1)), \(thing(depth - 1))]"
    case 1: "\"a\\(\(depth > 0 ? thing(depth - 1) : "1"))b\""
    case 2: number()
    case 3: "[\"k\": \(depth > 0 ? thing(depth - 1) : "1")]"
    case 4: "(\(depth > 0 ? tensor(depth - 1) : "1")).\(random.one(of: ["shape", "T", "rank", "count", "description", "values", "first", "last", "isEmpty", "sum", "mean"]))"
    case 5: "show(\(depth > 0 ? tensor(depth - 1) : "causal"), length: \(size()))"
    case 6: "\(random.one(of: ["causal", "window(2)", "prefix(1)", "blockCausal(2)", "near(1)", "chunked(2)", "!causal", "causal & window(\(size()))", "padding([true, false])", "bidirectional"]))"
    case 7: "print(\(depth > 0 ? thing(depth - 1) : "1"))"
    case 8: "(0..<\(random.below(5))).map { \(depth > 0 ? thing(depth - 1) : "$0") }"
    default: tensor(depth)
    }
  }

  mutating func tensor(_ depth: Int) -> String {
    if depth <= 0 {
      return random.one(of: ["ones(\(size()), \(size()))", "random(\(size()), \(size()), seed: 1)", "tensor([1, 2, 3])", "zeros(\(size()))", "arange(\(size()))", "identity(\(size()))", "a", "x", "tensor([[1, 2], [3, 4]])", "ones(2, 3, 4)", number(), "ones()"])
    }
    switch random.below(20) {
    case 0...3: return "(\(tensor(depth - 1)) \(random.one(of: ["+", "-", "*", "/", "@", "%", "**", "==", "≈", "<", "&", "|"])) \(tensor(depth - 1)))"
    case 4: return "(\(tensor(depth - 1)))[\(index())]"
    case 5: return "(\(tensor(depth - 1)))[\(index()), \(index())]"
    case 6: return "softmax(\(tensor(depth - 1)), axis: \(axis()))"
    case 7: return "concat([\(tensor(depth - 1)), \(tensor(depth - 1))], axis: \(axis()))"
    case 8: return "\(random.one(of: ["sqrt", "exp", "log", "abs", "sin", "tanh", "gelu", "relu", "silu", "softplus", "sigmoid", "layerNorm", "rmsNorm", "sum", "mean", "max", "min"]))(\(tensor(depth - 1)))"
    case 9: return "(\(tensor(depth - 1))).T"
    case 10: return "(\(tensor(depth - 1))).reshaped(\(size()), \(size()))"
    case 11: return "(\(tensor(depth - 1))).\(random.one(of: ["sum", "mean", "max", "min", "argmax", "sorted", "top"]))(axis: \(axis()))"
    case 12: return "matmul(\(tensor(depth - 1)), \(tensor(depth - 1)))"
    case 13: return "gradient(of: { x in sum(\(tensor(depth - 1))) }, at: \(tensor(depth - 1)))"
    case 14: return "largestDifference(\(tensor(depth - 1)), \(tensor(depth - 1)))"
    case 15: return "(\(tensor(depth - 1)))[\(random.one(of: ["head", "token", "query", "row"])): \(index())]"
    case 16: return "tensor(\(thing(depth - 1)))"
    case 17: return "-(\(tensor(depth - 1)))"
    case 18: return "(\(tensor(depth - 1)) ≈ \(tensor(depth - 1)) ± \(number()))"
    default: return tensor(depth - 1)
    }
  }
}
