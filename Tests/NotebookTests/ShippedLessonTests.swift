// The lessons as they are shipped: every output, expectation and solution holds, and every check can fail.

import Foundation
import Lessons
import Testing

@testable import Notebook

@Suite struct ShippedLessonTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Models are looked up below this checkout, wherever the tests are run from.
  static func session() -> Session {
    setenv("ORRERY_HOME", root, 1)
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    return Session(stop: stop)
  }

  static let library = try? LessonLibrary(folder: root + "/lessons")

  @Test func everyFileIsALessonAndFollowsWhatItNeeds() throws {
    let library = try #require(Self.library)
    #expect(library.problems.map(\.description) == [])
    #expect(Linter.lint(together: library.lessons).map(\.description) == [])
    #expect(library.lessons.first?.id == "tour")
  }

  @Test(arguments: (library?.lessons ?? []).map(\.file)) func holdsAndIsProven(_ file: String) throws {
    let lesson = try LessonLibrary.load(file)
    let session = Self.session()
    #expect(Runner.run(lesson, with: session).differences.map(\.description) == [])
    #expect(Linter.lint(lesson, with: session).map(\.description) == [])
  }

  @Test func aMatrixBetweenTokensInSentences() {
    let session = Self.session()
    session.isPlain = true
    #expect(
      session.run(cell: "stories.run(\"Tom was\")[\"layers.3.attention.pattern\"][head: 0]").text
        == "pattern [3×3] f32: 1, 0, 0, 0.051, 0.949, 0, 0.019, 0.004, 0.977.\n")
    #expect(
      session.run(cell: "stories.run(\"Tom was a\")[\"layers.3.attention.pattern\"][head: 0]").text
        == "pattern [4×4] f32. The largest of each row: <s> → <s> 1, Tom → Tom 0.949, was → was 0.977, a → was 0.979.\n")
    #expect(session.run(cell: "arange(24).reshaped(4, 6)").text == "tensor [4×6] f32, 24 numbers from 0 to 23, mean 11.50; the largest stands at [3, 5].\n")
  }

  @Test func aWrongTensorIsShownWithoutTheCondition() {
    let session = Self.session()
    _ = session.run(cell: "let a = tensor([[1, 2], [3, 4]])")
    #expect(session.verdict(on: "a ≈ tensor([[1, 2], [5, 4]])") == .fails(detail: "differs at [1, 0]: 3.0 instead of 5.0", place: "differs at [1, 0]"))
    #expect(session.verdict(on: "a ≈ tensor([1, 2, 3])") == .fails(detail: "differs in shape: [2×2] against [3]", place: "differs in shape"))
    #expect(session.verdict(on: "a.shape == [2]") == .fails(detail: "differs in length: 2 instead of 1", place: "differs in length"))
  }
}
