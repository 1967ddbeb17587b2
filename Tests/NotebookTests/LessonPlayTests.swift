// Shipped lessons and the rebinding case, played with the program's own session: no terminal, but every line that a learner would type.

import Foundation
import Lessons
import Testing

@testable import Notebook

@Suite struct LessonPlayTests {
  private final class Play {
    let session: LessonSession
    var text = ""
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    init(_ lesson: Lesson) {
      flag.initialize(to: 0)
      session = LessonSession(lesson, executor: Session(stop: flag))
      session.open(show)
    }
    deinit { flag.deallocate() }

    convenience init(shipped name: String) throws { self.init(try LessonLibrary.load(Self.root.appendingPathComponent("lessons/\(name).md").path)) }

    private func show(_ event: LessonEvent) { text += EventLines(width: 80, plain: true).lines(event).map { $0.plain + "\n" }.joined() }

    /// Types lines and gives what they showed.
    @discardableResult
    func type(_ lines: String...) -> String {
      text = ""
      for line in lines { session.respond(to: line, show) }
      return text
    }

    func goOn(to exercise: String) {
      for _ in 0..<100 where session.waiting != .exercise(exercise) { type(session.waiting == .step ? "" : "skip") }
    }
  }

  @Test func theTourIsAnsweredByItsWord() throws {
    let play = try Play(shipped: "tour")
    play.goOn(to: "noun")
    #expect(play.type("place = 10").contains("The token at place 10 is `cat`"))
    #expect(play.type("pattern[10][10]").contains("Only looked at: that was no try."))
    let looked = play.type("\"a text\"")
    #expect(looked.contains("I need a number; this is a text."), "\(looked)")
    #expect(play.type("birds").hasPrefix("Right, at try 3.\nEnter goes on."))
  }

  /// `d` and `k` are names of the lesson; what the learner makes of them does not touch the solution that is shown.
  @Test(arguments: [("attention", "other", "let d = 8"), ("tour", "scores", "let q = 3"), ("tour", "scores", "let sqrt = 3")])
  func theShownSolutionPasses(lesson: String, exercise: String, typed: String) throws {
    let play = try Play(shipped: lesson)
    play.goOn(to: exercise)
    play.type(typed)
    let solution = try #require(play.session.lesson.solutions[exercise])
    let shown = play.type(solution.source)
    #expect(shown.contains("was yours; from here it is the lesson's again."), "\(shown)")
    #expect(shown.contains("Right."), "\(shown)")
  }

  @Test func aWrongAnswerGivesNoValueAway() throws {
    let play = try Play(shipped: "kv-cache")
    play.goOn(to: "more")
    #expect(!play.type("5").contains("1536") && !play.text.contains("1,536") && !play.text.contains("768"))
    play.goOn(to: "bytes")
    #expect(play.type("100").contains("100"))
    #expect(!play.text.contains("1536") && !play.text.contains("differs"))
  }

  @Test func aReboundNameIsTheLessonsAgain() throws {
    let text = """
      ---
      orrery: 1
      id: course
      title: Course
      ---
      # Course

      ```orrery {#data}
      let xs = [1, 2, 3]
      func first() { xs[0] }
      ```

      ```exercise {#sum}
      let total = ___
      ```
      ```check {of=sum}
      total == 6        else "Expected the sum, got \\(total)."
      ```

      ```orrery {#use}
      print("total is \\(total), first is \\(first())")
      ```

      ```exercise {#half}
      let half = ___
      ```
      ```check {of=half}
      half ≈ 3.0        else "Expected half of it, got \\(half)."
      ```
      """
    let play = Play(try LessonParser.parse(text, file: "course.md"))
    play.type("")
    #expect(play.type("xs").contains("Only looked at"))
    #expect(play.type("total = 6").contains("Right."))
    play.type("let total = 100", "let xs = \"mangled\"")
    let cell = play.type("")
    #expect(cell.contains("`total` and `xs` were yours; from here they are the lesson's again."), "\(cell)")
    #expect(cell.contains("total is 6, first is 1"))
    play.type("", "let total = 100")
    #expect(play.type("let half = total / 2").contains("Right."))
  }
}
