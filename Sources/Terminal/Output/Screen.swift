// What the process is connected to: terminals or not, how large, what the environment asks for. It never queries the terminal.
@preconcurrency import CReadline
import Glibc

public enum Screen {
  /// Both ends are a person's: prompts, pages and pictures make sense.
  public static var isInteractive: Bool { isTerminal(STDIN_FILENO) && (isTerminal(STDOUT_FILENO) || isTerminal(STDERR_FILENO)) }

  public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Columns and rows of the terminal, now. `COLUMNS` wins where there is no terminal; then 80 × 24.
  public static var size: (columns: Int, rows: Int) {
    var window = winsize()
    for descriptor in [STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO] {
      if ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 {
        return (Int(window.ws_col), max(1, Int(window.ws_row)))
      }
    }
    return (variable("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80, 24)
  }

  // MARK: the one place where text reaches the terminal

  /// Writes on standard output, through its buffer.
  public static func put(_ text: ScreenText, terminator: ScreenText = "\n") { Swift.print(text.text, terminator: terminator.text) }

  /// Writes a line on standard error, after what standard output holds.
  public static func tell(_ text: ScreenText) {
    fflush(nil)
    write(text.ended.text, to: STDERR_FILENO)
  }

  /// Writes over the last line on standard error; nothing takes it away.
  public static func tellOver(_ text: ScreenText) { write("\r\u{1B}[K" + text.text, to: STDERR_FILENO) }

  /// All bytes, for as long as the descriptor takes them.
  static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count <= 0, errno != EINTR { return }
        done += max(0, count)
      }
    }
  }

  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Prompts go to standard output, or to standard error if the results go elsewhere (`orrery | tee notes`).
  static func sendReadlineToTheTerminal() {
    guard !isTerminal(STDOUT_FILENO), isTerminal(STDERR_FILENO) else { return }
    rl_outstream = fdopen(dup(STDERR_FILENO), "w")
  }
}
