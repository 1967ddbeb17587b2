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
    let screen = Screenful(style: display.style, isRead: false)
    let session = Session(stop: stopFlag)
    session.notice = { Notices.add("orrery: " + $0) }
    // What is printed on the way is shown as it comes, and stays whatever follows. JSON is one value: there it is a message.
    var message = ""
    session.echo = { [output] piece in if output.format == .json { message += piece } else { screen.pass(piece) } }
    func tell() { if !message.isEmpty { sayError(message) } }
    do {
      let value = try session.evaluate(expression == "-" ? standardInput() : expression).value
      if output.format == .json {
        tell()
        return write(value.json)
      }
      if !value.isNothing { screen.say(screen.style.plain ? value.plain : value.description) }
    } catch {
      let failure = CellFailure(error)
      tell()
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
