import Testing

@testable import Lessons

@Suite struct LinterTests {
  @Test func theSampleIsProven() throws {
    let executor = ToyExecutor()
    #expect(Linter.lint(try Samples.lesson(), with: executor).map(\.description) == [])
    #expect(executor.ran.filter { $0.hasPrefix("let product") }.count > 8)
  }

  /// Exercise, check, solution; and what the linter says of them.
  @Test(arguments: [
    ("let x = ___", "x == 6 else \"m\"", "let x = a * b", ["l.md:13: exercise `e` has no hint"]),
    ("let x = 1\n// ___", "x == 1 else \"m\"", "let x = 1", ["l.md:13: exercise `e` has no hint", "l.md:13: the unanswered stub of `e` passes its checks"]),
    (
      "___", "a == 3 else \"m\"", "a",
      [
        "l.md:13: exercise `e` has no hint", "l.md:13: the stub of `e` binds no name for its checks to look at: let NAME = ___",
        "l.solution.md:1: the solution of `e` does not pass: m",
      ]
    ),
    (
      "let x = ___", "x == 6 else \"Six, not \\(x).\"", "let x = a + b",
      ["l.md:13: exercise `e` has no hint", "l.solution.md:1: the solution of `e` does not pass: Six, not 5."]
    ),
    (
      "let x = ___", "x == 6 else \"m\"", "let x = c",
      ["l.md:13: exercise `e` has no hint", "l.solution.md:1: the solution of `e` fails: there is no `c`"]
    ),
    (
      "let x = ___", "x > 0 else \"m\"", "let x = a",
      [
        "l.md:13: exercise `e` has no hint", "l.md:13: the checks of `e` accept a wrong answer: let x = 1",
        "l.md:13: the checks of `e` accept a wrong answer: let x = true", "l.md:13: the checks of `e` accept a wrong answer: let x = b",
      ]
    ),
    (
      "let x = ___", "x == 2 else \"m\"\na == 2 else \"n\"", "let x = a",
      ["l.md:13: exercise `e` has no hint", "l.md:18: the check `a == 2` of `e` rejects no wrong answer that was tried"]
    ),
  ])
  func findsWeakExercises(stub: String, checks: String, solution: String, wanted: [String]) throws {
    let body = """
      ```orrery {#one silent}
      let a = 2
      let b = 3
      ```
      ![picture](x.png)

      Text.
      ```exercise {#e}
      \(stub)
      ```
      ```check {of=e}
      \(checks)
      ```
      """
    var lesson = try Samples.lesson(body)
    try LessonParser.attach(solutions: Array("```solution {of=e}\n\(solution)\n```\n".utf8), file: "l.solution.md", to: &lesson)
    let found = Linter.lint(lesson, with: ToyExecutor()).map(\.description)
    // A truth above a number is what the desk calculator cannot compare: it catches `true` by failing.
    #expect(found == wanted.filter { !$0.hasSuffix("let x = true") })
  }

  @Test func findsWhatNeedsNoRunning() throws {
    let lesson = try Samples.lesson(
      "![](a.png)\n```orrery {#a}\nlet a = 1\n```\n```orrery {#b silent}\nfigure \"\"\n```\n```exercise {#e}\nlet x = ___\n```\n```check {of=e}\nx == 1 else \"m\"\n```\n```hint {of=e}\nh\n```\n")
    #expect(
      Linter.lint(lesson, with: ToyExecutor()).map(\.description) == [
        "l.md:6: the image `a.png` has no text alternative: ![what it shows](a.png)",
        "l.md:7: cell `a` has neither an output block nor an expect; add one, or mark it: ```orrery {#a silent}",
        "l.md:10: a figure of cell `b` has no text alternative", "l.md:13: exercise `e` has no solution in l.solution.md",
      ])
  }

  @Test func lessonsTogether() throws {
    func lesson(_ file: String, _ id: String, _ needs: [String]) throws -> Lesson {
      try LessonParser.parse("---\norrery: 1\nid: \(id)\ntitle: T\nneeds: [\(needs.joined(separator: ", "))]\n---\nText\n", file: file)
    }
    let lessons = [
      try lesson("d.md", "d", ["c"]), try lesson("a.md", "a", []), try lesson("b.md", "b", ["c"]), try lesson("c.md", "c", ["b"]),
      try lesson("e.md", "a", []), try lesson("f.md", "mask", ["masks"]), try lesson("g.md", "g", ["mas"]),
    ]
    #expect(
      Linter.lint(together: lessons).map(\.description) == [
        "e.md:1: the lesson id `a` is taken; first in a.md", "f.md:1: `needs` names `masks`, but there is no such lesson; did you mean `mask`?",
        "g.md:1: `needs` names `mas`, but there is no such lesson; did you mean `mask`?",
        "c.md:1: `needs` goes in a circle: c → b → c",
      ])
    let path = Linter.path(through: [try lesson("z.md", "z", ["y"]), try lesson("y.md", "y", ["x"]), try lesson("x.md", "x", [])])
    #expect(path.map(\.id) == ["x", "y", "z"])
  }

  @Test func boundNames() {
    #expect(SourceTokens.cut("let a = 1 // let z\nlet (b, c) = f(d)\nfunc g(x) { return \"let y\" }\nlet").bound == ["a", "b", "c", "g"])
  }

  @Test func whatATypedLineAnswers() {
    #expect(Answers.reading("let b = 2", stub: "let (a, b) = ___") == .whole("let b = 2"))
    #expect(Answers.reading("2", stub: "let a = f(___)") == .whole("let a = f(2)"))
    #expect(Answers.reading("xs", stub: "let a = f(___)") == .expression("let a = f(xs)"))
    #expect(Answers.reading("a = 7", stub: "let a = ___") == .whole("let a = 7"))
    #expect(Answers.reading("a == 7", stub: "let a = ___") == .expression("let a = a == 7"))
    #expect(Answers.reading("let other = 2", stub: "let a = ___") == .none)
    #expect(Answers.reading("other = 2", stub: "let a = ___") == .expression("let a = other = 2"))
    #expect(Answers.reading("2", stub: "let a = ___ + ___") == .none)
    // What stands around the blank runs with the answer, unless the answer says it anew.
    #expect(Answers.reading("let p = row", stub: "// first\nlet row = 1\nlet p = ___") == .whole("// first\nlet row = 1\nlet p = row"))
    #expect(Answers.reading("let row = 2\nlet p = row", stub: "let row = 1\nlet p = ___") == .whole("let row = 2\nlet p = row"))
    #expect(Answers.reading("let row = 2", stub: "let row = 1\nlet p = ___") == .none)
    // Two blanks, line by line.
    #expect(Answers.reading("let a = 1", stub: "let a = ___\nlet b = ___") == .part("let a = 1\nlet b = ___"))
    #expect(Answers.reading("1", stub: "let a = ___\nlet b = ___") == .part("let a = 1\nlet b = ___"))
    #expect(Answers.reading("b = 2", stub: "let a = 1\nlet b = ___") == .whole("let a = 1\nlet b = 2"))
    #expect(Answers.reading("let a = 1\nlet b = 2", stub: "let a = ___\nlet b = ___") == .whole("let a = 1\nlet b = 2"))
    #expect(Answers.reading("a", stub: "let a = ___\nlet b = ___") == .none)
  }

  @Test func theChoicesThatALineNames() {
    let texts = ["The birds", "The `cat`", "Nothing at all", "12"]
    #expect(Answers.choices("b", of: texts) == .these([1]))
    #expect(Answers.choices("a c", of: texts) == .these([0, 2]))
    #expect(Answers.choices("2", of: texts) == .these([1]))
    #expect(Answers.choices("12", of: texts) == .these([3]))
    #expect(Answers.choices("cat", of: texts) == .these([1]))
    #expect(Answers.choices("nothing.", of: texts) == .these([2]))
    #expect(Answers.choices("the", of: texts) == .several)
    #expect(Answers.choices("dogs", of: texts) == .none)
    #expect(Answers.choices("cat(1)", of: texts) == .none)
  }

  @Test func mutants() {
    let all = Mutants.of("let m = f(a, 2) + -x.T", names: ["a", "x"])
    #expect(
      all.prefix(9) == [
        "let m = 0", "let m = 1", "let m = -1", "let m = [0]", "let m = true", "let m = false", "let m = \"\"", "let m = a", "let m = x",
      ])
    for wanted in ["let m = f(2, a) + -x.T", "let m = f(x, 2) + -x.T", "let m = f(a, 3) + -x.T", "let m = f(a, 1) + -x.T", "let m = f(a, 2) - -x.T", "let m = f(a, 2) + x.T", "let m = f(a, 2) + -x", "let m = (a, 2) + -x.T"] {
      #expect(all.contains { $0.filter { $0 != " " } == wanted.filter { $0 != " " } }, "\(wanted) is missing from \(all)")
    }
    #expect(Set(all).count == all.count)
    #expect(!all.contains("let m = f(a, 2) + -x.T"))
    #expect(Mutants.of(String(repeating: "let x = 1 + 2 * 3 - 4\n", count: 50), names: []).count == Mutants.most)
  }
}
