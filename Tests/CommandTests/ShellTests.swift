// What the shell part says: the parser's errors in one line, and the manual page.
import ArgumentParser
import Testing

@testable import orrery

private struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "orrery", abstract: "A sample.", subcommands: [Say.self, Mask.self])

  struct Say: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says it.",
      discussion: """
        EXAMPLES
          orrery say 'a\\b' --times 2
        """)
    enum Voice: String, ExpressibleByArgument, CaseIterable { case low, high }
    @Argument(help: "What to say.") var text: String
    @Option(help: "How often.") var times = 1
    @Option var voice: Voice?
    @Flag(help: ".quietly") var softly = false
  }

  struct Mask: ParsableCommand {}
}

@Suite struct ShellTests {
  @Test(arguments: [
    ("sya", "no command 'sya'; did you mean 'say'?"), ("frobnicate", "no command 'frobnicate'; orrery help lists them"),
    ("say a --tmies 2", "no option '--tmies'; did you mean '--times'?"), ("say a --quux", "no option '--quux'; orrery say --help lists them"),
    ("--quux", "no option '--quux'; orrery --help lists them"), ("say", "missing expected argument '<text>'"),
    ("say a b", "unexpected argument 'b'"), ("say a --times", "missing value for '--times <times>'"),
    ("say a --times x", "the value 'x' is invalid for '--times <times>'"),
    ("say a --voice x", "the value 'x' is invalid for '--voice <voice>'. Please provide one of 'low' and 'high'"),
  ])
  func errorsAreOneLine(_ line: String, _ expected: String) throws {
    let arguments = line.split(separator: " ").map(String.init)
    let error = #expect(throws: (any Error).self) { _ = try Sample.parseAsRoot(arguments) }
    #expect(UsageMessage(root: Sample.self, arguments: arguments).line(for: try #require(error)) == expected)
  }

  @Test(arguments: [
    (["eval", "-1+2"], ["eval", "--", "-1+2"]), (["eval", "-.5", "--plain"], ["eval", "--plain", "--", "-.5"]),
    (["say", "a", "--times", "-1"], ["say", "a", "--times", "-1"]), (["say", "--ids=-1"], ["say", "--ids=-1"]), (["say", "-h"], ["say", "-h"]),
    (["eval", "--", "-1"], ["eval", "--", "-1"]),
  ])
  func negativeNumbersAreNoFlags(_ given: [String], _ expected: [String]) { #expect(prepared(given) == expected) }

  @Test(arguments: [
    ("generat", "generate"), ("gnerate", "generate"), ("diag", "diagram"), ("xyz", nil), ("tokenise", "tokenize"), ("mask", "mask"),
  ])
  func theNearestName(_ word: String, _ name: String?) {
    #expect(nearest(word, in: ["generate", "diagram", "tokenize", "mask", "logits"]) == name)
  }

  @Test func theManual() throws {
    let page = ManualPage(program: try CommandDescription(Sample.self), date: "2026-01-02").roff
    #expect(page.hasPrefix("""
      .TH ORRERY 1 2026-01-02
      .SH NAME
      orrery \\- a sample
      .SH SYNOPSIS
      .B orrery
      .RI [ command ]
      .RI [ options ]
      .SH COMMANDS
      .SS orrery say <text>
      Says it.
      .PP
      .B Examples
      .PP
      .nf
        orrery say \\(aqa\\eb\\(aq \\-\\-times 2
      .fi
      .TP
      .B <text>
      What to say.
      .TP
      .B \\-\\-times <times>
      How often. Default: 1.
      .TP
      .B \\-\\-voice <voice>
      One of low, high.
      .TP
      .B \\-\\-softly
      \\&.quietly
      .SS orrery mask
      .SH EXIT STATUS

      """), "\(page)")
  }
}
