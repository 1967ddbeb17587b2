import Testing

@testable import Language

/// A host's object for the tests: a grid of numbers that answers what a tensor would.
struct Grid: Object {
  var rows: Int
  var columns: Int
  var start = 0.0

  var typeName: String { "Grid" }
  var typeDescription: String { "Grid [\(rows)×\(columns)]" }
  var description: String { "grid of \(rows) rows and \(columns) columns" }
  var plain: String { "A grid of \(rows * columns) cells." }
  var scalar: Double? { rows == 1 && columns == 1 ? start : nil }
  var members: [Member] {
    [
      .property("rows", returns: "Int", "how many rows"), .property("T", returns: "Grid", "rows as columns"),
      .method("transposed", returns: "Grid", "rows as columns"),
      .method(
        "cut", [.labelled("rows", .integer), .labelled("columns", .integer, default: 1)], returns: "Grid", "a part"),
      .property("broken", "fails"),
    ]
  }

  struct Fault: FailureConvertible {
    var failure: Failure { Failure(.wrongShape, "the grid is bent", suggestion: "straighten it") }
  }

  func property(_ name: String) throws -> Value? {
    switch name {
    case "rows": return .integer(rows)
    case "T": return .object(Grid(rows: columns, columns: rows))
    case "broken": throw Fault()
    default: return nil
    }
  }

  func call(_ method: String, _ arguments: Arguments) throws -> Value? {
    switch method {
    case "transposed": return .object(Grid(rows: columns, columns: rows))
    case "cut":
      guard try arguments.integer("rows") <= rows else { throw arguments.invalid("rows", "at most \(rows)") }
      return .object(Grid(rows: try arguments.integer("rows"), columns: try arguments.integer("columns")))
    default: return nil
    }
  }

  func element(_ arguments: Arguments) throws -> Value? {
    if case .string(let path) = arguments[0] { return .string("at \(path)") }
    return .string(arguments.all.map { ($0.label.map { "\($0): " } ?? "") + $0.value.summary }.joined(separator: " | "))
  }

  func binary(_ operation: Operator, _ side: Side, _ other: Value) throws -> Value? {
    if operation == .matrix, case .object(let object) = other, let grid = object as? Grid {
      guard columns == grid.rows else {
        throw Failure(
          .wrongShape, "[\(rows)×\(columns)] @ [\(grid.rows)×\(grid.columns)]: \(columns) is not \(grid.rows)")
      }
      return .object(Grid(rows: rows, columns: grid.columns))
    }
    if operation == .multiply, let factor = other.asDouble {
      return .object(Grid(rows: rows, columns: columns, start: start * factor))
    }
    return nil
  }

  func unary(_ operation: Operator) throws -> Value? { operation == .not ? .string("complement") : nil }
  func elements() throws -> [Value]? { (0..<rows).map { .integer($0) } }

  func difference(from other: Value, _ tolerance: Tolerance) throws -> Difference? {
    guard let value = other.asDouble else { return nil }
    return tolerance.holds(start, value) ? Difference.none : .found(place: " at [0, 1]", values: "\(start) instead of \(value)")
  }

  func keys(startingWith prefix: String) -> [Candidate] {
    [Candidate("layers.0.attention"), Candidate("layers.0.residual")]
  }
}

@Suite struct Hosts {
  /// Runs cells with two grids: g [2×3], h [4×5].
  func shown(_ cells: String...) -> String {
    let interpreter = Interpreter()
    interpreter.variables["g"] = .object(Grid(rows: 2, columns: 3))
    interpreter.variables["h"] = .object(Grid(rows: 4, columns: 5))
    interpreter.variables["one"] = .object(Grid(rows: 1, columns: 1, start: 4))
    interpreter.environment.define("sqrt", [.value("x", .object("Grid"))], returns: "Grid", "of each cell") { $0["x"] }
    interpreter.environment.define(
      "decoder",
      [
        .labelled("layers", .integer), .labelled("width", .integer, default: 64),
        .labelled("mask", .optional(.object("Grid"))),
      ], returns: "Model", "a decoder"
    ) { arguments in
      guard try arguments.integer("layers") > 0 else { throw arguments.invalid("layers", "at least 1") }
      return .string(
        "\(arguments["layers"].summary) × \(arguments["width"].summary), mask \(arguments["mask"].summary)")
    }
    interpreter.environment.define(implicit: "causal", .string("lower triangle"))
    interpreter.environment.define("window", [.value("size", .integer)]) { .string("window \($0["size"].summary)") }
    interpreter.environment.extend(
      "List", .property("grid", returns: "Grid") { _ in .object(Grid(rows: 9, columns: 9)) })
    var result: [String] = []
    for cell in cells {
      do { result.append(try interpreter.run(cell).description) } catch {
        result.append((error as? Failures)?.rendered() ?? "\(error)")
      }
    }
    return result.joined(separator: "\n")
  }

  @Test func objects() {
    #expect(shown("g") == "grid of 2 rows and 3 columns")
    #expect(shown("[g, 1]") == "[Grid [2×3], 1]")
    #expect(shown("\"got \\(g.T)\"") == "\"got Grid [3×2]\"")
    #expect(shown("g.rows + 1") == "3")
    #expect(shown("g @ g.T") == "grid of 2 rows and 2 columns")
    #expect(shown("2 * g") == "grid of 2 rows and 3 columns")
    #expect(shown("!g") == "\"complement\"")
    #expect(shown("g.cut(rows: 1)") == "grid of 1 rows and 1 columns")
    #expect(shown("g[head: 0, 1..<3, ...]") == "\"head: 0 | 1..<3 | ...\"")
    #expect(shown("g[\"layers.0.scores\"]") == "\"at layers.0.scores\"")
    #expect(shown("one ≈ 4.0001") == "true")
    #expect(shown("sqrt(one)") == "2.0")
    #expect(shown("[0].grid") == "grid of 9 rows and 9 columns")
    #expect(shown("let (a, b) = g", "b") == "nil\n1")
    #expect(shown("decoder(layers: 2)") == "\"2 × 64, mask nil\"")
    #expect(shown("decoder(width: 8, layers: 2, mask: g)") == "\"2 × 8, mask Grid [2×3]\"")
    #expect(shown("[.causal, .window(4)]") == "[\"lower triangle\", \"window 4\"]")
  }

  @Test(arguments: [
    ("g @ h", "error: [2×3] @ [4×5]: 3 is not 4\n  g @ h\n  ~~^~~"),
    ("g + h", "error: '+' cannot join a Grid [2×3] and a Grid [4×5]\n  g + h\n  ~~^~~"),
    ("-g", "error: '-' cannot be applied to a Grid [2×3]\n  -g\n  ^~"),
    ("g.row", "error: Grid [2×3] has no member 'row'\n  g.row\n    ^~~  did you mean 'rows'?"),
    ("g.cut(row: 1)", "error: cut has no argument 'row'\n  g.cut(row: 1)\n        ^~~~~~  did you mean 'rows'?"),
    ("g.cut(rows: 3)", "error: cut's 'rows' must be at most 2, not 3\n  g.cut(rows: 3)\n        ^~~~~~~"),
    ("g.cut()", "error: cut needs 'rows' (Int)\n  g.cut()\n  ^~~~~~~"),
    ("g.broken", "error: the grid is bent\n  g.broken\n  ^~~~~~~~  straighten it"),
    ("g ≈ \"a\"", "error: '≈' cannot join a Grid [2×3] and a String\n  g ≈ \"a\"\n  ~~^~~~~"),
    ("sqrt(\"a\")", "error: sqrt's 'x' must be a Double or Grid, not a String\n  sqrt(\"a\")\n       ^~~"),
    ("decoder(2)", "error: decoder's argument 'layers' needs its label\n  decoder(2)\n          ^  write layers: …"),
    (
      "decoder(layers: 0)",
      "error: decoder's 'layers' must be at least 1, not 0\n  decoder(layers: 0)\n          ^~~~~~~~~"
    ),
    (
      "decoder(layers: 1, mask: 3)",
      "error: decoder's 'mask' must be a Grid or nil, not an Int\n  decoder(layers: 1, mask: 3)\n                     ^~~~~~~"
    ),
    (".casual", "error: no value named '.casual'\n  .casual\n   ^~~~~~  did you mean '.causal'?"),
    (
      "func f(x: Gird) { x }",
      "error: no type named 'Gird'\n  func f(x: Gird) { x }\n            ^~~~  did you mean 'Grid'?"
    ),
  ])
  func errors(_ source: String, _ expected: String) {
    if source.hasPrefix("func") {
      let interpreter = Interpreter()
      interpreter.environment.define(type: "Grid")
      #expect((#expect(throws: Failures.self) { try interpreter.run(source) })?.rendered() == expected)
    } else {
      #expect(shown(source) == expected)
    }
  }

  /// A host's words for a failure that is no Failure of ours.
  @Test func foreignErrors() throws {
    struct Broken: Error, CustomStringConvertible { var description: String { "the disk is full" } }
    let interpreter = Interpreter()
    interpreter.environment.define("save") { _ in throw Broken() }
    let failures = #expect(throws: Failures.self) { try interpreter.run("save()") }
    #expect(failures?.kind == .host)
    #expect(failures?.rendered() == "error: the disk is full\n  save()\n  ^~~~~~")
  }
}
