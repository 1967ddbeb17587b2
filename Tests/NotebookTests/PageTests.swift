// Values on a page of so many columns: nothing is wider than the page, and what fits is shown whole.

import Language
import Tensors
import Testing

@testable import Notebook

@Suite struct PageTests {
  private func run(_ cell: String, columns: Int?) -> String {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    if let columns { session.columns = { columns } }
    let result = session.run(cell: cell)
    return result.failure?.message ?? result.text
  }

  @Test(arguments: [60, 80, 100, 132])
  func nothingIsWider(_ columns: Int) {
    let cells = [
      "random(14, 14, seed: 1) * 1000", "let r = stories.run(\"Once there was a small brown fox who lived in a house by the lake\")\nr[\"layers.0.attention.pattern\"][head: 0]",
      "stories.run(\"Once there was a small brown fox who lived\")[\"layers.0.attention.mask\"]", "stories.tokenize(\"Once there was a small brown fox who lived in a house by the lake\")",
      "stories.run(\"Once there was a fox\").step(4)", "random(30)",
    ]
    for cell in cells {
      let lines = run(cell, columns: columns).split(separator: "\n")
      #expect(lines.count > 1)
      for line in lines.dropFirst() where !line.hasPrefix("  ") { #expect(displayWidth(line) <= columns, "\(cell): \(line)") }
    }
  }

  @Test func whatFitsIsShownWhole() {
    #expect(run("arange(20)", columns: 80) == "tensor [20] f32\n0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n")
    #expect(run("arange(20)", columns: 30) == "tensor [20] f32\n0 1 2 3 4 5 … 15 16 17 18 19\n")
    #expect(run("arange(20)", columns: nil) == "tensor [20] f32\n0 1 2 3 4 5 … 14 15 16 17 18 19\n")
  }

  @Test func aMaskOnANarrowPage() {
    let cell = "stories.run(\"Once there was a fox\")[\"layers.0.attention.mask\"]"
    #expect(run(cell, columns: 36) == """
      mask [6×6]  lower triangular, 21 of 36 open
      <s>    ● · · · · ·   → <s>
      Once   ● ● · · · ·   → <s> Once
      there  ● ● ● · · ·   → <s> … there
      was    ● ● ● ● · ·   → <s> … was
      a      ● ● ● ● ● ·   → <s> Once … a
      fox    ● ● ● ● ● ●   → <s> … fox

      """)
  }

  /// One that hides nothing is a mask as well.
  @Test func aMaskThatIsOpenEverywhere() {
    #expect(run("blanks.run([2, 5, 6, 3])[\"layers.0.attention.mask\"]", columns: 80).hasPrefix("mask [4×4]  all open\n"))
  }

  @Test func columnsGoOnBelow() {
    let rows = [["step", "reads", "token"], ["0", "11 tokens", "cat"], ["1", "1 token", "dog"]]
    let columns = TextColumns(rows, leftAligned: [2])
    #expect(columns.lines() == ["step      reads  token", "   0  11 tokens  cat", "   1    1 token  dog"])
    #expect(columns.lines(fitting: 16) == ["step      reads", "   0  11 tokens", "   1    1 token", "", "step  token", "   0  cat", "   1  dog"])
    #expect(columns.lines(fitting: 3) == columns.lines(fitting: 16), "a column is never cut")
  }

  /// A measured time stands beside the output, never in it.
  @Test func timesAreNotCompared() {
    let stop = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    stop.initialize(to: 0)
    defer { stop.deallocate() }
    let session = Session(stop: stop)
    let result = session.run(cell: "timed(\"a sum\", { 1 + 2 })")
    #expect(result.text == "3\n" && result.timings.map(\.label) == ["a sum"])
    #expect(session.run(cell: "1").timings.isEmpty, "a time belongs to its own cell")
    #expect(session.run(cell: "timed(\"x\", 3)").failure?.message.hasPrefix("error: timed's 'work' must be a Function, not an Int") == true)
    #expect(durationText(0.0123) == "12.3 ms" && durationText(2.5e-5) == "25.0 µs" && durationText(123) == "123 s")
  }

  @Test func countsOfAModel() {
    #expect(run("model(\"Llama-3-8B\").inspect.bytesPerToken", columns: nil) == "131072\n")
    #expect(run("model(\"Mistral-7B-v0.1\").inspect.constantBytes", columns: nil) == "536870912\n")
    #expect(run("stories.generate(\"Once there was\", tokens: 8, cache: false) == stories.generate(\"Once there was\", tokens: 8)", columns: nil) == "true\n")
  }

  @Test func largestOfAllNumbers() {
    #expect(run("max(tensor([1, 7, 3]))", columns: nil) == "7.0\n")
    #expect(run("tensor([4, 2, 3]).min", columns: nil) == "2.0\n")
    #expect(run("mean(tensor([[1, 2], [3, 6]]))", columns: nil) == "3.0\n")
    #expect(run("tensor([0.126, -2.5]).rounded(to: 2)", columns: nil) == "tensor [2] f32\n0.130 -2.500\n")
    #expect(run("tensor([1, 2, 3]) ≈ tensor([1, 2, 4])", columns: nil) == "false\n")
  }
}
