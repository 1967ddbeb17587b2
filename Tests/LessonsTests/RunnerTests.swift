import Testing

@testable import Lessons

@Suite struct RunnerTests {
  @Test func runsALessonThatHolds() throws {
    let execution = Runner.run(try Samples.lesson(), with: ToyExecutor())
    #expect(execution.differences.map(\.description) == [])
    #expect(execution.result(of: "one")?.text == "5.5")
    #expect(execution.result(of: "three")?.failure == CellFailure(kind: "Unknown", message: "there is no `c`"))
  }

  @Test func reportsEveryDifference() throws {
    var lesson = try LessonParser.parse(
      #"""
      ---
      orrery: 1
      id: l
      title: L
      ---
      Here \(nothing) and \(1 + 1).

      ```orrery {#a}
      show 1
      show 2
      ```
      ```output {of=a}
      1
      3
      ```
      ```expect {of=a}
      1 > 2
      1 + 1
      ```
      ```orrery {#b}
      fail Shape
      ```
      ```orrery {#c error=Shape}
      let x = 1
      ```
      ```orrery {#d error=Shape}
      fail Name
      ```
      ```exercise {#e}
      let y = ___
      ```
      ```check {of=e}
      y == 3 else "Three, not \(y)."
      ```
      ```exercise {#f}
      let z = ___
      ```
      ```check {of=f}
      z == 3 else "Three."
      ```

      """#, file: "l.md")
    let solutions = "```solution {of=e}\nlet y = 2\n```\n```solution {of=f}\nlet z = nowhere\n```\n"
    try LessonParser.attach(solutions: Array(solutions.utf8), file: "l.solution.md", to: &lesson)
    let execution = Runner.run(lesson, with: ToyExecutor())
    #expect(
      execution.differences.map(\.description).joined(separator: "\n") == #"""
        l.md:6: the computed number \(nothing) fails
          there is no `nothing`
        l.md:12: the output of `a` differs (- expected, + shown)
            1
          - 3
          + 2
        l.md:17: `1 > 2` does not hold
        l.md:18: cannot tell whether `1 + 1` holds
          `1 + 1` is neither true nor false
        l.md:20: cell `b` fails; if that is meant, write ```orrery {#b error=Shape}
          Shape: it fails
            fail Shape
            ^
        l.md:23: cell `c` should fail with Shape, but runs
        l.md:26: cell `d` should fail with Shape, but fails with Name
          Name: it fails
            fail Name
            ^
        l.solution.md:1: the solution of `e` does not pass its checks
          Three, not 2.
        l.solution.md:4: the solution of `f` fails
          there is no `nowhere`
        """#)
  }

  @Test func theSeedIsTheLessons() throws {
    let lesson = try LessonParser.parse("---\norrery: 1\nid: l\ntitle: L\nseed: 41\n---\n```orrery {#a}\nseed + 1\n```\n", file: "l.md")
    #expect(Runner.run(lesson, with: ToyExecutor()).result(of: "a")?.text == "42")
  }

  @Test func aScriptIsOneCell() {
    #expect(Runner.run(script: "let a = 1\nshow a + seed", seed: 2, with: ToyExecutor()) == CellResult(text: "3"))
  }

  @Test func blessingChangesOutputsOnly() throws {
    // Line ends of both kinds, odd spaces, tildes, an indented fence: all stay.
    let text =
      "---\r\norrery: 1\r\nid: l\r\ntitle: L\r\n---\r\n  Text\t \r\n\r\n```orrery {#a}\r\nshow 1\r\nshow 2\r\nshow 3\r\n```\r\n"
      + "~~~output   { of=a   }\r\n[..]\r\nx\r\n...\r\n~~~\r\n\r\n```orrery {#b}\nshow 7\n```\n  ```output {of=b}\n  8\n  ```\n"
      + "```orrery {#c}\nshow 9\n```\n```output {of=c tol=1}\n9   \n```\nlast line without an end"
    let lesson = try LessonParser.parse(text, file: "l.md")
    let blessing = Runner.run(lesson, with: ToyExecutor()).blessing
    #expect(blessing.changed == ["a", "b"])
    #expect(blessing.refused == [])
    #expect(String(decoding: blessing.bytes, as: UTF8.self) == text.replacing("\r\nx\r\n...", with: "\r\n2\r\n...").replacing("  8\n", with: "  7\n"))
    // Blessed, it holds, and blessing it again changes nothing.
    let again = Runner.run(try LessonParser.parse(blessing.bytes, file: "l.md"), with: ToyExecutor())
    #expect(again.differences == [])
    #expect(again.blessing.bytes == blessing.bytes)
    #expect(again.blessing.changed == [])
  }

  @Test func blessingFillsAnEmptyBlockAndRefusesAShortFence() throws {
    let text = "---\norrery: 1\nid: l\ntitle: L\n---\n```orrery {#a}\nshow 1\n```\n```output {of=a}\n```\n"
    let blessing = Runner.run(try LessonParser.parse(text, file: "l.md"), with: ToyExecutor()).blessing
    #expect(String(decoding: blessing.bytes, as: UTF8.self) == text.replacing("of=a}\n", with: "of=a}\n1\n"))
    let fenced = "---\norrery: 1\nid: l\ntitle: L\n---\n````orrery {#a}\nshow \"```\"\n````\n```output {of=a}\n```\n"
    let refused = Runner.run(try LessonParser.parse(fenced, file: "l.md"), with: ToyExecutor()).blessing
    #expect(String(decoding: refused.bytes, as: UTF8.self) == fenced)
    #expect(refused.refused.map(\.description) == ["l.md:9: the output of `a` holds a line of backquotes; give its block a fence of 4"])
  }
}
