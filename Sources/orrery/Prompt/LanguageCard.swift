// The language on one screen of 80 × 24: `:help language`.

enum LanguageCard {
  /// What is written, and what it means. Several forms of one idea stand side by side; a test runs each.
  static let rows: [(code: [String], meaning: String)] = [
    (["let x = 3"], "a name; its value does not change"),
    (["[1, 2, 3]", "\"text \\(x)\""], "a list; a string with a value in it"),
    (["tensor([[1, 2], [3, 4]])"], "a tensor: + - * / ** by element, a @ b, a.T"),
    (["x == y", "x ≈ y ± 0.1"], "equal; nearly equal (type ~= for ≈, +- for ±)"),
    (["true && !false || 1 < 2"], "and, not, or"),
    (["xs[0]", "t[1]", "t[1, 0]"], "indices count from 0"),
    (["xs[0..<2]", "xs[1...]", "xs[..<2]"], "0 up to 2; from 1 on; the first two"),
    (["t[0..., 1]"], "all rows, column 1; of named axes x[head: 1]"),
    (["t.sum(axis: 0)"], "a call; a label takes a colon"),
    (["xs.map { x in x * 2 }"], "a closure; also { $0 * 2 }"),
    (["xs.filter { $0 > 1 }"], "those that are greater than 1"),
    (["xs.reduce(0) { $0 + $1 }"], "all of them added up"),
    (["for x in xs { print(x) }"], "once for each"),
    (["if x > 2 { \"big\" } else { \"small\" }"], "an expression, too"),
    (["func double(x) { x * 2 }"], "its last line is its value"),
    (["// a comment"], "one statement a line; two need a ;"),
  ]

  static var text: String {
    let codes = rows.map { $0.code.joined(separator: "   ") }
    let width = 34
    let lines = zip(codes, rows).map { code, row in code + String(repeating: " ", count: max(2, width - code.count)) + row.meaning }
    return (lines + [
      "Also: xs.count, t.shape, t.max, type(x), round(x, places: 2), sqrt(x), show(x)",
      "A line that begins with : is a command (:help). Tab completes; ↑ brings back.",
      "From Python: len(x) → x.count, x[:, 0] → x[0..., 0], x[-1] → x[x.count - 1],",
      "f\"{x}\" → \"\\(x)\", axis=0 → axis: 0, True → true, [f(x) for x in xs] → xs.map",
    ]).joined(separator: "\n")
  }
}
