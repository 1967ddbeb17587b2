// The loop of a session: read a cell, run it, until it ends. The same host serves a person at a terminal and a pipe.
import Glibc

public struct Prompt {
  private let host: PromptHost
  private let style: Style
  private let history: HistoryFile?

  /// `history` is nil if nothing is to be kept.
  public init(host: PromptHost, style: Style, history: HistoryFile?) {
    self.host = host
    self.style = style
    self.history = history
  }

  /// Runs the session and gives its exit code: at a terminal with prompts, otherwise standard input without.
  public func run() -> Int32 { Screen.isInteractive ? runAtTerminal() : runPiped() }

  /// Prompts until Ctrl-D or a cell that leaves. Failures are the person's to mend, so the code is 0.
  public func runAtTerminal() -> Int32 {
    let editor = LineEditor(history: History(file: history), style: style)
    let reader = CellReader(editor: editor, host: host)
    if !host.greeting.isEmpty { Screen.put(host.greeting) }
    while true {
      switch reader.next() {
      case .interrupted: continue
      case .end: return 0
      case .cell(let cell):
        if case .leave(let code) = answer(cell) { return code }
      }
    }
  }

  /// Cells from a descriptor: the first that fails ends it with the exit code 1, Ctrl-C with 130.
  public func runPiped(descriptor: Int32 = STDIN_FILENO) -> Int32 {
    Interrupts.exitOnInterrupt()
    for cell in PipedInput(descriptor: descriptor, completeness: host.completeness) {
      switch answer(cell) {
      case .done: continue
      case .failed: return 1
      case .stopped: return 130
      case .leave(let code): return code
      }
    }
    return 0
  }

  private func answer(_ cell: Cell) -> Outcome {
    let outcome = Interrupts.whileRunning(stop: host.stop) {
      cell.text.first == ":" ? host.command(cell.text) : host.run(cell)
    }
    fflush(nil)
    return outcome
  }
}
