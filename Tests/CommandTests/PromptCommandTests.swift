// The program as a pipe meets it: the prompt's commands that walk through a run and that record, and --plain.

import Foundation
import Testing

@testable import orrery

@Suite struct PromptCommandTests {
  private func piped(_ input: String = "", _ arguments: [String] = []) throws -> (printed: String, status: Int32) {
    let program = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      .deletingLastPathComponent()
    let process = Process(), typed = Pipe(), output = Pipe()
    process.executableURL = program.appendingPathComponent("orrery")
    process.arguments = arguments
    process.currentDirectoryURL = Shown.root
    (process.standardInput, process.standardOutput, process.standardError) = (typed, output, output)
    try process.run()
    try typed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try typed.fileHandleForWriting.close()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (printed, process.terminationStatus)
  }

  @Test func theGreetingNamesAFewModels() {
    #expect(NotebookHost.few(["a", "b"]) == "a, b")
    let many = (0..<20).map { "m\($0)" }
    #expect(NotebookHost.few(many) == "m0, m1, m2, 17 more (`orrery models` lists them)")
    #expect(NotebookHost.few(many + ["stories", "translator"]) == "stories, translator, 20 more (`orrery models` lists them)")
  }

  @Test func theyWalkInTheRunThatWasNamedLast() throws {
    let start = "let first = stories.run(\"A\")\nlet r = stories.run(\"Once there was\")\n"
    let commands = try piped(start + ":to layers.0.attention.pattern\n:step\n:step 2\n:back\n:why\n")
    let methods = try piped(start + "r.to(\"layers.0.attention.pattern\")\nr.step()\nr.step(2)\nr.back()\nr.why\n")
    #expect(commands.printed == methods.printed)
    #expect(commands.status == 0)
    #expect(commands.printed.hasPrefix("step 15 of 109: softmax in layers.0.attention\n"))
  }

  @Test(arguments: [
    (":step\n", "error: no run has a name yet; write: let r = stories.run(\"Once there was\")\n"),
    (":why\n", "error: no run has a name yet; write: let r = stories.run(\"Once there was\")\n"),
    (":to\n", "error: write :to NAME\n"), (":back x\n", "error: :back takes a count from 1, got 'x'\n"),
    (":step 0\n", "error: :step takes a count from 1, got '0'\n"), (":record\n", "error: write :record FILE\n"),
    (":record off\n", "error: nothing is being recorded\n"),
  ])
  func mistakes(_ line: String, _ expected: String) throws {
    let result = try piped(line)
    #expect(result.printed == expected)
    #expect(result.status == 1)
  }

  @Test func aRecordingHoldsWhatWasTypedBeforeAndAfter() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).md")
    defer { try? FileManager.default.removeItem(at: file) }
    let name = file.deletingPathExtension().lastPathComponent
    let result = try piped("let x = 2\n:record \(file.path)\nx + 1\n:record off\nx + 2\n")
    #expect(result.printed == """
      recording to \(file.path); :record off ends it
      3
      recorded as \(file.path); run it with: orrery run \(file.path) --check
      4

      """)
    let lesson = try String(contentsOf: file, encoding: .utf8)
    #expect(lesson.components(separatedBy: "# \(name)\n").last == """

      ```orrery {#x silent}
      let x = 2
      ```

      ```orrery {#cell2}
      x + 1
      ```
      ```output {of=cell2}
      3
      ```

      """)
  }

  @Test(arguments: [
    ("mask causal --length 4 --plain", "causal, 4 by 4: lower triangular, 10 of 16 open.\n"),
    ("--plain mask cross --length 2 --prefix 3", "bidirectional, 2 by 3: all open.\n"),
    (
      "trace stories --ids 0,331 --steps 2 --plain",
      """
      Step 0 reads 2 tokens, reuses 0 positions, holds 3,072 bytes, multiplies 886,944 times instead of 886,944, and chooses ␣there. The last token looks at Once 57 %, <s> 43 %.
      Step 1 reads 1 token, reuses 2 positions, holds 4,608 bytes, multiplies 480,672 times instead of 1,296,288, and chooses ␣was. The last token looks at ␣there 53 %, <s> 34 %, Once 12 %.

      """
    ),
  ])
  func plainIsSentences(_ line: String, _ expected: String) throws {
    #expect(try piped("", line.split(separator: " ").map(String.init)).printed == expected)
  }

  @Test func aPlainDiagramHasNoBoxes() throws {
    let printed = try piped("", ["diagram", "stories", "--plain"]).printed
    #expect(printed.hasPrefix("stories: decoder-only · pre-norm · grouped-query attention · RoPE · SwiGLU. "))
    #expect(!printed.contains("╭"))
  }
}
