// The prompt of the real program, as a person at a terminal meets it.

import Foundation
import Testing

@Suite struct PromptTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  func start(_ arguments: String = "", _ environment: [String: String] = [:]) throws -> PseudoTerminal {
    let home = ["NO_COLOR": "1", "ORRERY_HOME": Shown.root.path]
    let command = "cd \(Shown.root.path); exec \(try Program.path()) \(arguments)"
    return try PseudoTerminal(environment: home.merging(environment) { $1 }, state: scratch.path, command: command)
  }

  /// With a run, so that there is something to complete and to look at.
  func startWithARun() throws -> PseudoTerminal {
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("let r = stories.run(\"Once there was\")\r")
    try terminal.expectPrompt()
    return terminal
  }

  @Test(arguments: [
    ("stories.gen\t", "stories.generate("),  // a member
    ("softm\t", "softmax("),  // a function
    ("r[\"layers.0.attention.pat\t", "r[\"layers.0.attention.pattern\"]"),  // a tensor's path
    ("r.ablate(la\t", "r.ablate(layer: "), ("r.ablate(layer: 0, h\t", "r.ablate(layer: 0, head: "),  // labels
    (":lesson pos\t", ":lesson positions"), (":va\t", ":vars"),  // lessons, commands
    (":to layers.2.feedForward.g\t", ":to layers.2.feedForward.gate"),
    ("model(\"lessons/mod\t", "model(\"lessons/models/"), ("model(\"storie\t", "model(\"stories\")"),  // files, models
  ])
  func tabCompletes(_ keys: String, _ expected: String) throws {
    let terminal = try startWithARun()
    terminal.type(keys)
    try terminal.expect(expected)
    terminal.type("\u{3}")
    try terminal.expect("^C")
  }

  /// Whatever the locale says, or if it says nothing.
  @Test(arguments: [[:], ["LANG": "C"], ["LC_ALL": "C"], ["LANG": "C.UTF-8"]])
  func lettersBeyondASCIICanBeTyped(_ locale: [String: String]) throws {
    let terminal = try start("", locale)
    try terminal.expectPrompt()
    terminal.type("let é = 2\r")
    try terminal.expectPrompt()
    terminal.type("é\u{1B}[D\u{1B}[C + 1\r")
    try terminal.expect("\r3\r\n")
    try terminal.expectPrompt()
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
  }

  @Test func aCellOfSeveralLinesComesBackWhole() throws {
    let terminal = try startWithARun()
    terminal.type("[\r")
    try terminal.expect("… ")
    terminal.type("1,\r")
    try terminal.expect("… ")
    terminal.type("2].count\r")
    try terminal.expect("\r2\r\n")
    try terminal.expectPrompt()
    terminal.type("\u{1B}[A\r")
    try terminal.expect("\r2\r\n")
    #expect(scratch.read("orrery/history") == "let r = stories.run(\"Once there was\")\n[\\n1,\\n2].count\n")
    #expect(scratch.mode("orrery/history") == 0o600)
  }

  @Test func twoSessionsKeepOneHistory() throws {
    let one = try start(), two = try start()
    try one.expectPrompt()
    try two.expectPrompt()
    one.type("1 + 10\r")
    try one.expect("\r11\r\n")
    two.type("2 + 20\r")
    try two.expect("\r22\r\n")
    try one.expectPrompt()
    try two.expectPrompt()
    one.type("\u{4}")
    #expect(try one.end() == 0)
    two.type("\u{4}")
    #expect(try two.end() == 0)
    #expect(scratch.read("orrery/history") == "1 + 10\n2 + 20\n")
  }

  @Test func aPasteIsOneCell() throws {
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("\u{1B}[200~let a = 2\rlet b = 3\ra * b\r\u{1B}[201~")
    try terminal.expect("a * b")
    terminal.type("\r")
    try terminal.expect("\r6\r\n")
    #expect(terminal.output.ranges(of: "\u{1B}[?2004l").count == 1, "one line was read")
  }

  @Test func controlCStopsAProductAndKeepsTheVariables() throws {
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("let a = ones(6000, 6000)\r")
    try terminal.expectPrompt()
    terminal.type("let b = a @ a\r")
    // The terminal is in its own mode while the cell runs.
    try terminal.expect("\u{1B}[?2004l")
    usleep(100_000)
    terminal.type("\u{3}")
    try terminal.expect("interrupted; all variables are as they were\r\n")
    try terminal.expectPrompt()
    terminal.type(":vars\r")
    try terminal.expect("a  Tensor [6000×6000]\r\n")
    try terminal.expectPrompt()
    terminal.type("b\r")
    try terminal.expect("error: no variable named 'b'")
  }

  @Test func controlCAtThePromptClearsTheLine() throws {
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("1 + 99\u{3}")
    try terminal.expect("^C")
    try terminal.expectPrompt()
    terminal.type("2 + 3\r")
    try terminal.expect("\r5\r\n")
    #expect(!terminal.output.contains("100"))
  }

  @Test func inputrcMayAskForOrrery() throws {
    try scratch.write("$if orrery\n\"\\C-x\\C-o\": \"40 + 2\"\n$endif\n$if other\n\"\\C-x\\C-o\": \"1\"\n$endif\n", to: "inputrc")
    let terminal = try start("", ["INPUTRC": scratch.path + "/inputrc"])
    try terminal.expectPrompt()
    terminal.type("\u{18}\u{F}\r")
    try terminal.expect("\r42\r\n")
  }

  @Test(arguments: [
    ("\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[6;20;10t\u{1B}[?62;c", "\u{1B}_Ga=T,f=100"),
    ("\u{1B}P>|iTerm2 3.5\u{1B}\\\u{1B}[6;20;10t\u{1B}[?62;c", "\u{1B}]1337;File=inline=1"),
    ("\u{1B}P>|XTerm(379)\u{1B}\\\u{1B}[6;20;10t\u{1B}[?64;4c", "\u{1B}P"),
    ("\u{1B}[?62;c", "╭"),
  ])
  func aFigureIsShownAsTheTerminalCan(_ answer: String, _ beginning: String) throws {
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("stories.diagram\r")
    try terminal.expect("\u{1B}[c")  // the last question
    terminal.type(answer)
    try terminal.expect(beginning)
    // Taller than the screen, it stands in the pager.
    if beginning == "╭" { terminal.type("q") }
    try terminal.expectPrompt()
  }

  @Test func plainAsksNothingAndDrawsNothing() throws {
    let terminal = try start("--plain")
    try terminal.expectPrompt()
    terminal.type("stories.diagram\r")
    try terminal.expect("stories: decoder-only")
    try terminal.expectPrompt()
    terminal.type("causal\r")
    try terminal.expect("causal, 6 by 6: lower triangular, 21 of 36 open.\r\n")
    #expect(!terminal.output.contains("\u{1B}[c") && !terminal.output.contains("╭"))
  }

  @Test func plainScoresHaveNoBars() throws {
    let drawn = try Program(["score", "stories", "--text", "Once there was"]), plain = try Program(["score", "stories", "--text", "Once there was", "--plain"])
    #expect(drawn.printed.contains("█"))
    #expect(plain.printed.contains("loss ") && !plain.printed.contains("█"))
    #expect(plain.printed.split(separator: "\n").allSatisfy { $0.last != " " })
  }

  @Test func lessonsOpenFromThePromptAndLeaveItsVariables() throws {
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("let mine = 5\r")
    try terminal.expectPrompt()
    terminal.type(":lesson masks\r")
    try terminal.expect("masks> ")
    terminal.type("let inside = 1\r")
    try terminal.expect("masks> ")
    terminal.type(":save \(scratch.path)/kept\r")
    try terminal.expect("saved as \(scratch.path)/kept.md")
    try terminal.expect("masks> ")
    terminal.type(":lesson off\r")
    try terminal.expect("its variables are as they were")
    try terminal.expectPrompt()
    terminal.type(":vars\r")
    try terminal.expect("mine  Int  5\r\n")
    #expect(!terminal.output.contains("inside  Int"))
    let kept = scratch.read("kept.md")
    #expect(kept.contains("let inside = 1\n") && kept.ranges(of: "```orrery {#").count == 2, "the lesson's own cell stands before it")
    #expect(try Program(["run", "--check", scratch.path + "/kept.md"]).status == 0)
  }

  @Test(arguments: [
    ("list", "`list` is a command inside of lessons; :lesson opens the next one."),
  ])
  func aCommandTypedAsACellIsNamed(_ word: String, _ hint: String) throws {
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type(word + "\r")
    try terminal.expect("error: no variable named '\(word)'")
    try terminal.expect(hint + "\r\n")
    try terminal.expectPrompt()
  }

  @Test func whatSomebodyElseWroteIsNotWrittenOver() throws {
    try scratch.write("mine\n", to: "notes.md")
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("20 + 3\r")
    try terminal.expect("\r23\r\n")
    for command in ["save", "record"] {
      try terminal.expectPrompt()
      terminal.type(":\(command) \(scratch.path)/notes\r")
      // The terminal breaks the line at its edge, so its end is looked for alone.
      try terminal.expect("error: \(scratch.path)/notes.md is there already")
    }
    for _ in 0..<2 {
      try terminal.expectPrompt()
      terminal.type(":save \(scratch.path)/other\r")
      try terminal.expect("saved as \(scratch.path)/other.md")
    }
    #expect(scratch.read("notes.md") == "mine\n")
    #expect(scratch.read("other.md").contains("20 + 3"))
  }

  @Test func aStateFolderThatCannotBeWrittenDoesNotDisturb() throws {
    try scratch.write("", to: "orrery")  // a file where the folder should be
    let terminal = try start()
    try terminal.expectPrompt()
    terminal.type("20 + 3\r")
    try terminal.expect("orrery: your history is not kept: \(scratch.path)/orrery/history: Not a directory\r\n")
    try terminal.expect("23\r\n")
    try terminal.expectPrompt()
    terminal.type("20 + 4\r")
    try terminal.expect("\r24\r\n")
    try terminal.expectPrompt()
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
    #expect(terminal.output.ranges(of: "is not kept").count == 1, "said once")
  }

  @Test func aDamagedRecordIsSaidAndTheRestCounts() throws {
    mkdir(scratch.path + "/orrery", 0o700)
    try scratch.write("nonsense\n{\"time\":1}\n{\"time\":1,\"lesson\":\"cache\",\"item\":\"quick\",\"hash\":\"0\",\"event\":\"done\"}\n", to: "orrery/progress.jsonl")
    let listed = try Program(["lessons"], environment: ["XDG_STATE_HOME": scratch.path])
    #expect(listed.said == "orrery: 2 lines of \(scratch.path)/orrery/progress.jsonl cannot be read, so what they said of your progress is not known; the others count\n")
    #expect(listed.status == 0)
    #expect(scratch.read("orrery/progress.jsonl").hasPrefix("nonsense\n"), "nothing is lost")
  }

  @Test func aDumbTerminalGetsNoSequences() throws {
    let terminal = try start("", ["TERM": "dumb"])
    try terminal.expect("> ")
    terminal.type("20 + 3\r")
    try terminal.expect("23\r\n")
    #expect(!terminal.output.contains("\u{1B}[3"), "no colour")
  }

  @Test(arguments: [
    ("1 + 1\n[1,\n2].count\n", "2\n2\n", 0), ("1\nnope\n3\n", "1\n", 1), ("(1\n", "", 1), ("2 + 2\n:quit\n3\n", "4\n", 0),
  ])
  func aPipeHasNoPromptsAndACode(_ input: String, _ printed: String, _ status: Int32) throws {
    let result = try Program([], input: input, environment: ["XDG_STATE_HOME": scratch.path])
    #expect(result.printed == printed)
    #expect(result.status == status)
    #expect(scratch.mode("orrery") == 0, "nothing is kept")
  }
}
