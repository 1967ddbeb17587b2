// GNU readline through its callback interface: one line at a time, with `poll` between the keys.
//
// readline's own signal handling is off: around its blocking call, a handler that only notes Ctrl-C loses the discard. Here
// signals are bytes in a pipe that the loop polls beside the keyboard, so each is answered between two keys, never inside one.
// It knows nothing of cells: `CellReader` joins lines, and the host says when a text is whole.
@preconcurrency import CReadline
import Glibc

/// Reads lines from the terminal. There is one in a process, because readline is global, and it stays on one thread.
public final class LineEditor {
  public enum Entry: Equatable {
    case line(String)
    /// Ctrl-C: the line is dropped.
    case interrupted
    /// Ctrl-D on an empty line, or the terminal is gone.
    case end
  }

  /// Answers Tab: the whole line and the cursor (UTF-8 offset).
  public var complete: (_ line: String, _ cursor: Int) -> Completions = { _, _ in .none }
  public let history: History

  /// Called once, after the first prompt is on the screen: what may wait until then.
  private var afterFirstPrompt: (() -> Void)?
  private var entry: Entry?
  private(set) var listed = Completions.none
  private let style: Style

  nonisolated(unsafe) private(set) static var active: LineEditor?

  public init(name: String = "orrery", history: History, style: Style) {
    self.history = history
    self.style = style
    LineEditor.typeUTF8()
    rl_readline_name = UnsafePointer(strdup(name))
    rl_catch_signals = 0
    rl_catch_sigwinch = 0
    rl_change_environment = 0
    // Unless inputrc says otherwise: changes of recalled entries that were not entered are undone, and one Tab lists.
    _ = rl_variable_bind("revert-all-at-newline", "on")
    _ = rl_variable_bind("show-all-if-ambiguous", "on")
    Screen.sendReadlineToTheTerminal()
    EditingKeys.bind()
    CompletionBridge.install()
    history.attach()
    afterFirstPrompt = { history.load() }
  }

  /// Where the locale has no characters beyond ASCII (a container without LANG), readline would take the bytes of a typed é for commands.
  /// All that Orrery reads and prints is UTF-8.
  private static func typeUTF8() {
    setlocale(LC_CTYPE, "")
    guard __ctype_get_mb_cur_max() == 1, setlocale(LC_CTYPE, "C.UTF-8") != nil else { return }
    // readline asks the environment again, LC_ALL first.
    let isForAll = getenv("LC_ALL").map { $0.pointee != 0 } ?? false
    setenv(isForAll ? "LC_ALL" : "LC_CTYPE", "C.UTF-8", 1)
  }

  /// Shows `prompt` and reads one line. The terminal is back in its own mode when this returns.
  public func readLine(prompt: ScreenText) -> Entry {
    LineEditor.active = self
    entry = nil
    EditingKeys.reset()
    Interrupts.beginPrompt()
    TerminalGuard.arm()
    if rl_instream != nil { rl_reset_screen_size() }  // it has been started before: the window may have changed since
    rl_callback_handler_install(LineEditor.marked(prompt.text)) { LineEditor.active?.accepted($0) }
    afterFirstPrompt?()
    afterFirstPrompt = nil
    replayTyped()
    while entry == nil { wait() }
    TerminalGuard.disarm()
    Interrupts.endPrompt()
    return entry ?? .end
  }

  // MARK: Keys

  nonisolated(unsafe) private static var typedAhead: [UInt8] = []

  /// Keys that were read by someone else while a cell ran (the graphics query), for the next line. If that one's answers may
  /// still be under way, they are swallowed when they come.
  static func keep(typed: [UInt8], answersOutstanding: Bool) {
    typedAhead += typed
    if answersOutstanding { EditingKeys.swallowLateAnswers() }
  }

  private func replayTyped() {
    while entry == nil, !LineEditor.typedAhead.isEmpty {
      _ = rl_stuff_char(Int32(LineEditor.typedAhead.removeFirst()))
      rl_callback_read_char()
    }
  }

  private func wait() {
    var watched = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: Interrupts.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&watched, 2, -1) > 0 else { return }
    if watched[1].revents != 0 {
      for signal in Interrupts.takeSignals() { answer(signal) }
    } else if watched[0].revents != 0 {
      rl_callback_read_char()
    }
  }

  private func accepted(_ line: UnsafeMutablePointer<CChar>?) {
    // Removed here and not later, so that readline does not print the prompt once more.
    rl_callback_handler_remove()
    guard let line else {
      write("\n")
      return entry = .end
    }
    entry = .line(String(cString: line))
    free(line)
  }

  // MARK: Signals

  private func answer(_ signal: Int32) {
    guard entry == nil else { return }
    switch signal {
    case SIGINT:
      rl_point = rl_end
      rl_redisplay()
      rl_callback_sigcleanup()
      rl_free_line_state()
      write("^C")  // before the terminal's modes change: that returns the cursor to the first column
      rl_callback_handler_remove()
      write("\n")
      entry = .interrupted
    case SIGWINCH:
      rl_resize_terminal()
    case SIGTSTP:
      rl_deprep_terminal()
      Interrupts.deliverDefault(SIGTSTP)  // returns when the shell brings us back
      Interrupts.handle(SIGTSTP)
      _ = Interrupts.takeSignals()  // the SIGCONT that did so
      resume()
    case SIGCONT:
      resume()
    default:
      rl_callback_handler_remove()
      write("\n")
      TerminalGuard.disarm()
      Interrupts.deliverDefault(signal)
    }
  }

  /// The line as it was, on a terminal that another program has used meanwhile.
  private func resume() {
    rl_prep_terminal(1)
    rl_reset_screen_size()
    rl_forced_update_display()
  }

  // MARK: Completion

  /// The candidates for Tab. `listed` keeps them for the list that readline may ask for next.
  func completions() -> Completions {
    let line = String(cString: rl_line_buffer)
    listed = complete(line, Int(rl_point))
    // A name that would drive the terminal is not put into the line.
    listed.candidates.removeAll { $0.text.harmless != $0.text || $0.suffix.harmless != $0.suffix }
    return listed
  }

  /// The candidates below the line, and the line again below them.
  func showList() {
    var rows: Int32 = 0
    var columns: Int32 = 0
    rl_get_screen_size(&rows, &columns)
    let lines = listed.listing(width: Int(columns), rows: Int(rows) - 3, style: style)
    let point = rl_point
    rl_point = rl_end
    rl_redisplay()
    write("\n" + lines.joined(separator: "\n").text + "\n")
    rl_point = point
    rl_forced_update_display()
  }

  // MARK: Output

  private func write(_ text: String) {
    fputs(text, rl_outstream)
    fflush(rl_outstream)
  }

  /// Colour in a prompt has no width: readline wants it between \u{1} and \u{2}.
  static func marked(_ prompt: String) -> String {
    var result = ""
    var inside = false
    for scalar in prompt.unicodeScalars {
      if scalar == "\u{1B}" && !inside {
        result += "\u{1}"
        inside = true
      }
      result.unicodeScalars.append(scalar)
      if inside && scalar == "m" {
        result += "\u{2}"
        inside = false
      }
    }
    return result
  }
}
