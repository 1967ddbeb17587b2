import Testing

@testable import Lessons

@Suite struct FormatTests {
  @Test func readsALesson() throws {
    let lesson = try Samples.lesson()
    #expect(lesson.id == "sums.first")
    #expect(lesson.title == "A first sum")
    #expect(lesson.needs == ["numbers.all"])
    #expect(lesson.seed == 7)
    #expect(lesson.cells.map(\.id) == ["one", "three"])
    #expect(lesson.cells[0].source == "let a = 2\nlet b = 3.5\nshow a + b")
    #expect(lesson.cells[1].failure == "Unknown")
    #expect(lesson.output(of: "one")?.tolerance == 0.01)
    #expect(lesson.output(of: "one")?.text == "5.501\n")
    #expect(lesson.expects(of: "one")[0].clauses == [
      Clause(line: 20, condition: "a < b", message: nil), Clause(line: 22, condition: "(a + b == 5.5)", message: nil),
    ])
    #expect(lesson.clauses(of: "two").map(\.condition) == ["product > 0", "product == a * b"])
    #expect(lesson.clauses(of: "two")[1].message == #""Multiply a and b; \(product) is not it.""#)
    #expect(lesson.hints(of: "two").map(\.text) == ["What does `*` do?", "It is `a * b`."])
    #expect(lesson.quizzes[0].question == "Which comes first?")
    #expect(lesson.quizzes[0].choices == [
      Quiz.Choice(text: "`+`", right: false, explanation: "it waits."),
      Quiz.Choice(text: "`*`", right: true, explanation: "products bind tighter."),
      Quiz.Choice(text: "neither", right: false, explanation: nil),
    ])
    #expect(lesson.solutions["two"]?.source == "let product = a * b")
    guard case .prose(let prose) = lesson.blocks[0] else { throw Missing() }
    #expect(prose.numbers == [ComputedNumber(expression: "2 + 3", line: 9)])
    #expect(prose.markdown { _ in "5" } == "# A first sum\nAdding is *easy*: here 5 comes out, and `\\(2 + 3)` stays.\n")
    #expect(
      prose.blocks == [
        .heading(level: 1, [.text("A first sum")]),
        .paragraph([
          .text("Adding is "), .emphasis([.text("easy")]), .text(": here "), .computed(expression: "2 + 3"),
          .text(" comes out, and "), .code("\\(2 + 3)"), .text(" stays."),
        ]),
      ])
  }

  @Test func readsTheWholeOfGitHubsMarkdown() throws {
    let lesson = try Samples.lesson(
      """
      > a quote with ~~struck~~ text

      1. one
      2. two
         - [x] done
         - [ ] not

      | a | b |
      |:--|--:|
      | 1 | **2** |

      ![a cat](cat.png "The cat") <https://example.org>

      ```swift
      let x = 1
      ```
      ***
      """)
    guard case .prose(let prose) = lesson.blocks[0] else { throw Missing() }
    #expect(
      prose.blocks == [
        .quote([.paragraph([.text("a quote with "), .struck([.text("struck")]), .text(" text")])]),
        .list(start: 1, tight: true, [
          MarkdownItem(blocks: [.paragraph([.text("one")])]),
          MarkdownItem(blocks: [
            .paragraph([.text("two")]),
            .list(start: nil, tight: true, [
              MarkdownItem(done: true, blocks: [.paragraph([.text("done")])]),
              MarkdownItem(done: false, blocks: [.paragraph([.text("not")])]),
            ]),
          ]),
        ]),
        .table(MarkdownTable(alignments: [.left, .right], header: [[.text("a")], [.text("b")]], rows: [[[.text("1")], [.strong([.text("2")])]]])),
        .paragraph([
          .image(source: "cat.png", title: "The cat", alternative: "a cat"), .text(" "),
          .link(destination: "https://example.org", title: "", [.text("https://example.org")]),
        ]),
        .code(language: "swift", "let x = 1\n"), .rule,
      ])
  }

  @Test func windowsLineEndsAndTildesAreRead() throws {
    let lesson = try LessonParser.parse(
      "---\r\norrery: 1\r\nid: l\r\ntitle: L\r\n---\r\nText\r\n\r\n~~~orrery {#a silent}\r\nlet x = 1\r\n~~~\r\n", file: "l.md")
    #expect(lesson.cells.map(\.id) == ["a"])
    #expect(lesson.cells[0].silent)
  }

  struct Missing: Error {}

  /// A body, and the whole message that it gives; lines count after five lines of front matter.
  @Test(arguments: [
    ("```orery {#a}\n1\n```", "l.md:6: unknown block `orery`; did you mean `orrery`?"),
    ("```ouptut\n1\n```", "l.md:6: unknown block `ouptut`; did you mean `output`?"),
    (
      "```dance {#a}\n1\n```",
      "l.md:6: unknown block `dance`; there are `orrery`, `output`, `expect`, `exercise`, `check`, `hint`, `quiz`, `solution`"
    ),
    ("```orrery {#a}\n1", "l.md:6: the orrery block is not closed; it ends with a line of as many backquotes"),
    ("- x\n  ```orrery {#a}\n  1\n  ```", "l.md:7: the orrery block stands inside a list or a quote; lesson blocks start at the margin"),
    ("```orrery #a\n1\n```", "l.md:6: cannot read `#a` after orrery; attributes look like {#id key=value}"),
    ("```orrery {#a erorr=Shape}\n1\n```", "l.md:6: orrery has no attribute `erorr`; did you mean `error`?"),
    ("```orrery {#a tall=1}\n1\n```", "l.md:6: orrery has no attribute `tall`; there are `#id`, `error`, `silent`"),
    ("```orrery {#a silent silent}\n1\n```", "l.md:6: orrery has `silent` twice"),
    ("```orrery {#a error=}\n1\n```", "l.md:6: `error` of orrery needs a value: error=…"),
    ("```orrery\n1\n```", "l.md:6: the orrery block needs an id: ```orrery {#name}"),
    ("```orrery {#a.b}\n1\n```", "l.md:6: an id is made of letters, digits, `-` and `_`; not `a.b`"),
    ("```orrery {#a}\n1\n```\n```quiz {#a}\nQ\n- [x] b\n- [ ] c\n```", "l.md:9: the id `a` is used twice; first in line 6"),
    ("```output\n1\n```", "l.md:6: the output block must say what it belongs to: ```output {of=id}"),
    (
      "```orrery {#scores}\n1\n```\n```output {of=score}\n1\n```",
      "l.md:9: output belongs to `score`, but there is no cell of that id; did you mean `scores`?"
    ),
    (
      "```orrery {#scores}\n1\n```\n```output {#scores}\n1\n```",
      "l.md:9: output has no attribute `#scores`; did you mean `of=scores`?"
    ),
    ("```orrery {#a}\n1\n```\n```hint {of=a}\nh\n```", "l.md:9: hint belongs to an exercise, but `a` is a cell"),
    ("```orrery {#a}\n1\n```\n```check {of=a}\n1 else \"x\"\n```", "l.md:9: check belongs to an exercise, but `a` is a cell"),
    ("```check {of=a}\n1 else \"x\"\n```", "l.md:6: check belongs to `a`, but there is no exercise of that id"),
    ("```output {of=a}\n1\n```\n```orrery {#a}\n1\n```", "l.md:6: output stands before `a` (line 9); move it below"),
    ("```orrery {#a}\n1\n```\n```output {of=a tol=x}\n1\n```", "l.md:9: `tol` is a number of at least 0, as in tol=1e-3; not `x`"),
    ("```orrery {#a}\n```", "l.md:6: the orrery block is empty"),
    ("```orrery {#a}\n1\n```\n```output {of=a}\n```\n```output {of=a}\n```", "l.md:11: `a` has an output block already, in line 9"),
    ("```exercise {#a}\nlet x = 1\n```\n```check {of=a}\nx else \"m\"\n```", "l.md:6: the stub of exercise `a` has no blank; write ___ where the answer goes"),
    ("```exercise {#a}\nlet x = ___\n```", "l.md:6: exercise `a` has no check; add ```check {of=a}"),
    (
      "```orrery {#abc}\n1\n```\n```exercise {#a needs=abd}\nlet x = ___\n```\n```check {of=a}\nx else \"m\"\n```",
      "l.md:9: `needs` names `abd`, but no cell or exercise above has that id; did you mean `abc`?"
    ),
    (
      "```exercise {#a}\nlet x = ___\n```\n```check {of=a}\nx == 1\n```",
      "l.md:10: a check reads EXPRESSION else \"message\"; `x == 1` has no else"
    ),
    (
      "```exercise {#a}\nlet x = ___\n```\n```check {of=a}\nx == 1 else no\n```",
      "l.md:10: what follows else is a message in quotes, not `no`"
    ),
    (
      "```exercise {#a}\nlet x = ___\n```\n```check {of=a}\n(x == 1 else \"no\"\n```",
      "l.md:10: a bracket or a quote of `(x == 1 else \"no\"` is not closed"
    ),
    ("```quiz {#a}\n- [x] b\n- [ ] c\n```", "l.md:6: quiz `a` has no question above its choices"),
    ("```quiz {#a}\nQ\n- [x] b\n```", "l.md:6: quiz `a` needs at least two choices: lines `- [ ] …`, the right ones `- [x] …`"),
    ("```quiz {#a}\nQ\n- [x] b\n- [ ] c\nmore\n```", "l.md:10: after the first choice only choices follow (`- [ ] …`), not `more`"),
    ("```quiz {#a}\nQ\n- [ ] b\n- [ ] c\n```", "l.md:6: quiz `a` has no right choice; mark one with `- [x]`"),
    ("Text \\(a + b", "l.md:6: `\\(` is not closed on its line; a computed number is \\(expression)"),
    ("Text \\( ).", "l.md:6: `\\()` has no expression"),
    ("Text\n\n<b>bold</b>", "l.md:8: raw HTML is never shown: <b>; write it as Markdown, or as `code`"),
    ("<script>alert(1)</script>", "l.md:6: raw HTML is never shown: <script>alert(1)</script>; write it as Markdown, or as `code`"),
    ("Text \u{E000}", "l.md:6: the private-use characters U+E000 and U+E001 cannot stand in a lesson"),
    ("```solution {of=a}\n1\n```", "l.md:6: the solution of `a` belongs in the sibling file NAME.solution.md"),
  ])
  func malformed(body: String, message: String) {
    let error = #expect(throws: LessonProblems.self) { _ = try Samples.lesson(body) }
    #expect(error?.description.split(separator: "\n").first.map(String.init) == message)
  }

  @Test(arguments: [
    ("Text", "l.md:1: a lesson begins with front matter: a line ---, then orrery, id and title, then a line ---"),
    ("---\nid: a", "l.md:1: the front matter is not closed; it ends with a line ---"),
    ("---\norrery: 1\nid: a\ntitle: T\nhello\n---\n", "l.md:5: the front matter holds lines of the form `key: value`, not `hello`"),
    ("---\norrery: 1\nid: a\ntitel: T\ntitle: T\n---\n", "l.md:4: unknown key `titel` in the front matter; did you mean `title`?"),
    ("---\norrery: 1\nid: a\ntitle: T\nauthor: X\n---\n", "l.md:5: unknown key `author` in the front matter; there are `orrery`, `id`, `title`, `needs`, `seed`"),
    ("---\norrery: 1\nid: a\nid: b\ntitle: T\n---\n", "l.md:4: `id` is set twice; first in line 3"),
    ("---\norrery: 1\nid: a\n---\n", "l.md:1: the front matter has no `title`"),
    ("---\nid: a\ntitle: T\n---\n", "l.md:1: the front matter has no `orrery`; write `orrery: 1`"),
    ("---\norrery: 2\nid: a\ntitle: T\n---\n", "l.md:2: this is a lesson of format `2`; this program reads format 1"),
    ("---\norrery: 1\nid: a\ntitle: T\nseed: -1\n---\n", "l.md:5: `seed` is a whole number from 0 to 18446744073709551615, not `-1`"),
    ("---\norrery: 1\nid: a b\ntitle: T\n---\n", "l.md:3: a lesson's id is made of letters, digits, `-`, `_` and dots, as in masks.causal; not `a b`"),
    ("---\norrery: 1\nid: a\ntitle: T\nneeds: x\n---\n", "l.md:5: `needs` is a list of lesson ids, as in [attention.scores, masks.causal]; not `x`"),
  ])
  func malformedFrontMatter(text: String, message: String) {
    let error = #expect(throws: LessonProblems.self) { _ = try LessonParser.parse(text, file: "l.md") }
    #expect(error?.description == message)
  }

  @Test func malformedFiles() {
    func message(_ bytes: [UInt8]) -> String? {
      #expect(throws: LessonProblems.self) { _ = try LessonParser.parse(bytes, file: "l.md") }?.description
    }
    #expect(message(Array("---\n".utf8) + [0xFF, 0x0A]) == "l.md:2: the text is not UTF-8")
    #expect(message(Array(repeating: 0x20, count: LessonParser.longest + 1)) == "l.md: the file has 2097153 bytes; a lesson has at most 2097152")
    let deep = "---\norrery: 1\nid: a\ntitle: T\n---\n" + String(repeating: "> ", count: 5000) + "x"
    #expect(message(Array(deep.utf8)) == "l.md:6: lists or quotes are nested deeper than 60 levels")
  }

  @Test(arguments: [
    ("```orrery {#a}\n1\n```", "s.md:1: a solution file holds ```solution {of=id} blocks; `orrery` belongs in the lesson"),
    ("```solution {of=tow}\n1\n```", "s.md:1: there is no exercise `tow` in the lesson; did you mean `two`?"),
    ("```solution {of=two}\n1\n```\n```solution {of=two}\n1\n```", "s.md:4: `two` has a solution already, in line 1"),
  ])
  func malformedSolutions(text: String, message: String) throws {
    var lesson = try LessonParser.parse(Samples.tour, file: "tour.md")
    let error = #expect(throws: LessonProblems.self) { try LessonParser.attach(solutions: Array(text.utf8), file: "s.md", to: &lesson) }
    #expect(error?.description == message)
  }

  /// Mutated lessons parse or give faults, and never crash: seeded, bounded.
  @Test func fuzz() {
    var state: UInt64 = 42
    func random(_ n: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(n))
    }
    let pieces = ["```", "~~~", "{", "}", "#", "of=", "\\(", ")", "\"", "---", "\n", "\r", "- [x]", ">", "|", "[..]", "...", "\u{E000}0\u{E001}", "<a>", "else", "*", "_", "[a](", "\0"]
    let start = Array(Samples.tour.utf8)
    var parsed = 0
    for _ in 0..<1500 {
      var bytes = start
      for _ in 0...random(4) {
        let at = random(bytes.count)
        switch random(4) {
        case 0: bytes.remove(at: at)
        case 1: bytes[at] = UInt8(random(256))
        case 2: bytes.insert(contentsOf: Array(pieces[random(pieces.count)].utf8), at: at)
        default: bytes.removeSubrange(at..<min(bytes.count, at + random(80)))
        }
      }
      do {
        let lesson = try LessonParser.parse(bytes, file: "f.md")
        parsed += 1
        for block in lesson.blocks { if case .prose(let prose) = block { _ = MarkdownLines(width: 40).lines(prose.blocks) } }
        let execution = Runner.run(lesson, with: ToyExecutor())
        #expect(execution.outcomes.count == lesson.blocks.count)
      } catch {
        #expect(!error.problems.isEmpty)
        for problem in error.problems { #expect(!problem.description.contains("\n")) }
      }
    }
    #expect(parsed > 100)
  }
}

/// What no book may show, in whatever format, is refused where a lesson is read.
@Suite struct UnshownTests {
  private func problems(_ body: String) -> [String] {
    do {
      _ = try LessonParser.parse("---\norrery: 1\nid: a.b\ntitle: T\n---\n\(body)\n", file: "x.md")
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  private func fence(_ word: String, _ text: String) -> String {
    "```exercise {#x}\nlet z = ___\n```\n```check {of=x}\nz == 1 else \"no\"\n```\n```\(word)\n\(text)\n```"
  }

  @Test(arguments: [
    "javascript:alert(7)", "JaVaScRiPt:alert(8)", "java&#10;script:alert(9)", "&#1;javascript:alert(10)", "data:text/html,x", "vbscript:x", "<java\tscript:alert(12)>",
    "&#32;javascript:alert(13)", "x:y/../javascript:alert(1)", "javascript&colon;alert(16)", "jav&Tab;ascript:alert(18)", "&NewLine;javascript:alert(17)", "file:///etc/passwd",
  ])
  func linksThatRunSomething(_ address: String) {
    #expect(problems("A [link](\(address)).").count == 1)
    #expect(problems("A ![picture](\(address)).").count == 1)
    #expect(problems(fence("hint {of=x}", "A [link](\(address)).")).count == 1)
    #expect(problems(fence("quiz {#q}", "Which?\n- [ ] a [link](\(address))\n- [x] b — because")).count == 1)
    #expect(problems(fence("quiz {#q}", "Which?\n- [ ] a\n- [x] b — [because](\(address))")).count == 1)
  }

  @Test func remotePicturesAndRawHTML() {
    for address in ["http://evil.example/beacon.png", "//evil.example/x.png", "https://x/y.svg"] {
      #expect(problems("![a](\(address))").count == 1, "\(address)")
      #expect(problems(fence("hint {of=x}", "![a](\(address))")).count == 1, "\(address)")
    }
    #expect(problems(fence("hint {of=x}", "<script>alert(1)</script>")) .map { $0.hasPrefix("x.md:13: raw HTML is never shown") } == [true])
    #expect(problems(fence("quiz {#q}", "Q <b onclick=x>?\n- [ ] A <img src=x onerror=y>\n- [x] B — <i>")).count == 3)
    // A number that is computed must not become part of an address.
    #expect(problems("[a](\\(1 + 1))").count == 1)
  }

  @Test func whatLeadsSomewhereStays() {
    let body = "[a](https://x.example/y) [b](other.md#there) [c](mailto:a@b.example) [d](./javascript:x) ![p](figures/cat.png) ![q](cat.svg \"t\") <https://x.example>"
    #expect(problems(body) == [])
    #expect(problems(fence("hint {of=x}", body)) == [])
  }
}
