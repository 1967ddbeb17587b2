// Long output through a pager, and a reader that goes away early. Short output, and output into a pipe, is printed as it is.
import Glibc

public enum Pager {
  /// Prints `text`, through `$PAGER` or `less -FRX` if standard output is a terminal with fewer lines.
  public static func show(_ text: ScreenText, environment: [String: String]) {
    fflush(nil)
    guard Screen.isTerminal(STDOUT_FILENO), Screen.isTerminal(STDIN_FILENO), isLong(text.text, in: Screen.size) else {
      put(text)
      return
    }
    let chosen = environment["PAGER"]
    // An empty PAGER, or `cat`, means none.
    if let chosen, ["", "cat"].contains(chosen) || environment["TERM"] == "dumb" { return put(text) }
    let command = chosen.map { ["sh", "-c", $0] } ?? ["less", "-FRX"]
    if !pipe(text.text, into: command) { put(text) }
  }

  /// On standard output as everything else is, so that one look at the end tells whether it arrived.
  private static func put(_ text: ScreenText) { Screen.put(text.ended, terminator: "") }

  /// Does `text` take more rows than there are?
  static func isLong(_ text: String, in size: (columns: Int, rows: Int)) -> Bool {
    var rows = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      rows += max(1, (displayWidth(String(line)) + size.columns - 1) / size.columns)
      if rows > size.rows { return true }
    }
    return false
  }

  /// Makes `orrery … | head` end quietly with the exit code 0: the reader has what it wanted. Broken pipes to other programs
  /// stay errors of those writes.
  public static func leaveQuietlyWhenTheReaderLeaves() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      let saved = errno
      var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
      if poll(&output, 1, 0) == 1, output.revents & Int16(POLLERR) != 0 { _exit(0) }
      errno = saved
    }
    action.sa_flags = SA_RESTART
    sigaction(SIGPIPE, &action, nil)
  }

  // MARK: Inside

  /// False if the program cannot be started.
  private static func pipe(_ text: String, into command: [String]) -> Bool {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { return false }
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process = pid_t()
    let failed = posix_spawnp(&process, command[0], &actions, nil, &words, environ)
    close(ends[0])
    guard failed == 0 else {
      close(ends[1])
      return false
    }
    // A pager that is quit early breaks the pipe; that is not an error. (The default would end this process.)
    var before = sigaction()
    var ignore = sigaction()
    ignore.__sigaction_handler.sa_handler = { _ in }
    sigaction(SIGPIPE, &ignore, &before)
    write(text, to: ends[1])
    close(ends[1])
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    sigaction(SIGPIPE, &before, nil)
    // `sh` gives 127 if there is no such program; its message is on the screen already.
    return !(status & 0x7F == 0 && status >> 8 & 0xFF == 127)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    if text.last != "\n" { text += "\n" }
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        done += count
      }
    }
  }
}
