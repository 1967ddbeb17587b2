import ArgumentParser
import Files
import Glibc
import Language
import Lessons
import Notebook
import Terminal

struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "The value of an expression.",
    discussion: """
      EXAMPLES
        orrery eval 'softmax(tensor([1, 2, 3]))'
        orrery eval 'stories.run("Once there was")["layers.0.attention.pattern"][head: 0]' --format json
        orrery eval -1+2
      """)

  @Argument(help: "An expression as at the prompt; - reads it from standard input.") var expression: String
  @OptionGroup var output: OutputOptions
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let screen = Screenful(style: display.style)
    let session = Session(stop: stopFlag)
    session.notice = { Notices.add("orrery: " + $0) }
    do {
      let (value, printed) = try session.evaluate(expression == "-" ? standardInput() : expression)
      if output.format == .json {
        // JSON is one value: what the expression printed on its way is a message.
        if !printed.isEmpty { sayError(printed) }
        return write(value.json)
      }
      screen.pass(printed)
      if !value.isNothing { screen.say(screen.style.plain ? value.plain : value.description) }
    } catch {
      let failure = CellFailure(error)
      if failure.kind == CellFailure.interrupted { throw Interrupted() }
      // A person sees the place; a script's log gets one line.
      let line = (error as? Failures)?.line ?? failure.message
      screen.complain(Screen.isTerminal(STDERR_FILENO) ? failure.message : line)
      throw ExitCode(2)
    }
  }

  private func standardInput() -> String {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return text
  }
}
