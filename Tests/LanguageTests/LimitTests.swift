import Testing

@testable import Language

@Suite struct LimitsAndStops {
  func message(_ source: String, _ prepare: (Interpreter) -> Void = { _ in }) -> String {
    let interpreter = Interpreter()
    prepare(interpreter)
    do {
      return try interpreter.run(source).description
    } catch {
      return (error as? Failures)?.first.message ?? "\(error)"
    }
  }

  @Test func recursion() {
    #expect(message("func f(n) { f(n + 1) }; f(0)") == "calls are nested too deeply")
    #expect(message("func f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } }; f(100)") == "100")
    #expect(message("func f(n) { [n].map { f($0 + 1) } }; f(0)") == "calls are nested too deeply")
  }

  @Test func sourceNesting() {
    func repeated(_ open: String, _ inner: String, _ close: String, _ count: Int) -> String {
      String(repeating: open, count: count) + inner + String(repeating: close, count: count)
    }
    #expect(message(repeated("(", "1", ")", 30)) == "1")
    for (open, inner, close) in [
      ("(", "1", ")"), ("[", "", "]"), ("{", "1", "}"), ("-", "1", ""), ("!", "true", ""), ("if true {", "1", "}"),
      ("f(", "1", ")"), ("1 ? ", "1", " : 1"), ("2 ** ", "2", ""), ("\"\\(", "1", ")\""), ("[1: ", "1", "]"),
    ] {
      #expect(message(repeated(open, inner, close, 5000)) == "this is nested too deeply to be read", "\(open)")
    }
    for chain in [" + 1", ".T", "(1)", "[0]", " && true"] {
      #expect(message("x" + repeated("", "", chain, 5000)) == "this is nested too deeply to be read", "\(chain)")
    }
    #expect(message("let x = 1; x" + String(repeating: " + 1", count: 200)) == "201")
  }

  @Test func growth() {
    #expect(message("(0..<100000).reduce([]) { a, x in [a] }") == "this value is nested too deeply")
    #expect(message("(0..<100000).reduce({ 0 }) { f, x in { f } }") == "this value is nested too deeply")
    #expect(message("(0..<100).reduce([1]) { a, x in a + a }") == "a list cannot hold more than 1000000 elements")
    #expect(message("(0..<100).reduce(\"ab\") { a, x in a + a }") == "this text has grown too long")
    #expect(message("\"ab\".repeated(100000000)") == "this text has grown too long")
    #expect(message("(0..<100000000).map { $0 }") == "a list cannot hold more than 1000000 elements")
    #expect(message("stride(from: 0, to: 1e12, by: 1)") == "a list cannot hold more than 1000000 elements")
    // Shared parts make a value that is small to hold and endless to walk.
    let shared = "let x = (0..<60).reduce([1]) { a, i in [a, a] }; "
    #expect(message(shared + "x == x") { $0.limits.steps = 50_000 } == "stopped after 50000 steps")
    #expect(message(shared + "\"\\(x)\".count < 2000") == "true")
  }

  @Test func stepsAndStops() {
    #expect(message("for i in 0..<1000000000 { i }") { $0.limits.steps = 100_000 } == "stopped after 100000 steps")
    var polls = 0
    let stopped = message("for i in 0..<1000000000 { i * 2 }") {
      $0.isStopped = {
        polls += 1
        return polls > 50
      }
    }
    #expect(stopped == "interrupted")
    #expect(polls == 51)
  }

  /// An interrupted cell leaves the variables as they were, and the interpreter works on.
  @Test func afterAStop() throws {
    let interpreter = Interpreter()
    try interpreter.run("let a = 1")
    interpreter.isStopped = { true }
    #expect(throws: Failures.self) { try interpreter.run("func f() { let a = 5; f() }; f()") }
    interpreter.isStopped = { false }
    #expect(try interpreter.run("a").description == "1")
  }
}

/// Programs with random changes: whatever they are, the answer is a value or a failure with a place in the text.
@Suite struct Fuzzing {
  @Test func mutatedPrograms() {
    var random = Generator(state: 20_26)
    let seeds = [
      "let s = [1, 2, [3]][0]; s + 1", "func f(x, by k = 3) { if x > k { return x } ; f(x + 1) }; f(0)",
      "\"a\\(1 + [1, 2].map { $0 * 2 }.count)\\u{41}\"", "for (i, x) in [1, 2].enumerated() { print(i, x) }",
      "let (a, b) = [1, 2]; a ≈ b ± 1e-3 ? .infinity : -.infinity", "[\"k\": 0...3][\"k\"][1..<2] // note",
      "\"\"\"\n  x \\(\"y\")\n  \"\"\".split().joined(separator: \"-\")", "{ x, y in x @ y }(1, ___) ?? nil",
      "(0..<9).filter { $0 % 2 == 0 }.reduce(0) { $0 + $1 } ** 2 - -1",
      "let Δ = 0x1F; !true || false && Δ & 3 | 1 != 2",
    ]
    let pieces =
      Array("()[]{}.,:;\"\\$_+-*/%@&|!?=<>≈±012ex λ\n#日").map(String.init)
      + [
        "...", "..<", "let ", "func ", "for ", "in ", "if ", "else ", "return ", "___", "\"\"\"", "\\(",
        "9999999999999999999", "$0",
      ]
    for _ in 0..<3000 {
      var text = Array(seeds[random.below(seeds.count)])
      if random.below(4) == 0 { text += Array("\n" + seeds[random.below(seeds.count)]) }
      for _ in 0...random.below(6) {
        let position = random.below(text.count + 1)
        switch random.below(4) {
        case 0 where position < text.count: text.remove(at: position)
        case 1 where position < text.count:
          let end = min(text.count, position + random.below(12))
          text.insert(contentsOf: text[position..<end], at: random.below(text.count))
        case 2: text.removeLast(min(text.count, random.below(5)))
        default: text.insert(contentsOf: Array(pieces[random.below(pieces.count)]), at: position)
        }
      }
      verify(String(text), random.below(String(text).utf8.count + 1))
    }
  }

  private func verify(_ source: String, _ cursor: Int) {
    let interpreter = Interpreter()
    interpreter.output = { _ in }
    interpreter.limits.steps = 20_000
    interpreter.limits.elements = 10_000
    let size = source.utf8.count
    do {
      _ = try interpreter.run(source).description
    } catch let failures as Failures {
      for failure in failures.all {
        #expect(failure.source != nil && (failure.span?.end ?? .max) <= size, "\(source)")
        #expect(!failure.rendered().isEmpty)
      }
    } catch {
      Issue.record("\(error) for \(source)")
    }
    let state = completeness(of: source)
    _ = try? parseCheck(source)
    var end = 0
    for mark in highlight(source) {
      #expect(mark.span.start >= end && mark.span.end <= size, "\(source)")
      end = mark.span.end
    }
    let completion = interpreter.complete(source, at: cursor)
    #expect(completion.span.end <= cursor || cursor > size, "\(source)")
    if state == .complete { #expect((try? Parser.parse(Source(source))) != nil) }
  }

  struct Generator {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(1, bound)))
    }
  }
}
