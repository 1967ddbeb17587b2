import Testing

@testable import Lessons

/// A lesson in the language itself.
@Suite struct LanguageLessonTests {
  static let text = #"""
    ---
    orrery: 1
    id: lists.first
    title: Lists
    ---
    # Lists
    Six sevenths is \(6 / 7), and `[1, 2]` has \([1, 2].count) numbers.

    ```orrery {#row}
    let row = [0.41, 0.10, -0.22]
    row
    ```
    ```output {of=row tol=1e-3}
    [0.4101, 0.1, [..]]
    ```
    ```expect {of=row}
    row.count == 3
    row[0] ≈ 0.41 ± 1e-6
    ```
    ```orrery {#oops error=unknownName}
    rwo
    ```
    ```output {of=oops}
    ...
    ```
    ```exercise {#last}
    let last = ___
    ```
    ```check {of=last}
    last == row[2]   else "The last number is at index 2; you took \(last)."
    ```
    ```hint {of=last}
    Indices begin at 0.
    ```

    """#

  static func lesson() throws -> Lesson {
    var lesson = try LessonParser.parse(text, file: "lists.md")
    try LessonParser.attach(solutions: Array("```solution {of=last}\nlet last = row[2]\n```\n".utf8), file: "lists.solution.md", to: &lesson)
    return lesson
  }

  @Test func holdsAndIsProven() throws {
    let execution = Runner.run(try Self.lesson(), with: LanguageExecutor())
    #expect(execution.differences.map(\.description) == [])
    #expect(Linter.lint(try Self.lesson(), with: LanguageExecutor()).map(\.description) == [])
  }

  @Test func aLearnerGoesThroughIt() throws {
    var text = ""
    let show: (LessonEvent) -> Void = { event in
      text += EventLines(width: 60, plain: true).lines(event).map { $0.plain + "\n" }.joined()
    }
    let executor = LanguageExecutor()
    let session = LessonSession(try Self.lesson(), executor: executor)
    session.open(show)
    session.respond(to: "", show)
    session.respond(to: "", show)
    let before = executor.fingerprint(of: nil)
    text = ""
    session.respond(to: "row[1]", show)
    session.respond(to: "let last = row[", show)
    session.respond(to: "let row = [1, 2, 3]\nlet last = 3.5", show)
    #expect(executor.fingerprint(of: nil) == before)
    session.respond(to: "row[2]", show)
    #expect(
      text == #"""
        0.1
        Only looked at: that was no try. As your answer:
        let last = row[1]
        error: expected an expression, but the text ends here
          let last = row[
                         ^
        Nothing has changed. Try again; or `hint`, `play`, `skip`.
        The last number is at index 2; you took 3.5.
        Right, at try 3.
        End of “Lists”: done.

        """#)
  }
}
