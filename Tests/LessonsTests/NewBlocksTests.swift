// Predictions, figures, wrong answers, setup cells, claims, terms, sources, formulas, paths, translations: read, played, run, linted, written.

import Documents
import Files
import class Foundation.FileManager
import struct Foundation.UUID
import Testing

@testable import Lessons

private enum Course {
  static let lesson = #"""
    ---
    orrery: 1
    id: masks
    title: Masks
    claims: [19]
    minutes: 20
    level: second
    mini: [stories]
    core: true
    ---
    # Masks

    ```orrery {#s setup}
    let a = 2
    ```

    A [[causal mask]] hides what comes after [@vaswani2017]; see [@fig:ratio]. It costs $\frac{n(n+1)}{2}$, and not $5 or $6.

    $$\sum_{i<n} x_i
    = 1$$

    ```predict {of=ratio kind=number tol=0.05}
    How many times as long?
    ```
    ```orrery {#ratio claim=19}
    show a + 0.33
    ```
    ```output {of=ratio}
    2.33
    ```
    ```expect {of=ratio}
    a == 2
    ```
    ```figure {of=ratio}
    It takes longer.

    alt: A bar of 2.33 beside one of 1.
    ```

    ```predict {#r answer="a * 2" kind=choice}
    Twice that?
    - [ ] 5 — no, a is 2.
    - [ ] 4 — twice two.
    ```

    ```exercise {#two points=2}
    let product = ___
    ```
    ```check {of=two}
    product > 0          else "A product of positive numbers is positive, got \(product)."
    product == a * 3     else "Multiply a by 3."
    ```
    ```hint {of=two}
    Times.
    ```
    """#
  static let solutions = #"""
    ```solution {of=two}
    let product = a * 3
    ```
    ```wrong {of=two message="is positive"}
    0 - 1
    ```
    """#

  static func read(_ text: String = lesson, solutions: String = solutions) throws -> Lesson {
    var lesson = try LessonParser.parse(text, file: "masks.md")
    try LessonParser.attach(solutions: Array(solutions.utf8), file: "masks.solution.md", to: &lesson)
    return lesson
  }
}

@Suite struct NewBlocksTests {
  @Test func areRead() throws {
    let lesson = try Course.read()
    #expect(lesson.claims == [19] && lesson.minutes == 20 && lesson.level == .second && lesson.mini == ["stories"] && lesson.isCore)
    #expect(lesson.setup.map(\.id) == ["s"])
    #expect(lesson.cells[1].claims == [19])
    #expect(lesson.exercises[0].points == 2)
    #expect(lesson.items.map(\.id) == ["ratio", "two"])
    let predictions = lesson.predictions
    #expect(predictions.map(\.id) == ["ratio-prediction", "r"])
    #expect(predictions[0].of == "ratio" && predictions[0].kind == .number && predictions[0].tolerance == 0.05)
    #expect(predictions[1].of == nil && predictions[1].answer == "a * 2" && predictions[1].choices.map(\.text) == ["5", "4"])
    #expect(lesson.captions == [Caption(of: "ratio", line: 34, text: "It takes longer.", alternative: "A bar of 2.33 beside one of 1.")])
    #expect(lesson.wrongs == [WrongAnswer(of: "two", file: "masks.solution.md", line: 4, source: "0 - 1", message: "is positive")])
    #expect(
      lesson.inlineMarks.map(\.kind) == [
        .term("causal mask", shown: "causal mask"), .citation(["vaswani2017"]), .figure("ratio"), .formula(#"\frac{n(n+1)}{2}"#, display: false),
        .formula(#"\sum_{i<n} x_i = 1"#, display: true), .formulaGoesOn,
      ])
  }

  @Test(arguments: [
    ("claims: [x]", "l.md:5: `claims` is a list of numbers from 1, as in [19, 20]; not `[x]`"),
    ("minutes: long", "l.md:5: `minutes` is a whole number from 1 to 600; not `long`"),
    ("level: third", "l.md:5: `level` is first or second; not `third`"),
    ("core: yes", "l.md:5: `core` is true or false; not `yes`"),
    ("mini: stories", "l.md:5: `mini` is a list of models' names, as in [stories, translator]; not `stories`"),
  ])
  func frontMatterFaults(line: String, message: String) {
    let error = #expect(throws: LessonProblems.self) { _ = try LessonParser.parse("---\norrery: 1\nid: a\ntitle: T\n\(line)\n---\n", file: "l.md") }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    ("```predict {kind=number}\nQ\n```", "l.md:6: a prediction names the cell that shows the truth, of=ID, or is a recall with an id and an answer: {#id answer=\"EXPRESSION\"}"),
    ("```predict {#p}\nQ\n```", "l.md:6: prediction `p` has no cell (of=ID), so it needs answer=\"EXPRESSION\""),
    ("```orrery {#a}\n1\n```\n```predict {of=a}\nQ\n```", "l.md:9: predict stands below `a` (line 6), which it must come before; move it up"),
    ("```predict {of=ab}\nQ\n```\n```orrery {#abc}\n1\n```", "l.md:6: predict belongs to `ab`, but there is no cell of that id; did you mean `abc`?"),
    ("```predict {of=a kind=guess}\nQ\n```\n```orrery {#a}\n1\n```", "l.md:6: `kind` is number, word or choice; not `guess`"),
    ("```predict {of=a kind=choice}\nQ\n- [x] one\n```\n```orrery {#a}\n1\n```", "l.md:6: prediction `a-prediction` of kind choice needs at least two choices: lines `- [ ] …`, the right one `- [x] …`"),
    ("```predict {of=a kind=choice}\nQ\n- [ ] one\n- [ ] two\n```\n```orrery {#a}\n1\n```", "l.md:6: prediction `a-prediction` has no right choice; mark it with `- [x]`, or give answer=\"EXPRESSION\""),
    ("```predict {of=a}\nQ\n- [ ] one\n- [ ] two\n```\n```orrery {#a}\n1\n```", "l.md:6: prediction `a-prediction` has choices; write kind=choice"),
    ("```orrery {#a}\n1\n```\n```figure {of=a}\nA caption.\n```", "l.md:9: the figure of `a` has no text alternative; after the caption write a line that begins with alt: and says what the picture shows"),
    ("See [@fig:b].\n\n```orrery {#a}\n1\n```\n```figure {of=a}\nC\n\nalt: c\n```", "l.md:6: `[@fig:b]` refers to a figure, but no figure block says of=b; did you mean `a`?"),
    ("```orrery {#a setup}\n1\n```\n```output {of=a}\n1\n```", "l.md:9: cell `a` is a setup, which runs unseen: it has no output block and no figure; remove one of the two"),
    ("```orrery {#a claim=x}\n1\n```", "l.md:6: `claim` is a claim's number, or several with commas, as in claim=19,20; not `x`"),
    ("```exercise {#a points=0}\nlet x = ___\n```\n```check {of=a}\nx else \"m\"\n```", "l.md:6: `points` is a whole number from 1; not `0`"),
    ("```wrong {of=a message=\"m\"}\n1\n```", "l.md:6: the wrong answer to `a` belongs in the sibling file NAME.solution.md"),
    ("Text $$a\n\nmore", "l.md:6: `$$` is not closed in its paragraph; a formula is $$…$$, or $…$ in a line"),
  ])
  func faults(body: String, message: String) {
    let error = #expect(throws: LessonProblems.self) { _ = try Samples.lesson(body) }
    #expect(error?.description.split(separator: "\n").first.map(String.init) == message)
  }

  // MARK: Playing

  private func play(_ typed: [String], lesson: Lesson? = nil, progress: Progress = Progress()) throws -> (text: String, session: LessonSession, entries: [ProgressEntry]) {
    var text = ""
    var entries: [ProgressEntry] = []
    let show: (LessonEvent) -> Void = { text += EventLines(width: 78, plain: true).lines($0).map { $0.plain + "\n" }.joined() }
    let session = LessonSession(try lesson ?? Course.read(), executor: ToyExecutor(), progress: progress, record: { entries.append($0) }, now: { 9 })
    session.open(show)
    for line in typed {
      text += "> \(line)\n"
      session.respond(to: line, show)
    }
    return (text, session, entries)
  }

  @Test func arePlayed() throws {
    let (text, _, entries) = try play(["perhaps", "3", "", "four", "4", "", "-1", "6", "recap"])
    #expect(
      text == """
        Masks
        =====

        A causal mask hides what comes after [Vaswani 2017]; see figure 1. It costs
        (n(n+1))/2, and not $5 or $6.

        ∑_(i<n) xᵢ = 1

        Before it runs:
        How many times as long?
        Your guess, a number; or Enter to go on without.
        > perhaps
        A number is asked for; Enter goes on without a guess.
        > 3
            show a + 0.33
        2.33
        You said 3. It is 2.33.
        Figure 1: It takes longer.
        >\u{20}
        Before it runs:
        Twice that?
          a) 5
          b) 4
        Your guess, a letter or a word of it; or Enter to go on without.
        > four
        there is no `four`
        > 4
        You said 4. twice two.
        Enter goes on.
        >\u{20}
        Your turn:
            let product = ___
        > -1
        A product of positive numbers is positive, got -1.
        Nothing has changed. Try again; or `hint`, `play`, `skip`.
        > 6
        Right: 2 points, at try 2.
        End of “Masks”: done.
        > recap
        # Recap: Masks

        ## Prediction

        How many times as long?

        Your guess: **3**. What came out: **2.33**.

        ## Prediction

        Twice that?

        Your guess: **4**. What came out: **4**.

        ## Exercise `two`

        ```orrery
        let product = 6
        ```

        Right at try 2.

        """)
    #expect(entries.filter { $0.event == .predicted }.map(\.work) == [.init(answer: "3", truth: "2.33", isNear: false), .init(answer: "4", truth: "4", isNear: true)])
  }

  @Test func anEmptyLineSkipsAPrediction() throws {
    let (text, session, entries) = try play(["", "", ""])
    #expect(!text.contains("You said"))
    #expect(session.waiting == .exercise("two"))
    #expect(entries.map(\.event) == [.done])
  }

  @Test func runsAndBooks() throws {
    let lesson = try Course.read()
    let execution = Runner.run(lesson, with: ToyExecutor())
    #expect(execution.differences.isEmpty)
    #expect(Linter.lint(lesson, with: ToyExecutor()).map(\.description) == [])
    var book = Book([execution], format: .markdown)
    book.glossary = Glossary("# Glossary\n\n## causal mask\nAlso: left mask.\nA token sees the past only.\nFirst: [masks](masks.md)\n", file: "g")
    book.bibliography = Bibliography("@inproceedings{vaswani2017, title = {Attention Is All You Need}, author = {Vaswani, Ashish and Shazeer, Noam and Parmar, Niki}, year = {2017}, eprint = {1706.03762}}", file: "b")
    let files = book.files
    #expect(files.map(\.path) == ["README.md", "masks.md", "glossary.md", "sources.md", "claims.md"])
    #expect(
      files[1].text == #"""
        <!-- Generated by orrery docs build from masks.md; edit that file, not this one. -->

        # Masks

        A [causal mask](glossary.md#causal-mask) hides what comes after [Vaswani et al. 2017](#sources); see figure 1. It costs $\frac{n(n+1)}{2}$, and not $5 or $6.

        $$\sum_{i<n} x_i
        = 1$$

        **Before you read on.** How many times as long?

        [What comes out](#prediction-ratio-prediction-what-comes-out)

        ```swift
        show a + 0.33
        ```

        ```text
        2.33
        ```

        **Figure 1.** It takes longer.

        **Before you read on.** Twice that?

        1. 5
        2. 4

        [What comes out](#prediction-r-what-comes-out)

        **Exercise `two`** (2 points)

        ```swift
        let product = ___
        ```

        [Hints and solution](#exercise-two-hints-and-solution)

        ---

        ## Hints, solutions, answers

        ### Prediction ratio-prediction: what comes out

        2.33

        ### Prediction r: what comes out

        4

        - 5 — no, a is 2.
        - 4 — twice two.

        ### Exercise two: hints and solution

        1. Times.

        ```swift
        let product = a * 3
        ```

        ---

        ## Sources

        - Vaswani, Ashish, Shazeer, Noam, Parmar, Niki. [Attention Is All You Need](https://arxiv.org/abs/1706.03762). arXiv:1706.03762. 2017.

        ---

        [All lessons](README.md)

        """#)
    #expect(files[2].text.contains("## causal mask\n\nA token sees the past only.\n\nAlso: left mask. First in: [Masks](masks.md)."))
    #expect(files[3].text.contains("Cited in: [Masks](masks.md)."))
    #expect(files[4].text.contains("| 19 | [Masks](masks.md), cell `ratio` | `a == 2` |"))
    #expect(files[0].text.contains("1. [Masks](masks.md); 20 minutes, of the core, one exercise\n"))
    #expect(Book([execution], format: .html).files[1].text.contains("<summary>What comes out</summary>"))
  }

  // MARK: Linting

  @Test func theLinterRunsWrongAnswers() throws {
    func lint(_ wrong: String) throws -> [String] {
      let lesson = try Course.read(solutions: "```solution {of=two}\nlet product = a * 3\n```\n" + wrong)
      return Linter.lint(lesson, with: ToyExecutor()).map(\.description)
    }
    #expect(try lint("```wrong {of=two message=\"x\"}\n6\n```") == ["masks.solution.md:4: exercise `two` accepts this answer, which should be refused; add a check that tells it"])
    #expect(
      try lint("```wrong {of=two message=\"Add\"}\n5\n```") == [
        "masks.solution.md:4: this wrong answer to `two` should be told “Add”, but reads “Multiply a by 3.”; put the check with that message first, or correct message=…"
      ])
    #expect(try lint("```wrong {of=two message=\"by 3\"}\nlet product = 5\n```") == [])
  }

  @Test func theLinterChecksClaimsAndPredictions() throws {
    func lint(_ old: String, _ new: String) throws -> [String] {
      Linter.lint(try Course.read(Course.lesson.replacing(old, with: new)), with: ToyExecutor()).map(\.description)
    }
    #expect(try lint("claims: [19]", "claims: [19, 20]") == ["masks.md:1: the front matter names claim 20, but no cell says claim=20; add it to the cell that measures it, or take it out"])
    #expect(try lint("claim=19}", "claim=19,3}") == ["masks.md:25: cell `ratio` measures claim 3, which the front matter does not name; write claims: […, 3]"])
    #expect(try lint("```expect {of=ratio}\na == 2\n```\n", "") == ["masks.md:25: cell `ratio` measures a claim that nothing holds; add ```expect {of=ratio} with what it shows"])
    #expect(try lint("answer=\"a * 2\"", "answer=\"a * 4\"") == ["masks.md:40: prediction `r`: the answer of `r` is `8`, which is none of its choices"])
    #expect(try lint("How many times as long?", "Is it 2.33?") == ["masks.md:22: prediction `ratio-prediction` is given away: its answer, 2.33, stands in its own question"])
  }

  @Test func theLinterChecksTheCourse() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/orrery-course-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws { try PlainFiles.write(folder + "/" + name, Array(text.utf8)) }
    func front(_ id: String, _ needs: String = "") -> String { "---\norrery: 1\nid: \(id)\ntitle: \(id)\nneeds: [\(needs)]\n---\n# \(id)\n\n" }
    try write("one.md", front("one") + "Causal masks first. A [[causal mask]] is one. A [[caudal mask]].\n")
    try write("two.md", front("two", "one") + "A causal mask, known. Keys are cached [@sombody].\n")
    try write("glossary.md", "# Glossary\n\n## causal mask\nThe past only.\nFirst: [one](one.md)\n\n## cached\nKept.\nFirst: [tow](tow.md)\n\n## empty\n")
    try write("sources.bib", "@article{somebody, title = {T}, year = 2017}\n@book{x, title = {T}}\n")
    try write("paths.txt", "core | The core | two one three\nbad line\n")
    try write(
      "zh/one.md",
      "---\norrery: 1\nid: one\ntitle: 一\ntranslates: [00000000]\n---\n# 一\n\n先有因果掩码。\n")
    let library = try LessonLibrary(folder: folder)
    #expect(library.lessons.map(\.id) == ["one", "two"])
    #expect(
      library.problems.map(\.description) == [
        "\(folder)/paths.txt:2: a path is a line `name | title | lessons`; not `bad line`",
        "\(folder)/glossary.md:11: the term `empty` is not explained; write one plain sentence below its heading",
        "\(folder)/sources.bib:2: the source `x` has no year; add year = {…}",
      ])
    let hashes = library.lessons[0].pieceHashes
    #expect(
      Linter.lint(library).map { $0.description.replacing(folder + "/", with: "") } == [
        "one.md:9: `[[caudal mask]]` is not in the glossary; did you mean `[[causal mask]]`?",
        "one.md:9: the term “causal mask” is used before it is explained; link its first use: [[causal mask]]",
        "two.md:9: `[@sombody]` is not in sources.bib; did you mean `[@somebody]`?",
        "two.md:9: the term “cached” is used before it is explained; link its first use: [[cached]]",
        "glossary.md:7: the term `cached` names the lesson `tow`, but there is none; did you mean `two`?",
        "paths.txt:1: the path `core` has `two` before `one`, which it needs; move it behind",
        "paths.txt:1: the path `core` names the lesson `three`, but there is none",
        "zh/one.md:1: the prose at the end was translated from an earlier text; compare it with line 7 of the original",
        "zh/one.md:1: when all of it is up to date, write in the front matter: translates: [\(hashes.joined(separator: ", "))]",
      ])
    try write("zh/one.md", "---\norrery: 1\nid: one\ntitle: 一\ntranslates: [\(hashes.joined(separator: ", "))]\n---\n# 一\n\n先有因果掩码。\n")
    let chinese = try LessonLibrary(folder: folder, language: LessonLibrary.language(environment: ["ORRERY_LANG": "zh_CN.UTF-8"]))
    #expect(chinese.lessons[0].title == "一")
    guard case .prose(let prose)? = chinese.lessons[0].blocks.first else { throw CellFailure(kind: "test", message: "no prose") }
    #expect(prose.markdown { "\($0)" } == "# 一\n\n先有因果掩码。\n")
  }

  @Test(arguments: [
    (#"\mathrm{softmax}(QK^\top/\sqrt{d})V"#, "softmax(QKᵀ/√d)V"), (#"\sum_{i<n} x_i = 1"#, "∑_(i<n) xᵢ = 1"), (#"h_t = e^{\Delta A} h_{t-1}"#, "hₜ = e^ΔA hₜ₋₁"),
    (#"\frac{a}{b+1}"#, "a/(b+1)"), (#"x \in \mathbb{R}^{d}"#, "x ∈ Rᵈ"), (#"\unknown{x}"#, "unknownx"), (#"a \le b \cdot 10^{-3}"#, "a ≤ b · 10⁻³"), (#"\hat{x}"#, "x\u{302}"),
  ])
  func formulasInATerminal(tex: String, text: String) { #expect(FormulaText.unicode(tex) == text) }

  @Test(arguments: [("1,536", 1536), ("−0.4", -0.4), ("93 %", 93), ("１２", 12), ("1e-3", 0.001)] as [(String, Double)])
  func guessesAsPeopleWriteThem(text: String, value: Double) { #expect(Guess.number(text) == value) }
}
