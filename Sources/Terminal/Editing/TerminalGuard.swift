// Puts the terminal back if the process dies while the prompt has it: a trap, an abort, a bus error, an `exit` in the wrong place.
// Signals that ask politely (SIGTERM, SIGHUP, Ctrl-Z) are answered by `LineEditor`, between two keys.
@preconcurrency import CReadline
import Glibc

enum TerminalGuard {
  private static let fatal = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

  nonisolated(unsafe) private static var modes = termios()
  nonisolated(unsafe) private static var armed = false
  nonisolated(unsafe) private static var earlier: [Glibc.sigaction] = Array(repeating: .init(), count: 6)
  private static let farewell: StaticString = "\u{1B}[?2004l\r\n"  // bracketed paste off

  /// From now on the terminal is readline's. Call before readline changes its modes.
  static func arm() {
    guard !armed, tcgetattr(STDIN_FILENO, &modes) == 0 else { return }
    _ = atExit
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { TerminalGuard.died($0) }
    for (index, signal) in fatal.enumerated() { sigaction(signal, &action, &earlier[index]) }
    armed = true
  }

  static func disarm() {
    guard armed else { return }
    armed = false
    for (index, signal) in fatal.enumerated() { sigaction(signal, &earlier[index], nil) }
  }

  private static let atExit: Void = { atexit { if armed { putBack() } } }()

  private static func putBack() {
    armed = false
    tcsetattr(STDIN_FILENO, TCSANOW, &modes)
    write(STDOUT_FILENO, farewell.utf8Start, farewell.utf8CodeUnitCount)
  }

  /// Only calls that are safe in a handler. Returning repeats the fault, and then whoever handled it before us does so.
  private static func died(_ signal: Int32) {
    if armed { putBack() }
    for (index, candidate) in fatal.enumerated() where candidate == signal { sigaction(signal, &earlier[index], nil) }
    // abort() and raise() do not repeat by themselves.
    if signal == SIGABRT || signal == SIGTRAP { raise(signal) }
  }
}
