// The prompt as a person meets it, at a pseudo-terminal.
import Glibc
import Testing

@testable import struct Terminal.TerminalQuery

@Suite struct PromptTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  func start(_ environment: [String: String] = [:]) throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(environment: environment, state: scratch.path)
    try terminal.expect("echo\r\n")
    try terminal.expectPrompt()
    return terminal
  }

  @Test func runsALineAndLeavesByControlD() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("größe 🦙\r")
    try terminal.expect("1: \"größe 🦙\"\r\n")
    try terminal.expectPrompt()
    terminal.type("\u{4}")
    #expect(try terminal.end() == 0)
    #expect(terminal.isCooked)
  }

  @Test func aCommandLeavesWithItsCode() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type(":help me (\r")
    try terminal.expect("command :help me (\r\n")
    try terminal.expectPrompt()
    terminal.type(":quit\r")
    #expect(try terminal.end() == 7)
  }

  @Test func openBracketsContinue() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("f(\r")
    try terminal.expect("… ")
    terminal.type("\r")
    try terminal.expect("… ")
    terminal.type("1)\r")
    try terminal.expect("1: \"f(\\n\\n1)\"\r\n")
    try terminal.expectPrompt()
    terminal.type("next\r")
    try terminal.expect("4: \"next\"\r\n")
  }

  @Test func aPasteIsOneCell() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("\u{1B}[200~let a = 1\rlet b = 2\r\u{1B}[201~")
    try terminal.expect("let b = 2")
    terminal.type("\r")
    try terminal.expect("1: \"let a = 1\\nlet b = 2\"\r\n")
  }

  @Test func controlCClearsTheLineAndAnUnfinishedCell() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("nonsense")
    try terminal.expect("nonsense")
    terminal.type("\u{3}")
    try terminal.expect("^C")
    try terminal.expectPrompt()
    terminal.type("f(\r")
    try terminal.expect("… ")
    terminal.type("\u{3}")
    try terminal.expect("^C")
    try terminal.expectPrompt()
    terminal.type("after\r")
    try terminal.expect("1: \"after\"\r\n")
    #expect(!terminal.output.contains("\"nonsense"))
  }

  @Test func controlCStopsARunningCellEveryTime() throws {
    let terminal = try start(["NO_COLOR": "1"])
    for _ in 0..<3 {
      terminal.type("spin\r")
      try terminal.expect("spinning\r\n")
      terminal.type("\u{3}")
      try terminal.expect("stopped\r\n")
      try terminal.expectPrompt()
    }
    terminal.type("still here\r")
    try terminal.expect("\"still here\"\r\n")
  }

  @Test func tabCompletes() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("sof\t")
    try terminal.expect("softmax(")
    terminal.type("x) + gr\t\r")
    try terminal.expect("1: \"softmax(x) + größe\"\r\n")
    try terminal.expectPrompt()
    terminal.type("lay\t")
    try terminal.expect("layers.0.attention.query  layers.0.attention.key\r\n")
    terminal.type("q\t\r")
    try terminal.expect("2: \"layers.0.attention.query\"\r\n")
    try terminal.expectPrompt()
    terminal.type("run[\t\r")
    try terminal.expect("3: \"run[\\\"logits\\\"]\"\r\n")
    try terminal.expectPrompt()
    terminal.type("sh\t")
    try terminal.expect("show   prints a tensor\r\nshape\r\n")
  }

  @Test func tabIndentsAnEmptyBeginning() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type(" \tx\r")
    try terminal.expect("1: \"   x\"\r\n")
  }

  @Test func historyBringsBackWholeCells() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("f(\r1)\r")
    try terminal.expect("1: \"f(\\n1)\"\r\n")
    try terminal.expectPrompt()
    terminal.type("other\r")
    try terminal.expect("\"other\"\r\n")
    try terminal.expectPrompt()
    terminal.type("\u{1B}[A\u{1B}[A\r")
    try terminal.expect("4: \"f(\\n1)\"\r\n")
    try terminal.expectPrompt()
    // As one entry it can be edited: back over `)`, and a `2` before it.
    terminal.type("\u{1B}[A\u{2}2\r")
    try terminal.expect("6: \"f(\\n12)\"\r\n")
  }

  @Test func twoSessionsShareTheHistory() throws {
    let one = try start(["NO_COLOR": "1"])
    let two = try start(["NO_COLOR": "1"])
    one.type("from one\r")
    try one.expect("\"from one\"\r\n")
    two.type("from two\r")
    try two.expect("\"from two\"\r\n")
    try one.expectPrompt()
    one.type(" secret\r")
    try one.expect("\" secret\"\r\n")
    try one.expectPrompt()
    one.type("a\\n\u{1B}\rb\r")
    try one.expect("\"a\\\\n\\nb\"\r\n")
    try one.expectPrompt()
    one.type("\u{4}")
    #expect(try one.end() == 0)
    #expect(scratch.read("orrery/history") == "from one\nfrom two\na\\\\n\\nb\n")
    #expect(scratch.mode("orrery") == 0o700)
    #expect(scratch.mode("orrery/history") == 0o600)
    let three = try start(["NO_COLOR": "1"])
    three.type("\u{1B}[A\r")
    try three.expect("1: \"a\\\\n\\nb\"\r\n")
    try three.expectPrompt()
    three.type("\u{1B}[A\u{1B}[A\r")
    try three.expect("3: \"from two\"\r\n")
  }

  @Test func inputrcMayAskForOrrery() throws {
    try scratch.write("$if orrery\n\"\\C-x\\C-o\": \"orbit\"\n$endif\n", to: "inputrc")
    let terminal = try start(["NO_COLOR": "1", "INPUTRC": scratch.path + "/inputrc"])
    terminal.type("\u{18}\u{F}\r")
    try terminal.expect("1: \"orbit\"\r\n")
  }

  @Test func colourOnlyWhereItIsWanted() throws {
    #expect(try start().output.contains("\u{1B}[1;36m> \u{1B}[0m"))
    #expect(!(try start(["NO_COLOR": "1"]).output.contains("\u{1B}[1;36m")))
    #expect(!(try start(["TERM": "dumb"]).output.contains("\u{1B}[1;36m")))
  }

  @Test func theWindowMayChange() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.resize(columns: 40)
    terminal.type("size\r")
    try terminal.expect("size 40\r\n")
  }

  @Test func stoppedAndContinuedTheLineIsStillThere() throws {
    let terminal = try PseudoTerminal(
      environment: ["NO_COLOR": "1", "PS1": "$ "], state: scratch.path,
      command: "set -m; \(PseudoTerminal.echoPrompt); echo between; stty -a | tr ' ;' '\\n\\n' | grep -x icanon; fg >/dev/null; echo end")
    try terminal.expect("echo\r\n")
    try terminal.expectPrompt()
    terminal.type("half")
    try terminal.expect("half")
    terminal.type("\u{1A}")
    try terminal.expect("between\r\nicanon\r\n")
    try terminal.expect("> half")
    terminal.type(" done\r")
    try terminal.expect("1: \"half done\"\r\n")
    try terminal.expectPrompt()
    terminal.type("\u{4}")
    try terminal.expect("end\r\n")
  }

  @Test(arguments: [SIGTERM, SIGHUP])
  func aSignalLeavesTheTerminalAsItWas(_ signal: Int32) throws {
    let terminal = try start(["NO_COLOR": "1"])
    kill(terminal.process, signal)
    #expect(try terminal.end() == -signal)
    #expect(terminal.isCooked)
  }

  @Test func aCrashLeavesTheTerminalAsItWas() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("crash\t")
    #expect(try terminal.end() < 0)
    #expect(terminal.isCooked)
    #expect(terminal.output.hasSuffix("\u{1B}[?2004l\r\r\n"))
  }

  @Test func theTerminalIsAskedOnceAtTheFirstPicture() throws {
    let terminal = try start(["NO_COLOR": "1", "TERM": "xterm-kitty"])
    terminal.type("picture\r")
    try terminal.expect(TerminalQuery.question)
    terminal.type("ab\u{1B}P>|XTerm(379)\u{1B}\\\u{1B}[6;20;10t\u{1B}[?64;4c")
    try terminal.expect("way sixel\r\n")
    try terminal.expectPrompt()
    // What was typed meanwhile is on the next line.
    try terminal.expect("ab")
    terminal.type("\u{15}picture\r")
    try terminal.expect("way sixel\r\n")
    #expect(terminal.output.ranges(of: TerminalQuery.question).count == 1)
  }

  @Test func answersThatComeTooLateAreNoKeys() throws {
    let terminal = try start(["NO_COLOR": "1"])
    terminal.type("picture\r")
    try terminal.expect("way none\r\n")
    try terminal.expectPrompt()
    terminal.type("a\u{1B}_Gi=31;OK\u{1B}\\\u{1B}P>|kitty(0.36)\u{1B}\\\u{1B}[6;20;10t\u{1B}[?62;cb\r")
    try terminal.expect("\"ab\"\r\n")
  }

  @Test func aPipeHasNoPrompts() throws {
    let terminal = try PseudoTerminal(
      environment: ["NO_COLOR": "1"], state: scratch.path,
      command: "printf 'a\\nf(\\n1)\\r\\n\\nbad\\nnever' | \(PseudoTerminal.echoPrompt); echo code $?")
    try terminal.expect("code 1\r\n")
    #expect(terminal.output == "1: \"a\"\r\n2: \"f(\\n1)\"\r\nfailed\r\ncode 1\r\n")
    #expect(scratch.mode("orrery") == 0)
  }

  @Test func controlCEndsAPipe() throws {
    let terminal = try PseudoTerminal(
      environment: ["NO_COLOR": "1"], state: scratch.path,
      command: "trap : INT; (echo spin; sleep 30) | \(PseudoTerminal.echoPrompt); echo code $?")
    try terminal.expect("spinning\r\n")
    terminal.type("\u{3}")
    try terminal.expect("stopped\r\ncode 130\r\n")
  }
}
