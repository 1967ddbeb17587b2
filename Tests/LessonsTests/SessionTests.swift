import Testing

@testable import Lessons

/// A session, and everything that it showed.
private final class Transcript {
  let session: LessonSession
  let executor = ToyExecutor()
  var text = ""
  var entries: [ProgressEntry] = []

  init(_ lesson: Lesson, progress: Progress = Progress(), catalogue: [Lesson] = []) {
    var keep: (ProgressEntry) -> Void = { _ in }
    session = LessonSession(lesson, executor: executor, progress: progress, catalogue: catalogue, record: { keep($0) }, now: { 9 })
    keep = { [unowned self] in entries.append($0) }
    session.open(show)
  }

  func show(_ event: LessonEvent) {
    let lines = EventLines(width: 60, plain: true).lines(event)
    text += lines.map { $0.plain + "\n" }.joined()
  }

  @discardableResult
  func type(_ line: String) -> Self {
    text += "> \(line)\n"
    session.respond(to: line, show)
    return self
  }

  /// What was shown since the last call.
  func take() -> String {
    defer { text = "" }
    return text
  }
}

@Suite struct SessionTests {
  @Test func aWholeLesson() throws {
    let lesson = try Samples.lesson()
    let t = Transcript(lesson)
    t.type("")  // on to the exercise
    t.type("").type("let product = 1 + nothing").type("0 - 1").type("a + b").type("hint").type("hint").type("hint").type("hint")
    t.type("let product = b * a")
    t.type("").type("").type("z").type("7").type("a").type("1 2").type("b").type("")
    t.type("recap").type("list")
    #expect(
      t.text == #"""
        A first sum
        ===========
        
        Adding is *easy*: here 5 comes out, and `\(2 + 3)` stays.
        
            let a = 2
            let b = 3.5
            show a + b
        5.5
        >\#u{20}
        Your own
        --------
        
        Multiply them: 2 times 3.5.
        
        Your turn:
            let product = ___
        >\#u{20}
        Type your answer; or `hint`, `play` to try things, `skip`.
        > let product = 1 + nothing
        there is no `nothing`
        Nothing has changed. Try again; or `hint`, `play`, `skip`.
        > 0 - 1
        A product of positive numbers is positive, got -1.
        > a + b
        5.5
        Only looked at: that was no try. As your answer:
        let product = a + b
        > hint
        Hint 1 of 2:
        What does `*` do?
        > hint
        Hint 2 of 2:
        It is `a * b`.
        That was the last hint; `hint` once more shows the solution.
        > hint
        The solution:
            let product = a * b
        > hint
        The solution:
            let product = a * b
        > let product = b * a
        Right, at try 3.
        Enter goes on.
        >\#u{20}
            show c
        there is no `c`
        This cell fails on purpose.
        >\#u{20}
        Which comes first?
          a) `+`
          b) `*`
          c) neither
        > z
        Answer with a letter from a to c.
        > 7
        Answer with a letter from a to c.
        > a
        No: it waits.
        > 1 2
        No: it waits.
        > b
        Right: products bind tighter.
        Enter goes on.
        >\#u{20}
        The end.
        
        End of “A first sum”: done.
        > recap
        # Recap: A first sum
        
        ## Exercise `two`
        
        ```orrery
        let product = b * a
        ```
        
        Right at try 3, with 2 hints.
        
        ## Quiz
        
        Which comes first?
        
        **`*`** (at try 3)
        > list
        → sums.first  A first sum  done

        """#)
  }

  @Test func aWrongAnswerLeavesTheStateAsItWas() throws {
    let t = Transcript(try Samples.lesson())
    t.type("")
    #expect(t.session.waiting == .exercise("two"))
    let before = t.executor.fingerprint(of: nil)
    for answer in ["let product = a + b", "0", "let product = nowhere", "let a = 100\nlet product = a", "let product = a * b\nfail Late"] {
      t.type(answer)
      #expect(t.executor.fingerprint(of: nil) == before, "after \(answer)")
      #expect(t.session.waiting == .exercise("two"))
    }
    t.type("let product = a * b")
    #expect(t.executor.variables["product"] == .number(7))
    #expect(t.session.waiting == .step)
    #expect(t.entries.map(\.item) == ["one", "two"])
    #expect(t.entries.map(\.event) == [.done, .done])
    #expect(t.entries[1].time == 9)
  }

  @Test func skipGoesOnWithTheSolution() throws {
    let t = Transcript(try Samples.lesson())
    t.type("")
    _ = t.take()
    t.type("skip")
    #expect(t.take() == "> skip\nThe solution:\n    let product = a * b\nSkipped; what follows goes on with the solution's value.\nEnter goes on.\n")
    #expect(t.executor.variables["product"] == .number(7))
    #expect(t.entries.last?.event == .skipped)
    t.type("skip")
    #expect(t.take() == "> skip\nThere is nothing to skip here; Enter goes on.\n")
  }

  @Test func playIsAForkAndBackLeavesIt() throws {
    let t = Transcript(try Samples.lesson())
    t.type("")
    let before = t.executor.fingerprint(of: nil)
    _ = t.take()
    t.type("play").type("let a = 50").type("a + 1").type("").type("hint").type("skip").type("play").type("continue").type("back").type("a")
    #expect(
      t.take() == """
        > play
        A copy to play in: nothing here touches the lesson. `back`
        leaves it.
        > let a = 50
        > a + 1
        51
        >\u{20}
        You are in play; `back` leaves it.
        > hint
        Hint 1 of 2:
        What does `*` do?
        > skip
        You are in play; `back` leaves it.
        > play
        You are in play already; `back` leaves it.
        > continue
        You are in play; `back` leaves it.
        > back
        Back in the lesson; what you tried is gone.
        > a
        2
        Only looked at: that was no try. As your answer:
        let product = a

        """)
    #expect(t.session.waiting == .exercise("two"))
    #expect(t.executor.fingerprint(of: nil) == before)
  }

  @Test func backGoesAStepBackWithItsState() throws {
    let t = Transcript(try Samples.lesson())
    let first = t.take()
    let atFirst = t.executor.fingerprint(of: nil)
    t.type("").type("let extra = 5")
    t.type("back")
    #expect(t.take().hasSuffix("> back\n" + first))
    #expect(t.executor.fingerprint(of: nil) == atFirst)
    t.type("back")
    #expect(t.take() == "> back\nThis is the start of the lesson.\n")
    #expect(t.session.waiting == .step)
  }

  @Test func resetStartsAfresh() throws {
    let t = Transcript(try Samples.lesson())
    let first = t.take()
    t.type("").type("skip").type("reset")
    #expect(t.take().hasSuffix("> reset\nFrom the start, with an empty session. What you have done\nstays noted; `reset progress` forgets it, too.\nYou have done 1 of 4 here. `continue` goes on from there.\n" + first))
    #expect(t.executor.variables["product"] == nil)
  }

  @Test func continueRunsWhatIsDone() throws {
    let lesson = try Samples.lesson()
    var progress = Progress()
    for item in lesson.items.prefix(2) {
      progress.add(ProgressEntry(time: 0, lesson: lesson.id, item: item.id, hash: item.hash, event: .done))
    }
    let t = Transcript(lesson, progress: progress)
    #expect(t.take().hasPrefix("You have done 2 of 4 here. `continue` goes on from there.\n"))
    t.type("continue")
    #expect(
      t.take() == """
        > continue
        What you have done is done; on from there.
            show c
        there is no `c`
        This cell fails on purpose.

        """)
    #expect(t.executor.variables["product"] == .number(7))
  }

  @Test func aStoppedCellRunsAgain() throws {
    let lesson = try Samples.lesson("```orrery {#a}\nfail interrupted\n```\n")
    let t = Transcript(lesson)
    #expect(t.take() == "    fail interrupted\ninterrupted: it fails\n  fail interrupted\n  ^\nStopped; Enter runs the cell again.\n")
    t.type("")
    #expect(t.executor.ran == ["fail interrupted", "fail interrupted"])
    #expect(t.entries == [])
  }

  /// One of several right choices says how many there are and how to give them.
  @Test func severalRightChoices() throws {
    let t = Transcript(try Samples.lesson("```quiz {#q}\nWhich?\n- [x] one\n- [ ] two — no\n- [x] three\n```\n"))
    t.type("")
    _ = t.take()
    t.type("a")
    #expect(t.take().contains("That is right, and not all: 2 choices are. Give them\ntogether, such as `a b`."))
    t.type("a b")
    #expect(t.take().contains("No: no"))
    t.type("c, a")
    #expect(t.take().contains("Right."))
  }

  @Test func whatTheLessonGotWrongIsSaid() throws {
    let lesson = try Samples.lesson(
      "```orrery {#a}\nfail Shape\n```\n\n```orrery {#b silent}\nlet x = 1\n```\n```expect {of=b}\nx == 2\n```\nSee \\(y).\n")
    let t = Transcript(lesson)
    t.type("").type("").type("")
    #expect(
      t.take() == """
            fail Shape
        Shape: it fails
          fail Shape
          ^
        This cell should have run. Enter goes on; `back` tries it
        again.
        >\u{20}
            let x = 1
        Here `x == 2` should hold, and does not. `x == 2` does not
        hold
        >\u{20}
        See ?.

        End of “L”: 1 of 2.
        >\u{20}
        The lesson is at its end; `back`, `recap` or `list`.

        """)
  }

  @Test func whatFollowsIsNamedAtTheEnd() throws {
    let lesson = try Samples.lesson("Text.\n")
    let next = try LessonParser.parse("---\norrery: 1\nid: m\ntitle: More\nneeds: [l]\n---\nText\n", file: "m.md")
    #expect(Transcript(lesson, catalogue: [lesson, next]).take() == "Text.\n\nEnd of “L”: new.\nNext: More. It opens with :lesson m\n")
  }

  @Test func aRecapKeepsWhatRanAndLeavesOutSlips() throws {
    let t = Transcript(try Samples.lesson("```orrery {#one}\nlet a = 2\n```\n\nText.\n"))
    t.type("show a * 3").type("fail Shape").type("hnt")
    _ = t.take()
    t.type("recap")
    let recap = t.take()
    #expect(recap.contains("show a * 3") && recap.contains("6"))
    #expect(!recap.contains("fail Shape") && !recap.contains("hnt"))
  }

  @Test func aSessionBecomesALesson() throws {
    let executor = ToyExecutor()
    var record = SessionRecord()
    for source in ["let a = 2", "show a * 3", "let a = 5", "fail Shape", "show \"```\"", "   "] { record.add(source, executor.run(source)) }
    let text = record.lesson(id: "my session.1", title: "What *I* did \"today\"", seed: 3)
    #expect(
      text == #"""
        ---
        orrery: 1
        id: my-session.1
        title: "What *I* did 'today'"
        seed: 3
        ---
        # What \*I\* did "today"

        ```orrery {#a silent}
        let a = 2
        ```

        ```orrery {#cell2}
        show a * 3
        ```
        ```output {of=cell2}
        6
        ```

        ```orrery {#cell3 silent}
        let a = 5
        ```

        ```orrery {#cell4 error=Shape}
        fail Shape
        ```
        ```output {of=cell4}
        Shape: it fails
          fail Shape
          ^
        ```

        ```orrery {#cell5}
        show "```"
        ```
        ````output {of=cell5}
        ```
        ````

        """#)
    let lesson = try LessonParser.parse(text, file: "s.md")
    #expect(lesson.title == "What *I* did 'today'")
    #expect(Runner.run(lesson, with: ToyExecutor()).differences == [])
    #expect(Linter.lint(lesson, with: ToyExecutor()) == [])
  }
}
