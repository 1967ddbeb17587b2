// The prompt's host: cells run in the notebook's session, lines that begin with `:` are the prompt's own commands.

import Lessons
import Notebook
import Terminal

final class NotebookHost: PromptHost {
  let session: Session
  private let screen: Screenful
  let commands: PromptCommands
  /// Names the input in messages of a script; nil at a terminal.
  private let file: String?

  /// - Parameter file: the script or pipe that cells come from; nil for a person.
  init(session: Session, style: Style, file: String?) {
    self.session = session
    self.file = file
    screen = Screenful(style: style)
    commands = PromptCommands(session: session, screen: screen)
    session.isPlain = style.plain
    session.echo = { [screen] in screen.pass($0) }
    if file == nil { session.columns = { Screen.size.columns } }
    if file == nil { session.showsLongJobs(style) }
    if file == nil {
      session.display = { [screen] shown in
        guard let text = Showing(style: style).text(shown) else { return false }
        screen.pass(text)
        return true
      }
    }
  }

  var greeting: ScreenText {
    let models = ShippedModel.all.map(\.name)
    let width = Screen.size.columns
    let text = """
      Orrery \(Orrery.configuration.version): language models, taken apart. :help explains, :lesson teaches, Tab completes, Ctrl-D leaves.
      \(models.isEmpty ? "No shipped models were found; set ORRERY_HOME to the folder that holds lessons/." : "Models: \(NotebookHost.few(models)), and model(\"PATH\") for your own. A first look: \(models.contains("stories") ? "stories" : models[0]).diagram")
      """
    return ScreenText(wrap(text, width: width).joined(separator: "\n"))
  }

  /// The names of a handful of models; of many, those that the tour looks at.
  static func few(_ models: [String]) -> String {
    guard models.count > 8 else { return models.joined(separator: ", ") }
    let known = ["stories", "blanks", "translator"].filter(models.contains)
    let first = known.isEmpty ? Array(models.prefix(3)) : known
    return "\(first.joined(separator: ", ")), \(models.count - first.count) more (`orrery models` lists them)"
  }

  var promptText: ScreenText { screen.style.paint("> ", .prompt) }
  var continuationText: ScreenText { screen.style.paint("… ", .quiet) }

  func completeness(of text: String) -> Completeness { Completeness(session.completeness(of: text)) }

  func completions(of text: String, at cursor: Int) -> Completions {
    Offering(session: session).completions(of: text, at: cursor)
  }

  func run(_ cell: Terminal.Cell) -> Outcome {
    if cell.text.allSatisfy(\.isWhitespace) { return .done }
    let result = session.run(cell: cell.text)
    commands.add(cell.text, result)
    for timing in result.timings { screen.say(screen.style.paint("\(timing.label): \(timing.text)", .quiet)) }
    let outcome = report(result.failure, line: cell.line)
    if result.failure != nil, file == nil, let hint = PromptWord.hint(for: cell.text.trimmed) { screen.say(screen.style.paint(hint, .quiet)) }
    return outcome
  }

  func command(_ line: String) -> Outcome {
    commands.run(line) { [self] in report($0, line: nil) }
  }

  private func report(_ failure: CellFailure?, line: Int?) -> Outcome {
    guard let failure else { return .done }
    if failure.kind == CellFailure.interrupted {
      screen.complain("interrupted; all variables are as they were")
      return .stopped
    }
    screen.complain(failure.message, place: line.flatMap { line in file.map { "\($0):\(line)" } })
    return .failed
  }
}

extension Completeness {
  /// The language's answer in the editor's words.
  init(_ completeness: LanguageCompleteness) {
    switch completeness {
    case .complete: self = .complete
    case .needsMore: self = .more
    case .broken: self = .broken
    }
  }
}
