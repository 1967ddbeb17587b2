import Testing

@testable import Language

/// Runs cells in one interpreter and gives what a person would see after each.
func session(_ cells: String...) -> String {
  let interpreter = Interpreter()
  var shown: [String] = []
  interpreter.output = { shown.append(String($0.dropLast())) }
  for cell in cells {
    do {
      let value = try interpreter.run(cell)
      if !value.isNothing { shown.append(value.description) }
    } catch let failures as Failures {
      shown.append(failures.rendered())
    } catch {
      shown.append("not a Failures: \(error)")
    }
  }
  return shown.joined(separator: "\n")
}

@Suite struct Values {
  @Test(arguments: [
    ("1 + 2 * 3 ** 2", "19"), ("-2 ** 2", "-4"), ("2 ** -1", "0.5"), ("2 ** 3 ** 2", "512"), ("(1 + 2) * 3", "9"),
    ("7 / 2", "3.5"), ("8 / 2", "4"), ("1 / 3", "0.333333"), ("-7 % 3", "-1"), ("1 − 2 × 3", "-5"), ("6 & 3 | 8", "10"),
    ("true || false && false", "true"), ("!true || true", "true"), ("1 + 1 == 2 && 2 < 3", "true"), ("2 ≤ 2", "true"),
    ("0..<2 + 2", "0..<4"), ("nil ?? 4", "4"), ("1 > 2 ? 3 : 4", "4"), ("true ? false ? 1 : 2 : 3", "2"),
    ("0.1 + 0.2 ≈ 0.3", "true"), ("0.1 + 0.2 == 0.3", "false"), ("1 ≈ 1.05 ± 0.1", "true"),
    ("1 ≈ 1.05 ± 1e-3", "false"),
    ("-.infinity", "-∞"), ("∞ > 1e300", "true"), ("nan == nan", "false"), ("1 == 1.0", "true"),
    ("false || 1 == 2", "false"),
    (
      "false && nothing_is_evaluated_here ?? true",
      "error: no variable named 'nothing_is_evaluated_here'\n  false && nothing_is_evaluated_here ?? true\n           ^~~~~~~~~~~~~~~~~~~~~~~~~"
    ),
  ])
  func operators(_ source: String, _ expected: String) { #expect(session(source) == expected) }

  @Test(arguments: [
    ("1_000 + 0x1F + 0b101 + 0o17", "1051"), ("1e3", "1000.0"), ("2.5e-3", "0.0025"), ("1e-7", "1e-7"),
    ("1e21", "1e21"),
    ("123456.789", "123457"), ("16777216.0", "16777216.0"), ("exact(1 / 3)", "\"0.3333333333333333\""),
    ("formatted(pi, digits: 3)", "\"3.14\""), ("9223372036854775807", "9223372036854775807"), ("-0.0", "-0.0"),
    ("[1, 2.5, true, nil, \"a\", [3]]", "[1, 2.5, true, nil, \"a\", [3]]"), ("[]", "[]"), ("[:]", "[:]"),
    ("[\"a\": 1, \"b\": [2]]", "[\"a\": 1, \"b\": [2]]"), ("0...3", "0...3"), ("2...", "2..."), ("...3", "...3"),
    ("(0..<200).map { $0 }.suffix(2)", "[198, 199]"), ("sqrt", "func sqrt(_ x: Double) -> Double"),
    ("{ x in x }", "func closure(_ x: Any)"), ("[1, 2,]", "[1, 2]"),
  ])
  func literals(_ source: String, _ expected: String) { #expect(session(source) == expected) }

  @Test(arguments: [
    ("\"a\\(1 + 2)b\"", "\"a3b\""), ("\"\\(\"x\" + \"y\")\\(1)\"", "\"xy1\""),
    ("\"\\u{1F600}\\t\\\"\\\\\"", "\"😀\\t\\\"\\\\\""),
    ("\"\"\"\n  one\n    two \\(1 +\n 1)\n  three\n  \"\"\"", "\"one\\n  two 2\\nthree\""), ("\"\"\"\n\"\"\"", "\"\""),
    ("\"the cat\"[4...]", "\"cat\""), ("\"e\u{301}a\".count", "2"), ("\"a-b\".split(\"-\")", "[\"a\", \"b\"]"),
    ("\" a \".trimmed() + \"B\".lowercased()", "\"ab\""), ("\"cat\".replacing(\"c\", with: \"h\")", "\"hat\""),
    ("\"cat\".contains(\"at\") && \"cat\".hasPrefix(\"c\")", "true"), ("\"a\\nb\".lines", "[\"a\", \"b\"]"),
    ("\"é\".utf8", "[195, 169]"),
  ])
  func strings(_ source: String, _ expected: String) { #expect(session(source) == expected) }

  @Test(arguments: [
    ("[1, 2, [3]][2][0]", "3"), ("[1, 2, 3][1...]", "[2, 3]"), ("[1, 2, 3][...]", "[1, 2, 3]"), ("[1] + [2]", "[1, 2]"),
    ("[1, 2, 3].map { $0 * 2 }.filter { $0 > 2 }", "[4, 6]"), ("[3, 1, 2].sorted { $0 > $1 }", "[3, 2, 1]"),
    ("[3, 1, 2].sorted()", "[1, 2, 3]"), ("(1...4).reduce(1) { a, x in a * x }", "24"),
    ("[1, 2].zip([3, 4])", "[[1, 3], [2, 4]]"),
    ("[\"a\"].enumerated()", "[[0, \"a\"]]"), ("[].first == nil", "true"), ("[1, 2].last", "2"),
    ("[1, 2].contains(2.0)", "true"),
    ("stride(from: 0, to: 1, by: 0.25)", "[0.0, 0.25, 0.5, 0.75]"), ("stride(from: 4, to: 0, by: -2)", "[4, 2]"),
    ("max(1, 2.5)", "2.5"), ("min([3, 1])", "1"), ("sum([1, 2]) + [1.5].sum()", "4.5"), ("mean([1, 2])", "1.5"),
    ("round(2.5) + floor(-0.5) + ceil(0.1)", "3"), ("round(pi, places: 2)", "3.14"), ("abs(-3)", "3"),
    ("Int(\"42\") + Int(2.9)", "44"),
    ("[1, 2].map(sqrt)[0]", "1.0"), ("[[1, 2], [3]].flatMap { $0 }", "[1, 2, 3]"), ("[\"x\": 1].keys", "[\"x\"]"),
    ("[1, 2] ≈ [1, 2.00001]", "true"), ("type([1, 2])", "\"List of 2\""), ("(2...4).count", "3"),
    ("[1, 2, 3]\n  .map { x in\n    let y = x + 1\n    y * 2\n  }\n  .last", "8"), ("[1, 2].map { _ in 0 }", "[0, 0]"),
  ])
  func collections(_ source: String, _ expected: String) { #expect(session(source) == expected) }
}

@Suite struct Programs {
  @Test func statements() {
    #expect(session("let a = 1; let a = a + 1 // shadows\na /* the\nvalue */") == "2")
    #expect(session("let (q, k) = [1, 2]", "q - k") == "-1")
    #expect(
      session("for i in 0..<3 { let sq = i * i; print(i, sq) }", "sq")
        == "0 0\n1 1\n2 4\nerror: no variable named 'sq'\n  sq\n  ^~")
    #expect(session("for (i, w) in [\"a\", \"b\"].enumerated() { print(\"\\(i)\\(w)\") }") == "0a\n1b")
    #expect(session("let y = if 1 > 2 { \"a\" } else if 2 > 1 { \"b\" } else { \"c\" }", "y") == "\"b\"")
    #expect(session("if false { 1 }\nelse { 2 }") == "2")
    #expect(session("let long = 1 +\n  2 +\n  3\nlong") == "6")
    #expect(session("let Δ = 0.5; let x₁ = 2; Δ * x₁") == "1.0")
    #expect(session("print(1, \"a\", separator: \"-\")") == "1-a")
    #expect(session("1; 2", "") == "2")
  }

  @Test func functions() {
    #expect(
      session("func scale(x, by k: Int = 3) -> Int { x * k }", "[scale(2), scale(2, by: 5), scale(x: 2), scale(2, 4)]")
        == "[6, 10, 6, 8]")
    #expect(session("func fact(n) { if n <= 1 { return 1 }; n * fact(n - 1) }", "fact(20)") == "2432902008176640000")
    #expect(
      session("func even(n) { n == 0 ? true : odd(n - 1) }\nfunc odd(n) { n == 0 ? false : even(n - 1) }\neven(10)")
        == "true")
    #expect(session("func adder(n) { { x in x + n } }", "adder(2)(3)") == "5")
    #expect(session("func compose(f, g) { { g(f($0)) } }", "compose({ $0 + 1 }, { $0 * 10 })(1)") == "20")
    #expect(
      session("func f(x: Int) { x }", "f(1.5)") == "error: f's 'x' must be an Int, not a Double\n  f(1.5)\n    ^~~")
    #expect(
      session("func f(x: [Int]) { x }", "f([1, true])")
        == "error: f's 'x' must be a [Int], not a List of 2\n  f([1, true])\n    ^~~~~~~~~")
    #expect(
      session("let twice = { $0 * 2 }", "twice(4)", "twice()")
        == "8\nerror: closure needs '$0' (value)\n  twice()\n  ^~~~~~~")
    // A closure keeps what it saw; a function sees the newest variables.
    #expect(session("let k = 1; func g() { k }; let k = 2; g()") == "2")
    #expect(session("func h(n) { let c = { n }; let n = 9; c() }; h(1)") == "1")
  }

  @Test func snapshots() throws {
    let interpreter = Interpreter()
    try interpreter.run("let a = [1, 2]; let f = { a.count }")
    let before = interpreter.variables
    let fork = Interpreter(environment: interpreter.environment)
    fork.variables = before
    try fork.run("let a = 5; let b = 1")
    #expect(throws: Failures.self) { try interpreter.run("let a = [1, 2, 3]; a[9]") }
    #expect(try interpreter.run("f()").description == "3")
    interpreter.variables = before
    #expect(try interpreter.run("f()").description == "2")
    #expect(interpreter.variables.names == ["a", "f"])
    #expect(fork.variables.names == ["f", "a", "b"])
  }

  /// A cell that runs another cell inside: the stop, the steps and the locals of both stay apart.
  @Test func nestedRuns() throws {
    let interpreter = Interpreter()
    interpreter.environment.define("cell", [.value("text", .string)]) { try $0.context.run(try $0.string("text")) }
    #expect(try interpreter.run("func f(x) { cell(\"let y = 4; y * 2\") + x }; f(1)").description == "9")
    #expect(try interpreter.run("y").description == "4")
  }
}
