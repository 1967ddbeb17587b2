import Foundation
import Testing

@testable import Lessons

@Suite struct RenderingTests {
  func lines(_ markdown: String, width: Int = 40, marks: Bool = false) throws -> [StyledLine] {
    let lesson = try Samples.lesson(markdown)
    guard case .prose(let prose)? = lesson.blocks.first else { return [] }
    return MarkdownLines(width: width, marks: marks).lines(prose.blocks)
  }

  let everything = """
    ## A heading
    A paragraph of *running* text that is **longer** than the line, with `code that stays`, ~~nothing~~ and a [link](a.md).

    - one
      - two, which runs over the end of its line
    - [x] three

    9. nine
    10. ten

    > quoted text that is too long for one line of forty

    | head | n |
    |:-----|--:|
    | a    | 1.5 |
    | 日本 | 10 |

    ```text
    code  as it is
    ```

    ---

    ![a picture](x.png)
    """

  @Test func styled() throws {
    #expect(
      try lines(everything).plain == """
        A heading

        A paragraph of running text that is
        longer than the line, with
        code that stays, nothing and a link
        (a.md).

        • one
          • two, which runs over the end of its
            line
        • [x] three

         9. nine
        10. ten

        │ quoted text that is too long for one
        │ line of forty

        head    n
        ────  ───
        a     1.5
        日本   10

            code  as it is

        ────────────────────────────────────────

        [figure: a picture]
        """)
  }

  @Test func plainMarksWhatCannotBeColoured() throws {
    #expect(
      try lines(everything, marks: true).plain == """
        A heading
        ---------

        A paragraph of *running* text that is
        **longer** than the line, with
        `code that stays`, ~~nothing~~ and a
        link (a.md).

        - one
          - two, which runs over the end of its
            line
        - [x] three

         9. nine
        10. ten

        > quoted text that is too long for one
        > line of forty

        head    n
        ----  ---
        a     1.5
        日本   10

            code  as it is

        ----------------------------------------

        [figure: a picture]
        """)
  }

  @Test func rolesSayWhatIsColoured() throws {
    #expect(
      try lines("Some *soft* `code`.") == [
        StyledLine([
          StyledSpan("Some "), StyledSpan("soft", .emphasis), StyledSpan(" "), StyledSpan("code", .code), StyledSpan("."),
        ])
      ])
    let cell = EventLines().lines(.cell(id: "a", source: "let x = 1 // one"))
    #expect(
      cell == [
        StyledLine([
          StyledSpan("    ", .codeBlock), StyledSpan("let", .source(.keyword)), StyledSpan(" ", .source(.plain)),
          StyledSpan("x", .source(.name)), StyledSpan(" ", .source(.plain)), StyledSpan("=", .source(.symbol)),
          StyledSpan(" ", .source(.plain)), StyledSpan("1", .source(.number)), StyledSpan(" ", .source(.plain)),
          StyledSpan("// one", .source(.comment)),
        ])
      ])
  }

  @Test func aTableThatIsTooWideBecomesRecords() throws {
    let wide = "| name | what it says at some length |\n|--|--|\n| first | a text that is much too long for this |\n| second | short |\n"
    #expect(
      try lines(wide).plain == """
        name: first
        what it says at some length: a text
          that is much too long for this

        name: second
        what it says at some length: short
        """)
  }

  @Test func codePiecesAreTheSource() {
    for source in ["let a = \"x \\(b + 1) y\" // c\nf(a: ___)[1...2].T", "\"open", "(((", "", "💡 ± ≈", "/* open"] {
      #expect(CodeText.pieces(source).map(\.text).joined() == source)
    }
  }

  @Test func markdownTextIsSafe() throws {
    let odd = #"a*b_c `d` [e](f) <g> #h & \ | ~i~"#
    let blocks = MarkdownProse.blocks(MarkdownText.escape(odd))
    #expect(blocks == [.paragraph([.text(odd)])])
    #expect(MarkdownText.fence("x", "a\n````\nb\n") == "`````x\na\n````\nb\n`````\n")
  }

  @Test func aFolderOfLessons() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-lessons-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: (any Error).self) { _ = try LessonLibrary(folder: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func write(_ name: String, _ text: String) throws { try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
    try write("a-tour.md", Samples.tour)
    try write("a-tour.solution.md", Samples.solutions)
    try write("b-numbers.md", "---\norrery: 1\nid: numbers.all\ntitle: N\n---\nText\n")
    try write("c-broken.md", "nothing\n")
    try write("README.md", "# No lesson\n")
    let library = try LessonLibrary(folder: folder)
    #expect(library.lessons.map(\.id) == ["numbers.all", "sums.first"])
    #expect(library.lessons[1].solutions.count == 1)
    #expect(library.problems.map { $0.description.replacing(folder + "/", with: "") } == [
      "c-broken.md:1: a lesson begins with front matter: a line ---, then orrery, id and title, then a line ---"
    ])
    #expect(library.lesson(named: "sums.first")?.stem == "a-tour")
    #expect(library.lesson(named: "a-tour")?.id == "sums.first")
    #expect(library.lesson(named: "first")?.id == "sums.first")
    #expect(library.lesson(named: "nothing") == nil)
    #expect(library.nearest(to: "sums.frist") == "sums.first")
  }

  @Test func aRunAsEvents() throws {
    let execution = Runner.run(try Samples.lesson(), with: ToyExecutor())
    let text = execution.events.flatMap { EventLines(width: 60, plain: true).lines($0) }.plain
    #expect(text.contains("here 5 comes out"))
    #expect(text.contains("    show a + b\n5.5\n"))
    #expect(text.contains("Your turn:\n    let product = ___\n"))
    #expect(text.hasSuffix("  c) neither\nThe end.\n"))
  }
}
