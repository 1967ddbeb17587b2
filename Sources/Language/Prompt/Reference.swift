/// The words and signs of the language itself, for `:doc let` and `:doc @`. The examples are run by the tests.

public enum Reference {
  public struct Entry: Sendable {
    public let form: String
    public let summary: String
    /// Empty if it needs a host's values.
    public let example: String

    public var documentation: String {
      "\(form)\n  \(summary)" + (example.isEmpty ? "" : "\n  Example: \(example)")
    }
  }

  public static let entries: [String: Entry] = {
    var result: [String: Entry] = [:]
    for (names, form, summary, example) in table {
      for name in names.split(separator: " ") {
        result[String(name)] = Entry(form: form, summary: summary, example: example)
      }
    }
    return result
  }()

  private static let table: [(String, String, String, String)] = [
    ("let", "let NAME = VALUE", "gives a value a name; a later let of the same name replaces it", "let d = 64"),
    (
      "func", "func NAME(PARAMETERS) { … }", "defines a function; the last expression is its value",
      "func half(x) { x / 2 }"
    ),
    ("return", "return VALUE", "leaves a function with a value", "func sign(x) { if x < 0 { return -1 }; 1 }"),
    (
      "if else", "if CONDITION { … } else { … }", "chooses; it is an expression and has a value",
      "if 2 > 1 { \"yes\" } else { \"no\" }"
    ),
    ("for in", "for NAME in LIST { … }", "runs the braces once for each element", "for i in 0..<3 { print(i) }"),
    ("true false", "true, false", "the two values of Bool", "true && !false"),
    ("nil", "nil", "no value", "nil ?? 1"),
    ("___", "___", "a blank that an exercise asks you to fill", "1 + 1"),
    ("+", "a + b", "the sum; joins strings and lists", "[1] + [2]"),
    ("-", "a - b, -a", "the difference, the negative", "3 - -1"),
    ("*", "a * b", "the product, element by element for tensors", "6 * 7"),
    ("/", "a / b", "the quotient; of two Ints an Int if it divides, a Double if not", "7 / 2"),
    ("%", "a % b", "the remainder, with the sign of a", "7 % 3"),
    ("**", "a ** b", "the power; groups to the right, and tighter than a minus before it", "2 ** 10"),
    ("@", "a @ b", "the matrix product of two tensors", ""),
    ("==", "a == b", "whether two values are equal", "[1, 2] == [1, 2]"),
    ("!=", "a != b", "whether two values differ", "1 != 2"),
    ("< <= > >=", "a < b", "order of numbers and of strings", "1 < 2"),
    ("≈", "a ≈ b, a ≈ b ± 0.01", "whether numbers are near: to four digits, or as far as ± says", "0.1 + 0.2 ≈ 0.3"),
    ("±", "a ≈ b ± TOLERANCE", "the largest difference that is still near", "1 ≈ 1.05 ± 0.1"),
    ("&&", "a && b", "whether both are true; b is not looked at if a is false", "1 < 2 && 2 < 3"),
    ("||", "a || b", "whether one is true; b is not looked at if a is true", "1 > 2 || 2 < 3"),
    ("!", "!a", "not; the complement of a mask", "!false"),
    ("&", "a & b", "where both masks are open; bits that both Ints have", "6 & 3"),
    ("|", "a | b", "where one of the masks is open; bits that one of the Ints has", "6 | 3"),
    ("??", "a ?? b", "a, or b if a is nil", "nil ?? 2"),
    ("?", "CONDITION ? a : b", "chooses one of two values", "1 < 2 ? \"less\" : \"more\""),
    ("..<", "a..<b", "the Ints from a up to b, without b", "[10, 20, 30][0..<2]"),
    (
      "...", "a...b, a..., ...b", "the Ints from a to b, with b; an end left out is the list's own",
      "[10, 20, 30][1...]"
    ),
  ]
}
