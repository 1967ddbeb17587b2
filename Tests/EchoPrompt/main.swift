// A prompt whose host only says what it was given: what the pseudo-terminal tests drive.
// `spin` runs until it is stopped; `picture` asks the terminal what it can show; `crash` traps while the terminal is readline's; `(`…`)` must balance.
import Glibc
import Terminal

final class EchoHost: PromptHost {
  var greeting: ScreenText { "echo" }
  var promptText: ScreenText { style.paint("> ", .prompt) }
  let style: Style

  init(style: Style) { self.style = style }

  func completeness(of text: String) -> Completeness {
    let depth = text.reduce(0) { $0 + ($1 == "(" ? 1 : $1 == ")" ? -1 : 0) }
    return depth > 0 ? .more : depth < 0 ? .broken : .complete
  }

  func completions(of text: String, at cursor: Int) -> Completions {
    let before = String(decoding: text.utf8.prefix(cursor), as: UTF8.self)
    let word = before.split(separator: " ", omittingEmptySubsequences: false).last.map(String.init) ?? ""
    if word == "crash" { fatalError("a crash, as asked for") }
    let all = [
      Candidate("softmax", suffix: "(", note: "exponentials that sum to one"),
      Candidate("layers.0.attention.query"), Candidate("layers.0.attention.key"), Candidate("run[\"logits\"]"),
      Candidate("größe"), Candidate("show", note: "prints a tensor"), Candidate("shape"),
    ]
    return Completions(start: cursor - word.utf8.count, all.filter { $0.text.hasPrefix(word) })
  }

  func run(_ cell: Cell) -> Outcome {
    switch cell.text {
    case "spin":
      print("spinning")
      fflush(nil)
      while !Interrupts.stopRequested { usleep(1000) }
      print("stopped")
      return .stopped
    case "picture": print("way \(Graphics.way(style: style))")
    case "size": print("size \(Screen.size.columns)")
    case "bad": print("failed")
      return .failed
    default: print("\(cell.line): \(cell.text.debugDescription)")
    }
    return .done
  }

  func command(_ line: String) -> Outcome {
    if line == ":quit" { return .leave(7) }
    print("command \(line)")
    return .done
  }
}

var environment: [String: String] = [:]
for name in ["NO_COLOR", "TERM", "COLORTERM", "HOME", "XDG_STATE_HOME"] {
  if let value = getenv(name) { environment[name] = String(cString: value) }
}
let style = Style.detected(environment: environment)
exit(Prompt(host: EchoHost(style: style), style: style, history: .standard(environment: environment)).run())
