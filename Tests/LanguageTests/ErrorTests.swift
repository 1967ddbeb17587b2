import Testing

@testable import Language

/// Every error of the language, whole, as a learner sees it.
@Suite struct Errors {
  @Test(arguments: [
    // Reading
    ("1 ^ 2", "error: unexpected character '^'\n  1 ^ 2\n    ^  write ** for powers"),
    (
      "let s = “a”",
      "error: unexpected character '“'\n  let s = “a”\n          ^  write strings between straight double quotes"
    ),
    (
      "\"abc",
      "error: this string is not closed\n  \"abc\n  ^  a string on several lines is written between \"\"\" and \"\"\""
    ),
    ("/* a", "error: this comment is not closed\n  /* a\n  ^~"),
    (
      "\"a\\qb\"",
      "error: '\\q' is not an escape in a string\n  \"a\\qb\"\n    ^~  escapes are \\n \\t \\r \\0 \\\" \\' \\\\ \\u{1F600} \\(value)"
    ),
    ("3x", "error: '3x' is not a number\n  3x\n  ^~"),
    (".5 + 1", "error: '.5' is not a number\n  .5 + 1\n  ^~  write 0.5"),
    (
      "99999999999999999999",
      "error: the integer 99999999999999999999 does not fit in 64 bits\n  99999999999999999999\n  ^~~~~~~~~~~~~~~~~~~~  write 99999999999999999999.0 for a floating-point number"
    ),
    ("\"\"\"\n   a\n b\n  \"\"\"", "error: this line is indented less than the closing quotes\n1 | \"\"\"\n    ^~~"),
    ("let = 3", "error: expected a name after 'let', found '='\n  let = 3\n      ^"),
    ("let x", "error: expected '=' and a value, found the end\n  let x\n       ^"),
    ("f(1 2)", "error: expected ',' or ')', found a number\n  f(1 2)\n      ^"),
    ("(1, 2)", "error: a tuple is not part of this language\n  (1, 2)\n    ^  a list is written [a, b]"),
    ("(1 2)", "error: expected ')', found a number\n  (1 2)\n     ^"),
    ("[1, 2", "error: expected ']', but the text ends here\n  [1, 2\n       ^"),
    ("1 +", "error: expected an expression, but the text ends here\n  1 +\n     ^"),
    ("for x of y { }", "error: expected 'in', found 'of'\n  for x of y { }\n        ^~"),
    ("[1, 2))", "error: expected ',' or ']', found ')'\n  [1, 2))\n       ^"),
    ("1)", "error: ')' closes nothing\n  1)\n   ^"),
    ("1 < 2 < 3", "error: comparisons cannot be chained\n  1 < 2 < 3\n        ^  join two with '&&'"),
    ("1 2", "error: two statements on one line need a ';' between them\n  1 2\n    ^"),
    (
      "var x = 1",
      "error: 'var' is not part of this language\n  var x = 1\n      ^  write 'let': variables do not change"
    ),
    (
      "import torch",
      "error: 'import' is not part of this language\n  import torch\n         ^~~~~  everything is there already"
    ),
    (
      "while true { }",
      "error: 'while' is not part of this language\n  while true { }\n        ^~~~  write 'for x in … { }'"
    ),
    ("def f(x) { x }", "error: 'def' is not part of this language\n  def f(x) { x }\n      ^  write 'func'"),
    ("y = 1", "error: 'y = …' is not part of this language\n  y = 1\n  ^  write 'let y = …'"),
    ("[1: 2, 3]", "error: expected ':' and a value, found ']'\n  [1: 2, 3]\n          ^"),
    ("\"\\(1 +)\"", "error: expected an expression, found ')'\n  \"\\(1 +)\"\n        ^"),
    ("1 ± 2", "error: '±' without '≈' is not part of this language\n  1 ± 2\n    ^  write a ≈ b ± tolerance"),
    ("not true", "error: 'not' is not part of this language\n  not true\n      ^~~~  write '!'"),
    ("xs and true", "error: 'and' is not part of this language\n  xs and true\n     ^~~  write '&&'"),
    ("1 === 1", "error: '===' is not part of this language\n  1 === 1\n      ^  write '=='"),
    (
      "x += 1",
      "error: '+=' is not part of this language\n  x += 1\n     ^  variables do not change; write 'let x = x + …'"
    ),
    (
      "let sum = 3; sum([1])",
      "error: an Int cannot be called\n  let sum = 3; sum([1])\n               ^~~  your variable 'sum' hides the function"
    ),
    // Names
    (
      "let p = atention[0]",
      "error: no variable named 'atention'\n  let p = atention[0]\n          ^~~~~~~~  did you mean 'attention'?"
    ),
    ("sqr(2)", "error: no function named 'sqr'\n  sqr(2)\n  ^~~  did you mean 'sqrt'?"),
    ("xs.cuont", "error: List of 3 has no member 'cuont'\n  xs.cuont\n     ^~~~~  did you mean 'count'?"),
    ("xs.map", "error: 'map' is a method and must be called\n  xs.map\n     ^~~  write .map()"),
    ("xs.count()", "error: 'count' is a property and takes no arguments\n  xs.count()\n     ^~~~~  write .count"),
    (".infinit", "error: no value named '.infinit'\n  .infinit\n   ^~~~~~~  did you mean '.infinity'?"),
    ("let a: Intt = 1", "error: no type named 'Intt'\n  let a: Intt = 1\n         ^~~~  did you mean 'Int'?"),
    ("z + 1; let z = 2", "error: 'z' is used before its 'let'\n  z + 1; let z = 2\n  ^"),
    (
      "xs = [1]",
      "error: 'xs' cannot be changed\n  xs = [1]\n  ^~  write 'let xs = …' for a new one; collect with map or reduce"
    ),
    ("let (a, a) = [1, 2]", "error: 'a' is named twice here\n  let (a, a) = [1, 2]\n          ^"),
    ("return 1", "error: 'return' has no meaning outside of a function\n  return 1\n  ^~~~~~~~"),
    ("$0 + 1", "error: '$0' has no meaning outside of a function\n  $0 + 1\n  ^~"),
    ("let mask = ___", "error: fill in the blank\n  let mask = ___\n             ^~~  replace ___"),
    // Calls
    (
      "round(2.5, palces: 1)",
      "error: round has no argument 'palces'\n  round(2.5, palces: 1)\n             ^~~~~~~~~  did you mean 'places'?"
    ),
    (
      "sqrt(2, base: 3)",
      "error: sqrt has no argument 'base'\n  sqrt(2, base: 3)\n          ^~~~~~~  it takes no labelled arguments"
    ),
    (
      "stride(from: 0, until: 1, by: 2)",
      "error: stride has no argument 'until'\n  stride(from: 0, until: 1, by: 2)\n                  ^~~~~~~~  it has from, to, by"
    ),
    (
      "[5].firstIndex(5)",
      "error: firstIndex's argument 'of' needs its label\n  [5].firstIndex(5)\n                 ^  write of: …"
    ),
    ("sqrt()", "error: sqrt needs 'x' (Double)\n  sqrt()\n  ^~~~~~"),
    ("sqrt(1, 2)", "error: sqrt takes 1 argument, not 2\n  sqrt(1, 2)\n          ^"),
    (
      "round(1, places: 1, places: 2)",
      "error: round is given 'places' twice\n  round(1, places: 1, places: 2)\n                      ^~~~~~~~~"
    ),
    ("sqrt(2) { 1 }", "error: sqrt takes no closure\n  sqrt(2) { 1 }\n          ^~~~~"),
    ("sqrt(\"a\")", "error: sqrt's 'x' must be a Double, not a String\n  sqrt(\"a\")\n       ^~~"),
    (
      "round(1, places: 99)",
      "error: round's 'places' must be from 0 to 15, not 99\n  round(1, places: 99)\n           ^~~~~~~~~~"
    ),
    ("3(4)", "error: an Int cannot be called\n  3(4)\n  ^"),
    (
      "[1].filter { $0 }",
      "error: the closure's value must be a Bool, not an Int\n  [1].filter { $0 }\n             ^~~~~~"
    ),
    // Values
    ("1 + \"a\"", "error: '+' cannot join an Int and a String\n  1 + \"a\"\n  ~~^~~~~"),
    ("-\"a\"", "error: '-' cannot be applied to a String\n  -\"a\"\n  ^~~~"),
    ("if 1 { 2 }", "error: the condition of 'if' must be a Bool, not an Int\n  if 1 { 2 }\n     ^"),
    ("true && 1", "error: the right of '&&' must be a Bool, not an Int\n  true && 1\n          ^"),
    ("let a: Int = 1.5", "error: 'a' must be an Int, not a Double\n  let a: Int = 1.5\n               ^~~"),
    ("3[0]", "error: an Int has no subscript\n  3[0]\n  ^~~~"),
    ("xs[\"a\"]", "error: an index must be an Int or a Range, not a String\n  xs[\"a\"]\n     ^~~"),
    ("for x in 3 { }", "error: an Int has no elements to go through\n  for x in 3 { }\n           ^"),
    ("let (a, b) = xs", "error: 2 names, but 3 values\n  let (a, b) = xs\n               ^~"),
    ("xs[3]", "error: index 3 is outside of 3 elements\n  xs[3]\n     ^  indices go from 0 to 2"),
    ("xs[-1]", "error: index -1 is outside of 3 elements\n  xs[-1]\n     ^~  the last one is [2]"),
    ("[][0]", "error: index 0 is outside of an empty list\n  [][0]\n     ^"),
    ("xs[1...9]", "error: range 1...9 is outside of 3 elements\n  xs[1...9]\n     ^~~~~  indices go from 0 to 2"),
    ("3..<1", "error: a range cannot go from 3 down to 1\n  3..<1\n  ^~~~~"),
    ("for i in 0... { }", "error: this range has no end to stop at\n  for i in 0... { }\n           ^~~~"),
    ("d[\"alpa\"]", "error: no key \"alpa\"\n  d[\"alpa\"]\n    ^~~~~~  did you mean \"alpha\"?"),
    ("d[1]", "error: a dictionary's key must be a String, not an Int\n  d[1]\n    ^"),
    ("[1: 2]", "error: a dictionary's key must be a String, not an Int\n  [1: 2]\n   ^"),
    ("mean([])", "error: an empty list has no mean\n  mean([])\n       ^~"),
    ("Int(\"x\")", "error: \"x\" cannot become an Int\n  Int(\"x\")\n      ^~~"),
    ("1 / 0", "error: division of an integer by zero\n  1 / 0\n  ~~^~~  write 0.0 for an infinite result"),
    (
      "2 ** 64",
      "error: 2 ** 64 does not fit in 64 bits\n  2 ** 64\n  ~~^~~~~  a floating-point number (2.0) goes further"
    ),
    ("1 ≈ \"a\"", "error: '≈' cannot join an Int and a String\n  1 ≈ \"a\"\n  ~~^~~~~"),
    ("1 ≈ 1 ± \"a\"", "error: a tolerance must be a Double, not a String\n  1 ≈ 1 ± \"a\"\n          ^~~"),
    ("0..<\"a\"", "error: the end of a range must be an Int, not a String\n  0..<\"a\"\n      ^~~"),
    (
      "\"ab\".split(\"\")",
      "error: split's 'separator' must be at least one character, not \"\"\n  \"ab\".split(\"\")\n             ^~"
    ),
  ])
  func text(_ source: String, _ expected: String) {
    #expect(session("let xs = [1, 2, 3]; let d = [\"alpha\": 1]; let attention = 1", source) == expected)
  }

  /// All mistakes of a cell are told, and nothing of it runs.
  @Test func beforeSideEffects() {
    #expect(
      session("print(1)\nlet a = nothere + 1\nsqrt(1, 2)\nround(a, place: 1)") == """
        error: no variable named 'nothere'
        2 | let a = nothere + 1
                    ^~~~~~~
        error: sqrt takes 1 argument, not 2
        3 | sqrt(1, 2)
                    ^
        error: round has no argument 'place'
        4 | round(a, place: 1)
                     ^~~~~~~~  did you mean 'places'?
        """)
  }

  /// The mark stands under its place, whatever the line holds.
  @Test func columns() {
    #expect(session("\t\"日本\" + q") == "error: no variable named 'q'\n      \"日本\" + q\n               ^")
    #expect(session("\"e\u{301}👍🏽\" + q") == "error: no variable named 'q'\n  \"e\u{301}👍🏽\" + q\n          ^")
    #expect(session("let Δ = λ") == "error: no variable named 'λ'\n  let Δ = λ\n          ^")
  }

  /// A failure in a function of an earlier cell shows both places.
  @Test func calls() {
    #expect(
      session("func half(x) { x / \"2\" }", "half(4)") == """
        error: '/' cannot join an Int and a String
          func half(x) { x / "2" }
                         ~~^~~~~
        in this call of 'half':
          half(4)
          ^~~~~~~
        """)
  }

  @Test(arguments: [
    ("1 +", FailureKind.syntax), ("nope", .unknownName), ("[1].nope", .unknownMember), ("let a = 1; a = 2", .immutable),
    ("sqrt()", .wrongArgument), ("1 + \"a\"", .wrongType), ("[1][2]", .outOfRange), ("1 / 0", .arithmetic),
    ("___", .blank),
  ])
  func kinds(_ source: String, _ kind: FailureKind) {
    let failures = #expect(throws: Failures.self) { try Interpreter().run(source) }
    #expect(failures?.kind == kind)
  }
}
