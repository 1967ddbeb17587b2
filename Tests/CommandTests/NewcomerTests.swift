// What newcomers type: the pages for them hold true, words of other prompts do what everyone expects, Python is answered with the right form.

import Foundation
import Testing

@testable import orrery

@Suite struct NewcomerTests {
  private func piped(_ input: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws -> (printed: String, status: Int32) {
    let program = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).deletingLastPathComponent()
    let process = Process(), typed = Pipe(), output = Pipe()
    process.executableURL = program.appendingPathComponent("orrery")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = Shown.root
    (process.standardInput, process.standardOutput, process.standardError) = (typed, output, output)
    try process.run()
    try typed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try typed.fileHandleForWriting.close()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (printed, process.terminationStatus)
  }

  @Test(arguments: ["for-python-people.md", "first-words.md"])
  func thePagesHoldTrue(page: String) throws {
    let text = try String(contentsOf: Shown.root.appendingPathComponent("Docs/" + page), encoding: .utf8)
    let sessions = text.components(separatedBy: "```text\n").dropFirst().map { $0.components(separatedBy: "\n```")[0] }
    #expect(sessions.count >= 3)
    for session in sessions {
      let lines = session.split(separator: "\n")
      let typed = lines.filter { $0.hasPrefix("> ") }.map { $0.dropFirst(2) + "\n" }.joined()
      let shown = lines.filter { !$0.hasPrefix("> ") }.joined(separator: "\n")
      let result = try piped(typed)
      #expect(result.printed.trimmingCharacters(in: .whitespacesAndNewlines) == shown)
      #expect(result.status == 0)
    }
  }

  /// The first line of the answer and the hint, as a person at the prompt reads them.
  @Test(arguments: [
    ("x[:, 0]", "error: ':' in a subscript is not part of this language", "all of an axis is 0..., as in x[0..., 0]"),
    ("x[0:1]", "error: '0:1' in a subscript is not part of this language", "write 0..<1"),
    ("x[1:]", "error: '1:' in a subscript is not part of this language", "write 1..."),
    ("x[:2]", "error: ':2' in a subscript is not part of this language", "write ..<2"),
    ("x[-1:]", "error: '-1:' in a subscript is not part of this language", "the last is x[n - 1]"),
    ("len(x)", "error: no function named 'len'", "write x.count, or x.shape for a tensor"),
    ("x.sum(axis=0)", "error: 'axis=…' is not part of this language", "a label takes a colon: axis: 0"),
    ("softmax(x, dim=-1)", "error: 'dim=…' is not part of this language", "a label takes a colon: axis: -1"),
    ("softmax(x, dim: 0)", "error: softmax has no argument 'dim'", "write axis: …"),
    ("sum(x, axis: 0)", "error: sum has no argument 'axis'", "write x.sum(axis: …)"),
    ("True", "error: no variable named 'True'", "write true"), ("None", "error: no variable named 'None'", "write nil"),
    ("np.array([1, 2])", "error: no variable named 'np'", "its functions are here without a prefix"),
    ("torch.softmax(x)", "error: no variable named 'torch'", "its functions are here without a prefix"),
    ("f\"{x}\"", "error: f\"…\" is not part of this language", "a value stands in a string as \"\\(x)\""),
    ("[v * 2 for v in xs]", "error: 'for' inside of a list is not part of this language", "write xs.map { x in … }"),
    ("for v in xs:", "error: ':' before a body is not part of this language", "a body stands in braces"),
    ("if x: 1", "error: ':' before a body is not part of this language", "a body stands in braces"),
    ("x.size", "error: Tensor [2×2] has no member 'size'", "write .shape for its sizes, .count for how many numbers"),
    ("x.dtype", "error: Tensor [2×2] has no member 'dtype'", "every tensor holds 32-bit numbers"),
    ("x.item()", "error: Tensor [2×2] has no member 'item'", "one number is a number already"),
    ("x.max()", "error: 'max' is a property and takes no arguments", "write .max"),
    ("x.append(1)", "error: Tensor [2×2] has no member 'append'", "variables do not change; write xs + [x]"),
    ("1,536", "error: a comma in a number is not part of this language", "write 1536"),
    ("1, 2", "error: a list without brackets is not part of this language", "write [a, b]"),
    ("print x", "error: 'print x' is not part of this language", "a call needs brackets: print(x)"),
    ("orrery models", "error: 'orrery models' is not part of this language", "it is a command for the shell: type it after :quit"),
    ("xs.filter { $0 > 1 } { $0 }", "error: a second closure is not part of this language", "a call takes one in braces"),
    ("place = 7", "error: 'place = …' is not part of this language", "write 'let place = …'"),
    ("let a = 1 let b = 2", "error: two statements on one line need a ';' between them", ""),
    ("1 2", "error: two statements on one line need a ';' between them", ""),
    ("let a\u{200B} = 5", "error: there is a character that cannot be seen: U+200B, zero width space", "delete it, or type the line anew"),
    ("print（１）", "error: unexpected character '（'", "write ( : this is its full-width form"),
  ])
  func pythonIsAnsweredWithTheRightForm(typed: String, message: String, hint: String) throws {
    let result = try piped("let x = tensor([[1, 2], [3, 4]])\nlet xs = [1, 2, 3]\n\(typed)\n")
    let lines = result.printed.replacingOccurrences(of: "standard input:3: ", with: "").components(separatedBy: "\n")
    #expect(lines.first == message)
    #expect(hint.isEmpty || result.printed.contains(hint), "\(result.printed)")
    #expect(result.status == 1)
  }

  @Test func spacesOfOtherScriptsAreSpaces() throws {
    #expect(try piped("let\u{3000}x\u{2009}=\u{A0}2\nx\n").printed == "2\n")
    #expect(try piped("\u{FEFF}let x = 2\r\nx + 1\r\n").printed == "3\n")
  }

  @Test(arguments: ["quit", "exit", "exit()", "quit()", "q", ":q"])
  func wordsThatLeave(word: String) throws {
    let result = try piped("1\n\(word)\n2\n")
    #expect(result.printed == "1\n" && result.status == 0)
  }

  @Test func aNameOfOnesOwnIsNoCommand() throws {
    #expect(try piped("let q = 5\nq\nlet help = 6\nhelp\n").printed == "5\n6\n")
  }

  @Test func helpIsAsked() throws {
    let overview = try piped("help\n").printed
    #expect(overview.hasPrefix("A line is an expression or a `let`"))
    #expect(try piped("help()\n?\n").printed == overview + overview)
    let softmax = try piped(":doc softmax\n").printed
    #expect(softmax.contains("softmax("))
    for asked in ["help(softmax)", "help softmax", "?softmax", "help(\"softmax\")", ":help softmax"] { #expect(try piped(asked + "\n").printed == softmax, "\(asked)") }
  }

  /// 80 × 24, the prompt's line included.
  @Test(arguments: ["", " language"]) func helpFits(page: String) throws {
    for arguments in [[], ["lesson", "tour"]] {
      let before = arguments.isEmpty ? "" : try piped("", arguments, environment: ["HOME": "/nonexistent"]).printed
      let text = String(try piped(":help\(page)\n", arguments, environment: ["HOME": "/nonexistent"]).printed.dropFirst(before.count))
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      #expect(lines.count <= 23 && lines.count > 10, "\(lines.count) lines")
      #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines.filter { $0.count > 80 })")
    }
  }

  @Test func theCardHoldsTrue() throws {
    let names = "let y = 3\nlet xs = [1, 2, 3]\nlet t = tensor([[1, 2], [3, 4]])\nlet a = t\nlet b = t\n"
    let typed = names + LanguageCard.rows.flatMap(\.code).map { $0 + "\n" }.joined()
    let result = try piped(typed)
    #expect(result.status == 0, "\(result.printed)")
  }

  @Test func aPastedSessionRuns() throws {
    #expect(PastedSession.cells("let x = 1") == nil)
    #expect(PastedSession.cells("a > b") == nil)
    #expect(PastedSession.cells("x> 3") == nil)
    #expect(PastedSession.cells("> let x = 1") == ["let x = 1"])
    #expect(PastedSession.cells("> let x = 1\n> x + 1\n2\n> for i in 0..<2 {\n…   print(i)\n… }\n0\n1\ntour> x\n") == ["let x = 1", "x + 1", "for i in 0..<2 {\n  print(i)\n}", "x"])
    #expect(PastedSession.cells("\n>>> x\n4\n") == ["x"])
    #expect(try piped("> let x = 1\n> x + 1\n").printed == "2\n")
  }

  @Test func steppingHasAFormForARoom() throws {
    let printed = try piped("let r = stories.run(\"Once there was\")\n:to layers.0.attention.pattern\n:board\n").printed
    let board = printed.components(separatedBy: String(repeating: "─", count: 72))[1]
    #expect(board.contains("\n    exp xᵢ / Σⱼ exp xⱼ\n"))
    #expect(board.contains("out   layers.0.attention.pattern"))
    #expect(board.contains("in    "))
    #expect(printed.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  // MARK: In a lesson

  private func inTour(_ typed: [String]) throws -> String {
    let home = FileManager.default.temporaryDirectory.appendingPathComponent("orrery-home-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: home) }
    return try piped(typed.map { $0 + "\n" }.joined(), ["lesson", "tour"], environment: ["HOME": home]).printed
  }

  @Test func commandsPrintInALesson() throws {
    let printed = try inTour(["let r = stories.run(\"Once there was\")", ":step", ":why", ":to layers.0.attention.pattern", ":time 1 + 1"])
    #expect(printed.contains("step 1 of 109"))
    #expect(printed.contains("step 15 of 109: softmax"))
    #expect(printed.contains("\n2\n"))
  }
}
