import Testing

@testable import Language

@Suite struct Completing {
  /// The candidates for the text before `|`, with a host object in the variable `run`.
  func tab(_ text: String, _ cells: String...) -> [String] {
    let interpreter = Interpreter()
    interpreter.variables["run"] = .object(Grid(rows: 2, columns: 3))
    for cell in cells { _ = try? interpreter.run(cell) }
    return interpreter.complete(text, at: text.utf8.count).candidates.map(\.text)
  }

  @Test func names() {
    #expect(tab("rou") == ["round("])
    #expect(tab("1 + atten", "let attention = 1", "let attic = 2") == ["attention"])
    #expect(tab("SQ") == ["sqrt("])
    #expect(tab("let ro") == [])
    #expect(tab("\"a \\(rou") == ["round("])
    #expect(tab("// rou") == [])
    #expect(tab("12") == [])
  }

  @Test func members() {
    #expect(tab("run.tr") == ["transposed("])
    #expect(tab("run.T.ro") == ["rows"])
    #expect(tab("[1, 2].redu") == ["reduce("])
    #expect(tab("words[0].upp", "let words = [\"a\"]") == ["uppercased("])
    #expect(tab("1 + .in") == ["infinity"])
    #expect(tab("\"a b\".split().firstI") == ["firstIndex("])
    #expect(tab("unknown.") == [])
  }

  @Test func labels() {
    #expect(tab("round(2.5, pl") == ["places: "])
    #expect(tab("print(1, separator: \"\", sep") == [])
    #expect(tab("\"a\".replacing(\"a\", wi") == ["with: "])
    #expect(tab("scale(2, b", "func scale(x, by k) { x * k }") == ["by: "])
  }

  @Test func strings() {
    #expect(tab("run[\"layers.0.at") == ["layers.0.attention"])
    #expect(tab("d[\"a", "let d = [\"alpha\": 1, \"beta\": 2]") == ["alpha"])
    let completion = Interpreter().complete("print(\"sto", at: 10)
    #expect(completion == Completion(span: Span(7, 10), candidates: [], stringArgumentOf: "print"))
  }

  /// Nothing may be called for a completion.
  @Test func isQuiet() {
    let interpreter = Interpreter()
    var calls = 0
    interpreter.environment.define("touch", returns: "List") { _ in
      calls += 1
      return .elements([])
    }
    _ = interpreter.complete("touch().cou", at: 11)
    #expect(interpreter.complete("touch().cou", at: 11).candidates.map(\.text) == ["count"])
    #expect(calls == 0)
  }
}

@Suite struct Prompts {
  @Test(arguments: [
    ("1 + 1", Completeness.complete), ("", .complete), ("// note", .complete), ("1 +", .needsMore), ("(1", .needsMore),
    ("[1,\n2", .needsMore), ("f(a: 1,", .needsMore), ("let x =", .needsMore), ("let x", .broken),
    ("{ x in", .needsMore),
    ("if a", .needsMore), ("if a {\n1\n}", .complete), ("for x in y {", .needsMore), ("func f(x", .needsMore),
    ("\"abc", .broken), ("\"\"\"\nabc", .needsMore), ("\"\"\"\nabc\n\"\"\"", .complete), ("/* a", .needsMore),
    (")", .broken), ("1 2", .broken), ("a ? b", .needsMore), ("x.", .needsMore), ("\"\\(1 + )\"", .broken),
    ("[1)", .broken),
  ])
  func completeness(_ text: String, _ expected: Completeness) {
    #expect(Language.completeness(of: text) == expected)
  }

  @Test func highlighting() {
    func marks(_ text: String) -> String {
      highlight(text).map { "\(Source(text).text(of: $0.span)):\($0.kind)" }.joined(separator: " ")
    }
    #expect(
      marks("let s = run[\"a\"][head: 0] // note")
        == "let:keyword s:name =:symbol run:name [:symbol \"a\":string ]:symbol [:symbol head:label ::symbol 0:number ]:symbol // note:comment"
    )
    #expect(
      marks("f(\"a \\(x + 1)b\").T ^ ___")
        == "f:function (:symbol \"a \\(:string x:name +:symbol 1:number )b\":string ):symbol .:symbol T:member ^:unknown ___:hole"
    )
    #expect(marks("\"open") == "\"open:string")
  }

  @Test func documentation() throws {
    let interpreter = Interpreter()
    try interpreter.run("let xs = [1, 2]")
    #expect(
      try interpreter.documentation("sqrt") == """
        sqrt(_ x: Double) -> Double
          the square root
          Example: sqrt(2)
        """)
    #expect(
      try interpreter.documentation("round") == """
        round(_ x: Double) -> Int
          the nearest whole number, halves away from zero, as an Int
          Example: round(2.5)
        round(_ x: Double, places: Int) -> Double
          the number with so many digits after the point
          places: digits after the point
          Example: round(pi, places: 2)
        """)
    #expect(
      try interpreter.documentation("List.map") == """
        map(_ transform: Function) -> List
          what a function makes of each element
          Example: [1, 2, 3].map { $0 * 2 }
        """)
    #expect(try interpreter.documentation("xs.count") == ".count: Int\n  how many elements")
    #expect(try interpreter.documentation("xs").hasPrefix("xs: List of 2\n  .count"))
    #expect(
      try interpreter.documentation("pi") == "pi = 3.14159\n  the ratio of a circle's circumference to its diameter")
    #expect(
      try interpreter.documentation("≈") == """
        a ≈ b, a ≈ b ± 0.01
          whether numbers are near: to four digits, or as far as ± says
          Example: 0.1 + 0.2 ≈ 0.3
        """)
    #expect(throws: Failure.self) { try interpreter.documentation("sqrr") }
    do { _ = try interpreter.documentation("sqrr") } catch let failure as Failure {
      #expect(failure.rendered() == "error: no variable named 'sqrr'\n  did you mean 'sqrt'?")
    }
  }

  /// What `:doc` shows as an example must run.
  @Test func examples() throws {
    let environment = Environment()
    var examples = Reference.entries.values.map(\.example)
    for overload in environment.functions.values.joined() { examples.append(overload.signature.example) }
    for member in environment.extensions.values.joined() { examples.append(member.signature.example) }
    examples.removeAll(where: \.isEmpty)
    #expect(examples.count > 60)
    for example in examples {
      let interpreter = Interpreter()
      interpreter.output = { _ in }
      #expect(throws: Never.self, "\(example)") { try interpreter.run(example) }
    }
  }
}
