// A mask at the prompt: a rule until it is asked about a number of tokens.

import Blocks
import Language
import Models
import Tensors

/// A mask as a value of the language.
struct MaskObject: RecipeObjectConvertible {
  let mask: Mask
  var recipeValue: Recipe.Value? { mask.recipe.map { .call($0) } }
  var typeName: String { "Mask" }
  var summary: String { mask.described }

  /// Shown for six tokens: a rule has no size of its own.
  var description: String { display(6).text }
  var plain: String { display(6).sentence }

  func display(_ length: Int) -> MaskDisplay {
    MaskDisplay(label: mask.described, open: mask.matrix(queries: 0..<length, keys: 0..<length), rows: [], columns: [])
  }

  /// 0 and −∞ for the last two axes of a tensor of scores.
  func tensor(like scores: Tensor) -> Tensor? {
    guard scores.rank >= 2 else { return nil }
    let (t, s) = (scores.shape[scores.rank - 2], scores.shape[scores.rank - 1])
    // With memory the queries are the last of the keys.
    return mask.tensor(queries: max(0, s - t)..<max(0, s - t) + t, keys: 0..<s)
  }

  var members: [Member] {
    let place: (String, String) -> Language.Parameter = { .value($0, .integer, $1) }
    return [
      .method("matrix", [.value("length", .integer, "number of tokens")], returns: "Tensor", "1 where a query may look, else 0", example: "causal.matrix(4)"),
      .method("tensor", [.value("length", .integer, "number of tokens")], returns: "Tensor", "0 where a query may look, else −∞: what is added to scores"),
      .method("allows", [place("query", "place of the query"), place("key", "place of the key")], returns: "Bool", "may the query look at the key?"),
      .method("why", [place("query", "place of the query"), place("key", "place of the key")], returns: "String", "why a query may not look at a key", example: "causal.why(1, 3)"),
      .property("name", returns: "String", "the mask in words"),
    ]
  }

  func property(_ name: String) throws -> Value? { name == "name" ? .string(mask.described) : nil }

  func call(_ method: String, _ a: Arguments) throws -> Value? {
    switch method {
    case "matrix", "tensor":
      let length = try a.integer("length")
      guard (1...4096).contains(length) else { throw a.invalid("length", "must lie between 1 and 4096") }
      if method == "tensor" { return .object(TensorObject(mask.tensor(queries: 0..<length, keys: 0..<length), label: "mask", axes: ["query", "key"])) }
      let rows = mask.matrix(queries: 0..<length, keys: 0..<length)
      return .object(TensorObject(Tensor(rows.flatMap { $0.map { $0 ? 1 : 0 } }, [length, length]), label: "mask", axes: ["query", "key"]))
    case "allows": return .boolean(mask.allows(try a.integer("query"), try a.integer("key")))
    case "why":
      let (i, j) = (try a.integer("query"), try a.integer("key"))
      return .string(mask.why(i, j) ?? "\(i) may look at \(j)")
    default: return nil
    }
  }

  func binary(_ operation: Operator, _ side: Side, _ other: Value) throws -> Value? {
    guard case .object(let object) = other, let second = object as? MaskObject else { return nil }
    switch operation {
    case .and: return .object(MaskObject(mask: mask & second.mask))
    case .or: return .object(MaskObject(mask: mask | second.mask))
    default: return nil
    }
  }

  func unary(_ operation: Operator) throws -> Value? { operation == .not ? .object(MaskObject(mask: !mask)) : nil }

  func equals(_ other: Value) throws -> Bool? {
    guard case .object(let object) = other, let second = object as? MaskObject else { return nil }
    return mask == second.mask
  }
}

extension Mask {
  /// Who may look at whom in words: the shape of the table and how much of it is open.
  public func sentence(queries: Int, keys: Int) -> String {
    MaskDisplay(label: described, open: matrix(queries: 0..<queries, keys: 0..<keys), rows: [], columns: []).sentence
  }
}
